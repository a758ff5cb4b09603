"""The page of one alert: what moved together, how sure that is, what else explains it, what people say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.db.models.functions import Substr
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from vigie.assess import again_from_ms
from vigie.report import sentences as told
from vigie.report.format import offset_name
from vigie.terms.languages import Message, say
from vigie_node.alerts import sentences
from vigie_node.alerts.access import (
    REVIEW,
    alerts_visible_to,
    posts_visible_to,
    signals_visible_to,
)
from vigie_node.alerts.actions import verdicts
from vigie_node.alerts.console import evidence, places
from vigie_node.alerts.console.showing import UNFIT, behaviour_name, me, span, voice_of
from vigie_node.alerts.console.verdicts import SAID, VerdictForm
from vigie_node.alerts.findings import ZONE, group_of
from vigie_node.alerts.inbox import history
from vigie_node.alerts.models import Evidence
from vigie_node.ledger.access import entries_about
from vigie_node.ledger.kinds import names_for, sentence_of
from vigie_node.people.access import is_the_only_one_who_may
from vigie_node.web.pages import number_from
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie.terms.findings import Leaning
    from vigie_node.alerts.models import Alert, Signal
    from vigie_node.people.models import Person

LEANINGS: dict[Leaning, Message] = {
    "open": say("For an openly shared origin"),
    "organic": say("For an organic origin"),
    "coordinated": say("For coordination"),
}
SIGNALS_MAX = 20
BATCHES_MAX = 10
ENTRIES_MAX = 30
VIEW_BOX = re.compile(r'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
HEAD = 600  # characters of an SVG within which its size is said
UNSAID = (640.0, 360.0)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a picture is drawn, so that the page keeps its place while the picture comes."""

    width: int
    height: int
    has_spec: bool  # the island can draw it


@require_safe
@needs("alert.read")
def alert_page(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Show an alert with the evidence of one of its signals, the latest unless the address names another."""
    found = alert_of(request, alert)
    return _page(request, found, VerdictForm(voice_of(request).words))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("alert.review")
def review(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Take a verdict on an alert; show the page again, with what was written, where something is wrong."""
    found = alert_of(request, alert)
    back = HttpResponseRedirect(reverse("alerts:alert", kwargs={"alert": alert}) + "#verdict")
    if request.method != "POST":
        return back
    words = voice_of(request).words
    form = VerdictForm(words, request.POST)
    if form.record([found], by=me(request)):
        messages.success(request, words("Your verdict on alert {number} is recorded.", number=found.number))
        return back
    return _page(request, found, form, status=UNFIT)


def alert_of(request: HttpRequest, alert: UUID) -> Alert:
    """Return an alert that the person may see; others do not exist."""
    return get_object_or_404(alerts_visible_to(me(request)).select_related("declaration"), pk=alert)


def signal_of(request: HttpRequest, alert: Alert) -> Signal:
    """Return the signal of an alert that the address names, else the latest, with its run."""
    wanted = places.uuid_from(request.GET, "signal") or alert.latest_id
    signals = signals_visible_to(me(request)).filter(alert=alert).select_related("run")
    return get_object_or_404(signals, pk=wanted)


def evidence_of(signal: Signal) -> Evidence:
    """Return what a signal shows, but for what is long and no page reads: its network and all its edges."""
    return Evidence.objects.defer("network", "edges").get(signal=signal)


def _page(request: HttpRequest, alert: Alert, form: VerdictForm, *, status: int = 200) -> HttpResponse:
    voice = voice_of(request)
    signal = signal_of(request, alert)
    return render(
        request,
        "alerts/alert.html",
        {
            "voice": voice,
            "alert": alert,
            "signal": signal,
            "older": signal.pk != alert.latest_id,
            "form": form,
            **_evidence(request, signal, voice),
            **_people(me(request), alert, voice),
            **_around(request, alert, signal, voice),
        },
        status=status,
    )


def _evidence(request: HttpRequest, signal: Signal, voice: Voice) -> dict[str, Any]:
    """Return what the signal shows."""
    kept = evidence_of(signal)
    group = group_of(kept.group)
    pictures = _pictures(signal, voice)
    strip = next((item for item in group.objects if len(item.acts) > 1), None)
    return {
        "group": group,
        "erased_count": kept.erased_count,
        "edge_count": kept.group["edge_count"],
        "headline": sentences.headline(signal, voice),
        "when": span(signal.first_ms, signal.last_ms, voice),
        "usual_gap": evidence.usual_gap(group, voice),
        "lasted": told.gap(signal.last_ms - signal.first_ms, voice),
        "leanings": {leaning: voice.words(title) for leaning, title in LEANINGS.items()},
        "titles": {
            "network": told.network(group, voice),
            "timeline": told.timeline(group.timeline, voice),
            "lags": told.lags(group.lags, voice),
            "strip": told.strip(strip, voice) if strip else "",
        },
        "statistics": sentences.statistics(group, voice),
        "readings": sentences.readings(group, voice),
        "openness": sentences.openness(group, voice),
        "limits": sentences.limits(signal.run.card, voice),
        "pictures": pictures,
        "charts": [name for name, size in pictures.items() if size.has_spec],
        "full": "full" in request.GET,
        "acts": evidence.acts_of(group, voice),
        "bins": evidence.bins_of(group),
        "gaps": evidence.gaps_of(group),
        "objects": evidence.objects_of(kept.group, kept.originals, voice),
        "members": evidence.members_of(group, number_from(request.GET, "members")),
        "short": evidence.short,
        "post_count": posts_visible_to(me(request), signal).count(),
        "zone_name": offset_name(group.timeline.start_ms, ZONE),
    }


def _pictures(signal: Signal, voice: Voice) -> dict[str, Size]:
    """Return which pictures there are in the page's language, and how large."""
    drawn = signal.pictures.filter(language=voice.language)
    heads = drawn.annotate(
        head=Substr("svg", 1, HEAD), has_spec=ExpressionWrapper(Q(spec__isnull=False), BooleanField())
    )
    return {
        name: _size(head, has_spec=has_spec)
        for name, head, has_spec in heads.values_list("name", "head", "has_spec")
    }


def _size(head: str, *, has_spec: bool) -> Size:
    box = VIEW_BOX.search(head)
    width, height = (float(box[1]), float(box[2])) if box else UNSAID
    return Size(width=round(width), height=round(height), has_spec=has_spec)


def _people(person: Person, alert: Alert, voice: Voice) -> dict[str, Any]:
    """Return what people said, and what is still needed."""
    reviews = history(alert)
    is_alone = is_the_only_one_who_may(person, REVIEW)
    again_ms = again_from_ms(verdicts(reviews), by=str(person.pk)) if is_alone else None
    return {
        "reviews": reviews,
        "said": {verdict.value: voice.words(text) for verdict, text in SAID.items()},
        "next": sentences.what_next(alert.status, voice, is_alone=is_alone, again_ms=again_ms),
        "grown": sentences.grown(alert.unreviewed_signal_count, alert.status, voice),
    }


def _around(request: HttpRequest, alert: Alert, signal: Signal, voice: Voice) -> dict[str, Any]:
    """Return what stands behind the signal and what came before it."""
    batches = signal.run.batches.order_by("-stored_ms")
    signals = signals_visible_to(me(request)).filter(alert=alert).order_by("-created_ms", "-pk")
    return {
        "run": signal.run,
        "card": signal.run.card,
        "behaviour_name": lambda code: behaviour_name(code, voice),
        "batch_count": batches.aggregate(number=Count("pk"))["number"],
        "batches": batches[:BATCHES_MAX],
        "signals": signals[:SIGNALS_MAX],
        "entries": _entries(request, alert, voice),
    }


def _entries(request: HttpRequest, alert: Alert, voice: Voice) -> list[dict[str, Any]]:
    """Return what the ledger holds of this alert, the newest first: who sees the alert sees its acts."""
    organisation = me(request).organisation_id
    entries = list(entries_about(f"alert:{alert.pk}", organisation)[:ENTRIES_MAX])
    names = names_for({entry.actor for entry in entries}, organisation, voice.words)
    return [
        {
            "seq": entry.seq,
            "at_ms": entry.at_ms,
            "who": names[entry.actor],
            "what": sentence_of(entry, voice.words),
            "hash": entry.hash,
        }
        for entry in entries
    ]
