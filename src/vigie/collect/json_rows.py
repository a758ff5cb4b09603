"""NDJSON, one object per line, and JSON: one array of objects, alone or inside an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ijson
import msgspec

from vigie.collect.chunks import ROW_BYTES_MAX, Chunk, Numbered, place_of
from vigie.collect.errors import DamagedFileError, EmptyFileError, OversizedRowError, UnknownFormatError
from vigie.collect.importers.frame import Entry
from vigie.collect.json_columns import Lines, columns_read
from vigie.collect.nesting import Nesting
from vigie.collect.records import columns_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pyarrow as pa

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import FileRejects
    from vigie.collect.streams import Text

BLOCK_BYTES = 4 << 20
READ_BYTES = 1 << 16


def ndjson_chunks(
    shape: Shape,
    wanted: Collection[str] | None,
    rejects: FileRejects,
    *,
    kinds: Mapping[str, pa.DataType] | None = None,
) -> Iterator[Chunk]:
    """Yield the rows of an NDJSON file; see `chunks.Reader`.

    Args:
        shape: the file.
        wanted: its columns that are wanted, all when None.
        rejects: takes the lines that are set aside.
        kinds: of what kind columns are, see `json_columns.kinds_of`; None reads row by row throughout.
    """
    asked = None if kinds is None or wanted is None else {name: kinds[name] for name in wanted}
    with shape.text() as text:
        number = 0
        for block in _line_blocks(text):
            has_long = len(block) > ROW_BYTES_MAX
            plain = None if asked is None or has_long else columns_read(block, asked)
            if plain is None:
                chunk, count = _rows_read(block, number, wanted, rejects, text.taken)
            else:
                lines = Lines(data=block, first=number + 1)
                chunk, count = Chunk(rows=plain, places=lines, taken=text.taken), plain.num_rows
            number += count
            yield chunk


def _rows_read(
    block: bytes, before: int, wanted: Collection[str] | None, rejects: FileRejects, taken: int
) -> tuple[Chunk, int]:
    """Return the objects on the lines of a block, and how many lines it has."""
    places, records, number = Numbered(), [], before
    for number, line in enumerate(_lines_of(block), before + 1):
        if (record := _record(line, number, rejects)) is not None:
            places.add(number, line)
            records.append(record)
    return Chunk(rows=columns_of(records, wanted), places=places, taken=taken), number - before


def line_entries(shape: Shape, rejects: FileRejects) -> Iterator[Entry]:
    """Yield the objects of an NDJSON file, one by one."""
    with shape.text() as text:
        number = 0
        for block in _line_blocks(text):
            taken = text.taken
            for number, line in enumerate(_lines_of(block), number + 1):  # noqa: B020 - goes on where the last block ended
                if (record := _record(line, number, rejects)) is not None:
                    yield Entry(number, record, line, taken)


def _line_blocks(text: Text) -> Iterator[bytes]:
    """Yield physical lines, many at a time, each ended but the last of all; of one too long its beginning."""
    left = b""
    while piece := text.read(BLOCK_BYTES):
        end = piece.rfind(b"\n") + 1
        if end:
            yield left + piece[:end]
            left = piece[end:]
        elif len(left) <= ROW_BYTES_MAX:
            left += piece
    if left:
        yield left


def _lines_of(block: bytes) -> list[bytes]:
    lines = block.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _record(line: bytes, number: int, rejects: FileRejects) -> dict[str, object] | None:
    """Return the object on a line, None where there is none; anything but an empty line is set aside then."""
    if not line or line.isspace():
        return None
    if len(line) > ROW_BYTES_MAX:
        rejects.add("row.long", place_of(number, line), bytes_max=ROW_BYTES_MAX)
        return None
    code = "row.json"
    try:
        record = msgspec.json.decode(line)
        if isinstance(record, dict):
            return record
    except UnicodeDecodeError:
        code = "row.encoding"
    except (msgspec.DecodeError, RecursionError):
        code = "row.json" if _is_utf8(line) else "row.encoding"
    rejects.add(code, place_of(number, line))
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


class Bounded:
    """A text that refuses to go on when one entry takes too many bytes, or is nested too deeply."""

    def __init__(self, text: Text, shape: Shape) -> None:
        self.row = self.since_row = self.since_chunk = 0
        self._text, self.shape, self._nesting = text, shape, Nesting(shape.path)

    def read(self, size: int) -> bytes:
        """Return some bytes, none at the end."""
        if self.since_row > ROW_BYTES_MAX + 2 * READ_BYTES:
            raise OversizedRowError(path=self.shape.path, row=self.row + 1, bytes_max=ROW_BYTES_MAX)
        piece = self._text.read(size)
        self.since_row += len(piece)
        self.since_chunk += len(piece)
        return self._nesting.check(piece)


def json_chunks(shape: Shape, wanted: Collection[str] | None, rejects: FileRejects) -> Iterator[Chunk]:
    """Yield the entries of the first array of objects in a JSON file; see `chunks.Reader`."""
    prefix = _array_prefix(shape)
    with shape.text() as text:
        bounded = Bounded(text, shape)
        entries = _entries(bounded, prefix, shape)
        ended = False
        while not ended:
            places, records = Numbered(), []
            bounded.since_chunk = 0
            while not (ended := (entry := next(entries, None)) is None):
                if isinstance(entry.value, dict):
                    places.add(bounded.row, entry.value)
                    records.append(entry.value)
                else:
                    rejects.add("row.json", place_of(bounded.row, entry.value))
                if bounded.since_chunk > BLOCK_BYTES:
                    break
            yield Chunk(rows=columns_of(records, wanted), places=places, taken=text.taken)


class _Entry(NamedTuple):
    value: object


def _entries(text: Bounded, prefix: str, shape: Shape) -> Iterator[_Entry]:
    try:
        for value in ijson.items(text, prefix, buf_size=READ_BYTES):
            text.row, text.since_row = text.row + 1, 0
            yield _Entry(value)
    except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(path=shape.path, format="json") from error


def _array_prefix(shape: Shape) -> str:
    """Return ijson's name for the entries of the first array that holds objects or nothing."""
    with shape.text() as text:
        bounded, before = Bounded(text, shape), ""
        try:
            for prefix, event, _ in ijson.parse(bounded, buf_size=READ_BYTES):
                bounded.since_row = 0
                if event == "start_map" and before == "start_array":
                    return str(prefix)
                if event == "end_array" and before == "start_array" and not prefix:
                    raise EmptyFileError(path=shape.path)
                before = event
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedFileError(path=shape.path, format="json") from error
    raise UnknownFormatError(path=shape.path)
