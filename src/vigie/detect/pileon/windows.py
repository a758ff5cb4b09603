"""Windows of six hours in which somebody is answered by many, and how many replies are usual there.

Windows begin every three hours, so that what straddles one lies whole in another. Expected count = the
target's own level so far x the factor of the hour and of the weekday in all replies x the factor of the
target's own hour, drawn towards 1 by a few replies. Of the target itself only what came before a window
speaks, each three hours up to a limit, so that one pile-on does not hide the next (Noufaily et al. 2013,
https://doi.org/10.1002/sim.5595). The factors of all replies, and the usual target that stands in where
little came before (which is said), are of the whole data, the window and what follows it among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vigie.detect.pileon.replies import STEP_MS, WINDOW_MS
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.detect.pileon.replies import Ints, Replies
    from vigie.detect.pileon.rule import Rule

    Floats = NDArray[np.float64]

STEPS_PER_DAY, STEPS_PER_WEEK = DAY_MS // STEP_MS, 7 * DAY_MS // STEP_MS
STEPS_PER_WINDOW = WINDOW_MS // STEP_MS
BORROWED = 20.0  # replies that draw a pattern towards the pattern of all
BORROWED_STEPS = 8.0  # steps of the usual target that stand in where a target has none of its own
HISTORY_DAYS, HISTORY_REPLIES = 7.0, 10  # with less, a baseline is said to be few
DISPERSION_LEAST = 0.1
LIMIT_SDS = 4.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """Six hours of replies to one target.

    Args:
        target: its number.
        start_ms: when it begins, milliseconds since 1970 UTC.
        low: the first of its replies.
        high: the end of them.
    """

    target: int
    start_ms: int
    low: int
    high: int

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return self.start_ms + WINDOW_MS


@dataclass(frozen=True, kw_only=True)
class Usual:
    """How many replies are usual in a window.

    Args:
        expected: how many.
        dispersion: variance beyond Poisson's, over the squared mean.
        chance: of at least as many as were counted.
        basis: `own`, the target's replies before; `few`, hardly any came before.
        days: how long the data goes back before the window.
    """

    expected: float
    dispersion: float
    chance: float
    basis: str
    days: float


def windows(replies: Replies, rule: Rule) -> Iterator[Window]:
    """Yield the windows with enough replies of enough accounts, by target and time."""
    step = replies.at_ms // STEP_MS
    bounds = np.flatnonzero(np.diff(replies.target)) + 1
    edges = np.concatenate([[0], bounds, [len(replies)]])
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if high - low < rule.replies_min:
            continue
        of = step[low:high]
        first = np.unique(np.concatenate([of - 1, of]))
        begin, end = np.searchsorted(of, first), np.searchsorted(of, first + STEPS_PER_WINDOW)
        for start, a, b in zip(first.tolist(), begin.tolist(), end.tolist(), strict=True):
            if b - a < rule.replies_min:
                continue
            if len(np.unique(replies.author[low + a : low + b])) >= rule.accounts_min:
                yield Window(
                    target=int(replies.target[low]), start_ms=start * STEP_MS, low=low + a, high=low + b
                )


class Baseline:
    """What is usual, for targets of one conversation.

    Args:
        replies: all of them.
    """

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        step = replies.at_ms // STEP_MS
        self._first = int(step.min()) if len(step) else 0
        self._steps = int(step.max()) - self._first + 1 if len(step) else 0
        self._pattern = _pattern(step, self._first, self._steps)
        targets = max(1, len(np.unique(replies.target)))
        self._typical = len(step) / max(1, self._steps) / targets
        self._edges = np.searchsorted(replies.target, np.arange(len(replies.names) + 1))

    def usual(self, window: Window) -> Usual:
        """Return how many replies were to be expected in a window."""
        steps = window.start_ms // STEP_MS + np.arange(STEPS_PER_WINDOW)
        counts = self.counts(window.target)
        expected = float(self._expected(counts, steps, until=int(steps[0]) - self._first).sum())
        before = counts[: max(0, int(steps[0]) - self._first)]
        dispersion = self._dispersion(before)
        size = 1 / dispersion
        chance = float(stats.nbinom.sf(window.high - window.low - 1, size, size / (size + expected)))
        days = max(0.0, len(before) / STEPS_PER_DAY)
        is_own = days >= HISTORY_DAYS and before.sum() >= HISTORY_REPLIES
        return Usual(
            expected=expected,
            dispersion=dispersion,
            chance=chance,
            basis="own" if is_own else "few",
            days=days,
        )

    def course(self, window: Window, *, before: int, after: int) -> tuple[int, Floats, Floats]:
        """Return the start, counts and expected counts of the steps around a window."""
        first = max(0, window.start_ms // STEP_MS - before - self._first)
        last = min(self._steps, window.start_ms // STEP_MS + STEPS_PER_WINDOW + after - self._first)
        counts = self.counts(window.target)
        steps = np.arange(first, last) + self._first
        until = window.start_ms // STEP_MS - self._first
        return int(steps[0]) * STEP_MS, counts[first:last], self._expected(counts, steps, until=until)

    def counts(self, target: int) -> Floats:
        """Return the replies to a target in each step."""
        low, high = self._edges[target], self._edges[target + 1]
        step = self._replies.at_ms[low:high] // STEP_MS - self._first
        return np.bincount(step, minlength=self._steps).astype(np.float64)

    def _expected(self, counts: Floats, steps: Ints, *, until: int) -> Floats:
        """Return what steps are expected to hold, as the steps before `until` tell."""
        past = _limited(counts[: max(0, until)])
        pattern = self._pattern[(np.arange(len(past)) + self._first) % STEPS_PER_WEEK]
        level = (past.sum() + BORROWED_STEPS * self._typical) / (pattern.sum() + BORROWED_STEPS)
        hour = (np.arange(len(past)) + self._first) % STEPS_PER_DAY
        counted = np.bincount(hour, weights=past, minlength=STEPS_PER_DAY)
        due = np.bincount(hour, weights=level * pattern, minlength=STEPS_PER_DAY)
        own = (counted + BORROWED) / (due + BORROWED)
        return np.asarray(level * self._pattern[steps % STEPS_PER_WEEK] * own[steps % STEPS_PER_DAY])

    def _dispersion(self, past: Floats) -> float:
        """Return how much windows scatter beyond chance, drawn towards the least."""
        if len(past) < STEPS_PER_WEEK:
            return 2 * DISPERSION_LEAST
        windows_ = _limited(past[: len(past) // STEPS_PER_WINDOW * STEPS_PER_WINDOW])
        windows_ = windows_.reshape(-1, STEPS_PER_WINDOW).sum(axis=1)
        mean = float(windows_.mean())
        excess = float(windows_.var()) - mean
        known = len(windows_) / (len(windows_) + BORROWED)
        found = known * excess / mean**2 if mean > 0 else 0.0
        return max(DISPERSION_LEAST, found)


def _pattern(step: Ints, first: int, steps: int) -> Floats:
    """Return the factor of each step of a week (from Thursday, as 1970 began), of mean near 1."""
    counts = np.bincount(step % STEPS_PER_WEEK, minlength=STEPS_PER_WEEK).astype(np.float64)
    lasted = np.bincount((first + np.arange(steps)) % STEPS_PER_WEEK, minlength=STEPS_PER_WEEK)
    per_step = counts.sum() / max(1, steps)
    hour, day = np.arange(STEPS_PER_WEEK) % STEPS_PER_DAY, np.arange(STEPS_PER_WEEK) // STEPS_PER_DAY
    of_hour = _ratio(counts, lasted * per_step, hour, STEPS_PER_DAY)
    of_day = _ratio(counts, lasted * per_step * of_hour, day, 7)
    return np.asarray(of_hour * of_day)


def _ratio(counts: Floats, due: Floats, group: Ints, size: int) -> Floats:
    """Return counted over due, by group, for each member of it."""
    counted = np.bincount(group, weights=counts, minlength=size)
    expected = np.bincount(group, weights=due, minlength=size)
    return np.asarray(((counted + BORROWED) / (expected + BORROWED))[group])


def _limited(counts: Floats) -> Floats:
    """Return counts of which none is far above the rest: a burst teaches little."""
    if not len(counts):
        return counts
    mean = float(np.mean(np.minimum(counts, np.quantile(counts, 0.95))))
    return np.asarray(np.minimum(counts, mean + LIMIT_SDS * np.sqrt(mean + 1)))
