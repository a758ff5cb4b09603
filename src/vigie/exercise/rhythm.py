"""When people act: by day more than by night, and all at once after a debate or a piece of news.

Each time zone has a clock of effort that runs fast when people are active and nearly stops at night. A moment
drawn evenly on that clock, or a lag added on it, is turned back into a time of the calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.terms.times import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from vigie.exercise.acts import Floats, Ints

ZONES_H = (-4, -5)  # the coast and the west of the country, hours from UTC
BY_HOUR = (12, 7, 4, 3, 3, 5, 14, 32, 48, 54, 58, 64, 78, 70, 62, 60, 64, 72, 82, 96, 108, 104, 74, 36)
BY_WEEKDAY = (1.0, 1.02, 1.05, 1.04, 0.98, 0.84, 0.9)  # from Monday
FIRST_DEBATE_DAY, DEBATE_EVERY_DAYS, DEBATE_HOUR = 2, 7, 20
RISE_S = 15.0  # nobody passes a post on before reading it


class Rhythm:
    """The clocks of effort of the country over some days.

    Args:
        chance: for the pieces of news.
        start_ms: midnight UTC of the first day.
        days: how long the conversation lasts.
    """

    def __init__(self, chance: np.random.Generator, *, start_ms: int, days: int) -> None:
        self.start_ms = start_ms
        self.end_ms = start_ms + days * DAY_MS
        self.effort_s = days * DAY_MS / 1000  # on every clock
        self.debates_ms = debates(start_ms, days)
        self._minutes = np.arange(start_ms, self.end_ms + 1, MINUTE_MS, dtype=np.float64)
        news_ms = chance.uniform(start_ms, self.end_ms, size=max(1, days // 2))
        crowd = stirred(self._minutes, self.debates_ms, height=2.5, fade_ms=1.5 * HOUR_MS)
        crowd += stirred(self._minutes, news_ms, height=0.7, fade_ms=2.5 * HOUR_MS)
        self._clocks = [self._clock((1 + crowd) * habit(self._minutes, zone_h)) for zone_h in ZONES_H]

    def _clock(self, pace: Floats) -> Floats:
        """Return the effort spent until each minute at this pace, scaled to the whole."""
        spent = np.concatenate(([0.0], np.cumsum((pace[1:] + pace[:-1]) / 2)))
        clock: Floats = spent * (self.effort_s / spent[-1])
        return clock

    def moments(self, chance: np.random.Generator, zone: Ints) -> Ints:
        """Return a moment for each person, by the clock of their zone."""
        return self._calendar(chance.random(len(zone)) * self.effort_s * 0.9995, zone)

    def echoes(
        self, chance: np.random.Generator, at_ms: Ints, zone: Ints, *, scale_s: Floats | float, decay: float
    ) -> Ints:
        """Return moments after `at_ms`: a fast rise, then a power-law decay, all before the end.

        Args:
            chance: for the lags.
            at_ms: what each moment follows.
            zone: whose clock each lag is counted on.
            scale_s: effort after which the decay sets in.
            decay: exponent of the tail of the lags, above 0.
        """
        begun = self._effort(at_ms, zone)
        room = self.effort_s - begun
        rise = np.minimum(chance.exponential(RISE_S, len(at_ms)) + 1, room / 2)
        lag = chance.random(len(at_ms)) * reach(room - rise, scale_s=scale_s, decay=decay)
        lag = scale_s * ((1 - lag) ** (-1 / decay) - 1)
        after = self._calendar(begun + rise + lag, zone)
        return np.minimum(np.maximum(after, at_ms + 1), self.end_ms - 1)

    def room_s(self, at_ms: Ints) -> Floats:
        """Return the effort left after each moment, by the clock of the first zone."""
        return self.effort_s - self._effort(at_ms, np.zeros(len(at_ms), np.int8))

    def _effort(self, at_ms: Ints, zone: Ints) -> Floats:
        effort = np.empty(len(at_ms))
        for number, clock in enumerate(self._clocks):
            there = zone == number
            effort[there] = np.interp(at_ms[there], self._minutes, clock)
        return effort

    def _calendar(self, effort_s: Floats, zone: Ints) -> Ints:
        at_ms = np.empty(len(effort_s), np.int64)
        for number, clock in enumerate(self._clocks):
            there = zone == number
            at_ms[there] = np.interp(effort_s[there], clock, self._minutes)
        return at_ms


def debates(start_ms: int, days: int) -> Ints:
    """Return when the televised debates begin: on the second evening and weekly after it."""
    first = min(FIRST_DEBATE_DAY, days - 1)
    evenings = np.arange(first, days, DEBATE_EVERY_DAYS, dtype=np.int64)
    begun: Ints = start_ms + evenings * DAY_MS + (DEBATE_HOUR - 24 - ZONES_H[0]) * HOUR_MS
    return begun


def habit(minutes_ms: Floats, zone_h: int) -> Floats:
    """Return how active a zone is at each minute for the hour and the weekday."""
    local_ms = minutes_ms + zone_h * HOUR_MS
    hour = (local_ms % DAY_MS) / HOUR_MS
    weekday = ((local_ms // DAY_MS).astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    by_hour = np.interp(hour, np.arange(25), [*BY_HOUR, BY_HOUR[0]])
    usual: Floats = by_hour * np.asarray(BY_WEEKDAY)[weekday]
    return usual


def stirred(minutes_ms: Floats, events_ms: Ints | Floats, *, height: float, fade_ms: float) -> Floats:
    """Return how much events add to the usual activity, fading after each."""
    since = minutes_ms[:, None] - events_ms[None, :]
    fading: Floats = height * np.exp(-np.maximum(since, 0) / fade_ms) * (since >= 0)
    return np.asarray(fading.sum(axis=1))


def reach(room_s: Floats, *, scale_s: Floats | float, decay: float) -> Floats:
    """Return the share of all lags that are no longer than `room_s`."""
    return 1 - (1 + room_s / scale_s) ** -decay
