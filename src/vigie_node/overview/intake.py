"""What came in: how much is held, how much came each day, the last files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Sum

from vigie.report.format import offset_ms
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.access import may
from vigie_node.sources.access import batches_visible_to, intakes_visible_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.report.format import Voice
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Intake

DAYS = 14
DAY_MS = 86_400_000
INTAKES_MAX = 5


@dataclass(frozen=True, kw_only=True)
class CameIn:
    """What came in, for who may see that."""

    answer: str
    held_count: int
    days: Sequence[int]  # posts stored on each of the last days in the reader's zone, today last
    days_in_words: str
    intakes: Sequence[Intake]


def came_in(person: Person, voice: Voice) -> CameIn | None:
    """Return what came in; None for who may not see it. Three queries."""
    if not may(person, "batch.read"):
        return None
    held = batches_visible_to(person).filter(erased_ms=None).aggregate(rows=Sum("row_count"))["rows"] or 0
    days = _per_day(person, voice.zone)
    return CameIn(
        answer=_answer(held, sum(days), voice),
        held_count=held,
        days=days,
        days_in_words=voice(
            say("Posts stored per day in the last {days} days, at most {most} on one day"),
            days=DAYS,
            most=max(days),
        ),
        intakes=list(intakes_visible_to(person).order_by("-created_ms")[:INTAKES_MAX]),
    )


def _per_day(person: Person, zone: str) -> list[int]:
    now = now_ms()
    ahead = offset_ms(now, zone)
    today = (now + ahead) // DAY_MS
    rows = (
        batches_visible_to(person)
        .filter(stored_ms__gte=(today - DAYS + 1) * DAY_MS - ahead)
        .order_by()
        .annotate(day=(F("stored_ms") + ahead) / DAY_MS)
        .values_list("day")
        .annotate(rows=Sum("row_count"))
    )
    found = {int(day): number for day, number in rows}
    return [found.get(today - back, 0) for back in reversed(range(DAYS))]


def _answer(held: int, lately: int, voice: Voice) -> str:
    if not held:
        return voice(say("Nothing is held yet."))
    return voice(
        say("{held} held; {lately} came in during the last {days} days."),
        held=voice.count("{number} post", "{number} posts", held),
        lately=voice.count("{number} post", "{number} posts", lately),
        days=DAYS,
    )
