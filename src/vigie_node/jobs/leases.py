"""Whose a job is, and for how long: claim, renew, finish, fail, give back. For workers and their children.

A claim is a lease: a random name and a time. Whoever holds the name may write to the job; when the time is
over the job may be claimed again. `claim` takes a job for one process only: PostgreSQL locks the row and
others skip it; on SQLite every transaction that writes takes its turn at its beginning (IMMEDIATE).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db import transaction

from vigie_node.clock import now_ms
from vigie_node.jobs.actions import end_cancelled
from vigie_node.jobs.errors import FaultyJobError, LostJobError, to_plain
from vigie_node.jobs.models import Job, State
from vigie_node.ledger.actions import NODE, record

if TYPE_CHECKING:
    from vigie.terms.errors import VigieError

LEASE_MS = 60_000  # longer than the database's longest wait, so that a slow write does not look like a death
BACKOFF_FIRST_MS, BACKOFF_MAX_MS = 5_000, 60 * 60_000
BACKOFF_FACTOR = 4


def claim() -> Job | None:
    """Return a job that may begin, now leased to the caller; None when there is none.

    The one asked for first comes first.
    """
    now = now_ms()
    ready = Job.objects.filter(state=State.QUEUED, not_before_ms__lte=now)
    if not ready.exists():  # looking takes no turn from those who write
        return None
    with transaction.atomic():
        job = ready.select_for_update(skip_locked=True).order_by("created_ms", "id").first()
        if job is None:
            return None
        job.state, job.lease, job.lease_until_ms = State.RUNNING, str(uuid4()), now + LEASE_MS
        job.attempts += 1
        job.started_ms = now
        job.stage, job.done_count, job.total_count = "", 0, None
        job.save()
    return job


def renew(job_id: UUID, lease: str) -> Job | None:
    """Hold a job for longer and return it as it now is; None when it is no longer the caller's."""
    held = Job.objects.filter(id=job_id, state=State.RUNNING, lease=lease)
    held.update(lease_until_ms=now_ms() + LEASE_MS)
    return held.first()


def held(job_id: UUID, lease: str) -> Job | None:
    """Return a job if it is the caller's."""
    return Job.objects.filter(id=job_id, state=State.RUNNING, lease=lease).first()


@transaction.atomic
def finish(job_id: UUID, lease: str) -> bool:
    """Write that a job is done; False when it is no longer the caller's."""
    job = _locked(job_id, lease)
    if job is None:
        return False
    job.state, job.finished_ms, job.lease = State.DONE, now_ms(), ""
    job.save()
    return True


@transaction.atomic
def stop(job_id: UUID, lease: str) -> bool:
    """Write that a job was cancelled; False when it is no longer the caller's."""
    job = _locked(job_id, lease)
    if job is None:
        return False
    end_cancelled(job, by=NODE)
    return True


@transaction.atomic
def fail(job_id: UUID, lease: str, error: VigieError) -> bool:
    """Write that a job has failed for good; False when it is no longer the caller's."""
    job = _locked(job_id, lease)
    if job is None:
        return False
    _end_failed(job, error)
    return True


@transaction.atomic
def try_again(job_id: UUID, lease: str, *, fault: str = "") -> bool:
    """Put a job back after a fault, to begin later each time; fail it when it was tried often enough.

    Args:
        job_id: which job.
        lease: the caller's.
        fault: what kind of exception it was; empty when the process died without a word.

    Returns:
        False when it is no longer the caller's.
    """
    job = _locked(job_id, lease)
    if job is None:
        return False
    _put_back(job, fault=fault)
    return True


@transaction.atomic
def give_back(job_id: UUID, lease: str) -> bool:
    """Put a job back at once, without counting the attempt: its worker was told to stop."""
    job = _locked(job_id, lease)
    if job is None:
        return False
    job.state, job.lease, job.attempts = State.QUEUED, "", max(0, job.attempts - 1)
    job.save()
    return True


def put_back_expired() -> int:
    """Put back the jobs whose process was not heard of for a whole lease; return how many."""
    late = Job.objects.filter(state=State.RUNNING, lease_until_ms__lt=now_ms())
    if not late.exists():
        return 0
    with transaction.atomic():
        jobs = list(late.select_for_update(skip_locked=True))
        for job in jobs:
            _put_back(job, fault="")
    return len(jobs)


def backoff_ms(attempts: int) -> int:
    """Return how long to wait after so many attempts: 5 s, 20 s, 80 s, … at most an hour."""
    return int(min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * BACKOFF_FACTOR ** max(0, attempts - 1)))


def _locked(job_id: UUID, lease: str) -> Job | None:
    return Job.objects.select_for_update().filter(id=job_id, state=State.RUNNING, lease=lease).first()


def _put_back(job: Job, *, fault: str) -> None:
    if job.cancel_asked:
        end_cancelled(job, by=NODE)
    elif job.attempts >= job.attempts_max:
        _end_failed(
            job,
            FaultyJobError(fault=fault, attempts=job.attempts)
            if fault
            else LostJobError(attempts=job.attempts),
        )
    else:
        job.state, job.lease, job.not_before_ms = State.QUEUED, "", now_ms() + backoff_ms(job.attempts)
        job.save()


def _end_failed(job: Job, error: VigieError) -> None:
    job.state, job.finished_ms, job.lease = State.FAILED, now_ms(), ""
    job.error_code, job.error_facts = error.code, to_plain(error.facts)
    job.error_sentence, job.error_remedy = error.sentence, error.remedy
    job.save()
    record(
        "job.failed",
        of=f"job:{job.id}",
        by=NODE,
        organisation=job.organisation,
        work=job.kind,
        key=job.key,
        code=error.code,
    )
