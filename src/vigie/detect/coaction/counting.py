"""Count, exactly, the distinct objects on which two accounts act within a window.

The kernel goes account by account (row-wise sparse accumulation, as in Gustavson's sparse matrix product):
for each act of account a it walks the neighbours in time on the same object and adds one to their counter;
what reached the least is kept, then the counters are cleared. No pair event is ever stored, so memory grows
with the acts, not with the pairs of acts, and accounts are counted in parallel, each thread with its own
counters. The plain reading it must agree with is in the tests.

Gustavson 1978, https://doi.org/10.1145/355791.355796
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.detect.coaction.acts import Acts, Ints
    from vigie.terms.progress import Progress

CHUNK_VISITS = 1 << 24  # neighbours walked between two reports of progress, a fraction of a second


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """For each act, where its neighbours in time on the same object begin and end.

    Acts `begin[i]` to `end[i]`, the end not included, are on the object of act i within the window; act i is
    one of them.
    """

    begin: Ints
    end: Ints


@dataclass(frozen=True, kw_only=True)
class PairCounts:
    """Pairs of account codes, a < b, sorted, and what they did together."""

    a: Ints
    b: Ints
    objects: Ints  # distinct objects acted on within the window
    acts_ab: Ints  # acts of a with an act of b on the same object within the window
    acts_ba: Ints


def neighbours(acts: Acts, *, window_ms: int) -> Neighbours:
    """Return each act's neighbours within `window_ms`; a gap equal to the window is inside."""
    return Neighbours(**dict(zip(("begin", "end"), _bounds(acts.object, acts.at_ms, window_ms), strict=True)))


@jit
def _bounds(objects: Ints, at_ms: Ints, window_ms: int) -> tuple[Ints, Ints]:
    size = len(objects)
    begin = np.empty(size, np.int32)
    end = np.empty(size, np.int32)
    first = 0
    for i in range(size):
        while objects[first] != objects[i] or at_ms[i] - at_ms[first] > window_ms:
            first += 1
        begin[i] = first
    last = size
    for i in range(size - 1, -1, -1):
        while objects[last - 1] != objects[i] or at_ms[last - 1] - at_ms[i] > window_ms:
            last -= 1
        end[i] = last
    return begin, end


def count_pairs(
    acts: Acts,
    near: Neighbours,
    *,
    objects_min: int,
    threads: int = 2,
    progress: Progress | None = None,
) -> PairCounts:
    """Return the pairs of accounts with at least `objects_min` distinct objects acted on together.

    Args:
        acts: who acted on what when.
        near: each act's neighbours, see `neighbours`.
        objects_min: fewest distinct objects, 1 or more.
        threads: how many threads count; the result is the same for any number.
        progress: told the neighbours walked, out of all.
    """
    # (1) Frequent accounts get low codes, so that their counters stand together in the cache.
    activity = np.bincount(acts.account, minlength=acts.account_count)
    busiest = np.argsort(-activity, kind="stable").astype(np.int32)
    rank = np.empty_like(busiest)
    rank[busiest] = np.arange(len(busiest), dtype=np.int32)
    account = rank[acts.account]
    # (2) Each account's acts that have a neighbour, in the order of objects.
    rows = _rows(account, acts.object, near.begin, near.end, acts.account_count)
    previous = _previous(account, acts.object, acts.account_count)
    # (3) Chunks of accounts of about the same work, counted side by side.
    longest = np.diff(rows.start).max(initial=0)
    kind: type[np.unsignedinteger[Any]] = np.uint16 if longest < np.iinfo(np.uint16).max else np.uint32
    work = _work(rows)
    limits = _chunks(work)

    def count(chunk: int) -> Ints:
        counters: Ints = np.zeros(acts.account_count, kind)
        return _count_rows(limits[chunk], limits[chunk + 1], objects_min, account, previous, rows, counters)

    found = _in_threads(count, len(limits) - 1, threads, _reporter(work, limits, progress))
    ranked_a, ranked_b, objects, acts_ab, acts_ba = np.concatenate(found, axis=1)
    # (4) Back to the accounts' own codes, sorted.
    a, b = busiest[ranked_a], busiest[ranked_b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = stable_by_key(high, np.arange(len(high)), acts.account_count)
    order = stable_by_key(low, order, acts.account_count)
    return PairCounts(
        a=low[order],
        b=high[order],
        objects=objects[order],
        acts_ab=np.where(a < b, acts_ab, acts_ba)[order],
        acts_ba=np.where(a < b, acts_ba, acts_ab)[order],
    )


def _in_threads(
    work: Callable[[int], Ints], count: int, threads: int, done: Callable[[int], None]
) -> list[Ints]:
    results = []
    with ThreadPoolExecutor(threads) as pool:
        for chunk, result in enumerate(pool.map(work, range(count))):
            results.append(result)
            done(chunk)
    return results


def _reporter(work: Ints, limits: Ints, progress: Progress | None) -> Callable[[int], None]:
    if progress is None:
        return lambda _chunk: None
    return lambda chunk: progress(int(work[limits[chunk + 1]]), int(work[-1]))


def _chunks(work: Ints) -> Ints:
    """Return the first account of each chunk, and the end; `work` is cumulated, one more than accounts."""
    end = len(work) - 1
    inner = np.unique(np.searchsorted(work, np.arange(0, work[-1], CHUNK_VISITS)))
    return np.concatenate(([0], inner[(inner > 0) & (inner < end)], [end]))


class Rows(NamedTuple):
    """Acts with a neighbour, account by account and object by object: what the kernel walks through."""

    start: Ints  # where each account's acts start, one more than accounts
    begin: Ints
    end: Ints
    object: Ints


@jit
def _rows(account: Ints, objects: Ints, begin: Ints, end: Ints, account_count: int) -> Rows:
    start = np.zeros(account_count + 1, np.int64)
    for i in range(len(account)):
        if end[i] - begin[i] > 1:
            start[account[i] + 1] += 1
    for who in range(account_count):
        start[who + 1] += start[who]
    free = start[:-1].copy()
    size = start[account_count]
    row_begin, row_end, row_object = (
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
    )
    for i in range(len(account)):
        if end[i] - begin[i] > 1:
            row = free[account[i]]
            free[account[i]] += 1
            row_begin[row], row_end[row], row_object[row] = begin[i], end[i], objects[i]
    return Rows(start, row_begin, row_end, row_object)


@jit
def _previous(account: Ints, objects: Ints, account_count: int) -> Ints:
    """Return for each act the place of its account's act before it on the same object, -1 for none."""
    last = np.full(account_count, -1, np.int32)
    previous = np.empty(len(account), np.int32)
    for i in range(len(account)):
        before = last[account[i]]
        previous[i] = before if before >= 0 and objects[before] == objects[i] else -1
        last[account[i]] = i
    return previous


@jit
def _work(rows: Rows) -> Ints:
    """Return how many neighbours are walked for all accounts before each account, and for all."""
    work = np.zeros(len(rows.start), np.int64)
    for who in range(len(rows.start) - 1):
        total = work[who]
        for row in range(rows.start[who], rows.start[who + 1]):
            total += rows.end[row] - rows.begin[row]
        work[who + 1] = total
    return work


@jit
def _count_rows(
    first: int, stop: int, least: int, account: Ints, previous: Ints, rows: Rows, count: Ints
) -> Ints:
    """Return a, b, objects, acts_ab, acts_ba as rows, for accounts a from `first` to before `stop` and b > a.

    `count` holds a zero for each account and is left so.
    """
    stamp = np.zeros(len(count), np.int32)
    slot = np.empty(len(count), np.int32)
    tick = 0
    size = 0
    out: Ints = np.empty((6, 1024), np.int32)
    for a in range(first, stop):
        if rows.start[a + 1] - rows.start[a] < least:
            continue
        tick = _add_partners(a, account, previous, rows, count, stamp, tick)
        out = _with_room(out, size, size + _partners_max(a, rows, len(count)))
        size = _harvest(a, least, account, rows, count, slot, out, size)
    return out[:5, :size].copy()


@jit
def _add_partners(
    a: int, account: Ints, previous: Ints, rows: Rows, count: Ints, stamp: Ints, tick: int
) -> int:
    """Add one to each partner's counter for each object that account a acted on together with it."""
    row, last = rows.start[a], rows.start[a + 1]
    while row < last:
        begin, end = np.intp(rows.begin[row]), np.intp(rows.end[row])
        if row + 1 == last or rows.object[row + 1] != rows.object[row]:
            # (1) One act of a on this object: a partner's first act in its window counts.
            for other in range(begin, end):
                count[np.uint32(account[other])] += previous[other] < begin
            row += 1
            continue
        # (2) Several acts of a on this object: a stamp tells which partners were counted for it.
        tick += 1
        here = rows.object[row]
        while row < last and rows.object[row] == here:
            for other in range(np.intp(rows.begin[row]), np.intp(rows.end[row])):
                b = np.uint32(account[other])
                count[b] += stamp[b] != tick
                stamp[b] = tick
            row += 1
    count[a] = 0
    return tick


@jit
def _harvest(
    a: int, least: int, account: Ints, rows: Rows, count: Ints, slot: Ints, out: Ints, size: int
) -> int:
    """Append the partners b > a that reached `least`, with the acts of both, and return the new size.

    All counters are cleared on the way; that of a partner put in `out` is `taken` until the end.
    """
    taken = np.iinfo(count.dtype).max
    before = size
    for row in range(rows.start[a], rows.start[a + 1]):
        begin = np.intp(rows.begin[row])
        again = row > rows.start[a] and rows.object[row - 1] == rows.object[row]
        counted = np.intp(rows.end[row - 1]) if again else begin  # acts before this were near an act of a
        for other in range(begin, np.intp(rows.end[row])):
            b = np.uint32(account[other])
            reached = count[b]
            if reached < least or b < a:
                count[b] = 0
                continue
            if reached != taken:
                count[b] = taken
                slot[b] = size
                out[0, size], out[1, size], out[2, size] = a, b, reached
                out[3, size], out[4, size], out[5, size] = 0, 0, -1
                size += 1
            here = slot[b]
            out[3, here] += out[5, here] != row
            out[5, here] = row
            out[4, here] += other >= counted
    for here in range(before, size):
        count[out[1, here]] = 0
    return size


@jit
def _partners_max(a: int, rows: Rows, account_count: int) -> int:
    """Return a bound on the partners of account a."""
    walked = 0
    for row in range(rows.start[a], rows.start[a + 1]):
        walked += rows.end[row] - rows.begin[row]
    return min(walked, account_count)


@jit
def _with_room(out: Ints, size: int, room: int) -> Ints:
    """Return `out` with room for so many columns, the first `size` kept."""
    if room <= out.shape[1]:
        return out
    wider = np.empty((out.shape[0], max(2 * out.shape[1], room)), out.dtype)
    wider[:, :size] = out[:, :size]
    return wider
