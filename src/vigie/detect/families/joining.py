"""Texts join families one after another, earliest first, by complete linkage.

A text is compared with the families of earlier texts that share a band with it (those that share the most, if
they are many), and joins the one whose
specimen (its first text) is nearest, the earliest of equals, if it is a copy of the specimen (0.693) and
alike enough (0.6) with **every** text there; else it founds a family of its own. So families never chain; and
texts that come later change nothing of what was decided before: families grow as posts come in.

To ask that any two texts be copies (0.693) would part a family of 20 edited copies in several: where copies
come in any order, 81 % of planted pairs stay together then, 91 % so (benchmarks/families.py).

To look at every text of a large family would take long, but distances keep the triangle inequality: where
both distances to the specimen together are small enough, the two texts need no comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vigie.detect.families.distances import allowed, distance, largest_part, mark, unmark
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule
    from vigie.detect.families.texts import Letters

LOOKED_AT_MAX = 8  # texts in each band, the latest first: bounds the work on a phrase that all use
COMPARED_MAX = 8  # families, those that share the most bands first: bounds it on texts of one mould


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
        last: for each band and text the last text before it with the same key.
        rule: how alike is alike enough.
        family: of the texts that came before; empty at first.
        apart: their distances.
    """
    held, count = len(family), len(letters)
    families = np.concatenate([family, np.arange(held, count, dtype=np.int32)])
    distances = np.concatenate([apart, np.zeros(count - held, np.int32)])
    if count > held:
        longest = int(np.diff(letters.starts).max())
        _join(
            letters.signs,
            letters.starts,
            last,
            held,
            largest_part(rule.similarity_min),
            largest_part(rule.spread_min),
            len(letters.points),
            longest,
            families,
            distances,
        )
    return families, distances


@jit
def _join(
    signs: NDArray[Any],
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
    farthest = np.zeros(len(family), np.int32)  # of each family, the largest distance to its specimen
    asked = np.full(len(family), -1, np.int32)  # the last text that may join a family, and its place there
    place = np.zeros(len(family), np.int32)
    near = np.empty((last.shape[0] * LOOKED_AT_MAX, 3), np.int32)
    for row in range(held):
        if family[row] != row:
            previous[row], newest[family[row]] = newest[family[row]], row
            farthest[family[row]] = max(farthest[family[row]], apart[row])
    for row in range(held, len(family)):
        count = _nearby(row, last, family, asked, place, near)
        if not count:
            continue
        mine = signs[starts[row] : starts[row + 1]]
        mark(mine, places)
        best, best_apart = row, len(mine)
        for _one in range(min(count, COMPARED_MAX)):
            specimen = _next(near, count)
            theirs = signs[starts[specimen] : starts[specimen + 1]]
            most = min(allowed(len(mine), len(theirs), part), best_apart)
            found = distance(places, len(mine), theirs, most, up, down)
            if found > most or (found == best_apart and specimen > best):
                continue
            if found + farthest[specimen] <= allowed(len(mine), 0, spread) or _is_like_all(
                signs, starts, places, mine, found, newest[specimen], previous, apart, spread, up, down
            ):
                best, best_apart = specimen, found
        unmark(mine, places)
        if best != row:
            family[row], apart[row] = best, best_apart
            previous[row], newest[best] = newest[best], row
            farthest[best] = max(farthest[best], best_apart)


@jit
def _nearby(
    row: int,
    last: NDArray[np.int32],
    family: NDArray[np.int32],
    asked: NDArray[np.int32],
    place: NDArray[np.int32],
    near: NDArray[np.int32],
) -> int:
    """Write the specimens of families that share bands with a text, how many bands, and which last.

    Returns:
        How many specimens there are.
    """
    count = 0
    for band in range(last.shape[0]):
        other, looked = last[band, row], 0
        while other >= 0 and looked < LOOKED_AT_MAX:
            specimen = family[other]
            if asked[specimen] != row:
                asked[specimen], place[specimen] = row, count
                near[count, 0], near[count, 1], near[count, 2] = specimen, 1, band
                count += 1
            elif near[place[specimen], 2] != band:
                near[place[specimen], 1] += 1
                near[place[specimen], 2] = band
            other, looked = last[band, other], looked + 1
    return count


@jit
def _next(near: NDArray[np.int32], count: int) -> int:
    """Return the specimen that shares the most bands, the earliest of equals, and strike it out."""
    chosen = 0
    for k in range(1, count):
        more = near[k, 1] - near[chosen, 1]
        if more > 0 or (more == 0 and near[k, 0] < near[chosen, 0]):
            chosen = k
    near[chosen, 1] = 0
    specimen: int = near[chosen, 0]
    return specimen


@jit
def _is_like_all(
    signs: NDArray[Any],
    starts: NDArray[np.int64],
    places: NDArray[np.uint64],
    mine: NDArray[Any],
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
