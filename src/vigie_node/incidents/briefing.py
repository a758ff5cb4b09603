"""What a briefing note takes from an incident, in both languages; nothing is translated by a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie.assess.gates import gates
from vigie.assess.likelihood import confidences
from vigie.report.briefing import Briefing, Part, Side, fitted
from vigie.report.format import Voice, offset_name
from vigie.terms.languages import say
from vigie_node.incidents import telling
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS, TITLE
from vigie_node.web.words import words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.terms.languages import Language
    from vigie_node.incidents.models import Claim, Incident

HEAD = say("Briefing note – incident {number} – {when} (UTC{offset}), {utc} UTC")
WHOLE = say("The whole is incident {number} of this node.")
FOOT = say("Signals are not verdicts: people decide what they mean.")
CLAIMS = say("The claims with the best ground")
STANDING, TEST, BREAKOUT = say("Standing:"), say("Test of {jurisdiction}:"), say("Breakout:")
ATTRIBUTION, BEHIND, DEADLINE = say("Attribution:"), say("Who stands behind it:"), say("Deadline:")
NOT_WRITTEN = say("Not written in {language}.")
WRITTEN_IN = say("(in {language}) {text}")
NOBODY, NOT_READ, NO_DEADLINE = say("nobody yet"), say("not read yet"), say("none given")
SURE = say("({likelihood}; {confidence})")
NOT_JUDGED = say("Confidence not judged")
OUTCOMES = {
    "yes": say("it holds by the answers given, which says nothing about who did it"),
    "no": say("it does not hold by the answers given"),
    "unknown": say("open: too little is known"),
}
CLAIMS_SHOWN = 3
NAMES_SHOWN = 6
HUNDRED = 100


def briefing_of(
    incident: Incident, *, marking: str, deadline_ms: int | None, zone: str, at_ms: int
) -> Briefing:
    """Return the note of an incident as it stands, fitted to one page.

    Args:
        incident: which; the caller has made sure that the reader may see it.
        marking: an id of `vigie.report.briefing.MARKINGS`.
        deadline_ms: by when somebody must decide, UTC milliseconds; None where nobody said.
        zone: the reader's time zone.
        at_ms: now, UTC milliseconds.
    """
    held = {(one.section, one.language): one.text for one in incident.passages.all()}
    claims = sorted(incident.claims.filter(withdrawn=False), key=_strength)[:CLAIMS_SHOWN]
    facts: dict[str, Any] = {
        "behind": _behind(incident),
        "outcome": _outcome(incident),
        "deadline_ms": deadline_ms,
    }

    def side(language: Language) -> Side:
        voice = Voice(words_in(language), zone)
        number = incident.number
        return Side(
            voice=voice,
            head=voice(
                HEAD,
                number=number,
                when=voice.moment(at_ms, seconds=False),
                offset=offset_name(at_ms, zone).removeprefix("UTC"),
                utc=voice.moment(at_ms, utc=True, seconds=False),
            ),
            title=_part(voice, "", held.get((TITLE, language), "")),
            facts=_facts(incident, voice, **facts),
            parts=tuple(
                _part(voice, voice(one.name), held.get((one.id, language), ""))
                for one in SECTIONS.values()
                if one.id != TITLE
            ),
            claims_name=voice(CLAIMS),
            claims=tuple(_claim(one, voice) for one in claims),
            foot=voice(FOOT),
            whole=voice(WHOLE, number=number),
        )

    return fitted(Briefing(marking=marking, sides=(side("fr"), side("en"))))


def _facts(
    incident: Incident, voice: Voice, *, behind: Sequence[str], outcome: str, deadline_ms: int | None
) -> tuple[tuple[str, str], ...]:
    gate = gates()[incident.gate]
    return (
        (voice(STANDING), telling.state_of(incident, voice)["means"]),
        (voice(TEST, jurisdiction=gate.names[voice.language]), voice(OUTCOMES[outcome])),
        (
            voice(BREAKOUT),
            telling.name_in("breakout", incident.breakout, voice) if incident.breakout else voice(NOT_READ),
        ),
        (voice(ATTRIBUTION), telling.name_in("attribution", incident.rung, voice)),
        (voice(BEHIND), voice.listed(behind) if behind else voice(NOBODY)),
        (
            voice(DEADLINE),
            voice(NO_DEADLINE) if deadline_ms is None else voice.moment(deadline_ms, seconds=False),
        ),
    )


def _part(voice: Voice, name: str, text: str) -> Part:
    """Return a section; where it is not written in this language, it says so in it."""
    if text:
        return Part(name=name, text=text)
    return Part(name=name, text=voice(NOT_WRITTEN, language=_name(voice, voice.language)), is_written=False)


def _claim(claim: Claim, voice: Voice) -> Part:
    """Return a claim as it was written, with the language where that is the other one."""
    text = (
        claim.text
        if claim.language == voice.language
        else voice(WRITTEN_IN, language=_name(voice, claim.language), text=claim.text)
    )
    sure = voice(
        SURE,
        likelihood=telling.likelihood_in_words(claim, voice),
        confidence=(telling.confidence_in_words(claim, voice) or voice(NOT_JUDGED)).lower(),
    )
    return Part(name=sure, text=text)


def _name(voice: Voice, language: str) -> str:
    """Return what a language is called within a sentence: French has no capital there."""
    name = voice(LANGUAGE_NAMES[language])
    return name.lower() if voice.language == "fr" else name


def _strength(claim: Claim) -> tuple[int, int, int]:
    """Return what puts claims in order: the best ground first, then the surest, then by number."""
    ground = list(confidences())
    confidence = ground.index(claim.confidence) if claim.confidence in ground else -1
    sure = 0 if claim.low is None or claim.high is None else max(claim.low, HUNDRED - claim.high)
    return -confidence, -sure, claim.number


def _outcome(incident: Incident) -> str:
    answers: dict[str, Any] = dict(
        incident.gate_answers.order_by("at_ms", "id").values_list("question", "answer")
    )
    return gates()[incident.gate].outcome(answers)


def _behind(incident: Incident) -> list[str]:
    """Return the names of those who stand behind it, by their latest word; the first six."""
    latest = {one.by_id: one for one in incident.standings.select_related("by").order_by("at_ms", "id")}
    names = [one.by.name for one in latest.values() if one.stands]
    return [*names[:NAMES_SHOWN], "…"] if len(names) > NAMES_SHOWN else names
