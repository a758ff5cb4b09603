"""Ask for detections, begin them, stop them, and say how they ended."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.detect.methods import METHODS
from vigie_node.alerts.errors import NoRegisterError, NothingHeldError
from vigie_node.alerts.models import Run
from vigie_node.alerts.parameters import COACTION, METHOD_IDS, asked_of
from vigie_node.alerts.plans import methods_of
from vigie_node.alerts.watching import BURSTS, watch_of
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs.models import Job
from vigie_node.ledger.actions import NODE, person, record
from vigie_node.people.access import may
from vigie_node.sources import register
from vigie_node.sources.access import batches_held
from vigie_node.sources.models import Declaration, Erasure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.alerts.parameters import Parameters
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Batch

DETECT = "alerts.detect"  # the kind of the job
HOUR_MS = 3_600_000


def begin_runs(
    declaration: Declaration,
    *,
    by: Person | None,
    live: bool = False,
    parameters: Parameters | None = None,
    among: Collection[str] | None = None,
) -> list[Run]:
    """Ask for a detection by each method that is chosen for a declaration; see `begin_run`.

    Args:
        declaration: whose batches.
        by: who asks; None for the node.
        live: look at each method's window alone, not at all that is held.
        parameters: of co-action, else the defaults.
        among: only by these of them; None: by all.
    """
    return [
        begin_run(
            declaration,
            by=by,
            parameters=parameters,
            method=method,
            window_hours=METHODS[method].window_hours if live else None,
        )
        for method in methods_of(declaration)
        if (among is None or method in among) and not missing_for(declaration, method)
    ]


def missing_for(declaration: Declaration, method: str) -> tuple[str, ...]:
    """Return what a method needs besides posts and does not have: see `vigie.detect.methods.NEEDS`."""
    needs = METHODS[method].needs if method in METHODS else ()
    return () if not needs or register.has_register(declaration) else needs


@transaction.atomic
def begin_run(
    declaration: Declaration,
    *,
    by: Person | None,
    parameters: Parameters | None = None,
    method: str = COACTION,
    window_hours: int | None = None,
) -> Run:
    """Ask for a detection by one method over what is held under a declaration.

    The same batches, method and parameters are one run: that one is returned. A run of the node's own that
    has not begun takes in what came since, so that many intakes in a row make few runs.

    Args:
        declaration: whose batches.
        by: who asks; None for the node, after an intake.
        parameters: of co-action, else the defaults.
        method: its name.
        window_hours: how much is looked at, back from the latest post; None: all that is held.

    Raises:
        PermissionDenied: `by` may not, or the declaration is another organisation's.
        NothingHeldError: there are no batches.
        NoRegisterError: the method needs a register of outlets, and there is none.
        BadOptionError: there is no such method.
    """
    _check_may_run(declaration, by)
    if missing_for(declaration, method):
        raise NoRegisterError
    compared = register.fingerprint(declaration) if method in METHODS and METHODS[method].needs else ""
    closely = watch_of(declaration, now_ms=now_ms()) if method == BURSTS else None
    plain = asked_of(method, parameters, window_hours=window_hours, compared=compared, closely=closely)
    declaration = Declaration.objects.select_for_update(no_key=True).get(id=declaration.id)
    batches = within(list(batches_held(declaration)), window_hours)
    if not batches:
        raise NothingHeldError
    method_id = METHOD_IDS[method]
    own = Run.objects.filter(declaration=declaration, method=method_id)
    fingerprint = fingerprint_of(declaration, method_id, plain, batches)
    same = own.filter(fingerprint=fingerprint).exclude(state__in=(Run.State.FAILED, Run.State.CANCELLED))
    found = same.first()
    if found is not None:
        return _asked(found) if found.state == Run.State.WAITING else found
    waiting = _not_begun(own, plain) if by is None else None
    run = waiting or Run(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        method=method_id,
        parameters=plain,
        by=by,
        created_ms=now_ms(),
    )
    run.fingerprint = fingerprint
    run.save()
    run.batches.set(batches)
    run = _asked(run)
    kind = "run.widened" if waiting else "run.begun"
    record_run(kind, run, by=by, declaration=declaration.id, method=method_id, batches=len(batches))
    return run


def since_ms(batches: Iterable[Batch], window_hours: int | None) -> int | None:
    """Return from when on posts are looked at: a window back from the latest post; None: all of them.

    No clock is asked, so that the same batches give the same. A post that says it was written after it was
    stored does not move the window.
    """
    if window_hours is None:
        return None
    latest_ms = max((min(batch.end_ms, batch.stored_ms) for batch in batches), default=0)
    return latest_ms - window_hours * HOUR_MS


def within(batches: Sequence[Batch], window_hours: int | None) -> list[Batch]:
    """Return the batches that hold posts of the window."""
    start_ms = since_ms(batches, window_hours)
    return [batch for batch in batches if start_ms is None or batch.end_ms >= start_ms]


def _not_begun(runs: QuerySet[Run], parameters: dict[str, Any]) -> Run | None:
    """Return the node's own run that waits with these parameters, locked."""
    waiting = runs.select_for_update().filter(state=Run.State.WAITING, by=None).order_by("created_ms")
    return next((one for one in waiting if one.parameters == parameters), None)


def fingerprint_of(
    declaration: Declaration, method: str, parameters: dict[str, Any], batches: Iterable[Batch]
) -> str:
    """Return what makes two runs the same: whose data, which method, how, over which batches."""
    whole = {
        "declaration": str(declaration.id),
        "method": method,
        "parameters": parameters,
        "batches": sorted(batch.sha256 for batch in batches),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def start_run(run_id: UUID) -> Run | None:
    """Say that a run is being worked on and return it; None when there is nothing left to do for it."""
    run = Run.objects.select_for_update().filter(id=run_id).first()
    if run is None or run.state not in {Run.State.WAITING, Run.State.RUNNING}:
        return None
    batches = [left_of(batch) for batch in run.batches.all()]
    run.batches.set([batch for batch in batches if batch])
    run.state = Run.State.RUNNING
    run.save(update_fields=["state"])
    return run


def left_of(batch: Batch) -> Batch | None:
    """Return what stands in a batch's place since posts were erased from it; None where nothing does."""
    left: Batch | None = batch
    while left is not None and left.erased_ms is not None:
        erasure = Erasure.objects.select_related("new").filter(old=left).first()
        left = erasure.new if erasure else None
    return left


def cancel_run(run: Run, *, by: Person) -> Run:
    """Ask for a run to stop; one that has not begun is cancelled at once, one that is over stays as it is.

    Raises:
        PermissionDenied: `by` may not, or the run is another organisation's.
    """
    _check_may_run(run.declaration, by)
    job = Job.objects.filter(id=run.job).first() if run.job else None
    if job is not None:
        job = jobs.cancel(job, by=person(by.id))
        end_run(job)
    return Run.objects.get(id=run.id)


@transaction.atomic
def end_run(job: Job) -> None:
    """Say of a run what became of its job, when that failed or was cancelled; its own end stays as it is."""
    states = {"failed": Run.State.FAILED, "cancelled": Run.State.CANCELLED}
    run = Run.objects.select_for_update().filter(job=job.id).first()
    if run is None or job.state not in states or run.state not in {Run.State.WAITING, Run.State.RUNNING}:
        return
    run.state, run.finished_ms = states[job.state], job.finished_ms
    run.error_code, run.error_facts = job.error_code, job.error_facts
    run.error_sentence, run.error_remedy = job.error_sentence, job.error_remedy
    run.save()
    record_run(f"run.{run.state}", run, by=None, code=job.error_code)


def _check_may_run(declaration: Declaration, by: Person | None) -> None:
    if by and not (may(by, "run.make") and by.organisation_id == declaration.organisation_id):
        raise PermissionDenied


def _asked(run: Run) -> Run:
    """Return the run with a job that waits or runs."""
    job = jobs.enqueue(
        DETECT,
        key=f"{DETECT}:{run.id}",
        by=actor(run.by),
        organisation=run.organisation_id,
        arguments={"run": str(run.id)},
    )
    if run.job != job.id:
        run.job = job.id
        run.save(update_fields=["job"])
    return run


def actor(by: Person | None) -> str:
    """Return how the ledger names who did it; nobody is the node itself."""
    return person(by.id) if by else NODE


def record_run(kind: str, run: Run, *, by: Person | None, **facts: object) -> None:
    """Append what was done to a run to the ledger."""
    record(kind, of=f"run:{run.id}", by=actor(by), organisation=run.organisation_id, **facts)
