"""Look at each pair again, object by object: posts, gaps, rare objects, closeness in time.

Two accounts may act close in time on an object only because everybody does: a star's post is shared within a
minute by all fans. So each act has its own chance of a neighbour: the part of the object's other acts that
stand within the window of it. Summed over all objects both accounts acted on, however far apart, this is what
their common taste alone explains (`expected_close`), the larger of the two accounts' sums, to be careful.

Two supporters of one account share whatever it posts, popular or not: rare objects of one source are one
piece of evidence, not many.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.counting import Neighbours

CHUNK_PAIRS = 1 << 16
SOURCES_MAX = 8  # more than the rule ever asks for


@dataclass(frozen=True, kw_only=True)
class Closeness:
    """For each pair (a, b), in the pairs' order."""

    objects: Ints  # distinct objects acted on together
    posts_ab: Ints  # distinct posts of a with an act of b within the window
    posts_ba: Ints
    gap_ms_max: Ints  # the longest of the shortest gaps on each of these objects
    rare: Ints  # of these objects, those with few actors, one per source, at most SOURCES_MAX
    expected_close: Floats  # objects that common taste alone would bring within the window


class _Table(NamedTuple):
    """Acts account by account and object by object, with what the walk needs to know of each."""

    start: Ints
    object: Ints
    at_ms: Ints
    post: Ints
    chance: Floats


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What does not change when the same acts are done by other accounts."""

    actors: Ints  # acts on each object, a bound on its actors
    source: Ints  # of each object; a source of its own where none is known
    chance: Floats  # each act's chance that another act on its object is within the window


def crowd(acts: Acts, near: Neighbours, source: Ints | None = None) -> Crowd:
    """Return how crowded each object is, and each act's moment on it.

    Args:
        acts: who acted on what when.
        near: each act's neighbours.
        source: of each object, objects of one source having the same number; each its own when None.
    """
    actors = np.bincount(acts.object, minlength=acts.object_count)
    others = np.maximum(actors[acts.object] - 1, 1)
    return Crowd(
        actors=actors,
        source=np.arange(acts.object_count) if source is None else source,
        chance=np.minimum((near.end - near.begin - 1) / others, 1.0),
    )


def closeness(
    acts: Acts, a: Ints, b: Ints, *, window_ms: int, around: Crowd, rare_actors_max: int, threads: int
) -> Closeness:
    """Return what pairs of accounts did together.

    Args:
        acts: who acted on what when.
        a: one account code of each pair.
        b: the other.
        window_ms: longest time between two acts on one object.
        around: see `crowd`.
        rare_actors_max: an object with at most so many acts is rare.
        threads: how many threads walk.
    """
    order, start = _by_account(acts.account, acts.account_count)
    table = _Table(start, acts.object[order], acts.at_ms[order], acts.post[order], around.chance[order])
    rare = np.where(around.actors <= rare_actors_max, around.source, -1)

    def walk(first: int) -> tuple[Ints, Floats]:
        return _walk(a[first : first + CHUNK_PAIRS], b[first : first + CHUNK_PAIRS], table, window_ms, rare)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(walk, range(0, max(len(a), 1), CHUNK_PAIRS)))
    whole = np.concatenate([part[0] for part in parts])
    return Closeness(
        objects=whole[:, 0],
        posts_ab=whole[:, 1],
        posts_ba=whole[:, 2],
        gap_ms_max=whole[:, 3],
        rare=whole[:, 4],
        expected_close=np.concatenate([part[1] for part in parts]),
    )


@jit
def _by_account(account: Ints, account_count: int) -> tuple[Ints, Ints]:
    """Return the places of acts ordered by account, and where each account's acts start, one more."""
    start = np.zeros(account_count + 1, np.int64)
    for who in account:
        start[who + 1] += 1
    for who in range(account_count):
        start[who + 1] += start[who]
    free = start[:-1].copy()
    order = np.empty(len(account), np.int32)
    for place in range(len(account)):
        order[free[account[place]]] = place
        free[account[place]] += 1
    return order, start


@jit
def _walk(a: Ints, b: Ints, table: _Table, window_ms: int, rare: Ints) -> tuple[Ints, Floats]:
    """Return for each pair its five counts, and the closeness to expect.

    `rare` is the source of each rare object, -1 for the others.
    """
    counts = np.zeros((len(a), 5), np.int64)
    expected = np.zeros(len(a), np.float64)
    widest = 0
    for who in range(len(table.start) - 1):
        widest = max(widest, table.start[who + 1] - table.start[who])
    posts_a, posts_b = np.empty(widest, np.int64), np.empty(widest, np.int64)
    seen = np.empty(SOURCES_MAX, np.int64)
    for pair in range(len(a)):
        first, second = a[pair], b[pair]
        here = counts[pair]
        expected_a, expected_b = 0.0, 0.0
        i, i_last, j, j_last = (
            table.start[first],
            table.start[first + 1],
            table.start[second],
            table.start[second + 1],
        )
        while i < i_last and j < j_last:
            object_a, object_b = table.object[i], table.object[j]
            if object_a != object_b:
                i += object_a < object_b
                j += object_b < object_a
                continue
            i_end, j_end = _run(i, i_last, table.object), _run(j, j_last, table.object)
            gap = _shortest_gap(i, i_end, j, j_end, table.at_ms)
            if gap <= window_ms:
                here[0] += 1
                here[1] = _posts_near(i, i_end, j, j_end, table, window_ms, posts_a, here[1])
                here[2] = _posts_near(j, j_end, i, i_end, table, window_ms, posts_b, here[2])
                here[3] = max(here[3], gap)
                if rare[object_a] >= 0:
                    here[4] = _with(rare[object_a], seen, here[4])
            expected_a += _chance(i, i_end, j_end - j, table.chance)
            expected_b += _chance(j, j_end, i_end - i, table.chance)
            i, j = i_end, j_end
        here[1], here[2] = _distinct(posts_a[: here[1]]), _distinct(posts_b[: here[2]])
        expected[pair] = max(expected_a, expected_b)
    return counts, expected


@jit
def _with(source: int, seen: Ints, size: int) -> int:
    """Put `source` among the `size` sources seen, unless it is there or there is no room; return the size."""
    for k in range(size):
        if seen[k] == source:
            return size
    if size < len(seen):
        seen[size] = source
        return size + 1
    return size


@jit
def _run(first: int, stop: int, objects: Ints) -> int:
    """Return where the acts on the object at `first` end."""
    last = first + 1
    while last < stop and objects[last] == objects[first]:
        last += 1
    return last


@jit
def _shortest_gap(i: int, i_end: int, j: int, j_end: int, at_ms: Ints) -> int:
    gap: int = abs(at_ms[i] - at_ms[j])
    while i < i_end and j < j_end:
        gap = min(gap, abs(at_ms[i] - at_ms[j]))
        if at_ms[i] < at_ms[j]:
            i += 1
        else:
            j += 1
    return gap


@jit
def _posts_near(
    i: int, i_end: int, j: int, j_end: int, table: _Table, window_ms: int, posts: Ints, size: int
) -> int:
    """Append the posts of acts i to i_end that have one of the acts j to j_end near; return the new size."""
    for act in range(i, i_end):
        while j < j_end and table.at_ms[j] < table.at_ms[act] - window_ms:
            j += 1
        if j < j_end and table.at_ms[j] <= table.at_ms[act] + window_ms:
            posts[size] = table.post[act]
            size += 1
    return size


@jit
def _distinct(values: Ints) -> int:
    """Return how many different values there are; sorts a few in place, many by numpy."""
    if len(values) > 32:  # noqa: PLR2004 (where sorting by insertion stops paying)
        values = np.sort(values)
    else:
        for k in range(1, len(values)):
            value, place = values[k], k
            while place > 0 and values[place - 1] > value:
                values[place] = values[place - 1]
                place -= 1
            values[place] = value
    distinct = min(len(values), 1)
    for k in range(1, len(values)):
        distinct += values[k] != values[k - 1]
    return distinct


@jit
def _chance(first: int, last: int, partner_acts: int, chance: Floats) -> float:
    """Return the chance that at least one of these acts has one of the partner's acts near it."""
    none = 1.0
    for act in range(first, last):
        none *= (1.0 - chance[act]) ** partner_acts
    return 1.0 - none
