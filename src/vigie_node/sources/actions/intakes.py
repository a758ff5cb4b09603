"""Intakes: one file taken in, from the moment it is handed in to how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import say
from vigie.terms.signs import shown
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs.errors import to_plain
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor, record_on
from vigie_node.sources.actions.declarations import held_open
from vigie_node.sources.models import Intake, RejectedRow
from vigie_node.sources.room import room_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vigie.terms.errors import VigieError
    from vigie_node.jobs.models import Job
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Declaration

TAKE_IN = "sources.take_in"  # the kind of the job
FILE_NAME_MAX = 255

describe(
    {
        "intake.begun": say("A file of {bytes} bytes was handed in."),
        "intake.read": say("A file is read: {bytes} bytes, SHA-256 {file_sha256}."),
        "intake.finished": say(
            "A file was taken in: {read} posts read, {new} new, {held} held already, {rejected} set aside."
        ),
        "intake.failed": say(
            "A file could not be taken in ({code}); {new} new observations were kept of it."
        ),
        "intake.cancelled": say("An intake was stopped; {new} new observations were kept of it."),
    }
)


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """One row that was set aside: where and why, not what it said."""

    unit: str
    number: int
    code: str
    facts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What reading a file to its end, or to where it broke off, came to.

    Args:
        read_count: posts read, held ones too.
        rejected_count: rows set aside.
        reasons: why, the most frequent first: `code`, `sentence` (a message id), `count`.
        skips: what was passed over because it is no post, in the same form.
        first: the first of the rows set aside.
    """

    read_count: int = 0
    rejected_count: int = 0
    reasons: Sequence[Mapping[str, Any]] = ()
    skips: Sequence[Mapping[str, Any]] = ()
    first: Sequence[SetAside] = ()


@transaction.atomic
def begin_intake(
    *,
    declaration: Declaration,
    by: Person | None,
    file_name: str,
    path: str,
    byte_count: int,
    is_upload: bool = False,
    options: Mapping[str, Any] | None = None,
    file_sha256: str = "",
    queued: bool = True,
) -> Intake:
    """Note that a file is to be taken in, and ask for the job that does it.

    Args:
        declaration: under which it comes in.
        by: who asks; None for a command on the node's machine.
        file_name: what people call the file; never used as a path.
        path: where it stands.
        byte_count: its size.
        is_upload: whether the file is the node's own, to be removed when it is taken in.
        options: how to read it: `mapping`, `encoding`, `time_unit`, `layout`.
        file_sha256: where it is known already.
        queued: whether the worker shall do it; a command does it itself.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force.
        StoreFullError, NoRoomError: there is no room for more.
    """
    held_open(declaration)
    room_now().check()
    intake = Intake.objects.create(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        by=by,
        file_name=shown_name(file_name),
        path=path,
        byte_count=byte_count,
        is_upload=is_upload,
        options=dict(options or {}),
        file_sha256=file_sha256,
        created_ms=now_ms(),
    )
    record_on("intake.begun", intake, by=actor(by), declaration=declaration.id, bytes=byte_count)
    return _enqueue(intake) if queued else intake


@transaction.atomic
def retry_intake(intake: Intake, *, by: Person | None) -> Intake:
    """Ask once more for an intake that failed; what was kept of it already is not added twice.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: its declaration is not in force any more.
        StoreFullError, NoRoomError: there is still no room.
    """
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    if intake.state not in (Intake.State.FAILED, Intake.State.CANCELLED):
        return intake
    held_open(intake.declaration)
    room_now().check()
    intake.state, intake.finished_ms = Intake.State.WAITING, None
    intake.error_code = intake.error_sentence = intake.error_remedy = ""
    intake.error_facts = {}
    intake.save()
    record_on(
        "intake.begun", intake, by=actor(by), declaration=intake.declaration_id, bytes=intake.byte_count
    )
    return _enqueue(intake)


@transaction.atomic
def start_intake(intake: Intake, *, file_sha256: str, byte_count: int) -> None:
    """Note that a file is being read, and which bytes it holds."""
    is_news = intake.file_sha256 != file_sha256 or intake.state == Intake.State.WAITING
    intake.state, intake.file_sha256, intake.byte_count = Intake.State.RUNNING, file_sha256, byte_count
    intake.save(update_fields=["state", "file_sha256", "byte_count"])
    if is_news:
        record_on("intake.read", intake, by=begun_by(intake), file_sha256=file_sha256, bytes=byte_count)


def move_intake(intake: Intake, *, path: str) -> Intake:
    """Note where the file of an intake that was cut short stands now: the same file, by its SHA-256."""
    intake.path = path
    intake.save(update_fields=["path"])
    return intake


def recognise(intake: Intake, *, layout: str, format_: str, sure: float) -> None:
    """Note what the file was recognised as, and how sure (0 to 1): part of its reading, without an entry."""
    intake.layout, intake.format, intake.sure_percent = layout, format_, round(100 * sure)
    intake.save(update_fields=["layout", "format", "sure_percent"])


@transaction.atomic
def finish_intake(intake: Intake, outcome: Outcome) -> Intake:
    """Note that a file was read to its end; whoever must know reads the entry `intake.finished`."""
    intake = _ended(intake, Intake.State.DONE, outcome)
    record_on("intake.finished", intake, by=begun_by(intake), **_counts(intake))
    return intake


@transaction.atomic
def fail_intake(intake: Intake, error: VigieError, outcome: Outcome) -> Intake:
    """Note that a file could not be taken in to its end; what was recorded of it stays.

    Args:
        intake: which.
        error: why, without anything that the file said: see `vigie_node.sources.safe`.
        outcome: what was read until then.
    """
    intake = _ended(intake, Intake.State.FAILED, outcome)
    intake.error_code, intake.error_facts = error.code, to_plain(error.facts)
    intake.error_sentence, intake.error_remedy = error.sentence, error.remedy
    intake.save()
    record_on("intake.failed", intake, by=begun_by(intake), code=error.code, **_counts(intake))
    return intake


@transaction.atomic
def cancel_intake(intake: Intake, *, by: str) -> Intake:
    """Note that people stopped an intake; what was recorded of it stays."""
    intake = _ended(intake, Intake.State.CANCELLED)
    record_on("intake.cancelled", intake, by=by, **_counts(intake))
    return intake


@transaction.atomic
def fail_with_job(intake: Intake, job: Job) -> Intake:
    """Note that the job which took a file in died; what was recorded of it stays."""
    intake = _ended(intake, Intake.State.FAILED)
    intake.error_code, intake.error_facts = job.error_code, job.error_facts
    intake.error_sentence, intake.error_remedy = job.error_sentence, job.error_remedy
    intake.save()
    record_on("intake.failed", intake, by=NODE, code=job.error_code, **_counts(intake))
    return intake


def shown_name(file_name: str) -> str:
    """Return a file's name as it may be shown: no folder, nothing that commands a terminal."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return shown(name).strip()[-FILE_NAME_MAX:] or "…"


def job_key(intake_id: object) -> str:
    """Return the key of the job that does an intake."""
    return f"{TAKE_IN}:{intake_id}"


def _enqueue(intake: Intake) -> Intake:
    job = jobs.enqueue(
        TAKE_IN,
        key=job_key(intake.id),
        by=begun_by(intake),
        organisation=intake.organisation_id,
        arguments={"intake": str(intake.id)},
    )
    intake.job = job.id
    intake.save(update_fields=["job"])
    return intake


def _ended(intake: Intake, state: Intake.State, outcome: Outcome | None = None) -> Intake:
    """Return an intake as it ended; without an outcome, what was recorded of it is all that is known."""
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    outcome = outcome or Outcome(read_count=intake.new_count)
    intake.state, intake.finished_ms = state, now_ms()
    intake.read_count, intake.rejected_count = outcome.read_count, outcome.rejected_count
    intake.held_count = max(0, outcome.read_count - intake.new_count)
    intake.reasons = [dict(reason) for reason in outcome.reasons]
    intake.skips = [dict(reason) for reason in outcome.skips]
    intake.save()
    RejectedRow.objects.filter(intake=intake).delete()
    RejectedRow.objects.bulk_create(
        RejectedRow(intake=intake, unit=row.unit, number=row.number, code=row.code, facts=dict(row.facts))
        for row in outcome.first
    )
    return intake


def _counts(intake: Intake) -> dict[str, object]:
    return {
        "declaration": intake.declaration_id,
        "file_sha256": intake.file_sha256,
        "read": intake.read_count,
        "new": intake.new_count,
        "held": intake.held_count,
        "rejected": intake.rejected_count,
    }


def begun_by(intake: Intake) -> str:
    """Return how the ledger names who handed a file in."""
    return actor(intake.by)
