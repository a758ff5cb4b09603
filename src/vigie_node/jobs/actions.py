"""What people and apps do with jobs. What the machinery does with them is in `leases`.

Asking for a job writes nothing in the ledger: the act that asks does. That a job was cancelled or failed is
written, so that the apps above may act on it: subscribe to `job.cancelled` and `job.failed` (facts: `work`,
`key`, `code`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.jobs.access import unfinished
from vigie_node.jobs.models import Job, State
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

ATTEMPTS_MAX = 5

describe(
    {
        "job.cancel_asked": say("Work under way was asked to stop: {work}."),
        "job.cancelled": say("Work was cancelled: {work}."),
        "job.failed": say("Work failed: {work} ({code})."),
    },
    values={"work": {"ledger.verify": say("verifying the ledger")}},
)


def enqueue(
    kind: str,
    *,
    key: str,
    by: str,
    organisation: UUID | None = None,
    arguments: Mapping[str, Any] | None = None,
    attempts_max: int = ATTEMPTS_MAX,
    not_before_ms: int = 0,
) -> Job:
    """Ask for one piece of long work; inside a transaction, it is asked for when that commits.

    Args:
        kind: which handler does it: `sources.take_in`.
        key: what makes it one and the same: while a job with this key waits or runs, that one is returned.
        by: who asks, as the ledger names them.
        organisation: whose work it is; None for the node's own.
        arguments: plain values for the handler.
        attempts_max: how often it is tried before it counts as failed.
        not_before_ms: when it may begin.
    """
    while True:
        found = unfinished(key)
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return Job.objects.create(
                    kind=kind,
                    key=key,
                    by=by,
                    organisation=organisation,
                    arguments=dict(arguments or {}),
                    attempts_max=attempts_max,
                    not_before_ms=not_before_ms,
                    created_ms=now_ms(),
                )
        except IntegrityError:
            if unfinished(key) is None and not _was_a_race(key):
                raise


def _was_a_race(key: str) -> bool:
    """Tell whether somebody else asked for the same at the same moment (and it may even be over by now)."""
    return Job.objects.filter(key=key).exists()


@transaction.atomic
def cancel(job: Job, *, by: str) -> Job:
    """Cancel a job that waits; ask one that runs to stop. One that is over stays as it is."""
    job = Job.objects.select_for_update().get(id=job.id)
    if job.is_over or job.cancel_asked:
        return job
    job.cancel_asked = True
    if job.state == State.QUEUED:
        end_cancelled(job, by=by)
    else:
        job.save(update_fields=["cancel_asked"])
        _record("job.cancel_asked", job, by=by)
    return job


def end_cancelled(job: Job, *, by: str) -> None:
    """Write that a job, locked by the caller, is cancelled."""
    job.state, job.finished_ms, job.lease = State.CANCELLED, now_ms(), ""
    job.save(update_fields=["state", "finished_ms", "lease", "cancel_asked"])
    _record("job.cancelled", job, by=by)


def _record(kind: str, job: Job, *, by: str) -> None:
    record(kind, of=f"job:{job.id}", by=by, organisation=job.organisation, work=job.kind, key=job.key)
