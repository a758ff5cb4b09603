"""Long work of this app: running methods; and what it does when lower apps record something."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from vigie.detect.methods import METHODS, name_of
from vigie.terms.languages import say
from vigie_node.alerts import actions
from vigie_node.alerts import parity_tasks as _parity_tasks  # noqa: F401 (its work is to be known)
from vigie_node.alerts.actions.forgetting import FORGET, ask_again, ask_to_forget
from vigie_node.alerts.actions.runs import DETECT, HOUR_MS, left_of, since_ms
from vigie_node.alerts.errors import NothingHeldError
from vigie_node.alerts.parameters import COACTION, METHOD, WINDOW, parameters_from
from vigie_node.alerts.plans import is_live, live_declarations, methods_of
from vigie_node.alerts.watching import LOOKED_CLOSELY, is_under_way, watched_in
from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job
from vigie_node.jobs.registry import every, handler
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources.models import Erasure, Intake

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

DAY_MS = 86_400_000
CLOSELY_MS = 10 * 60_000
FORGETTING = say("Letting erased posts go from the evidence")
KEEPING = say("Keeping what was found")


@handler(DETECT)
def detect(task: Task) -> None:
    """Run one method over a run's batches and keep what it finds; done again, it changes nothing."""
    run = actions.start_run(UUID(task.arguments["run"]))
    if run is None:
        return
    from vigie.store.batches import Store  # heavy: only in a child process
    from vigie_node.alerts import noticing, preparing
    from vigie_node.sources.register_tables import tables_for

    batches = list(run.batches.order_by("stored_ms", "id"))
    shas = [batch.sha256 for batch in batches]
    store, start_ms = Store(settings.HOME.store), since_ms(batches, run.parameters.get(WINDOW))
    if run.method == METHOD:
        asked = parameters_from(run.parameters)
        detected = preparing.detect(store, shas, asked, since_ms=start_ms, tell=task.listener)
        task.progress(KEEPING, 0, None)
        actions.keep_findings(run.id, detected, check=task.check)
        return
    method = METHODS[name_of(run.method)]
    noticed = noticing.notice(
        store,
        shas,
        method,
        seed=run.parameters["seed"],
        since_ms=start_ms,
        given=partial(tables_for, run.declaration) if method.needs else watched_in(run.parameters),
        tell=task.listener,
    )
    task.progress(KEEPING, 0, None)
    actions.keep_noticed(run.id, noticed, check=task.check)


@subscribe("alerts.intakes", "intake.finished")
def after_an_intake(entry: Entry) -> None:
    """Look when an intake brought something new; many intakes in a row make few runs.

    Where something is read live, new posts come all the time: co-action looks at its window at once, the
    other methods do so every hour.
    """
    intake = Intake.objects.select_related("declaration").get(id=entry.subject.removeprefix("intake:"))
    if not intake.new_count:
        return
    declaration = intake.declaration
    with suppress(NothingHeldError):  # all of it was erased since: there is nothing to look at
        if not is_live(declaration):
            actions.begin_runs(declaration, by=None)
        elif COACTION in methods_of(declaration):
            actions.begin_run(declaration, by=None, window_hours=METHODS[COACTION].window_hours)


@every("alerts.look", HOUR_MS)
def look_again(task: Task) -> None:
    """Run the chosen methods over the windows of what is read live; where nothing came, nothing is run."""
    task.check()
    for declaration in live_declarations():
        with suppress(NothingHeldError):
            actions.begin_runs(declaration, by=None, live=True)


@every("alerts.look_closely", CLOSELY_MS)
def look_closely(task: Task) -> None:
    """Look sooner again for what may happen to a target within hours, while it is watched more closely."""
    task.check()
    for declaration in live_declarations():
        if is_under_way(declaration, now_ms=now_ms()):
            with suppress(NothingHeldError):
                actions.begin_runs(declaration, by=None, live=True, among=LOOKED_CLOSELY)


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
