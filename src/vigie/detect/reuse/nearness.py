"""The nearest of many hashes of 256 bits, without comparing all with all and without a list of pairs.

Two hashes of which at most 31 bits differ have, among their 16 words of 16 bits, one of which at most one bit
differs. So, word by word, both sides are sorted by that word, and only hashes whose words are equal or differ
in one bit are compared: they lie side by side in memory. Source: Norouzi, Punjani and Fleet, "Fast search in
Hamming space with multi-index hashing", 2012, https://doi.org/10.1109/CVPR.2012.6248043.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

DISTANCE_MAX = 31  # as the authors of PDQ advise, and the most for which 16 words are exact
WORDS, WORD_BITS, WORD_VALUES = 16, 16, 1 << 16
FEW = 2_048  # held hashes among which looking at each is faster than sorting them


class Rows(NamedTuple):
    """Hashes and whose they are: one owner may have several.

    Args:
        bits: four whole numbers of 64 bits a row.
        owner: of each row.
    """

    bits: NDArray[np.uint64]
    owner: NDArray[np.int32]


def nearest(
    queries: Rows, held: Rows, owner_count: int, *, distance_max: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for each owner the owner before it whose held hash is nearest to one of its own.

    Args:
        queries: hashes to look for.
        held: hashes to look among.
        owner_count: owners are numbered from 0 to below this, in order: only smaller ones are "before".
        distance_max: 0 to 31.

    Returns:
        The nearest owner, the smallest of equals, -1 where none is near enough; and how many bits differ.
    """
    best = np.full(owner_count, -1, np.int32)
    apart = np.full(owner_count, distance_max + 1, np.int32)
    if len(held.owner) <= FEW:
        _among_few(queries.bits, queries.owner, held.bits, held.owner, best, apart)
        return best, apart
    for word in range(WORDS):
        ours, theirs = _sorted(*queries, word), _sorted(*held, word)
        _among_neighbours(*ours, *theirs, best, apart)
    return best, apart


@jit
def _sorted(
    bits: NDArray[np.uint64], owner: NDArray[np.int32], word: int
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]:
    """Return hashes and owners in the order of one word, and where each value of the word begins."""
    part, shift, mask = word // 4, np.uint64(WORD_BITS * (word % 4)), np.uint64(WORD_VALUES - 1)
    starts = np.zeros(WORD_VALUES + 1, np.int64)
    for row in range(len(bits)):
        starts[np.int64((bits[row, part] >> shift) & mask) + 1] += 1
    starts = np.cumsum(starts)
    to = starts[:-1].copy()
    in_order, owners = np.empty_like(bits), np.empty_like(owner)
    for row in range(len(bits)):
        value = np.int64((bits[row, part] >> shift) & mask)
        place = to[value]
        to[value] += 1
        for column in range(4):
            in_order[place, column] = bits[row, column]
        owners[place] = owner[row]
    return in_order, owners, starts


@jit
def ones(bits: np.uint64) -> np.uint64:
    """Return how many bits are set, as compilers recognise it."""
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)


@jit
def differ(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> int:
    """Return how many bits of two hashes differ."""
    first, second = ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]), ones(a[2] ^ b[2]) + ones(a[3] ^ b[3])
    return int(first + second)


@jit
def _take(
    mine: NDArray[np.uint64],
    me: int,
    theirs: NDArray[np.uint64],
    they: int,
    best: NDArray[np.int32],
    apart: NDArray[np.int32],
) -> None:
    """Take note of an earlier owner if it is nearer, or as near and smaller."""
    if they < me:
        found = differ(mine, theirs)
        if found < apart[me] or (found == apart[me] and they < best[me]):
            best[me], apart[me] = they, found


@jit
def _among_few(
    query: NDArray[np.uint64],
    asking: NDArray[np.int32],
    held: NDArray[np.uint64],
    owner: NDArray[np.int32],
    best: NDArray[np.int32],
    apart: NDArray[np.int32],
) -> None:
    for row in range(len(asking)):
        for place in range(len(owner)):
            _take(query[row], asking[row], held[place], owner[place], best, apart)


@jit
def _among_neighbours(
    query: NDArray[np.uint64],
    asking: NDArray[np.int32],
    query_starts: NDArray[np.int64],
    held: NDArray[np.uint64],
    owner: NDArray[np.int32],
    held_starts: NDArray[np.int64],
    best: NDArray[np.int32],
    apart: NDArray[np.int32],
) -> None:
    for value in range(WORD_VALUES):
        for row in range(query_starts[value], query_starts[value + 1]):
            me, mine = asking[row], query[row]
            one, two, most = mine[0], mine[1], np.uint64(apart[me])
            for probe in range(WORD_BITS + 1):
                other = value ^ ((1 << probe) & (WORD_VALUES - 1))  # the last probe is the word itself
                for place in range(held_starts[other], held_starts[other + 1]):
                    half = ones(one ^ held[place, 0]) + ones(two ^ held[place, 1])
                    if half <= most:  # most are ruled out by half of their bits
                        _take(mine, me, held[place], owner[place], best, apart)
