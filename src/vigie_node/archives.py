"""A set of named files as one folder or one archive (.tar.zst): written whole, read with limits.

An archive is read block by block with our own checks (names, kinds, sizes) and never by a library's
extraction: links, devices, absolute paths and long headers are refused (abuse cases 40 and 43). Format: POSIX
tar with GNU's large sizes, https://www.gnu.org/software/tar/manual/html_node/Standard.html, in one Zstandard
frame (RFC 8878).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.durable import to_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARCHIVE, PARTIAL = ".tar.zst", ".partial"
MEMBERS = frozenset(  # what may stand at the top of a backup's folder
    ("node.db", "tables", "vault.db", "vigie.toml", "evidence", "store", "manifest.json", "manifest.tag")
)
BLOCK = 512
END = bytes(BLOCK)  # what stands in the place of a header when nothing more comes
PIECE_BYTES = 1 << 20
NAME = re.compile(r"[a-z0-9][A-Za-z0-9_.-]{0,99}(/[a-z0-9][A-Za-z0-9_.-]{0,99}){0,3}")
NAME_BYTES_MAX = 99  # longer ones would need an extended header


class ArchiveDamagedError(VigieError):
    """A set of files is not what was written."""

    code = "backup.damaged"
    sentence = say("The backup “{path}” is damaged or incomplete.")
    remedy = say("Take another copy of it, or an earlier backup. Nothing was changed.")


class ArchiveStrangeError(VigieError):
    """A set of files holds something that we never write."""

    code = "backup.strange"
    sentence = say("The backup “{path}” holds “{name}”, which no backup of Vigie holds.")
    remedy = say("Do not trust its origin; take another copy. Nothing was changed.")


class ArchiveOversizedError(VigieError):
    """A set of files unpacks to more than there is room for."""

    code = "backup.oversized"
    sentence = say("The backup “{path}” would unpack to more than {bytes_max} bytes.")
    remedy = say("Choose a disk with more room, if you trust its origin. Nothing was changed.")


class ArchiveExistsError(VigieError):
    """Something stands where the files should go."""

    code = "output.exists"
    sentence = say("“{path}” is there already.")
    remedy = say("Choose another name; nothing was touched.")


class ArchiveUnwritableError(VigieError):
    """The files cannot be written."""

    code = "output.backup"
    sentence = say("The backup cannot be written to “{path}”: {reason}.")
    remedy = say("Choose a folder you may write to, on a disk with room. Nothing half-written was left.")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file of a set."""

    path: str
    bytes: int
    sha256: str


class Writer(Protocol):
    """Takes files in."""

    def add(self, name: str, source: BinaryIO, size: int) -> Member:
        """Add a file of `size` bytes under a name."""


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """Yield a writer whose files appear at `target` when the block ends well, and nowhere when it does not.

    A name that ends in .tar.zst becomes an archive, any other a folder. One process at a time may write
    there. What killed ones left beside it, under whatever name, is removed unless another writes there now.

    Raises:
        ArchiveExistsError: something is there.
        ArchiveUnwritableError: the place cannot be written.
    """
    target = target.absolute()
    if target.exists() or target.is_symlink():
        raise ArchiveExistsError(path=target)
    draft = target.parent / f".{target.name}{PARTIAL}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(draft)
        with (
            _at_work_in(target.parent),
            _archive(draft) if target.name.endswith(ARCHIVE) else _folder(draft) as writer,
        ):
            yield writer
        to_disk(draft)
        draft.rename(target)
        to_disk(target.parent)
    except OSError as error:
        raise ArchiveUnwritableError(path=target, reason=error.strerror or str(error)) from error
    finally:
        _clear(draft)


@contextmanager
def _at_work_in(folder: Path) -> Iterator[None]:
    """Say to others that a draft stands in a folder; clear away old drafts where nobody says so."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        if _locked(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for path in folder.glob(f".*{PARTIAL}"):
                if _is_draft(path):
                    _clear(path)
        _locked(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _locked(handle: int, how: int) -> bool:
    """Lock a folder; False where another has it, or where its file system (NFS, SMB) locks no folders."""
    try:
        fcntl.flock(handle, how)
    except OSError:
        return False
    return True


def _is_draft(path: Path) -> bool:
    """Tell whether a path is one of our drafts: an archive by its name, a folder by what stands in it."""
    if path.is_symlink() or not path.is_dir():
        return path.name.endswith(f"{ARCHIVE}{PARTIAL}")
    return all(inner.name in MEMBERS for inner in path.iterdir())


@dataclass(frozen=True)
class _Folder:
    """Files below one folder."""

    folder: Path

    def add(self, name: str, source: BinaryIO, size: int) -> Member:
        path = self.folder / _checked(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _new_file(path) as file:
            digest = copied(_exactly(source, size), file)
            file.flush()
            os.fsync(file.fileno())
        return Member(path=name, bytes=size, sha256=digest)


@dataclass(frozen=True)
class _Archive:
    """Files in one stream."""

    tar: tarfile.TarFile

    def add(self, name: str, source: BinaryIO, size: int) -> Member:
        about = tarfile.TarInfo(_checked(name))
        about.size, about.mode = size, 0o600
        hashing = _Hashing(_exactly(source, size))
        self.tar.addfile(about, hashing)
        return Member(path=name, bytes=size, sha256=hashing.digest.hexdigest())


@contextmanager
def _folder(draft: Path) -> Iterator[Writer]:
    draft.mkdir(mode=0o700)
    yield _Folder(draft)


@contextmanager
def _archive(draft: Path) -> Iterator[Writer]:
    import pyarrow as pa  # noqa: PLC0415 (the web process never computes)

    with (
        _new_file(draft) as file,
        pa.CompressedOutputStream(pa.PythonFile(file, mode="w"), "zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        yield _Archive(tar)


def reading(source: Path, *, bytes_max: int) -> Iterator[tuple[str, int, BinaryIO]]:
    """Yield each file's name, size and content, in the order written; read it before asking for the next.

    Args:
        source: the folder or archive.
        bytes_max: of all files together.

    Raises:
        ArchiveStrangeError: a name or kind of file is none that we write.
        ArchiveOversizedError: there is more than `bytes_max`.
        ArchiveDamagedError: it breaks off.
    """
    told: set[str] = set()
    left = bytes_max
    for name, size, content in (_in_folder if source.is_dir() else _in_archive)(source):
        if name in told or not _is_fine(name):
            raise ArchiveStrangeError(path=source, name=name)
        told.add(name)
        left -= size
        if left < 0:
            raise ArchiveOversizedError(path=source, bytes_max=bytes_max)
        yield name, size, content


def _in_folder(source: Path) -> Iterator[tuple[str, int, BinaryIO]]:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise ArchiveStrangeError(path=source, name=name)
        if path.is_file():
            with path.open("rb") as file:
                yield name, os.fstat(file.fileno()).st_size, file


def _in_archive(source: Path) -> Iterator[tuple[str, int, BinaryIO]]:
    import pyarrow as pa  # noqa: PLC0415 (the web process never computes)

    try:
        with pa.input_stream(str(source), compression="zstd") as stream:
            while True:
                header = stream.read(BLOCK)
                if header == END:
                    return
                about = tarfile.TarInfo.frombuf(header, "ascii", "strict")
                if about.type != tarfile.REGTYPE or about.size < 0:
                    raise ArchiveStrangeError(path=source, name=about.name)
                part = _Part(stream, about.size)
                yield about.name, about.size, part  # type: ignore[misc]  # it only reads
                part.skip(-about.size % BLOCK)
    except (OSError, EOFError, UnicodeError, tarfile.TarError, pa.ArrowException) as error:
        raise ArchiveDamagedError(path=source) from error


class _Part:
    """The bytes of one file within a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, none at the file's end."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._stream.read(wanted)
        if wanted and not piece:
            raise EOFError
        self._left -= len(piece)
        return piece

    def skip(self, padding: int) -> None:
        """Pass over what was not read, and the padding."""
        while self._left:
            self.read(PIECE_BYTES)
        self._stream.read(padding)


class _Hashing:
    """Reads, and takes the SHA-256 of what is read."""

    def __init__(self, source: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


def copied(source: BinaryIO, target: BinaryIO, told: Callable[[int], None] = lambda _count: None) -> str:
    """Copy a stream, telling the size of each piece, and return the SHA-256 of what it held."""
    digest = hashlib.sha256()
    while piece := source.read(PIECE_BYTES):
        digest.update(piece)
        target.write(piece)
        told(len(piece))
    return digest.hexdigest()


def _exactly(source: BinaryIO, size: int) -> BinaryIO:
    """Return the next `size` bytes of a file that may still grow; an EOFError where it has fewer."""
    return _Part(source, size)  # type: ignore[return-value]  # it only reads


def _checked(name: str) -> str:
    if not _is_fine(name):
        message = f"not a name for a file of ours: {name!r}"
        raise ValueError(message)  # the caller's mistake
    return name


def _is_fine(name: str) -> bool:
    return len(name) <= NAME_BYTES_MAX and NAME.fullmatch(name) is not None


def _new_file(path: Path) -> BinaryIO:
    """Open a new file that its owner alone may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _clear(draft: Path) -> None:
    if draft.is_dir() and not draft.is_symlink():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)
