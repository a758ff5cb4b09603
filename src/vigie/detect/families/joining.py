"""Texts join families one after another, earliest first, by complete linkage.

A text is compared with the families of earlier texts that share a band with it, and joins the one whose
specimen (its first text) is nearest, the earliest of equals, if it is a copy of the specimen (0.693) and
alike enough (0.6) with **every** text there; else it founds a family of its own. So families never chain; and
texts that come later change nothing of what was decided before: families grow as posts come in.

To ask that any two texts be copies (0.693) would part a family of 20 edited copies in several: where copies
come in any order, 81 % of planted pairs stay together then, 91 % so (benchmarks/families.py).

To look at every text of a large family would take long, but distances keep the triangle inequality: where
both distances to the specimen together are small enough, the two texts need no comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.families.distances import allowed, distance, largest_part, mark, unmark
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule
    from vigie.detect.families.texts import Letters

LOOKED_AT_MAX = 16  # texts in each band, the latest first: bounds the work on a phrase that all use


def join(
    letters: Letters,
    last: NDArray[np.int32],
    *,
    rule: Rule,
    family: NDArray[np.int32],
    apart: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the family of each text, named by the number of its specimen, and its distance to that.

    Args:
        letters: all texts, the earliest first.
        last: for each text and band the last text before it with the same key.
        rule: how alike is alike enough.
        family: of the texts that came before; empty at first.
        apart: their distances.
    """
    held, count = len(family), len(letters)
    families = np.concatenate([family, np.arange(held, count, dtype=np.int32)])
    distances = np.concatenate([apart, np.zeros(count - held, np.int32)])
    if count > held:
        longest = int(np.diff(letters.starts).max())
        numbers, kinds = _numbered_signs(letters.signs)
        _join(
            numbers,
            letters.starts,
            last,
            held,
            largest_part(rule.similarity_min),
            largest_part(rule.spread_min),
            kinds,
            longest,
            families,
            distances,
        )
    return families, distances


def _numbered_signs(signs: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], int]:
    """Return signs numbered from 0, so that a table of them is small, and how many kinds there are."""
    used = np.zeros(0x110000, np.bool_)
    used[signs] = True
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return number[signs], int(used.sum())


@jit
def _join(
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    last: NDArray[np.int32],
    held: int,
    part: int,
    spread: int,
    kinds: int,
    longest: int,
    family: NDArray[np.int32],
    apart: NDArray[np.int32],
) -> None:
    words = (longest + 63) // 64
    places = np.zeros((kinds, words), np.uint64)
    up, down = np.empty(words, np.uint64), np.empty(words, np.uint64)
    newest = np.arange(len(family)).astype(np.int32)  # of each family, its last text
    previous = np.full(len(family), -1, np.int32)  # in its family
    asked = np.full(len(family), -1, np.int32)  # the last text that asked to join a family
    for row in range(held):
        if family[row] != row:
            previous[row], newest[family[row]] = newest[family[row]], row
    for row in range(held, len(family)):
        mine = signs[starts[row] : starts[row + 1]]
        mark(mine, places)
        best, best_apart = _nearest(
            row, signs, starts, last, part, spread, family, apart, newest, previous, asked, places, up, down
        )
        unmark(mine, places)
        if best != row:
            family[row], apart[row] = best, best_apart
            previous[row], newest[best] = newest[best], row


@jit
def _nearest(
    row: int,
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    last: NDArray[np.int32],
    part: int,
    spread: int,
    family: NDArray[np.int32],
    apart: NDArray[np.int32],
    newest: NDArray[np.int32],
    previous: NDArray[np.int32],
    asked: NDArray[np.int32],
    places: NDArray[np.uint64],
    up: NDArray[np.uint64],
    down: NDArray[np.uint64],
) -> tuple[int, int]:
    """Return the specimen that a marked text is nearest to and the distance, or itself and 0."""
    mine = signs[starts[row] : starts[row + 1]]
    best, best_apart = row, 0
    for band in range(last.shape[1]):
        other, looked = last[row, band], 0
        while other >= 0 and looked < LOOKED_AT_MAX:
            specimen, other, looked = family[other], last[other, band], looked + 1
            if asked[specimen] == row:
                continue
            asked[specimen] = row
            theirs = signs[starts[specimen] : starts[specimen + 1]]
            most = allowed(len(mine), len(theirs), part)
            found = distance(places, len(mine), theirs, most, up, down)
            nearer = best == row or found < best_apart or (found == best_apart and specimen < best)
            if (
                nearer
                and found <= most
                and _is_like_all(
                    signs, starts, places, mine, found, newest[specimen], previous, apart, spread, up, down
                )
            ):
                best, best_apart = specimen, found
    return best, best_apart


@jit
def _is_like_all(
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    places: NDArray[np.uint64],
    mine: NDArray[np.uint32],
    mine_apart: int,
    newest: int,
    previous: NDArray[np.int32],
    apart: NDArray[np.int32],
    spread: int,
    up: NDArray[np.uint64],
    down: NDArray[np.uint64],
) -> bool:
    """Return whether the marked text is alike enough with each text of a family but the specimen."""
    one = newest
    while previous[one] >= 0:
        most = allowed(len(mine), starts[one + 1] - starts[one], spread)
        if mine_apart + apart[one] > most:
            theirs = signs[starts[one] : starts[one + 1]]
            if distance(places, len(mine), theirs, most, up, down) > most:
                return False
        one = previous[one]
    return True
