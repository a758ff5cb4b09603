"""How much more likely a rise makes what was counted: CUSUM for slow rises, two states for fast ones.

Both add up, slot after slot, the logarithm of how much more likely the count is if the series had risen by a
factor. The CUSUM (factor 1.5) starts again from 0 whenever it falls below; the two states, quiet and rising
(factor 2), are weighed by a forward filter in which a rise begins seldom and lasts half a day on average;
its score is the logarithm of the odds of a rise over what they are when nothing is known.
A third, a CUSUM for a fall to a fifth, tells silence from calm.

Sources: Höhle and Paul 2008, https://doi.org/10.1016/j.csda.2008.02.015 (count CUSUM with negative binomial
likelihood ratios); Kleinberg 2002, https://doi.org/10.1145/775047.775061 (bursts as states).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOW_FACTOR = 1.5
FAST_FACTOR = 2.0
SILENT_FACTOR = 0.2
RISE_LASTS_DAYS = 0.5
RISE_EVERY_DAYS = 60.0
DISPERSION_LEAST = 1e-6  # below it the law is Poisson's
CEILING = 1.25  # a score goes no higher than so many times its threshold: it comes down when the rise is over

SLOW, FAST, SILENT = range(3)  # columns of evidence, scores and thresholds


@jit
def log_ratio(count: float, expected: float, dispersion: float, factor: float) -> float:
    """Return log P(count | factor x expected) - log P(count | expected) of a negative binomial law."""
    if expected <= 0:
        return 0.0
    if dispersion < DISPERSION_LEAST:
        return count * math.log(factor) - (factor - 1.0) * expected
    spread = (1.0 + dispersion * factor * expected) / (1.0 + dispersion * expected)
    return count * math.log(factor) - (count + 1.0 / dispersion) * math.log(spread)


@jit
def evidence(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    dispersion: NDArray[np.float64],
    is_quiet: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return, for each slot, what it alone says for a slow rise, a fast one, and silence: log ratios.

    Slots in `is_quiet` say nothing: they are missing, or too early to judge.
    """
    said = np.zeros((len(counts), 3))
    for t in range(len(counts)):
        if not is_quiet[t]:
            said[t, SLOW] = log_ratio(counts[t], expected[t], dispersion[t], SLOW_FACTOR)
            said[t, FAST] = log_ratio(counts[t], expected[t], dispersion[t], FAST_FACTOR)
            said[t, SILENT] = log_ratio(counts[t], expected[t], dispersion[t], SILENT_FACTOR)
    return said


@jit
def scored(
    said: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    is_quiet: NDArray[np.bool_],
    slots_per_day: int,
) -> NDArray[np.float64]:
    """Return the three scores of each slot; over slots that say nothing they stand still.

    Args:
        said: see `evidence`.
        thresholds: of each slot and score; they bound the scores from above, see `CEILING`.
        is_quiet: slots that say nothing.
        slots_per_day: how many slots a day has.
    """
    scores = np.zeros(said.shape)
    begins = 1.0 / (RISE_EVERY_DAYS * slots_per_day)
    ends = min(1.0, 1.0 / (RISE_LASTS_DAYS * slots_per_day))
    slow = silent = 0.0
    odds = begins
    for t in range(len(said)):
        if not is_quiet[t]:
            slow = min(max(0.0, slow + said[t, SLOW]), CEILING * thresholds[t, SLOW])
            silent = min(max(0.0, silent + said[t, SILENT]), CEILING * thresholds[t, SILENT])
            odds = (odds * (1.0 - ends) + begins) / (1.0 - begins + odds * ends)
            highest = math.log(begins) + CEILING * thresholds[t, FAST]
            odds = math.exp(min(math.log(odds) + said[t, FAST], highest))
        scores[t, SLOW], scores[t, SILENT], scores[t, FAST] = slow, silent, math.log(odds / begins)
    return scores
