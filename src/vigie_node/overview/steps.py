"""The first three steps on a new node, until they are done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from vigie.terms.languages import say
from vigie_node.alerts.access import runs_visible_to
from vigie_node.people.access import may
from vigie_node.sources.access import batches_visible_to, declarations_visible_to

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie_node.people.models import Person


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step."""

    title: str
    text: str
    done: bool
    href: str  # empty: not for this person to take


def first_steps(person: Person, voice: Voice) -> list[Step]:
    """Return the first steps, none once they are all done. Three queries."""
    declared = declarations_visible_to(person).exists()
    held = declared and batches_visible_to(person).exists()
    ran = held and runs_visible_to(person).exists()
    if ran:
        return []
    return [
        Step(
            title=voice(say("Declare why you collect")),
            text=voice(
                say(
                    "Purpose, legal basis, who answers for it, how long it is kept. Nothing comes in without."
                )
            ),
            done=declared,
            href=_leads(person, "declaration.ask", "sources:declaration-new"),
        ),
        Step(
            title=voice(say("Take in a file")),
            text=voice(
                say("An export of posts: CSV, XLSX, JSON or Parquet. Names become pseudonyms on the way in.")
            ),
            done=held,
            href=_leads(person, "intake.make", "sources:intake-new"),
        ),
        Step(
            title=voice(say("Start a run, then read what it found")),
            text=voice(
                say("The worker looks for accounts that moved together; people decide what that means.")
            ),
            done=ran,
            href=_leads(person, "run.make", "alerts:runs"),
        ),
    ]


def _leads(person: Person, permission: str, route: str) -> str:
    return reverse(route) if may(person, permission) else ""
