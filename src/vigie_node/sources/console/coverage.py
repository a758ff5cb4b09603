"""Coverage: which sources, languages, places and hours are covered, and which are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from babel import Locale
from babel.dates import format_date, get_day_names
from django.db.models import Max
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vigie.report.format import Voice, instant
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.access import may
from vigie_node.sources.access import declarations_visible_to, standing
from vigie_node.sources.console.showing import me
from vigie_node.sources.coverage import (
    DAYS,
    Period,
    coverage_visible_to,
    covered_in,
    is_by_script_alone,
    unread_batches,
)
from vigie_node.sources.gaps import Names, gaps
from vigie_node.sources.models import Declaration, Facet
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Person
    from vigie_node.sources.models import Coverage

DAYS_SHOWN = 30
DAY = "EEE d MMM"
STEPS = 4  # shades of a cell
SOURCES_IN_NUMBERS = 6  # columns of a table that is still read
ROWS_MAX = 40
FACETS = {Facet.SOURCE: "source", Facet.LANGUAGE: "language", Facet.PLACE: "place"}
PLATFORMS = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "mastodon": "Mastodon",
    "reddit": "Reddit",
    "telegram": "Telegram",
    "tiktok": "TikTok",
    "wechat": "WeChat",
    "x": "X",
    "youtube": "YouTube",
}
KINDS = {
    "export": say("files"),
    "stream": say("live"),
    "feed": say("feeds"),
    "capture": say("by hand"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for; what it asks in vain is left out."""

    declaration: Declaration | None
    days: int
    is_utc: bool

    @classmethod
    def of(cls, request: HttpRequest, declarations: QuerySet[Declaration]) -> Asked:
        """Read the address."""
        days, wanted = request.GET.get("days", ""), request.GET.get("declaration", "")
        return cls(
            declaration=declarations.filter(pk=wanted).first() if _is_id(wanted) else None,
            days=int(days) if days in map(str, DAYS) else DAYS_SHOWN,
            is_utc=request.GET.get("zone") == "utc",
        )

    def period(self, person: Person) -> Period:
        """Return the days asked for, as the person's zone or UTC counts them."""
        return Period.last(self.days, now_ms=now_ms(), zone="UTC" if self.is_utc else person.zone)

    def shown(self, person: Person, asked: Period) -> Period:
        """Return the days shown: those asked for, or as many up to the last post where they hold none."""
        held = self.rows(person).filter(facet=Facet.SOURCE, hour_ms__lte=asked.now_ms)
        last_ms = held.aggregate(last=Max("hour_ms"))["last"]
        if last_ms is None or last_ms >= asked.since_ms:
            return asked
        return Period.last(self.days, now_ms=last_ms, zone=asked.zone)

    def rows(self, person: Person) -> QuerySet[Coverage]:
        """Return the rows asked for."""
        return coverage_visible_to(person, self.declaration)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One square of a picture: its place, its shade (0 for nothing), what it stands for."""

    number: int
    shade: int
    says: str


@needs("batch.read")
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show what is covered and what is silent."""
    person, voice = me(request), Voice(words_here(), me(request).zone)
    declarations = declarations_visible_to(person)
    asked = Asked.of(request, declarations)
    lately, rows = asked.period(person), asked.rows(person)
    period = asked.shown(person, lately)
    covered, names = covered_in(rows, period), _names(voice)
    expecting = _open(asked, declarations) if may(person, "declaration.read") else {}
    context = {
        "asked": asked,
        "declarations": list(declarations.order_by("-created_ms")[:ROWS_MAX]),
        "period": period,
        "is_late": period != lately,
        "last_day": format_date(period.days[-1], "d MMMM y", locale=voice.locale),
        "days": [format_date(day, DAY, locale=voice.locale) for day in period.days],
        "weekdays": _weekdays(voice, "abbreviated"),
        "covered": covered,
        "is_empty": not covered.count and not rows.exists(),
        "unread": unread_batches(person),
        "gaps": gaps(covered, lately, expecting, voice, names),
        "sources": [
            (names.source_of(one.platform, one.source_kind), one, _strip(one.days, period, voice))
            for one in covered.sources
        ],
        "shown": covered.sources[:SOURCES_IN_NUMBERS],
        "source_columns": [
            _column(f"source{number}", names.source_of(one.platform, one.source_kind))
            for number, one in enumerate(covered.sources[:SOURCES_IN_NUMBERS])
        ],
        "weekday_columns": [
            _column(f"day{number}", name) for number, name in enumerate(_weekdays(voice, "wide"))
        ],
        "hours": _hours(covered.hours, voice),
        "languages": covered.languages,
        "by_script_alone": is_by_script_alone(person),
        "places": covered.places[:ROWS_MAX],
        "names": names,
        "utc_day": lambda ms: format_date(instant(ms).date(), "d MMMM y", locale=voice.locale),
        "most_an_hour": max(map(max, covered.hours)),
    }
    return render(request, "sources/coverage.html", context)


@needs("batch.read")
@require_safe
def coverage_table(request: HttpRequest) -> HttpResponse:
    """Give the counts of the period as CSV: sources by hour, languages and places by day (UTC)."""
    person = me(request)
    asked = Asked.of(request, declarations_visible_to(person))
    period = asked.shown(person, asked.period(person))
    found = (
        asked.rows(person)
        .filter(facet__in=FACETS, hour_ms__gte=period.since_ms, hour_ms__lte=period.now_ms)
        .order_by("facet", "platform", "source_kind", "value", "hour_ms")
        .values_list("facet", "platform", "source_kind", "value", "hour_ms", "count")
    )
    columns = ("by", "platform", "source_kind", "value", "from_ms", "count")
    return csv_answer("coverage", columns, ((FACETS[Facet(row[0])], *row[1:]) for row in found))


def _open(asked: Asked, declarations: QuerySet[Declaration]) -> Mapping[UUID, Declaration]:
    """Return the declarations in force that are shown."""
    found = declarations.filter(standing(Declaration.State.IN_FORCE, now_ms()))
    if asked.declaration:
        found = found.filter(pk=asked.declaration.pk)
    return {one.pk: one for one in found.prefetch_related("sources").order_by("-created_ms")[:ROWS_MAX]}


def _names(voice: Voice) -> Names:
    languages = Locale.parse(voice.locale).languages

    def language(code: str) -> str:
        return languages.get(code, code) if code != "und" else voice(say("Language not determined"))

    def source(platform: str, kind: str) -> str:
        name = PLATFORMS.get(platform, platform) or voice(say("Unknown platform"))
        return f"{name} ({voice(KINDS[kind]) if kind in KINDS else kind})" if kind else name

    return Names(source_of=source, language=language)


def _column(key: str, label: str) -> dict[str, object]:
    return {"key": key, "label": label, "figures": True}


def _strip(counts: Sequence[int], period: Period, voice: Voice) -> list[Cell]:
    """Return one row of the matrix of sources and days."""
    most = max(counts)
    return [
        Cell(
            number=number,
            shade=shade(number, most),
            says=f"{format_date(day, DAY, locale=voice.locale)} – {voice.number(number)}",
        )
        for day, number in zip(period.days, counts, strict=True)
    ]


def _hours(hours: Sequence[Sequence[int]], voice: Voice) -> list[tuple[str, list[Cell]]]:
    most, names = max(map(max, hours)), _weekdays(voice, "wide")
    return [
        (
            name,
            [
                Cell(number=n, shade=shade(n, most), says=f"{name}, {hour} h – {voice.number(n)}")
                for hour, n in enumerate(day)
            ],
        )
        for name, day in zip(names, hours, strict=True)
    ]


def shade(number: int, most: int) -> int:
    """Return how dark a cell is, 1 to 4 by the square root of its part of the most; 0 for nothing at all."""
    if number <= 0:
        return 0
    return next(step for step in range(1, STEPS + 1) if number * STEPS**2 <= most * step**2)


def _weekdays(voice: Voice, width: Literal["abbreviated", "wide"]) -> list[str]:
    names = get_day_names(width, locale=voice.locale)
    return [str(names[number]) for number in range(7)]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
