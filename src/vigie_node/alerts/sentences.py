"""What pages say of alerts, in sentences a deputy minister can read aloud: pure, one language at a time.

The report's own sentences (`vigie.report.sentences`) are used where they fit; here stands what an inbox and
an alert need besides: one line each, what a person must do next, and how many false alarms to expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from vigie.report import sentences as told
from vigie.report.behaviours import named
from vigie.report.figures import heaviest
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vigie.report.format import Voice
    from vigie.terms.findings import Group, Indicator, Leaning


class Facts(Protocol):
    """What a headline needs: a `Signal` has it."""

    account_count: int
    object_count: int
    behaviour: str
    behaviours: Any  # a list of ids
    window_ms: int
    observed: int
    expected: float


class Weighed(Protocol):
    """What has readings for and against: a `Group` has, and a `noticed.Shown`."""

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The readings."""


@dataclass(frozen=True)
class Reading:
    """The indicators that lean one way."""

    leaning: Leaning
    title: str
    sentences: tuple[str, ...]


TITLES: dict[Leaning, str] = {  # what speaks against coordination first
    "open": say("Openly shared"),
    "organic": say("Organic"),
    "coordinated": say("Coordinated"),
}
HARDLY = 0.05  # coincidences; fewer are not worth a figure
WEEK_DAYS = 7


def headline(facts: Facts, voice: Voice) -> str:
    """Say in one sentence what accounts did, beside what chance would make of it."""
    accounts = voice.count("{number} account", "{number} accounts", facts.account_count)
    behaviours = list(facts.behaviours) or [facts.behaviour]
    observed = voice.count("{number} coincidence", "{number} coincidences", facts.observed)
    about = dict(accounts=accounts, observed=observed, window_ms=facts.window_ms, expected=facts.expected)
    if len({behaviour.partition("_")[0] for behaviour in behaviours}) > 1:
        objects = voice.count("{number} object", "{number} objects", facts.object_count)
        return voice(
            say(
                "{accounts} moved together on {objects}, above all {behaviour}: {observed} within "
                "{window_ms}, where chance alone would give about {expected}."
            )
            if facts.expected >= HARDLY
            else say(
                "{accounts} moved together on {objects}, above all {behaviour}: {observed} within "
                "{window_ms}, where chance alone would give hardly any."
            ),
            objects=objects,
            behaviour=named(facts.behaviour, voice),
            **about,
        )
    return voice(
        say(
            "{accounts} moved together on {objects}: {observed} within {window_ms}, where chance alone "
            "would give about {expected}."
        )
        if facts.expected >= HARDLY
        else say(
            "{accounts} moved together on {objects}: {observed} within {window_ms}, where chance alone "
            "would give hardly any."
        ),
        objects=objects_of(facts.behaviour, facts.object_count, voice),
        **about,
    )


def spoken(sentence: str, facts: Mapping[str, Any], voice: Voice) -> str:
    """Return a sentence with its facts, whatever they are called."""
    return voice.words(sentence, **voice.written(facts))


def objects_of(behaviour: str, number: int, voice: Voice) -> str:
    """Return so many objects of one behaviour: `34 links`."""
    counted = _COUNTED.get(behaviour.partition("_")[0])
    return counted(number, voice) if counted else voice.count("{number} object", "{number} objects", number)


_COUNTED: dict[str, Callable[[int, Voice], str]] = {
    "repost": lambda number, voice: voice.count("{number} shared post", "{number} shared posts", number),
    "link": lambda number, voice: voice.count("{number} link", "{number} links", number),
    "hashtags": lambda number, voice: voice.count(
        "{number} hashtag sequence", "{number} hashtag sequences", number
    ),
    "reply": lambda number, voice: voice.count("{number} post answered", "{number} posts answered", number),
    "text": lambda number, voice: voice.count("{number} text", "{number} texts", number),
    "image": lambda number, voice: voice.count("{number} image", "{number} images", number),
}


def statistics(group: Group, voice: Voice) -> tuple[str, ...]:
    """Say what the figures mean: what chance would bring, each behaviour, how often links are wrong."""
    return (
        told.expectation(group, voice),
        *(in_one_layer(layer, voice) for layer in heaviest(group)),
        told.false_discovery(group, voice),
        voice(
            say(
                "All this supposes that accounts of one community of interest could change places within "
                "six hours; people who follow one event live break this rule without any arrangement."
            )
        ),
    )


def in_one_layer(layer: Any, voice: Voice) -> str:
    """Say what one behaviour within one window shows (`vigie.terms.findings.Layer`)."""
    return voice(
        say(
            "{behaviour}, at most {window_ms} apart: {pairs}, {observed} where {expected} would be expected; "
            "half of the following acts came within {gap}."
        ),
        behaviour=told.capital(named(layer.behaviour, voice)),
        window_ms=layer.window_ms,
        pairs=voice.count("{number} pair", "{number} pairs", layer.pair_count),
        observed=voice.count("{number} coincidence", "{number} coincidences", layer.observed),
        expected=layer.expected,
        gap=told.gap(layer.gap_ms_quantiles[1], voice),
    )


def readings(found: Weighed, voice: Voice) -> tuple[Reading, ...]:
    """Return the indicators by leaning, an open or organic origin first; some are empty."""
    return tuple(
        Reading(
            leaning,
            voice(title),
            tuple(
                spoken(one.sentence, one.facts, voice) for one in found.indicators if one.leaning == leaning
            ),
        )
        for leaning, title in TITLES.items()
    )


def openness(found: Weighed, voice: Voice) -> str:
    """Say in one line whether anything found speaks for an organic or openly shared origin."""
    count = sum(one.leaning != "coordinated" for one in found.indicators)
    if not count:
        return voice(
            say(
                "Nothing that was measured speaks for an organic or openly shared origin; much is not "
                "measured, such as an appeal made elsewhere."
            )
        )
    return voice.count(
        "{number} reading speaks for an organic or openly shared origin: weigh it first.",
        "{number} readings speak for an organic or openly shared origin: weigh them first.",
        count,
    )


def limits(card: Mapping[str, Any], voice: Voice) -> tuple[str, ...]:
    """Say what an alert does not show: of the kind itself, then what the method's card never claims."""
    return (
        voice(
            say(
                "An alert shows that accounts moved together. It does not show intent, who is behind the "
                "accounts, or whether what they said is true."
            )
        ),
        *(
            voice(say("The method never claims {claim}"), claim=_inside(claim[voice.language]))
            for claim in card.get("never_claims", ())
        ),
    )


def _inside(sentence: str) -> str:
    """Return a sentence as the end of another."""
    return sentence[:1].lower() + sentence[1:]


def failures(card: Mapping[str, Any], voice: Voice) -> tuple[str, ...]:
    """Return when the method is known to be wrong."""
    return tuple(failure[voice.language] for failure in card.get("failures", ()))


def budget(
    card: Mapping[str, Any], run_count: int, voice: Voice, *, days: int = WEEK_DAYS
) -> tuple[str, ...]:
    """Say how many false alarms to expect: the card's measured rate, and what it means for the last days.

    Args:
        card: the method's, as `Run.card` holds it; empty where no run has ended yet.
        run_count: runs that ended in these days.
        voice: the reader's language.
        days: how many days are looked back on.
    """
    here = card.get("measured_here")
    told = (_measured_here(here, voice),) if here else ()
    measured = card.get("false_alarms")
    if not measured:
        return told or (voice(say("How often this method is wrong was not measured.")),)
    rate = voice(
        say(
            "Where there was nothing to find, {with_groups} of {runs} runs found a group (exact 95% interval "
            "of the rate: {low_share} to {high_share}): {data}."
        ),
        with_groups=measured["with_groups"],
        runs=measured["runs"],
        low_share=measured["low"],
        high_share=measured["high"],
        data=measured["data"][voice.language],
    )
    return (*told, rate, _in_these_days(measured["high"], run_count, voice, days), _not_chance(voice))


def _measured_here(measured: Mapping[str, Any], voice: Voice) -> str:
    return voice(
        say(
            "Measured here on {day}: something was found in {with_groups} of {runs} copies in which there "
            "was nothing to find (exact 95% interval of the rate: {low_share} to {high_share}): {data}."
        ),
        day=measured["measured"],
        with_groups=measured["with_groups"],
        runs=measured["runs"],
        low_share=measured["low"],
        high_share=measured["high"],
        data=measured["data"][voice.language],
    )


def _in_these_days(high: float, run_count: int, voice: Voice, days: int) -> str:
    if not run_count:
        return voice(say("No run ended in the last {days} days."), days=days)
    return voice.count(
        "{number} run ended in the last {days} days: even at the upper end, chance alone would make it find "
        "a group with a probability of {high_share}.",
        "{number} runs ended in the last {days} days: even at the upper end, chance alone would make about "
        "{most} of them find a group.",
        run_count,
        days=days,
        most=high * run_count,
        high_share=high,
    )


def _not_chance(voice: Voice) -> str:
    return voice(
        say(
            "These figures count chance only. Newsrooms, parties, unions and supporters who openly act "
            "together are found too, and are no error of the arithmetic."
        )
    )


def what_next(status: str, voice: Voice, *, is_alone: bool, again_ms: int | None = None) -> str:
    """Say what people must still do with an alert.

    Args:
        status: of the alert.
        voice: the reader's language.
        is_alone: whether the reader is the only one who may review.
        again_ms: from when the reader, if alone, may confirm again: `vigie.assess.again_from_ms`.
    """
    if status == "new":
        return voice(
            say("Nobody has reviewed this alert. One person may dismiss it; two are needed to confirm it.")
        )
    if status == "in_review" and is_alone and again_ms is not None:
        return voice(
            say(
                "Only one person reviews here: the confirmation counts when it is repeated after {moment}, a "
                "day later."
            ),
            moment=voice.moment(again_ms, seconds=False),
        )
    if status == "in_review":
        return voice(say("Still undecided: two people must confirm, or one dismiss."))
    if status == "disputed":
        return voice(say("People disagree: the alert stays open until they agree."))
    if status == "confirmed":
        return voice(say("Confirmed by people. A later verdict can open it again."))
    return voice(say("Dismissed. A later verdict can open it again."))


def grown(signal_count: int, status: str, voice: Voice) -> str:
    """Say that signals came after the last verdict; empty where none did, or nobody has given one.

    Args:
        signal_count: `Alert.unreviewed_signal_count`.
        status: of the alert.
        voice: the reader's language.
    """
    if not signal_count or status == "new":
        return ""
    return voice.count(
        "{number} signal came after the last verdict: look again.",
        "{number} signals came after the last verdict: look again.",
        signal_count,
    )


def listed(behaviours: Sequence[str], voice: Voice) -> str:
    """Return the names of behaviours in a sentence: shared posts, links and texts."""
    return voice.listed(named(one, voice) for one in behaviours)
