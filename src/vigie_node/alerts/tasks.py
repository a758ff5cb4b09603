"""Long work of this app: finding groups; and what it does when lower apps record something."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from vigie.terms.languages import say
from vigie_node.alerts import actions
from vigie_node.alerts.actions.forgetting import FORGET, ask_again, ask_to_forget
from vigie_node.alerts.actions.runs import DETECT, left_of
from vigie_node.alerts.errors import NothingHeldError
from vigie_node.alerts.parameters import parameters_from
from vigie_node.jobs.models import Job
from vigie_node.jobs.registry import every, handler
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources.models import Erasure, Intake

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

DAY_MS = 86_400_000
FORGETTING = say("Letting erased posts go from the evidence")
KEEPING = say("Keeping what was found")


@handler(DETECT)
def detect(task: Task) -> None:
    """Find what moved together in a run's batches and keep it; done again, it changes nothing."""
    run = actions.start_run(UUID(task.arguments["run"]))
    if run is None:
        return
    from vigie.store.batches import Store  # heavy: only in a child process
    from vigie_node.alerts import preparing

    shas = list(run.batches.order_by("stored_ms", "id").values_list("sha256", flat=True))
    detected = preparing.detect(
        Store(settings.HOME.store), shas, parameters_from(run.parameters), tell=task.listener
    )
    task.progress(KEEPING, 0, None)
    actions.keep_findings(run.id, detected, check=task.check)


@subscribe("alerts.intakes", "intake.finished")
def after_an_intake(entry: Entry) -> None:
    """Look for groups when an intake brought something new; many intakes in a row make few runs."""
    intake = Intake.objects.select_related("declaration").get(id=entry.subject.removeprefix("intake:"))
    if intake.new_count:
        with suppress(NothingHeldError):  # all of it was erased since: there is nothing to look at
            actions.begin_run(intake.declaration, by=None)


@handler(FORGET)
def forget(task: Task) -> None:
    """Let posts that were erased go from the evidence that cites them."""
    erasure = Erasure.objects.select_related("old", "new").get(id=UUID(task.arguments["erasure"]))
    from vigie.store.batches import Store  # heavy: only in a child process

    left, new = set[str](), left_of(erasure.old)  # what was put in its place may itself be erased by now
    if new is not None:
        for rows in Store(settings.HOME.store).read([new.sha256], ("post_id",)):
            left.update(rows.column("post_id").to_pylist())
    signals = actions.touched_by(erasure)
    for number, signal_id in enumerate(signals):
        task.progress(FORGETTING, number, len(signals))
        actions.forget_posts(signal_id, erasure.old, new=new, left=left)


@every("alerts.forget_left", DAY_MS)
def forget_what_is_left(task: Task) -> None:
    """Ask again for what a job that failed has left."""
    task.check()
    ask_again()


@subscribe("alerts.erasures", "batch.erased")
def after_an_erasure(entry: Entry) -> None:
    """Let what was erased go from the evidence too."""
    old = UUID(entry.subject.removeprefix("batch:"))
    ask_to_forget(Erasure.objects.select_related("old").get(old=old))


@subscribe("alerts.jobs", "job.cancelled", "job.failed")
def end_with_its_job(entry: Entry) -> None:
    """End the run of a job that people cancelled or that failed: nobody else would."""
    if entry.said.get("work") == DETECT:
        job = Job.objects.filter(id=entry.subject.removeprefix("job:")).first()
        if job is not None:  # else it was swept away since
            actions.end_run(job)
