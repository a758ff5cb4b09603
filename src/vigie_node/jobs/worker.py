"""The worker: `python -m vigie_node.jobs.worker [PROCESSES]` claims jobs and runs each in its own process.

Between looks at its jobs it delivers the outbox, runs schedules, puts back jobs whose process was lost, and
witnesses the ledger. It imports no scientific package: only its children do. SIGTERM stops the children and
gives their jobs back; killed, it takes them with it, and their leases run out.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from vigie_node.tied import die_with_parent
from vigie_node.wakeups import Wakeups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vigie_node.jobs.presence import Presence
    from vigie_node.jobs.running import Running

POLL_S = 0.5
FAULT_WAIT_S = 2.0  # after a fault of the database, say
BEAT_EVERY_S = 10.0
WITNESS_EVERY_S = 60.0
SWEEP_EVERY_S = 3600.0

LOG = structlog.stdlib.get_logger("vigie_node.jobs")


@dataclass
class Chore:
    """Something small that the worker does now and then."""

    every_s: float
    do: Callable[[], object]
    next_s: float = 0.0


def main(arguments: Sequence[str]) -> int:
    """Work until told to stop."""
    with Wakeups() as wakeups:
        die_with_parent()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
        import django  # noqa: PLC0415 (after the process is tied to its parent)

        django.setup()
        work(wakeups, processes=int(arguments[0]) if arguments else 1)
    return 0


def work(wakeups: Wakeups, *, processes: int) -> None:
    """Claim and run jobs, at most so many at a time, until told to stop."""
    from vigie_node.jobs import registry, schedules  # noqa: PLC0415 (models need Django set up)
    from vigie_node.jobs.presence import Presence  # noqa: PLC0415

    registry.load()
    presence = Presence()
    chores = _chores(presence)
    running: list[Running] = []
    _guarded(schedules.seed)
    while not wakeups.stops:
        good = _guarded(lambda: _look_after(running, processes))
        for chore in chores:
            good = _do(chore) and good
        wakeups.wait(POLL_S if good else FAULT_WAIT_S)
    for each in running:
        each.stop()
    for each in running:
        _guarded(each.give_back)
    _guarded(_witness)
    _guarded(presence.leave)


def _look_after(running: list[Running], processes: int) -> None:
    """Let go of jobs that are over, and begin others where there is room."""
    from django.conf import settings  # noqa: PLC0415 (models need Django set up)

    from vigie_node.jobs import leases  # noqa: PLC0415
    from vigie_node.jobs.running import Running  # noqa: PLC0415

    running[:] = [each for each in running if not each.is_over()]
    while len(running) < processes:
        job = leases.claim()
        if job is None:
            return
        running.append(Running(job, cache=settings.HOME.cache, seconds_max=settings.NODE.job_seconds_max))


def _chores(presence: Presence) -> list[Chore]:
    from vigie_node.jobs import leases, schedules, sweeping  # noqa: PLC0415 (models need Django set up)
    from vigie_node.ledger import outbox  # noqa: PLC0415

    return [
        Chore(BEAT_EVERY_S, presence.beat),
        Chore(POLL_S, outbox.deliver),
        Chore(POLL_S, schedules.run_due),
        Chore(BEAT_EVERY_S, leases.put_back_expired),
        Chore(WITNESS_EVERY_S, _witness),
        Chore(SWEEP_EVERY_S, sweeping.sweep),
    ]


def _witness() -> None:
    from vigie_node.ledger.actions import witness  # noqa: PLC0415 (models need Django set up)

    if not witness():
        LOG.error("the ledger does not continue what was witnessed: run vigie ledger verify")


def _do(chore: Chore) -> bool:
    now_s = time.monotonic()
    if now_s < chore.next_s:
        return True
    chore.next_s = now_s + chore.every_s
    return _guarded(chore.do)


def _guarded(do: Callable[[], object]) -> bool:
    """Do something; a fault (the database restarts, the disk is full) is logged and the worker goes on."""
    from django.db import close_old_connections  # noqa: PLC0415 (models need Django set up)

    try:
        do()
    except Exception as fault:
        LOG.error("worker fault", exc_info=fault)  # noqa: TRY400 (its text stays out)
        close_old_connections()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
