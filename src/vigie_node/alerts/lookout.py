"""The lookout: `python -m vigie_node.alerts.lookout` looks at what the collector writes while it is written.

It reads the growing segments of live sources, keeps the acts of the last minutes as figures and gives a first
notice of groups that cross what the last full look allows. It writes nothing but alerts; killed, it begins
again with the segments that are there, and what an alert says already is not said again.
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

LOG = structlog.stdlib.get_logger("vigie_node.alerts.lookout")
LOOK_EVERY_S, IDLE_S, FAULT_WAIT_S = 1.0, 5.0, 5.0
NICENESS = 5  # whoever serves pages or takes in comes first


def main() -> int:
    """Look out until told to stop."""
    with Wakeups() as wakeups:
        die_with_parent()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.nice(NICENESS)
        import django  # noqa: PLC0415 (after the process is tied to its parent)

        django.setup()
        look_out(wakeups)
    return 0


def look_out(wakeups: Wakeups) -> None:
    """Look again and again; the scientific packages are loaded once there is something to look at."""
    look: Callable[[], object] = begun
    while not wakeups.stops:
        found, is_well = guarded(look)
        if is_well and look is begun and found:
            from vigie_node.alerts.looking_out import LookingOut  # noqa: PLC0415 (heavy)

            look = LookingOut(stops=lambda: bool(wakeups.stops)).look
        elif is_well:
            wakeups.wait(IDLE_S if look is begun else LOOK_EVERY_S)
        else:
            wakeups.wait(FAULT_WAIT_S)


def begun() -> bool:
    """Tell whether there is anything to look at."""
    from vigie_node.alerts.lookout_plans import watched_declarations  # noqa: PLC0415 (as above)

    return bool(watched_declarations())


def guarded(do: Callable[[], object]) -> tuple[object, bool]:
    """Do something; return what it returns and True; a fault is logged, and told by False."""
    from django.db import close_old_connections  # noqa: PLC0415 (models need Django set up)

    try:
        return do(), True
    except Exception as fault:
        LOG.error("lookout fault", exc_info=fault)  # noqa: TRY400 (its text stays out)
        close_old_connections()
        return None, False


if __name__ == "__main__":
    sys.exit(main())
