"""Weeks and moments in an organisation's own time zone, for the roster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")  # ISO 8601
YEARS = range(1970, 9000)
MINUTES = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a zone, of 23, 24 or 25 hours."""

    date: date
    from_ms: int
    to_ms: int


def week_days(week: str, zone: str, *, now_ms: int) -> list[Day]:
    """Return the seven days of a week such as `2026-W48`; of the present one where the text means none."""
    today = local(now_ms, zone).date()
    monday = _monday(week) or today - timedelta(days=today.weekday())
    return [_day(monday + timedelta(days=after), zone) for after in range(7)]


def name_of_week(day: date) -> str:
    """Return the week of a day: `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def moment_of(text: str, zone: str) -> int | None:
    """Return the moment at which clocks of a zone show this, in milliseconds; None where they never do.

    Of an hour that comes twice, when clocks go back, it is the first.
    """
    try:
        shown = datetime.strptime(text, MINUTES)  # noqa: DTZ007 (the zone comes next)
        there = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    exists = there.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == shown
    return int(there.timestamp() * 1000) if exists and shown.year in YEARS else None


def shown_at(at_ms: int, zone: str) -> str:
    """Return what clocks of a zone show at a moment, as forms have it."""
    return local(at_ms, zone).strftime(MINUTES)


def local(at_ms: int, zone: str) -> datetime:
    """Return a moment in a zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def _monday(week: str) -> date | None:
    found = WEEK.fullmatch(week)
    if found is None or int(found[1]) not in YEARS:
        return None
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None


def _day(day: date, zone: str) -> Day:
    begin, end = (
        int(datetime.combine(one, time(), ZoneInfo(zone)).timestamp() * 1000)
        for one in (day, day + timedelta(days=1))
    )
    return Day(date=day, from_ms=begin, to_ms=end)
