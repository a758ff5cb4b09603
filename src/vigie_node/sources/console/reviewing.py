"""The auditor's page, and writ periods: what was asked, decided, refused and held, without content."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError, tell
from vigie_node.clock import now_ms
from vigie_node.sources import actions
from vigie_node.sources.access import (
    declarations_visible_to,
    holds_visible_to,
    standing,
    ties_visible_to,
    writs_visible_to,
)
from vigie_node.sources.console.showing import FORM, UNFIT, me, page_of
from vigie_node.sources.declaring import HOLDS, SUBJECTS, WritForm, day_start_ms
from vigie_node.sources.guards import REFUSALS, SENSITIVE
from vigie_node.sources.models import Declaration
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

SHOWN_MAX = 100


@needs("declaration.audit")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show all declarations with their queries, refusals, ties and holds."""
    somebody, now = me(request), now_ms()
    visible = declarations_visible_to(somebody)
    found = (
        visible.select_related("by", "decided_by", "project")
        .annotate(held=Sum("batches__row_count", filter=Q(batches__erased_ms=None)))
        .order_by("-created_ms", "-id")
    )
    figures = visible.aggregate(
        all=Count("id"),
        refused=Count("id", filter=Q(state=Declaration.State.REFUSED)),
        sensitive=Count("id", filter=Q(subject__in=SENSITIVE) & standing(Declaration.State.IN_FORCE, now)),
        host=Count("id", filter=Q(by=None)),
    )
    context = {
        "page": page_of(found, request),
        "figures": figures,
        "holds": list(
            holds_visible_to(somebody)
            .select_related("declaration", "by", "lift_by", "lifted_by")
            .order_by("-created_ms")[:SHOWN_MAX]
        ),
        "ties": list(
            ties_visible_to(somebody)
            .select_related("declaration", "by", "approved_by")
            .order_by("-created_ms")[:SHOWN_MAX]
        ),
        "subjects": SUBJECTS,
        "hold_kinds": HOLDS,
        "refusals": REFUSALS,
        "now_ms": now,
    }
    return render(request, "sources/declarations_audit.html", context)


@needs("declaration.read")
@require_safe
def writs(request: HttpRequest) -> HttpResponse:
    """List writ periods, the latest first."""
    found = writs_visible_to(me(request)).select_related("by").order_by("-from_ms", "-id")
    context = {"page": page_of(found, request), "now_ms": now_ms()}
    return render(request, "sources/writs.html", context)


@needs("writ.set")
@FORM
def new_writ(request: HttpRequest) -> HttpResponse:
    """Set a writ period."""
    somebody, form = me(request), WritForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        actions.set_writ(
            organisation=somebody.organisation,
            name=said["name"],
            from_ms=day_start_ms(said["first"], somebody.zone),
            to_ms=day_start_ms(said["last"] + timedelta(days=1), somebody.zone),
            by=somebody,
        )
        words = words_here()
        messages.success(request, words("The writ period is set."))
        return redirect("sources:writs")
    return render(request, "sources/writ_new.html", {"form": form}, status=UNFIT if form.is_bound else 200)


@needs("writ.set")
@require_POST
def end_writ(request: HttpRequest, writ: UUID) -> HttpResponse:
    """End a writ period now."""
    found = get_object_or_404(writs_visible_to(me(request)), pk=writ)
    words = words_here()
    try:
        actions.end_writ(found, by=me(request))
        messages.success(request, words("The writ period has ended."))
    except VigieError as error:
        messages.error(request, tell(error, words))
    return redirect("sources:writs")
