"""Signals as events of a loop: a wait is cut short by a wish to stop or by a child's end."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
DRAIN_BYTES = 4096


class Wakeups:
    """Counts wishes to stop while it is entered; the main thread's only.

    Attributes:
        stops: how often one of STOPS came.
    """

    def __init__(self) -> None:
        self.stops = 0

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._fd_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {each: signal.signal(each, self._note) for each in (*STOPS, signal.SIGCHLD)}
        return self

    def __exit__(self, *_: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._fd_before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a signal comes."""
        ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
        if ready:
            os.read(self._read, DRAIN_BYTES)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.stops += number in STOPS
