"""Captures by hand: what was captured, one post with its series and originals, a capture, another reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.terms.media import CREDENTIALS, PROBLEMS
from vigie_node.clock import now_ms
from vigie_node.jobs.errors import from_plain
from vigie_node.ledger.access import entries_about
from vigie_node.ledger.kinds import names_for, sentence_of
from vigie_node.people.access import may
from vigie_node.sources import spooling, uploads
from vigie_node.sources.access import (
    captures_visible_to,
    declarations_visible_to,
    evidence_visible_to,
    medium_findings_visible_to,
    standing,
    visits_visible_to,
)
from vigie_node.sources.actions import captures as actions
from vigie_node.sources.bodies import FRAME_BYTES
from vigie_node.sources.capture_forms import (
    HOWS,
    KINDS,
    NOTHING_READ,
    PLATFORMS,
    CaptureForm,
    SeenForm,
    counters_of,
    counts_in,
)
from vigie_node.sources.console.series import name_of, picture
from vigie_node.sources.console.showing import FORM, UNFIT, Failure, me, page_of
from vigie_node.sources.models import Declaration, Evidence, Reading, Visit
from vigie_node.sources.room import room_now
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Person
    from vigie_node.sources.models import Capture

LOG_SHOWN_MAX = 200
DECLARATIONS_MAX = 200


@needs("post.read")
@require_safe
def captures(request: HttpRequest) -> HttpResponse:
    """List what was captured by hand, the latest first."""
    found = (
        captures_visible_to(me(request))
        .select_related("declaration")
        .annotate(
            visit_count=Count("visits", distinct=True),
            seen_ms=Max("visits__seen_ms"),
            file_count=Count("visits__evidence", filter=Q(visits__evidence__role="file"), distinct=True),
            failed_count=Count("visits", filter=Q(visits__state=Visit.State.FAILED), distinct=True),
        )
        .order_by("-created_ms", "-id")
    )
    context = {"page": page_of(found, request), "kinds": _said(KINDS), "platforms": PLATFORMS}
    return render(request, "sources/captures.html", context)


@needs("post.read")
@require_safe
def capture(request: HttpRequest, capture: UUID) -> HttpResponse:
    """Show a captured post: its words, its series, its originals, who looked when."""
    somebody, words = me(request), words_here()
    found = get_object_or_404(captures_visible_to(somebody).select_related("declaration"), pk=capture)
    visits = list(found.visits.select_related("by", "intake").order_by("seen_ms", "created_ms", "id"))
    readings = list(
        Reading.objects.filter(visit__capture=found)
        .select_related("visit__by")
        .order_by("at_ms", "name", "id")
    )
    context = {
        "capture": found,
        "kinds": _said(KINDS),
        "platforms": PLATFORMS,
        "hows": _said(HOWS),
        "visits": [(visit, _failure_of(visit), _may_be_retried(visit)) for visit in visits],
        "readings": [(one, name_of(one.name, words)) for one in readings],
        "picture": picture(readings, words) if readings else "",
        "originals": list(
            evidence_visible_to(somebody).filter(visit__capture=found).order_by("sealed_ms", "id")
        ),
        "credentials": _said(CREDENTIALS),
        "problems": _said(PROBLEMS),
        "waiting": any(visit.state == Visit.State.WAITING for visit in visits),
    }
    return render(request, "sources/capture.html", context)


@csrf_exempt  # until it is known that the body may be read; then `_capture` checks
@needs("capture.make")
@FORM
def new_capture(request: HttpRequest) -> HttpResponse:
    """Capture a post: who may was asked before anything of the body is read (abuse case 39)."""
    return _capture(_bounded(request))


@csrf_exempt
@needs("capture.make")
@FORM
def new_reading(request: HttpRequest, capture: UUID) -> HttpResponse:
    """Add a reading to a captured post: a second visit."""
    found = get_object_or_404(
        captures_visible_to(me(request)).select_related("declaration"), pk=capture, erased_ms=None
    )
    return _reading(_bounded(request), found)


@needs("capture.make")
@require_POST
def retry(request: HttpRequest, visit: UUID) -> HttpResponse:
    """Ask once more for a visit that could not be kept."""
    found = get_object_or_404(visits_visible_to(me(request)), pk=visit)
    if _may_be_retried(found):
        actions.retry_visit(found)
    return redirect("sources:capture", capture=found.capture_id)


@needs("post.read")
@require_safe
def evidence(request: HttpRequest, evidence: UUID) -> HttpResponse:
    """Show what is known of one original without opening it, and everything that was done with it."""
    return _evidence(request, _original(request, evidence))


@needs("capture.make")
@require_POST
def verify(request: HttpRequest, evidence: UUID) -> HttpResponse:
    """Ask whether an original is whole."""
    found = _original(request, evidence)
    if found.erased_ms is None:
        actions.ask_to_verify(found, by=me(request))
        messages.info(
            request, words_here()(say("The original is being verified; the log below will say so."))
        )
    return redirect("sources:evidence", evidence=found.pk)


def _bounded(request: HttpRequest) -> HttpRequest:
    if request.method == "POST":
        bytes_max = settings.NODE.upload_bytes_max
        if int(request.META.get("CONTENT_LENGTH") or 0) > bytes_max + FRAME_BYTES:
            raise RequestDataTooBig
        request.upload_handlers = [uploads.BoundedUpload(request, bytes_max=bytes_max)]
    return request


@csrf_protect
def _capture(request: HttpRequest) -> HttpResponse:
    somebody = me(request)
    declarations = list(
        declarations_visible_to(somebody)
        .filter(standing(Declaration.State.IN_FORCE, now_ms()))
        .order_by("-created_ms", "-id")[:DECLARATIONS_MAX]
    )

    def form_of(*args: Any, **kwargs: Any) -> CaptureForm:
        return CaptureForm(*args, declarations=declarations, zone=somebody.zone, **kwargs)

    first = {"seen": _here(somebody), "declaration": request.GET.get("declaration", ""), "platform": "wechat"}
    form, counters, is_sent = _filled(request, form_of, first)
    if is_sent and form.is_valid() and counters.is_valid():
        chosen = next(one for one in declarations if one.pk == form.chosen)
        try:
            visit = _begun(form, counters, somebody, chosen)
            return redirect("sources:capture", capture=visit.capture_id)
        except VigieError as error:
            form.refuse(error)
    context = {
        "form": form,
        "counters": counters,
        "can_choose": bool(declarations),
        "platforms": PLATFORMS,
        "zone": somebody.zone,
        "room": room_now(),
    }
    return render(request, "sources/capture_new.html", context, status=UNFIT if is_sent else 200)


@csrf_protect
def _reading(request: HttpRequest, found: Capture) -> HttpResponse:
    somebody = me(request)

    def form_of(*args: Any, **kwargs: Any) -> SeenForm:
        return SeenForm(*args, zone=somebody.zone, **kwargs)

    form, counters, is_sent = _filled(request, form_of, {"seen": _here(somebody)})
    if is_sent and form.is_valid() and counters.is_valid():
        counts = counts_in(counters, form.cleaned_data["seen"])
        if not counts and not form.cleaned_data["originals"]:
            form.add_error(None, words_here()(NOTHING_READ))
        else:
            try:
                _visited(found, form, counts, somebody)
                return redirect("sources:capture", capture=found.pk)
            except VigieError as error:
                form.refuse(error)
    context = {
        "capture": found,
        "kinds": _said(KINDS),
        "platforms": PLATFORMS,
        "form": form,
        "counters": counters,
        "zone": somebody.zone,
        "room": room_now(),
    }
    return render(request, "sources/capture_reading.html", context, status=UNFIT if is_sent else 200)


def _filled(
    request: HttpRequest, form_of: Callable[..., Any], first: dict[str, str]
) -> tuple[Any, Any, bool]:
    """Return the form, its counters, and whether they were sent to be kept.

    “Another counter” sends them too, to be filled in further: nothing is checked then.
    """
    zone = me(request).zone
    if request.method != "POST":
        return form_of(initial=first), counters_of(None, zone=zone), False
    if "more" in request.POST:
        return form_of(initial=request.POST.dict()), counters_of(request.POST, zone=zone, more=True), False
    return form_of(request.POST, request.FILES), counters_of(request.POST, zone=zone), True


def _begun(form: CaptureForm, counters: Any, by: Person, declaration: Declaration) -> Visit:
    """Note the capture, and keep what was typed and handed in for its job; all or nothing."""
    counts = counts_in(counters, form.cleaned_data["seen"])
    post, visit_said, files = form.post(), form.visit(), form.cleaned_data["originals"]
    with transaction.atomic():
        visit = actions.begin_capture(
            declaration=declaration,
            by=by,
            platform=post["platform"],
            kind=post["kind"],
            posted_ms=post["posted_ms"],
            how=visit_said["how"],
            seen_ms=visit_said["seen_ms"],
            counts=counts,
            files=len(files),
        )
        with spooling.spooled(visit.id, {**post, **_typed(visit, visit_said, counts)}, files):
            actions.enqueue_visit(visit)
    return visit


def _visited(found: Capture, form: SeenForm, counts: Sequence[actions.Count], by: Person) -> Visit:
    said, files = form.visit(), form.cleaned_data["originals"]
    with transaction.atomic():
        visit = actions.begin_visit(
            found, by=by, how=said["how"], seen_ms=said["seen_ms"], counts=counts, files=len(files)
        )
        with spooling.spooled(visit.id, _typed(visit, said, counts), files):
            actions.enqueue_visit(visit)
    return visit


def _typed(visit: Visit, said: dict[str, Any], counts: Sequence[actions.Count]) -> dict[str, Any]:
    """Return what a visit's record says of itself."""
    return {
        **said,
        "format": 1,
        "capture": str(visit.capture_id),
        "visit": str(visit.pk),
        "by": str(visit.by_id),
        "counts": [{"name": one.name, "value": one.value, "at_ms": one.at_ms} for one in counts],
    }


def _here(somebody: Person) -> str:
    """Return this moment as a form shows it in somebody's zone."""
    local = datetime.fromtimestamp(now_ms() // 1000, tz=UTC).astimezone(ZoneInfo(somebody.zone))
    return local.strftime("%Y-%m-%dT%H:%M:%S")


def _original(request: HttpRequest, pk: UUID) -> Evidence:
    found = evidence_visible_to(me(request)).select_related(
        "declaration__project", "custodian", "visit__capture"
    )
    return get_object_or_404(found, pk=pk)


def _evidence(request: HttpRequest, found: Evidence) -> HttpResponse:
    somebody, words = me(request), words_here()
    entries = list(entries_about(f"evidence:{found.pk}", somebody.organisation_id)[:LOG_SHOWN_MAX])
    names = names_for({entry.actor for entry in entries}, somebody.organisation_id, words)
    reasons = {str(look.pk): look.reason for look in found.looks.all()}
    context = {
        "evidence": found,
        "hows": _said(HOWS),
        "credentials": _said(CREDENTIALS),
        "problems": _said(PROBLEMS),
        "log": [
            (
                entry,
                names[entry.actor],
                sentence_of(entry, words),
                reasons.get(entry.said.get("look", ""), ""),
            )
            for entry in entries
        ],
        "finding_count": medium_findings_visible_to(somebody).filter(sha256=found.sha256).count(),
        "may_ask": may(somebody, "evidence.ask") and found.erased_ms is None,
    }
    return render(request, "sources/capture_evidence.html", context)


def _failure_of(visit: Visit) -> Failure | None:
    """Return why a visit could not be kept, in the reader's language."""
    if not visit.error_sentence:
        return None
    words, facts = words_here(), from_plain(visit.error_facts)
    return Failure(happened=words(visit.error_sentence, **facts), remedy=words(visit.error_remedy, **facts))


def _may_be_retried(visit: Visit) -> bool:
    return visit.state == Visit.State.FAILED and spooling.folder_of(visit.pk).exists()


def _said(choices: Any) -> dict[str, str]:
    words = words_here()
    return {value: words(said) for value, said in choices.items()}
