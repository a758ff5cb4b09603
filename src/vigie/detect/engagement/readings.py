"""Counters of posts as figures that can be compared: which counter, at which age of the post, how much.

A counter that was not read is unknown, never zero, and a sum holds only what was read. One post may be read
many times: its last reading in each class of age counts, and what it gained from one class to the next is a
figure of its own, so that a late surge shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

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
HOUR_MS = 3_600_000
AGES_MS = tuple(hours * HOUR_MS for hours in (1, 6, 24, 72, 168, 720))
AGE_NAMES = ("<1h", "1-6h", "6-24h", "1-3d", "3-7d", "7-30d", ">30d")
AGE_UNKNOWN = "?"
REACTIONS = (
    "likes", "shares", "comments", "replies", "quotes", "reactions", "love", "wow", "haha", "sad", "angry",
)  # fmt: skip
VIEWS = "views"
PER_VIEW = "reactions_per_view"
GAIN = "gain_of_"
FOLLOWERS_UNKNOWN = -1
FIGURES = pa.schema(
    [
        ("item", pa.int64()),  # row of `items`
        ("measure", pa.string()),
        ("age", pa.string()),  # class of age of the post when it was read
        ("at_ms", pa.int64()),
        ("value", pa.float64()),  # the counter, or reactions per view
        ("exposure", pa.float64()),  # 1, or the views
        ("kinds", pa.string()),  # which reactions were summed
    ]
)


def follower_class(followers: pa.Array) -> NDArray[np.int64]:
    """Return the power of ten of how many followers an account has; -1 is unknown."""
    counts = followers.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(counts < 0, FOLLOWERS_UNKNOWN, np.log10(np.maximum(counts, 1)).astype(np.int64))


def items(posts: pa.Table) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return one row for each post, the latest seen, sorted by its id, and for each given row which it is of.

    Posts without an id are items of their own.
    """
    numbers = pa.array([f"\0{row:012}" for row in range(posts.num_rows)])
    ids = pc.coalesce(posts.column("post_id").cast(pa.string()).combine_chunks(), numbers)
    encoded = ids.dictionary_encode()
    order = np.argsort(np.array(encoded.dictionary.to_pylist(), object), kind="stable")
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
    rows = [*_counters(readings), *_per_view(readings), *_gains(readings)]
    rows.sort(key=lambda row: (row["item"], row["measure"], row["age"], row["kinds"]))
    return kept, pa.Table.from_pylist(rows, schema=FIGURES)


def _readings(posts: pa.Table, kept: pa.Table, item_of: NDArray[np.int64]) -> list[dict[str, Any]]:
    counts = posts.column("counts").combine_chunks()
    flat, parent = pc.list_flatten(counts), pc.list_parent_indices(counts).to_numpy()
    collected = posts.column("collected_ms").combine_chunks().take(pa.array(parent))
    item = item_of[parent]
    created = kept.column("created_ms").combine_chunks().take(pa.array(item))
    table = pa.table(
        {
            "item": item,
            "measure": pc.struct_field(flat, "name"),
            "value": pc.struct_field(flat, "value"),
            "at_ms": pc.coalesce(pc.struct_field(flat, "at_ms"), collected),
            "created_ms": created,
        }
    )
    name = table.column("measure")
    whole = pc.and_(pc.is_valid(name), pc.invert(pc.match_substring(name, ".")))
    known = pc.fill_null(pc.greater_equal(table.column("value"), 0), fill_value=False)
    rows: list[dict[str, Any]] = table.filter(pc.and_(whole, known)).to_pylist()
    return rows


def _last_of_each_age(
    readings: list[dict[str, Any]],
) -> dict[tuple[int, int], dict[str, tuple[int, int]]]:
    """Return for each item and class of age each counter's last moment and value."""
    last: dict[tuple[int, int], dict[str, tuple[int, int]]] = {}
    for one in readings:
        age = _age(one["at_ms"], one["created_ms"])
        known = last.setdefault((one["item"], age), {})
        moment = (-1 if one["at_ms"] is None else one["at_ms"], one["value"])
        known[one["measure"]] = max(known.get(one["measure"], moment), moment)
    return last


def _age(at_ms: int | None, created_ms: int) -> int:
    if at_ms is None or at_ms < created_ms:
        return -1
    return int(np.searchsorted(AGES_MS, at_ms - created_ms, side="right"))


def age_name(age: int) -> str:
    """Return a class of age as text."""
    return AGE_NAMES[age] if age >= 0 else AGE_UNKNOWN


Latest = dict[tuple[int, int], dict[str, tuple[int, int]]]


def _counters(latest: Latest) -> Iterator[dict[str, Any]]:
    for (item, age), counters in latest.items():
        for name, (at_ms, value) in counters.items():
            yield _row(item, name, age_name(age), at_ms, float(value))


def _per_view(latest: Latest) -> Iterator[dict[str, Any]]:
    for (item, age), counters in latest.items():
        at_ms, views = counters.get(VIEWS, (0, 0))
        kinds = [name for name in REACTIONS if name in counters]
        if views and kinds:
            reactions = sum(counters[name][1] for name in kinds)
            row = _row(item, PER_VIEW, age_name(age), at_ms, reactions / views)
            yield {**row, "exposure": float(views), "kinds": "+".join(kinds)}


def _gains(latest: Latest) -> Iterator[dict[str, Any]]:
    before: dict[tuple[int, str], tuple[int, int]] = {}
    for item, age in sorted(latest):
        for name, (at_ms, value) in latest[item, age].items() if age >= 0 else ():
            if (item, name) in before:
                earlier, was = before[item, name]
                span = f"{age_name(earlier)} → {age_name(age)}"
                yield _row(item, GAIN + name, span, at_ms, float(max(0, value - was)))
            before[item, name] = (age, value)


def _row(item: int, measure: str, age: str, at_ms: int, value: float) -> dict[str, Any]:
    return {
        "item": item,
        "measure": measure,
        "age": age,
        "at_ms": at_ms if at_ms >= 0 else None,
        "value": value,
        "exposure": 1.0,
        "kinds": "",
    }
