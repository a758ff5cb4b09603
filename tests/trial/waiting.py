"""Waiting for processes, and what they did."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vigie_node.jobs.models import Job

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 60.0  # on a machine that does much else; nothing is measured with it


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            pytest.fail("it never came")
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def state_of(job: Job) -> str:
    """Return where a job stands now."""
    return Job.objects.get(id=job.id).state


def kill(pid: int) -> None:
    """Kill, as the system does when memory runs out."""
    os.kill(pid, signal.SIGKILL)
