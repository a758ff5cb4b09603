"""MinHash signatures in bands: texts that share much of their n-grams share a band, few others do.

A text is the set of its runs of five letters (three in scripts where a sign is a syllable or a word). Each of
`BANDS` keys joins `ROWS` minima of hashed runs. Two texts whose sets overlap by the part j share a key with
the chance 1 - (1 - j**ROWS)**BANDS.

Sources: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900; Leskovec, Rajaraman and Ullman, Mining of
Massive Datasets, chapter 3, http://www.mmds.org/.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

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


def signatures(letters: Letters, *, first: int = 0, seed: int = 0, threads: int = 1) -> NDArray[np.uint32]:
    """Return the keys of texts, one row of `BANDS` for each from the `first` on."""
    keys = np.empty((len(letters) - first, BANDS), np.uint32)
    drawn = permutations(seed)

    def fill(low: int) -> None:
        high = min(low + PART, len(letters))
        _fill(
            letters.signs, letters.starts[low : high + 1], letters.dense[low:high], drawn, keys[low - first :]
        )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(first, len(letters), PART)))
    return keys


@jit
def _fill(
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    dense: NDArray[np.bool_],
    drawn: NDArray[np.uint32],
    keys: NDArray[np.uint32],
) -> None:
    multipliers, offsets = drawn[0], drawn[1]
    least = np.empty(len(multipliers), np.uint32)
    for row in range(len(starts) - 1):
        run = DENSE_RUN if dense[row] else RUN
        least[:] = np.uint32(0xFFFFFFFF)
        for place in range(starts[row], max(starts[row + 1] - run, starts[row]) + 1):
            mixed = np.uint64(run)
            for k in range(place, min(place + run, starts[row + 1])):
                mixed = (mixed ^ np.uint64(signs[k])) * PRIME
            hashed = np.uint32((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(13))
            for k in range(len(least)):
                value = np.uint32(multipliers[k] * hashed + offsets[k])
                least[k] = min(least[k], value)
        for band in range(BANDS):
            mixed = np.uint64(band)
            for k in range(band * ROWS, band * ROWS + ROWS):
                mixed = (mixed ^ np.uint64(least[k])) * PRIME
            keys[row, band] = np.uint32(mixed >> np.uint64(32))


def before(keys: NDArray[np.uint32], *, threads: int = 1) -> NDArray[np.int32]:
    """Return for each text and band the last text before it with the same key, or -1."""
    last = np.full(keys.shape, -1, np.int32)

    def fill(band: int) -> None:
        order = np.argsort(keys[:, band], kind="stable")
        ordered = keys[order, band]
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        last[order[same + 1], band] = order[same]

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(BANDS)))
    return last
