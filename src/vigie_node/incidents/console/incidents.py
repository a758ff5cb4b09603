"""The list of incidents, how one is opened, its first page, and who stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from vigie.assess.gates import gates
from vigie.assess.scales import scale
from vigie.assess.techniques import techniques
from vigie.terms.languages import LANGUAGES
from vigie_node.alerts.access import alerts_visible_to
from vigie_node.incidents import actions, telling
from vigie_node.incidents.access import READ, WRITE, incidents_visible_to
from vigie_node.incidents.console.forms import ANSWER_NAMES, OpenForm, StandForm, WhyForm
from vigie_node.incidents.console.showing import FORM, done, incident_of, me, shown, voice_of
from vigie_node.incidents.models import Incident
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS, TITLE
from vigie_node.people.access import may
from vigie_node.sources.console.showing import page_of
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie_node.incidents.models import Claim
    from vigie_node.people.forms import PageForm


@require_safe
@needs(READ)
def incidents(request: HttpRequest) -> HttpResponse:
    """List the incidents that a person may see, the last changed first; the state lives in the address."""
    voice, state = voice_of(request), request.GET.get("state", "")
    found = incidents_visible_to(me(request))
    if state in Incident.State.values:
        found = found.filter(state=state)
    page = page_of(found.order_by("-changed_ms", "-number"), request)
    rows = [
        {
            "incident": one,
            "title": telling.title_of(one, voice.language),
            "language": telling.title_language(one, voice.language),
            "state": telling.state_of(one, voice),
            "breakout": telling.name_in("breakout", one.breakout, voice) if one.breakout else "",
            "rung": telling.name_in("attribution", one.rung, voice),
        }
        for one in page.rows
    ]
    states = [(one.value, voice(word)) for one, (word, _, _) in telling.STATES.items()]
    context = {"page": page, "rows": rows, "chosen": state, "states": states, "voice": voice}
    return render(request, "incidents/incidents.html", context)


@FORM
@needs(WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Open an incident, perhaps from an alert."""
    form = OpenForm(request.POST or None, initial={"alert": request.GET.get("alert", "")})
    if request.method == "POST" and done(form, lambda: _opened(request, form), "title"):
        return redirect("incidents:incident", incident=form.cleaned_data["form_id"])
    return render(request, "incidents/new.html", {"form": form}, status=form.status)


@transaction.atomic
def _opened(request: HttpRequest, form: OpenForm) -> Incident:
    said, by = form.cleaned_data, me(request)
    incident = actions.open_incident(
        title=said["title"], language=said["language"], gate=said["gate"], by=by, incident_id=said["form_id"]
    )
    if said["alert"]:
        actions.join_alert(incident, get_object_or_404(alerts_visible_to(by), pk=said["alert"]), by=by)
    return incident


@require_safe
@needs(READ)
def incident(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show what is claimed of an incident, how likely, by which test."""
    return _first_page(request, incident_of(request, incident), StandForm())


@FORM
@needs(WRITE)
def stand(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Take in whether somebody stands behind an incident."""
    found = incident_of(request, incident)
    form = StandForm(request.POST or None)

    def act() -> None:
        said = form.cleaned_data
        actions.stand_behind(
            found,
            stands=said["stands"] == "yes",
            reason=said["reason"],
            by=me(request),
            standing_id=said["form_id"],
        )

    if request.method != "POST" or done(form, act):
        return redirect("incidents:incident", incident=found.pk)
    return _first_page(request, found, form)


@FORM
@needs(WRITE)
def close(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Close an incident, or open it again; both are said with a reason."""
    found = incident_of(request, incident)
    form = WhyForm(request.POST or None)
    act = actions.reopen_incident if found.state == Incident.State.CLOSED else actions.close_incident

    def close_it() -> None:
        act(found, reason=form.cleaned_data["reason"], by=me(request))

    if request.method == "POST" and done(form, close_it, "reason"):
        return redirect("incidents:incident", incident=found.pk)
    return shown(request, found, "incident", template="close", form=form, status=form.status)


def _first_page(request: HttpRequest, found: Incident, form: PageForm) -> HttpResponse:
    voice = voice_of(request)
    return shown(
        request,
        found,
        "incident",
        status=form.status,
        form=form if may(me(request), WRITE) else None,
        sections=_sections(found, voice),
        aspects=_aspects(found, voice),
        gate=_gate(found, voice),
        breakouts=found.breakouts.select_related("by").order_by("reached_ms", "id"),
        techniques=_techniques(found, voice),
        changed_since=_changed_since(found),
        standings=found.standings.select_related("by").order_by("-at_ms", "-id"),
    )


def _changed_since(found: Incident) -> bool:
    """Tell whether words of an established incident changed after the last person stood behind it."""
    last = found.standings.filter(stands=True).order_by("-at_ms").first()
    if found.state != Incident.State.ESTABLISHED or last is None:
        return False
    words = Q(part__startswith="title.") | Q(part__startswith="summary.") | Q(part__startswith="claim:")
    return found.revisions.filter(words, at_ms__gt=last.at_ms).exists()


def _techniques(found: Incident, voice: Voice) -> list[dict[str, Any]]:
    """Return the techniques that were seen, by name; by identifier where the framework has it no longer."""
    seen = found.techniques.filter(withdrawn=False).select_related("by").order_by("technique", "at_ms")
    known = techniques()
    return [
        {"use": one, "name": known[one.technique].names[voice.language] if one.technique in known else ""}
        for one in seen
    ]


def _sections(found: Incident, voice: Voice) -> list[dict[str, Any]]:
    """Return each section in the page's language, in the other where it stands there alone."""
    held = {(one.section, one.language): one for one in found.passages.all()}
    languages = sorted(LANGUAGES, key=lambda one: one != voice.language)
    rows = []
    for section in SECTIONS.values():
        passages = [held.get((section.id, language)) for language in languages]
        passage = next((one for one in passages if one and one.text), None)
        rows.append(
            {
                "id": section.id,
                "name": voice(section.name),
                "asks": voice(section.asks),
                "passage": passage,
                "is_title": section.id == TITLE,
                "lacks": [
                    (language, voice(LANGUAGE_NAMES[language]))
                    for language, one in zip(languages, passages, strict=True)
                    if not (one and one.text)
                ],
                "languages": [(language, voice(LANGUAGE_NAMES[language])) for language in languages],
            }
        )
    return rows


def _aspects(found: Incident, voice: Voice) -> list[dict[str, Any]]:
    """Return what is claimed under each aspect, claims that were withdrawn last."""
    claims = list(found.claims.prefetch_related("supports__exhibit").order_by("withdrawn", "number"))
    return [
        {
            "name": term.names[voice.language],
            "asks": term.means[voice.language],
            "claims": [_claim(one, voice) for one in claims if one.aspect == term.id],
        }
        for term in scale("aspect").values()
    ]


def _claim(claim: Claim, voice: Voice) -> dict[str, Any]:
    supports = [one for one in claim.supports.all() if not one.exhibit.withdrawn]
    return {
        "claim": claim,
        "likelihood": telling.likelihood_in_words(claim, voice),
        "confidence": telling.confidence_in_words(claim, voice),
        "warnings": telling.warnings_of(claim, voice),
        "speak_for": sorted(one.exhibit.number for one in supports if one.speaks_for),
        "speak_against": sorted(one.exhibit.number for one in supports if not one.speaks_for),
    }


def _gate(found: Incident, voice: Voice) -> dict[str, Any]:
    """Return the jurisdiction's test, its answers as they stand, and what they make of it."""
    gate = gates()[found.gate]
    latest = {one.question: one for one in found.gate_answers.select_related("by").order_by("at_ms", "id")}
    answers: dict[str, Any] = {question: one.answer for question, one in latest.items()}
    outcome = gate.outcome(answers)
    return {
        "name": gate.names[voice.language],
        "means": gate.means[voice.language],
        "source": gate.source,
        "outcome": outcome,
        "outcome_word": voice(ANSWER_NAMES[outcome]),
        "questions": [
            {
                "term": term,
                "name": term.names[voice.language],
                "asks": term.means[voice.language],
                "answer": latest.get(term.id),
                "word": voice(ANSWER_NAMES[answers.get(term.id, "unknown")]),
            }
            for term in gate.questions.values()
        ],
    }
