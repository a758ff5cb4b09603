"""Declarations: why something is collected, who asked, who decided, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError, tell
from vigie_node.clock import now_ms
from vigie_node.people.access import may
from vigie_node.sources import actions
from vigie_node.sources.access import (
    declarations_visible_to,
    holds_visible_to,
    intakes_visible_to,
    standing,
    ties_visible_to,
)
from vigie_node.sources.console.brought import brought_by
from vigie_node.sources.console.showing import FORM, UNFIT, me, page_of
from vigie_node.sources.declaring import (
    ALLOWS,
    HOLDS,
    METHODS,
    PLACES,
    SUBJECTS,
    DeclarationForm,
    HoldForm,
    ReasonForm,
    day_of,
    source_forms,
)
from vigie_node.sources.guards import REFUSALS, concerns, is_sensitive
from vigie_node.sources.models import Declaration, Hold
from vigie_node.sources.retention import is_dropped, obstacles
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Person

INTAKES_SHOWN_MAX = 20
ROUTE = "sources:declaration"


@needs("declaration.read")
@require_safe
def declarations(request: HttpRequest) -> HttpResponse:
    """List declarations, the latest first, with what is held under each; by state where one is asked for."""
    now = now_ms()
    visible = declarations_visible_to(me(request))
    held = Q(batches__erased_ms=None)
    found = (
        visible.select_related("project")
        .annotate(held=Sum("batches__row_count", filter=held))
        .order_by("-created_ms", "-id")
    )
    state = request.GET.get("state", "")
    if state in Declaration.State.values:
        found = found.filter(standing(state, now))
    context = {
        "page": page_of(found, request),
        "state": state,
        "asked_count": visible.filter(standing(Declaration.State.ASKED, now)).count(),
        "now_ms": now,
    }
    return render(request, "sources/declarations.html", context)


@needs("declaration.ask")
@FORM
def new_declaration(request: HttpRequest) -> HttpResponse:
    """Ask for a declaration; from an earlier one, where the address names it."""
    somebody = me(request)
    data = request.POST if request.method == "POST" else None
    initial, places = ({}, []) if data is not None else _like(request)
    form, sources = DeclarationForm(data, initial=initial), source_forms(data, places)
    if data is not None and all([form.is_valid(), *(one.is_valid() for one in sources)]):
        made = actions.ask_declaration(
            form.asked(sources, somebody.zone), organisation=somebody.organisation, by=somebody
        )
        say_asked(request, made)
        return redirect(ROUTE, declaration=made.pk)
    context = {"form": form, "sources": sources}
    status = 200 if data is None else UNFIT
    return render(request, "sources/declaration_new.html", context, status=status)


@needs("declaration.read")
@require_safe
def declaration(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Show one declaration: what it says, what it brought, what was erased, what is left, what blocks."""
    somebody = me(request)
    found = get_object_or_404(
        declarations_visible_to(somebody).select_related("project", "by", "decided_by"), pk=declaration
    )
    return render(request, "sources/declaration.html", _about(found, somebody))


@needs("declaration.approve")
@require_POST
def approve(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Put a declaration in force."""
    words = words_here()

    def do(found: Declaration) -> str:
        done = actions.approve_declaration(found, by=me(request), reason=request.POST.get("reason", ""))
        if done.standing_at(now_ms()) == Declaration.State.ASKED:
            return words("You did both steps alone: the declaration is in force in 24 hours.")
        return words("The declaration is in force.")

    return _done(request, declaration, do)


@needs("declaration.approve")
@require_POST
def refuse(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Refuse a declaration, with a reason."""
    words, reason = words_here(), request.POST.get("reason", "")

    def do(found: Declaration) -> str:
        actions.refuse_declaration(found, by=me(request), reason=reason)
        return words("The declaration is refused, and the refusal recorded.")

    return _done(request, declaration, do)


@needs("declaration.withdraw")
@require_POST
def close(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Let nothing more come in under a declaration."""
    words = words_here()

    def do(found: Declaration) -> str:
        actions.close_declaration(found, by=me(request))
        return words("The declaration is withdrawn: nothing more comes in under it.")

    return _done(request, declaration, do)


@needs("hold.set")
@require_POST
def hold(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Set a legal hold on all that a declaration brought."""
    words, form = words_here(), HoldForm(request.POST)
    form.full_clean()

    def do(found: Declaration) -> str:
        kind = form.cleaned_data.get("kind", Hold.Kind.OTHER)
        actions.set_hold(found, by=me(request), kind=kind, reason=form.cleaned_data.get("reason", ""))
        return words("The hold stands: nothing of this declaration is erased until two persons lift it.")

    return _done(request, declaration, do)


@needs("hold.set")
@require_POST
def lift(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Ask to lift a hold; where somebody has asked, lift it as the second person."""
    words = words_here()
    found = get_object_or_404(holds_visible_to(me(request)).select_related("declaration"), pk=hold)

    def do(_: Declaration) -> str:
        if found.lift_asked_ms is None:
            actions.ask_lift(found, by=me(request), reason=request.POST.get("reason", ""))
            return words("A second person has to agree before the hold is lifted.")
        actions.lift_hold(found, by=me(request))
        return words("The hold is lifted.")

    return _done(request, found.declaration_id, do)


@needs("declaration.ask")
@require_POST
def tie(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Write what ties what a sensitive declaration brought to its hypothesis."""
    words = words_here()

    def do(found: Declaration) -> str:
        actions.record_tie(found, by=me(request), reason=request.POST.get("reason", ""))
        return words("A second person, outside the team, has to agree before it counts.")

    return _done(request, declaration, do)


@needs("declaration.approve")
@require_POST
def approve_tie(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Agree that evidence ties a collection to its hypothesis."""
    words = words_here()

    def do(found: Declaration) -> str:
        written = ties_visible_to(me(request)).filter(declaration=found).select_related("declaration").first()
        if written is None:
            return words("Nobody has written what ties it to its hypothesis.")
        actions.approve_tie(written, by=me(request))
        return words("It is kept beyond its expiry, to the end of its retention.")

    return _done(request, declaration, do)


def _done(request: HttpRequest, pk: UUID, do: Callable[[Declaration], str]) -> HttpResponse:
    """Do something with a declaration and go back to its page, which says how that went."""
    found = get_object_or_404(declarations_visible_to(me(request)), pk=pk)
    try:
        messages.success(request, do(found))
    except VigieError as error:
        messages.error(request, tell(error, words_here()))
    return redirect(ROUTE, declaration=pk)


def say_asked(request: HttpRequest, made: Declaration) -> None:
    """Say on the next page what became of a request: it waits for a person, or a guard refused it."""
    words = words_here()
    if made.state == Declaration.State.REFUSED:
        messages.error(request, words(REFUSALS[made.decision_code]))
    else:
        messages.success(request, words("The declaration is asked for. Another person decides on it."))


def _like(request: HttpRequest) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the answers and sources of the declaration that the address names, to ask anew."""
    somebody = me(request)
    try:
        found = declarations_visible_to(somebody).get(pk=UUID(request.GET.get("like", "")))
    except (ValueError, Declaration.DoesNotExist):
        return {}, []
    kept = ("purpose", "legal_basis", "subject", "hypothesis", "query", "method", "responsible")
    said = {name: getattr(found, name) for name in (*kept, "retention_days", "retention_days_min")}
    window = {
        "window_from": day_of(found.window_from_ms, somebody.zone),
        "window_to": day_of(found.window_to_ms and found.window_to_ms - 1, somebody.zone),
    }
    places = [dict(one) for one in found.sources.order_by("id").values("kind", "place", "allows", "terms")]
    return said | window | {"days_in_force": found.days_in_force, "project": found.project.name}, places


def _about(found: Declaration, somebody: Person) -> dict[str, Any]:
    """Return what the page of a declaration shows."""
    now, words = now_ms(), words_here()
    state, sources = found.standing_at(now), list(found.sources.order_by("id"))
    waits = found.state == Declaration.State.ASKED
    may_decide = waits and may(somebody, "declaration.approve")
    problem = actions.hindrance(found, somebody) if may_decide else None
    sensitive = is_sensitive(found.subject)
    return {
        "declaration": found,
        "state": state,
        "now_ms": now,
        "cooling": found.state == Declaration.State.IN_FORCE and state == Declaration.State.ASKED,
        "ended": state not in (Declaration.State.ASKED, Declaration.State.IN_FORCE),
        "locked": actions.is_locked(found, now) and not found.is_independent,
        "sensitive": sensitive,
        "dropped": is_dropped(found, now),
        "tie": ties_visible_to(somebody)
        .filter(declaration=found)
        .select_related("by", "approved_by")
        .first(),
        "sources": sources,
        "concerns": concerns(sources),
        "may_decide": may_decide,
        "hindrance": tell(problem, words) if problem else "",
        "alone": found.by_id == somebody.pk and not problem,
        "guard": words(REFUSALS[found.decision_code]) if found.decision_code else "",
        "reason": ReasonForm(),
        "holding": HoldForm(),
        "subjects": SUBJECTS,
        "methods": METHODS,
        "places": PLACES,
        "allows": ALLOWS,
        "hold_kinds": HOLDS,
        "brought": brought_by(found, now),
        "obstacles": obstacles(found, found.created_ms, now),
        "lifted": list(
            holds_visible_to(somebody)
            .filter(declaration=found, lifted_ms__isnull=False)
            .select_related("by", "lift_by", "lifted_by")
            .order_by("-lifted_ms")
        ),
        "intakes": list(
            intakes_visible_to(somebody)
            .filter(declaration=found)
            .order_by("-created_ms", "-id")[:INTAKES_SHOWN_MAX]
        ),
    }
