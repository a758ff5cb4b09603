"""How the node is: worker, disk, ledger. Everybody sees whether it is well; who looks after it sees more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vigie.terms.languages import say
from vigie_node.jobs.access import workers_alive
from vigie_node.ledger.access import last_verification
from vigie_node.ledger.outbox import stalled
from vigie_node.people.access import may
from vigie_node.sources.room import room_now
from vigie_node.web.formats import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.report.format import Voice
    from vigie_node.people.models import Person
    from vigie_node.sources.room import Room

Tone = Literal["well", "care", "risk"]
WORST: tuple[Tone, ...] = ("risk", "care", "well")


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One sign of how the node is.

    Args:
        label: what it is a sign of.
        word: how that is, in a word or two.
        tone: how much it matters.
        detail: more, for who asks.
        alarm: where it matters now, the sentence that says so at the head of the page.
        remedy: and what to do.
    """

    label: str
    word: str
    tone: Tone
    detail: str = ""
    alarm: str = ""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Health:
    """All signs, and what they come to."""

    answer: str
    tone: Tone
    signs: Sequence[Sign]


def health_of(person: Person, voice: Voice) -> Health:
    """Return how the node is: a few queries and a look at the disk."""
    signs = [_worker(voice), _ledger(voice), _disk(room_now(), voice, detailed=may(person, "health.read"))]
    if may(person, "health.read"):
        signs.append(_followers(voice))
    tone = next(tone for tone in WORST if any(sign.tone == tone for sign in signs) or tone == "well")
    return Health(answer=_answer(tone, voice), tone=tone, signs=signs)


def _answer(tone: Tone, voice: Voice) -> str:
    return voice(
        {
            "well": say("The node is well."),
            "care": say("The node works; something needs care soon."),
            "risk": say("Something on the node needs care now."),
        }[tone]
    )


def _worker(voice: Voice) -> Sign:
    label = voice(say("Worker"))
    if workers_alive().exists():
        return Sign(label=label, word=voice(say("At work")), tone="well")
    return Sign(
        label=label,
        word=voice(say("Not seen")),
        tone="risk",
        detail=voice(say("for more than a minute")),
        alarm=voice(say("The worker has not been seen for more than a minute: files and runs wait for it.")),
        remedy=voice(say("Whoever runs the node starts it again with “vigie up”.")),
    )


def _ledger(voice: Voice) -> Sign:
    label, last = voice(say("Ledger")), last_verification()
    if last is None:
        return Sign(label=label, word=voice(say("Not verified yet")), tone="care")
    problems, when = int(last.said.get("problems", 0)), voice.moment(last.at_ms, seconds=False)
    if not problems:
        return Sign(label=label, word=voice(say("Verified")), tone="well", detail=when)
    return Sign(
        label=label,
        word=voice(say("Faulty")),
        tone="risk",
        detail=when,
        alarm=voice.count(
            "The ledger does not verify: {number} problem was found on {moment}.",
            "The ledger does not verify: {number} problems were found on {moment}.",
            problems,
            moment=when,
        ),
        remedy=voice(
            say("Keep the node as it is and tell whoever runs it: “vigie ledger verify” says where.")
        ),
    )


def _disk(room: Room, voice: Voice, *, detailed: bool) -> Sign:
    label = voice(say("Disk"))
    detail = (
        voice(
            say("{used} used by posts, {free} free"),
            used=size(room.used_bytes, voice.language),
            free=size(room.free_bytes, voice.language),
        )
        if detailed
        else ""
    )
    if room.state == "ok":
        return Sign(label=label, word=voice(say("Room enough")), tone="well", detail=detail)
    if room.state == "near":
        return Sign(label=label, word=voice(say("Nearly full")), tone="care", detail=detail)
    return Sign(
        label=label,
        word=voice(say("Full")),
        tone="risk",
        detail=detail,
        alarm=voice(say("The disk or the quota is full: nothing more comes in.")),
        remedy=voice(say("Whoever runs the node makes room, or raises the quota.")),
    )


def _followers(voice: Voice) -> Sign:
    label, number = voice(say("Reactions to entries")), stalled().count()
    if not number:
        return Sign(label=label, word=voice(say("None waits")), tone="well")
    word = voice.count("{number} waits for a repair", "{number} wait for a repair", number)
    return Sign(label=label, word=word, tone="care")
