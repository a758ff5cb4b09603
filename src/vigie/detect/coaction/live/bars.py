"""How surprising a pair must be before anything is said of it at once: what the last full look allows.

A live look has many small windows in which chance may strike, and no shuffled copies of its own. So a pair
must be more surprising than every pair of every shuffled copy of the last full look, exceed that look's
threshold, and be so improbable that among all pairs of its accounts, in as many windows as its time holds,
chance alone is expected to give fewer than the false-discovery rate (Bonferroni's bound).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie.terms.findings import Calibration


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What a pair must exceed, of one behaviour within one window."""

    behaviour: str
    window_ms: int
    surprise: float


def bars(
    calibrations: Iterable[Calibration], *, period_ms: int, fdr: float, remember_ms: int
) -> tuple[Bar, ...]:
    """Return the bars that a full look sets.

    Args:
        calibrations: its layers; those of windows longer than what is remembered are left out, and
            those that do not say how surprising chance can be.
        period_ms: how long a time it looked at.
        fdr: its false-discovery rate.
        remember_ms: how long the live look remembers.
    """
    windows = max(1.0, period_ms / remember_ms)
    return tuple(
        Bar(
            behaviour=one.behaviour,
            window_ms=one.window_ms,
            surprise=max(
                one.threshold or 0.0,
                one.strongest_by_chance,
                log10(max(1, one.account_count * (one.account_count - 1) // 2) * windows / fdr),
            ),
        )
        for one in calibrations
        if one.strongest_by_chance is not None and one.window_ms < remember_ms
    )
