"""The inbox: which alerts need a person, and the way to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Max, prefetch_related_objects
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from vigie.terms.languages import say
from vigie_node.alerts import sentences, telling
from vigie_node.alerts.access import alerts_visible_to, reads_posts
from vigie_node.alerts.console import places
from vigie_node.alerts.console.budget import budget_of
from vigie_node.alerts.console.pager import page_of
from vigie_node.alerts.console.showing import behaviour_name, me, span, voice_of
from vigie_node.alerts.console.waiting import (
    care_in_words,
    needs_in_words,
    others_in_words,
    verdicts_in_words,
)
from vigie_node.alerts.inbox import ME, NEEDS_PERSON, NOBODY, SNOOZED, Filters, counts, inbox, needs_of
from vigie_node.alerts.models import Alert
from vigie_node.alerts.parameters import KNOWN, METHOD_IDS
from vigie_node.sources.access import declarations_visible_to
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest, HttpResponse, QueryDict

    from vigie.report.format import Voice
    from vigie_node.alerts.models import Signal

SIZE = 25
ALL = "all"
TABS: dict[str, Callable[[Voice, int], str]] = {
    NEEDS_PERSON: lambda voice, _: voice(say("Needs a person")),
    SNOOZED: lambda voice, _: voice(say("Set aside")),
    Alert.Status.NEW: lambda voice, number: voice.count("New", "New", number),
    Alert.Status.IN_REVIEW: lambda voice, number: voice.count("In review", "In review", number),
    Alert.Status.DISPUTED: lambda voice, number: voice.count("Disputed", "Disputed", number),
    Alert.Status.CONFIRMED: lambda voice, number: voice.count("Confirmed", "Confirmed", number),
    Alert.Status.DISMISSED: lambda voice, number: voice.count("Dismissed", "Dismissed", number),
    ALL: lambda voice, _: voice(say("All alerts")),
}
RARE = (SNOOZED, Alert.Status.DISPUTED)  # tabs that show only where there is something in them
DECLARATIONS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    """One alert of the list."""

    alert: Alert
    headline: str
    method: str  # what noticed it
    grown: str  # that something came after the verdict
    when: str
    verdicts: str
    care: str  # who looks into it, until when it is set aside


@require_safe
@needs("alert.read")
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Show the alerts that a person may see; filters live in the address."""
    voice, person = voice_of(request), me(request)
    filters = filters_from(request.GET)
    found = counts(person, filters)
    page = page_of(inbox(person, filters), request.GET, by=filters.order, then="number", size=SIZE)
    waiting = needs_of(person)
    return render(
        request,
        "alerts/inbox.html",
        {
            "answer": needs_in_words(waiting, voice),
            "more": others_in_words(waiting, voice),
            "budget": budget_of(person, voice),
            "filters": filters,
            "latest": alerts_visible_to(person).aggregate(number=Max("number"))["number"] or 0,
            "status": filters.status or ALL,
            "tabs": tabs_of(request.GET, filters, found, voice),
            "rows": rows_of(page.rows, voice, reads=reads_posts(person)),
            "none_at_all": not sum(found[status] for status in Alert.Status.values) and not _chosen(filters),
            "shown": found[filters.status]
            if filters.status
            else sum(found[one] for one in Alert.Status.values),
            "page": page,
            "methods": [(name, telling.method_title(name, voice)) for name in METHOD_IDS],
            "assigned": [(ME, voice.words("Given to me")), (NOBODY, voice.words("Given to nobody"))],
            "behaviours": [(one, behaviour_name(one, voice)) for one in KNOWN],
            "declarations": declarations_visible_to(person).order_by("-created_ms")[:DECLARATIONS_MAX],
        },
    )


def filters_from(query: QueryDict) -> Filters:
    """Return what an address asks the inbox for; what needs a person when it says nothing.

    Raises:
        BadOptionError: a value means nothing.
    """
    status = query.get("status", NEEDS_PERSON)
    return Filters(
        status="" if status == ALL else status,
        declaration=places.uuid_from(query, "declaration"),
        method=query.get("method", ""),
        behaviour=query.get("behaviour", ""),
        assigned=query.get("assigned", ""),
        sort=query.get("sort", "-opened"),
    )


def _chosen(filters: Filters) -> bool:
    return bool(filters.declaration or filters.method or filters.behaviour or filters.assigned)


def tabs_of(query: QueryDict, filters: Filters, found: dict[str, int], voice: Voice) -> list[dict[str, Any]]:
    """Return a tab for each status, with how many alerts it has; some only where there are any."""
    whole = {**found, ALL: sum(found[status] for status in Alert.Status.values)}
    current = filters.status or ALL
    return [
        {
            "label": label(voice, whole[tab]),
            "href": reverse("alerts:inbox")
            + places.changed(query, {"status": None if tab == NEEDS_PERSON else tab}),
            "current": tab == current,
            "count": whole[tab],
        }
        for tab, label in TABS.items()
        if tab not in RARE or whole[tab] or tab == current
    ]


def rows_of(alerts: Sequence[Alert], voice: Voice, *, reads: bool) -> list[Row]:
    """Return alerts as lists show them, to who `reads` posts or not; one query for all their verdicts."""
    prefetch_related_objects(alerts, "reviews", "assignee")
    return [
        Row(
            alert=alert,
            headline=telling.headline(cast("Signal", alert.latest), voice, reads=reads),
            method=telling.method_title(alert.method, voice),
            grown=sentences.grown(alert.unreviewed_signal_count, alert.status, voice),
            when=span(alert.first_ms, alert.last_ms, voice),
            verdicts=verdicts_in_words(alert, voice),
            care=care_in_words(alert, voice),
        )
        for alert in alerts
    ]
