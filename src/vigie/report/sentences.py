"""The sentences a report generates from findings: one function per sentence, one language at a time.

Each is a signal in plain words, never a verdict: "moved together", beside what chance would make of it.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from vigie.report.behaviours import behaviour, named
from vigie.report.figures import Totals, behaviours_of, cumulative, main_layer, totals
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie.terms.findings import Findings, Group, Lags, Layer, SharedObject, Timeline


def opening(findings: Findings, voice: Voice) -> str:
    """Answer the report's one question: did accounts move together?"""
    if not findings.groups:
        return voice(say("No group of accounts moved together more often than chance allows."))
    accounts = {member.account for group in findings.groups for member in group.members}
    return voice(
        say("{groups}, {accounts}, moved together more often than chance allows."),
        groups=_groups(len(findings.groups), voice),
        accounts=voice.count("{number} account", "{number} accounts", len(accounts)),
    )


def _groups(number: int, voice: Voice) -> str:
    spelled = {
        2: say("Two"),
        3: say("Three"),
        4: say("Four"),
        5: say("Five"),
        6: say("Six"),
        7: say("Seven"),
        8: say("Eight"),
        9: say("Nine"),
    }
    word = voice(spelled[number]) if number in spelled else voice.number(number)
    return voice.count("One group", "{number} groups", number, number=word)


def certainty(findings: Findings, voice: Voice) -> str:
    """Say how many of the links may be chance, or what finding nothing means."""
    if not findings.groups:
        return voice(
            say(
                "That means: in these posts, for the behaviours and windows tested below, no set of accounts "
                "stood out from what activity and popularity explain. It does not mean that nothing was "
                "coordinated: slow, rare, varied or uncollected activity leaves no such trace."
            )
        )
    q_value = max(group.q_value for group in findings.groups)
    return voice(
        say(
            "In each behaviour and window, at most {q_share} of the links kept are expected to be chance, if "
            "accounts of one community and the same six hours could change places. Moving together is a "
            "signal, not a verdict: newsrooms, supporters and people who follow one event live do it too."
        ),
        q_share=q_value,
    )


def read(findings: Findings, voice: Voice) -> str:
    """Say what was read."""
    posts = voice.count("{number} post", "{number} posts", findings.post_count)
    accounts = voice.count("{number} account", "{number} accounts", findings.account_count)
    if findings.start_ms is None or findings.end_ms is None:
        return voice(say("Read: {posts} by {accounts}."), posts=posts, accounts=accounts)
    return voice(
        say("Read: {posts} by {accounts}, from {start} to {end}."),
        posts=posts,
        accounts=accounts,
        start=voice.day(findings.start_ms),
        end=voice.day(findings.end_ms),
    )


def deed(group: Group, voice: Voice) -> str:
    """Say what a group did, on how many objects, how close in time."""
    kinds = behaviours_of(group)
    layer = main_layer(group)
    what = behaviour(kinds[0]).deed if len(kinds) == 1 else say("acted on the same objects")
    return voice(
        say("{accounts} {did}, {objects} in all, usually {gap} apart when within the window."),
        accounts=voice.count("{number} account", "{number} accounts", len(group.members)),
        did=voice(what),
        objects=group.object_count,
        gap=gap(layer.gap_ms_quantiles[1] if layer else 0, voice),
    )


def gap(ms: int, voice: Voice) -> str:
    """Return a time between two acts; several exports tell time to the second only."""
    return voice.duration(ms) if ms > 0 else voice(say("less than 1 second"))


def expectation(group: Group, voice: Voice) -> str:
    """Set what was observed beside what independent accounts would have done."""
    sums = totals(group)
    return voice(
        say(
            "Counted over the linked pairs, which were chosen because they stand out, that makes {observed}; "
            "accounts as active as these, acting independently, would have made about {expected}."
        ),
        observed=coincidences(sums, voice),
        expected=sums.expected,
    )


def coincidences(sums: Totals, voice: Voice) -> str:
    """Return how many times two accounts met on an object."""
    return voice.count("{number} coincidence", "{number} coincidences", sums.observed)


def network(group: Group, voice: Voice) -> str:
    """Say how tightly a group is tied."""
    middle = round(median(member.partner_count for member in group.members)) if group.members else 0
    return voice.count(
        "Half of the accounts moved together with at least {number} other member",
        "Half of the accounts moved together with at least {number} other members",
        middle,
    )


def timeline(line: Timeline, voice: Voice) -> str:
    """Say when the activity together was highest."""
    top = max(range(len(line.observed)), key=line.observed.__getitem__, default=None)
    if top is None or line.observed[top] == 0:
        return voice(say("No activity together falls in the period shown"))
    return voice.count(
        "Activity together peaks on {moment}: {number} coincidence in {width_ms}, {expected} expected",
        "Activity together peaks on {moment}: {number} coincidences in {width_ms}, {expected} expected",
        line.observed[top],
        moment=voice.moment(line.start_ms + top * line.bin_ms, seconds=False),
        width_ms=line.bin_ms,
        expected=line.expected[top],
    )


def lags(picture: Lags, voice: Voice) -> str:
    """Say how much closer in time members act than everyone else on the same objects."""
    ours, theirs = cumulative(picture.members), cumulative(picture.others)
    if not ours:
        return voice(say("No two acts of members on one object fall in the times shown"))
    if not theirs:
        return voice(
            say("Nobody else acted on the same objects within {limit_ms}"), limit_ms=picture.edges_ms[-1]
        )
    top = max(range(len(ours)), key=lambda at: ours[at] - theirs[at])
    return voice(
        say(
            "{members_share} of members’ gaps are within {limit_ms}, against {others_share} for everyone else"
        ),
        members_share=ours[top],
        others_share=theirs[top],
        limit_ms=picture.edges_ms[top + 1],
    )


def strip(item: SharedObject, voice: Voice) -> str:
    """Say how fast members came one after the other on the most telling object."""
    return voice.count(
        "On the most telling object, {number} member acted within {span}",
        "On the most telling object, {number} members acted within {span}",
        item.account_count,
        span=gap(item.span_ms, voice),
    )


def layer_in_words(layer: Layer, voice: Voice) -> str:
    """Say what one behaviour within one window shows."""
    return voice(
        say(
            "{behaviour}, at most {window_ms} apart: {pairs}, {observed} where {expected} would be expected. "
            "Half of these pairs have a surprise of {surprise} or more; the threshold set on shuffled copies "
            "of these data is in the table at the end."
        ),
        behaviour=capital(named(layer.behaviour, voice)),
        window_ms=layer.window_ms,
        pairs=voice.count("{number} pair", "{number} pairs", layer.pair_count),
        observed=voice.count("{number} coincidence", "{number} coincidences", layer.observed),
        expected=layer.expected,
        surprise=layer.surprise_median,
    )


def false_discovery(group: Group, voice: Voice) -> str:
    """Explain the group's q-value."""
    return voice(
        say(
            "The largest q-value of this group’s links is {q}: of all links this strong or stronger in their "
            "behaviour and window, at most {q_share} are expected to be chance, on average over such data."
        ),
        q=voice.rate(group.q_value),
        q_share=group.q_value,
    )


def capital(text: str) -> str:
    """Return `text` with its first letter large, the rest as it was."""
    return text[:1].upper() + text[1:]
