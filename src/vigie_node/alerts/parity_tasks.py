"""When it is found out what alerts are about, for parity figures: after a run, and when lists change."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from vigie_node.jobs.actions import enqueue
from vigie_node.jobs.registry import every, handler
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.outbox import subscribe
from vigie_node.people.models import Organisation

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

DAY_MS = 86_400_000
CONCERNS = "alerts.concerns"  # the kind of the job


@handler(CONCERNS)
def find_concerns(task: Task) -> None:
    """Find the languages and the parties of an organisation's alerts; done again, it changes nothing."""
    from vigie_node.alerts import concerning  # noqa: PLC0415 (heavy: only in a child process)

    organisation = UUID(task.arguments["organisation"])
    concerning.note_languages(organisation, check=task.check)
    concerning.note_parties(organisation, check=task.check)


@subscribe(
    "alerts.concerns",
    "run.finished",
    "watchlist.taken_in",
    "watchlist.superseded",
    "watchlist.withdrawn",
    "watchlist.party",
    "watchlist.no_party",
)
def ask_for_concerns(entry: Entry) -> None:
    """Ask for what alerts are about: one job, however many entries there are."""
    if entry.organisation and (entry.kind != "run.finished" or entry.said.get("signals")):
        _ask(entry.organisation)


@every("alerts.concerns_left", DAY_MS)
def ask_for_what_is_left(task: Task) -> None:
    """Ask again: what came while the last job was at it."""
    task.check()
    for organisation in Organisation.objects.values_list("id", flat=True):
        _ask(organisation)


def _ask(organisation: UUID) -> None:
    enqueue(
        CONCERNS,
        key=f"{CONCERNS}:{organisation}",
        by=NODE,
        organisation=organisation,
        arguments={"organisation": str(organisation)},
    )
