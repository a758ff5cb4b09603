"""What all actions of this app share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.ledger.actions import HOST, person, record

if TYPE_CHECKING:
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Batch, Declaration, Intake

DAY_MS = 86_400_000


def actor(somebody: Person | None) -> str:
    """Return how the ledger names who did it; nobody is a command on the node's machine."""
    return HOST if somebody is None else person(somebody.id)


def record_on(kind: str, of: Declaration | Intake | Batch, *, by: str, **facts: object) -> None:
    """Append an entry about one of ours."""
    name = type(of).__name__.lower()
    record(kind, of=f"{name}:{of.pk}", by=by, organisation=of.organisation_id, **facts)
