"""Captures by hand and their originals: every write, each with its entry in the ledger.

The entries about an original (`evidence:<id>`) are its custodian log: taken, used, verified, erased; and
opened: see `original_openings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs.errors import to_plain
from vigie_node.ledger.actions import NODE, person, record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.declarations import held_open
from vigie_node.sources.actions.intakes import begin_intake
from vigie_node.sources.errors import CaptureErasedError
from vigie_node.sources.models import Capture, Evidence, Reading, Visit
from vigie_node.sources.room import room_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vigie.terms.errors import VigieError
    from vigie_node.jobs.models import Job
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Declaration

CAPTURE, VERIFY = "sources.capture", "sources.verify_evidence"  # kinds of jobs

describe(
    {
        "capture.made": say("A post was captured by hand; {files} files, {readings} readings."),
        "capture.read_again": say("A captured post was visited again; {files} files, {readings} readings."),
        "capture.failed": say("A visit to a captured post could not be kept ({code})."),
        "capture.erased": say("The words of a captured post were erased with its batch."),
        "evidence.taken": say("An original was sealed: {bytes} bytes, {media_type}, SHA-256 {sha256}."),
        "evidence.used": say("The node read an original to add a reading to its post."),
        "evidence.verified": say("An original was verified: {outcome}."),
        "evidence.erased": say("An original was erased, SHA-256 {sha256}."),
    },
    values={
        "outcome": {"whole": say("it is whole"), "broken": say("it does not open, or is missing")},
    },
)


@dataclass(frozen=True, kw_only=True)
class Count:
    """One reading of one counter."""

    name: str
    value: int
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """One original that lies sealed now, and what is known of it without opening it."""

    sha256: str
    byte_count: int
    media_type: str
    role: str = Evidence.Role.FILE
    pdq: str = ""
    pdq_quality: int | None = None
    c2pa: str = ""
    problem: str = ""


@transaction.atomic
def begin_capture(
    *,
    declaration: Declaration,
    by: Person,
    platform: str,
    kind: str,
    posted_ms: int | None,
    how: str,
    seen_ms: int,
    counts: Sequence[Count],
    files: int,
) -> Visit:
    """Note that a post was captured; what names anybody is not told here, it waits in the spool.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force.
        StoreFullError, NoRoomError: there is no room for more.
    """
    held_open(declaration)
    room_now().check()
    capture = Capture.objects.create(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        platform=platform,
        kind=kind,
        posted_ms=posted_ms,
        created_ms=now_ms(),
    )
    visit = _visit(capture, by=by, how=how, seen_ms=seen_ms, counts=counts)
    _record("capture.made", capture, by=by, declaration=declaration.id, files=files, readings=len(counts))
    return visit


@transaction.atomic
def begin_visit(
    capture: Capture, *, by: Person, how: str, seen_ms: int, counts: Sequence[Count], files: int
) -> Visit:
    """Note that somebody looked at a captured post again.

    Raises:
        CaptureErasedError: the post was erased since.
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force any more.
        StoreFullError, NoRoomError: there is no room for more.
    """
    held_open(capture.declaration)
    room_now().check()
    if Capture.objects.select_for_update().get(pk=capture.pk).erased_ms is not None:
        raise CaptureErasedError
    visit = _visit(capture, by=by, how=how, seen_ms=seen_ms, counts=counts)
    _record("capture.read_again", capture, by=by, files=files, readings=len(counts))
    return visit


def enqueue_visit(visit: Visit) -> None:
    """Ask for the job that seals a visit's originals and takes its post in."""
    jobs.enqueue(
        CAPTURE,
        key=f"{CAPTURE}:{visit.id}",
        by=person(visit.by_id),
        organisation=visit.capture.organisation_id,
        arguments={"visit": str(visit.id)},
    )


@transaction.atomic
def keep_visit(
    visit: Visit,
    *,
    originals: Sequence[Sealed],
    shown: Mapping[str, Any],
    post: Mapping[str, Any] | None,
) -> Visit:
    """Record the sealed originals of a visit, and ask for the intake of its post.

    Args:
        visit: which; one that was kept already stays as it is.
        originals: its record and its files.
        shown: what a page may show of the post: `author`, `body`, `links`, all pseudonymous.
        post: where the post waits to be taken in, `path` and `byte_count`; None where its moment is unknown.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force any more.
        CaptureErasedError: the post was erased since.
    """
    visit = Visit.objects.select_for_update().select_related("capture__declaration", "by").get(pk=visit.pk)
    if visit.state == Visit.State.DONE:
        return visit
    held_open(visit.capture.declaration)  # a post of unknown moment has no intake that asks
    if visit.capture.erased_ms is not None:
        raise CaptureErasedError
    for original in originals:
        _take(visit, original)
    Capture.objects.filter(pk=visit.capture_id).update(**shown)
    if post is not None:
        visit.intake = begin_intake(
            declaration=visit.capture.declaration,
            by=visit.by,
            file_name=f"{visit.id}.ndjson",
            path=post["path"],
            byte_count=post["byte_count"],
            is_upload=True,
            options={"mapping": post["mapping"]},
        )
    visit.state, visit.error_code = Visit.State.DONE, ""
    visit.save()
    return visit


@transaction.atomic
def fail_visit(visit: Visit, error: VigieError) -> Visit:
    """Note that a visit could not be kept."""
    visit = Visit.objects.select_for_update().select_related("capture").get(pk=visit.pk)
    visit.state = Visit.State.FAILED
    visit.error_code, visit.error_facts = error.code, to_plain(error.facts)
    visit.error_sentence, visit.error_remedy = error.sentence, error.remedy
    visit.save()
    _log("capture.failed", f"capture:{visit.capture_id}", visit.capture, by=NODE, code=error.code)
    return visit


@transaction.atomic
def end_with_job(visit: Visit, job: Job) -> None:
    """Note that the job of a visit was cancelled or died; one that was kept or failed already stays so."""
    ended = Visit.objects.filter(pk=visit.pk, state=Visit.State.WAITING).update(
        state=Visit.State.FAILED,
        error_code=job.error_code,
        error_sentence=job.error_sentence,
        error_remedy=job.error_remedy,
        error_facts=job.error_facts,
    )
    if ended:
        capture = visit.capture
        _log("capture.failed", f"capture:{capture.pk}", capture, by=NODE, code=job.error_code)


@transaction.atomic
def retry_visit(visit: Visit) -> None:
    """Ask once more for the job of a visit that failed.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force any more.
    """
    visit = Visit.objects.select_for_update().select_related("capture__declaration").get(pk=visit.pk)
    held_open(visit.capture.declaration)
    if visit.state == Visit.State.FAILED:
        visit.state, visit.error_code, visit.error_sentence = Visit.State.WAITING, "", ""
        visit.save()
        enqueue_visit(visit)


@transaction.atomic
def record_use(evidence: Evidence) -> None:
    """Record that the node itself read an original, for nobody's eyes."""
    _custody("evidence.used", evidence, by=NODE)


def ask_to_verify(evidence: Evidence, *, by: Person) -> None:
    """Ask for the job that opens an original for nobody and says whether it is whole."""
    jobs.enqueue(
        VERIFY,
        key=f"{VERIFY}:{evidence.id}",
        by=person(by.id),
        organisation=evidence.organisation_id,
        arguments={"evidence": str(evidence.id)},
    )


@transaction.atomic
def record_verified(evidence: Evidence, *, by: str, is_whole: bool) -> None:
    """Record whether an original is whole."""
    _custody("evidence.verified", evidence, by=by, outcome="whole" if is_whole else "broken")


@transaction.atomic
def record_evidence_erased(evidence: Evidence) -> bool:
    """Let an original be held no more; its file is removed after this. False where that was done before."""
    if not Evidence.objects.filter(pk=evidence.pk, erased_ms=None).update(erased_ms=now_ms()):
        return False
    _custody("evidence.erased", evidence, by=NODE, sha256=evidence.sha256)
    return True


@transaction.atomic
def forget_words(capture: Capture) -> None:
    """Let the words of a captured post and its author go; that it was captured, and its figures, stay."""
    gone = {"author": "", "body": "", "links": [], "erased_ms": now_ms()}
    if Capture.objects.filter(pk=capture.pk, erased_ms=None).update(**gone):
        _log("capture.erased", f"capture:{capture.pk}", capture, by=NODE)


def _visit(capture: Capture, *, by: Person, how: str, seen_ms: int, counts: Sequence[Count]) -> Visit:
    visit = Visit.objects.create(capture=capture, by=by, how=how, seen_ms=seen_ms, created_ms=now_ms())
    Reading.objects.bulk_create(
        Reading(visit=visit, name=count.name, value=count.value, at_ms=count.at_ms) for count in counts
    )
    return visit


def _take(visit: Visit, original: Sealed) -> None:
    evidence, is_new = Evidence.objects.get_or_create(
        visit=visit,
        sha256=original.sha256,
        defaults={
            "organisation_id": visit.capture.organisation_id,
            "declaration_id": visit.capture.declaration_id,
            "role": original.role,
            "byte_count": original.byte_count,
            "media_type": original.media_type,
            "pdq": original.pdq,
            "pdq_quality": original.pdq_quality,
            "c2pa": original.c2pa,
            "problem": original.problem,
            "custodian_id": visit.by_id,
            "how": visit.how,
            "captured_ms": visit.seen_ms,
            "sealed_ms": now_ms(),
        },
    )
    if is_new:
        _custody(
            "evidence.taken",
            evidence,
            by=person(visit.by_id),
            sha256=original.sha256,
            bytes=original.byte_count,
            media_type=original.media_type,
        )


def _custody(kind: str, evidence: Evidence, *, by: str, **facts: object) -> None:
    _log(kind, f"evidence:{evidence.pk}", evidence, by=by, **facts)


def _record(kind: str, capture: Capture, *, by: Person, **facts: object) -> None:
    _log(kind, f"capture:{capture.pk}", capture, by=person(by.id), **facts)


def _log(kind: str, subject: str, about: Capture | Evidence, *, by: str, **facts: object) -> None:
    record(kind, of=subject, by=by, organisation=about.organisation_id, **facts)
