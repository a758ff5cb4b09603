"""The parameters of the method, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.times import DAY_MS, HOUR_MS

Measure = Literal["count", "share"]
MEASURES: tuple[Measure, ...] = get_args(Measure)


@dataclass(frozen=True, kw_only=True)
class Election:
    """A time in which some series are watched more closely.

    Args:
        start_ms: when it begins.
        end_ms: when it is over.
        watched: the series watched so.
        days_per_false_alarm: their own budget: how many days pass, on average, between false alarms of one.
        slot_ms: the length of their slots, which must divide a day.
    """

    start_ms: int
    end_ms: int
    watched: frozenset[str]
    days_per_false_alarm: float = 120.0
    slot_ms: int = HOUR_MS // 4

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        _check_budget(self.days_per_false_alarm)
        _check_slot(self.slot_ms)
        if self.end_ms <= self.start_ms:
            raise BadOptionError(
                option="--election-to", value=self.end_ms, expected=say("a day after --election-from")
            )


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a series is said to rise, or to fall silent.

    Args:
        slot_ms: the length of a slot, which must divide a day.
        small_slot_ms: the length of a slot of small series.
        small_per_slot: a series with fewer posts than this in a slot, over its history, is small.
        days_per_false_alarm: how many days pass, on average, between false alarms of one series.
        history_days: how many days a series is only learned from before anything is said of it.
        merge_ms: alarms of one series that are no further apart are one alert.
        measures: what is watched: the count, the share of all posts, or both, which halve the budget.
        posts_min: series with fewer posts in all are left out.
        series_max: the most series watched, those with the most posts first.
    """

    slot_ms: int = HOUR_MS
    small_slot_ms: int = 6 * HOUR_MS
    small_per_slot: float = 1.0
    days_per_false_alarm: float = 60.0
    history_days: int = 28
    merge_ms: int = DAY_MS
    measures: tuple[Measure, ...] = MEASURES
    posts_min: int = 20
    series_max: int = 500

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        _check_budget(self.days_per_false_alarm)
        _check_slot(self.slot_ms)
        _check_slot(self.small_slot_ms)
        if self.history_days < 2:  # noqa: PLR2004 (one day shows no pattern of the day)
            raise BadOptionError(
                option="--history-days", value=self.history_days, expected=say("2 days or more")
            )
        if not self.measures or not set(self.measures) <= set(MEASURES):
            raise BadOptionError(
                option="--measure", value=", ".join(self.measures), expected=", ".join(MEASURES)
            )


def _check_budget(days: float) -> None:
    if not 1 <= days <= 3650:  # noqa: PLR2004 (ten years: what is rarer cannot be simulated)
        raise BadOptionError(
            option="--days-per-false-alarm", value=days, expected=say("a number of days from 1 to 3650")
        )


def _check_slot(slot_ms: int) -> None:
    if slot_ms <= 0 or DAY_MS % slot_ms or slot_ms > DAY_MS or slot_ms < DAY_MS // 288:
        raise BadOptionError(
            option="--slot", value=slot_ms, expected=say("a time that divides a day, from 5min to 24h")
        )
