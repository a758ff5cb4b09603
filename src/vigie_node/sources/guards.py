"""Guards against partisan and abusive use, as decisions on plain values.

`governance.md`: who watches a party, candidate, protest, domestic group or person says in writing why a
foreign hand is thought to be in it, is allowed by somebody outside the team, and for thirty days at most. The
terms of a source are held against the purpose: research, never the surveillance of persons nor what they
think.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.terms.languages import Message, say
from vigie_node.sources.models import Declaration, DeclaredSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SENSITIVE = frozenset(
    {
        Declaration.Subject.PARTY,
        Declaration.Subject.CANDIDATE,
        Declaration.Subject.PROTEST,
        Declaration.Subject.GROUP,
        Declaration.Subject.PERSON,
    }
)
SENSITIVE_DAYS_MAX = 30
DAYS_MAX, DAYS_USUAL = 366, 90
COOLING_MS = 24 * 3_600_000
SENTENCE_AROUND = 60  # characters shown on each side of a word that the terms should not hold
# Words of terms of use, in English and French, that forbid what a declaration could be turned to.
SURVEILLANCE = re.compile(
    r"surveil\w*|monitor\w*|profilage|profiling|law enforcement|maintien de l.ordre", re.IGNORECASE
)
OPINION = re.compile(
    r"(?:political|religious|sexual|ethnic)\w*\s+\w*\s*(?:opinion|belief|affiliation|orientation|origin)\w*"
    r"|(?:opinion|croyance|appartenance|orientation)s?\s+(?:politique|religieu|sexuelle|ethnique)\w*"
    r"|infer\w*|inférence\w*|déduire",
    re.IGNORECASE,
)

NO_HYPOTHESIS, TERMS_FORBID = "hypothesis", "terms"
REFUSALS = {
    NO_HYPOTHESIS: say(
        "Nothing says why a foreign hand is thought to be in it: without that, no party, candidate, protest, "
        "domestic group or person is watched."
    ),
    TERMS_FORBID: say("The terms of one of its sources do not allow monitoring for research."),
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that a declaration names."""

    kind: str
    place: str
    allows: str = DeclaredSource.Allows.UNKNOWN
    terms: str = ""


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Something about the terms of a source that people should weigh."""

    place: str
    sentence: Message
    excerpt: str = ""
    blocks: bool = False


FORBIDS = say("Its terms do not allow monitoring for research.")
NOT_KNOWN = say("Nobody has recorded whether its terms allow monitoring for research.")
SPEAKS_OF_SURVEILLANCE = say("Its terms speak of surveillance or monitoring: read them against the purpose.")
SPEAKS_OF_OPINION = say("Its terms speak of what persons think or are: nothing of the kind may be inferred.")


def is_sensitive(subject: str) -> bool:
    """Tell whether a declaration about this could be turned against people here."""
    return subject in SENSITIVE


def days_allowed(subject: str, asked: int | None) -> int | None:
    """Return for how many days a declaration may be in force; None for until it is withdrawn."""
    if not is_sensitive(subject):
        return asked
    return min(asked or SENSITIVE_DAYS_MAX, SENSITIVE_DAYS_MAX)


def least_days_allowed(subject: str, asked: int) -> int:
    """Return for how many days observations must stay: what a sensitive declaration swept in always goes."""
    return 0 if is_sensitive(subject) else asked


def refusal(subject: str, hypothesis: str, sources: Iterable[Source]) -> str:
    """Return which guard refuses a request before any person reads it; empty for none."""
    if is_sensitive(subject) and not any(letter.isalnum() for letter in hypothesis):
        return NO_HYPOTHESIS
    if any(one.allows == DeclaredSource.Allows.NO for one in sources):
        return TERMS_FORBID
    return ""


def concerns(sources: Iterable[Source | DeclaredSource]) -> Sequence[Concern]:
    """Return what the recorded terms of sources hold against a purpose of research, source by source."""
    found: list[Concern] = []
    for one in sources:
        if one.allows == DeclaredSource.Allows.NO:
            found.append(Concern(place=one.place, sentence=FORBIDS, excerpt=one.terms, blocks=True))
            continue
        if one.allows == DeclaredSource.Allows.UNKNOWN:
            found.append(Concern(place=one.place, sentence=NOT_KNOWN))
        for words, sentence in ((SURVEILLANCE, SPEAKS_OF_SURVEILLANCE), (OPINION, SPEAKS_OF_OPINION)):
            hit = words.search(one.terms)
            if hit is not None:
                found.append(Concern(place=one.place, sentence=sentence, excerpt=_around(one.terms, hit)))
    return found


def _around(text: str, hit: re.Match[str]) -> str:
    start, end = max(0, hit.start() - SENTENCE_AROUND), hit.end() + SENTENCE_AROUND
    cut = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}"
