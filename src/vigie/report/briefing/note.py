"""What a briefing note says; nothing here knows paper.

Markings: Traffic Light Protocol 2.0 (FIRST, 2022), with the words of Québec's « protocole des feux de
circulation » beside them; the colours are those that the protocol sets, on black.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vigie.report.format import Voice

CUT = " […]"
WAS_CUT = say("Cut to fit one page, where […] stands: {parts}. {whole}")
UNDRAWN = say("Signs that this file cannot draw, where [?] stands: {signs}.")
SIGNS_SHOWN = 8
_TURNING = dict.fromkeys(
    (0x200E, 0x200F, 0x061C, *range(0x2066, 0x206A))
)  # for pages; here, they are no text
_NARROW_SPACE = {0x202F: 0x00A0}


@dataclass(frozen=True, kw_only=True)
class Marking:
    """How far a note may go: the protocol's word, Québec's, and its colour on black."""

    tlp: str
    pfc: str
    colour: str

    @property
    def label(self) -> str:
        """Both words, as they stand at the head and foot of a page."""
        return f"{self.tlp} · {self.pfc}"

    @property
    def tone(self) -> str:
        """What style sheets call its colour: `red`, `amber`, `green`, `clear`."""
        return self.tlp.removeprefix("TLP:").partition("+")[0].lower()


MARKINGS = {
    one.tlp: one
    for one in (
        Marking(tlp="TLP:RED", pfc="PFC:ROUGE", colour="#FF2B2B"),
        Marking(tlp="TLP:AMBER+STRICT", pfc="PFC:AMBRE+STRICT", colour="#FFC000"),
        Marking(tlp="TLP:AMBER", pfc="PFC:AMBRE", colour="#FFC000"),
        Marking(tlp="TLP:GREEN", pfc="PFC:VERT", colour="#33FF00"),
        Marking(tlp="TLP:CLEAR", pfc="PFC:LIBRE", colour="#FFFFFF"),
    )
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a note in one language.

    Args:
        name: its heading.
        text: what it says.
        is_written: whether people wrote it; else `text` says that it is not written in this language.
    """

    name: str
    text: str
    is_written: bool = True

    def shortened(self, length_max: int) -> Part:
        """Return it with at most so many characters, ended between two words where it is cut."""
        if len(self.text) <= length_max:
            return self
        kept = self.text[: length_max - len(CUT)]
        return replace(self, text=(kept.rsplit(maxsplit=1) or [""])[0].rstrip(" ,;:") + CUT)


@dataclass(frozen=True, kw_only=True)
class Side:
    """The whole note in one language.

    Args:
        voice: the language.
        head: what this is: “Briefing note, incident 12”.
        title: of the incident.
        facts: what it is called, and what it is, in the order to read them.
        parts: what, so what, what is not known, options.
        claims_name: the heading of the claims.
        claims: each claim under how likely it is.
        foot: what stands at the end.
        whole: a sentence that says where the whole is.
        cut: the names of what was shortened.
    """

    voice: Voice
    head: str
    title: Part
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    claims_name: str
    claims: tuple[Part, ...]
    foot: str
    whole: str
    cut: tuple[str, ...] = ()

    def longest(self) -> int:
        """Return how many characters its longest part has."""
        return max((len(one.text) for one in (*self.parts, *self.claims)), default=0)

    def shortened(self, length_max: int) -> Side:
        """Return it with no part longer than so many characters, naming what was cut."""
        parts = tuple(one.shortened(length_max) for one in self.parts)
        claims = tuple(one.shortened(length_max) for one in self.claims)
        cut = [was.name for was, now in zip(self.parts, parts, strict=True) if was != now]
        cut += [self.claims_name] if claims != self.claims else []
        return replace(self, parts=parts, claims=claims, cut=tuple(cut))

    def feet(self, undrawn: Collection[str] = ()) -> Iterator[str]:
        """Return what stands at the end: what was cut, what could not be drawn, and what signals are."""
        if self.cut:
            yield self.voice(WAS_CUT, parts=self.voice.listed(self.cut), whole=self.whole)
        if undrawn:
            signs = sorted(f"U+{ord(sign):04X}" for sign in undrawn)
            more = ["…"] if len(signs) > SIGNS_SHOWN else []
            yield self.voice(UNDRAWN, signs=", ".join([*signs[:SIGNS_SHOWN], *more]))
        yield self.foot


@dataclass(frozen=True, kw_only=True)
class Briefing:
    """One note.

    Args:
        marking: an id of `MARKINGS`.
        sides: the same in each language, French first.
        points: the size of its letters; `fitted` chooses it.
    """

    marking: str
    sides: tuple[Side, Side]
    points: float = 9.0


def plain(text: str) -> str:
    """Return text as paper takes it: without signs that turn the reading on a page."""
    return text.translate(_TURNING).translate(_NARROW_SPACE)
