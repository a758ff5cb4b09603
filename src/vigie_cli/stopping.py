"""Ctrl-C and SIGTERM: a run ends where `main` catches them, wherever in it they fall."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

AGAIN_S = 0.05  # until an interruption that was lost is raised again
_lost: list[BaseException] = []


class Terminated(BaseException):
    """SIGTERM came. `main` catches it: at the interpreter’s end its frames would outlive compiled code."""


def listen() -> None:
    """Let SIGTERM end a run as Ctrl-C does, and raise either again when it was lost.

    Python drops what is raised in destructors and callbacks, and numba runs many of them while it compiles.
    See sys.unraisablehook in Python's reference.
    """
    signal.signal(signal.SIGTERM, _terminate)
    if hasattr(signal, "setitimer"):  # not Windows
        signal.signal(signal.SIGALRM, _again)
        sys.unraisablehook = _keep


def behind(fault: BaseException) -> BaseException | None:
    """Return the interruption that a fault comes from: its cause, or one that was dropped before it."""
    if _lost:
        interruption = _lost[-1]
        end()
        return interruption
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, KeyboardInterrupt | Terminated):
        cause = cause.__cause__ or cause.__context__
    return cause


def end() -> None:
    """Raise nothing any more."""
    _lost.clear()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _again(_signal: int, _frame: FrameType | None) -> None:
    if _lost:
        raise _lost.pop()


def _keep(dropped: sys.UnraisableHookArgs) -> None:
    if isinstance(dropped.exc_value, KeyboardInterrupt | Terminated) and not sys.is_finalizing():
        _lost.append(dropped.exc_value)
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        sys.__unraisablehook__(dropped)
