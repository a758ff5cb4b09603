"""What a quiet series would count next, slot after slot, learned from the past alone.

Expected count = level x exposure x factor of the slot of day x factor of the weekday. Each is a ratio of sums
that fade (the level within two weeks, the patterns within four and six), drawn towards 1 by a few counts so
that small series borrow the pattern in their exposure. A count far above what was expected enters the sums
only up to a limit, so that a burst teaches little. Beside the expected count stand how much more than Poisson
the series scatters (negative binomial: variance = mean + dispersion x mean^2) and how long its swings last;
both are drawn towards none as far as they do not stand out of their own noise.

Sources: Noufaily et al. 2013, https://doi.org/10.1002/sim.5595 (past-only, down-weighted baselines);
West and Harrison 1997, chapter 6, https://doi.org/10.1007/b98971 (fading memory).
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
BORROWED_SQUARES = 20.0  # likewise for the dispersion
DISPERSION_USUAL = 0.05
DISPERSION_MAX = 5.0
LIMIT_SDS = 4.0  # counts further above enter the sums only up to here
PERSISTENCE_MAX = 0.95

EXPECTED, DISPERSION, PERSISTENCE, USUAL = range(4)  # columns of a fit


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
        (0-1), usual count per slot.
    """
    fitted = np.zeros((len(counts), 4))
    day_counts, day_expected = np.zeros(slots_per_day), np.zeros(slots_per_day)
    week_counts, week_expected = np.zeros(7), np.zeros(7)
    keep_level = math.exp(-1.0 / (LEVEL_DAYS * slots_per_day))
    keep_day = math.exp(-1.0 / PATTERN_DAYS)
    keep_week = math.exp(-7.0 / (WEEKDAY_DAYS * slots_per_day))
    keep_spread = math.exp(-1.0 / (SPREAD_DAYS * slots_per_day))
    level_counts = level_exposure = 0.0
    excess = excess_noise = squares = 0.0
    lagged = lagged_noise = lagged_squares = 0.0
    usual_sum = usual_weight = 0.0
    before = before_expected = before_variance = 0.0
    for t in range(len(counts)):
        slot = (first_slot + t) % slots_per_day
        weekday = ((first_slot + t) // slots_per_day) % 7
        day = (day_counts[slot] + BORROWED_COUNTS) / (day_expected[slot] + BORROWED_COUNTS)
        week = (week_counts[weekday] + BORROWED_COUNTS) / (week_expected[weekday] + BORROWED_COUNTS)
        level = (level_counts + 0.5) / level_exposure if level_exposure > 0 else 0.0
        expected = level * exposure[t] * day * week
        dispersion = _dispersion(excess, excess_noise, squares)
        persistence = _persistence(lagged, lagged_noise, dispersion * lagged_squares)
        fitted[t, EXPECTED] = expected
        fitted[t, DISPERSION] = dispersion
        fitted[t, PERSISTENCE] = persistence
        fitted[t, USUAL] = usual_sum / usual_weight if usual_weight > 0 else 0.0
        if is_missing[t] or exposure[t] <= 0:
            before_expected = 0.0
            continue
        count = counts[t]
        if expected > 0:
            variance = expected + dispersion * expected**2
            count = min(count, expected + LIMIT_SDS * math.sqrt(variance) + 2.0)
            residual = count - expected
            excess = keep_spread * excess + residual**2 - expected
            excess_noise = keep_spread * excess_noise + 2.0 * variance**2
            squares = keep_spread * squares + expected**2
            if before_expected > 0:
                lagged = keep_spread * lagged + residual * before
                lagged_noise = keep_spread * lagged_noise + variance * before_variance
                lagged_squares = keep_spread * lagged_squares + expected * before_expected
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
def _dispersion(excess: float, noise: float, squares: float) -> float:
    """Return the variance beyond Poisson's, over the squared mean; as far as it stands out of its noise."""
    known = excess**2 / (excess**2 + noise) if noise > 0 else 0.0
    found = (known * excess + BORROWED_SQUARES * DISPERSION_USUAL) / (squares + BORROWED_SQUARES)
    return max(0.0, min(DISPERSION_MAX, found))


@jit
def _persistence(lagged: float, noise: float, swing: float) -> float:
    """Return how much of a swing is left in the next slot, 0-1; as far as it stands out of its noise."""
    if swing <= 0 or noise <= 0:
        return 0.0
    known = lagged**2 / (lagged**2 + noise)
    return max(0.0, min(PERSISTENCE_MAX, known * lagged / swing))
