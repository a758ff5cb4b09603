"""How one source is, in memory: its listener writes, the collector reads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.terms.errors import VigieError

MINUTE_MS, SECOND_MS = 60_000, 1_000


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a source at a moment; see the columns of `SourceHealth`."""

    is_open: bool = False
    last_event_ms: int | None = None
    lag_ms: int | None = None
    event_count: int = 0
    unread_count: int = 0
    events_per_minute: int = 0
    reconnect_count: int = 0
    next_ms: int | None = None
    error: VigieError | None = None
    error_ms: int | None = None


class Health:
    """Keeps the figures of one source. Threads may share it.

    Args:
        now_ms: tells the time.
        event_count: of earlier processes; the other counts likewise.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        *,
        event_count: int = 0,
        unread_count: int = 0,
        reconnect_count: int = 0,
        last_event_ms: int | None = None,
    ) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._lately: deque[tuple[int, int]] = deque()  # (second, events)
        self._opened_before = False
        self._state = State(
            event_count=event_count,
            unread_count=unread_count,
            reconnect_count=reconnect_count,
            last_event_ms=last_event_ms,
        )

    def opened(self) -> None:
        """Note that it is connected, or that a visit went well."""
        with self._lock:
            again = self._state.error is not None and self._opened_before
            count = self._state.reconnect_count + again
            self._opened_before = True
            self._state = replace(self._state, is_open=True, next_ms=None, error=None, reconnect_count=count)

    def heard(self, count: int, *, unread: int = 0, lag_ms: int | None = None) -> None:
        """Note that so many events came, and how old the last of them was."""
        now = self._now_ms()
        with self._lock:
            self._lately.append((now // SECOND_MS, count))
            self._state = replace(
                self._state,
                last_event_ms=now if count else self._state.last_event_ms,
                lag_ms=self._state.lag_ms if lag_ms is None else max(0, lag_ms),
                event_count=self._state.event_count + count,
                unread_count=self._state.unread_count + unread,
            )

    def failed(self, error: VigieError, *, next_ms: int) -> None:
        """Note what went wrong, and when it is tried again."""
        now = self._now_ms()
        with self._lock:
            self._state = replace(self._state, is_open=False, error=error, error_ms=now, next_ms=next_ms)

    def visits_next(self, next_ms: int) -> None:
        """Note when the next visit is."""
        with self._lock:
            self._state = replace(self._state, next_ms=next_ms)

    def now(self) -> State:
        """Return how it is at this moment."""
        since = (self._now_ms() - MINUTE_MS) // SECOND_MS
        with self._lock:
            while self._lately and self._lately[0][0] <= since:
                self._lately.popleft()
            return replace(self._state, events_per_minute=sum(count for _, count in self._lately))
