"""The page of the work on an incident: alerts, related incidents, tasks, comments; and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.languages import say
from vigie_node.alerts.access import alerts_visible_to
from vigie_node.incidents import actions, telling
from vigie_node.incidents.access import READ, WRITE
from vigie_node.incidents.console.forms import CommentForm, JoinForm, RelateForm, TaskForm
from vigie_node.incidents.console.showing import done, incident_of, me, shown, voice_of
from vigie_node.incidents.errors import UnknownThingError
from vigie_node.ledger.access import entries_about
from vigie_node.ledger.kinds import names_for, sentence_of
from vigie_node.people.access import persons_visible_to
from vigie_node.sources.console.showing import page_of
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.incidents.models import Incident
    from vigie_node.people.forms import PageForm

ANYBODY = say("Unassigned")


@require_safe
@needs(READ)
def follow_up(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show what is to be done and what people said."""
    return _page(request, incident_of(request, incident))


@require_POST
@needs(WRITE)
def set_task(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Set a task."""
    found = incident_of(request, incident)
    form = _task_form(request, request.POST)

    def act() -> None:
        said = form.cleaned_data
        actions.set_task(
            found,
            text=said["text"],
            assignee=said["assignee"] or None,
            due_ms=said["due"],
            by=me(request),
            task_id=said["form_id"],
        )

    return _back(found, "tasks") if done(form, act) else _page(request, found, task_form=form)


@require_POST
@needs(WRITE)
def finish_task(request: HttpRequest, incident: UUID, task: UUID) -> HttpResponse:
    """Say that a task is done."""
    found = incident_of(request, incident)
    get_object_or_404(found.tasks, pk=task)
    actions.finish_task(found, task, by=me(request))
    return _back(found, "tasks")


@require_POST
@needs(WRITE)
def comment(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Take in what somebody says."""
    found = incident_of(request, incident)
    form = CommentForm(request.POST)

    def act() -> None:
        said = form.cleaned_data
        actions.comment(found, text=said["text"], by=me(request), comment_id=said["form_id"])

    return _back(found, "comments") if done(form, act, "text") else _page(request, found, comment_form=form)


@require_POST
@needs(WRITE)
def relate(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Say that the incident has to do with another."""
    found = incident_of(request, incident)
    form = RelateForm(request.POST)

    def act() -> None:
        actions.relate(
            found, number=form.cleaned_data["number"], how=form.cleaned_data["how"], by=me(request)
        )

    return _back(found, "related") if done(form, act, "number") else _page(request, found, relate_form=form)


@require_POST
@needs(WRITE)
def join_alert(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Join an alert to the incident."""
    found = incident_of(request, incident)
    form = JoinForm(request.POST)

    def act() -> None:
        number = form.cleaned_data["alert_number"]
        alert = alerts_visible_to(me(request)).filter(number=number).first()
        if alert is None:
            raise UnknownThingError(ref=str(number))
        actions.join_alert(found, alert, by=me(request))

    return (
        _back(found, "alerts") if done(form, act, "alert_number") else _page(request, found, join_form=form)
    )


@require_POST
@needs(WRITE)
def part_alert(request: HttpRequest, incident: UUID, alert: UUID) -> HttpResponse:
    """Take an alert out of the incident."""
    found = incident_of(request, incident)
    actions.part_alert(found, get_object_or_404(alerts_visible_to(me(request)), pk=alert), by=me(request))
    return _back(found, "alerts")


@require_safe
@needs(READ)
def history(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show every version of every part, and every act, the latest first."""
    found = incident_of(request, incident)
    voice, organisation = voice_of(request), me(request).organisation_id
    page = page_of(entries_about(f"incident:{found.pk}", organisation), request)
    names = names_for({entry.actor for entry in page.rows}, organisation, voice.words)
    versions = page_of(
        found.revisions.select_related("by").order_by("-at_ms", "-id"), request, name="versions"
    )
    return shown(
        request,
        found,
        "history",
        page=page,
        entries=[
            {"entry": one, "who": names[one.actor], "what": sentence_of(one, voice.words)}
            for one in page.rows
        ],
        versions=versions,
        part_names=telling.part_names(found, voice),
    )


def _page(request: HttpRequest, found: Incident, **given: PageForm) -> HttpResponse:
    voice = voice_of(request)
    person_forms: dict[str, Any] = {
        "task_form": _task_form(request),
        "comment_form": CommentForm(),
        "relate_form": RelateForm(),
        "join_form": JoinForm(),
        **given,
    }
    return shown(
        request,
        found,
        "follow-up",
        status=max((form.status for form in given.values()), default=200),
        **person_forms,
        alerts=found.alert_links.filter(alert__in=alerts_visible_to(me(request)))
        .select_related("alert__latest")
        .order_by("alert__number"),
        relations=[
            (one.other, telling.title_of(one.other, voice.language), one.how)
            for one in found.relations.select_related("other").order_by("other__number")
        ]
        + [
            (one.incident, telling.title_of(one.incident, voice.language), one.how)
            for one in found.relations_back.select_related("incident").order_by("incident__number")
        ],
        tasks=found.tasks.select_related("assignee", "done_by").order_by("done_ms", "due_ms", "at_ms"),
        comments=found.comments.select_related("by").order_by("at_ms", "id"),
    )


def _task_form(request: HttpRequest, data: Any = None) -> TaskForm:
    """Return the form of a task, with the colleagues to choose from."""
    form, somebody = TaskForm(data), me(request)
    form.fields["due"].zone = somebody.zone  # type: ignore[attr-defined]  # of a MomentField
    persons = persons_visible_to(somebody).filter(is_active=True).order_by("name")
    names = [(str(one.pk), one.name) for one in persons]
    form.offer("assignee", [("", words_here()(ANYBODY)), *names])
    return form


def _back(found: Incident, place: str) -> HttpResponse:
    return redirect(reverse("incidents:follow-up", kwargs={"incident": found.pk}) + f"#{place}")
