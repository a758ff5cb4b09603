"""Posts in the canonical schema, batch by batch, whatever the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vigie.collect.convert import batch_schema, convert
from vigie.collect.errors import AllRowsBadError, DamagedFileError
from vigie.collect.meanings import also_needed, meant
from vigie.collect.plans import AskedUnit, Plan, plan
from vigie.collect.rejects import FileRejects, Rejects
from vigie.terms.posts import REQUIRED
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from vigie.collect.chunks import Chunk


def read_posts(
    paths: Sequence[Path],
    *,
    columns: Collection[str] | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    time_unit: AskedUnit = "auto",
    layout: str | None = None,
    rejects: Rejects,
    progress: Progress = silent,
) -> Iterator[pa.RecordBatch]:
    """Plan every file at once, then return the posts batch by batch; see `plan` and `read_planned`."""
    plans = [
        plan(path, mapping=mapping, encoding=encoding, time_unit=time_unit, layout=layout) for path in paths
    ]
    return read_planned(plans, columns=columns, rejects=rejects, progress=progress)


def read_planned(
    plans: Sequence[Plan],
    *,
    columns: Collection[str] | None = None,
    rejects: Rejects,
    progress: Progress = silent,
) -> Iterator[pa.RecordBatch]:
    """Yield the posts of all files, in order, in bounded memory.

    Args:
        plans: how to read each file.
        columns: canonical columns wanted, all when None; only what they need is read where the format allows.
        rejects: takes the rows that are set aside.
        progress: told how many bytes of all files were read.

    Yields:
        Batches of the schema `batch_schema(columns)`: canonical columns in canonical order. No author and no
        moment is null.

    Raises:
        FileError: a file breaks off, or all its rows are bad.
    """
    total, before = sum(one.shape.byte_count for one in plans), 0
    for one in plans:
        for taken, batch in _file_batches(one, columns, rejects):
            if batch.num_rows:
                yield batch
            progress(before + taken, total)
        before += one.shape.byte_count
        progress(before, total)


def _file_batches(
    one: Plan, columns: Collection[str] | None, rejects: Rejects
) -> Iterator[tuple[int, pa.RecordBatch]]:
    schema, own = batch_schema(columns), FileRejects(one.path, one.unit, rejects)
    needed = {*schema.names, *REQUIRED, *also_needed(one.known_as, schema.names)}
    sources = one.sources(needed)
    kept = 0
    for chunk in one.reader(one.shape, list(sources), own):
        whole = canonical(one, chunk.rows, needed)
        good = _good(whole, chunk, one, own)
        kept += good.num_rows
        yield chunk.taken, good.select(schema.names)
    if own.count and not kept:
        raise AllRowsBadError(path=one.path, count=own.count)


def canonical(one: Plan, rows: pa.RecordBatch, columns: Collection[str]) -> pa.RecordBatch:
    """Return `rows` of the file in canonical `columns`; author and moment may still be null."""
    schema, sources = batch_schema(columns), one.sources(columns)
    arrays = []
    for name in schema.names:
        parts = {
            target: rows.column(source)
            for source, target in sources.items()
            if target.partition(".")[0] == name
        }
        try:
            given = one.given.get(name)
            array = convert(name, parts, rows.num_rows, one.time_units)
            arrays.append(array if given is None or parts else pa.array([given] * rows.num_rows, array.type))
        except pa.ArrowException as error:  # a Parquet column of bytes that are no text, say
            raise DamagedFileError(path=one.path, format=one.shape.format) from error
    return meant(one.known_as, pa.RecordBatch.from_arrays(arrays, schema=schema))


def _good(whole: pa.RecordBatch, chunk: Chunk, one: Plan, rejects: FileRejects) -> pa.RecordBatch:
    """Return the rows that say who and when; the very batch, uncopied, when all do."""
    author, created = whole.column("author"), whole.column("created_ms")
    if author.null_count == 0 and created.null_count == 0:
        return whole
    nobody = pc.is_null(author)
    never = pc.is_null(created)
    blank = _is_blank(chunk.rows.column(_source_of(one, "created_ms")))
    bad = pc.or_(nobody, never)
    codes = pc.if_else(nobody, "row.author", pc.if_else(blank, "row.time_missing", "row.time")).filter(bad)
    places = chunk.places(pc.indices_nonzero(bad).to_pylist())
    for code, place in zip(codes.to_pylist(), places, strict=True):
        rejects.add(code, place)
    return whole.filter(pc.invert(bad))


def _source_of(one: Plan, target: str) -> str:
    return next(source for source, found in one.sources({target}).items() if found == target)


def _is_blank(column: pa.Array) -> pa.Array:
    """Return where `column` holds nothing, or an empty text."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), fill_value=True)
    return pc.is_null(column, nan_is_null=True)
