"""Whether the node lives, and how it is, for machines that watch it; nothing of people or organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily

from vigie_node.jobs.access import workers_alive
from vigie_node.jobs.models import Job
from vigie_node.ledger.models import Head
from vigie_node.ledger.outbox import stalled
from vigie_node.people.actions.tokens import check_token
from vigie_node.sources.live.looking import figures
from vigie_node.sources.room import room_now
from vigie_node.web.requests import DURATIONS
from vigie_node.web.routes import EVERYBODY, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from prometheus_client.core import Metric

NOT_READY = 503
UNAUTHORIZED, FORBIDDEN = 401, 403


@needs(EVERYBODY)
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Say whether the web process answers and reaches its database; nothing else, to anybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=NOT_READY)
    return JsonResponse({"status": "ok"})


@needs(EVERYBODY)  # who asks is checked here: a token that allows health.read
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return figures of the node in Prometheus's text format."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    bearer = check_token(secret) if scheme.lower() == "bearer" else None
    if bearer is None:
        return HttpResponse(status=UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    if "health.read" not in bearer.permissions:
        return HttpResponse(status=FORBIDDEN)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures:
    """The figures, read anew each time they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        yield _gauge("vigie_up", "1 while the web process answers", 1)
        yield _gauge("vigie_workers", "workers seen lately", workers_alive().count())
        yield _gauge("vigie_outbox_stalled", "subscribers that fail again and again", stalled().count())
        yield _gauge("vigie_ledger_entries", "entries of the ledger", _entries())
        room = room_now()
        yield _gauge("vigie_store_bytes", "bytes of all batches", room.used_bytes)
        yield _gauge("vigie_disk_free_bytes", "bytes free on the disk of the store", room.free_bytes)
        yield _jobs()
        yield from _live()
        yield _durations()


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _entries() -> int:
    head = Head.objects.filter(id=1).first()
    return head.seq if head else 0


def _jobs() -> Metric:
    family = GaugeMetricFamily("vigie_jobs", "jobs by state", labels=["state"])
    for state, count in Job.objects.values_list("state").annotate(Count("id")):
        family.add_metric([state], count)
    return family


def _live() -> Iterator[Metric]:
    now = figures()
    family = GaugeMetricFamily(
        "vigie_live_sources", "live sources that are wanted, by state", labels=["state"]
    )
    for state, count in now.counts.items():
        family.add_metric([state], count)
    yield family
    yield _gauge("vigie_live_events_per_minute", "events of all live sources", now.events_per_minute)
    if now.lag_ms_max is not None:
        yield _gauge("vigie_live_lag_seconds", "the largest lag of a live source", now.lag_ms_max / 1000)


def _durations() -> Metric:
    buckets = [
        ("+Inf" if bound == float("inf") else str(bound), count) for bound, count in DURATIONS.buckets()
    ]
    return HistogramMetricFamily(
        "vigie_request_seconds",
        "how long pages took, this process",
        buckets=buckets,
        sum_value=DURATIONS.sum_s,
    )
