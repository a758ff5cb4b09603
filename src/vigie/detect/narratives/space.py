"""A small space in which texts of like subject stand close: the strongest directions of their TF-IDF rows.

The space is that of the first right singular vectors, found by randomised subspace iteration (Halko et al.
2011, https://doi.org/10.1137/090771806). Directions need no order in it, for angles do not depend on them;
so all that is needed is an orthonormal basis, which is made here in one fixed order of additions. Places are
then rounded to whole numbers so small that their products add up without error: neighbours are then the
same whatever library adds, on however many processors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

ITERATIONS = 4
TEXTS_PER_DIMENSION = 8  # few texts do not fill many directions
STEPS = 2000  # of a unit: 2000 squared and its sums stay below 2^24, where float32 is exact
LEAST = 1e-9


def basis_of(rows: sparse.csr_array, dimensions: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the strongest directions of rows, a column each, at right angles."""
    count = min(dimensions, max(1, rows.shape[0] // TEXTS_PER_DIMENSION), rows.shape[1])
    basis = rng.standard_normal((rows.shape[1], count))
    turned = rows.T.tocsr()
    for _ in range(ITERATIONS):
        basis = np.ascontiguousarray(turned @ (rows @ basis))
        _orthonormalise(basis)
    _orthonormalise(basis)  # once more: what once leaves over is small then
    return basis


@jit
def _orthonormalise(columns: NDArray[np.float64]) -> None:
    """Make columns orthonormal in place (modified Gram-Schmidt); a column that adds nothing is 0."""
    rows, count = columns.shape
    along = np.zeros(count)
    for one in range(count):
        length = 0.0
        for row in range(rows):
            length += columns[row, one] ** 2
        length = np.sqrt(length)
        part = 1.0 / length if length > LEAST else 0.0
        along[:] = 0.0
        for row in range(rows):
            columns[row, one] *= part
            mine = columns[row, one]
            for other in range(one + 1, count):
                along[other] += mine * columns[row, other]
        for row in range(rows):
            mine = columns[row, one]
            for other in range(one + 1, count):
                columns[row, other] -= along[other] * mine


def placed(rows: sparse.csr_array, basis: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the direction of each text in whole `STEPS`; 0 for a text of which nothing is known there."""
    return rounded(np.asarray(rows @ basis))


def rounded(places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the directions of places in whole `STEPS`."""
    length = np.sqrt((places**2).sum(axis=1, keepdims=True))
    unit = np.where(length > LEAST, places / np.maximum(length, LEAST), 0.0)
    return np.asarray(np.rint(unit * STEPS), np.float32)
