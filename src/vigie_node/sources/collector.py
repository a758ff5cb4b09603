"""The collector: `python -m vigie_node.sources.collector` reads the node's live sources until told to stop.

It imports no scientific package: what comes is only written down here, and read by the worker's children.
SIGTERM closes the files and hands them in; killed, it goes on from what the disk says.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import structlog

from vigie_node.tied import die_with_parent
from vigie_node.wakeups import Wakeups

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = structlog.stdlib.get_logger("vigie_node.sources.live")
LOOK_EVERY_S = 1.0
FAULT_WAIT_S = 5.0


def main() -> int:
    """Collect until told to stop."""
    with Wakeups() as wakeups:
        die_with_parent()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
        import django  # noqa: PLC0415 (after the process is tied to its parent)

        django.setup()
        collect(wakeups)
    return 0


def collect(wakeups: Wakeups) -> None:
    """Look after all sources, again and again."""
    from vigie_node.sources.live.collecting import Collector  # noqa: PLC0415 (models need Django set up)

    collector = Collector()
    while not wakeups.stops:
        wakeups.wait(LOOK_EVERY_S if guarded(collector.look) else FAULT_WAIT_S)
    guarded(collector.stop)


def guarded(do: Callable[[], object]) -> bool:
    """Do something; a fault (the database restarts, the disk is full) is logged and the collector goes on."""
    from django.db import close_old_connections  # noqa: PLC0415 (models need Django set up)

    try:
        do()
    except Exception as fault:
        LOG.error("collector fault", exc_info=fault)  # noqa: TRY400 (its text stays out)
        close_old_connections()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
