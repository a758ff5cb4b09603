"""The time that a whole request may take, counted down through all its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.outbound.errors import TimedOutError

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[], float]  # seconds that only grow, from an unknown start


class Deadline:
    """The end of a request.

    Args:
        total_ms: how long it may take from now.
        clock: tells the time, in seconds.
    """

    def __init__(self, total_ms: int, clock: Clock) -> None:
        self._clock = clock
        self.restart(total_ms)

    def restart(self, total_ms: int) -> None:
        """Count anew from now: the head of a stream is there, and its life begins."""
        self._total_ms = total_ms
        self._end_s = self._clock() + total_ms / 1000

    def left_s(self, host: str, *, at_most_s: float | None = None) -> float:
        """Return the seconds that the next step may take, more than 0.

        Args:
            host: whom we are waiting for.
            at_most_s: the step's own limit.

        Raises:
            TimedOutError: no time is left.
        """
        left_s = self._end_s - self._clock()
        if left_s <= 0:
            raise TimedOutError(host=host, limit_ms=self._total_ms)
        return left_s if at_most_s is None else min(left_s, at_most_s)
