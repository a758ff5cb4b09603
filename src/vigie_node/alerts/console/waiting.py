"""What waits for one person, in numbers and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.alerts.inbox import is_asleep
from vigie_node.alerts.models import Review

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie_node.alerts.inbox import Needs
    from vigie_node.alerts.models import Alert


def needs_in_words(found: Needs, voice: Voice) -> str:
    """Answer the first question of a shift: what needs me?"""
    if not found.total:
        return voice(say("No alert needs you now."))
    parts = (
        _part(voice.count("{number} new", "{number} new", found.new), found.new),
        _part(
            voice.count(
                "{number} waiting for a second person", "{number} waiting for a second person", found.second
            ),
            found.second,
        ),
        _part(
            voice.count(
                "{number} on which people disagree", "{number} on which people disagree", found.disputed
            ),
            found.disputed,
        ),
        _part(
            voice.count(
                "{number} settled, then seen again", "{number} settled, then seen again", found.again
            ),
            found.again,
        ),
    )
    return voice(
        say("{alerts}: {parts}."),
        alerts=voice.count("{number} alert needs you", "{number} alerts need you", found.total),
        parts=voice.listed(part for part in parts if part),
    )


def others_in_words(found: Needs, voice: Voice) -> str:
    """Say what is open but waits for somebody else; nothing where nothing does."""
    if not found.others:
        return ""
    return voice.count(
        "You gave your verdict on {number} more, which waits for another person.",
        "You gave your verdict on {number} more, which wait for another person.",
        found.others,
    )


def verdicts_in_words(alert: Alert, voice: Voice) -> str:
    """Say how many people confirm, dismiss or doubt: the latest verdict of each."""
    latest = {review.by_id: review.verdict for review in sorted(alert.reviews.all(), key=lambda r: r.at_ms)}
    said = list(latest.values())
    confirm, dismiss, unsure = (said.count(verdict.value) for verdict in Review.Verdict)
    parts = (
        _part(voice.count("{number} confirms", "{number} confirm", confirm), confirm),
        _part(voice.count("{number} dismisses", "{number} dismiss", dismiss), dismiss),
        _part(voice.count("{number} is unsure", "{number} are unsure", unsure), unsure),
    )
    return voice.listed(part for part in parts if part)


def care_in_words(alert: Alert, voice: Voice) -> str:
    """Say who looks into an alert, and until when it is set aside; empty where neither is so."""
    parts = []
    if alert.assignee:
        parts.append(voice(say("Given to {name}."), name=alert.assignee.name))
    if is_asleep(alert):
        parts.append(
            voice(
                say("Set aside until {moment}."),
                moment=voice.moment(alert.snoozed_until_ms or 0, seconds=False),
            )
        )
    return " ".join(parts)


def _part(text: str, number: int) -> str:
    return text if number else ""
