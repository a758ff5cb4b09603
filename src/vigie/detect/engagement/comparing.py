"""How unusual a figure is among few or many others of its kind.

On a logarithmic scale figures of one kind scatter alike. The usual one is the median of the others, their
spread the median distance from it, so that a few bought posts do not hide the next. How far a figure lies
above or below is read as a Student law whose freedom is what a median distance knows of few values (37 % of
what a standard deviation knows), with the spread widened for the uncertainty of the median and for chance in
small counts. Figures of one account are no strangers to each other: all of them may be high. So a class knows
only as much as fewer figures of strangers would: the fewer, the more of the scatter lies between accounts
(`independent`). Counts must also be too many for one law of chance alone: of all counted on the item and the
others together, the item's part is binomial, exactly, however small.

Sources: Rousseeuw and Croux 1993, https://doi.org/10.1080/01621459.1993.10476408 (median distance, its
efficiency and correction for few values); Kish 1965, Survey Sampling, section 5.4 (design effect of
groups); Przyborowski and Wilenski 1940, https://doi.org/10.2307/2332612
(two Poisson counts); Benjamini and Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HALF = 0.5  # added to counts, so that none has a logarithm
TO_SD = 1.4826  # a normal law's standard deviation, in median distances
TO_SD_OF_MEAN = 1.2533  # likewise in mean distances, where the median distance is 0
EFFICIENCY = 0.37
FEW_VALUES = 0.8
MEDIAN_VARIANCE = np.pi / 2


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What others of the same kind show, for each of many figures.

    Args:
        value: the median, in the figure's own unit.
        log_value: the median of the logarithms.
        spread: of one figure around it, on the logarithmic scale, without chance in its own count.
        count: how many figures.
        independent: how many figures of strangers tell as much: of one account all, of a class fewer.
        total: their sum, weighted by their exposure: counts.
        exposure: what these were counted on.
    """

    value: NDArray[np.float64]
    log_value: NDArray[np.float64]
    spread: NDArray[np.float64]
    count: NDArray[np.int64]
    independent: NDArray[np.float64]
    total: NDArray[np.int64]
    exposure: NDArray[np.float64]

    def at(self, places: NDArray[np.integer[Any]]) -> Usual:
        """Return what stands at some places."""
        return Usual(**{one.name: getattr(self, one.name)[places] for one in fields(self)})

    @staticmethod
    def joined(parts: Sequence[Usual]) -> Usual:
        """Return several behind one another."""
        return Usual(
            **{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Usual)}
        )


def logs_of(values: NDArray[np.float64], exposures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of figures: of counts, or of counts per exposure."""
    return np.asarray(np.log((values * exposures + HALF) / exposures))


def counted(values: NDArray[np.float64], exposures: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return what was counted."""
    return np.rint(values * exposures).astype(np.int64)


def scores(values: NDArray[np.float64], exposures: NDArray[np.float64], among: Usual) -> NDArray[np.float64]:
    """Return how far each figure lies from its usual one, in spreads."""
    due = np.exp(among.log_value) * exposures
    variance = among.spread**2 * (1 + MEDIAN_VARIANCE / among.independent) + 1.0 / (due + HALF)
    return np.asarray((logs_of(values, exposures) - among.log_value) / np.sqrt(variance))


def chances(
    score: NDArray[np.float64], counts: NDArray[np.int64], exposures: NDArray[np.float64], among: Usual
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each figure the chance of so much, and of so little."""
    freedom = np.maximum(1.0, EFFICIENCY * (among.independent - 1))
    trials = counts + among.total
    part = exposures / (exposures + among.exposure)
    binomial_much = np.where(counts == 0, 1.0, special.bdtrc(np.maximum(counts - 1, 0), trials, part))
    much = np.maximum(special.stdtr(freedom, -score), binomial_much)
    little = np.maximum(special.stdtr(freedom, score), special.bdtr(counts, trials, part))
    return much, little


def surprise_least(chance: float) -> float:
    """Return how far at least a figure lies whose chance is no more than this: few values need more."""
    return float(special.ndtri(1 - chance))
