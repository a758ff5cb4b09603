"""The usual figure among the others, for every figure at once: its account's own, or those of its peers.

Leaving one figure out of n moves a median to one of at most three places, and leaving one account out of a
class moves it by at most as many places as the account has figures. So each class is sorted once, and each
median is read at its place, skipping what is left out; distances from a median are sorted by themselves on
either side of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.engagement.comparing import FEW_VALUES, TO_SD, TO_SD_OF_MEAN, Usual
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

VALUE, LOG, DISTANCE, MEAN_DISTANCE = range(4)  # columns of what the kernels return


def usual_of_own(values: Floats, logs: Floats, counts: Ints, exposures: Floats, *, starts: Ints) -> Usual:
    """Return what each figure's account shows in its other figures of the same kind.

    Args:
        values: the figures, those of one account and kind side by side.
        logs: their logarithms.
        counts: what was counted.
        exposures: what it was counted on.
        starts: where each account and kind begins, and the end; each has two figures or more.
    """
    found = _own(values, logs, starts)
    sizes = np.diff(starts)
    return Usual(
        value=found[:, VALUE],
        log_value=found[:, LOG],
        spread=_spread(found, np.repeat(sizes - 1, sizes)),
        count=np.repeat(sizes - 1, sizes),
        independent=np.repeat(sizes - 1.0, sizes),
        total=np.repeat(np.add.reduceat(counts, starts[:-1]), sizes) - counts,
        exposure=np.repeat(np.add.reduceat(exposures, starts[:-1]), sizes) - exposures,
    )


def usual_of_peers(values: Floats, logs: Floats, counts: Ints, exposures: Floats, *, starts: Ints) -> Usual:
    """Return what the other accounts of one kind show, for each account.

    Args:
        values: the figures of one kind, those of one account side by side.
        logs: their logarithms.
        counts: what was counted.
        exposures: what it was counted on.
        starts: where each of two or more accounts begins, and the end.
    """
    found = _peers(values, logs, starts)
    sizes = np.diff(starts)
    count = len(values) - sizes
    return Usual(
        value=found[:, VALUE],
        log_value=found[:, LOG],
        spread=_spread(found, count),
        count=count,
        independent=_independent(sizes, count, _between(logs, starts)),
        total=counts.sum() - np.add.reduceat(counts, starts[:-1]),
        exposure=exposures.sum() - np.add.reduceat(exposures, starts[:-1]),
    )


def _between(logs: Floats, starts: Ints) -> float:
    """Return which part of the variance of figures lies between accounts, 0-1; 1 where they do not scatter.

    Both variances rest on medians: of distances from the median, and of the differences between one figure
    and the next of the same account.
    """
    is_next = np.ones(len(logs), np.bool_)
    is_next[starts[:-1]] = False
    steps = np.abs(np.diff(logs, prepend=0.0)[is_next])
    whole = np.median(np.abs(logs - np.median(logs)))
    if not len(steps) or whole == 0:
        return 1.0
    return float(np.clip(1.0 - (np.median(steps) / whole) ** 2 / 2, 0.0, 1.0))


def _independent(sizes: Ints, count: Ints, between: float) -> Floats:
    """Return, without each account in turn, how many strangers' figures the others' are worth."""
    in_one = (np.sum(sizes**2) - sizes**2) / count  # of the account of a figure drawn at random
    return np.asarray(count / (1.0 + between * (in_one - 1.0)))


def _spread(found: Floats, count: Ints) -> Floats:
    spread = TO_SD * found[:, DISTANCE] * count / np.maximum(count - FEW_VALUES, 1.0)
    return np.where(spread > 0, spread, TO_SD_OF_MEAN * found[:, MEAN_DISTANCE])


@jit
def _own(values: Floats, logs: Floats, starts: Ints) -> Floats:
    found = np.empty((len(values), 4))
    for cell in range(len(starts) - 1):
        first, end = starts[cell], starts[cell + 1]
        count = end - first
        of_values, of_logs = np.sort(values[first:end]), np.sort(logs[first:end])
        middles = np.empty(count)
        for place in range(count):
            found[first + place, VALUE] = _without(of_values, values[first + place])
            middles[place] = _without(of_logs, logs[first + place])
            found[first + place, LOG] = middles[place]
        for middle in np.unique(middles):
            distances = np.abs(of_logs - middle)
            total = distances.sum()
            distances.sort()
            for place in range(count):
                if middles[place] == middle:
                    own = abs(logs[first + place] - middle)
                    found[first + place, DISTANCE] = _without(distances, own)
                    found[first + place, MEAN_DISTANCE] = max(total - own, 0.0) / (count - 1)
    return found


@jit
def _without(ascending: Floats, left_out: float) -> float:
    """Return the median of sorted values, two or more, without one of them."""
    rank = np.searchsorted(ascending, left_out)
    low, high = (len(ascending) - 2) // 2, (len(ascending) - 1) // 2
    low_value = ascending[low if low < rank else low + 1]
    high_value = ascending[high if high < rank else high + 1]
    return float((low_value + high_value) / 2)


@jit
def _peers(values: Floats, logs: Floats, starts: Ints) -> Floats:
    cells = len(starts) - 1
    cell_of = np.empty(len(values), np.int64)
    for cell in range(cells):
        cell_of[starts[cell] : starts[cell + 1]] = cell
    by_value, by_log = np.argsort(values, kind="mergesort"), np.argsort(logs, kind="mergesort")
    of_values, of_logs = values[by_value], logs[by_log]
    value_shifts, log_shifts = _shifts(by_value, cell_of, starts), _shifts(by_log, cell_of, starts)
    sums = np.concatenate((np.zeros(1), np.cumsum(of_logs)))
    found = np.empty((cells, 4))
    for cell in range(cells):
        first, end = starts[cell], starts[cell + 1]
        left = len(values) - (end - first)
        shifts = log_shifts[first:end]
        middle = _median(of_logs, shifts, left)
        found[cell, VALUE] = _median(of_values, value_shifts[first:end], left)
        found[cell, LOG] = middle
        below = _below(of_logs, shifts, left, middle)
        found[cell, DISTANCE] = (
            _distance(of_logs, shifts, left, middle, below, (left - 1) // 2)
            + _distance(of_logs, shifts, left, middle, below, left // 2)
        ) / 2
        under = np.searchsorted(of_logs, middle)
        total = sums[-1] - 2 * sums[under] - (len(values) - 2 * under) * middle
        found[cell, MEAN_DISTANCE] = max(total - np.abs(logs[first:end] - middle).sum(), 0.0) / left
    return found


@jit
def _shifts(order: Ints, cell_of: Ints, starts: Ints) -> Ints:
    """Return, account by account, before how many of the others each of its figures stands, ascending."""
    shifts = np.empty(len(order), np.int64)
    filled = starts[:-1].copy()
    for rank in range(len(order)):
        cell = cell_of[order[rank]]
        shifts[filled[cell]] = rank - (filled[cell] - starts[cell])
        filled[cell] += 1
    return shifts


@jit
def _other(ascending: Floats, shifts: Ints, place: int) -> float:
    """Return the sorted value at a place among those that are not left out."""
    return float(ascending[place + np.searchsorted(shifts, place, side="right")])


@jit
def _median(ascending: Floats, shifts: Ints, left: int) -> float:
    return (_other(ascending, shifts, (left - 1) // 2) + _other(ascending, shifts, left // 2)) / 2


@jit
def _below(ascending: Floats, shifts: Ints, left: int, middle: float) -> int:
    """Return how many of those not left out are smaller than `middle`."""
    low, high = 0, left
    while low < high:
        place = (low + high) // 2
        if _other(ascending, shifts, place) < middle:
            low = place + 1
        else:
            high = place
    return low


@jit
def _distance(ascending: Floats, shifts: Ints, left: int, middle: float, below: int, place: int) -> float:
    """Return the distance from `middle` that stands at a place when all are sorted (of two sorted sides)."""
    low, high = max(0, place + 1 - (left - below)), min(place + 1, below)
    while low < high:
        from_below = (low + high) // 2
        under = middle - _other(ascending, shifts, below - 1 - from_below)
        over = _other(ascending, shifts, below + place - from_below) - middle
        if under < over:
            low = from_below + 1
        else:
            high = from_below
    under = middle - _other(ascending, shifts, below - low) if low > 0 else -1.0
    over = _other(ascending, shifts, below + place - low) - middle if place + 1 - low > 0 else -1.0
    return max(under, over)
