"""A job's process, as its worker sees it: started, watched, stopped, its end written where it was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from vigie_node.jobs import leases
from vigie_node.jobs.errors import SlowJobError
from vigie_node.tied import environment_of_child

if TYPE_CHECKING:
    from pathlib import Path

    from vigie_node.jobs.models import Job

LOOK_EVERY_S = 1.0  # how soon a wish to cancel is seen
RENEW_EVERY_S = leases.LEASE_MS / 1000 / 4
CANCEL_GRACE_S = 10.0  # for the handler to stop by itself, before its process is told to
STOP_GRACE_S = 10.0  # for the process to end when told to, before it is killed
HOUR_S = 3600

LOG = structlog.stdlib.get_logger("vigie_node.jobs")


class Running:
    """The process of one job.

    Args:
        job: the job, leased to this worker.
        cache: where compiled code is kept between processes.
        seconds_max: how long it may take.
    """

    def __init__(self, job: Job, *, cache: Path, seconds_max: float) -> None:
        self._id, self._lease, self._kind = job.id, job.lease, job.kind
        self._seconds_max = seconds_max
        self._begun_s = self._renewed_s = self._looked_s = time.monotonic()
        self._cancelled_s: float | None = None
        environment = environment_of_child()
        environment.setdefault("NUMBA_CACHE_DIR", str(cache / "numba"))
        self._process = subprocess.Popen(  # noqa: S603 (our own program, on our own interpreter)
            [sys.executable, "-m", "vigie_node.jobs.child", str(job.id), job.lease],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the supervisor's; and what the job starts dies with it
        )
        self._log("job started", attempt=job.attempts)

    def is_over(self) -> bool:
        """Look after the process; True when it has ended and the end is written."""
        now_s = time.monotonic()
        if self._process.poll() is not None:
            self._bury()
            return True
        if now_s - self._begun_s > self._seconds_max:
            self._kill()
            leases.fail(self._id, self._lease, SlowJobError(hours=round(self._seconds_max / HOUR_S, 1)))
            return True
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            return not self._may_go_on(now_s)
        return False

    def stop(self) -> None:
        """Tell the process to end; `give_back` waits for it."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def give_back(self) -> None:
        """Wait for the end of a process that was told to stop, and put its job back for later."""
        try:
            self._process.wait(STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            self._kill()
        leases.give_back(self._id, self._lease)
        self._log("job given back")

    def _may_go_on(self, now_s: float) -> bool:
        """Renew the lease when it is time, and see whether the job is still wanted and ours."""
        if now_s - self._renewed_s >= RENEW_EVERY_S:
            self._renewed_s = now_s
            job = leases.renew(self._id, self._lease)
        else:
            job = leases.held(self._id, self._lease)
        if job is None:  # its end was written a moment ago, or somebody else has it
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LOOK_EVERY_S)
            self._kill()
            return False
        if job.cancel_asked:
            self._press(now_s)
        return True

    def _press(self, now_s: float) -> None:
        """Let a cancelled job stop by itself, then tell its process, then kill it."""
        self._cancelled_s = self._cancelled_s or now_s
        waited_s = now_s - self._cancelled_s
        if waited_s > CANCEL_GRACE_S + STOP_GRACE_S:
            self._kill()
        elif waited_s > CANCEL_GRACE_S:
            self.stop()

    def _bury(self) -> None:
        """Write the end of a job whose process did not."""
        status = self._process.returncode
        self._log("job's process ended", status=status)
        if status != 0:
            leases.try_again(self._id, self._lease)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _log(self, what: str, **facts: object) -> None:
        LOG.info(what, job=str(self._id), kind=self._kind, **facts)
