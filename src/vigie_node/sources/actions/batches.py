"""Batches: what an intake brought, and what was erased of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import DAY_MS, record_on
from vigie_node.sources.actions.coverage import forget_coverage
from vigie_node.sources.actions.declarations import held_open
from vigie_node.sources.actions.intakes import begun_by
from vigie_node.sources.models import Batch, Erasure, Intake

if TYPE_CHECKING:
    from typing import Protocol

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

        @property
        def look_count(self) -> int:
            """Rows that only say that a post was looked for again."""


describe(
    {
        "batch.recorded": say("A batch of {rows} observations was recorded, SHA-256 {sha256}."),
        "node.restored": say("The node was restored from a backup; {batches_missing} batches are missing."),
        "batch.erased": say("{rows} observations of the batch {sha256} were erased: {reason}."),
    },
    values={
        "reason": {
            "retention": say("their retention ended"),
            "expiry": say("their declaration expired, and nothing ties them to it"),
        }
    },
)


@transaction.atomic
def record_batch(intake: Intake, written: Written) -> Batch:
    """Let a written batch exist; the same batch twice is once.

    Raises:
        DeclarationClosedError: the declaration was withdrawn, or expired meanwhile: nothing more comes in.
        NotInForceError, CaretakerError: see `held_open`.
    """
    found = Batch.objects.filter(sha256=written.sha256).first()
    if found is not None:
        return found
    declaration = held_open(intake.declaration)
    batch = _batch(intake, written, erase_by_ms=intake.created_ms + declaration.retention_days * DAY_MS)
    Intake.objects.filter(pk=intake.pk).update(
        new_count=F("new_count") + written.row_count - written.look_count
    )
    record_on(
        "batch.recorded",
        batch,
        by=begun_by(intake),
        intake=intake.id,
        declaration=intake.declaration_id,
        sha256=batch.sha256,
        rows=batch.row_count,
    )
    return batch


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
    forget_coverage(old)
    erasure = Erasure.objects.create(old=old, new=left, erased_count=erased_count, reason=reason, at_ms=now)
    record_on(
        "batch.erased",
        old,
        by=by,
        sha256=old.sha256,
        new_sha256="" if left is None else left.sha256,
        rows=erased_count,
        reason=reason,
    )
    return erasure


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
