"""What a quiet series would count next, slot after slot, learned from the past alone.

Expected count = level x exposure x factor of the slot of day x factor of the weekday. Each is a ratio of sums
that fade (the level within two weeks, the patterns within four and six), drawn towards 1 by a few counts so
that small series borrow the pattern in their exposure. A count far above what was expected enters the sums
only up to a limit, so that a burst teaches little. Beside the expected count stand how much more than Poisson
the series scatters and how long its swings last; both are drawn towards none as far as they do not stand out
of their own noise. Two things make it scatter: posts that bring about others come in clumps, which adds a
multiple of the mean to the variance (Hawkes and Oakes 1974), and its level swings, which adds a multiple of
the mean squared. Where little is expected, clumps weigh far more.

Sources: Noufaily et al. 2013, https://doi.org/10.1002/sim.5595 (past-only, down-weighted baselines);
West and Harrison 1997, chapter 6, https://doi.org/10.1007/b98971 (fading memory); Hawkes and Oakes 1974,
https://doi.org/10.2307/3212693 (what brings about others comes in clusters).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL_DAYS = 14.0  # memories: after so long, what was counted weighs a third (1/e)
PATTERN_DAYS = 28.0
WEEKDAY_DAYS = 42.0
SPREAD_DAYS = 60.0
BORROWED_COUNTS = 25.0  # a pattern of its own needs more counts than this in a slot of day
BORROWED_CLUMPS, BORROWED_SWINGS = 5.0, 20.0  # likewise for the scatter: see `_scatter`
DISPERSION_USUAL = 0.05
DISPERSION_MAX = 5.0
LIMIT_SDS = 4.0  # counts further above enter the sums only up to here
PERSISTENCE_MAX = 0.95

EXPECTED, DISPERSION, PERSISTENCE, USUAL, USUAL_DISPERSION = range(5)  # columns of a fit


@jit
def fit(
    counts: NDArray[np.float64],
    exposure: NDArray[np.float64],
    is_missing: NDArray[np.bool_],
    slots_per_day: int,
    first_slot: int,
) -> NDArray[np.float64]:
    """Return what each slot is expected to count, knowing only those before.

    Args:
        counts: of one series, a slot each.
        exposure: what the count is proportional to, but for the series' own pattern: 1, or all posts.
        is_missing: slots in which nothing was collected; they teach nothing.
        slots_per_day: how many slots a day has.
        first_slot: the first slot's number since 1970.

    Returns:
        A row per slot: expected count (0 while nothing is known), dispersion, persistence from slot to slot
        (0-1), usual count per slot, dispersion where so many are expected.
    """
    fitted = np.zeros((len(counts), 5))
    day_counts, day_expected = np.zeros(slots_per_day), np.zeros(slots_per_day)
    week_counts, week_expected = np.zeros(7), np.zeros(7)
    keep_level = math.exp(-1.0 / (LEVEL_DAYS * slots_per_day))
    keep_day = math.exp(-1.0 / PATTERN_DAYS)
    keep_week = math.exp(-7.0 / (WEEKDAY_DAYS * slots_per_day))
    keep_spread = math.exp(-1.0 / (SPREAD_DAYS * slots_per_day))
    level_counts = level_exposure = 0.0
    scatter, lagged = np.zeros(7), np.zeros(4)
    usual_sum = usual_weight = 0.0
    before = before_expected = before_variance = 0.0
    for t in range(len(counts)):
        slot = (first_slot + t) % slots_per_day
        weekday = ((first_slot + t) // slots_per_day) % 7
        day = (day_counts[slot] + BORROWED_COUNTS) / (day_expected[slot] + BORROWED_COUNTS)
        week = (week_counts[weekday] + BORROWED_COUNTS) / (week_expected[weekday] + BORROWED_COUNTS)
        level = (level_counts + 0.5) / level_exposure if level_exposure > 0 else 0.0
        expected = level * exposure[t] * day * week
        clumps, swings = _scatter(scatter)
        dispersion = _dispersion(clumps, swings, expected)
        usual = usual_sum / usual_weight if usual_weight > 0 else 0.0
        fitted[t, EXPECTED] = expected
        fitted[t, DISPERSION] = dispersion
        fitted[t, PERSISTENCE] = _persistence(lagged, clumps, swings)
        fitted[t, USUAL] = usual
        fitted[t, USUAL_DISPERSION] = _dispersion(clumps, swings, usual)
        if is_missing[t] or exposure[t] <= 0:
            before_expected = 0.0
            continue
        count = counts[t]
        if expected > 0:
            variance = expected + dispersion * expected**2
            count = min(count, expected + LIMIT_SDS * math.sqrt(variance) + 2.0)
            residual = count - expected
            scatter *= keep_spread
            _add_square(scatter, residual**2 - expected, expected, variance)
            if before_expected > 0:
                lagged *= keep_spread
                mean = math.sqrt(expected * before_expected)
                lagged += np.array([residual * before, variance * before_variance, mean, mean**2])
            before, before_expected, before_variance = residual, expected, variance
            usual_sum = keep_spread * usual_sum + expected
            usual_weight = keep_spread * usual_weight + 1.0
            day_counts[slot] = keep_day * day_counts[slot] + count
            day_expected[slot] = keep_day * day_expected[slot] + expected / day
            week_counts[weekday] = keep_week * week_counts[weekday] + count
            week_expected[weekday] = keep_week * week_expected[weekday] + expected / week
        level_counts = keep_level * level_counts + count
        level_exposure = keep_level * level_exposure + exposure[t] * day * week
    return fitted


@jit
def _add_square(scatter: NDArray[np.float64], excess: float, expected: float, variance: float) -> None:
    """Add a squared residual, less the expected count, to the sums of two weighted least squares.

    Weights are those of a Poisson law, whatever was learned: a rough start must not make all that follows
    weigh little.
    """
    weight = 1.0 / (expected + expected**2)
    by_clumps, by_swings = weight * expected, weight * expected**2
    noise = variance + 2.0 * variance**2
    scatter += np.array(
        [
            by_clumps * expected,
            by_swings * expected,
            by_swings * expected**2,
            by_clumps * excess,
            by_swings * excess,
            by_clumps**2 * noise,
            by_swings**2 * noise,
        ]
    )


@jit
def _scatter(sums: NDArray[np.float64]) -> tuple[float, float]:
    """Return how a series scatters beyond Poisson: variance = (1 + clumps) x mean + swings x mean^2.

    Both are 0 or more: as far as they stand out of their noise, and drawn a little towards what is usual.
    """
    of_clumps, of_both, of_swings, by_clumps, by_swings, clumps_noise, swings_noise = sums
    usual = BORROWED_SWINGS * DISPERSION_USUAL
    return _solved(
        of_clumps + BORROWED_CLUMPS,
        of_both,
        of_swings + BORROWED_SWINGS,
        _known(by_clumps, clumps_noise) * by_clumps,
        _known(by_swings, swings_noise) * by_swings + usual,
    )


@jit
def _known(total: float, noise: float) -> float:
    """Return how far a sum stands out of its noise, 0-1."""
    return total * total / (total * total + noise) if noise > 0 else 0.0


@jit
def _solved(
    of_clumps: float, of_both: float, of_swings: float, by_clumps: float, by_swings: float
) -> tuple[float, float]:
    """Return the two numbers, 0 or more, that fit best by least squares."""
    whole = of_clumps * of_swings - of_both**2
    clumps = (by_clumps * of_swings - by_swings * of_both) / whole
    swings = (by_swings * of_clumps - by_clumps * of_both) / whole
    if clumps <= 0:
        return 0.0, max(0.0, by_swings / of_swings)
    if swings <= 0:
        return max(0.0, by_clumps / of_clumps), 0.0
    return clumps, swings


@jit
def _dispersion(clumps: float, swings: float, expected: float) -> float:
    """Return the variance beyond Poisson's, over the squared mean."""
    if expected <= 0:
        return min(DISPERSION_MAX, swings)
    return min(DISPERSION_MAX, clumps / expected + swings)


@jit
def _persistence(lagged: NDArray[np.float64], clumps: float, swings: float) -> float:
    """Return how much of a swing is left in the next slot, 0-1; as far as it stands out of its noise."""
    product, noise, mean, square = lagged
    swing = clumps * mean + swings * square
    if swing <= 0 or noise <= 0:
        return 0.0
    return max(0.0, min(PERSISTENCE_MAX, float(_known(product, noise) * product / swing)))
