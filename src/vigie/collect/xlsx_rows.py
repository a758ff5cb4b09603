"""XLSX: the sheet with the most rows, after a look at what the workbook unpacks to."""

from __future__ import annotations

import struct
import zipfile
import zlib
from itertools import islice
from typing import TYPE_CHECKING

import python_calamine as calamine

from vigie.collect.chunks import Chunk, Numbered
from vigie.collect.errors import DamagedFileError, EmptyFileError, OversizedArchiveError
from vigie.collect.records import columns_of
from vigie.collect.streams import opening

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import FileRejects

UNPACKED_BYTES_MAX = 1 << 30  # a sheet of 1,048,576 rows and 20 columns is near 0.5 GB
CHUNK_ROWS = 1 << 14
READ_BYTES = 1 << 20
NAME_SIZES_OFFSET = 26  # in a zip entry's local header


def xlsx_chunks(shape: Shape, wanted: Collection[str] | None, rejects: FileRejects) -> Iterator[Chunk]:  # noqa: ARG001 - every reader takes `rejects`; a sheet's row cannot be malformed
    """Yield the rows of a workbook; see `chunks.Reader`."""
    check_unpacked_size(shape.path)
    sheet = _largest_sheet(shape.path)
    first = sheet.start[0] + 1 if sheet.start else 1
    rows = (
        (number, cells)
        for number, cells in enumerate(sheet.iter_rows(), first)
        if any(c != "" for c in cells)
    )
    header = next(rows, None)
    if header is None:
        raise EmptyFileError(path=shape.path)
    names = [str(cell).strip() or f"#{i}" for i, cell in enumerate(header[1], 1)]
    ended = False
    while not ended:
        places, records = Numbered(), []
        for number, cells in islice(rows, CHUNK_ROWS):
            record = dict(zip(names, (None if c == "" else c for c in cells), strict=False))
            places.add(number, record)
            records.append(record)
        ended = not records
        yield Chunk(
            rows=columns_of(records, names if wanted is None else wanted),
            places=places,
            taken=shape.byte_count,
        )


def _largest_sheet(path: Path) -> calamine.CalamineSheet:
    """Return the sheet with the most rows, the first of those alike."""
    try:
        with opening(path):
            book = calamine.CalamineWorkbook.from_path(path)
        kinds = (sheet.typ for sheet in book.sheets_metadata)
        sheets = [
            book.get_sheet_by_index(i)
            for i, kind in enumerate(kinds)
            if kind == calamine.SheetTypeEnum.WorkSheet
        ]
    except (calamine.CalamineError, ValueError) as error:
        raise DamagedFileError(path=path, format="xlsx") from error
    if not sheets:
        raise EmptyFileError(path=path)
    return max(sheets, key=lambda sheet: sheet.total_height)


def check_unpacked_size(path: Path, *, bytes_max: int = UNPACKED_BYTES_MAX) -> None:
    """Refuse a workbook that declares, or holds against its word, more than `bytes_max` unpacked bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(entry.file_size for entry in archive.infolist())
            if declared > bytes_max:
                raise OversizedArchiveError(path=path, bytes=declared, bytes_max=bytes_max)
            real = sum(_real_size(path, entry) for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, zlib.error, struct.error) as error:
        raise DamagedFileError(path=path, format="xlsx") from error
    if real > declared:
        raise OversizedArchiveError(path=path, bytes=real, bytes_max=declared)


def _real_size(path: Path, entry: zipfile.ZipInfo) -> int:
    """Return what `entry` really unpacks to, or one more than it declares as soon as it does."""
    unpacker, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as raw:
        raw.seek(entry.header_offset + NAME_SIZES_OFFSET)
        name_size, extra_size = struct.unpack("<HH", raw.read(4))
        raw.seek(name_size + extra_size, 1)
        left = entry.compress_size
        while size <= entry.file_size and (piece := raw.read(min(left, READ_BYTES))):
            left -= len(piece)
            if entry.compress_type == zipfile.ZIP_STORED:
                size += len(piece)
            else:
                size += _unpacked_size(unpacker, piece, entry.file_size + 1 - size)
    return min(size, entry.file_size + 1)


def _unpacked_size(unpacker: zlib._Decompress, piece: bytes, bytes_max: int) -> int:
    size = 0
    while piece and size < bytes_max:
        size += len(unpacker.decompress(piece, READ_BYTES))
        piece = unpacker.unconsumed_tail
    return size
