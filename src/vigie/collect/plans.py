"""What a file is, and how its columns will be read: decided from its beginning, before the long work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from vigie.collect.csv_rows import csv_chunks
from vigie.collect.errors import MissingColumnError
from vigie.collect.formats import Shape, recognise
from vigie.collect.json_rows import json_chunks, ndjson_chunks
from vigie.collect.mapping import Column, map_columns
from vigie.collect.parquet_rows import parquet_chunks, parquet_schema
from vigie.collect.rejects import FileRejects, Rejects, Unit
from vigie.collect.times import unit_of
from vigie.collect.xlsx_rows import xlsx_chunks
from vigie.terms.posts import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from vigie.collect.chunks import Reader
    from vigie.collect.formats import Format
    from vigie.collect.hints import Layout, TimeUnit

AskedUnit = Literal["auto", "s", "ms", "us", "ns"]

READERS: Mapping[Format, Reader] = {
    "csv": csv_chunks,
    "ndjson": ndjson_chunks,
    "json": json_chunks,
    "xlsx": xlsx_chunks,
    "parquet": parquet_chunks,
}
# JSON objects may lack keys, so their columns are those of the first chunks of about 4 MiB each.
SAMPLED_CHUNKS: Mapping[Format, int] = {"csv": 2, "ndjson": 4, "json": 4, "xlsx": 1, "parquet": 1}
SAMPLED_ROWS = 1 << 13  # of Parquet


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one file will be read.

    Args:
        shape: path, format, packing, encoding.
        layout: the known tool whose export it is, if any.
        columns: each column of the file, what it was taken for, and who decided.
        time_units: per canonical time column that holds figures, what they count; None where the sample has
            none.
        sample: the first rows, in the file's own columns.
    """

    shape: Shape
    layout: str | None
    columns: tuple[Column, ...]
    time_units: Mapping[str, TimeUnit | None]
    sample: pa.RecordBatch

    @property
    def path(self) -> Path:
        """The file."""
        return self.shape.path

    @property
    def unit(self) -> Unit:
        """What the numbers of rejected rows count."""
        return "line" if self.shape.format in {"csv", "ndjson"} else "row"

    def sources(self, targets: Collection[str]) -> dict[str, str]:
        """Return the file's columns that canonical `targets` need: source -> dotted target."""
        return {
            column.source: column.target
            for column in self.columns
            if column.target is not None and column.target.partition(".")[0] in targets
        }

    @property
    def reader(self) -> Reader:
        """What reads this file."""
        return READERS[self.shape.format]

    def manifest(self) -> dict[str, object]:
        """Return what was decided, as plain values for the record of a run."""
        return {
            "path": str(self.path),
            "byte_count": self.shape.byte_count,
            "format": self.shape.format,
            "compression": self.shape.compression,
            "encoding": self.shape.encoding,
            "layout": self.layout,
            "mapping": {c.source: c.target for c in self.columns if c.target is not None},
            "time_units": dict(self.time_units),
        }


def plan(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    time_unit: AskedUnit = "auto",
) -> Plan:
    """Look at the beginning of the file at `path` and decide how to read it.

    Args:
        path: the file.
        mapping: the user's word: source column -> canonical column, dotted inside `media` (`media.pdq`).
        encoding: the user's word about text; none means byte order mark, else UTF-8.
        time_unit: what figures count in the columns of moments; "auto" takes the layout's word, `ms` for
            columns named `*_ms`, else what the size of the first figures suggests.

    Raises:
        FileError: the file cannot be read as posts.
    """
    shape = recognise(path, encoding)
    sample = _sample(shape)
    layout, columns = map_columns(path, sample.schema, mapping or {})
    targets = {column.target for column in columns}
    for column in REQUIRED:
        if column not in targets:
            raise MissingColumnError(path=path, column=column, columns=", ".join(sample.schema.names))
    return Plan(
        shape=shape,
        layout=None if layout is None else layout.name,
        columns=columns,
        time_units=_time_units(columns, sample, layout, time_unit),
        sample=sample,
    )


def _sample(shape: Shape) -> pa.RecordBatch:
    """Return the first rows of the file with all its columns; rows that are none are not counted here."""
    rejects = FileRejects(shape.path, "row", Rejects())
    if shape.format == "parquet":
        chunks = parquet_chunks(shape, None, rejects, batch_rows=SAMPLED_ROWS)
        first = next(chunks, None)
        return first.rows if first else pa.RecordBatch.from_pylist([], schema=parquet_schema(shape))
    chunks = READERS[shape.format](shape, None, rejects)
    some = [chunk.rows for _, chunk in zip(range(SAMPLED_CHUNKS[shape.format]), chunks, strict=False)]
    if len(some) == 1:
        return some[0]
    merged = pa.concat_tables([pa.Table.from_batches([rows]) for rows in some], promote_options="permissive")
    merged = merged.combine_chunks()
    return merged.to_batches()[0] if merged.num_rows else some[0]


def _time_units(
    columns: tuple[Column, ...], sample: pa.RecordBatch, layout: Layout | None, asked: AskedUnit
) -> dict[str, TimeUnit | None]:
    units: dict[str, TimeUnit | None] = {}
    for column in columns:
        if column.target is not None and column.target.endswith("_ms"):
            found = unit_of(sample.column(column.source))
            if found is None and sample.num_rows:
                continue  # no figures: texts or timestamps
            units[column.target] = _unit(column, found, layout, asked)
    return units


def _unit(column: Column, found: TimeUnit | None, layout: Layout | None, asked: AskedUnit) -> TimeUnit | None:
    if asked != "auto":
        return asked
    if layout is not None and column.decided == "layout":
        return layout.time_unit
    return "ms" if column.source.endswith("_ms") else found
