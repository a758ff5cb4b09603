"""Count, exactly, the distinct objects on which two accounts act within a window.

The kernel goes account by account (row-wise sparse accumulation, as in Gustavson's sparse matrix product):
for each act of account a it walks the neighbours in time on the same object and adds one to their counter;
who reaches the least is noted. No pair event is ever stored, so memory grows with the acts, not with the
pairs of acts, and accounts are counted in parallel, each thread with its own counters. Who acts close to
others on too few objects to be of any pair is left out before. The plain reading it must agree with is in
the tests.

Gustavson 1978, https://doi.org/10.1145/355791.355796
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.coaction.kernel import bounds, count_rows, joining, rows_of, work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

    @property
    def pairs_of_acts(self) -> int:
        """How many pairs of acts are near each other, self-repetition included."""
        return int((self.end.sum(dtype=np.int64) - self.begin.sum(dtype=np.int64) - len(self.end)) // 2)


@dataclass(frozen=True, kw_only=True)
class Coded:
    """What counting looks at: codes of accounts and objects, sorted by object and time, and the window."""

    account: Ints
    object: Ints
    at_ms: Ints
    account_count: int
    window_ms: int


@dataclass(frozen=True, kw_only=True)
class PairCounts:
    """Pairs of account codes, a < b, sorted, and what they did together."""

    a: Ints
    b: Ints
    objects: Ints  # distinct objects acted on within the window
    acts_ab: Ints  # acts of a with an act of b on the same object within the window
    acts_ba: Ints


def neighbours(acts: Acts | Coded, *, window_ms: int) -> Neighbours:
    """Return each act's neighbours within `window_ms`; a gap equal to the window is inside."""
    begin, end = bounds(acts.object, acts.at_ms, window_ms)
    return Neighbours(begin=begin, end=end)


def in_question(acts: Acts, near: Neighbours, *, window_ms: int, objects_min: int) -> Coded:
    """Return only the acts that can be of a pair with so many objects."""
    places = joining(acts.account, acts.object, near.begin, near.end, acts.account_count, objects_min)
    return Coded(
        account=acts.account[places],
        object=acts.object[places],
        at_ms=acts.at_ms[places],
        account_count=acts.account_count,
        window_ms=window_ms,
    )


def count_pairs(
    acts: Coded, *, objects_min: int, threads: int = 2, progress: Progress | None = None
) -> PairCounts:
    """Return the pairs of accounts with at least `objects_min` distinct objects acted on together.

    Args:
        acts: who acted on what when.
        objects_min: fewest distinct objects, 1 or more.
        threads: how many threads count; the result is the same for any number.
        progress: told the neighbours walked, out of all.
    """
    found = pair_chunks(acts, objects_min=objects_min, threads=threads, progress=progress)
    a, b, objects, acts_ab, acts_ba = np.concatenate([np.empty((5, 0), np.int32), *found], axis=1)
    order = stable_by_key(b, np.arange(len(b)), acts.account_count)
    order = stable_by_key(a, order, acts.account_count)
    return PairCounts(
        a=a[order], b=b[order], objects=objects[order], acts_ab=acts_ab[order], acts_ba=acts_ba[order]
    )


def pair_chunks(
    acts: Coded, *, objects_min: int, threads: int, progress: Progress | None = None
) -> Iterator[Ints]:
    """Yield the rows of `PairCounts`, each pair once, in no order that matters."""
    # (1) Frequent accounts get low codes, so that their counters stand together in the cache.
    activity = np.bincount(acts.account, minlength=acts.account_count)
    busiest = np.argsort(-activity, kind="stable").astype(np.int32)
    rank = np.empty_like(busiest)
    rank[busiest] = np.arange(len(busiest), dtype=np.int32)
    account = rank[acts.account]
    # (2) Each account's acts that have a neighbour, in the order of objects.
    near = neighbours(acts, window_ms=acts.window_ms)
    rows = rows_of(account, acts.object, near.begin, near.end, int((activity > 0).sum()))
    # (3) Chunks of accounts of about the same work, counted side by side.
    work = work_of(rows)
    limits = _chunks(work)

    def count(chunk: int) -> Ints:
        return count_rows(limits[chunk], limits[chunk + 1], objects_min, account, rows)

    for found in _in_threads(count, len(limits) - 1, threads, _reporter(work, limits, progress)):
        yield _by_code(found, busiest)


def _by_code(found: Ints, busiest: Ints) -> Ints:
    """Return pairs of ranks as pairs of the accounts' own codes, a < b."""
    a, b = busiest[found[0]], busiest[found[1]]
    swap = a > b
    acts_ab, acts_ba = np.where(swap, found[4], found[3]), np.where(swap, found[3], found[4])
    return np.stack((np.minimum(a, b), np.maximum(a, b), found[2], acts_ab, acts_ba))


def _in_threads(
    work: Callable[[int], Ints], count: int, threads: int, done: Callable[[int], None]
) -> Iterator[Ints]:
    with ThreadPoolExecutor(threads) as pool:
        for chunk, result in enumerate(pool.map(work, range(count))):
            yield result
            done(chunk)


def _reporter(work: Ints, limits: Ints, progress: Progress | None) -> Callable[[int], None]:
    if progress is None:
        return lambda _chunk: None
    return lambda chunk: progress(int(work[limits[chunk + 1]]), int(work[-1]))


def _chunks(work: Ints) -> Ints:
    """Return the first account of each chunk, and the end; `work` is cumulated, one more than accounts."""
    end = len(work) - 1
    inner = np.unique(np.searchsorted(work, np.arange(0, work[-1], CHUNK_VISITS)))
    return np.concatenate(([0], inner[(inner > 0) & (inner < end)], [end]))
