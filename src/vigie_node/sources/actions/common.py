"""What all actions of this app share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.ledger.actions import HOST, person, record
from vigie_node.sources.errors import EmptyAnswerError

if TYPE_CHECKING:
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Batch, Declaration, Intake

DAY_MS = 86_400_000
ANSWERS = {
    "purpose": say("purpose"),
    "legal_basis": say("legal basis"),
    "responsible": say("responsible person"),
    "project": say("project"),
    "reason": say("reason"),
    "name": say("name"),
}


def actor(somebody: Person | None) -> str:
    """Return how the ledger names who did it; nobody is a command on the node's machine."""
    return HOST if somebody is None else person(somebody.id)


def record_on(kind: str, of: Declaration | Intake | Batch, *, by: str, **facts: object) -> None:
    """Append an entry about one of ours."""
    name = type(of).__name__.lower()
    record(kind, of=f"{name}:{of.pk}", by=by, organisation=of.organisation_id, **facts)


def answered(answer: str, value: str) -> str:
    """Return an answer without the space around it.

    Raises:
        EmptyAnswerError: it holds no letter and no figure.
    """
    said = value.strip()
    if not any(letter.isalnum() for letter in said):
        raise EmptyAnswerError(answer=ANSWERS[answer])
    return said
