"""What pages say of any signal, whatever method noticed it: pure, one language at a time, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie.detect.methods import METHODS, name_of
from vigie.report.text import isolated
from vigie.terms.languages import Message, say
from vigie_node.alerts import sentences
from vigie_node.alerts.first_notices import KIND as FIRST_NOTICE
from vigie_node.alerts.free_text import free_text_of
from vigie_node.alerts.noticed import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.report.format import Voice
    from vigie.terms.findings import Timeline
    from vigie_node.alerts.models import Run, Signal

SUBJECTS: Mapping[str, Message] = {
    "accounts": say("Accounts"),
    "account": say("Account"),
    "post": say("Post"),
    "person": say("Person"),
    "series": say("Series"),
    "channel": say("Channel"),
    "site": say("Site"),
    "medium": say("Image or video"),
    "event": say("Event"),
    "family": say("Family of texts"),
    "narrative": say("Narrative"),
}


def headline(signal: Signal, voice: Voice, *, reads: bool) -> str:
    """Say in one sentence what was noticed; `reads` tells whether the reader may read words of posts."""
    if not signal.sentence:
        return sentences.headline(signal, voice)
    facts = facts_of(signal.facts)
    return sentences.spoken(signal.sentence, facts if reads else free_text_of(signal).facts(facts), voice)


def method_title(method: str, voice: Voice) -> str:
    """Return what a method is called; one that this version does not know keeps its name.

    Args:
        method: its name, or its id: `bursts` or `bursts/1`.
        voice: the reader's language.
    """
    name = name_of(method)
    if name == FIRST_NOTICE:
        return voice.words(say("First notice"))
    return voice.words(METHODS[name].title) if name in METHODS else name


def subject_title(signal: Signal, voice: Voice) -> str:
    """Return what kind of thing a signal is about: Site."""
    return (
        voice.words(SUBJECTS[signal.subject_kind]) if signal.subject_kind in SUBJECTS else signal.subject_kind
    )


def limits(card: Mapping[str, Any], voice: Voice) -> tuple[str, ...]:
    """Say what a signal does not show: of every signal, then what the method's card never claims."""
    return (
        voice(
            say(
                "A signal shows that something is unusual, by one measure. It does not show intent, who is "
                "behind it, or whether what was said is true."
            )
        ),
        *(isolated(claim[voice.language]) for claim in card.get("never_claims", ())),
    )


def timeline(line: Timeline, voice: Voice) -> str:
    """Say when what a method counted was highest."""
    top = max(range(len(line.observed)), key=line.observed.__getitem__, default=None)
    if top is None or line.observed[top] == 0:
        return voice(say("Nothing was counted in the period shown"))
    return voice(
        say("The highest count, {seen}, begins on {moment}; {expected} would be expected"),
        seen=line.observed[top],
        moment=voice.moment(line.start_ms + top * line.bin_ms, seconds=False),
        expected=line.expected[top],
    )


def budget(run: Run, voice: Voice) -> str:
    """Say how many false alarms a run's method lets chance make; empty where it has no such budget."""
    expected = run.false_alarms_expected
    if expected is None:
        return ""
    return voice(
        say(
            "Alarm budget: in all that this run looked at, the method lets chance alone make about "
            "{expected} such signals."
        ),
        expected=expected,
    )


def notes(run: Run, voice: Voice) -> tuple[str, ...]:
    """Return what a run could not say."""
    return tuple(sentences.spoken(one["sentence"], facts_of(one["facts"]), voice) for one in run.notes)


def cell(value: Any, holds: str, voice: Voice) -> str:
    """Return one value of a table of evidence as people read it; times are the template's."""
    if value is None:
        return "–"
    if isinstance(value, Message):
        return voice(value)
    if isinstance(value, bool):
        return voice(say("yes")) if value else voice(say("no"))
    if isinstance(value, str):
        return isolated(value)
    return voice.percent(value) if holds == "share" else voice.number(value)
