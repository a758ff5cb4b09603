"""Two people changed one text: what both wrote, joined where they wrote in different places.

A three-way merge by words (Khanna, Kunal and Pierce 2007, “A formal investigation of diff3”): what only one
changed is taken; where both changed the same place differently, both versions stand side by side for a person
to choose. No word that anybody wrote is lost.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOKEN = re.compile(r"\S+|\s+")
STRETCH_MAX = 300  # tokens without an anchor that are still compared one by one


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of the joined text.

    Args:
        text: what it says; where the two differ, empty.
        mine, theirs: what each wrote where the two differ; else empty.
    """

    text: str = ""
    mine: str = ""
    theirs: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a person must choose here."""
        return bool(self.mine or self.theirs)


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A joined text, as stretches that follow each other."""

    parts: tuple[Part, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nobody needs to choose anything."""
        return not any(part.is_open for part in self.parts)

    @property
    def text(self) -> str:
        """The joined text; where a person must choose, mine and then theirs, so that no word is lost."""
        return "".join(part.text or " ".join(filter(None, (part.mine, part.theirs))) for part in self.parts)


def merge(base: str, mine: str, theirs: str) -> Merged:
    """Join two changed versions of one text.

    Args:
        base: what both began from.
        mine: what one of them made of it.
        theirs: what the other made of it.
    """
    if theirs in (mine, base):
        return Merged(parts=(Part(text=mine),))
    if mine == base:
        return Merged(parts=(Part(text=theirs),))
    return Merged(parts=tuple(_joined(_parts(*(TOKEN.findall(one) for one in (base, mine, theirs))))))


def _parts(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Part]:
    """Yield the stretches between and at the places that all three share."""
    shared = [(-1, -1, -1), *_shared(base, mine, theirs), (len(base), len(mine), len(theirs))]
    for before, after in pairwise(shared):
        yield _part(
            *("".join(one[i + 1 : j]) for one, i, j in zip((base, mine, theirs), before, after, strict=True))
        )
        if after[0] < len(base):
            yield Part(text=base[after[0]])


def _shared(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int]]:
    """Yield where a token of the base stands in all three, in order."""
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    for at in sorted(in_mine.keys() & in_theirs.keys()):
        yield at, in_mine[at], in_theirs[at]


def _places(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Return where each kept token of the base stands in another version, in order.

    Words that stand once in both are anchors (patience diff, Bram Cohen); between two anchors, what begins
    and ends alike is kept, and the rest is compared token by token where it is short. So the cost stays small
    whatever the texts: what is long and has no anchor counts as rewritten.
    """
    places: dict[int, int] = {}
    begin, other_begin = 0, 0
    for end, other_end in [*_anchors(base, other), (len(base), len(other))]:
        places |= _between(base, other, (begin, end), (other_begin, other_end))
        if end < len(base):
            places[end] = other_end
        begin, other_begin = end + 1, other_end + 1
    return places


def _anchors(base: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of tokens that stand once in both, as many as stand in the same order in both."""
    once = {token for token, count in Counter(base).items() if count == 1}
    there = {token: at for at, token in enumerate(other)}
    once &= {token for token, count in Counter(other).items() if count == 1}
    pairs = [(at, there[token]) for at, token in enumerate(base) if token in once]
    ends: list[
        int
    ] = []  # of the longest rising runs so far, by length: where the last pair stands in `other`
    last: list[int] = []  # which pair that is
    before: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else None)
        if length == len(ends):
            ends.append(place)
            last.append(number)
        else:
            ends[length], last[length] = place, number
    found, number_or_none = [], last[-1] if last else None
    while number_or_none is not None:
        found.append(pairs[number_or_none])
        number_or_none = before[number_or_none]
    return found[::-1]


def _between(
    base: Sequence[str], other: Sequence[str], span: tuple[int, int], other_span: tuple[int, int]
) -> dict[int, int]:
    """Return where the kept tokens of a stretch of the base stand in that stretch of another version."""
    (i, end), (j, other_end) = span, other_span
    places: dict[int, int] = {}
    while i < end and j < other_end and base[i] == other[j]:
        places[i] = j
        i, j = i + 1, j + 1
    while i < end and j < other_end and base[end - 1] == other[other_end - 1]:
        end, other_end = end - 1, other_end - 1
        places[end] = other_end
    if 0 < end - i <= STRETCH_MAX and 0 < other_end - j <= STRETCH_MAX:
        blocks = SequenceMatcher(None, base[i:end], other[j:other_end], autojunk=False).get_matching_blocks()
        places |= {i + a + n: j + b + n for a, b, size in blocks for n in range(size)}
    return places


def _part(base: str, mine: str, theirs: str) -> Part:
    if theirs in (mine, base):
        return Part(text=mine)
    return Part(text=theirs) if mine == base else Part(mine=mine, theirs=theirs)


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Yield the same stretches, settled neighbours as one, empty ones left out."""
    text = ""
    for part in parts:
        if part.is_open:
            if text:
                yield Part(text=text)
            text = ""
            yield part
        else:
            text += part.text
    if text:
        yield Part(text=text)
