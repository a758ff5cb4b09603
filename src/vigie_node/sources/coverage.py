"""What is covered, read from rows that a job wrote: a few sums, however many batches there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Sum

from vigie.report.format import instant
from vigie.terms.times import DAY_MS
from vigie_node.people.access import may
from vigie_node.sources.access import batches_visible_to
from vigie_node.sources.models import BatchLanguages, Coverage, Facet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.people.models import Person
    from vigie_node.sources.models import Declaration

DAYS = (7, 30, 90)
HOURS, WEEKDAYS = 24, 7
BY_SCRIPT = "script/"  # how the methods begin that know no model


@dataclass(frozen=True, kw_only=True)
class Period:
    """Some last days, today among them, as a zone counts days.

    Args:
        days: which, the earliest first.
        since_ms: when the first begins.
        now_ms: this moment.
        zone: an IANA name.
    """

    days: Sequence[date]
    since_ms: int
    now_ms: int
    zone: str

    @classmethod
    def last(cls, count: int, *, now_ms: int, zone: str) -> Period:
        """Return the last `count` days."""
        today = instant(now_ms).astimezone(ZoneInfo(zone)).date()
        first = today - timedelta(days=count - 1)
        since = datetime.combine(first, time(), ZoneInfo(zone))
        days = [first + timedelta(days=number) for number in range(count)]
        return cls(days=days, since_ms=int(since.timestamp() * 1000), now_ms=now_ms, zone=zone)


@dataclass(frozen=True, kw_only=True)
class SourceDays:
    """How many posts of a platform, brought in one way, were written on each day of a period."""

    platform: str
    source_kind: str
    days: Sequence[int]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.days)


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How many posts there are of a language or a place, and the day (UTC) of the latest."""

    value: str
    count: int
    last_ms: int


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What is covered in a period: sources the largest first, posts by weekday (Monday first) and hour.

    `look_count`: how many times a post was looked for again on these days (UTC) and found as it was.
    """

    sources: Sequence[SourceDays]
    hours: Sequence[Sequence[int]]
    languages: Sequence[Amount]
    places: Sequence[Amount]
    look_count: int = 0

    @property
    def count(self) -> int:
        """All posts of the period."""
        return sum(source.count for source in self.sources)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How much of something came in under a declaration in a period, and its first and last day (UTC)."""

    declaration: Declaration
    facet: Facet
    platform: str
    source_kind: str
    value: str
    count: int
    first_ms: int
    last_ms: int


def coverage_visible_to(person: Person, declaration: Declaration | None = None) -> QuerySet[Coverage]:
    """Return what the batches of one's own organisation cover, or those of one of its declarations."""
    if not may(person, "batch.read"):
        return Coverage.objects.none()
    if declaration is None:
        return Coverage.objects.filter(of=person.organisation_id)
    is_own = declaration.organisation_id == person.organisation_id
    return Coverage.objects.filter(of=declaration.pk) if is_own else Coverage.objects.none()


def unread_batches(person: Person) -> int:
    """Return how many batches wait for their texts to be looked at."""
    return batches_visible_to(person).filter(erased_ms=None, languages=None).count()


def is_by_script_alone(person: Person) -> bool:
    """Return whether the latest batch was looked at without a model of languages."""
    seen = BatchLanguages.objects.filter(batch__in=batches_visible_to(person).filter(erased_ms=None))
    latest = seen.order_by("-identified_ms").values_list("method", flat=True).first()
    return latest is not None and latest.startswith(BY_SCRIPT)


def covered_in(rows: QuerySet[Coverage], period: Period) -> Covered:
    """Return what is covered in a period; four queries."""
    rows = rows.filter(hour_ms__gte=period.since_ms - DAY_MS, hour_ms__lte=period.now_ms).order_by()
    sources, hours = _by_hour(rows, period)
    return Covered(
        sources=sources,
        hours=hours,
        languages=_amounts(rows.filter(facet=Facet.LANGUAGE), period),
        places=_amounts(rows.filter(facet=Facet.PLACE), period),
        look_count=rows.filter(facet=Facet.LOOK).aggregate(n=Sum("count"))["n"] or 0,
    )


def reaches(declarations: Mapping[UUID, Declaration], period: Period, facet: Facet) -> list[Reach]:
    """Return how far each source, language or place of some declarations reaches in a period; one query.

    Args:
        declarations: by id; the reader may see them.
        period: the days looked at.
        facet: one that is counted by day.
    """
    first = period.since_ms // DAY_MS * DAY_MS
    found = (
        Coverage.objects.filter(of__in=list(declarations), facet=facet)
        .filter(hour_ms__gte=first, hour_ms__lte=period.now_ms)
        .order_by()
        .values_list("of", "platform", "source_kind", "value")
        .annotate(n=Sum("count"), first=Min("hour_ms"), last=Max("hour_ms"))
    )
    return [
        Reach(
            declaration=declarations[of],
            facet=facet,
            platform=platform,
            source_kind=source_kind,
            value=value,
            count=number,
            first_ms=first,
            last_ms=last,
        )
        for of, platform, source_kind, value, number, first, last in found
    ]


def _by_hour(rows: QuerySet[Coverage], period: Period) -> tuple[list[SourceDays], list[list[int]]]:
    """Return counts by source and day, and by weekday and hour; rows are sums already, each hour once."""
    zone, place_of = ZoneInfo(period.zone), {day: number for number, day in enumerate(period.days)}
    hours = [[0] * HOURS for _ in range(WEEKDAYS)]
    days: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(period.days))
    local: dict[int, tuple[int, int, int]] = {}  # of an hour: the place of its day, weekday, hour of the day
    found = rows.filter(facet=Facet.SOURCE, hour_ms__gte=period.since_ms)
    for platform, kind, hour, number in found.values_list("platform", "source_kind", "hour_ms", "count"):
        if hour not in local:
            at = instant(hour).astimezone(zone)
            local[hour] = place_of[at.date()], at.weekday(), at.hour
        day, weekday, hour_of_day = local[hour]
        hours[weekday][hour_of_day] += number
        days[platform, kind][day] += number
    sources = [
        SourceDays(platform=platform, source_kind=kind, days=counts)
        for (platform, kind), counts in days.items()
    ]
    return sorted(sources, key=lambda one: (-one.count, one.platform, one.source_kind)), hours


def _amounts(rows: QuerySet[Coverage], period: Period) -> list[Amount]:
    """Return counts by value; days of UTC, the first of which began at most a day before the period."""
    first = period.since_ms // DAY_MS * DAY_MS
    found = rows.filter(hour_ms__gte=first).values_list("value").annotate(n=Sum("count"), last=Max("hour_ms"))
    amounts = [Amount(value=value, count=number, last_ms=last) for value, number, last in found]
    return sorted(amounts, key=lambda one: (-one.count, one.value))
