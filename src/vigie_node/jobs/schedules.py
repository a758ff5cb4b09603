"""Work that comes back: each schedule is a row, seeded from what the apps' `tasks.py` say with `every`."""

from __future__ import annotations

from django.db import transaction

from vigie_node.clock import now_ms
from vigie_node.jobs import registry
from vigie_node.jobs.actions import enqueue
from vigie_node.jobs.models import Schedule
from vigie_node.ledger.actions import NODE

FIRST_MS = 300_000  # a new node takes its first file in before it looks after itself


def seed() -> None:
    """Write a row for each schedule that has none; one that an operator altered stays so."""
    for name, every_ms in registry.schedules().items():
        first_ms = now_ms() + min(every_ms, FIRST_MS)
        Schedule.objects.get_or_create(
            name=name, defaults={"kind": name, "every_ms": every_ms, "next_ms": first_ms}
        )


def run_due() -> int:
    """Enqueue what is due and return how many; work that no installed app knows waits."""
    due = Schedule.objects.filter(next_ms__lte=now_ms(), kind__in=registry.schedules())
    if not due.exists():
        return 0
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True))
        for row in rows:
            enqueue(row.kind, key=f"schedule:{row.name}", by=NODE, arguments=row.arguments)
            row.next_ms = now_ms() + row.every_ms
            row.save(update_fields=["next_ms"])
    return len(rows)
