"""Intakes: what came in, one of them, and taking a file in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie_node.clock import now_ms
from vigie_node.jobs.access import jobs_visible_to
from vigie_node.people.access import may
from vigie_node.sources import actions, uploads
from vigie_node.sources.access import (
    declarations_visible_to,
    intakes_visible_to,
    rejected_rows_visible_to,
    standing,
)
from vigie_node.sources.bodies import FRAME_BYTES
from vigie_node.sources.console.declarations import say_asked
from vigie_node.sources.console.showing import (
    FORM,
    UNFIT,
    failure_of,
    me,
    page_of,
    reason_of,
    skips_of,
    totals_of,
)
from vigie_node.sources.declaring import ShortDeclarationForm
from vigie_node.sources.forms import NEW, IntakeForm
from vigie_node.sources.layouts import title_of
from vigie_node.sources.models import Declaration, Intake
from vigie_node.sources.room import room_now
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

UNDER_WAY = (Intake.State.WAITING, Intake.State.RUNNING)
STATES = {
    "under-way": UNDER_WAY,
    "done": (Intake.State.DONE,),
    "failed": (Intake.State.FAILED, Intake.State.CANCELLED),
}


@needs("batch.read")
@require_safe
def intakes(request: HttpRequest) -> HttpResponse:
    """List what came in, the latest first."""
    found = intakes_visible_to(me(request)).select_related("declaration", "by").order_by("-created_ms", "-id")
    state = request.GET.get("state", "")
    if state in STATES:
        found = found.filter(state__in=STATES[state])
    context = {"page": page_of(found, request), "state": state, "room": room_now()}
    return render(request, "sources/intakes.html", context)


@needs("batch.read")
@require_safe
def intake(request: HttpRequest, intake: UUID) -> HttpResponse:
    """Show one intake: what came in, what was set aside, and how far it is."""
    return render(request, "sources/intake.html", _about(request, intake))


@needs("batch.read")
@require_safe
def part(request: HttpRequest, intake: UUID) -> HttpResponse:
    """Show the part of an intake's page that changes while it is under way."""
    return render(request, "sources/intake_part.html", _about(request, intake))


@needs("intake.make")
@require_POST
def retry(request: HttpRequest, intake: UUID) -> HttpResponse:
    """Ask once more for an intake that failed on this node's side."""
    found = get_object_or_404(intakes_visible_to(me(request)), pk=intake)
    if _may_be_retried(found):
        actions.retry_intake(found, by=me(request))
    return redirect("sources:intake", intake=found.pk)


@csrf_exempt  # until it is known that the body may be read; then `_take_in` checks
@needs("intake.make")
@FORM
def new_intake(request: HttpRequest) -> HttpResponse:
    """Take a file in: who may was asked before anything of the body is read (abuse case 39)."""
    if request.method == "POST":
        bytes_max = settings.NODE.upload_bytes_max
        if int(request.META.get("CONTENT_LENGTH") or 0) > bytes_max + FRAME_BYTES:
            raise RequestDataTooBig
        request.upload_handlers = [uploads.BoundedUpload(request, bytes_max=bytes_max)]
    return _take_in(request)


@csrf_protect
def _take_in(request: HttpRequest) -> HttpResponse:
    somebody = me(request)
    may_declare = may(somebody, "declaration.ask")
    open_ones = list(
        declarations_visible_to(somebody)
        .filter(standing(Declaration.State.IN_FORCE, now_ms()))
        .order_by("-created_ms", "-id")[:200]
    )
    posted, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = IntakeForm(
        posted,
        files,
        declarations=open_ones,
        may_declare=may_declare,
        initial={"declaration": request.GET.get("declaration", "")},
    )
    is_new = may_declare and posted is not None and posted.get("declaration") == NEW
    declaring = ShortDeclarationForm(posted if is_new else None, prefix="new")
    if posted is not None and form.is_valid() and (not is_new or declaring.is_valid()):
        try:
            if is_new:
                return _asked(declaring, request)
            return redirect("sources:intake", intake=_begun(form, open_ones, request).pk)
        except VigieError as error:
            form.refuse(error)
    context = {
        "form": form,
        "declaring": declaring if may_declare else None,
        "can_choose": bool(open_ones) or may_declare,
        "room": room_now(),
    }
    return render(request, "sources/intake_new.html", context, status=200 if posted is None else UNFIT)


def _asked(declaring: ShortDeclarationForm, request: HttpRequest) -> HttpResponse:
    """Ask for the declaration; the file is not kept: nothing is collected before another person approves."""
    somebody = me(request)
    made = actions.ask_declaration(declaring.answers(), organisation=somebody.organisation, by=somebody)
    say_asked(request, made)
    words = words_here()
    messages.info(request, words("The file was not kept: hand it in once the declaration is in force."))
    return redirect("sources:declaration", declaration=made.pk)


def _begun(form: IntakeForm, open_ones: list[Declaration], request: HttpRequest) -> Intake:
    """Keep the file and ask for its intake; where that fails, keep nothing."""
    upload = form.cleaned_data["file"]
    with uploads.kept(upload, upload.name) as path, transaction.atomic():
        return actions.begin_intake(
            declaration=next(one for one in open_ones if one.pk == form.chosen),
            by=me(request),
            file_name=upload.name,
            path=str(path),
            byte_count=upload.size,
            is_upload=True,
            options=form.options,
        )


def _about(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    """Return what the page of an intake shows."""
    somebody, words = me(request), words_here()
    found = get_object_or_404(
        intakes_visible_to(somebody).select_related("declaration__project", "by"), pk=pk
    )
    rows = rejected_rows_visible_to(somebody).filter(intake=found).order_by("number", "id")
    page = page_of(rows, request, name="rows")
    return {
        "intake": found,
        "under_way": found.state in UNDER_WAY,
        "job": jobs_visible_to(found.organisation_id).filter(pk=found.job).first()
        if found.job and found.state in UNDER_WAY
        else None,
        "failure": failure_of(found, words),
        "may_retry": _may_be_retried(found) and may(somebody, "intake.make"),
        "batches": list(found.batches.order_by("stored_ms", "id")[:200]),
        "rows": page,
        "reasons": {row.pk: reason_of(row, found, words) for row in page.rows},
        "totals": totals_of(found, words),
        "skips": skips_of(found, words),
        "layout": title_of(found.layout, words),
        "shown_count": rows.count(),
    }


def _may_be_retried(found: Intake) -> bool:
    """Return whether trying again could help: the file is still there, and was not at fault."""
    ended = found.state in (Intake.State.FAILED, Intake.State.CANCELLED)
    hopeless = found.error_code.startswith("file.")
    return ended and found.is_upload and not hopeless and Path(found.path).is_file()
