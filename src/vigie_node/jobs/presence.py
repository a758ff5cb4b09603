"""That a worker is alive: a row that it renews."""

from __future__ import annotations

from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.jobs.models import Worker

FORGET_MS = 24 * 60 * 60_000  # the rows of workers that were killed


class Presence:
    """One worker's row."""

    def __init__(self) -> None:
        self._id, self._started_ms = new_id(), now_ms()

    def beat(self) -> None:
        """Say that it is alive."""
        now = now_ms()
        Worker.objects.update_or_create(
            id=self._id,
            defaults={"seen_ms": now},
            create_defaults={"seen_ms": now, "started_ms": self._started_ms},
        )
        Worker.objects.filter(seen_ms__lt=now - FORGET_MS).delete()

    def leave(self) -> None:
        """Take the row away."""
        Worker.objects.filter(id=self._id).delete()
