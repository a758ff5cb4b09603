"""Jobs, what makes them come back, and the workers that run them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.jobs.errors import from_plain


class State(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(models.Model):
    """One piece of long work. Its handler may run more than once and must give the same result."""

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=64)  # names a handler: `sources.take_in`
    key = models.CharField(max_length=200)  # one unfinished job per key
    organisation = models.UUIDField(null=True, db_index=True)
    by = models.CharField(max_length=64)  # who asked, as the ledger names them
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_max = models.PositiveSmallIntegerField(default=5)
    not_before_ms = models.BigIntegerField(default=0)  # back-off after a failure
    lease_until_ms = models.BigIntegerField(default=0)  # the claim is void after this
    lease = models.CharField(max_length=36, default="")  # who holds it; a child with an old one stops
    stage = models.CharField(max_length=200, default="")  # a message id: what it is doing
    done_count = models.BigIntegerField(default=0)
    total_count = models.BigIntegerField(null=True)
    cancel_asked = models.BooleanField(default=False)
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(
        default=""
    )  # message ids of what went wrong and what to do, so that a page
    error_remedy = models.TextField(default="")  # can say them without importing what failed
    error_facts = models.JSONField(default=dict)
    created_ms = models.BigIntegerField()
    started_ms = models.BigIntegerField(null=True)
    finished_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_unfinished_job_per_key",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "not_before_ms"]),
            models.Index(fields=["state", "finished_ms"]),
        ]

    @property
    def error_said(self) -> dict[str, object]:
        """The facts of its error, for its sentence and remedy."""
        return from_plain(self.error_facts)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {State.DONE, State.FAILED, State.CANCELLED}


class Schedule(models.Model):
    """A job that comes back."""

    name = models.CharField(max_length=96, primary_key=True)
    kind = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict)
    every_ms = models.BigIntegerField()
    next_ms = models.BigIntegerField()


class Worker(models.Model):
    """A worker process that is alive: it says so every few seconds, and takes its row away when it stops."""

    id = models.UUIDField(primary_key=True, default=new_id)
    started_ms = models.BigIntegerField()
    seen_ms = models.BigIntegerField()
