"""Count, exactly, the distinct objects on which two accounts act within a window.

The kernel goes account by account (row-wise sparse accumulation, as in Gustavson's sparse matrix product):
for each act of account a it walks the neighbours in time on the same object and adds one to their counter;
who reaches the least is noted. No pair event is ever stored, so memory grows with the acts, not with the
pairs of acts, and accounts are counted in parallel, each thread with its own counters. Who acts close to
others on too few objects to be of any pair is left out before, and who is done is left out as it goes, the
busiest first. The plain reading it must agree with is in the tests.

Gustavson 1978, https://doi.org/10.1145/355791.355796
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.coaction.kernel import bounds, count_rows, joining, repeats_of, rows_of, work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vigie.detect.coaction.acts import Acts, Ints
    from vigie.terms.progress import Progress

CHUNK_VISITS = 1 << 24  # neighbours walked between two reports of progress, a fraction of a second
CHUNKS_PER_BLOCK = 4
BLOCKS_MAX = 16
VISITS_PER_ACT = 10  # that take as long as leaving an act out


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


def _none() -> Ints:
    return np.empty(0, np.int32)


@dataclass(frozen=True, kw_only=True)
class PairCounts:
    """Pairs of account codes, a < b, sorted, and what they did together."""

    a: Ints
    b: Ints
    objects: Ints  # distinct objects acted on within the window
    acts_ab: Ints = field(default_factory=_none)  # acts of a with an act of b on the same object within the
    acts_ba: Ints = field(default_factory=_none)  # window, and of b with one of a; none where not asked for


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
    acts: Coded,
    *,
    objects_min: int,
    with_acts: bool = False,
    threads: int = 2,
    progress: Progress | None = None,
) -> PairCounts:
    """Return the pairs of accounts with at least `objects_min` distinct objects acted on together.

    Args:
        acts: who acted on what when.
        objects_min: fewest distinct objects, 1 or more.
        with_acts: count the acts of each beside the other too, which takes longer.
        threads: how many threads count; the result is the same for any number.
        progress: told the neighbours walked, out of all.
    """
    found = pair_chunks(
        acts, objects_min=objects_min, with_acts=with_acts, threads=threads, progress=progress
    )
    a, b, *counts = np.concatenate([np.empty((5 if with_acts else 3, 0), np.int32), *found], axis=1)
    order = stable_by_key(b, np.arange(len(b)), acts.account_count)
    order = stable_by_key(a, order, acts.account_count)
    names = ("objects", "acts_ab", "acts_ba")[: len(counts)]
    counted = {name: count[order] for name, count in zip(names, counts, strict=True)}
    return PairCounts(a=a[order], b=b[order], **counted)


def pair_chunks(
    acts: Coded, *, objects_min: int, with_acts: bool, threads: int, progress: Progress | None = None
) -> Iterator[Ints]:
    """Yield the rows of `PairCounts`, each pair once, in no order that matters."""
    # (1) Frequent accounts get low codes, so that their counters stand together in the cache.
    activity = np.bincount(acts.account, minlength=acts.account_count)
    busiest = np.argsort(-activity, kind="stable").astype(np.int32)
    rank = np.empty_like(busiest)
    rank[busiest] = np.arange(len(busiest), dtype=np.int32)
    account, objects, at_ms = rank[acts.account], acts.object, acts.at_ms
    account_count = int((activity > 0).sum())
    begin, end = bounds(objects, at_ms, acts.window_ms)
    work = work_of(account, begin, end, account_count)
    # (2) Chunks of accounts of about the same work, counted side by side.
    blocks = _blocks(work, len(account))
    report = _reporter(work, progress)
    with ThreadPoolExecutor(threads) as pool:
        for limits in blocks:
            # (3) Accounts that are done are left out: most pairs are met from one side only.
            if limits[0]:
                left = np.flatnonzero(account >= limits[0])
                account, objects, at_ms = account[left], objects[left], at_ms[left]
                begin, end = bounds(objects, at_ms, acts.window_ms)
            # (4) Each account's acts that have a neighbour, in the order of objects.
            rows = rows_of(account, objects, begin, end, limits[0], limits[-1])
            repeats = repeats_of(account, objects, account_count)
            count = partial(count_rows, least=objects_min, with_acts=with_acts, rows=rows, repeats=repeats)
            for found, done in zip(pool.map(count, limits[:-1], limits[1:]), limits[1:], strict=True):
                yield _by_code(found, busiest)
                report(done)


def _by_code(found: Ints, busiest: Ints) -> Ints:
    """Return pairs of ranks as pairs of the accounts' own codes, a < b."""
    a, b = busiest[found[0]], busiest[found[1]]
    swap = a > b
    acts = found[3:]
    if len(acts):
        acts = np.where(swap, acts[::-1], acts)
    return np.concatenate((np.minimum(a, b)[None], np.maximum(a, b)[None], found[2:3], acts))


def _reporter(work: Ints, progress: Progress | None) -> Callable[[int], None]:
    if progress is None:
        return lambda _done: None
    return lambda done: progress(int(work[done]), int(work[-1]))


def _blocks(work: Ints, act_count: int) -> list[list[int]]:
    """Return the limits of chunks of accounts, block by block; `work` is cumulated."""
    block_count = int(np.clip(np.sqrt(work[-1] / max(act_count, 1) / VISITS_PER_ACT), 1, BLOCKS_MAX))
    step = min(CHUNK_VISITS, max(int(work[-1]) // (block_count * CHUNKS_PER_BLOCK), 1))
    end = len(work) - 1
    inner = np.unique(np.searchsorted(work, np.arange(0, work[-1], step)))
    limits = [0, *inner[(inner > 0) & (inner < end)].tolist(), end]
    size = -(-(len(limits) - 1) // block_count)
    return [limits[first : first + size + 1] for first in range(0, len(limits) - 1, size)]
