"""Jobs that are over do not stay for ever: the ledger and the apps' own rows tell what happened."""

from __future__ import annotations

from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job, State

DAY_MS = 24 * 60 * 60_000
KEEP_MS = 90 * DAY_MS
KEEP_ROUTINE_MS = DAY_MS  # the node's own work that went well


def sweep() -> int:
    """Remove old jobs that are over, and return how many."""
    now = now_ms()
    over = Job.objects.filter(state__in=(State.DONE, State.FAILED, State.CANCELLED))
    old, _ = over.filter(finished_ms__lt=now - KEEP_MS).delete()
    routine, _ = Job.objects.filter(
        state=State.DONE, organisation=None, finished_ms__lt=now - KEEP_ROUTINE_MS
    ).delete()
    return old + routine
