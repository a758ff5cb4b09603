"""How alerts and dismissals fall on languages and on parties: figures alone, no account and no post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vigie.assess.parity import METHOD, OUTCOMES, apart
from vigie.terms.languages import say
from vigie_node.alerts.console.showing import me, voice_of
from vigie_node.alerts.parity import PERIODS_DAYS, READ, UNKNOWN, Period, asked_period, figures
from vigie_node.clock import now_ms
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.http import HttpRequest, HttpResponse

    from vigie.assess.parity import Rate, Row
    from vigie.report.format import Voice
    from vigie_node.alerts.parity import Figures

POSTS, INDICATORS = 100_000, 100  # alerts are told for so many
COLUMNS = (
    *("group", "looked_at", "alerts", "alerts_per_looked_at", "low", "high"),
    *OUTCOMES,
    *("dismissed_share_of_reviewed", "dismissed_share_low", "dismissed_share_high"),
)
WITHHELD = "withheld"


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A rate with its interval, drawn on a scale from 0 to 1, and in words."""

    middle: float
    low: float
    high: float
    says: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a table; what is withheld is None."""

    name: str
    row: Row
    alerts: Lane | None
    dismissals: Lane | None


@require_safe
@needs(READ)
def parity_page(request: HttpRequest) -> HttpResponse:
    """Show the rates of a period, what they mean and what they do not."""
    voice = voice_of(request)
    period, found = _found(request)
    whole, languages, parties = found.parity.whole, found.parity.languages, found.parity.parties
    return render(
        request,
        "alerts/parity.html",
        {
            "period": period,
            "days": next((n for n in PERIODS_DAYS if Period.last_days(n, now_ms=now_ms()) == period), None),
            "periods": PERIODS_DAYS,
            "found": found.parity,
            "waiting": found.waiting,
            "answer": _answer(languages, voice),
            "languages": _lines([whole, *languages], POSTS, _language_in(voice), voice),
            "parties": _lines(parties, INDICATORS, str, voice),
            "scales": {
                "languages": voice.number(_most([whole, *languages]) * POSTS),
                "parties": voice.number(_most(parties) * INDICATORS),
            },
            "method": METHOD,
            "nothing": whole.alerts == 0 and not any(row.looked_at for row in languages),
        },
    )


@require_safe
@needs(READ)
def parity_figures(request: HttpRequest, which: str) -> HttpResponse:
    """Give the figures out as a table, withheld where the page withholds them."""
    found = _found(request)[1].parity
    tables = {"languages": [found.whole, *found.languages], "parties": found.parties}
    if which not in tables:
        raise Http404
    return csv_answer(f"parity-{which}", COLUMNS, map(_cells, tables[which]))


def _found(request: HttpRequest) -> tuple[Period, Figures]:
    period = asked_period(request.GET, now_ms=now_ms())
    found = figures(me(request), period)
    if found is None:  # the route's mark refused before
        raise PermissionDenied
    return period, found


def _answer(languages: Sequence[Row], voice: Voice) -> str:
    """Say in one sentence whether two languages lie apart."""
    name = _language_in(voice)
    known = {row.group: row.alert_rate for row in languages if row.group != UNKNOWN}
    if sum(rate is not None for rate in known.values()) < len("ab"):
        return voice(say("Too little is known to compare languages in this period."))
    pair = apart(known)
    if pair is None:
        return voice(
            say("The intervals of all languages overlap: no difference in alerts can be told from chance.")
        )
    return voice(
        say(
            "Alerts per post differ: the intervals of “{lower}” and “{higher}” lie apart, the second is "
            "higher."
        ),
        lower=name(pair[0]),
        higher=name(pair[1]),
    )


def _language_in(voice: Voice) -> Callable[[str], str]:
    """Return what names a language, "" being all of them."""

    def named(code: str) -> str:
        if not code:
            return voice(say("All alerts"))
        if code == UNKNOWN:
            return voice(say("Language not determined"))
        return str(voice.locale.languages.get(code, code))

    return named


def _lines(rows: Sequence[Row], unit: int, name: Callable[[str], str], voice: Voice) -> list[Line]:
    most = _most(rows)
    return [
        Line(
            name=name(row.group),
            row=row,
            alerts=_lane(row.alert_rate, most, lambda value: voice.number(value * unit), voice),
            dismissals=_lane(row.dismissal_rate, 1.0, voice.percent, voice),
        )
        for row in rows
    ]


def _lane(rate: Rate | None, most: float, said: Callable[[float], str], voice: Voice) -> Lane | None:
    if rate is None:
        return None
    return Lane(
        middle=rate.value / most,
        low=rate.low / most,
        high=min(1.0, rate.high / most),
        says=voice(
            say("{value}, between {low} and {high}"),
            value=said(rate.value),
            low=said(rate.low),
            high=said(rate.high),
        ),
    )


def _most(rows: Sequence[Row]) -> float:
    """Return where the scale of alert rates ends."""
    return max((row.alert_rate.high for row in rows if row.alert_rate), default=1.0)


def _cells(row: Row) -> tuple[object, ...]:
    outcomes = (_told(row.outcomes[one]) for one in OUTCOMES)
    return (
        row.group or "all",
        _told(row.looked_at),
        _told(row.alerts),
        *_of(row.alert_rate),
        *outcomes,
        *_of(row.dismissal_rate),
    )


def _told(count: int | None) -> object:
    return WITHHELD if count is None else count


def _of(rate: Rate | None) -> Iterator[object]:
    yield from ("", "", "") if rate is None else (rate.value, rate.low, rate.high)
