"""Which methods look at what comes in under a declaration: shown, and chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.detect.methods import METHODS, NEEDS
from vigie.report.format import instant
from vigie.terms.errors import BadOptionError, tell
from vigie.terms.languages import say
from vigie_node.alerts import telling
from vigie_node.alerts.actions import Watching, choose_methods, watch_closely
from vigie_node.alerts.actions.runs import missing_for
from vigie_node.alerts.console.showing import UNFIT, me, voice_of
from vigie_node.alerts.models import Plan
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.alerts.plans import USUAL, WHY_NOT, is_live, methods_of
from vigie_node.alerts.watching import is_under_way, named, watch_of
from vigie_node.clock import now_ms
from vigie_node.sources.access import declarations_visible_to
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
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


@require_POST
@needs("run.make")
def watch(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Take what is watched more closely, and when; show the page again where it means nothing."""
    found, voice = _declaration(request, declaration), voice_of(request)
    typed = {name: request.POST.get(name, "") for name in ("subjects", "from", "until")}
    try:
        watching = Watching(
            subjects=named(typed["subjects"]),
            from_ms=_day_ms(typed["from"], "from"),
            until_ms=_day_ms(typed["until"], "until", after=True),
        )
        watch_closely(found, by=me(request), watching=watching)
    except BadOptionError as error:
        return _page(
            request, found, methods_of(found), wrong=tell(error, voice.words), typed=typed, status=UNFIT
        )
    messages.success(request, voice(say("What is watched more closely is recorded.")))
    return HttpResponseRedirect(reverse("alerts:methods", kwargs={"declaration": found.pk}))


def _day_ms(typed: str, name: str, *, after: bool = False) -> int | None:
    """Return when a day (UTC) begins, or the next one; None where none is named."""
    if not typed:
        return None
    try:
        day = datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadOptionError(option=name, value=typed, expected=say("a day, as in 2026-10-01")) from error
    return int((day + timedelta(days=int(after))).timestamp() * 1000)


def _typed(declaration: Declaration) -> dict[str, str]:
    """Return what is watched, as the form shows it."""
    plan = Plan.objects.filter(declaration=declaration).first()
    if plan is None:
        return {"subjects": "", "from": "", "until": ""}
    return {
        "subjects": "\n".join(plan.watched),
        "from": "" if plan.watched_from_ms is None else instant(plan.watched_from_ms).date().isoformat(),
        "until": ""
        if plan.watched_until_ms is None
        else instant(plan.watched_until_ms - 1).date().isoformat(),
    }


def _declaration(request: HttpRequest, declaration: UUID) -> Declaration:
    return get_object_or_404(declarations_visible_to(me(request)), pk=declaration)


def _page(
    request: HttpRequest,
    declaration: Declaration,
    chosen: Collection[str],
    *,
    wrong: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    voice = voice_of(request)
    titles = [telling.method_title(name, voice) for name in METHOD_IDS if name in chosen]
    return render(
        request,
        "alerts/methods.html",
        {
            "declaration": declaration,
            "live": is_live(declaration),
            "wrong": wrong,
            "typed": typed or _typed(declaration),
            "closely": watch_of(declaration, now_ms=now_ms()),
            "under_way": is_under_way(declaration, now_ms=now_ms()),
            "usual": set(chosen) == set(USUAL),
            "named": voice.listed(titles),
            "methods": [
                {
                    "name": name,
                    "id": METHOD_IDS[name],
                    "title": telling.method_title(name, voice),
                    "about": voice.words(METHODS[name].about),
                    "window": _window(name, voice),
                    "chosen": name in chosen,
                    "why_not": voice(WHY_NOT[name]) if name in WHY_NOT else "",
                    "missing": [voice.words(NEEDS[one]) for one in missing_for(declaration, name)],
                }
                for name in METHOD_IDS
            ],
        },
        status=status,
    )


def _window(name: str, voice: Voice) -> str:
    hours = METHODS[name].window_hours
    return voice(say("all that is held")) if hours is None else voice.duration(hours * HOUR_MS)
