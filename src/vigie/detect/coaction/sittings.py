"""In how many sittings a pair met: people who are online at the same moment pass on the same things.

Two who scroll during the same half hour share five posts. That is one coincidence, being online together, not
five. A pair meets on an object when first both have acted on it within the window; a pause ends a sitting.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from vigie.detect.coaction.acts import Acts, Ints

SITTING_MS = 1_800_000  # a pause of half an hour ends a sitting
CHUNK_PAIRS = 1 << 16


class _Table(NamedTuple):
    """Acts account by account, object by object, and in the order of time."""

    start: Ints
    object: Ints
    at_ms: Ints


def sittings(acts: Acts, a: Ints, b: Ints, *, window_ms: int, threads: int) -> Ints:
    """Return in how many sittings each pair met.

    Args:
        acts: who acted on what when.
        a: one account code of each pair.
        b: the other.
        window_ms: longest time between two acts on one object; a pause longer than it, and than
            `SITTING_MS`, ends a sitting.
        threads: how many threads walk.
    """
    order = stable_by_key(acts.account, np.arange(len(acts.account)), acts.account_count)
    start = np.searchsorted(acts.account[order], np.arange(acts.account_count + 1))
    table = _Table(start, acts.object[order], acts.at_ms[order])
    pause_ms = max(SITTING_MS, window_ms)

    def walk(first: int) -> Ints:
        some = slice(first, first + CHUNK_PAIRS)
        return _walk(a[some], b[some], table, window_ms, pause_ms)

    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(walk, range(0, max(len(a), 1), CHUNK_PAIRS))))


@jit
def _walk(a: Ints, b: Ints, table: _Table, window_ms: int, pause_ms: int) -> Ints:
    result = np.zeros(len(a), np.int64)
    for pair in range(len(a)):
        i, i_last = table.start[a[pair]], table.start[a[pair] + 1]
        j, j_last = table.start[b[pair]], table.start[b[pair] + 1]
        met_ms = np.empty(min(i_last - i, j_last - j), np.int64)
        size = 0
        while i < i_last and j < j_last:
            object_a, object_b = table.object[i], table.object[j]
            if object_a < object_b or (object_a == object_b and table.at_ms[i] < table.at_ms[j] - window_ms):
                i += 1
            elif object_b < object_a or table.at_ms[j] < table.at_ms[i] - window_ms:
                j += 1
            else:
                met_ms[size] = max(table.at_ms[i], table.at_ms[j])
                size += 1
                i, j = _after(i, i_last, table.object), _after(j, j_last, table.object)
        result[pair] = _runs(np.sort(met_ms[:size]), pause_ms)
    return result


@jit
def _after(first: int, stop: int, objects: Ints) -> int:
    """Return where the acts on the object at `first` end."""
    last = first + 1
    while last < stop and objects[last] == objects[first]:
        last += 1
    return last


@jit
def _runs(moments: Ints, pause_ms: int) -> int:
    """Return in how many runs these rising moments fall, a pause longer than `pause_ms` between them."""
    count = min(len(moments), 1)
    for place in range(1, len(moments)):
        count += moments[place] - moments[place - 1] > pause_ms
    return count
