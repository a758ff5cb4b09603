"""Live sources: which are read, how they are, and beginning or stopping one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.trust import WrongKeyError
from vigie_node.clock import now_ms
from vigie_node.jobs.errors import from_plain
from vigie_node.people.access import may
from vigie_node.sources.access import (
    declarations_visible_to,
    intakes_visible_to,
    sources_visible_to,
    standing,
)
from vigie_node.sources.actions import live as actions
from vigie_node.sources.console.showing import FORM, UNFIT, Failure, me, page_of
from vigie_node.sources.live.forms import KINDS, STREAMS, SourceForm
from vigie_node.sources.live.looking import is_heard
from vigie_node.sources.models import Declaration, SourceHealth
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from vigie.terms.languages import Words
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Source

INTAKES_SHOWN_MAX = 10
DECLARATIONS_SHOWN_MAX = 200


@needs("declaration.read")
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """List live sources: those that are read first, the latest begun first."""
    return render(request, "sources/sources.html", _list(request))


@needs("declaration.read")
@require_safe
def sources_part(request: HttpRequest) -> HttpResponse:
    """Show the part of the list that changes."""
    return render(request, "sources/sources_part.html", _list(request))


@needs("declaration.read")
@require_safe
def source(request: HttpRequest, source: UUID) -> HttpResponse:
    """Show one source and how it is."""
    return render(request, "sources/source.html", _about(request, source))


@needs("declaration.read")
@require_safe
def source_part(request: HttpRequest, source: UUID) -> HttpResponse:
    """Show the part of a source's page that changes."""
    return render(request, "sources/source_part.html", _about(request, source))


@needs("declaration.ask")
@FORM
def new_source(request: HttpRequest) -> HttpResponse:
    """Begin a source under a declaration that is in force."""
    somebody = me(request)
    offered = list(_declarations(somebody)[:DECLARATIONS_SHOWN_MAX])
    data = request.POST if request.method == "POST" else None
    initial = {"declaration": request.GET.get("declaration", "")}
    form = SourceForm(data, declarations=offered, initial=initial)
    if data is not None and form.is_valid():
        chosen = next(one for one in offered if one.pk == form.chosen)
        try:
            made = actions.begin_source(declaration=chosen, by=somebody, **form.said())
        except VigieError as error:
            form.refuse(error)
        else:
            return redirect("sources:source", source=made.pk)
    context = {"form": form, "can_choose": bool(offered)}
    return render(request, "sources/source_new.html", context, status=200 if data is None else UNFIT)


@needs("declaration.withdraw")
@require_POST
def stop(request: HttpRequest, source: UUID) -> HttpResponse:
    """Let nothing more be read from a source."""
    found = get_object_or_404(sources_visible_to(me(request)), pk=source)
    actions.stop_source(found, by=me(request))
    return redirect("sources:source", source=found.pk)


@needs("declaration.ask")
@require_POST
def resume(request: HttpRequest, source: UUID) -> HttpResponse:
    """Let a stopped source be read again."""
    found = get_object_or_404(sources_visible_to(me(request)), pk=source)
    try:
        actions.resume_source(found, by=me(request))
    except VigieError as error:
        context = {**_about(request, source), "refused": _said(error, words_here())}
        return render(request, "sources/source.html", context, status=UNFIT)
    return redirect("sources:source", source=found.pk)


def _declarations(somebody: Person) -> QuerySet[Declaration]:
    in_force = standing(Declaration.State.IN_FORCE, now_ms())
    visible = declarations_visible_to(somebody).filter(in_force, method=Declaration.Method.LIVE)
    return visible.order_by("-created_ms", "-id")


def _list(request: HttpRequest) -> dict[str, Any]:
    visible = sources_visible_to(me(request)).select_related("health", "declaration")
    page = page_of(visible.order_by(F("stopped_ms").desc(nulls_first=True), "-created_ms", "-id"), request)
    running = visible.filter(stopped_ms=None)
    return {
        "page": page,
        "kinds": KINDS,
        "reading_count": running.filter(health__state=SourceHealth.State.OPEN).count(),
        "wanted_count": running.count(),
        "is_heard": {row.pk: is_heard(row) for row in page.rows},
    }


def _about(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    somebody, words = me(request), words_here()
    found = get_object_or_404(
        sources_visible_to(somebody).select_related("health", "declaration__project", "by"), pk=pk
    )
    brought = intakes_visible_to(somebody).filter(
        declaration=found.declaration_id, path__startswith=str(actions.folder_of(found.pk))
    )
    return {
        "source": found,
        **_where(found, somebody),
        "health": found.health,
        "is_heard": is_heard(found),
        "failure": _failure(found.health, words),
        "refused": None,
        "kind": words(KINDS[found.kind]),  # type: ignore[index]  # a kind is equal to its value
        "stream": words(STREAMS[found.options["stream"]]) if "stream" in found.options else "",
        "intakes": list(brought.order_by("-created_ms", "-id")[:INTAKES_SHOWN_MAX]),
        "may_stop": found.stopped_ms is None and may(somebody, "declaration.withdraw"),
        "may_resume": found.stopped_ms is not None and may(somebody, "declaration.ask"),
    }


def _where(found: Source, somebody: Person) -> dict[str, str]:
    """Return where a source is, for who may begin sources; empty for others: an address can name a person."""
    if not may(somebody, "declaration.ask"):
        return {"address": "", "streaming": ""}
    try:
        return {"address": actions.address_of(found), "streaming": actions.streaming_of(found)}
    except WrongKeyError:
        return {"address": "", "streaming": ""}


def _failure(health: SourceHealth, words: Words) -> Failure | None:
    if not health.error_sentence:
        return None
    facts = from_plain(health.error_facts)
    return Failure(happened=words(health.error_sentence, **facts), remedy=words(health.error_remedy, **facts))


def _said(error: VigieError, words: Words) -> Failure:
    return Failure(happened=words(error.sentence, **error.facts), remedy=words(error.remedy, **error.facts))
