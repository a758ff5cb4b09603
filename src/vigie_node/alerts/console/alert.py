"""The page of one alert: what was noticed, how sure that is, what else explains it, what people say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from vigie.assess import again_from_ms
from vigie.report import sentences as told
from vigie.report.format import offset_name
from vigie.terms.languages import Message, say
from vigie_node.alerts import sentences
from vigie_node.alerts.access import REVIEW, posts_visible_to, reads_posts, signals_visible_to
from vigie_node.alerts.actions import verdicts
from vigie_node.alerts.console import evidence
from vigie_node.alerts.console.kept import alert_of, evidence_of, pictures_of, signal_of
from vigie_node.alerts.console.likeness import alike
from vigie_node.alerts.console.showing import UNFIT, behaviour_name, me, span, voice_of
from vigie_node.alerts.console.signal import signal_shown
from vigie_node.alerts.console.verdicts import SAID, VerdictForm
from vigie_node.alerts.console.waiting import care_in_words
from vigie_node.alerts.findings import ZONE, group_of
from vigie_node.alerts.free_text import UNREAD, free_text_of
from vigie_node.alerts.inbox import history, is_asleep
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
    from vigie_node.alerts.models import Alert, Evidence, Signal
    from vigie_node.people.models import Person

LEANINGS: dict[Leaning, Message] = {
    "open": say("For an openly shared origin"),
    "organic": say("For an organic origin"),
    "coordinated": say("For coordination"),
}
SIGNALS_MAX = 20
BATCHES_MAX = 10
ENTRIES_MAX = 30


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


def _page(request: HttpRequest, alert: Alert, form: VerdictForm, *, status: int = 200) -> HttpResponse:
    voice = voice_of(request)
    signal = signal_of(request, alert)
    is_group = not signal.sentence
    return render(
        request,
        "alerts/alert.html" if is_group else "alerts/signal.html",
        {
            "voice": voice,
            "alert": alert,
            "signal": signal,
            "older": signal.pk != alert.latest_id,
            "form": form,
            "leanings": {leaning: voice.words(title) for leaning, title in LEANINGS.items()},
            **(_evidence if is_group else signal_shown)(request, signal, voice),
            **_people(me(request), alert, voice),
            **_around(request, alert, signal, voice),
        },
        status=status,
    )


def _evidence(request: HttpRequest, signal: Signal, voice: Voice) -> dict[str, Any]:
    """Return what a group shows."""
    kept = evidence_of(signal)
    group = group_of(kept.group)
    pictures = pictures_of(me(request), signal, voice)
    strip = next((item for item in group.objects if len(item.acts) > 1), None)
    return {
        "group": group,
        "erased_count": kept.erased_count,
        "edge_count": kept.group["edge_count"],
        "headline": sentences.headline(signal, voice),
        "when": span(signal.first_ms, signal.last_ms, voice),
        "usual_gap": evidence.usual_gap(group, voice),
        "lasted": told.gap(signal.last_ms - signal.first_ms, voice),
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
        "bins": evidence.bins_of(group.timeline),
        "gaps": evidence.gaps_of(group),
        "objects": _objects(me(request), signal, kept, voice),
        "members": evidence.members_of(group, number_from(request.GET, "members")),
        "short": evidence.short,
        "post_count": posts_visible_to(me(request), signal).count(),
        "zone_name": offset_name(group.timeline.start_ms, ZONE),
    }


def _objects(person: Person, signal: Signal, kept: Evidence, voice: Voice) -> list[evidence.ObjectRow]:
    """Return the objects in common; what they are only to who may read posts."""
    if reads_posts(person):
        return evidence.objects_of(kept.group, kept.originals, voice)
    return evidence.objects_of(free_text_of(signal, voice(UNREAD)).group(kept.group), {}, voice)


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
        "care": care_in_words(alert, voice),
        "aside": {"by": alert.snoozed_by.name, "reason": alert.snooze_reason}
        if is_asleep(alert) and alert.snoozed_by
        else None,
    }


def _around(request: HttpRequest, alert: Alert, signal: Signal, voice: Voice) -> dict[str, Any]:
    """Return what stands behind the signal and what came before it."""
    batches = signal.run.batches.order_by("-stored_ms")
    signals = signals_visible_to(me(request)).filter(alert=alert).order_by("-created_ms", "-last_ms", "-pk")
    return {
        "run": signal.run,
        "card": signal.run.card,
        "behaviour_name": lambda code: behaviour_name(code, voice),
        "batch_count": batches.aggregate(number=Count("pk"))["number"],
        "batches": batches[:BATCHES_MAX],
        "signals": signals[:SIGNALS_MAX],
        "entries": _entries(request, alert, voice),
        "similar": alike(alert, me(request), voice),
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
