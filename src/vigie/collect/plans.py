"""What a file is, and how its columns will be read: decided from its beginning, before the long work."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from vigie.collect.csv_rows import csv_chunks
from vigie.collect.errors import MissingColumnError, UnknownFormatError, UnknownLayoutError, WebPageError
from vigie.collect.formats import Shape, recognise
from vigie.collect.importers import IMPORTERS, Skip
from vigie.collect.importers.choosing import SAMPLED_RECORDS, importer_named, importer_of
from vigie.collect.importers.reading import entries_of, imported_chunks
from vigie.collect.importers.rows import rows_of
from vigie.collect.json_columns import kinds_of
from vigie.collect.json_rows import json_chunks, ndjson_chunks
from vigie.collect.layouts import LAYOUTS
from vigie.collect.mapping import COLUMNS_ALONE, Column, map_columns
from vigie.collect.parquet_rows import parquet_chunks, parquet_schema
from vigie.collect.rejects import FileRejects, Rejects, Unit
from vigie.collect.times import unit_of
from vigie.collect.xlsx_rows import xlsx_chunks
from vigie.terms.languages import say
from vigie.terms.posts import POSTS, REQUIRED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from vigie.collect.chunks import Reader
    from vigie.collect.formats import Format
    from vigie.collect.hints import TimeUnit
    from vigie.collect.importers.frame import Importer
    from vigie.collect.layouts import Layout
    from vigie.terms.languages import Message

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
BY_NAMES = say("a table of posts, by the names of its columns")
SURE_OF_LAYOUT = 0.97  # all columns of a known export are there
SURE_OF_CANONICAL = 0.95  # author and moment have the canonical names
SURE_OF_HINTS = 0.7  # a column named "user" may be something else


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one file will be read.

    Args:
        shape: path, format, packing, encoding.
        layout: id of the known tool whose export it is, if any.
        columns: each column of the file, what it was taken for, and who decided; none with an importer.
        time_units: per canonical time column that holds figures, what they count; None where the sample has
            none.
        sample: the first rows, in the file's own columns; in canonical ones with an importer.
        sure: how sure the format and layout are, 0 to 1; 1 for the user's own word.
        importer: what turns records into posts, where the file is no table of posts.
        given: canonical column -> what all rows have in it where no column says otherwise.
        known_as: the layout of columns that was recognised, if any.
    """

    shape: Shape
    layout: str | None
    columns: tuple[Column, ...]
    time_units: Mapping[str, TimeUnit | None]
    sample: pa.RecordBatch
    sure: float
    importer: Importer | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    known_as: Layout | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.shape.path

    @property
    def title(self) -> Message | str:
        """What people call such a file."""
        return layouts_known()[self.layout or COLUMNS_ALONE]

    @property
    def unit(self) -> Unit:
        """What the numbers of rejected rows count."""
        return "line" if self.shape.format in {"csv", "ndjson"} else "row"

    def sources(self, targets: Collection[str]) -> dict[str, str]:
        """Return the file's columns that canonical `targets` need: source -> dotted target."""
        if self.importer is not None:
            return {name: name for name in POSTS.names if name in targets}
        return {
            column.source: column.target
            for column in self.columns
            if column.target is not None and column.target.partition(".")[0] in targets
        }

    @property
    def reader(self) -> Reader:
        """What reads this file."""
        if self.importer is not None:
            return partial(imported_chunks, self.importer)
        if self.shape.format == "ndjson":
            return partial(ndjson_chunks, kinds=kinds_of(self.columns, self.sample.schema))
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
            "sure": round(self.sure, 2),
            "mapping": {c.source: c.target for c in self.columns if c.target is not None},
            "time_units": dict(self.time_units),
        }


def plan(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    time_unit: AskedUnit = "auto",
    layout: str | None = None,
) -> Plan:
    """Look at the beginning of the file at `path` and decide how to read it.

    Args:
        path: the file.
        mapping: the user's word: source column -> canonical column, dotted inside `media` (`media.pdq`).
        encoding: the user's word about text; none means byte order mark, else UTF-8.
        time_unit: what figures count in the columns of moments; "auto" takes the layout's word, `ms` for
            columns named `*_ms`, else what the size of the first figures suggests.
        layout: the user's word: id of the importer or of the layout of columns; "columns" for neither; None
            lets the content decide.

    Raises:
        FileError: the file cannot be read as posts.
    """
    if layout is not None and layout not in layouts_known():
        raise UnknownLayoutError(layout=layout, layouts=", ".join(layouts_known()))
    shape = recognise(path, encoding)
    found = _importer(shape, mapping or {}, layout)
    if found is not None:
        return _imported(shape, *found)
    if shape.format not in READERS:
        raise WebPageError(path=path) if shape.format == "html" else UnknownFormatError(path=path)
    return _table(shape, mapping or {}, time_unit, layout)


def layouts_known() -> dict[str, Message | str]:
    """Return what can be read by name: id -> title; importers, then layouts of columns."""
    importers = {one.id: one.title for one in IMPORTERS}
    return importers | {one.id: one.title for one in LAYOUTS} | {COLUMNS_ALONE: BY_NAMES}


def _importer(shape: Shape, mapping: Mapping[str, str], layout: str | None) -> tuple[Importer, float] | None:
    """Return the importer of a file and how sure it is; a user who maps columns has a table in mind."""
    if layout is not None:
        named = importer_named(layout, shape)
        return None if named is None else (named, 1.0)
    return None if mapping else importer_of(shape)


def _imported(shape: Shape, importer: Importer, sure: float) -> Plan:
    records = entries_of(importer, shape, FileRejects(shape.path, "row", Rejects()))
    posts = (
        post for entry in itertools.islice(records, SAMPLED_RECORDS) for post in importer.posts(entry.record)
    )
    sample = rows_of([post for post in posts if not isinstance(post, Skip)])
    return Plan(
        shape=shape,
        layout=importer.id,
        columns=(),
        time_units={name: "ms" for name in POSTS.names if name.endswith("_ms")},
        sample=sample,
        sure=sure,
        importer=importer,
    )


def _table(shape: Shape, mapping: Mapping[str, str], time_unit: AskedUnit, asked: str | None) -> Plan:
    sample = _sample(shape)
    layout, columns = map_columns(shape.path, sample.schema, mapping, asked)
    targets = {column.target for column in columns}
    for column in REQUIRED:
        if column not in targets:
            names = ", ".join(sample.schema.names)
            raise MissingColumnError(path=shape.path, column=column, columns=names)
    return Plan(
        shape=shape,
        layout=None if layout is None else layout.id,
        columns=columns,
        time_units=_time_units(columns, sample, layout, time_unit),
        sample=sample,
        sure=1.0 if mapping or asked else _sureness(layout, columns),
        given={} if layout is None else layout.given,
        known_as=layout,
    )


def _sureness(layout: Layout | None, columns: tuple[Column, ...]) -> float:
    """Return how sure it is that columns were taken for what they are; see the constants."""
    if layout is not None:
        return SURE_OF_LAYOUT
    own = all(column.source == column.target for column in columns if column.target in REQUIRED)
    return SURE_OF_CANONICAL if own else SURE_OF_HINTS


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
