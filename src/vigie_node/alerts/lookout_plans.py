"""Which declarations the lookout watches; nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.alerts.parameters import COACTION
from vigie_node.alerts.plans import live_declarations, methods_of_each
from vigie_node.clock import now_ms
from vigie_node.sources.models import Declaration, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

STREAMS = (Source.Kind.JETSTREAM, Source.Kind.MASTODON)  # what is visited now and then is handed in at once


def watched_declarations() -> Sequence[Declaration]:
    """Return the declarations in force under which streams are read, and co-action is chosen."""
    streamed = Source.objects.filter(stopped_ms=None, kind__in=STREAMS).values("declaration")
    found = live_declarations().filter(id__in=streamed).select_related("project", "organisation")
    now = now_ms()
    held = [one for one in found if one.standing_at(now) == Declaration.State.IN_FORCE]
    methods = methods_of_each(held)
    return [one for one in held if COACTION in methods[one.id]]
