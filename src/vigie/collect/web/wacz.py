"""WACZ: web archives in a zip, with what proves that nobody changed them.

Source: https://specs.webrecorder.net/wacz/1.1.1/

Nothing is extracted to a disk. The zip's own list is looked at first: Python 3.11's zipfile takes entries
that lie over each other.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa

from vigie.collect.errors import (
    AlteredArchiveError,
    DamagedFileError,
    OversizedArchiveError,
    UnknownFormatError,
)
from vigie.collect.streams import opening
from vigie.collect.zips import check_listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES_MAX = 10_000
UNPACKED_MAX = 64 << 30  # bytes, as the zip itself lists them
RATIO_MAX = 200  # unpacked to packed; pages reach 20
SMALL = 64 << 20  # bytes that any archive may unpack to, whatever the ratio
LIST_BYTES_MAX = 4 << 20  # of datapackage.json
PIECE_BYTES = 1 << 18
PLAIN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
BROKEN = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    zlib.error,
    pa.ArrowException,
)
PACKAGE, DIGEST = "datapackage.json", "datapackage-digest.json"


class _Identity(NamedTuple):
    """What tells that a file is the one that was looked at before."""

    path: Path
    size: int
    changed_ns: int


class Unpacked:
    """The bytes of one WARC, unpacked, with an eye on how many come out of how few."""

    def __init__(self, source: pa.NativeFile, packed_bytes: int, path: Path) -> None:
        self._source, self._packed, self._path, self._size = source, packed_bytes, path, 0

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        piece: bytes = self._source.read(size)
        self._size += len(piece)
        check_ratio(self._path, self._size, self._packed)
        return piece


def check_ratio(path: Path, unpacked_bytes: int, packed_bytes: int) -> None:
    """Refuse what unpacks to very much more than it is.

    Raises:
        OversizedArchiveError: it does.
    """
    most = max(SMALL, packed_bytes * RATIO_MAX)
    if unpacked_bytes > most:
        raise OversizedArchiveError(path=path, bytes=unpacked_bytes, bytes_max=most)


@contextmanager
def opened(path: Path, *, unpacked_max: int = UNPACKED_MAX) -> Iterator[list[Unpacked]]:
    """Give the WARCs of a WACZ, once its hashes are checked.

    Args:
        path: the archive.
        unpacked_max: bytes that its entries may come to, as the zip itself lists them.

    Raises:
        UnknownFormatError: it is a zip of something else.
        OversizedArchiveError: it has too many entries, or unpacks to too much.
        AlteredArchiveError: an entry is not what the archive's own list says.
        DamagedFileError: it cannot be read.
    """
    try:
        with opening(path):
            check_listing(path)
        with opening(path), zipfile.ZipFile(path) as archive:
            names = _checked(path, archive, unpacked_max)
            state = path.stat()
            _check_hashes(_Identity(path, state.st_size, state.st_mtime_ns))
            yield [Unpacked(_stream(archive, name), archive.getinfo(name).file_size, path) for name in names]
    except BROKEN as error:
        raise DamagedFileError(path=path, format="WACZ") from error


def _stream(archive: zipfile.ZipFile, name: str) -> pa.NativeFile:
    plain = pa.PythonFile(archive.open(name), mode="r")
    return pa.CompressedInputStream(plain, "gzip") if name.endswith(".gz") else plain


def _checked(path: Path, archive: zipfile.ZipFile, unpacked_max: int) -> list[str]:
    """Return the names of the WARCs in a zip whose list is sound."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if PACKAGE not in names:
        raise UnknownFormatError(path=path)
    if len(entries) > ENTRIES_MAX or len(set(names)) < len(names):
        raise OversizedArchiveError(path=path, bytes=len(entries), bytes_max=ENTRIES_MAX)
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > unpacked_max:
        raise OversizedArchiveError(path=path, bytes=unpacked, bytes_max=unpacked_max)
    check_ratio(path, unpacked, packed)
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        is_odd = entry.compress_type not in PLAIN or entry.flag_bits & 1  # packed otherwise, or encrypted
        if is_odd or entry.header_offset < end:
            raise DamagedFileError(path=path, format="WACZ")
        end = entry.header_offset + entry.compress_size
    return sorted(
        name for name in names if name.startswith("archive/") and name.endswith((".warc", ".warc.gz"))
    )


@lru_cache(maxsize=8)
def _check_hashes(identity: _Identity) -> None:
    """Check an archive's entries against its list, once per file as it is."""
    path = identity.path
    with zipfile.ZipFile(path) as archive:
        listed = _read(path, archive, PACKAGE)
        if DIGEST in archive.namelist():
            _check(
                path, PACKAGE, _object(path, _read(path, archive, DIGEST)).get("hash"), hashlib.sha256(listed)
            )
        resources = _object(path, listed).get("resources")
        hashes = {
            one["path"]: one.get("hash")
            for one in (resources if isinstance(resources, list) else ())
            if isinstance(one, dict) and isinstance(one.get("path"), str)
        }
        for name in archive.namelist():
            if name.startswith("archive/") and not name.endswith("/"):
                _check(path, name, hashes.get(name), _digest(archive, name))


def _check(path: Path, name: str, told: object, found: hashlib._Hash) -> None:
    if not isinstance(told, str) or told.lower() != f"sha256:{found.hexdigest()}":
        raise AlteredArchiveError(path=path, name=name)


def _digest(archive: zipfile.ZipFile, name: str) -> hashlib._Hash:
    found = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(PIECE_BYTES):
            found.update(piece)
    return found


def _read(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        content = file.read(LIST_BYTES_MAX + 1)
    if len(content) > LIST_BYTES_MAX:
        raise OversizedArchiveError(path=path, bytes=len(content), bytes_max=LIST_BYTES_MAX)
    return content


def _object(path: Path, content: bytes) -> dict[str, object]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(path=path, format="WACZ") from error
    return found if isinstance(found, dict) else {}
