"""Long work of this app: taking files in, erasing what is past its date."""

from __future__ import annotations

import os
from time import sleep
from typing import TYPE_CHECKING

from django.conf import settings

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.jobs import registry
from vigie_node.jobs.models import Job
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources import actions, spooling, uploads
from vigie_node.sources import language_tasks as _language_tasks  # noqa: F401 (its work is to be known)
from vigie_node.sources import privacy_tasks as _privacy_tasks  # noqa: F401 (its work is to be known)
from vigie_node.sources import watchlist_tasks as _watchlist_tasks  # noqa: F401 (its work is to be known)
from vigie_node.sources.actions import captures
from vigie_node.sources.errors import IntakeRunningError
from vigie_node.sources.models import Evidence, Intake, Visit
from vigie_node.sources.safe import safe_error

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

HOUR_MS = 3_600_000
WAIT_S = 1.0
ERASING = say("Erasing what is past its date")
HELD = say("Waiting for the process that was at this file before")


@registry.handler(actions.TAKE_IN)
def take_in(task: Task) -> None:
    """Take one file in; an upload is removed once it is held, or turned out not to be posts."""
    keep_compiled()
    intake = Intake.objects.select_related("declaration__project", "by").get(pk=task.arguments["intake"])
    try:
        _take_in(intake, task)
    except VigieError as error:
        if uploads.is_hopeless(error):
            uploads.remove(intake)
        raise safe_error(error, file_name=intake.file_name) from None  # a job's row is no place for names
    uploads.remove(intake)


def _take_in(intake: Intake, task: Task) -> None:
    """Take a file in; wait, without end but not past a cancellation, for a process that lost this very job.

    Such a process stops when it next tells how far it is: to fail meanwhile would be wrong.
    """
    from vigie_node.sources.taking import take_in_file

    while True:
        try:
            take_in_file(intake, task)
        except IntakeRunningError:
            task.progress(HELD, 0, None)
            task.check()
            sleep(WAIT_S)
        else:
            return


@registry.handler(captures.CAPTURE)
def capture(task: Task) -> None:
    """Seal what a visit to a captured post handed in, and ask for the intake of the post."""
    keep_compiled()
    from vigie_node.sources.capturing import keep

    visit = Visit.objects.select_related("capture__declaration__project", "by").get(
        pk=task.arguments["visit"]
    )
    try:
        keep(visit, task)
    except VigieError as error:
        safe = safe_error(error, file_name=str(visit.id))
        captures.fail_visit(visit, safe)
        raise safe from None


@registry.handler(captures.VERIFY)
def verify_evidence(task: Task) -> None:
    """Open an original for nobody, and record whether it is whole."""
    from vigie_node.sources.originals import verify_original

    evidence = Evidence.objects.select_related("declaration__project").get(pk=task.arguments["evidence"])
    if evidence.erased_ms is None:
        verify_original(evidence, by=task.by)


@registry.every("sources.retention", HOUR_MS)
def keep_to_retention(task: Task) -> None:
    """Erase what is past its date, and clear away what killed runs and broken uploads left."""
    keep_compiled()
    from vigie_node.sources.erasing import erase_what_is_past

    task.progress(ERASING, 0, None)
    uploads.sweep()
    spooling.sweep()
    erase_what_is_past(task.check)


@subscribe("sources.jobs", "job.cancelled", "job.failed")
def end_with_its_job(entry: Entry) -> None:
    """End the intake of a job that people cancelled or that died: nobody else would."""
    if entry.said.get("work") != actions.TAKE_IN:
        return
    job = Job.objects.filter(pk=entry.subject.removeprefix("job:")).first()
    if job is None:
        return  # swept away since
    intake = Intake.objects.select_for_update().get(pk=job.arguments["intake"])
    if intake.job != job.id or intake.state not in (Intake.State.WAITING, Intake.State.RUNNING):
        return
    if entry.kind == "job.cancelled":
        actions.cancel_intake(intake, by=entry.actor)
    else:
        actions.fail_with_job(intake, job)


@subscribe("sources.captures", "job.cancelled", "job.failed")
def end_visit_with_its_job(entry: Entry) -> None:
    """End the visit whose job people cancelled, or that died without a word: nobody else would."""
    if entry.said.get("work") != captures.CAPTURE:
        return
    job = Job.objects.filter(pk=entry.subject.removeprefix("job:")).first()
    if job is not None:
        captures.end_with_job(Visit.objects.get(pk=job.arguments["visit"]), job)


def keep_compiled() -> None:
    """Let numba keep what it compiles in the node's home: on a read-only install it finds no other place."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.HOME.cache / "numba"))
