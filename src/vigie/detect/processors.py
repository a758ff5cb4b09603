"""How many processors there are to count with."""

from __future__ import annotations

import os


def processors() -> int:
    """Return how many processors this process may use; those of the machine where the system does not say.

    macOS and Windows have no `sched_getaffinity`.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
