"""The text of one entry of a zip archive, in bounded memory."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vigie.collect.errors import DamagedFileError, UnknownFormatError
from vigie.collect.streams import opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vigie.collect.formats import Shape
    from vigie.collect.web.wacz import Unpacked

    Chooser = Callable[[Sequence[zipfile.ZipInfo]], zipfile.ZipInfo | None]

PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class ZippedText:
    """The text of an entry; `taken` is the whole archive, as nobody knows how far into it one is."""

    def __init__(self, source: Unpacked, byte_count: int) -> None:
        self._source, self.taken = source, byte_count

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        return self._source.read(size)


@contextmanager
def zipped_text(shape: Shape, choose: Chooser) -> Iterator[ZippedText]:
    """Open the entry of the archive `shape` that `choose` picks.

    Raises:
        UnknownFormatError: it picks none, or one that is encrypted or packed in a way that is not read.
        OversizedArchiveError: it unpacks to very much more than it is.
        DamagedFileError: it cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415 (files that are no archives do without)

    from vigie.collect.web.wacz import BROKEN, Unpacked  # noqa: PLC0415 (the same)

    try:
        with opening(shape.path), zipfile.ZipFile(shape.path) as archive:
            entry = choose(archive.infolist())
            if entry is None or entry.compress_type not in PACKINGS or entry.flag_bits & 1:
                raise UnknownFormatError(path=shape.path)
            plain = pa.PythonFile(archive.open(entry), mode="r")
            yield ZippedText(Unpacked(plain, shape.byte_count, shape.path), shape.byte_count)
    except BROKEN as error:
        raise DamagedFileError(path=shape.path, format="zip") from error
