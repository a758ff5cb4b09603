"""Thresholds that keep the budget of false alarms, by simulating quiet series (a parametric bootstrap).

Where no formula gives the rate of false alarms of a whole method, with its learning, merging and two scores,
one can make quiet series and count. For a usual count, a dispersion and a persistence, a few hundred quiet
series are made, learned from and scored exactly like real ones, and thresholds sought at which alarms come as
seldom as the budget says. That is done on a grid, only where the data lie, and read off between its points; a
threshold at one moment rests on what was learned before it.

Quiet series: Poisson counts around a level that swings log-normally, each swing fading from slot to slot
(Zeger 1988, https://doi.org/10.1093/biomet/75.4.621). Bootstrap of control charts: Gandy and Kvaløy 2013,
https://doi.org/10.1002/sjos.12006.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.bursts.baseline import DISPERSION, EXPECTED, PERSISTENCE, USUAL, USUAL_DISPERSION, fit
from vigie.detect.bursts.scores import (
    CEILING,
    FAST,
    RISE_EVERY_DAYS,
    RISE_LASTS_DAYS,
    SILENT,
    SLOW,
    evidence,
)
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUALS = np.array([0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 300.0, 1000.0, 3000.0])
DISPERSIONS = np.array([0.0, 0.01, 0.03, 0.08, 0.2, 0.5, 1.5, 4.0])
PERSISTENCES = np.array([0.0, 0.4, 0.7, 0.9])
LEARNED_DAYS = 28
SIMULATED_DAYS = 120  # of each quiet series, after learning
EXPECTED_ALARMS = 80  # how many alarms a simulation shall hold: the rate is known to about a ninth
SERIES_MOST = 400
SILENCE_SELDOMER = 10  # false silences are allowed so many times less often than false rises
HALVINGS = 14
UNUSED = 1e9  # the threshold of a score that is left out
HIGHEST = 400.0  # no threshold is sought above: a series that would need it cannot be judged

Grid = tuple[int, int, int]


class Thresholds:
    """Thresholds for one length of slot and one budget.

    Args:
        slots_per_day: how many slots a day has.
        days_per_false_alarm: how many days pass, on average, between false alarms of one series.
        merge_slots: alarms no further apart are one.
        seed: of all chance.
    """

    def __init__(
        self, *, slots_per_day: int, days_per_false_alarm: float, merge_slots: int, seed: int
    ) -> None:
        self.slots_per_day = slots_per_day
        self.days_per_false_alarm = days_per_false_alarm
        self.merge_slots = merge_slots
        self._seed = seed
        self._table = np.full((len(USUALS), len(DISPERSIONS), len(PERSISTENCES), 3), np.nan)

    def of(self, fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the thresholds of each slot, from what a fit knew before it: see `baseline.fit`."""
        places = [
            _between(np.log(USUALS), np.log(np.maximum(fitted[:, USUAL], USUALS[0]))),
            _between(DISPERSIONS, fitted[:, USUAL_DISPERSION]),
            _between(PERSISTENCES, fitted[:, PERSISTENCE]),
        ]
        found = np.zeros((len(fitted), 3))
        for corner in product((0, 1), repeat=3):
            weight = np.ones(len(fitted))
            cells = []
            for (below, part), upper in zip(places, corner, strict=True):
                weight *= part if upper else 1.0 - part
                cells.append(below + upper)
            needed = np.flatnonzero(weight > 0)
            rows = np.stack(cells, axis=1)[needed]
            for cell in np.unique(rows, axis=0):
                self._fill((int(cell[0]), int(cell[1]), int(cell[2])))
            found[needed] += weight[needed, None] * self._table[rows[:, 0], rows[:, 1], rows[:, 2]]
        return found

    def _fill(self, cell: Grid) -> None:
        if np.isnan(self._table[cell][0]):
            self._table[cell] = simulated_thresholds(
                float(USUALS[cell[0]]),
                float(DISPERSIONS[cell[1]]),
                float(PERSISTENCES[cell[2]]),
                slots_per_day=self.slots_per_day,
                days_per_false_alarm=self.days_per_false_alarm,
                merge_slots=self.merge_slots,
                seed=(self._seed, *cell),
            )


def _between(
    points: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the grid point below each value, and how far it is on the way to the next, 0-1."""
    below = np.clip(np.searchsorted(points, values, side="right") - 1, 0, len(points) - 2)
    part = (values - points[below]) / (points[below + 1] - points[below])
    return below, np.clip(part, 0.0, 1.0)


def quiet_series(
    usual: float,
    dispersion: float,
    persistence: float,
    *,
    series: int,
    slots: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the counts of quiet series, a row each."""
    if dispersion <= 0:
        return rng.poisson(usual, (series, slots)).astype(np.float64)
    spread = np.sqrt(np.log1p(dispersion))
    swings = rng.standard_normal((series, slots))
    _persist(swings, persistence)
    swings *= spread
    swings -= spread**2 / 2
    return rng.poisson(usual * np.exp(swings)).astype(np.float64)


@jit
def _persist(swings: NDArray[np.float64], persistence: float) -> None:
    """Let each swing of unit variance carry over to the next slot."""
    fresh = np.sqrt(1.0 - persistence**2)
    for row in range(len(swings)):
        for t in range(1, swings.shape[1]):
            swings[row, t] = persistence * swings[row, t - 1] + fresh * swings[row, t]


@cache  # the same for the same arguments, and dear
def simulated_thresholds(
    usual: float,
    dispersion: float,
    persistence: float,
    *,
    slots_per_day: int,
    days_per_false_alarm: float,
    merge_slots: int,
    seed: tuple[int, ...],
) -> NDArray[np.float64]:
    """Return the thresholds of the three scores at which quiet series keep the budget.

    The two scores for rises are held to one rate each, as large as their alarms, merged, allow.
    """
    series = int(min(SERIES_MOST, max(20, np.ceil(EXPECTED_ALARMS * days_per_false_alarm / SIMULATED_DAYS))))
    slots = (LEARNED_DAYS + SIMULATED_DAYS) * slots_per_day
    rng = np.random.default_rng(seed)
    counts = quiet_series(usual, dispersion, persistence, series=series, slots=slots, rng=rng)
    said = _all_evidence(counts, slots_per_day, LEARNED_DAYS * slots_per_day)
    wanted = series * SIMULATED_DAYS / days_per_false_alarm

    def threshold(score: int, alarms: float) -> float:
        only = np.full(3, UNUSED)
        low, high = 0.0, HIGHEST
        for _ in range(HALVINGS):
            only[score] = (low + high) / 2
            too_many = _alarms(said, only, slots_per_day, merge_slots) > alarms
            low, high = (only[score], high) if too_many else (low, only[score])
        return high

    half = np.array([threshold(SLOW, wanted / 2), threshold(FAST, wanted / 2)])
    full = np.array([threshold(SLOW, wanted), threshold(FAST, wanted)])
    low, high = 0.0, 1.0
    for _ in range(HALVINGS // 2):
        part = (low + high) / 2
        both = np.array([*(full + part * (half - full)), UNUSED])
        too_many = _alarms(said, both, slots_per_day, merge_slots) > wanted
        low, high = (part, high) if too_many else (low, part)
    return np.array([*(full + high * (half - full)), threshold(SILENT, wanted / SILENCE_SELDOMER)])


@jit
def _all_evidence(counts: NDArray[np.float64], slots_per_day: int, learned: int) -> NDArray[np.float64]:
    """Return the evidence of each slot after the first `learned`; of fast rises the ratio, no logarithm."""
    series, slots = counts.shape
    said = np.zeros((series, slots - learned, 3))
    one = np.ones(slots)
    none = np.zeros(slots, np.bool_)
    for row in range(series):
        fitted = fit(counts[row], one, none, slots_per_day, 0)
        whole = evidence(counts[row], fitted[:, EXPECTED].copy(), fitted[:, DISPERSION].copy(), none)
        said[row] = whole[learned:]
    said[:, :, FAST] = np.exp(np.minimum(said[:, :, FAST], 600.0))
    return said


@jit
def _alarms(
    said: NDArray[np.float64], thresholds: NDArray[np.float64], slots_per_day: int, merge_slots: int
) -> int:
    """Return how many alarms there are in all series, those close in time counted once.

    The same recursions as `scores.scored`, for thresholds that stand still; a score whose threshold is
    UNUSED is left out, which is where the time goes.
    """
    count = 0
    begins = 1.0 / (RISE_EVERY_DAYS * slots_per_day)
    ends = min(1.0, 1.0 / (RISE_LASTS_DAYS * slots_per_day))
    highest = begins * np.exp(min(CEILING * thresholds[FAST], 600.0))
    over = begins * np.exp(min(thresholds[FAST], 600.0))
    slow_used, fast_used, silent_used = thresholds < UNUSED
    for row in range(len(said)):
        last = -merge_slots - 1
        slow = silent = 0.0
        odds = begins
        for t in range(said.shape[1]):
            is_alarm = False
            if slow_used:
                slow = min(max(0.0, slow + said[row, t, SLOW]), CEILING * thresholds[SLOW])
                is_alarm = slow > thresholds[SLOW]
            if fast_used:
                odds = (odds * (1.0 - ends) + begins) / (1.0 - begins + odds * ends)
                odds = min(odds * said[row, t, FAST], highest)
                is_alarm = is_alarm or odds > over
            if silent_used:
                silent = min(max(0.0, silent + said[row, t, SILENT]), CEILING * thresholds[SILENT])
                is_alarm = is_alarm or silent > thresholds[SILENT]
            if is_alarm:
                if t - last > merge_slots:
                    count += 1
                last = t
    return count
