"""Work of this app's own, and of the ledger below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.jobs.registry import every
from vigie_node.ledger.actions import NODE, verify_and_record

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task

DAY_MS = 24 * 60 * 60_000


@every("ledger.verify", DAY_MS)
def verify_ledger(task: Task) -> None:  # noqa: ARG001 (a handler's signature)
    """Verify the ledger once a day; its last entry of this kind is what the ledger page shows."""
    verify_and_record(by=NODE)
