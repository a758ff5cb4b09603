"""Long work about watch-lists: reading the file that was handed in, letting go of those nobody took in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vigie_node.clock import now_ms
from vigie_node.jobs import registry
from vigie_node.jobs.models import Job
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources.actions import watchlists as actions
from vigie_node.sources.actions.common import DAY_MS
from vigie_node.sources.errors import WatchListDecidedError, WatchListWithdrawnError
from vigie_node.sources.models import WatchListVersion

if TYPE_CHECKING:
    from vigie.terms.languages import Message
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

LET_GO = "sources.watchlists_let_go"
DAYS_WAITING = 30  # a file that was read and that nobody took in is let go after so long


@registry.handler(actions.READ_LIST)
def read_list(task: Task) -> None:
    """Read the file of a watch-list."""
    from vigie_node.sources.watchlist_reading import read  # noqa: PLC0415 (heavy: only in a job's own process)

    def tell(stage: Message, done: int, total: int | None) -> None:
        task.progress(stage, done, total)
        task.check()

    version = WatchListVersion.objects.filter(pk=task.arguments["version"]).first()
    if version is not None:  # not let go meanwhile
        read(version, tell)


@registry.every(LET_GO, DAY_MS)
def let_go(task: Task) -> None:
    """Let go of files that nobody took in: their indicators are not kept for nothing."""
    states = WatchListVersion.State
    since = now_ms() - DAYS_WAITING * DAY_MS
    left = WatchListVersion.objects.filter(
        state__in=(states.READ, states.FAILED), handed_in_ms__lt=since, watchlist__withdrawn_ms=None
    )
    for version in left.select_related("watchlist"):
        task.check()
        with suppress(WatchListDecidedError, WatchListWithdrawnError):  # somebody was quicker
            actions.drop(version, by=None)


@subscribe("sources.watchlists", "job.cancelled", "job.failed")
def end_with_its_job(entry: Entry) -> None:
    """End the reading whose job people cancelled, or that died: nobody else would."""
    if entry.said.get("work") != actions.READ_LIST:
        return
    job = Job.objects.filter(pk=entry.subject.removeprefix("job:")).first()
    version = None if job is None else WatchListVersion.objects.filter(pk=job.arguments["version"]).first()
    if job is not None and version is not None:
        actions.end_with_job(version, job)
