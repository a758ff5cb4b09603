"""CSV, TSV and their kin, parsed by Arrow block by block."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv as arrow_csv

from vigie.collect.chunks import Chunk
from vigie.collect.csv_records import Block, Blocks, line_count, record_spans
from vigie.collect.errors import DamagedFileError
from vigie.collect.rejects import Place, excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import FileRejects

DELIMITERS = (",", ";", "\t", "|")
SNIFFED_BYTES = 1 << 16
SNIFFED_ROWS = 20


def csv_chunks(shape: Shape, wanted: Collection[str] | None, rejects: FileRejects) -> Iterator[Chunk]:
    """Yield the rows of a CSV file; see `chunks.Reader`."""
    with shape.text() as text:
        blocks = Blocks(text, ",", rejects)
        head = blocks.peek(SNIFFED_BYTES)
        if head[:4].lower() == b"sep=":  # Excel's own declaration
            blocks.first_record()
            head = blocks.peek(SNIFFED_BYTES)
        blocks.delimiter = delimiter_of(head)
        names = header_of(blocks.first_record(), blocks.delimiter)
        indices = [i for i, name in enumerate(names) if wanted is None or name in wanted]
        empty = pa.record_batch({names[i]: pa.array([], pa.string()) for i in indices})
        yield Chunk(rows=empty, places=lambda _: [], taken=text.taken)
        for block in blocks:
            part = _Part(block=block, delimiter=blocks.delimiter, width=len(names), indices=indices)
            rows = part.read(shape, rejects)
            yield Chunk(
                rows=rows.rename_columns([names[i] for i in indices]), places=part.places, taken=text.taken
            )


def delimiter_of(head: bytes) -> str:
    """Return the delimiter that cuts the first rows into the most columns, alike in most rows."""
    lines = head.decode("utf-8", "replace")
    best, best_score = DELIMITERS[0], 0.0
    for delimiter in DELIMITERS:
        rows = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
        try:
            widths = [len(row) for _, row in zip(range(SNIFFED_ROWS), rows, strict=False) if row]
        except csv.Error:  # a field over the module's own limit
            widths = [len(lines.splitlines()[0].split(delimiter))]
        score = (widths[0] - 1) * widths.count(widths[0]) / len(widths) if widths else 0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def header_of(record: bytes, delimiter: str) -> list[str]:
    """Return the column names, each made unique: of two alike, the second becomes `name#2`."""
    names: list[str] = []
    taken: set[str] = set()
    alike: Counter[str] = Counter()  # counted on the way: a million columns must not be compared in pairs
    try:
        cells = next(
            csv.reader(io.StringIO(record.decode("utf-8", "replace"), newline=""), delimiter=delimiter), []
        )
    except csv.Error:
        cells = [excerpt(record)]
    for position, cell in enumerate(cells, 1):
        name = made = cell.strip() or f"#{position}"
        while made in taken:
            alike[name] += 1
            made = f"{name}#{alike[name] + 1}"
        names.append(made)
        taken.add(made)
    return names


@dataclass(kw_only=True)
class _Part:
    """One block on its way to columns.

    `kept` are the positions of its good records among all, once any was set aside.
    """

    block: Block
    delimiter: str
    width: int
    indices: Sequence[int]
    kept: list[int] | None = field(default=None)

    def read(self, shape: Shape, rejects: FileRejects) -> pa.RecordBatch:
        """Return the wanted columns of the good records; the others go to `rejects`."""
        wrong: list[arrow_csv.InvalidRow] = []
        is_text = _is_utf8(self.block.data)
        # Arrow stops at a byte that is no UTF-8; as Latin-1 every byte is a letter, and cells are cut alike.
        data = self.block.data if is_text else self.block.data.decode("latin-1").encode()
        try:
            rows = self._parse(data, wrong)
        except pa.ArrowInvalid as error:
            raise DamagedFileError(path=shape.path, format="csv") from error
        if wrong:
            self._set_aside(wrong, rejects)
        return rows if is_text or not rows.num_columns else self._decode(rows, rejects)

    def _parse(self, data: bytes, wrong: list[arrow_csv.InvalidRow]) -> pa.RecordBatch:
        def skip(row: arrow_csv.InvalidRow) -> str:
            wrong.append(row)
            return "skip"

        names = [str(i) for i in range(self.width)]
        included = [str(i) for i in self.indices]
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            # One block and one thread: only so does Arrow tell the number of a wrong row.
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=len(data) + 1, use_threads=False
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(included, pa.string()),
                include_columns=included,
                null_values=[""],
                strings_can_be_null=True,
            ),
        ).combine_chunks()
        return (
            table.to_batches()[0]
            if table.num_rows
            else pa.record_batch(table.to_pydict(), schema=table.schema)
        )

    def _set_aside(self, wrong: Sequence[arrow_csv.InvalidRow], rejects: FileRejects) -> None:
        positions = [row.number - 1 for row in wrong]
        for row, place in zip(wrong, self._at(positions), strict=True):
            rejects.add("row.columns", place, expected=row.expected_columns, actual=row.actual_columns)
        bad = set(positions)
        self.kept = [i for i in range(len(self._spans)) if i not in bad]

    def _decode(self, rows: pa.RecordBatch, rejects: FileRejects) -> pa.RecordBatch:
        """Return `rows`, read as Latin-1, as the text they are; what is not UTF-8 is set aside."""
        cells = [
            [None if cell is None else cell.encode("latin-1") for cell in column.to_pylist()]
            for column in rows
        ]
        bad = sorted({i for column in cells for i, value in enumerate(column) if not _is_utf8(value)})
        rejects.add_all("row.encoding", self.places(bad))
        good = sorted(set(range(rows.num_rows)).difference(bad))
        self.kept = [self.kept[i] for i in good] if self.kept is not None else good
        texts = [pa.array([column[i] for i in good], pa.binary()).cast(pa.string()) for column in cells]
        return pa.record_batch(texts, names=rows.schema.names)

    def places(self, indices: Sequence[int]) -> list[Place]:
        """Return where the good records at `indices` stand in the file."""
        return self._at([self.kept[i] for i in indices] if self.kept is not None else indices)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return list(record_spans(self.block.data, self.delimiter))

    def _at(self, positions: Sequence[int]) -> list[Place]:
        """Return the places of records at ascending `positions` among all records of the block."""
        places, line, seen = [], self.block.line, 0
        for position in positions:
            start, end = self._spans[position]
            line, seen = line + line_count(self.block.data[seen:start]), start
            places.append(Place(number=line, excerpt=excerpt(self.block.data[start:end])))
        return places


def _is_utf8(value: bytes | None) -> bool:
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
