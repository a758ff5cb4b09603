"""Work that ends in every way that work can end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node.jobs.registry import every, handler
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.outbox import subscribe

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

PAUSE_S = 0.02


def note(task: Task, text: str) -> None:
    """Add a line to the file that the test reads."""
    with Path(task.arguments["file"]).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


@handler("trial.note")
def write_note(task: Task) -> None:
    """Note one line."""
    note(task, str(task.arguments.get("text", "done")))


@handler("trial.wait")
def wait(task: Task) -> None:
    """Note the process, then wait until the test says go, asking all the time whether to stop."""
    note(task, str(os.getpid()))
    while not Path(task.arguments["file"] + ".go").exists():
        task.progress(say("Waiting"), 1, 2)
        task.check()
        time.sleep(PAUSE_S)
    note(task, "gone on")


@handler("trial.deaf")
def sleep(task: Task) -> None:
    """Note the process, then sleep without asking; note when told to end."""
    try:
        note(task, str(os.getpid()))
        time.sleep(600)
    finally:
        note(task, "cleared away")


@handler("trial.error")
def stop_on_error(_task: Task) -> None:
    """Stop on an error that a person can act on."""
    raise BadOptionError(option="--x", value="7", expected=say("the same kind at most once"))


@handler("trial.fault")
def stop_on_fault(_task: Task) -> None:
    """Stop on a fault."""
    message = "Somebody’s name"
    raise RuntimeError(message)


@handler("trial.die")
def die(task: Task) -> None:
    """Die without a word the first time."""
    first = not Path(task.arguments["file"]).exists()
    note(task, "tried")
    if first:
        os.kill(os.getpid(), signal.SIGKILL)


@every("trial.often", 3_600_000)
def come_back(_task: Task) -> None:
    """Leave a trace that it was done."""
    with transaction.atomic():
        record("trial.often_done", of="trial", by=NODE)


@subscribe("trial.echo", "trial.asked")
def echo(entry: Entry) -> None:
    """Answer in the ledger."""
    record("trial.answered", of=f"entry:{entry.seq}", by=NODE)


@subscribe("trial.fragile", "trial.asked_fragile")
def die_once(entry: Entry) -> None:
    """Answer in the ledger, and be killed before that counts, the first time."""
    record("trial.answered", of=f"entry:{entry.seq}", by=NODE)
    file = Path(entry.said["file"])
    if not file.exists():
        file.touch()
        os.kill(os.getpid(), signal.SIGKILL)
