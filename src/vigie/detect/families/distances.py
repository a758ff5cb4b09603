"""Levenshtein distances, many against one: bit-parallel, and no further than they matter.

Sources: Myers 1999, https://doi.org/10.1145/316542.316550, in the words of 64 letters of Hyyrö 2003.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = 64
MILLION = 1_000_000
ALL, ONE = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(1)


def largest_part(similarity_min: float) -> int:
    """Return which part of the longer text must differ for two to be no copies, in millionths."""
    return round((1 - similarity_min) * MILLION)


@jit
def allowed(length_a: int, length_b: int, part: int) -> int:
    """Return the largest distance of two copies: strictly less than the part of the longer one."""
    return (part * max(length_a, length_b) - 1) // MILLION


@jit
def mark(text: NDArray[np.uint16], places: NDArray[np.uint64]) -> None:
    """Note where each letter stands in `text`, in words of 64 places."""
    for k in range(len(text)):
        places[text[k], k // WORD] |= ONE << np.uint64(k % WORD)


@jit
def unmark(text: NDArray[np.uint16], places: NDArray[np.uint64]) -> None:
    """Forget what `mark` noted."""
    for k in range(len(text)):
        places[text[k], k // WORD] = 0


@jit
def distance(
    places: NDArray[np.uint64],
    length: int,
    other: NDArray[np.uint16],
    most: int,
    up: NDArray[np.uint64],
    down: NDArray[np.uint64],
) -> int:
    """Return the distance of a marked text of `length` to `other`, or `most + 1` where it is larger.

    Args:
        places: where the letters of the marked text stand, see `mark`.
        length: of the marked text, 1 or more.
        other: the other text, its letters numbered alike.
        most: the largest distance of interest.
        up: room for a word for each 64 letters.
        down: the same.
    """
    if abs(length - len(other)) > most:
        return most + 1
    words = (length + WORD - 1) // WORD
    last = ONE << np.uint64((length - 1) % WORD)
    for word in range(words):
        up[word], down[word] = ALL, np.uint64(0)
    score = length
    for k in range(len(other)):
        more, less = ONE, np.uint64(0)
        for word in range(words):
            rise, fall = up[word], down[word]
            found = places[other[k], word] | less
            straight = (((found & rise) + rise) ^ rise) | found | fall
            higher, lower = fall | ~(straight | rise), straight & rise
            out = last if word == words - 1 else ONE << np.uint64(WORD - 1)
            more_next = ONE if higher & out else np.uint64(0)
            less_next = ONE if lower & out else np.uint64(0)
            higher, lower = (higher << ONE) | more, (lower << ONE) | less
            up[word], down[word] = lower | ~(straight | higher), higher & straight
            more, less = more_next, less_next
        score += 1 if more else 0
        score -= 1 if less else 0
        if score - (len(other) - 1 - k) > most:
            return most + 1
    return score
