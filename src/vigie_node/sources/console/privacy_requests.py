"""People who ask what is held on them: the clock, the answer in counts, the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.sources.access import declarations_visible_to, person_requests_visible_to
from vigie_node.sources.actions import person_requests as actions
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.privacy_forms import CloseForm, RequestForm, day_of, say_error, start_of
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.sources.models import Declaration, PersonRequest


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is held under one declaration."""

    declaration: Declaration | None  # None: another organisation's by now
    own_count: int
    naming_count: int
    first_ms: int
    last_ms: int


@needs(actions.HANDLE)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """List requests, the latest first, and say which is due soonest."""
    found = person_requests_visible_to(me(request))
    open_ = found.filter(closed_ms=None)
    shown = {
        "page": page_of(found.order_by("-number"), request),
        "open_count": open_.count(),
        "next": open_.order_by("due_ms").first(),
        "now": now_ms(),
    }
    return render(request, "sources/requests.html", shown)


@needs(actions.HANDLE)
@FORM
def new_request(request: HttpRequest) -> HttpResponse:
    """Take down what somebody asks."""
    form = RequestForm(request.POST if request.method == "POST" else None, today=day_of(now_ms()))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        until_ms = start_of(data.pop("keep_until"))
        try:
            asked = actions.receive_request(actions.About(**data), keep_until_ms=until_ms, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return redirect("sources:request", asked=asked.pk)
    return render(request, "sources/request_new.html", {"form": form}, status=form.status)


@needs(actions.HANDLE)
@never_cache
@require_safe
def asked_request(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Show one request: what was found, and what may be done."""
    return _show(request, _found(request, asked))


@needs(actions.HANDLE)
@require_POST
def search(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Have it searched again, where the search did not come to its end."""
    found = _found(request, asked)
    try:
        actions.search_again(found, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
    return redirect("sources:request", asked=found.pk)


@needs(actions.HANDLE)
@require_POST
def erase(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Have the account's posts erased."""
    found = _found(request, asked)
    try:
        actions.ask_erasure(found, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
    return redirect("sources:request", asked=found.pk)


@needs(actions.HANDLE)
@FORM
def close(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Record how a request ended; account and contact go."""
    found = _found(request, asked)
    if request.method != "POST":
        return redirect("sources:request", asked=found.pk)
    form = CloseForm(request.POST, asked=found)
    if not form.is_valid():
        return _show(request, found, form=form)
    try:
        actions.close_request(found, **form.cleaned_data, by=me(request))
    except VigieError as error:
        form.refuse(error)
        return _show(request, found, form=form)
    messages.success(request, words_here()(say("The request is closed; account and contact are gone.")))
    return redirect("sources:request", asked=found.pk)


def _found(request: HttpRequest, pk: UUID) -> PersonRequest:
    return get_object_or_404(person_requests_visible_to(me(request)), pk=pk)


def _show(request: HttpRequest, asked: PersonRequest, *, form: CloseForm | None = None) -> HttpResponse:
    names = {str(one.pk): one for one in declarations_visible_to(me(request))}
    found = [Found(**row | {"declaration": names.get(row["declaration"])}) for row in asked.found]
    shown = {
        "asked": asked,
        "about": actions.about_of(asked),
        "found": found,
        "own_count": sum(one.own_count for one in found),
        "form": form or CloseForm(asked=asked),
        "outcome": words_here()(actions.OUTCOMES[actions.Outcome(asked.outcome)]) if asked.outcome else "",
        "is_late": asked.closed_ms is None and asked.due_ms <= now_ms(),
    }
    return render(request, "sources/request.html", shown, status=form.status if form else 200)
