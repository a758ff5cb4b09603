"""Whether the target posted less afterwards than before. Of many possible causes this says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from vigie.detect.pileon.replies import Ints

BEFORE_DAYS, BEFORE_DAYS_MIN = 14, 3
AFTER_DAYS, AFTER_DAYS_MIN = 3, 1
DISPERSION_LEAST = 0.05


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """The target's own posts after a pile-on.

    Args:
        days: how many days afterwards are in the data, whole ones.
        posts: written in them.
        expected: at the rate of the days before.
        days_before: how many days the rate comes from.
        chance: of so few at that rate.
    """

    days: int
    posts: int
    expected: float
    days_before: int
    chance: float


def aftermath(own_ms: Ints, *, first_ms: int, last_ms: int, start_ms: int, end_ms: int) -> Aftermath | None:
    """Return how the target posted afterwards; None where too little is known before or after.

    Args:
        own_ms: when the target posted.
        first_ms: when the data begin.
        last_ms: when they end.
        start_ms: when the pile-on began.
        end_ms: when it ended.
    """
    before = min(BEFORE_DAYS, (start_ms - first_ms) // DAY_MS)
    after = min(AFTER_DAYS, (last_ms - end_ms) // DAY_MS)
    if before < BEFORE_DAYS_MIN or after < AFTER_DAYS_MIN:
        return None
    ago = (start_ms - 1 - own_ms) // DAY_MS
    per_day = np.bincount(ago[(ago >= 0) & (ago < before)], minlength=before)
    if not per_day.sum():
        return None
    posts = int(((own_ms > end_ms) & (own_ms <= end_ms + after * DAY_MS)).sum())
    mean = float(per_day.mean())
    dispersion = max(DISPERSION_LEAST, float(per_day.var() - mean) / mean**2)
    # the days before know the mean only so well: as many counts as they hold
    size = 1 / (dispersion / after + 1 / float(per_day.sum()))
    expected = mean * after
    return Aftermath(
        days=int(after),
        posts=posts,
        expected=expected,
        days_before=int(before),
        chance=float(stats.nbinom.cdf(posts, size, size / (size + expected))),
    )
