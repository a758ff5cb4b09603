"""Real workers on the test's database."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from trial.waiting import PATIENCE_S, until

from vigie_node.jobs import registry
from vigie_node.jobs.actions import enqueue
from vigie_node.jobs.models import Schedule
from vigie_node.ledger.actions import NODE

if TYPE_CHECKING:
    from vigie_node.jobs.models import Job

TESTS = Path(__file__).parents[2]


@pytest.fixture
def on_this_database(transactional_db, monkeypatch):
    """Let processes that the test starts meet it on its database."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "trial.settings")
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("TRIAL_DATABASE", str(connection.settings_dict["NAME"]))
    monkeypatch.delenv("VIGIE_PARENT", raising=False)


@pytest.fixture
def nothing_comes_back(on_this_database):
    """Let no schedule be due, so that the worker does what the test asks and nothing else."""
    registry.load()
    for name in (*registry.schedules(), "trial.often"):
        Schedule.objects.create(name=name, kind=name, every_ms=1_000, next_ms=2**60)


@pytest.fixture
def start(on_this_database):
    """Start a worker; all are gone after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "vigie_node.jobs.worker", *arguments], start_new_session=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait(PATIENCE_S)
    connections.close_all()


@pytest.fixture
def file(tmp_path) -> Path:
    """Where work notes what it does."""
    return tmp_path / "notes"


@pytest.fixture
def ask(file):
    """Ask for trial work and return the job."""

    def asked(kind: str, **options: object) -> Job:
        options = {"key": kind, "by": NODE, **options}
        return enqueue(f"trial.{kind}", arguments={"file": str(file)}, **options)

    return asked


@pytest.fixture
def first_pid(file):
    """Wait for the process that does the work to say who it is."""

    def said() -> int:
        until(lambda: file.exists() and file.read_text().splitlines())
        return int(file.read_text().splitlines()[-1])

    return said
