"""How often a method finds something where there is nothing: measured on posts of one's own.

The method is run on the posts as they are, and on copies in which there is nothing to find (`nulls`). A copy
in which it finds anything is a false alarm; the exact interval says what so many can tell of the true rate.

Source: Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from vigie.detect.nulls import NULLS
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from vigie.detect.methods import Method
    from vigie.terms.languages import Message

OUTSIDE = 0.025  # of 95 %, on either side


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """What was measured of one method.

    Args:
        method: id and version.
        runs: copies looked at.
        with_signals: of them, those in which it found anything.
        signals: all it found in them.
        found_as_is: what it found in the posts as they are.
        low: of the exact 95 % interval of the rate of copies with a finding, 0-1.
        high: its end.
        about: how copies were made, a message id.
    """

    method: str
    runs: int
    with_signals: int
    signals: int
    found_as_is: int
    low: float
    high: float
    about: Message


def calibrate(
    method: Method, posts: pa.Table, *, runs: int, seed: int, progress: Progress = silent
) -> Calibrated:
    """Run a method on posts and on copies in which there is nothing to find.

    Args:
        method: one that has copies: its name is in `NULLS`.
        posts: canonical posts with at least the method's columns.
        runs: how many copies, 1 or more.
        seed: of all chance.
        progress: told the copies done.
    """
    null, tools = NULLS[method.name], method.tools()
    posts = posts.combine_chunks()
    found_as_is = len(tools.run(posts, seed, silent).signals)
    counts = []
    for number in range(runs):
        rng = np.random.default_rng([seed, number, *method.name.encode()])
        counts.append(len(tools.run(null.copy(posts, rng), seed + number, silent).signals))
        progress(number + 1, runs)
    with_signals = sum(count > 0 for count in counts)
    low, high = exact_interval(with_signals, runs)
    return Calibrated(
        method=method.id,
        runs=runs,
        with_signals=with_signals,
        signals=sum(counts),
        found_as_is=found_as_is,
        low=low,
        high=high,
        about=null.about,
    )


def exact_interval(hits: int, runs: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a proportion of `runs`, one or more."""
    low = special.betaincinv(hits, runs - hits + 1, OUTSIDE) if hits else 0.0
    high = special.betaincinv(hits + 1, runs - hits, 1 - OUTSIDE) if hits < runs else 1.0
    return float(low), float(high)
