"""Parquet, of which only the wanted columns are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from vigie.collect.chunks import Chunk, place_of
from vigie.collect.errors import DamagedFileError
from vigie.collect.streams import ENDING_ERRORS, open_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import FileRejects, Place

BATCH_ROWS = 1 << 18
READ_BYTES = 1 << 20  # of a column at a time; else a whole row group would stand in memory


def parquet_schema(shape: Shape) -> pa.Schema:
    """Return the columns of a Parquet file."""
    with open_raw(shape.path) as raw:
        return _open(raw, shape).schema_arrow


def parquet_chunks(
    shape: Shape,
    wanted: Collection[str] | None,
    rejects: FileRejects,  # noqa: ARG001 - every reader takes them; a Parquet row cannot be malformed
    *,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Chunk]:
    """Yield the rows of a Parquet file; see `chunks.Reader`.

    Args:
        shape: the file.
        wanted: the columns to read, all when None.
        rejects: not needed.
        batch_rows: most rows in a chunk.
    """
    with open_raw(shape.path) as raw:
        file = _open(raw, shape)
        columns = None if wanted is None else list(wanted)
        batches = file.iter_batches(batch_rows, columns=columns)
        before, row_count = 0, max(1, file.metadata.num_rows)
        while (rows := _next(batches, shape)) is not None:
            taken = shape.byte_count * (before + rows.num_rows) // row_count
            yield Chunk(rows=rows, places=_places(rows, before), taken=taken)
            before += rows.num_rows


def _open(raw: object, shape: Shape) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(raw, pre_buffer=False, buffer_size=READ_BYTES)
    except ENDING_ERRORS as error:
        raise DamagedFileError(path=shape.path, format="parquet") from error


def _next(batches: Iterator[pa.RecordBatch], shape: Shape) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except ENDING_ERRORS as error:
        raise DamagedFileError(path=shape.path, format="parquet") from error


def _places(rows: pa.RecordBatch, before: int) -> Callable[[Sequence[int]], list[Place]]:
    def places(indices: Sequence[int]) -> list[Place]:
        shown = rows.take(pa.array(indices, pa.int64())).to_pylist()
        return [place_of(before + i + 1, row) for i, row in zip(indices, shown, strict=True)]

    return places
