"""The alarm budget: how many alerts chance alone would have made of late, beside how many there were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.alerts import sentences, telling
from vigie_node.alerts.access import alerts_visible_to, runs_visible_to
from vigie_node.alerts.models import Run
from vigie_node.alerts.parameters import METHOD
from vigie_node.clock import now_ms
from vigie_node.people.access import may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie.report.format import Voice
    from vigie_node.people.models import Person

DAYS = 30
DAY_MS = 86_400_000
RUNS_MAX = 50  # of the latest runs, among which each method's own is looked for


def budget_of(person: Person, voice: Voice) -> tuple[str, ...]:
    """Say how many false alarms to expect, and how many alerts there were; nothing without runs."""
    since_ms = now_ms() - DAYS * DAY_MS
    done = runs_visible_to(person).filter(state=Run.State.DONE)
    groups = done.filter(method=METHOD)
    card = groups.order_by("-created_ms").values_list("card", flat=True).first()
    expected: tuple[str, ...] = ()
    if card is not None:
        count = groups.filter(finished_ms__gte=since_ms).count()
        expected = sentences.budget(card, count, voice, days=DAYS)
    expected += _of_methods(done, voice)
    return (*expected, *_raised(person, since_ms, voice)) if expected else ()


def _of_methods(done: QuerySet[Run], voice: Voice) -> tuple[str, ...]:
    """Say, of each method with a budget of its own, what it lets chance make: its latest run; one query."""
    budgeted = done.filter(false_alarms_expected__isnull=False).order_by("-created_ms")
    latest: dict[str, float] = {}
    for method, expected in budgeted.values_list("method", "false_alarms_expected")[:RUNS_MAX]:
        latest.setdefault(telling.method_title(method, voice), expected or 0.0)
    return tuple(
        voice(
            say(
                "{method}: in all that its latest run looked at, its budget lets chance alone make about "
                "{expected} signals; every run has this budget anew."
            ),
            method=title,
            expected=expected,
        )
        for title, expected in sorted(latest.items())
    )


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
