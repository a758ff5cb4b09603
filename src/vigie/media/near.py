"""Which pictures look alike: hashes of which few bits differ, found without comparing all with all.

Two hashes of 256 bits of which at most 31 differ have, among their 16 words of 16 bits, one of which at most
one bit differs. So it is enough to look at hashes that share a word but for one bit, and to count bits there:
on average 1 in 240. Source: Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index
hashing", 2012, https://doi.org/10.1109/CVPR.2012.6248043.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint8]  # one of 32 bytes a row

DISTANCE_MAX = 31  # as the authors of PDQ advise
MIRROR = np.uint8(0x55)  # odd waves along the rows change sign: near enough to the mirrored picture's hash
WORDS = 16
PROBES = np.array([0, *(1 << bit for bit in range(16))], np.uint16)  # a word, and all that differ by one bit
QUERIES_AT_ONCE = 256


class Alike(NamedTuple):
    """Pairs that look alike, sorted by query, then by what was held."""

    query: NDArray[np.int64]
    held: NDArray[np.int64]
    distance: NDArray[np.int64]


def hashes(texts: Sequence[str]) -> Hashes:
    """Return hashes that are written as 64 hexadecimal digits, one a row."""
    return np.frombuffer(bytes.fromhex("".join(texts)), np.uint8).reshape(len(texts), 32)


def alike(queries: Hashes, held: Hashes, *, distance_max: int = DISTANCE_MAX) -> Alike:
    """Return the pairs of which at most `distance_max` bits differ.

    Leave out hashes of low quality: blank pictures all look alike, and each pair of them is returned.

    Args:
        queries: hashes to look for.
        held: hashes to look among: all `Medium.looks` of the pictures that are known.
        distance_max: 0 to 31.

    Raises:
        ValueError: `distance_max` is larger than this search is exact for.
    """
    if not 0 <= distance_max <= DISTANCE_MAX:
        raise ValueError(f"between 0 and {DISTANCE_MAX} bits may differ, not {distance_max}")
    words = _words(held)
    order = np.argsort(words, axis=0, kind="stable")
    ranked = np.take_along_axis(words, order, axis=0)
    found = [
        _near(queries, start, held, order, ranked, distance_max)
        for start in range(0, len(queries), QUERIES_AT_ONCE)
    ]
    pairs = np.concatenate([np.zeros((0, 3), np.int64), *found])
    pairs = np.unique(pairs, axis=0)
    return Alike(query=pairs[:, 0], held=pairs[:, 1], distance=pairs[:, 2])


def taken_for(
    rows: Hashes,
    *,
    looks: Hashes | None = None,
    owners: NDArray[np.int64] | None = None,
    distance_max: int = DISTANCE_MAX,
) -> NDArray[np.int64]:
    """Return for each hash the row of the one it is taken for: itself, or an earlier one that it is like.

    Each is like that one, as it is or mirrored (left and right); likeness is not passed on from one to the
    next, so that no chain of small changes makes one of two different pictures. A mirrored hash is guessed
    from the bits, which errs in some ten of them; where a picture's other looks are given, nothing is.

    Args:
        rows: different hashes, in an order that means something: the first stay themselves.
        looks: other looks of some of them, turned or without borders: see `Medium.looks`.
        owners: the row whose look each of them is.
        distance_max: as for `alike`.
    """
    likes = [alike(asked, rows, distance_max=distance_max) for asked in (rows, rows ^ MIRROR)]
    if looks is not None and owners is not None and len(looks):
        likes.append(_owned(alike(looks, rows, distance_max=distance_max), owners))
    query, held, apart = (np.concatenate(parts) for parts in zip(*likes, strict=True))
    earlier = held < query
    query, held, apart = query[earlier], held[earlier], apart[earlier]
    order = np.lexsort((held, apart, query))
    taken = np.arange(len(rows))
    for one, other in zip(query[order].tolist(), held[order].tolist(), strict=True):
        if taken[one] == one and taken[other] == other:
            taken[one] = other
    return taken


def _owned(pairs: Alike, owners: NDArray[np.int64]) -> Alike:
    """Return pairs of looks as pairs of pictures, the later first: either may have been turned."""
    owner = owners[pairs.query]
    return Alike(np.maximum(owner, pairs.held), np.minimum(owner, pairs.held), pairs.distance)


def _words(rows: Hashes) -> NDArray[np.uint16]:
    return np.ascontiguousarray(rows).view(np.uint16).reshape(len(rows), WORDS)


def _near(
    queries: Hashes,
    start: int,
    held: Hashes,
    order: NDArray[np.int64],
    ranked: NDArray[np.uint16],
    distance_max: int,
) -> NDArray[np.int64]:
    """Return query, held and distance of the pairs of some queries."""
    some = queries[start : start + QUERIES_AT_ONCE]
    words, pairs = _words(some), []
    for slot in range(WORDS):
        wanted = (words[:, slot, None] ^ PROBES).ravel()
        first = np.searchsorted(ranked[:, slot], wanted, "left")
        count = np.searchsorted(ranked[:, slot], wanted, "right") - first
        row = np.repeat(np.arange(len(wanted)) // len(PROBES), count)
        place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        other = order[place, slot]
        distance = np.bitwise_count(some[row] ^ held[other]).sum(axis=1, dtype=np.int64)
        near = distance <= distance_max
        pairs.append(np.stack([row[near] + start, other[near], distance[near]], axis=1))
    return np.concatenate(pairs)
