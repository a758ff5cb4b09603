"""What a known layout says about the values of its columns, beyond what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Collection

    from vigie.collect.layouts import Layout

CHANNEL = "channel_id"


def also_needed(layout: Layout | None, columns: Collection[str]) -> set[str]:
    """Return the columns without which others cannot be understood."""
    is_within = layout is not None and not set(layout.within).isdisjoint(columns)
    return {CHANNEL} if is_within else set()


def meant(layout: Layout | None, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return canonical `rows` as the layout means them: nobody is unknown, ids are whole."""
    if layout is None:
        return rows
    if layout.nobody and "author" in rows.schema.names:
        author = rows.column("author")
        nobody = pc.is_in(author, pa.array(layout.nobody, pa.string()))
        rows = _with(rows, "author", pc.if_else(nobody, None, author))
    for name in layout.within:
        if name in rows.schema.names and CHANNEL in rows.schema.names:
            rows = _with(rows, name, _whole(rows.column(name), rows.column(CHANNEL)))
    return rows


def _whole(ids: pa.Array, channels: pa.Array) -> pa.Array:
    """Return `channel-number` for numbers that count within a channel; what is no number is whole already."""
    is_number = pc.match_substring_regex(ids, r"^\d+$")
    return pc.if_else(is_number, pc.coalesce(pc.binary_join_element_wise(channels, ids, "-"), ids), ids)


def _with(rows: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    return rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)
