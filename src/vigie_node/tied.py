"""A child process that does not outlive its parent, not even one that was killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "VIGIE_PARENT"  # the parent's process id, in the child's environment
PR_SET_PDEATHSIG = 1  # prctl(2): https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
LOOK_EVERY_S = 1.0


def environment_of_child() -> dict[str, str]:
    """Return the environment for a child that calls `die_with_parent`."""
    return {**os.environ, PARENT: str(os.getpid())}


def die_with_parent() -> None:
    """Be killed when the parent dies; does nothing in a process that was not started as a child of ours.

    Raises:
        SystemExit: the parent is dead already.
    """
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()
    if os.getppid() != int(parent):  # it died before we asked
        raise SystemExit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGKILL)
