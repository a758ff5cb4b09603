"""Looks: that a post was looked for again and stood as it was, kept as rows that say nothing else.

An observation is kept once however often it is brought, so a later visit that finds the same would leave no
trace. A look is such a visit: a row of a batch with the post's id, author and moment, when it was looked for
(`checked_ms`) and what that visit said of its standing; no text. At most one a day (UTC) is kept of each
observation, and none of the day on which the observation itself was made: a file taken in twice adds none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.observations import KEY_BYTES, NO_DAY, OBSERVATIONS, days_of, first_of_each, halves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vigie.store.observations import Known

LOOKED = "checked_ms"
SAID = (  # of a look; every other column is null
    *("post_id", "platform", "source_kind", "collected_ms", "collection_id", "author", "is_public_actor"),
    *("created_ms", "deleted_seen_ms", "visibility", "delete_by_ms"),
)


def looks_of(seen: pa.Table, moments: pa.Array, known: Known) -> pa.Table:
    """Return the looks of a portion of posts that are to be kept.

    Args:
        seen: observations, held or new; what is new among them is known already.
        moments: when each was looked for, null where nobody can tell.
        known: what the data set holds.
    """
    day, made = days_of(moments), known.days(seen)
    rows = pa.array(np.flatnonzero((day != NO_DAY) & (made != NO_DAY) & (day != made)))
    at, some = moments.take(rows), seen.take(rows).combine_chunks()
    keys = _keys(some.column("observation").combine_chunks(), day[rows.to_numpy()])
    looks = _as_looks(some, at, keys)
    looks = looks.filter(pa.array(first_of_each(halves(keys))))
    return looks.filter(known.new_rows(looks)) if looks.num_rows else looks


def _as_looks(rows: pa.Table, at: pa.Array, keys: pa.Array) -> pa.Table:
    told = {name: rows.column(name) for name in SAID} | {LOOKED: at, "collected_ms": at, "observation": keys}
    columns = [told.get(field.name, pa.nulls(len(at), field.type)) for field in OBSERVATIONS]
    return pa.table(columns, schema=OBSERVATIONS)


def _keys(observations: pa.Array, days: NDArray[np.int64]) -> pa.Array:
    """Return the key of each look: BLAKE2b of the observation's and the day."""
    digests = [
        hashlib.blake2b(key + f"look:{day}".encode(), digest_size=KEY_BYTES).digest()
        for key, day in zip(observations.to_pylist(), days.tolist(), strict=True)
    ]
    return pa.array(digests, pa.binary(KEY_BYTES))


def last_looks(parts: Iterable[pa.RecordBatch]) -> pa.Table:
    """Return when each post was last looked for: `post_id`, `checked_ms`.

    Args:
        parts: looks, with these two columns.
    """
    schema = pa.schema([OBSERVATIONS.field("post_id"), OBSERVATIONS.field(LOOKED)])
    told = pa.Table.from_batches([part.select(schema.names) for part in parts], schema)
    last = told.group_by(["post_id"]).aggregate([(LOOKED, "max")])
    return last.select(["post_id", f"{LOOKED}_max"]).rename_columns(schema.names)


def with_looks(posts: pa.Array, looks: pa.Table) -> pa.Array:
    """Return when each of some posts was last looked for, null for never."""
    if not looks.num_rows:
        return pa.nulls(len(posts), pa.int64())
    place = pc.index_in(posts, looks.column("post_id").combine_chunks())
    return looks.column(LOOKED).combine_chunks().take(place)
