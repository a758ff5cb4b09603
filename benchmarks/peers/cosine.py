"""Cosine similarity of TF-IDF weighted account x object vectors; the pairs of the top 0.5 % are flagged.

After the co-retweet case of Pacheco et al. 2021 (https://doi.org/10.1609/icwsm.v15i1.18075): accounts with
at least ten objects, all pairs with any object in common, no time. `flagged_among` instead ranks only pairs
that are given, such as those with two common objects within the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from coded import Coded

BINS = 20_000
ROWS = 256
CHUNK = 100_000
OBJECTS_MIN = 10


def flagged(acts: Coded, *, top: float) -> set[str]:
    """Return the accounts of the pairs whose similarity is among the highest part `top`."""
    matrix = acts.matrix()
    matrix.data[:] = 1
    enough = np.flatnonzero(np.diff(matrix.indptr) >= OBJECTS_MIN)
    vectors = _weighted(matrix[enough])
    histogram = np.zeros(BINS + 1, np.int64)
    for _first, block in _similarities(vectors):
        histogram += np.bincount((block.data * BINS).astype(np.int64).clip(0, BINS), minlength=BINS + 1)
    above = np.cumsum(histogram[::-1])[::-1]
    bar = np.argmax(above <= top * above[0]) / BINS
    found: set[int] = set()
    for first, block in _similarities(vectors):
        high = np.flatnonzero(block.data >= bar)
        found.update((np.searchsorted(block.indptr, high, side="right") - 1 + first).tolist())
        found.update(block.indices[high].tolist())
    return acts.of(enough[sorted(found)])


def flagged_among(acts: Coded, pairs: pa.Table, *, top: float) -> set[str]:
    """Return the accounts of the pairs whose similarity is among the highest part `top` of these."""
    matrix = acts.matrix()
    matrix.data[:] = 1
    vectors = _weighted(matrix)
    a, b = (acts.codes(pairs[name]) for name in ("account_a", "account_b"))
    if not len(a):
        return set()
    likeness = np.concatenate(
        [
            np.asarray(
                vectors[a[first : first + CHUNK]].multiply(vectors[b[first : first + CHUNK]]).sum(axis=1)
            ).ravel()
            for first in range(0, len(a), CHUNK)
        ]
    )
    high = np.flatnonzero(likeness >= np.quantile(likeness, 1 - top))
    return acts.of(np.concatenate((a[high], b[high])))


def _weighted(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    actors = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = np.log(matrix.shape[0] / np.maximum(actors, 1)).astype(np.float32)
    weighted = sparse.csr_matrix(matrix @ sparse.diags_array(idf))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ weighted)


def _similarities(vectors: sparse.csr_matrix) -> Iterator[tuple[int, sparse.csr_matrix]]:
    """Yield the similarities of some accounts with all after them, block by block."""
    turned = vectors.T.tocsr()
    for first in range(0, vectors.shape[0], ROWS):
        block = sparse.coo_matrix(vectors[first : first + ROWS] @ turned)
        after = block.col > block.row + first
        data = (block.data[after], (block.row[after], block.col[after]))
        yield first, sparse.csr_matrix(data, shape=block.shape)
