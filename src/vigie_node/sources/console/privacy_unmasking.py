"""Who stands behind a pseudonym: asking, deciding, looking once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.access import has_second, may
from vigie_node.sources.access import projects_visible_to, unmaskings_visible_to
from vigie_node.sources.actions import unmasking as actions
from vigie_node.sources.actions.two_persons import DAYS_OPEN
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.models import Opening
from vigie_node.sources.privacy_forms import DecideForm, UnmaskForm, say_error
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from vigie_node.sources.models import Unmasking

READ = "identity.read"


@needs(READ)
@require_safe
def unmaskings(request: HttpRequest) -> HttpResponse:
    """List who asked about which pseudonym, the latest first; never an identity."""
    found = unmaskings_visible_to(me(request)).order_by("-asked_ms", "-id")
    page = page_of(found, request)
    rows = [(one, one.standing_at(now_ms())) for one in page.rows]
    return render(request, "sources/unmaskings.html", {"page": page, "rows": rows})


@needs(actions.ASK)
@FORM
def ask(request: HttpRequest, project: UUID, account: str) -> HttpResponse:
    """Ask who stands behind a pseudonym that a page named."""
    somebody, alert = me(request), request.GET.get("alert", "")
    found = get_object_or_404(projects_visible_to(somebody), pk=project)
    if not actions.PSEUDONYM.fullmatch(account):
        raise Http404
    form = UnmaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask_unmasking(
                found,
                pseudonym=account,
                reason=form.cleaned_data["reason"],
                alert=_uuid(alert) if alert else None,
                by=somebody,
            )
        except VigieError as error:
            form.refuse(error)
        else:
            return redirect("sources:unmasking", unmasking=asked.pk)
    shown = {
        "form": form,
        "project": found,
        "pseudonym": account,
        "has_second": has_second(somebody, actions.UNMASK),
        "days": DAYS_OPEN,
    }
    return render(request, "sources/unmask_ask.html", shown, status=form.status)


@needs(READ)
@require_safe
def unmasking(request: HttpRequest, unmasking: UUID) -> HttpResponse:
    """Show one request, what was decided, and how often the identity was opened."""
    return _show(request, _found(request, unmasking))


@needs(actions.UNMASK)
@FORM
def decide(request: HttpRequest, unmasking: UUID) -> HttpResponse:
    """Approve or refuse."""
    asked = _found(request, unmasking)
    if request.method != "POST":
        return redirect("sources:unmasking", unmasking=asked.pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _show(request, asked, form=form)
    act = actions.approve_unmasking if request.POST.get("decision") == "approve" else actions.refuse_unmasking
    try:
        act(asked, by=me(request), reason=form.cleaned_data["reason"])
    except VigieError as error:
        form.refuse(error)
        return _show(request, asked, form=form)
    messages.success(request, words_here()(say("Your decision is recorded.")))
    return redirect("sources:unmasking", unmasking=asked.pk)


@needs(actions.ASK)
@FORM
def open_(request: HttpRequest, unmasking: UUID) -> HttpResponse:
    """Have the vault opened; the ledger says so."""
    asked = _found(request, unmasking)
    if request.method == "POST":
        try:
            actions.open_identity(asked, by=me(request))
        except VigieError as error:
            messages.error(request, say_error(error))
    return redirect("sources:unmasking", unmasking=asked.pk)


@needs(actions.ASK)
@never_cache
@FORM
def look(request: HttpRequest, unmasking: UUID) -> HttpResponse:
    """Show the identity, this once."""
    asked = _found(request, unmasking)
    opening = asked.openings.filter(state=Opening.State.READY).order_by("-asked_ms").first()
    if request.method != "POST" or opening is None:
        return redirect("sources:unmasking", unmasking=asked.pk)
    try:
        raws = actions.show_opened(opening, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
        return redirect("sources:unmasking", unmasking=asked.pk)
    return render(request, "sources/unmask_look.html", {"asked": asked, "raws": raws})


def _found(request: HttpRequest, pk: UUID) -> Unmasking:
    return get_object_or_404(unmaskings_visible_to(me(request)), pk=pk)


def _show(request: HttpRequest, asked: Unmasking, *, form: DecideForm | None = None) -> HttpResponse:
    somebody, state = me(request), asked.standing_at(now_ms())
    is_own = asked.asked_by_id == somebody.pk
    openings = list(asked.openings.order_by("-asked_ms"))
    shown = {
        "asked": asked,
        "state": state,
        "form": form or DecideForm(),
        "decidable": state == "asked" and not is_own and may(somebody, actions.UNMASK),
        "is_own": is_own,
        "openings": openings,
        "under_way": next((one for one in openings if one.state in ("waiting", "ready")), None),
    }
    return render(request, "sources/unmasking.html", shown, status=form.status if form else 200)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
