"""The nearest texts of each text, exactly: all against all, a block of rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit
from vigie.detect.narratives.space import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024  # rows at a time: 80 MB for 20,000 texts


def nearest(places: NDArray[np.float32], count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `count` nearest other rows of each row and their cosines; the first of equals.

    Where there are fewer others, places are -1 and cosines 0. `places` are whole numbers: see `space`.
    """
    rows = np.full((len(places), count), -1, np.int32)
    found = np.zeros((len(places), count), np.float32)
    for first in range(0, len(places), BLOCK):
        products = places[first : first + BLOCK] @ places.T
        _best(products, first, rows[first : first + BLOCK], found[first : first + BLOCK])
    return rows, found / np.float32(STEPS**2)


@jit
def _best(
    products: NDArray[np.float32], first: int, rows: NDArray[np.int32], found: NDArray[np.float32]
) -> None:
    """Keep the largest products above 0 of each row, the largest first, in sorted short lists."""
    count = rows.shape[1]
    for row in range(len(products)):
        least = np.float32(0.0)
        for other in range(products.shape[1]):
            product = products[row, other]
            if product <= least or other == first + row:
                continue
            place = count - 1
            while place > 0 and found[row, place - 1] < product:
                found[row, place], rows[row, place] = found[row, place - 1], rows[row, place - 1]
                place -= 1
            found[row, place], rows[row, place] = product, other
            least = found[row, count - 1]
