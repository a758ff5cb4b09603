"""Projects and their keys: what shares one, and how one is destroyed by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.access import has_second, may
from vigie_node.sources.access import destructions_visible_to, projects_visible_to
from vigie_node.sources.actions import key_destruction as actions
from vigie_node.sources.actions.two_persons import DAYS_OPEN
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.privacy_forms import AgreeForm, DecideForm, DestroyForm
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.forms import PageForm
    from vigie_node.sources.models import Project

READ = "declaration.read"
HELD = Sum("declarations__batches__row_count", filter=Q(declarations__batches__erased_ms=None))


@needs(READ)
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """List projects, by name, with what is held under each."""
    found = projects_visible_to(me(request)).annotate(held=HELD).order_by("name")
    return render(request, "sources/keys.html", {"page": page_of(found, request)})


@needs(READ)
@require_safe
def key(request: HttpRequest, project: UUID) -> HttpResponse:
    """Show one project and its key."""
    return _show(request, _project(request, project))


@needs(actions.DESTROY_MAY)
@FORM
def destroy(request: HttpRequest, project: UUID) -> HttpResponse:
    """Ask that a project's key be destroyed."""
    found = _project(request, project)
    if request.method != "POST":
        return redirect("sources:key", project=found.pk)
    form = DestroyForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form=form)
    try:
        actions.ask_destruction(found, **form.cleaned_data, by=me(request))
    except VigieError as error:
        form.refuse(error)
        return _show(request, found, form=form)
    messages.success(
        request, words_here()(say("Another person must now agree, within {days} days."), days=DAYS_OPEN)
    )
    return redirect("sources:key", project=found.pk)


@needs(actions.DESTROY_MAY)
@FORM
def decide(request: HttpRequest, destruction: UUID) -> HttpResponse:
    """Agree that a key be destroyed, or refuse."""
    asked = get_object_or_404(destructions_visible_to(me(request)), pk=destruction)
    project = asked.project
    if request.method != "POST":
        return redirect("sources:key", project=project.pk)
    agrees = request.POST.get("decision") == "agree"
    form: PageForm = AgreeForm(request.POST) if agrees else DecideForm(request.POST)
    if not form.is_valid():
        return _show(request, project, decision=form)
    try:
        if agrees:
            actions.approve_destruction(asked, typed=form.cleaned_data["typed"], by=me(request))
        else:
            actions.refuse_destruction(asked, reason=form.cleaned_data["reason"], by=me(request))
    except VigieError as error:
        form.refuse(error)
        return _show(request, project, decision=form)
    words = words_here()
    messages.success(request, words("The key is destroyed.") if agrees else words("The request is refused."))
    return redirect("sources:key", project=project.pk)


def _project(request: HttpRequest, pk: UUID) -> Project:
    return get_object_or_404(projects_visible_to(me(request)), pk=pk)


def _show(
    request: HttpRequest,
    project: Project,
    *,
    form: DestroyForm | None = None,
    decision: PageForm | None = None,
) -> HttpResponse:
    somebody, now = me(request), now_ms()
    asked = destructions_visible_to(somebody).filter(project=project).order_by("-asked_ms").first()
    open_ = asked if asked is not None and asked.standing_at(now) == "asked" else None
    shown = {
        "project": project,
        "held": projects_visible_to(somebody).annotate(held=HELD).get(pk=project.pk).held or 0,
        "asked": open_,
        "past": None if open_ else asked,
        "past_state": None if asked is None else asked.standing_at(now),
        "is_own": open_ is not None and open_.asked_by_id == somebody.pk,
        "can_destroy": may(somebody, actions.DESTROY_MAY),
        "has_second": has_second(somebody, actions.DESTROY_MAY),
        "form": form or DestroyForm(),
        "agree": decision if isinstance(decision, AgreeForm) else AgreeForm(),
        "refuse": decision if isinstance(decision, DecideForm) else DecideForm(),
    }
    status = next((one.status for one in (form, decision) if one is not None), 200)
    return render(request, "sources/key.html", shown, status=status)
