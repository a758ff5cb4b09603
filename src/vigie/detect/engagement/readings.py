"""Counters of posts as figures that can be compared: which counter, at which age of the post, how much.

A counter that was not read is unknown, never zero, and a sum holds only what was read. One post may be read
many times: its last reading in each class of age counts, and what it gained from one class to the next is a
figure of its own, so that a late surge shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COLUMNS = (
    "post_id",
    "platform",
    "author",
    "author_followers",
    "created_ms",
    "collected_ms",
    "counts",
)
AGES_MS = tuple(hours * HOUR_MS for hours in (1, 6, 24, 72, 168, 720))
AGE_NAMES = ("<1h", "1-6h", "6-24h", "1-3d", "3-7d", "7-30d", ">30d")
AGE_UNKNOWN = "?"
UNKNOWN = -1  # an age, a moment
REACTIONS = (
    "likes", "shares", "comments", "replies", "quotes", "reactions", "love", "wow", "haha", "sad", "angry",
)  # fmt: skip
VIEWS = "views"
PER_VIEW = "reactions_per_view"
GAIN = "gain_of_"
FOLLOWERS_UNKNOWN = -1
NAME = pa.dictionary(pa.int32(), pa.string())
FIGURES = pa.schema(
    [
        ("item", pa.int64()),  # row of `items`
        ("measure", NAME),
        ("age", NAME),  # class of age of the post when it was read
        ("at_ms", pa.int64()),
        ("value", pa.float64()),  # the counter, or reactions per view
        ("exposure", pa.float64()),  # 1, or the views
        ("kinds", NAME),  # which reactions were summed
    ]
)


@dataclass(frozen=True, kw_only=True)
class _Readings:
    """The last reading of each counter of each post in each class of age, sorted by post, age and counter."""

    item: NDArray[np.int64]
    age: NDArray[np.int64]  # place in `AGE_NAMES`, -1 unknown
    measure: NDArray[np.int64]  # place in `names`
    at_ms: NDArray[np.int64]
    value: NDArray[np.int64]
    names: tuple[str, ...]  # ascending


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """Figures of one sort; names stand as places in `measures`, `ages` and `kinds_named`."""

    item: NDArray[np.int64]
    measure: NDArray[np.int64]
    age: NDArray[np.int64]
    at_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    exposure: NDArray[np.float64]
    kinds: NDArray[np.int64]
    measures: Sequence[str]
    ages: Sequence[str]
    kinds_named: Sequence[str]


def follower_class(followers: pa.Array) -> NDArray[np.int64]:
    """Return the power of ten of how many followers an account has; -1 is unknown."""
    counts = followers.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(counts < 0, FOLLOWERS_UNKNOWN, np.log10(np.maximum(counts, 1)).astype(np.int64))


def items(posts: pa.Table) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return one row for each post, the latest seen, sorted by its id, and for each given row which it is of.

    Posts without an id are items of their own.
    """
    ids = _whole(posts.column("post_id").cast(pa.string()))
    if ids.null_count:
        numbers = pa.array([f"\0{row:012}" for row in range(posts.num_rows)], pa.string())
        ids = pc.coalesce(ids, numbers)
    encoded = ids.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    item = rank[encoded.indices.to_numpy()]
    seen = posts.column("collected_ms").fill_null(0).to_numpy()
    followers = posts.column("author_followers").fill_null(-1).to_numpy()
    by = np.lexsort((followers, seen, item))
    last = by[np.concatenate((np.diff(item[by]) > 0, [True]))] if len(by) else by
    return posts.take(pa.array(last)), item


def figures(posts: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the items of `posts` and their figures: see `FIGURES`, sorted."""
    kept, item_of = items(posts)
    readings = _last_of_each_age(_readings(posts, kept, item_of))
    return kept, _sorted([_counters(readings), _per_view(readings), _gains(readings)])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _readings(posts: pa.Table, kept: pa.Table, item_of: NDArray[np.int64]) -> _Readings:
    """Return all readings, in no order; those of a part (`a.b`), of no name or below zero say nothing."""
    counts = _whole(posts.column("counts"))
    flat, parent = pc.list_flatten(counts), pc.list_parent_indices(counts).to_numpy()
    name, value = pc.struct_field(flat, "name"), pc.struct_field(flat, "value")
    whole = pc.and_(pc.is_valid(name), pc.invert(pc.match_substring(name, ".")))
    said = pc.and_(whole, pc.fill_null(pc.greater_equal(value, 0), fill_value=False))
    keep = pc.fill_null(said, fill_value=False).to_numpy(zero_copy_only=False)
    parent = parent[keep]
    item = item_of[parent]
    named = name.filter(pa.array(keep)).dictionary_encode()
    order = pc.sort_indices(named.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    collected = _whole(posts.column("collected_ms")).take(pa.array(parent))
    read = pc.coalesce(pc.struct_field(flat, "at_ms").filter(pa.array(keep)), collected)
    at_ms = read.fill_null(UNKNOWN).to_numpy()
    created_ms = _whole(kept.column("created_ms")).take(pa.array(item))
    return _Readings(
        item=item,
        age=_ages(at_ms, created_ms),
        measure=rank[named.indices.to_numpy()],
        at_ms=at_ms,
        value=value.filter(pa.array(keep)).to_numpy(),
        names=tuple(named.dictionary.take(pa.array(order)).to_pylist()),
    )


def _ages(at_ms: NDArray[np.int64], created_ms: pa.Array) -> NDArray[np.int64]:
    created = created_ms.fill_null(0).to_numpy()
    is_known = (at_ms >= created) & (at_ms != UNKNOWN) & created_ms.is_valid().to_numpy(zero_copy_only=False)
    age = np.searchsorted(AGES_MS, at_ms - created, side="right")
    return np.where(is_known, age, UNKNOWN)


def _last_of_each_age(readings: _Readings) -> _Readings:
    one = readings
    which = (one.item * (len(AGE_NAMES) + 1) + one.age + 1) * len(one.names) + one.measure
    order = np.lexsort((one.value, one.at_ms, which))
    is_last = np.ones(len(order), np.bool_)
    is_last[:-1] = _differ(order, which)
    at = order[is_last]
    return _Readings(
        item=one.item[at],
        age=one.age[at],
        measure=one.measure[at],
        at_ms=one.at_ms[at],
        value=one.value[at],
        names=one.names,
    )


def _differ(order: NDArray[np.int64], *keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each place but the last whether the next one differs in any key."""
    differ = np.zeros(max(len(order) - 1, 0), np.bool_)
    for key in keys:
        differ |= np.diff(key[order]) != 0
    return differ


def age_name(age: int) -> str:
    """Return a class of age as text."""
    return AGE_NAMES[age] if age >= 0 else AGE_UNKNOWN


def _counters(read: _Readings) -> _Figures:
    return _Figures(
        item=read.item,
        measure=read.measure,
        age=np.where(read.age == UNKNOWN, len(AGE_NAMES), read.age),
        at_ms=read.at_ms,
        value=read.value.astype(np.float64),
        exposure=np.ones(len(read.item)),
        kinds=np.zeros(len(read.item), np.int64),
        measures=read.names,
        ages=(*AGE_NAMES, AGE_UNKNOWN),
        kinds_named=("",),
    )


def _per_view(read: _Readings) -> _Figures:
    """Return the reactions per view of each post and age of which views and some reaction were read."""
    order = np.arange(len(read.item))
    starts = np.flatnonzero(np.concatenate(([True], _differ(order, read.item, read.age)))[: len(order)])
    place = np.array([REACTIONS.index(name) if name in REACTIONS else -1 for name in read.names], np.int64)
    bit = np.array([1 << one if one >= 0 else 0 for one in place], np.int64)[read.measure]
    is_views = np.array([name == VIEWS for name in read.names], np.bool_)[read.measure]

    def summed(amounts: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.add.reduceat(amounts, starts) if len(starts) else np.empty(0, np.int64)

    kinds = summed(bit)
    reactions = summed(np.where(bit > 0, read.value, 0))
    views = summed(np.where(is_views, read.value, 0))
    at_ms = summed(np.where(is_views, read.at_ms, 0))
    keep = np.flatnonzero((views > 0) & (kinds > 0))
    sums, kind = np.unique(kinds[keep], return_inverse=True)
    at = starts[keep]
    return _Figures(
        item=read.item[at],
        measure=np.zeros(len(at), np.int64),
        age=np.where(read.age[at] == UNKNOWN, len(AGE_NAMES), read.age[at]),
        at_ms=at_ms[keep],
        value=reactions[keep] / views[keep],
        exposure=views[keep].astype(np.float64),
        kinds=kind.reshape(-1),
        measures=(PER_VIEW,),
        ages=(*AGE_NAMES, AGE_UNKNOWN),
        kinds_named=[
            "+".join(name for bit, name in enumerate(REACTIONS) if (int(one) >> bit) & 1) for one in sums
        ],
    )


def _gains(read: _Readings) -> _Figures:
    """Return what each counter gained since the class of age before in which it was read."""
    order = np.lexsort((read.age, read.measure, read.item))
    order = order[read.age[order] != UNKNOWN]
    follows = np.flatnonzero(~_differ(order, read.item, read.measure))
    before, after = order[follows], order[follows + 1]
    span = read.age[before] * len(AGE_NAMES) + read.age[after]
    return _Figures(
        item=read.item[after],
        measure=read.measure[after],
        age=span,
        at_ms=read.at_ms[after],
        value=np.maximum(0, read.value[after] - read.value[before]).astype(np.float64),
        exposure=np.ones(len(after)),
        kinds=np.zeros(len(after), np.int64),
        measures=[GAIN + name for name in read.names],
        ages=[f"{one} → {other}" for one in AGE_NAMES for other in AGE_NAMES],
        kinds_named=("",),
    )


def _sorted(sorts: Sequence[_Figures]) -> pa.Table:
    """Return figures of several sorts as one table, sorted by item, measure, age and kinds."""
    measure, measures = _named([(one.measure, one.measures) for one in sorts])
    age, ages = _named([(one.age, one.ages) for one in sorts])
    kinds, kinds_named = _named([(one.kinds, one.kinds_named) for one in sorts])
    item = np.concatenate([one.item for one in sorts])
    order = np.lexsort((kinds, age, measure, item))
    at_ms = np.concatenate([one.at_ms for one in sorts])[order]
    return pa.table(
        [
            pa.array(item[order]),
            _dictionary(measure[order], measures),
            _dictionary(age[order], ages),
            pa.array(at_ms, mask=at_ms < 0),
            pa.array(np.concatenate([one.value for one in sorts])[order]),
            pa.array(np.concatenate([one.exposure for one in sorts])[order]),
            _dictionary(kinds[order], kinds_named),
        ],
        schema=FIGURES,
    )


def _named(parts: Sequence[tuple[NDArray[np.int64], Sequence[str]]]) -> tuple[NDArray[np.int64], list[str]]:
    """Return codes into names as codes into all names, ascending."""
    names = sorted({name for _codes, given in parts for name in given})
    place = {name: number for number, name in enumerate(names)}
    codes = [np.array([place[name] for name in given], np.int64)[part] for part, given in parts]
    return np.concatenate(codes), names


def _dictionary(codes: NDArray[np.int64], names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string()))
