"""The only door to jobs: an organisation sees its own. The node's own work is nobody's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job, State, Worker

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

ALIVE_MS = 60_000  # a worker that was silent for longer is taken for dead


def jobs_visible_to(organisation_id: UUID) -> QuerySet[Job]:
    """Return the jobs of one organisation."""
    return Job.objects.filter(organisation=organisation_id)


def unfinished(key: str) -> Job | None:
    """Return the job with this key that waits or runs."""
    return Job.objects.filter(key=key, state__in=(State.QUEUED, State.RUNNING)).first()


def workers_alive() -> QuerySet[Worker]:
    """Return the workers that were seen lately."""
    return Worker.objects.filter(seen_ms__gt=now_ms() - ALIVE_MS)
