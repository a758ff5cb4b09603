"""How live sources are, for pages, for `vigie doctor` and for machines that watch the node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie_node.clock import now_ms
from vigie_node.sources.models import Source, SourceHealth

if TYPE_CHECKING:
    from collections.abc import Mapping

HEARD_MS = 60_000  # a collector that did not write for so long is not there
UNHEARD = "unheard"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All sources of the node together.

    Args:
        counts: those that people want read, by `SourceHealth.State`, or `unheard` where no collector looks.
        events_per_minute: of all of them.
        lag_ms_max: the largest lag among those that are read; None where none has any.
    """

    counts: Mapping[str, int]
    events_per_minute: int
    lag_ms_max: int | None


def is_heard(source: Source) -> bool:
    """Tell whether the collector looks after a source; a new one has a minute."""
    return now_ms() - (source.health.seen_ms or source.created_ms) < HEARD_MS


def figures() -> Figures:
    """Return how the node's live sources are at this moment."""
    counts = dict.fromkeys((*SourceHealth.State.values, UNHEARD), 0)
    del counts[SourceHealth.State.STOPPED]
    rate, lags = 0, []
    for source in Source.objects.filter(stopped_ms=None).select_related("health"):
        heard = is_heard(source)
        counts[source.health.state if heard else UNHEARD] += 1
        if heard:
            rate += source.health.events_per_minute
            lags += [] if source.health.lag_ms is None else [source.health.lag_ms]
    return Figures(counts=counts, events_per_minute=rate, lag_ms_max=max(lags, default=None))
