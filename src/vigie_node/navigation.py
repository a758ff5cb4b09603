"""The way of the work, as the rail (wide screens) or the bar (phones) shows it: at most five places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from vigie.terms.languages import Message, say
from vigie_node.alerts.inbox import needs_of
from vigie_node.people.access import may
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from django.http import HttpRequest

    from vigie_node.people.models import Person


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place of the navigation."""

    label: Message
    icon: str
    routes: tuple[tuple[str, str], ...]  # (route name, permission): the first that is allowed
    apps: tuple[str, ...]  # whose pages stand under it


PLACES = (
    Place(
        label=say("Overview"),
        icon="gauge",
        routes=(("overview:first-page", "overview.read"),),
        apps=("overview",),
    ),
    Place(
        label=say("Alerts"),
        icon="bell",
        routes=(("alerts:inbox", "alert.read"), ("alerts:parity", "parity.read")),
        apps=("alerts",),
    ),
    Place(
        label=say("Incidents"),
        icon="layers",
        routes=(("incidents:incidents", "incident.read"),),
        apps=("incidents",),
    ),
    Place(
        label=say("Watch"),
        icon="binoculars",
        routes=(
            ("sources:intakes", "batch.read"),
            ("alerts:runs", "run.read"),
            ("sources:declarations", "declaration.read"),
        ),
        apps=("sources",),
    ),
    Place(
        label=say("Ledger"), icon="scroll-text", routes=(("ledger:entries", "ledger.read"),), apps=("ledger",)
    ),
    Place(label=say("Settings"), icon="settings", routes=(("people:settings", ""),), apps=("people",)),
)
RUNS = ("alerts:runs", "alerts:run", "alerts:methods")  # pages of the app alerts that stand under Watch


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the places that this person may go to."""
    somebody = getattr(request, "user", None)  # absent where a request was refused before anybody looked
    if somebody is None or not somebody.is_authenticated:
        return {"navigation": []}
    words, here = words_here(), _here(request)
    return {
        "navigation": [
            {
                "label": words(place.label),
                "icon": place.icon,
                "href": href,
                "current": here == place.label,
                "count": needs_of(somebody).total if "alerts" in place.apps else 0,
            }
            for place in PLACES
            if (href := _href(place, somebody))
        ]
    }


def _here(request: HttpRequest) -> Message | None:
    match = request.resolver_match
    if match is None:
        return None
    if match.view_name.startswith(RUNS):
        return PLACES[3].label
    return next((place.label for place in PLACES if match.app_name in place.apps), None)


def _href(place: Place, person: Person) -> str:
    """Return where the place leads this person; empty where nowhere."""
    for route, permission in place.routes:
        if not permission or may(person, permission):
            return reverse(route)
    return ""
