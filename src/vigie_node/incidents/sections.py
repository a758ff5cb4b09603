"""The sections of an incident: what, so what, what is not known, what could be done; in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.languages import Message, say


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section.

    Args:
        id: stands in rows.
        name: what pages call it.
        asks: what should stand in it.
        length_max: in characters.
        is_line: whether it is one line.
    """

    id: str
    name: Message
    asks: Message
    length_max: int = 10_000
    is_line: bool = False


TITLE = "title"
LANGUAGE_NAMES = {"en": say("English"), "fr": say("French")}
SECTIONS = {
    one.id: one
    for one in (
        Section(
            id=TITLE,
            name=say("Title"),
            asks=say("What it is called, in a few plain words that blame nobody."),
            length_max=200,
            is_line=True,
        ),
        Section(
            id="summary",
            name=say("What happened"),
            asks=say(
                "In sentences that a deputy minister can read aloud: who did what to whom, when, where."
            ),
        ),
        Section(
            id="significance",
            name=say("So what"),
            asks=say("Why it matters, and to whom; what happens if nobody does anything."),
        ),
        Section(
            id="unknowns",
            name=say("What we do not know"),
            asks=say("What is missing, what could overturn the assessment, how one could find out."),
        ),
        Section(
            id="options",
            name=say("Options"),
            asks=say("What could be done, from keeping silent to a public announcement; by when."),
        ),
    )
}


def part_of(section: str, language: str) -> str:
    """Return how a revision names a section in a language: `summary.fr`."""
    return f"{section}.{language}"
