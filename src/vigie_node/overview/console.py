"""The first page: what needs a person, what came in, what was found, how the node is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from vigie_node.alerts.access import reads_posts
from vigie_node.alerts.console.budget import budget_of
from vigie_node.alerts.console.inbox import rows_of
from vigie_node.alerts.console.showing import me, voice_of
from vigie_node.alerts.console.waiting import needs_in_words, others_in_words
from vigie_node.alerts.inbox import NEEDS_PERSON, Filters, inbox, needs_of
from vigie_node.overview.health import health_of
from vigie_node.overview.intake import came_in
from vigie_node.overview.steps import first_steps
from vigie_node.people.access import may
from vigie_node.people.console.duties import on_duty_now
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie_node.people.models import Person

ALERTS_MAX = 5


@require_safe
@needs("overview.read")
def first_page(request: HttpRequest) -> HttpResponse:
    """Show the first page: each part only to who may see what it is made of."""
    person, voice = me(request), voice_of(request)
    health = health_of(person, voice)
    return render(
        request,
        "overview/first_page.html",
        {
            "voice": voice,
            "health": health,
            "steps": first_steps(person, voice),
            "came_in": came_in(person, voice),
            "budget": budget_of(person, voice),
            "on_duty": on_duty_now(person),
            **_waiting(person, voice, health.answer),
        },
    )


def _waiting(person: Person, voice: Voice, otherwise: str) -> dict[str, Any]:
    """Return what waits for a person; who reads no alerts is answered about the node."""
    if not may(person, "alert.read"):
        return {"answer": otherwise, "more": "", "rows": []}
    found = needs_of(person)
    open_ones = list(inbox(person, Filters(status=NEEDS_PERSON))[:ALERTS_MAX])
    return {
        "answer": needs_in_words(found, voice),
        "more": others_in_words(found, voice),
        "rows": rows_of(open_ones, voice, reads=reads_posts(person)),
    }
