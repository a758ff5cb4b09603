"""The week's roster: who is on duty from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from vigie.terms.errors import VigieError
from vigie_node import clock
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import (
    DUTY,
    PLAN,
    duties_visible_to,
    may,
    on_duty,
    persons_visible_to,
    teams_visible_to,
)
from vigie_node.people.console.showing import FORM, me, sent_by
from vigie_node.people.duty_forms import DutyForm
from vigie_node.people.duty_times import Day, local, name_of_week, shown_at, week_days
from vigie_node.web import formats
from vigie_node.web.routes import needs
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Duty, Person

HALF_WEEK_MS = 7 * 43_200_000
CLOCK, CLOCK_AND_DAY = "%H:%M", "%m-%d %H:%M"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one line of the week shows: one turn on one day, or that nobody is on duty."""

    day: str
    duty: Duty | None = None
    is_now: bool = False
    here: str = "–"  # by clocks of the organisation
    utc: str = "–"


@needs(DUTY)
@FORM
def roster(request: HttpRequest) -> HttpResponse:
    """Show a week, and plan a turn in it."""
    person, words = me(request), words_here()
    form = _form(request, person)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            planned = actions.plan_duty(
                person.organisation, **_turn(sent), id_=sent["id_"], by=actor(person.pk)
            )
        except VigieError as error:
            form.refuse(error)
        else:
            messages.success(request, words("The turn is planned."))
            week = name_of_week(local(planned.from_ms, person.organisation.zone).date())
            return redirect(f"{request.path}?week={week}")
    shown = {**_week(request, person), "form": form}
    return render(request, "people/roster.html", shown, status=form.status)


@needs(PLAN)
@FORM
def duty(request: HttpRequest, duty: UUID) -> HttpResponse:
    """Alter a turn on duty."""
    person, words = me(request), words_here()
    found = get_object_or_404(duties_visible_to(person), pk=duty)
    form = _form(request, person, found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_duty(found, **_turn(form.cleaned_data), by=actor(person.pk))
        except VigieError as error:
            form.refuse(error)
        else:
            messages.success(request, words("Your changes are kept."))
            return redirect("people:roster")
    shown = {"form": form, "duty": found, "zone": person.organisation.zone}
    return render(request, "people/duty.html", shown, status=form.status)


@needs(PLAN)
@require_POST
def drop(request: HttpRequest, duty: UUID) -> HttpResponse:
    """Take a turn on duty away."""
    found = get_object_or_404(duties_visible_to(me(request)), pk=duty)
    actions.drop_duty(found, by=actor(me(request).pk))
    words = words_here()
    messages.success(request, words("The turn is taken away."))
    return redirect("people:roster")


def on_duty_now(person: Person) -> list[Person] | None:
    """Return who is on duty now; None for whom this is not shown."""
    return list(on_duty(person.organisation, clock.now_ms())) if may(person, DUTY) else None


def _form(request: HttpRequest, person: Person, duty: Duty | None = None) -> DutyForm:
    """Return the form of a turn; only who plans may send one.

    Raises:
        PermissionDenied: somebody else did.
    """
    zone, sent = person.organisation.zone, sent_by(request)
    initial: dict[str, Any] = {}
    if sent is not None and not may(person, PLAN):
        raise PermissionDenied
    if duty is not None:
        initial = {"begins": shown_at(duty.from_ms, zone), "ends": shown_at(duty.to_ms, zone)}
        initial |= {"person": duty.person_id, "team": duty.team_id}
    people = persons_visible_to(person).filter(is_active=True).order_by("name", "pk")
    return DutyForm(sent, people=people, teams=teams_visible_to(person), zone=zone, initial=initial)


def _turn(sent: dict[str, Any]) -> dict[str, Any]:
    """Return who and when, as actions take it."""
    times = {"from_ms": sent["begins"], "to_ms": sent["ends"]}
    return {"person": sent["person"], "team": sent["team"], **times}


def _week(request: HttpRequest, person: Person) -> dict[str, object]:
    """Return what the page shows of a week."""
    zone, now = person.organisation.zone, clock.now_ms()
    days = week_days(request.GET.get("week", ""), zone, now_ms=now)
    return {
        "rows": _rows(person, days, now),
        "week": name_of_week(days[0].date),
        "before": name_of_week(local(days[0].from_ms - HALF_WEEK_MS, zone).date()),
        "after": name_of_week(local(days[-1].to_ms + HALF_WEEK_MS, zone).date()),
        "on_duty": list(on_duty(person.organisation, now)),
        "zone": zone,
    }


def _rows(person: Person, days: list[Day], now_ms: int) -> list[Row]:
    """Return the lines of a week: a turn stands on each day that it touches."""
    within = duties_visible_to(person).filter(from_ms__lt=days[-1].to_ms, to_ms__gt=days[0].from_ms)
    duties, zone, found = list(within), person.organisation.zone, list[Row]()
    for day in days:
        name = formats.day(day.from_ms, page_language(), zone)
        of_day = [duty for duty in duties if duty.from_ms < day.to_ms and duty.to_ms > day.from_ms]
        found += [_row(duty, day, name, zone, now_ms) for duty in of_day] or [Row(day=name)]
    return found


def _row(duty: Duty, day: Day, name: str, zone: str, now_ms: int) -> Row:
    return Row(
        day=name,
        duty=duty,
        is_now=duty.from_ms <= now_ms < duty.to_ms,
        here=_span(duty, day, zone),
        utc=_span(duty, day, "UTC"),
    )


def _span(duty: Duty, day: Day, zone: str) -> str:
    """Return from when to when, by clocks of a zone; with the day where it is another."""
    ends = [local(at_ms, zone) for at_ms in (duty.from_ms, duty.to_ms)]
    return " – ".join(one.strftime(CLOCK if one.date() == day.date else CLOCK_AND_DAY) for one in ends)
