"""What the worker does for the app: sweep away what has no use any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.sessions.backends.db import SessionStore

from vigie_node import clock
from vigie_node.jobs.registry import every
from vigie_node.people.actions import lapse_recoveries
from vigie_node.people.models import Link
from vigie_node.people.throttle import forget

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@every("people.sweep", DAY_MS)
def sweep(task: Task) -> None:  # noqa: ARG001 (a handler's signature)
    """Delete sessions that are over, links that expired a day ago, counts of failures of long ago."""
    now = clock.now_ms()
    SessionStore.clear_expired()
    Link.objects.filter(expires_ms__lt=now - DAY_MS).delete()
    forget(now)


@every("people.recoveries", HOUR_MS)
def lapse(task: Task) -> None:  # noqa: ARG001 (a handler's signature)
    """Let requests for a new way in lapse that nobody decided."""
    lapse_recoveries()
