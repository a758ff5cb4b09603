"""The forms of the jurisdiction's test, of breakout and of techniques."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from vigie.assess.gates import gates
from vigie.assess.techniques import current, search
from vigie_node.incidents import actions
from vigie_node.incidents.access import WRITE
from vigie_node.incidents.console.forms import AnswerForm, BreakoutForm, TechniqueForm
from vigie_node.incidents.console.showing import FORM, done, incident_of, me, shown, voice_of
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.incidents.models import Incident


@FORM
@needs(WRITE)
def answer(request: HttpRequest, incident: UUID, question: str) -> HttpResponse:
    """Answer one question of the jurisdiction's test."""
    found = incident_of(request, incident)
    asked = gates()[found.gate].questions.get(question)
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST or None)

    def act() -> None:
        said = form.cleaned_data
        actions.answer_gate(
            found,
            question=question,
            answer=said["answer"],
            reason=said["reason"],
            by=me(request),
            answer_id=said["form_id"],
        )

    if request.method == "POST" and done(form, act, "reason"):
        return _back(found, "gate")
    language = voice_of(request).language
    before = found.gate_answers.filter(question=question).select_related("by").order_by("-at_ms", "-id")
    return shown(
        request,
        found,
        "incident",
        template="answer",
        form=form,
        status=form.status,
        name=asked.names[language],
        asks=asked.means[language],
        before=before,
    )


@FORM
@needs(WRITE)
def breakout(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Say how far it had broken out at a time."""
    found = incident_of(request, incident)
    form = BreakoutForm(request.POST or None)
    form.fields["reached_ms"].zone = me(request).zone  # type: ignore[attr-defined]  # of a MomentField

    def act() -> None:
        said = form.cleaned_data
        actions.read_breakout(
            found,
            category=said["category"],
            reached_ms=said["reached_ms"],
            reason=said["reason"],
            by=me(request),
            reading_id=said["form_id"],
        )

    if request.method == "POST" and done(form, act):
        return _back(found, "breakout")
    return shown(request, found, "incident", template="breakout", form=form, status=form.status)


@require_POST
@needs(WRITE)
def withdraw_breakout(request: HttpRequest, incident: UUID, reading: UUID) -> HttpResponse:
    """Withdraw a reading of breakout."""
    found = incident_of(request, incident)
    get_object_or_404(found.breakouts, pk=reading)
    actions.withdraw_breakout(found, reading, by=me(request))
    return _back(found, "breakout")


def _back(found: Incident, place: str) -> HttpResponse:
    return redirect(reverse("incidents:incident", kwargs={"incident": found.pk}) + f"#{place}")


@FORM
@needs(WRITE)
def technique(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Find a technique by words of either language, and say that it was seen."""
    found, asked = incident_of(request, incident), request.GET.get("q", "")
    language = voice_of(request).language
    choices = [(one.id, f"{one.id} – {one.names[language]}") for one in search(asked)]
    form = TechniqueForm(request.POST or None)
    if request.method == "POST":
        sent = current(request.POST.get("technique", ""))
        choices = choices or ([(sent.id, f"{sent.id} – {sent.names[language]}")] if sent else [])
    form.offer("technique", choices)

    def act() -> None:
        said = form.cleaned_data
        actions.see_technique(
            found,
            technique=said["technique"],
            reason=said["reason"],
            by=me(request),
            use_id=said["form_id"],
        )

    if request.method == "POST" and done(form, act):
        return _back(found, "techniques")
    return shown(
        request,
        found,
        "incident",
        template="technique",
        form=form,
        status=form.status,
        asked=asked,
        choices=choices,
    )


@require_POST
@needs(WRITE)
def withdraw_technique(request: HttpRequest, incident: UUID, use: UUID) -> HttpResponse:
    """Withdraw a technique."""
    found = incident_of(request, incident)
    get_object_or_404(found.techniques, pk=use)
    actions.withdraw_technique(found, use, by=me(request))
    return _back(found, "techniques")
