"""Real workers and their children: they work, stop, and die at any moment without losing a job."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import transaction
from trial.waiting import is_alive, state_of, until

from vigie_node.clock import now_ms
from vigie_node.jobs import leases
from vigie_node.jobs.access import workers_alive
from vigie_node.jobs.actions import cancel
from vigie_node.jobs.models import Job, Schedule, State
from vigie_node.jobs.running import Running
from vigie_node.ledger.actions import HOST, NODE, record
from vigie_node.ledger.models import Cursor, Entry


def notes(file) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def test_a_worker_does_what_is_asked_runs_what_is_due_and_delivers_the_outbox(start, ask, file):
    jobs = [ask("note", key="first"), ask("error")]
    Schedule.objects.create(name="trial.often", kind="trial.often", every_ms=3_600_000, next_ms=now_ms())
    with transaction.atomic():
        record("trial.asked", of="trial", by=NODE)
    worker = start()
    until(lambda: all(Job.objects.get(id=job.id).is_over for job in jobs))
    until(lambda: Job.objects.filter(key="schedule:trial.often").exists())
    until(lambda: Entry.objects.filter(kind="trial.answered").exists())
    assert [state_of(job) for job in jobs] == [State.DONE, State.FAILED]
    assert notes(file) == ["done"]
    assert workers_alive().count() == 1
    worker.send_signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert workers_alive().count() == 0


@pytest.mark.usefixtures("nothing_comes_back")
def test_told_to_stop_it_stops_its_child_cleanly_and_gives_the_job_back(start, ask, file, first_pid):
    job = ask("deaf")
    worker = start()
    child = first_pid()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert not is_alive(child)
    assert notes(file)[-1] == "cleared away"
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease) == (State.QUEUED, 0, "")


@pytest.mark.usefixtures("nothing_comes_back")
def test_a_running_job_is_cancelled_and_the_worker_goes_on(start, ask, file, first_pid):
    job = ask("wait")
    start()
    first_pid()
    cancel(job, by=HOST)
    until(lambda: state_of(job) == State.CANCELLED)
    after = ask("note")
    until(lambda: state_of(after) == State.DONE)
    assert notes(file)[1:] == ["done"]


@pytest.mark.usefixtures("nothing_comes_back")
def test_a_killed_child_costs_one_attempt(start, ask, file):
    job = ask("die")
    start()
    until(lambda: state_of(job) == State.QUEUED and Job.objects.get(id=job.id).attempts == 1)
    Job.objects.filter(id=job.id).update(not_before_ms=0)
    until(lambda: state_of(job) == State.DONE)
    assert notes(file) == ["tried", "tried"]


@pytest.mark.usefixtures("nothing_comes_back")
def test_a_killed_worker_takes_its_child_with_it_and_another_goes_on(start, ask, file, first_pid):
    job = ask("wait")
    worker = start()
    child = first_pid()
    worker.kill()
    worker.wait()
    until(lambda: not is_alive(child))
    assert state_of(job) == State.RUNNING
    Job.objects.filter(id=job.id).update(lease_until_ms=0)  # a minute later
    file.with_name(file.name + ".go").touch()
    start()
    until(lambda: state_of(job) == State.QUEUED)
    Job.objects.filter(id=job.id).update(not_before_ms=0)
    until(lambda: state_of(job) == State.DONE)
    assert notes(file)[-1] == "gone on"


@pytest.mark.usefixtures("nothing_comes_back")
def test_a_worker_killed_while_it_delivers_hands_over_once_all_the_same(start, file):
    with transaction.atomic():
        asked = record("trial.asked_fragile", of="trial", by=NODE, file=str(file))
    assert start().wait() == -signal.SIGKILL
    assert not Entry.objects.filter(kind="trial.answered").exists()
    start()
    until(lambda: Entry.objects.filter(kind="trial.answered").exists())
    until(lambda: Cursor.objects.get(name="trial.fragile").seq >= asked.seq)
    assert Entry.objects.filter(kind="trial.answered").count() == 1


@pytest.mark.usefixtures("nothing_comes_back")
def test_a_child_whose_job_is_another_workers_now_stops(start, ask, first_pid):
    job = ask("wait")
    start()
    child = first_pid()
    Job.objects.filter(id=job.id).update(lease="another")
    until(lambda: not is_alive(child))
    assert state_of(job) == State.RUNNING


@pytest.mark.usefixtures("nothing_comes_back")
def test_two_workers_share_the_work_and_do_each_piece_once(start, ask, file):
    jobs = [ask("note", key=f"key {number}") for number in range(5)]
    start("2")
    start()
    until(lambda: all(state_of(job) == State.DONE for job in jobs))
    assert notes(file) == ["done"] * 5


@pytest.fixture
def running(on_this_database, ask):
    """Claim and start one job here, as a worker would."""

    def begin(kind: str, *, seconds_max: float = 600) -> Running:
        ask(kind)
        return Running(leases.claim(), cache=settings.HOME.cache, seconds_max=seconds_max)

    return begin


def test_work_that_takes_too_long_is_killed_and_has_failed(running, first_pid):
    one = running("deaf", seconds_max=0)
    child = first_pid()
    assert one.is_over()
    assert not is_alive(child)
    job = Job.objects.get()
    assert (job.state, job.error_code) == (State.FAILED, "job.slow")


def test_a_cancelled_job_that_does_not_listen_is_told_and_then_killed(running, first_pid, monkeypatch):
    for name in ("LOOK_EVERY_S", "CANCEL_GRACE_S", "STOP_GRACE_S"):
        monkeypatch.setattr(f"vigie_node.jobs.running.{name}", 0)
    one = running("deaf")
    child = first_pid()
    cancel(Job.objects.get(), by=HOST)
    until(one.is_over)
    assert not is_alive(child)
    assert Job.objects.get().state == State.CANCELLED


def test_a_child_without_its_parent_does_not_begin(on_this_database, ask, file):
    ask("note")
    job = leases.claim()
    command = [sys.executable, "-m", "vigie_node.jobs.child", str(job.id), job.lease]
    ended = subprocess.run(command, check=False, env=_with_parent(1))
    assert ended.returncode == 1
    assert not file.exists()


def test_a_child_with_an_old_lease_does_nothing(on_this_database, ask, file):
    ask("note")
    job = leases.claim()
    command = [sys.executable, "-m", "vigie_node.jobs.child", str(job.id), "an old one"]
    assert subprocess.run(command, check=False).returncode == 0
    assert not file.exists()


def _with_parent(pid: int) -> dict[str, str]:
    import os

    return {**os.environ, "VIGIE_PARENT": str(pid)}


@pytest.mark.any_database
def test_the_worker_imports_no_scientific_package(on_this_database):
    program = (
        "import sys, django; django.setup(); import vigie_node.jobs.worker; "
        "from vigie_node.jobs import registry, running; registry.load(); "
        "print([name for name in ('numpy', 'pyarrow', 'scipy', 'numba', 'altair', 'networkit', 'duckdb') "
        "if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "[]"
