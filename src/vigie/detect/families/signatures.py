"""MinHash signatures in bands: texts that share much of their n-grams share a band, few others do.

A text is the set of its runs of five letters (three in scripts where a sign is a syllable or a word). Each of
`BANDS` keys joins `ROWS` minima of hashed runs. Two texts whose sets overlap by the part j share a key with
the chance 1 - (1 - j**ROWS)**BANDS.

Sources: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900; Leskovec, Rajaraman and Ullman, Mining of
Massive Datasets, chapter 3, http://www.mmds.org/.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.families.texts import Letters

BANDS, ROWS = 32, 3
RUN, DENSE_RUN = 5, 3  # letters of an n-gram
PART = 20_000  # texts that one thread takes at a time
PRIME = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads what it multiplies


def permutations(seed: int) -> NDArray[np.uint32]:
    """Return the multipliers (odd) and offsets that stand for permutations of 32-bit hashes, as two rows."""
    drawn = np.random.default_rng([seed, BANDS, ROWS]).integers(0, 1 << 32, (2, BANDS * ROWS), np.uint64)
    drawn[0] |= np.uint64(1)
    return drawn.astype(np.uint32)


def signatures(letters: Letters, *, seed: int = 0, threads: int = 1) -> NDArray[np.uint32]:
    """Return the keys of texts: one row for each of `BANDS`, one column for each text."""
    keys = np.empty((BANDS, len(letters)), np.uint32)
    drawn = permutations(seed)
    longest = int(np.diff(letters.starts).max(initial=0))

    def fill(low: int) -> None:
        high = min(low + PART, len(letters))
        _fill(
            letters.signs,
            letters.starts[low : high + 1],
            letters.points,
            letters.dense[low:high],
            drawn,
            np.empty(longest + 1, np.uint32),
            keys[:, low:high],
        )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(0, len(letters), PART)))
    return keys


@jit
def _fill(
    signs: NDArray[Any],
    starts: NDArray[np.int64],
    points: NDArray[np.uint32],
    dense: NDArray[np.bool_],
    drawn: NDArray[np.uint32],
    hashes: NDArray[np.uint32],
    keys: NDArray[np.uint32],
) -> None:
    for row in range(len(starts) - 1):
        run = DENSE_RUN if dense[row] else RUN
        count = _hashed(signs[starts[row] : starts[row + 1]], points, run, hashes)
        for band in range(BANDS):
            mixed = np.uint64(band)
            for k in range(band * ROWS, band * ROWS + ROWS):
                mixed = (mixed ^ np.uint64(_least(hashes[:count], drawn[0, k], drawn[1, k]))) * PRIME
            keys[band, row] = np.uint32(mixed >> np.uint64(32))


@jit
def _hashed(text: NDArray[Any], points: NDArray[np.uint32], run: int, hashes: NDArray[np.uint32]) -> int:
    """Write the hash of each run of a text, and return how many there are; a short text is one run."""
    count = max(len(text) - run, 0) + 1
    for place in range(count):
        mixed = np.uint64(run)
        for k in range(place, min(place + run, len(text))):
            mixed = (mixed ^ np.uint64(points[text[k]])) * PRIME
        hashes[place] = np.uint32((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(13))
    return count


@jit
def _least(hashes: NDArray[np.uint32], multiplier: np.uint32, offset: np.uint32) -> np.uint32:
    """Return the smallest of permuted hashes; so plain that the processor takes eight at a time."""
    least = np.uint32(0xFFFFFFFF)
    for k in range(len(hashes)):
        value = np.uint32(multiplier * hashes[k] + offset)
        least = min(value, least)
    return least


def before(keys: NDArray[np.uint32], *, threads: int = 1) -> NDArray[np.int32]:
    """Return for each band and text the last text before it with the same key, or -1.

    What is returned stands where the keys stood: these are no more.
    """
    last = keys.view(np.int32)

    def fill(band: int) -> None:
        ordered = keys[band].astype(np.uint64) << np.uint64(32)
        ordered |= np.arange(keys.shape[1], dtype=np.uint64)
        ordered.sort()
        text = ordered.astype(np.uint32).view(np.int32)  # the lower half
        ordered >>= np.uint64(32)
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        last[band] = -1
        last[band, text[same + 1]] = text[same]

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(BANDS)))
    return last
