"""Pairs as tables with names, sorted: what leaves the method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.coaction.acts import acts_from, stable_by_key
from vigie.detect.coaction.closeness import closeness, crowd
from vigie.detect.coaction.counting import neighbours
from vigie.detect.coaction.parts import counted
from vigie.terms.engine import IN_MEMORY
from vigie.terms.progress import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.detect.coaction.acts import Ints
    from vigie.detect.coaction.layers import Layer
    from vigie.terms.engine import Engine
    from vigie.terms.progress import Progress

NAMES = pa.dictionary(pa.int32(), pa.string())
COUNTED = pa.schema(
    [
        pa.field("account_a", NAMES),
        pa.field("account_b", NAMES),  # account_a < account_b
        pa.field("object_count", pa.int32()),  # distinct objects acted on within the window
        pa.field("post_count_ab", pa.int32()),  # posts of a with an act of b within the window
        pa.field("post_count_ba", pa.int32()),
    ]
)
JUDGED = pa.schema(
    [
        *COUNTED,
        pa.field("gap_ms_max", pa.int64()),  # the longest of the shortest gaps on each of these objects
        pa.field("behaviour", pa.string()),
        pa.field("window_ms", pa.int64()),
        pa.field("sitting_count", pa.int32()),  # in how many sittings the two met on these objects
        pa.field("occasion_count", pa.int32()),  # what counts: sittings, or objects where a circle is closed
        pa.field("expected", pa.float64()),  # common objects by chance
        pa.field("surprise", pa.float64()),  # -log10 of the chance of at least so many occasions
        pa.field("q_value", pa.float64()),  # false-discovery rate among pairs at least as surprising
        pa.field("rare_object_count", pa.int32()),  # of the common objects, those with few actors
        pa.field(
            "expected_close", pa.float64()
        ),  # objects that common taste alone would bring within the window
        pa.field("close_surprise", pa.float64()),
    ]
)


def pairs(
    actions: pa.Table,
    *,
    window_ms: int,
    objects_min: int = 2,
    engine: Engine = IN_MEMORY,
    threads: int = 2,
    progress: Progress = silent,
) -> pa.Table:
    """Return the pairs of accounts that acted on many of the same objects close in time, not judged.

    Args:
        actions: one row per act: `account` text, `object` text, `at_ms` int64, milliseconds since 1970 UTC;
            `post` int64, optional, where one post can hold several acts.
        window_ms: longest time between two acts on one object, 0 or more; a gap equal to it is inside.
        objects_min: fewest objects that a pair must share so, 1 or more.
        engine: where it is counted; the result does not depend on it.
        threads: how many threads count; nor on this.
        progress: told the work done, out of all.

    Returns:
        One row per pair, sorted by names: see `COUNTED`.

    Raises:
        UnfitTableError: `actions` lacks a column.
    """
    acts = acts_from(actions)
    near = neighbours(acts, window_ms=window_ms)
    found = counted(
        acts,
        near,
        window_ms=window_ms,
        objects_min=objects_min,
        engine=engine,
        threads=threads,
        with_acts=True,
        progress=progress,
    )
    a, b, order, rank, names = _by_name(found.a, found.b, acts.account_names)
    swapped = a != found.a[order]
    posts_ab = np.where(swapped, found.acts_ba[order], found.acts_ab[order])
    posts_ba = np.where(swapped, found.acts_ab[order], found.acts_ba[order])
    if acts.posts_act_again:
        close = closeness(
            acts, a, b, window_ms=window_ms, around=crowd(acts, near), rare_actors_max=0, threads=threads
        )
        posts_ab, posts_ba = close.posts_ab, close.posts_ba
    columns = _counted(rank[a], rank[b], names, found.objects[order], posts_ab, posts_ba)
    return pa.table(columns, schema=COUNTED)


def significant_pairs(layers: Sequence[Layer]) -> pa.Table:
    """Return the significant pairs of all layers, sorted by behaviour, window and names: see `JUDGED`."""
    ordered = sorted(layers, key=lambda layer: (layer.behaviour, layer.window_ms))
    tables = [pa.table(_judged(layer), schema=JUDGED) for layer in ordered]
    return pa.concat_tables(tables).unify_dictionaries() if tables else JUDGED.empty_table()


def _by_name(a: Ints, b: Ints, account_names: pa.Array) -> tuple[Ints, Ints, Ints, Ints, pa.Array]:
    """Return pairs of codes with the name of a before that of b, sorted by names.

    Also where each stood before, each code's rank among the names that occur, and these names in order.
    """
    occurring = np.flatnonzero(np.bincount(np.concatenate((a, b)), minlength=len(account_names)))
    names = account_names.take(pa.array(occurring))
    order = pc.sort_indices(names)
    rank = np.zeros(len(account_names), np.int32)
    rank[occurring[order.to_numpy()]] = np.arange(len(occurring), dtype=np.int32)
    swap = rank[a] > rank[b]
    first, second = np.where(swap, b, a), np.where(swap, a, b)
    by_second = stable_by_key(rank[second], np.arange(len(second)), len(occurring))
    by_both = stable_by_key(rank[first], by_second, len(occurring))
    return first[by_both], second[by_both], by_both, rank, names.take(order)


def _counted(
    a: Ints, b: Ints, names: pa.Array, objects: Ints, posts_ab: Ints, posts_ba: Ints
) -> dict[str, Any]:
    return {
        "account_a": pa.DictionaryArray.from_arrays(pa.array(a, pa.int32()), names.cast(pa.string())),
        "account_b": pa.DictionaryArray.from_arrays(pa.array(b, pa.int32()), names.cast(pa.string())),
        "object_count": objects.astype(np.int32),
        "post_count_ab": posts_ab.astype(np.int32),
        "post_count_ba": posts_ba.astype(np.int32),
    }


def _judged(layer: Layer) -> dict[str, Any]:
    pairs = layer.pairs
    close = pairs.close
    # codes are in the order of names, so the pairs are sorted by name already
    a, b, _order, rank, names = _by_name(pairs.a, pairs.b, layer.acts.account_names)
    return {
        **_counted(rank[a], rank[b], names, close.objects, close.posts_ab, close.posts_ba),
        "gap_ms_max": close.gap_ms_max,
        "behaviour": pa.array([layer.behaviour] * len(a), pa.string()),
        "window_ms": np.full(len(a), layer.window_ms),
        "sitting_count": pairs.sittings.astype(np.int32),
        "occasion_count": pairs.occasions.astype(np.int32),
        "expected": pairs.expected,
        "surprise": pairs.surprise,
        "q_value": layer.q_values,
        "rare_object_count": close.rare.astype(np.int32),
        "expected_close": close.expected_close,
        "close_surprise": pairs.close_surprise,
    }
