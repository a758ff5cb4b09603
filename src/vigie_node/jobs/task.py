"""What a handler is given: what to do, and how to tell how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from vigie_node.clock import now_ms
from vigie_node.jobs.errors import CancelledError
from vigie_node.jobs.leases import LEASE_MS
from vigie_node.jobs.models import Job, State

if TYPE_CHECKING:
    from uuid import UUID

    from vigie.terms.languages import Message
    from vigie.terms.progress import Progress

WRITE_EVERY_S = 1.0


@dataclass(kw_only=True)
class Task:
    """One attempt at one job."""

    job_id: UUID
    arguments: dict[str, Any]
    by: str
    organisation: UUID | None
    lease: str
    _next_s: float = field(default=0.0, repr=False)
    _stage: str = field(default="", repr=False)

    @classmethod
    def of(cls, job: Job) -> Task:
        """Return the task of a job that was claimed."""
        return cls(
            job_id=job.id, arguments=job.arguments, by=job.by, organisation=job.organisation, lease=job.lease
        )

    def progress(self, stage: Message, done: int, total: int | None) -> None:
        """Tell what is being done and how much of it; call it as often as you like.

        It is written at most once a second, and not inside a transaction: there it would keep whoever wants
        to cancel waiting.

        Raises:
            CancelledError: the job must stop.
        """
        now_s = time.monotonic()
        if connection.in_atomic_block or (stage == self._stage and now_s < self._next_s):
            return
        self._stage, self._next_s = stage, now_s + WRITE_EVERY_S
        self._mine().update(
            stage=stage, done_count=done, total_count=total, lease_until_ms=now_ms() + LEASE_MS
        )
        self.check()

    def listener(self, stage: Message) -> Progress:
        """Return a listener for one stage of the core's work."""
        return lambda done, total: self.progress(stage, done, total)

    def check(self) -> None:
        """Stop here if the job must stop.

        Called first inside a transaction, it also makes sure that the job stays this process's until that
        ends: what a process writes so cannot be written twice.

        Raises:
            CancelledError: cancelling was asked for, or another process has the job.
        """
        mine = self._mine()
        row = (mine.select_for_update() if connection.in_atomic_block else mine).first()
        if row is None or row.cancel_asked:
            raise CancelledError

    def _mine(self) -> Any:  # a QuerySet; named so, mypy wants its model's type parameters twice
        return Job.objects.filter(id=self.job_id, state=State.RUNNING, lease=self.lease)
