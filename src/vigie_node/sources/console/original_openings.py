"""Opening a sealed original: asking, deciding, reading it; the list of who asked."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.streaming import streamed
from vigie_node.people.access import has_second, may
from vigie_node.sources import opening
from vigie_node.sources.access import evidence_visible_to, original_openings_visible_to
from vigie_node.sources.actions import original_openings as actions
from vigie_node.sources.actions.two_persons import DAYS_OPEN
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.keys import salt_file
from vigie_node.sources.privacy_forms import DecideForm, UnmaskForm, say_error
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, HttpResponseBase

    from vigie_node.sources.models import Evidence, OriginalOpening

READ = "post.read"
ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
    "image/avif": ".avif", "text/html": ".html.txt", "application/json": ".json", "application/pdf": ".pdf",
    "application/zip": ".zip", "video/mp4": ".mp4", "multipart/related": ".mhtml.txt",
}  # fmt: skip


@needs(READ)
@require_safe
def openings(request: HttpRequest) -> HttpResponse:
    """List who asked to open which original, the latest first; nothing of what they hold."""
    page = page_of(original_openings_visible_to(me(request)).order_by("-asked_ms", "-id"), request)
    rows = [(one, one.standing_at(now_ms())) for one in page.rows]
    return render(request, "sources/original_openings.html", {"page": page, "rows": rows})


@needs(actions.ASK)
@FORM
def ask(request: HttpRequest, evidence: UUID) -> HttpResponse:
    """Ask to open an original."""
    somebody = me(request)
    found = get_object_or_404(evidence_visible_to(somebody), pk=evidence)
    form = UnmaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask_opening(found, reason=form.cleaned_data["reason"], by=somebody)
        except VigieError as error:
            form.refuse(error)
        else:
            return redirect("sources:original-opening", opening=asked.pk)
    shown = {
        "form": form,
        "evidence": found,
        "has_second": has_second(somebody, actions.APPROVE),
        "days": DAYS_OPEN,
    }
    return render(request, "sources/original_ask.html", shown, status=form.status)


@needs(READ)
@require_safe
def one_opening(request: HttpRequest, opening: UUID) -> HttpResponse:
    """Show one request and what was decided."""
    return _show(request, _found(request, opening))


@needs(actions.APPROVE)
@require_POST
def decide(request: HttpRequest, opening: UUID) -> HttpResponse:
    """Approve or refuse."""
    asked, form = _found(request, opening), DecideForm(request.POST)
    if not form.is_valid():
        return _show(request, asked, form=form)
    act = actions.approve_opening if request.POST.get("decision") == "approve" else actions.refuse_opening
    try:
        act(asked, by=me(request), reason=form.cleaned_data["reason"])
    except VigieError as error:
        form.refuse(error)
        return _show(request, asked, form=form)
    messages.success(request, words_here()(say("Your decision is recorded.")))
    return redirect("sources:original-opening", opening=asked.pk)


@needs(actions.ASK)
@never_cache
@require_POST
def read(request: HttpRequest, opening: UUID) -> HttpResponseBase:
    """Open the original: recorded first, then sent, never kept."""
    asked = _found(request, opening)
    try:
        actions.read_original(asked, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
        return redirect("sources:original-opening", opening=asked.pk)
    answer = _sent(request, asked.evidence)
    if answer is not None:
        return answer
    said = say("The original does not open: verify it, and tell whoever runs the node.")
    messages.error(request, words_here()(said))
    return redirect("sources:evidence", evidence=asked.evidence_id)


def _sent(request: HttpRequest, evidence: Evidence) -> HttpResponseBase | None:
    """Return an original as a download; None where its first piece does not open."""
    pieces = opening.pieces_of(evidence, salt=salt_file(evidence.declaration.project_id))
    try:
        first = next(pieces, b"")
    except opening.OriginalClosedError:
        return None
    name = f"{evidence.sha256[:16]}{ENDINGS.get(evidence.media_type, '.bin')}"
    answer = streamed(request, chain([first], pieces), name=name, content_type="application/octet-stream")
    answer["Content-Length"] = str(evidence.byte_count)
    return answer


def _found(request: HttpRequest, pk: UUID) -> OriginalOpening:
    return get_object_or_404(original_openings_visible_to(me(request)), pk=pk)


def _show(request: HttpRequest, asked: OriginalOpening, *, form: DecideForm | None = None) -> HttpResponse:
    somebody, state = me(request), asked.standing_at(now_ms())
    is_own = asked.asked_by_id == somebody.pk
    shown = {
        "asked": asked,
        "state": state,
        "form": form or DecideForm(),
        "decidable": state == "asked" and not is_own and may(somebody, actions.APPROVE),
        "readable": state == "approved" and is_own and asked.evidence.erased_ms is None,
    }
    return render(request, "sources/original_opening.html", shown, status=form.status if form else 200)
