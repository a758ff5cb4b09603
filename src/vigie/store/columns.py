"""Columns of posts taken apart and put together again: texts, lists of texts, lists of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray


def legible(table: pa.Table) -> pa.Table:
    """Return `table` with U+FFFD for bytes that are no text, which a Parquet file may hold."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        columns = [_mended(whole(column)) for column in table.columns]
        return pa.table(columns, names=table.column_names)
    return table


def _mended(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind):
        raws = column.cast(pa.binary()).to_pylist()
        return pa.array([None if raw is None else raw.decode("utf-8", "replace") for raw in raws], kind)
    if pa.types.is_list(kind):
        return like(column, _mended(pc.list_flatten(column)))
    if pa.types.is_struct(kind):
        parts = [_mended(part) for part in column.flatten()]
        return pa.StructArray.from_arrays(parts, fields=list(kind), mask=column.is_null())
    return column


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, its texts not dictionary-encoded."""
    kind = column.type
    plain = column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column
    return pa.concat_arrays(plain.chunks) if plain.num_chunks else pa.array([], plain.type)


def flat(column: pa.Array) -> pa.Array:
    """Return the texts of a column of texts, of lists of texts, or of lists of links."""
    if not pa.types.is_list(column.type):
        return column
    values = pc.list_flatten(column)
    return pc.struct_field(values, "url") if pa.types.is_struct(values.type) else values


def rows_of(column: pa.Array) -> NDArray[np.int64]:
    """Return the row of each value of `flat`."""
    if pa.types.is_list(column.type):
        return np.asarray(pc.list_parent_indices(column).to_numpy(), np.int64)
    return np.arange(len(column))


def like(column: pa.Array, values: pa.Array) -> pa.Array:
    """Return `values` as they are, or in lists as long as those of `column`, null where these are."""
    if not pa.types.is_list(column.type):
        return values
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, values, mask=pc.is_null(column))
