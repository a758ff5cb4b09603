"""Every write about where observations come from; each with its ledger entry, in one transaction.

Facts in the ledger are figures, ids and hashes: what a declaration says is held by its SHA-256 alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from vigie.terms.languages import say
from vigie.terms.signs import shown
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs.errors import to_plain
from vigie_node.ledger.actions import HOST, NODE, person, record
from vigie_node.ledger.chain import canonical
from vigie_node.ledger.kinds import describe
from vigie_node.sources.errors import (
    DeclarationClosedError,
    EmptyAnswerError,
    RetentionError,
)
from vigie_node.sources.keys import make_salt
from vigie_node.sources.models import Batch, Declaration, Erasure, Intake, Project, RejectedRow
from vigie_node.sources.room import room_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from vigie.terms.errors import VigieError
    from vigie_node.jobs.models import Job
    from vigie_node.people.models import Organisation, Person

    class Written(Protocol):
        """A batch as the store describes it: `vigie.store.batches.Batch`."""

        @property
        def sha256(self) -> str:
            """Of its bytes: its name."""

        @property
        def row_count(self) -> int:
            """Observations."""

        @property
        def byte_count(self) -> int:
            """Of the file."""

        @property
        def start_ms(self) -> int:
            """The earliest moment."""

        @property
        def end_ms(self) -> int:
            """The latest moment."""


RETENTION_DAYS_MIN, RETENTION_DAYS_MAX = 1, 3650
DAY_MS = 86_400_000
TAKE_IN = "sources.take_in"  # the kind of the job
NAME_MAX, FILE_NAME_MAX = 200, 255
ANSWERS = {
    "purpose": say("purpose"),
    "legal_basis": say("legal basis"),
    "responsible": say("responsible person"),
    "project": say("project"),
}

describe(
    {
        "project.made": say("A project was made, with a key of its own."),
        "declaration.made": say("A collection was declared, to be kept for {retention_days} days."),
        "declaration.closed": say("A declaration was closed: nothing more comes in under it."),
        "intake.begun": say("A file of {bytes} bytes was handed in."),
        "intake.read": say("A file is read: {bytes} bytes, SHA-256 {file_sha256}."),
        "intake.finished": say(
            "A file was taken in: {read} posts read, {new} new, {held} held already, {rejected} set aside."
        ),
        "intake.failed": say(
            "A file could not be taken in ({code}); {new} new observations were kept of it."
        ),
        "intake.cancelled": say("An intake was stopped; {new} new observations were kept of it."),
        "batch.recorded": say("A batch of {rows} observations was recorded, SHA-256 {sha256}."),
        "node.restored": say("The node was restored from a backup; {batches_missing} batches are missing."),
        "batch.erased": say("{rows} observations of the batch {sha256} were erased: {reason}."),
    },
    values={"reason": {"retention": say("their retention ended")}},
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
        first: the first of the rows set aside.
    """

    read_count: int = 0
    rejected_count: int = 0
    reasons: Sequence[Mapping[str, Any]] = ()
    first: Sequence[SetAside] = ()


def actor(somebody: Person | None) -> str:
    """Return how the ledger names who did it; nobody is a command on the node's machine."""
    return HOST if somebody is None else person(somebody.id)


@transaction.atomic
def make_project(*, organisation: Organisation, name: str, by: Person | None) -> Project:
    """Make a project and its key's salt.

    Raises:
        EmptyAnswerError: the name is empty.
    """
    project = Project(organisation=organisation, name=_said("project", name)[:NAME_MAX], created_ms=now_ms())
    make_salt(project.id)  # before the row: a project without its key would be of no use
    project.save(force_insert=True)
    record("project.made", of=f"project:{project.id}", by=actor(by), organisation=organisation.id)
    return project


@transaction.atomic
def project_named(name: str, *, organisation: Organisation, by: Person | None) -> Project:
    """Return an organisation's project of this name, made where there is none."""
    name = _said("project", name)[:NAME_MAX]
    found = Project.objects.filter(organisation=organisation, name=name).first()
    return found or make_project(organisation=organisation, name=name, by=by)


@transaction.atomic
def declare(
    *,
    organisation: Organisation,
    purpose: str,
    legal_basis: str,
    responsible: str,
    retention_days: int,
    by: Person | None,
    project: str = "",
) -> Declaration:
    """Say why something is collected, on which legal basis, who answers for it, and how long it is kept.

    Args:
        organisation: whose declaration it is.
        purpose: what the observations are for.
        legal_basis: what allows it.
        responsible: who answers for it.
        retention_days: how long observations are kept.
        by: who declares; None for a command on the node's machine.
        project: the work it belongs to, made where there is none of this name; empty for the organisation's
        own.

    Raises:
        EmptyAnswerError: one of the answers is empty.
        RetentionError: the days are fewer than 1 or more than 3,650.
    """
    if not RETENTION_DAYS_MIN <= retention_days <= RETENTION_DAYS_MAX:
        raise RetentionError(days=retention_days, days_min=RETENTION_DAYS_MIN, days_max=RETENTION_DAYS_MAX)
    answers = {
        "purpose": _said("purpose", purpose),
        "legal_basis": _said("legal_basis", legal_basis),
        "responsible": _said("responsible", responsible)[:NAME_MAX],
    }
    declaration = Declaration.objects.create(
        organisation=organisation,
        project=project_named(project.strip() or organisation.name, organisation=organisation, by=by),
        retention_days=retention_days,
        by=by,
        created_ms=now_ms(),
        **answers,
    )
    record(
        "declaration.made",
        of=f"declaration:{declaration.id}",
        by=actor(by),
        organisation=organisation.id,
        project=declaration.project_id,
        retention_days=retention_days,
        answers_sha256=hashlib.sha256(canonical(answers).encode()).hexdigest(),
    )
    return declaration


@transaction.atomic
def close_declaration(declaration: Declaration, *, by: Person | None) -> Declaration:
    """Let nothing more come in under a declaration; what is held stays until its retention ends."""
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if declaration.closed_ms is None:
        declaration.closed_ms = now_ms()
        declaration.save(update_fields=["closed_ms"])
        _record("declaration.closed", declaration, by=actor(by))
    return declaration


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
        options: how to read it: `mapping`, `encoding`, `time_unit`.
        file_sha256: where it is known already.
        queued: whether the worker shall do it; a command does it itself.

    Raises:
        DeclarationClosedError: the declaration is closed.
        StoreFullError, NoRoomError: there is no room for more.
    """
    _open(declaration)
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
    _record("intake.begun", intake, by=actor(by), declaration=declaration.id, bytes=byte_count)
    return _enqueue(intake) if queued else intake


@transaction.atomic
def retry_intake(intake: Intake, *, by: Person | None) -> Intake:
    """Ask once more for an intake that failed; what was kept of it already is not added twice.

    Raises:
        DeclarationClosedError: its declaration was closed meanwhile.
        StoreFullError, NoRoomError: there is still no room.
    """
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    if intake.state not in (Intake.State.FAILED, Intake.State.CANCELLED):
        return intake
    _open(intake.declaration)
    room_now().check()
    intake.state, intake.finished_ms = Intake.State.WAITING, None
    intake.error_code = intake.error_sentence = intake.error_remedy = ""
    intake.error_facts = {}
    intake.save()
    _record("intake.begun", intake, by=actor(by), declaration=intake.declaration_id, bytes=intake.byte_count)
    return _enqueue(intake)


@transaction.atomic
def start_intake(intake: Intake, *, file_sha256: str, byte_count: int) -> None:
    """Note that a file is being read, and which bytes it holds."""
    is_news = intake.file_sha256 != file_sha256 or intake.state == Intake.State.WAITING
    intake.state, intake.file_sha256, intake.byte_count = Intake.State.RUNNING, file_sha256, byte_count
    intake.save(update_fields=["state", "file_sha256", "byte_count"])
    if is_news:
        _record("intake.read", intake, by=_by(intake), file_sha256=file_sha256, bytes=byte_count)


def move_intake(intake: Intake, *, path: str) -> Intake:
    """Note where the file of an intake that was cut short stands now: the same file, by its SHA-256."""
    intake.path = path
    intake.save(update_fields=["path"])
    return intake


def recognise(intake: Intake, *, layout: str, format_: str) -> None:
    """Note what the file was recognised as: part of its reading, so without an entry of its own."""
    intake.layout, intake.format = layout, format_
    intake.save(update_fields=["layout", "format"])


@transaction.atomic
def record_batch(intake: Intake, written: Written) -> Batch:
    """Let a written batch exist; the same batch twice is once.

    Raises:
        DeclarationClosedError: the declaration was closed meanwhile: nothing more comes in.
    """
    found = Batch.objects.filter(sha256=written.sha256).first()
    if found is not None:
        return found
    declaration = _open(intake.declaration)
    batch = _batch(intake, written, erase_by_ms=intake.created_ms + declaration.retention_days * DAY_MS)
    Intake.objects.filter(pk=intake.pk).update(new_count=F("new_count") + written.row_count)
    _record(
        "batch.recorded",
        batch,
        by=_by(intake),
        intake=intake.id,
        declaration=intake.declaration_id,
        sha256=batch.sha256,
        rows=batch.row_count,
    )
    return batch


@transaction.atomic
def finish_intake(intake: Intake, outcome: Outcome) -> Intake:
    """Note that a file was read to its end; whoever must know reads the entry `intake.finished`."""
    intake = _ended(intake, Intake.State.DONE, outcome)
    _record("intake.finished", intake, by=_by(intake), **_counts(intake))
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
    _record("intake.failed", intake, by=_by(intake), code=error.code, **_counts(intake))
    return intake


@transaction.atomic
def cancel_intake(intake: Intake, *, by: str) -> Intake:
    """Note that people stopped an intake; what was recorded of it stays."""
    intake = _ended(intake, Intake.State.CANCELLED)
    _record("intake.cancelled", intake, by=by, **_counts(intake))
    return intake


@transaction.atomic
def fail_with_job(intake: Intake, job: Job) -> Intake:
    """Note that the job which took a file in died; what was recorded of it stays."""
    intake = _ended(intake, Intake.State.FAILED)
    intake.error_code, intake.error_facts = job.error_code, job.error_facts
    intake.error_sentence, intake.error_remedy = job.error_sentence, job.error_remedy
    intake.save()
    _record("intake.failed", intake, by=NODE, code=job.error_code, **_counts(intake))
    return intake


@transaction.atomic
def record_erasure(
    old: Batch, *, new: Written | None, erased_count: int, reason: str, by: str = NODE
) -> Erasure:
    """Let a batch stand no more, and say what stands in its place.

    Args:
        old: the batch; its file is removed after this.
        new: what is left of it; None where nothing is.
        erased_count: rows that are gone.
        reason: `retention`, or whose request it was; no personal data.
        by: who did it, as the ledger names them.
    """
    old = Batch.objects.select_for_update().get(pk=old.pk)
    found = Erasure.objects.filter(old=old).first()
    if found is not None:
        return found
    left = None if new is None else _batch(old.intake, new, erase_by_ms=old.erase_by_ms)
    now = now_ms()
    Batch.objects.filter(pk=old.pk).update(erased_ms=now)
    erasure = Erasure.objects.create(old=old, new=left, erased_count=erased_count, reason=reason, at_ms=now)
    _record(
        "batch.erased",
        old,
        by=by,
        sha256=old.sha256,
        new_sha256="" if left is None else left.sha256,
        rows=erased_count,
        reason=reason,
    )
    return erasure


def shown_name(file_name: str) -> str:
    """Return a file's name as it may be shown: no folder, nothing that commands a terminal."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return shown(name).strip()[-FILE_NAME_MAX:] or "…"


def job_key(intake_id: object) -> str:
    """Return the key of the job that does an intake."""
    return f"{TAKE_IN}:{intake_id}"


def _said(answer: str, value: str) -> str:
    said = value.strip()
    if not any(letter.isalnum() for letter in said):
        raise EmptyAnswerError(answer=ANSWERS[answer])
    return said


def _open(declaration: Declaration) -> Declaration:
    """Return the declaration as it now is, kept from being closed until the transaction ends."""
    held = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if held.closed_ms is not None:
        raise DeclarationClosedError
    return held


def _enqueue(intake: Intake) -> Intake:
    job = jobs.enqueue(
        TAKE_IN,
        key=job_key(intake.id),
        by=_by(intake),
        organisation=intake.organisation_id,
        arguments={"intake": str(intake.id)},
    )
    intake.job = job.id
    intake.save(update_fields=["job"])
    return intake


def _batch(intake: Intake, written: Written, *, erase_by_ms: int) -> Batch:
    return Batch.objects.create(
        organisation_id=intake.organisation_id,
        declaration_id=intake.declaration_id,
        intake=intake,
        sha256=written.sha256,
        row_count=written.row_count,
        byte_count=written.byte_count,
        start_ms=written.start_ms,
        end_ms=written.end_ms,
        stored_ms=now_ms(),
        erase_by_ms=erase_by_ms,
    )


def _ended(intake: Intake, state: Intake.State, outcome: Outcome | None = None) -> Intake:
    """Return an intake as it ended; without an outcome, what was recorded of it is all that is known."""
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    outcome = outcome or Outcome(read_count=intake.new_count)
    intake.state, intake.finished_ms = state, now_ms()
    intake.read_count, intake.rejected_count = outcome.read_count, outcome.rejected_count
    intake.held_count = max(0, outcome.read_count - intake.new_count)
    intake.reasons = [dict(reason) for reason in outcome.reasons]
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


def _by(intake: Intake) -> str:
    return actor(intake.by)


def _record(kind: str, of: Declaration | Intake | Batch, *, by: str, **facts: object) -> None:
    """Append an entry about one of ours."""
    name = type(of).__name__.lower()
    record(kind, of=f"{name}:{of.pk}", by=by, organisation=of.organisation_id, **facts)
