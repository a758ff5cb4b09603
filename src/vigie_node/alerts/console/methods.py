"""Which methods look at what comes in under a declaration: shown, and chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.detect.methods import METHODS
from vigie.terms.errors import BadOptionError, tell
from vigie.terms.languages import say
from vigie_node.alerts import telling
from vigie_node.alerts.actions import choose_methods
from vigie_node.alerts.console.showing import UNFIT, me, voice_of
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.alerts.plans import is_live, methods_of
from vigie_node.sources.access import declarations_visible_to
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie_node.sources.models import Declaration

HOUR_MS = 3_600_000


@require_safe
@needs("run.read")
def methods_page(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Show which methods look at what comes in under a declaration."""
    found = _declaration(request, declaration)
    return _page(request, found, methods_of(found))


@require_POST
@needs("run.make")
def choose(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Take a choice of methods; show the page again where it means nothing."""
    found, voice = _declaration(request, declaration), voice_of(request)
    chosen = request.POST.getlist("method")
    try:
        choose_methods(found, by=me(request), methods=chosen)
    except BadOptionError as error:
        return _page(request, found, chosen, wrong=tell(error, voice.words), status=UNFIT)
    messages.success(request, voice(say("The methods of this declaration are recorded.")))
    return HttpResponseRedirect(reverse("alerts:methods", kwargs={"declaration": found.pk}))


def _declaration(request: HttpRequest, declaration: UUID) -> Declaration:
    return get_object_or_404(declarations_visible_to(me(request)), pk=declaration)


def _page(
    request: HttpRequest,
    declaration: Declaration,
    chosen: Collection[str],
    *,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    voice = voice_of(request)
    named = [telling.method_title(name, voice) for name in METHOD_IDS if name in chosen]
    return render(
        request,
        "alerts/methods.html",
        {
            "declaration": declaration,
            "live": is_live(declaration),
            "wrong": wrong,
            "named": voice.listed(named),
            "methods": [
                {
                    "name": name,
                    "id": METHOD_IDS[name],
                    "title": telling.method_title(name, voice),
                    "about": voice.words(METHODS[name].about),
                    "window": _window(name, voice),
                    "chosen": name in chosen,
                }
                for name in METHOD_IDS
            ],
        },
        status=status,
    )


def _window(name: str, voice: Voice) -> str:
    hours = METHODS[name].window_hours
    return voice(say("all that is held")) if hours is None else voice.duration(hours * HOUR_MS)
