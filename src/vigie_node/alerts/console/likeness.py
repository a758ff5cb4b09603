"""What the page of an alert says of those like it: in what, and what people concluded of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.report.text import isolated, shortened
from vigie.terms.languages import say
from vigie_node.alerts.models import Review
from vigie_node.alerts.similar import OVERLAP_MIN, similar_to

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie_node.alerts.models import Alert
    from vigie_node.alerts.similar import Similar
    from vigie_node.people.models import Person

REASON_SHOWN = 200  # characters; the alert’s own page has the rest
SAID = {
    Review.Verdict.CONFIRM: say("{name} confirmed it on {day}: {reason}"),
    Review.Verdict.DISMISS: say("{name} dismissed it on {day}: {reason}"),
    Review.Verdict.UNSURE: say("{name} was unsure on {day}: {reason}"),
}


@dataclass(frozen=True, kw_only=True)
class Alike:
    """One similar alert, in words."""

    alert: Alert
    why: str
    said: list[str]  # the latest verdict of each person, the latest first


def alike(alert: Alert, person: Person, voice: Voice) -> list[Alike]:
    """Return the alerts like one, as its page shows them."""
    return [
        Alike(alert=one.alert, why=_why(one, voice), said=_said(one.alert, voice))
        for one in similar_to(alert, person)
    ]


def _why(one: Similar, voice: Voice) -> str:
    if one.overlap < OVERLAP_MIN:
        return voice(say("About the same subject."))
    if one.same_subject:
        return voice(
            say("About the same subject; {share} of the accounts in either are in both."),
            share=_share(one, voice),
        )
    return voice(say("{share} of the accounts in either are in both."), share=_share(one, voice))


def _share(one: Similar, voice: Voice) -> str:
    return voice.percent(one.overlap)


def _said(alert: Alert, voice: Voice) -> list[str]:
    latest = {one.by_id: one for one in sorted(alert.reviews.all(), key=lambda one: (one.at_ms, one.pk))}
    said = sorted(latest.values(), key=lambda one: one.at_ms, reverse=True)
    return [
        voice(
            SAID[Review.Verdict(one.verdict)],
            name=one.by.name,
            day=voice.day(one.at_ms),
            reason=isolated(shortened(one.reason, REASON_SHOWN)),
        )
        for one in said
    ]
