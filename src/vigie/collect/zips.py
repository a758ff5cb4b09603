"""How long the list of a zip is, before anything builds that list.

Python's zipfile makes an object of each entry as soon as an archive is opened. The list's size stands in a
record at the end: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.14 to 4.3.16.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from vigie.collect.errors import CrowdedArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES_MAX = 10_000
LISTING_BYTES_MAX = 16 << 20
ENTRY, END, END_64, LOCATOR_64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
END_BYTES, END_64_BYTES, LOCATOR_64_BYTES = 22, 56, 20
COMMENT_BYTES_MAX = 1 << 16
NOT_HERE = 0xFFFF_FFFF  # the size stands in the record of zip64


def check_listing(path: Path) -> None:
    """Refuse an archive whose list is longer than anybody's; what is no zip passes, its reader refuses it.

    What the record says of the number of entries binds nobody: they are counted.

    Raises:
        CrowdedArchiveError: it is.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        end = _end(file)
        if end is None:
            return
        sizes = list(_sizes(file, end))
        if (
            max(sizes, default=0) > LISTING_BYTES_MAX
            or _count(file, end, max(sizes, default=0)) > ENTRIES_MAX
        ):
            raise CrowdedArchiveError(path=path, entries_max=ENTRIES_MAX, bytes_max=LISTING_BYTES_MAX)


def _end(file: BinaryIO) -> int | None:
    """Return where the record at the end stands, found as zipfile finds it."""
    size = file.seek(0, os.SEEK_END)
    start = max(size - COMMENT_BYTES_MAX - END_BYTES, 0)
    tail = _at(file, start, size - start)
    last = tail[-END_BYTES:]
    if len(last) == END_BYTES and last.startswith(END) and last.endswith(b"\0\0"):
        return size - END_BYTES
    found = tail.rfind(END)
    return start + found if 0 <= found <= len(tail) - END_BYTES else None


def _sizes(file: BinaryIO, end: int) -> Iterator[int]:
    """Yield every size that a reader may take for the list's, in bytes."""
    (size,) = struct.unpack_from("<I", _at(file, end, END_BYTES), 12)
    locator = _at(file, end - LOCATOR_64_BYTES, LOCATOR_64_BYTES)
    if not locator.startswith(LOCATOR_64):
        yield size
        return
    if size != NOT_HERE:
        yield size
    (told,) = struct.unpack_from("<Q", locator, 8)
    for place in {told, end - LOCATOR_64_BYTES - END_64_BYTES}:  # readers differ in which they go by
        record = _at(file, place, END_64_BYTES)
        if len(record) == END_64_BYTES and record.startswith(END_64):
            yield struct.unpack_from("<Q", record, 40)[0]


def _count(file: BinaryIO, end: int, size: int) -> int:
    """Return how many entries the list has at most: where it lies, zip64's records may follow it."""
    start = max(end - LOCATOR_64_BYTES - END_64_BYTES - size, 0)
    return _at(file, start, end - start).count(ENTRY)


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    if not 0 <= place < 1 << 63:
        return b""
    file.seek(place)
    return file.read(size)
