"""Slots in which everything falls together: then it is the collection that failed, not the conversation.

One series that falls to nothing is silent; all of them at once are not, except in the eyes of a collector
that is down. A slot is an outage when all posts fall to a tenth of what was expected, far beyond chance, and
so do nearly all series big enough to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vigie.detect.bursts.baseline import EXPECTED, USUAL_DISPERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

FALLEN_TO = 0.1  # of what was expected, for all posts
SERIES_FALLEN_TO = 0.25  # for one series
CHANCE_MOST = 1e-6
EXPECTED_LEAST = 3.0  # a series expected to count less cannot tell
FALLEN_PART = 0.8  # of the series that can tell, by what they were expected to count
LOOK_BACK_DAYS = 7
DISPERSION_LEAST = 1e-6


def outages(
    totals: NDArray[np.float64],
    fitted: NDArray[np.float64],
    counts: NDArray[np.float64],
    *,
    slots_per_day: int,
) -> NDArray[np.bool_]:
    """Return in which slots the collection seems to have been down.

    Args:
        totals: all posts of each slot.
        fitted: what was expected of them: see `baseline.fit`.
        counts: the posts of each series (rows) in each slot.
        slots_per_day: how many slots a day has.
    """
    expected = fitted[:, EXPECTED]
    low = (totals <= FALLEN_TO * expected) & (_chance(totals, fitted) < CHANCE_MOST)
    if not low.any():
        return low
    usual = _share_before(counts, totals, LOOK_BACK_DAYS * slots_per_day) * expected
    usual[usual < EXPECTED_LEAST] = 0.0
    fallen = np.where(counts <= SERIES_FALLEN_TO * usual, usual, 0.0).sum(axis=0)
    return np.asarray(low & (fallen >= FALLEN_PART * usual.sum(axis=0)))


def _chance(totals: NDArray[np.float64], fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how probable so low a count is, as all posts scatter at their usual count.

    An outage that lasts teaches that low counts scatter much; it must not end by that.
    """
    size = 1.0 / np.maximum(fitted[:, USUAL_DISPERSION], DISPERSION_LEAST)
    chance = stats.nbinom.cdf(totals, size, size / (size + fitted[:, EXPECTED]))
    return np.where(fitted[:, EXPECTED] > 0, chance, 1.0)


def _share_before(counts: NDArray[np.float64], totals: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """Return each series' share of all posts in the `span` slots before each slot."""
    summed = np.cumsum(np.vstack((totals, counts)), axis=1)
    before = np.concatenate((np.zeros((len(summed), 1)), summed[:, :-1]), axis=1)
    old = np.concatenate((np.zeros((len(summed), min(span, before.shape[1]))), before), axis=1)
    window = before - old[:, : before.shape[1]]
    return np.asarray(window[1:] / np.maximum(window[0], 1.0))
