"""The alarm budget: how many alerts chance alone would have made of late, beside how many there were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.alerts import sentences
from vigie_node.alerts.access import alerts_visible_to, runs_visible_to
from vigie_node.alerts.models import Run
from vigie_node.clock import now_ms
from vigie_node.people.access import may

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie_node.people.models import Person

DAYS = 30
DAY_MS = 86_400_000


def budget_of(person: Person, voice: Voice) -> tuple[str, ...]:
    """Say how many false alarms to expect, and how many alerts there were; nothing without runs."""
    since_ms = now_ms() - DAYS * DAY_MS
    done = runs_visible_to(person).filter(state=Run.State.DONE)
    card = done.order_by("-created_ms").values_list("card", flat=True).first()
    if card is None:
        return ()
    expected = sentences.budget(card, done.filter(finished_ms__gte=since_ms).count(), voice, days=DAYS)
    return (*expected, *_raised(person, since_ms, voice))


def _raised(person: Person, since_ms: int, voice: Voice) -> tuple[str, ...]:
    if not may(person, "alert.read"):
        return ()
    opened = alerts_visible_to(person).filter(opened_ms__gte=since_ms).count()
    return (
        voice.count(
            "In the same days {number} alert was opened.",
            "In the same days {number} alerts were opened.",
            opened,
        ),
    )
