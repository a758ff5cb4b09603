"""One line in the log for each request, and how long requests take: never an address or a person."""

from __future__ import annotations

import sys
import time
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from django.core.signals import got_request_exception

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, HttpResponse

LOG = structlog.stdlib.get_logger("vigie_node.web")
BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5)


class Durations:
    """How many requests took at most so long, as Prometheus counts them (cumulative buckets)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[float] = Counter()
        self._statuses: Counter[int] = Counter()
        self.sum_s = 0.0

    def add(self, seconds: float, status: int) -> None:
        """Count one request."""
        with self._lock:
            self.sum_s += seconds
            self._statuses[status] += 1
            self._counts[next((bound for bound in BOUNDS_S if seconds <= bound), float("inf"))] += 1

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Yield each bound in seconds with how many requests took at most that; infinity last."""
        total = 0
        for bound in (*BOUNDS_S, float("inf")):
            total += self._counts[bound]
            yield bound, total

    def statuses(self) -> dict[int, int]:
        """Return how many answers had each status."""
        return dict(sorted(self._statuses.items()))


def log_fault(sender: object, **_: object) -> None:  # noqa: ARG001 (Django's signal)
    """Log the type and the places of the exception behind a 500 page."""
    LOG.error("fault", exc_info=sys.exc_info())


got_request_exception.connect(log_fault, dispatch_uid="vigie.log_fault")
DURATIONS = Durations()  # of this process, since it began


class RequestLog:
    """Log what route was asked for, how it was answered and how long that took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and write the line."""
        begun = time.perf_counter()
        response = self._next(request)
        seconds = time.perf_counter() - begun
        DURATIONS.add(seconds, response.status_code)
        match = request.resolver_match
        LOG.info(
            "request",
            route=match.view_name if match else None,
            method=request.method if request.method in {"GET", "POST", "HEAD", "OPTIONS"} else "other",
            status=response.status_code,
            ms=round(1000 * seconds),
        )
        return response
