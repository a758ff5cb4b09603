"""Public actors: the accounts that stay in clear for what is posted in office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.sources.access import public_actors_visible_to
from vigie_node.sources.actions import public_actors as actions
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.privacy_forms import (
    COLUMNS,
    ActorForm,
    ActorsFileForm,
    day_of,
    last_day_of,
    say_error,
)
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.sources.models import PublicActor

READ = "declaration.read"


@needs(READ)
@require_safe
def actors(request: HttpRequest) -> HttpResponse:
    """List them, by name."""
    visible = public_actors_visible_to(me(request)).select_related("agreed_by")
    found = visible.order_by("name", "platform", "account", "from_ms")
    page = page_of(found, request)
    rows = [(one, day_of(one.from_ms), last_day_of(one), one.by_id == me(request).pk) for one in page.rows]
    waiting_count = found.filter(agreed_ms=None).count()
    return render(
        request, "sources/actors.html", {"page": page, "rows": rows, "waiting_count": waiting_count}
    )


@needs(actions.MANAGE)
@FORM
def new_actor(request: HttpRequest) -> HttpResponse:
    """Put an account on the list."""
    form = ActorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_actor(form.line, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return _done(
                request,
                words_here()(say("The account is on the list; it counts once another person agrees.")),
            )
    return render(request, "sources/actor.html", {"form": form, "actor": None}, status=form.status)


@needs(actions.MANAGE)
@FORM
def actor(request: HttpRequest, actor: UUID) -> HttpResponse:
    """Correct a line of the list."""
    found = get_object_or_404(public_actors_visible_to(me(request)), pk=actor)
    form = ActorForm(request.POST if request.method == "POST" else None, initial=ActorForm.of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_actor(found, form.line, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return _done(
                request, words_here()(say("The line is corrected; it counts once another person agrees."))
            )
    return render(request, "sources/actor.html", {"form": form, "actor": found}, status=form.status)


@needs(actions.MANAGE)
@require_POST
def agree(request: HttpRequest, actor: UUID) -> HttpResponse:
    """Agree to a line that another person asked for."""
    found, seen = (
        get_object_or_404(public_actors_visible_to(me(request)), pk=actor),
        request.POST.get("seen", ""),
    )
    try:
        actions.agree_actor(found, seen_ms=int(seen) if seen.isdecimal() else 0, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
        return redirect("sources:actors")
    return _done(request, words_here()(say("You agreed; the line counts for what comes in now.")))


@needs(actions.MANAGE)
@require_POST
def remove(request: HttpRequest, actor: UUID) -> HttpResponse:
    """Take a line off the list."""
    actions.remove_actor(get_object_or_404(public_actors_visible_to(me(request)), pk=actor), by=me(request))
    return _done(request, words_here()(say("The account is off the list.")))


@needs(actions.MANAGE)
@FORM
def take_file(request: HttpRequest) -> HttpResponse:
    """Add and correct lines from a table."""
    sent = request.method == "POST"
    form = ActorsFileForm(request.POST if sent else None, request.FILES if sent else None)
    if sent and form.is_valid():
        try:
            added, changed = actions.import_actors(form.cleaned_data["file"], by=me(request))
        except VigieError as error:
            form.refuse(error, "file")
        else:
            words = words_here()
            return _done(
                request, words("Lines added: {added}; corrected: {changed}.", added=added, changed=changed)
            )
    return render(request, "sources/actors_file.html", {"form": form, "columns": COLUMNS}, status=form.status)


@needs(READ)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give the list out as a table that can be taken in again."""
    found = public_actors_visible_to(me(request)).order_by("name", "platform", "account", "from_ms")
    return csv_answer("public-actors", COLUMNS, (_cells(one) for one in found))


def _cells(one: PublicActor) -> tuple[str, ...]:
    last = last_day_of(one)
    days = day_of(one.from_ms).isoformat(), "" if last is None else last.isoformat()
    return one.platform, one.account, one.name, one.office, *days, one.source


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("sources:actors")
