"""How unusual a figure is among few or many others of its kind.

On a logarithmic scale figures of one kind scatter alike. The usual one is the median of the others, their
spread the median distance from it, so that a few bought posts do not hide the next. How far a figure lies
above or below is read as a Student law whose freedom is what a median distance knows of few values (37 % of
what a standard deviation knows), with the spread widened for the uncertainty of the median and for chance in
small counts. Counts must also be too many for one law of chance alone: of all counted on the item and the
others together, the item's part is binomial, exactly, however small.

Sources: Rousseeuw and Croux 1993, https://doi.org/10.1080/01621459.1993.10476408 (median distance, its
efficiency and correction for few values); Przyborowski and Wilenski 1940, https://doi.org/10.2307/2332612
(two Poisson counts); Benjamini and Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 0.5  # added to counts, so that none has a logarithm
TO_SD = 1.4826  # a normal law's standard deviation, in median distances
TO_SD_OF_MEAN = 1.2533  # likewise in mean distances, where the median distance is 0
EFFICIENCY = 0.37
FEW_VALUES = 0.8
MEDIAN_VARIANCE = np.pi / 2


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What others of the same kind show.

    Args:
        value: the median, in the figure's own unit.
        log_value: the median of the logarithms.
        spread: of one figure around it, on the logarithmic scale, without chance in its own count.
        count: how many figures.
        total: their sum, weighted by their exposure: counts.
        exposure: what these were counted on.
    """

    value: float
    log_value: float
    spread: float
    count: int
    total: float
    exposure: float


def usual(values: NDArray[np.float64], exposures: NDArray[np.float64]) -> Usual:
    """Return what figures have in common, one or more of them."""
    logs = logs_of(values, exposures)
    middle = float(np.median(logs))
    distance = np.abs(logs - middle)
    count = len(logs)
    spread = TO_SD * float(np.median(distance)) * count / max(count - FEW_VALUES, 1.0)
    return Usual(
        value=float(np.median(values)),
        log_value=middle,
        spread=spread or TO_SD_OF_MEAN * float(distance.mean()),
        count=count,
        total=float((values * exposures).sum()),
        exposure=float(exposures.sum()),
    )


def logs_of(values: NDArray[np.float64], exposures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of figures: of counts, or of counts per exposure."""
    return np.asarray(np.log((values * exposures + HALF) / exposures))


def chances(value: float, exposure: float, among: Usual) -> tuple[float, float, float]:
    """Return how far a figure lies from the usual, in spreads, the chance of so much, and of so little."""
    log = float(logs_of(np.array([value]), np.array([exposure]))[0])
    due = np.exp(among.log_value) * exposure
    variance = among.spread**2 * (1 + MEDIAN_VARIANCE / among.count) + 1.0 / (due + HALF)
    score = (log - among.log_value) / np.sqrt(variance)
    freedom = max(1.0, EFFICIENCY * (among.count - 1))
    count, whole = round(value * exposure), round(among.total)
    part = exposure / (exposure + among.exposure)
    much = max(float(stats.t.sf(score, freedom)), _binomial_upper(count, count + whole, part))
    little = max(float(stats.t.cdf(score, freedom)), float(special.bdtr(count, count + whole, part)))
    return float(score), much, little


def _binomial_upper(count: int, trials: int, part: float) -> float:
    return 1.0 if count == 0 else float(special.bdtrc(count - 1, trials, part))


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the false-discovery rate at which each test would be kept (Benjamini and Hochberg)."""
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * count / np.arange(1, count + 1)
    q = np.empty(count)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q
