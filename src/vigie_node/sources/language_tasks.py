"""When languages are looked for: after an intake, and now and then for what came in otherwise."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.jobs import registry
from vigie_node.jobs.actions import enqueue
from vigie_node.jobs.models import Job, State
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources.turns import SameWorkError, alone

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

LOOK = "sources.languages"  # the kind of the job, and its schedule
EVERY_MS = 10 * 60_000
LOOKING = say("Finding the languages of posts")


@registry.every(LOOK, EVERY_MS)
def look(task: Task) -> None:
    """Find the languages of new batches; as soon as other work waits, go to the end of the queue."""
    from vigie_node.sources.languages import look_at_batches  # noqa: PLC0415 (heavy: only in a job's own process)

    with suppress(SameWorkError), alone("languages"):  # another job is at it
        task.check()
        is_over = look_at_batches(
            gives_way=_others_wait, tell=lambda done: task.progress(LOOKING, done, None)
        )
        if not is_over:
            enqueue(LOOK, key=f"{LOOK}:{task.job_id}", by=NODE)


def _others_wait() -> bool:
    queued = Job.objects.filter(state=State.QUEUED, not_before_ms__lte=now_ms())
    return queued.exclude(kind=LOOK).exists()


@subscribe(LOOK, "intake.finished", "intake.failed", "intake.cancelled", "batch.erased")
def ask_to_look(entry: Entry) -> None:
    """Ask for the languages of what an intake brought, or of what an erasure left."""
    if entry.said.get("new") or entry.said.get("new_sha256"):
        enqueue(LOOK, key=LOOK, by=NODE)
