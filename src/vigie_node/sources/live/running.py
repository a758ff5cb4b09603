"""One source, read on a thread of its own again and again, until it is stopped."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import structlog

from vigie.terms.errors import VigieError
from vigie_node.sources.live.errors import DiskError, FaultError, LiveError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie_node.sources.live.backoff import Backoff
    from vigie_node.sources.live.listening import Listening

LOG = structlog.stdlib.get_logger("vigie_node.sources.live")


class Runner:
    """Reads a source until it is stopped; what goes wrong is noted, and tried again later each time.

    Args:
        to: the source.
        listen: reads it once, and returns in how many seconds to come back.
        backoff: how long to wait after a failure.
    """

    def __init__(self, to: Listening, listen: Callable[[Listening], float], backoff: Backoff) -> None:
        self.to = to
        self._listen, self._backoff = listen, backoff
        self._thread = threading.Thread(target=self._run, name="vigie-live", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Tell it to stop; `wait` waits until it has."""
        self.to.stop()

    def wait(self, seconds: float) -> bool:
        """Wait so long for it to end, and return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self.to.stopping.is_set():
            self.to.stopping.wait(self._once())

    def _once(self) -> float:
        """Read once, and return how long to wait then."""
        count = self.to.health.now().event_count
        try:
            wait_s = self._listen(self.to)
        except VigieError as error:
            return self._failed(error, count)
        except OSError as error:
            return self._failed(DiskError(reason=os.strerror(error.errno or 0)), count)
        except Exception as fault:
            LOG.error("listener fault", exc_info=fault)  # noqa: TRY400 (its text stays out)
            return self._failed(FaultError(fault=type(fault).__name__), count)
        self._backoff.reset()
        self.to.health.visits_next(self.to.now_ms() + int(wait_s * 1000))
        return wait_s

    def _failed(self, error: VigieError, count: int) -> float:
        if self.to.stopping.is_set():
            return 0.0  # it was cut because it is to stop
        if self.to.health.now().event_count > count:
            self._backoff.reset()  # it went well for a while
        asked_s = error.wait_s if isinstance(error, LiveError) else 0.0
        wait_s = max(asked_s, self._backoff.next_s())
        self.to.health.failed(error, next_ms=self.to.now_ms() + int(wait_s * 1000))
        return wait_s
