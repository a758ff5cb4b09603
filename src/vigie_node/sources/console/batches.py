"""Batches: what is held, as the immutable files that runs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from vigie_node.clock import now_ms
from vigie_node.people.access import may
from vigie_node.sources.access import batches_visible_to, declarations_visible_to, erasures_visible_to
from vigie_node.sources.console.showing import me, page_of
from vigie_node.sources.declaring import HOLDS
from vigie_node.sources.retention import erase_by, obstacles
from vigie_node.sources.room import room_now
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

RUNS_SHOWN_MAX = 50


@needs("batch.read")
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """List what is held, the latest first."""
    visible = batches_visible_to(me(request))
    held = visible.filter(erased_ms=None).aggregate(
        count=Count("id"), rows=Sum("row_count"), bytes=Sum("byte_count")
    )
    context = {
        "page": page_of(
            visible.select_related("declaration", "intake").order_by("-stored_ms", "-id"), request
        ),
        "held": {name: value or 0 for name, value in held.items()},
        "room": room_now(),
    }
    return render(request, "sources/batches.html", context)


@needs("batch.read")
@require_safe
def batch(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Show one batch: what it is, where it came from, what stands in its place, which runs read it."""
    somebody = me(request)
    found = get_object_or_404(
        batches_visible_to(somebody).select_related("declaration__project", "intake"), pk=batch
    )
    context = {
        "batch": found,
        "erasure": erasures_visible_to(somebody).filter(old=found).select_related("new").first(),
        "obstacles": obstacles(found.declaration, found.intake.created_ms, now_ms()),
        "erase_by_ms": erase_by(found),
        "hold_kinds": HOLDS,
        "before": erasures_visible_to(somebody).filter(new=found).select_related("old").first(),
        "runs": list(found.runs.order_by("-created_ms")[:RUNS_SHOWN_MAX])
        if may(somebody, "run.read")
        else [],
        "declarations": declarations_visible_to(somebody).filter(pk=found.declaration_id).exists(),
    }
    return render(request, "sources/batch.html", context)
