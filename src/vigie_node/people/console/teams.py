"""The teams of an organisation, and the time zone in which it plans, for who manages people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from vigie.terms.errors import VigieError
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import MANAGE, persons_visible_to, teams_managed_by
from vigie_node.people.console.showing import FORM, me, sent_by
from vigie_node.people.duty_forms import TeamForm, ZoneForm
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Person


@needs(MANAGE)
@FORM
def teams(request: HttpRequest) -> HttpResponse:
    """List the teams, and make one."""
    person, words = me(request), words_here()
    form = TeamForm(sent_by(request), people=_people(person))
    if request.method == "POST" and form.is_valid():
        try:
            actions.keep_team(person.organisation, **form.cleaned_data, by=actor(person.pk))
        except VigieError as error:
            form.refuse(error, "name")
        else:
            messages.success(request, words("The team is made."))
            return redirect("people:teams")
    zone_form = ZoneForm(initial={"zone": person.organisation.zone})
    shown = {"form": form, "zone_form": zone_form, "teams": teams_managed_by(person)}
    return render(request, "people/teams.html", shown, status=form.status)


@needs(MANAGE)
@FORM
def team(request: HttpRequest, team: UUID) -> HttpResponse:
    """Change a team."""
    person, words = me(request), words_here()
    found = get_object_or_404(teams_managed_by(person), pk=team)
    initial = {"name": found.name, "members": found.members.all()}
    form = TeamForm(sent_by(request), people=_people(person), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.keep_team(person.organisation, **form.cleaned_data, by=actor(person.pk), team=found)
        except VigieError as error:
            form.refuse(error, "name")
        else:
            messages.success(request, words("Your changes are kept."))
            return redirect("people:teams")
    return render(request, "people/team.html", {"form": form, "team": found}, status=form.status)


@needs(MANAGE)
@require_POST
def remove(request: HttpRequest, team: UUID) -> HttpResponse:
    """Let a team be no more."""
    found = get_object_or_404(teams_managed_by(me(request)), pk=team)
    actions.remove_team(found, by=actor(me(request).pk))
    words = words_here()
    messages.success(request, words("The team is removed."))
    return redirect("people:teams")


@needs(MANAGE)
@require_POST
def zone(request: HttpRequest) -> HttpResponse:
    """Plan in another time zone."""
    form, words = ZoneForm(request.POST), words_here()
    if form.is_valid():
        person = me(request)
        actions.change_zone(person.organisation, **form.cleaned_data, by=actor(person.pk))
        messages.success(request, words("Your changes are kept."))
    else:
        messages.error(request, words("Choose one of those offered."))
    return redirect("people:teams")


def _people(person: Person) -> QuerySet[Person]:
    return persons_visible_to(person).filter(is_active=True).order_by("name", "pk")
