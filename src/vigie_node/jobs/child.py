"""One job in a process of its own: `python -m vigie_node.jobs.child JOB LEASE`.

What a job needs of memory goes back with its process, and what it breaks stays in it. The process dies with
its worker, works at low priority, and writes itself how the job ended; if it dies before, the worker does.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from vigie.terms.errors import VigieError
from vigie_node.tied import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

    from vigie_node.jobs.models import Job

NICENESS = 10  # pages answer first
STOPPED = 143  # as shells count SIGTERM

LOG = structlog.stdlib.get_logger("vigie_node.jobs")


def main(arguments: Sequence[str]) -> int:
    """Do one job and return 0 when its end is written."""
    signal.signal(signal.SIGTERM, _on_terminate)
    die_with_parent()
    os.nice(NICENESS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
    import django  # noqa: PLC0415 (after the process is tied to its parent)

    django.setup()
    from vigie_node.jobs import leases  # noqa: PLC0415 (models need Django set up)

    job_id, lease = UUID(arguments[0]), arguments[1]
    job = leases.held(job_id, lease)
    if job is not None:
        do(job)
    return 0


def do(job: Job) -> None:
    """Run a job's handler and write how it ended."""
    from vigie_node.jobs import leases, registry  # noqa: PLC0415 (models need Django set up)
    from vigie_node.jobs.errors import CancelledError  # noqa: PLC0415
    from vigie_node.jobs.task import Task  # noqa: PLC0415

    try:
        registry.load()
        registry.handler_of(job.kind)(Task.of(job))
    except CancelledError:
        leases.stop(job.id, job.lease)  # writes nothing where the lease was lost
    except VigieError as error:
        leases.fail(job.id, job.lease, error)
    except Exception as fault:
        facts = {"job": str(job.id), "kind": job.kind}
        LOG.error("job failed", **facts, exc_info=fault)  # noqa: TRY400 (its text stays out)
        leases.try_again(job.id, job.lease, fault=type(fault).__name__)
    else:
        leases.finish(job.id, job.lease)


def _on_terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End so that what was begun is cleared away: temporary files, transactions."""
    raise SystemExit(STOPPED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
