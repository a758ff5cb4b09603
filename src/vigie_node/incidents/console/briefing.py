"""The briefing note of an incident: looked at on a page, taken out as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from vigie.report.briefing import MARKINGS
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.incidents import actions
from vigie_node.incidents.access import READ
from vigie_node.incidents.briefing import briefing_of
from vigie_node.incidents.console.showing import incident_of, me
from vigie_node.people.forms import PageForm
from vigie_node.sources.capture_forms import MomentField
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from vigie_node.incidents.models import Incident

DEFAULT_MARKING = "TLP:AMBER"
UNFIT = 422
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class BriefingForm(PageForm):
    """How far the note may go, and by when somebody must decide."""

    marking = forms.ChoiceField(
        label=say("Marking"),
        help_text=say("How far it may go: the Traffic Light Protocol, with Québec’s words."),
        choices=[(one.tlp, one.label) for one in MARKINGS.values()],
    )
    deadline = MomentField(
        label=say("Deadline"), help_text=say("In your own time zone."), required=False, is_past=False
    )


def _form(request: HttpRequest, said: Any) -> BriefingForm:
    form = BriefingForm(said or None, initial={"marking": DEFAULT_MARKING})
    form.fields["deadline"].zone = me(request).zone  # type: ignore[attr-defined]  # of a MomentField
    return form


@require_safe
@needs(READ)
def briefing(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show the note; its marking and deadline stand in the address."""
    return _page(request, incident_of(request, incident), _form(request, request.GET))


@require_POST
@needs(READ)
def briefing_file(request: HttpRequest, incident: UUID, form: str) -> HttpResponse:
    """Give the note out as a file; the ledger says so."""
    found = incident_of(request, incident)
    if form not in TYPES:
        raise Http404
    asked = _form(request, request.POST)
    if not asked.is_valid():
        return _page(request, found, asked)
    made = actions.take_briefing(
        found,
        form=form,
        marking=asked.cleaned_data["marking"],
        deadline_ms=asked.cleaned_data["deadline"],
        by=me(request),
    )
    name = f"vigie-incident-{found.number}.{form}"
    return HttpResponse(
        made,
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _page(request: HttpRequest, found: Incident, form: BriefingForm) -> HttpResponse:
    is_fit = not form.is_bound or form.is_valid()
    said = form.cleaned_data if form.is_bound and is_fit else {}
    marking = said.get("marking", DEFAULT_MARKING)
    note = briefing_of(
        found,
        marking=marking,
        deadline_ms=said.get("deadline"),
        zone=me(request).zone,
        at_ms=now_ms(),
    )
    context = {
        "incident": found,
        "form": form,
        "note": note,
        "marking": MARKINGS[marking],
        "deadline": form.data.get("deadline", "") if said else "",
    }
    return render(request, "incidents/briefing.html", context, status=200 if is_fit else UNFIT)
