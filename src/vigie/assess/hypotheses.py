"""Competing explanations, weighed by two people apart: where they agree, where they do not; no winner.

Analysis of competing hypotheses (Heuer 1999, chapter 8): every item of evidence is held against every
explanation, and an explanation is weakened by what does not fit it; what fits all of them tells nothing. Two
analysts fill their matrices without seeing each other's. Nothing here says which explanation is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Bearing = Literal["very_consistent", "consistent", "neutral", "inconsistent", "very_inconsistent"]
BEARINGS: tuple[Bearing, ...] = get_args(Bearing)
Cell = tuple[str, str]  # evidence, explanation

LEAST = 3
NEEDED_KINDS = ("organic", "domestic_or_commercial")
AGAINST: dict[Bearing, int] = {"inconsistent": 1, "very_inconsistent": 2}  # Heuer counts only what weakens
FAR = 2  # steps of the scale: two readings that cannot both be shades of one


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One cell that two people filled differently.

    Args:
        evidence: which item.
        explanation: held against which.
        one, other: what the two said.
    """

    evidence: str
    explanation: str
    one: Bearing
    other: Bearing

    @property
    def steps(self) -> int:
        """How far apart on the scale, 1 to 4."""
        return abs(BEARINGS.index(self.one) - BEARINGS.index(self.other))

    @property
    def is_far(self) -> bool:
        """Whether the two must talk: more than a shade."""
        return self.steps >= FAR


def missing_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of explanation that must still be put beside the others."""
    there = set(kinds)
    return tuple(kind for kind in NEEDED_KINDS if kind not in there)


def against(matrix: Mapping[Cell, Bearing], explanations: Sequence[str]) -> dict[str, int]:
    """Return how much speaks against each explanation: 1 for what does not fit, 2 for what hardly can."""
    sums = dict.fromkeys(explanations, 0)
    for (_, explanation), bearing in matrix.items():
        if explanation in sums:
            sums[explanation] += AGAINST.get(bearing, 0)
    return sums


def tells_nothing(matrix: Mapping[Cell, Bearing], explanations: Sequence[str]) -> tuple[str, ...]:
    """Return the items that were held against every explanation and bear on all of them alike, sorted."""
    items = sorted({item for item, _ in matrix})
    rows = {item: [matrix.get((item, one)) for one in explanations] for item in items}
    return tuple(item for item, row in rows.items() if None not in row and len(set(row)) == 1)


def disagreements(one: Mapping[Cell, Bearing], other: Mapping[Cell, Bearing]) -> tuple[Disagreement, ...]:
    """Return the cells that both filled, and differently: the furthest apart first, then by name."""
    found = (
        Disagreement(evidence=cell[0], explanation=cell[1], one=one[cell], other=other[cell])
        for cell in sorted(one.keys() & other.keys())
        if one[cell] != other[cell]
    )
    return tuple(sorted(found, key=lambda each: -each.steps))
