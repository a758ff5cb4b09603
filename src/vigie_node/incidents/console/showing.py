"""What every page of an incident shows alike: its head, its tabs, what its forms do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from vigie.report.format import Voice
from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say
from vigie_node.incidents import telling
from vigie_node.incidents.access import WRITE, incidents_visible_to
from vigie_node.incidents.models import Incident
from vigie_node.people.access import may
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.forms import PageForm
    from vigie_node.people.models import Person

FORM = require_http_methods(["GET", "HEAD", "POST"])
TABS: dict[str, Message] = {
    "incident": say("Assessment"),
    "exhibits": say("Exhibits"),
    "explanations": say("Explanations"),
    "attribution": say("Attribution"),
    "follow-up": say("Follow-up"),
    "history": say("History"),
}


def me(request: HttpRequest) -> Person:
    """Return who is signed in; the route's mark says that somebody is."""
    return cast("Person", request.user)


def voice_of(request: HttpRequest) -> Voice:
    """Return the voice in which a page speaks to who asked for it."""
    return Voice(words_here(), me(request).zone)


def check_writes(request: HttpRequest) -> None:
    """Check that who sends a form may write; everybody who may read sees the page.

    Raises:
        PermissionDenied: they may not.
    """
    if request.method == "POST" and not may(me(request), WRITE):
        raise PermissionDenied


def incident_of(request: HttpRequest, incident: UUID) -> Incident:
    """Return an incident that the person may see; others do not exist."""
    return get_object_or_404(incidents_visible_to(me(request)).select_related("opened_by"), pk=incident)


def done(
    form: PageForm,
    act: Callable[[], object],
    field: str | None = None,
    *,
    passing: tuple[type[VigieError], ...] = (),
) -> bool:
    """Do what a valid form asks, and tell whether it was done; else the form says why not.

    Args:
        form: what was sent.
        act: does it.
        field: where the form says why not; None: above the form.
        passing: errors that the page shows in its own way.
    """
    if not form.is_valid():
        return False
    try:
        act()
    except passing:
        raise
    except VigieError as error:
        form.refuse(error, field)
        return False
    return True


def shown(
    request: HttpRequest, incident: Incident, tab: str, *, status: int = 200, template: str = "", **more: Any
) -> HttpResponse:
    """Show one page of an incident: its head and tabs, and what the page is about."""
    voice = voice_of(request)
    context = {
        "incident": incident,
        "voice": voice,
        "title": telling.title_of(incident, voice.language),
        "title_language": telling.title_language(incident, voice.language),
        "state": telling.state_of(incident, voice),
        "writes": may(me(request), WRITE) and incident.state != Incident.State.CLOSED,
        "name_in": lambda name, id_: telling.name_in(name, id_, voice),
        "tabs": [
            {
                "label": voice(label),
                "href": reverse(f"incidents:{name}", kwargs={"incident": incident.pk}),
                "current": name == tab,
            }
            for name, label in TABS.items()
        ],
        **more,
    }
    return render(request, f"incidents/{template or tab}.html", context, status=status)
