"""Run a command as a whole process and tell its CPU seconds, peak memory and time on the clock.

CPU seconds are user and system time of the process and its children, from `wait4`. Memory is sampled over
the whole tree of processes; where the process itself once had more than was sampled, that counts. Linux
counts the memory of the process that starts another as the other's peak, so a small process of its own does
the measuring: `python measure.py RESULT COMMAND ...`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE_S = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class CommandError(Exception):
    """A measured command failed."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run, or the median of several, took."""

    cpu_s: float
    memory_bytes: int
    wall_s: float

    def __add__(self, other: Run) -> Run:
        """Return one run after the other."""
        return Run(
            cpu_s=self.cpu_s + other.cpu_s,
            memory_bytes=max(self.memory_bytes, other.memory_bytes),
            wall_s=self.wall_s + other.wall_s,
        )


def measured(command: Sequence[str | Path]) -> Run:
    """Run a command once.

    Raises:
        CommandError: it failed; what it said is in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        words = [sys.executable, "-S", __file__, str(result), *map(str, command)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CommandError(f"{' '.join(words[4:])}\n{done.stderr[-2000:]}")
        return Run(**json.loads(result.read_text()))


def median(runs: Sequence[Run]) -> Run:
    """Return the median of each figure."""
    return Run(
        cpu_s=statistics.median(run.cpu_s for run in runs),
        memory_bytes=round(statistics.median(run.memory_bytes for run in runs)),
        wall_s=statistics.median(run.wall_s for run in runs),
    )


def in_turn(contenders: dict[str, Callable[[], Run]], times: int) -> dict[str, Run]:
    """Run all contenders one after another, again and again, and return the medians.

    In turn, so that what else the machine does falls on all alike.
    """
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _time in range(times):
        for name, run in contenders.items():
            runs[name].append(run())
    return {name: median(of_one) for name, of_one in runs.items()}


def resident(pid: int) -> int:
    """Return the memory of a process and all its descendants, 0 where the system does not tell."""
    total = 0
    with suppress(OSError, ValueError, IndexError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text().split()
            total += sum(resident(int(child)) for child in children)
    return total


def _watch(pid: int, ended: Event, most: list[int]) -> None:
    while not ended.wait(SAMPLE_S):
        most[0] = max(most[0], resident(pid))


def _main(result: Path, command: Sequence[str]) -> int:
    most, ended = [0], Event()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watcher = Thread(target=_watch, args=(process.pid, ended, most))
    watcher.start()
    _pid, status, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = max(most[0], used.ru_maxrss * MAXRSS_UNIT)
    result.write_text(
        json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "memory_bytes": memory, "wall_s": wall_s})
    )
    return process.returncode


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
