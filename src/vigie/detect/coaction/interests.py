"""Communities of interest: accounts that act on the same kind of objects, whenever they do.

Chance is reckoned, and labels are shuffled, inside them: else a shared taste would look like an arrangement.
Accounts stand in the space of a truncated singular value decomposition of the TF-IDF weighted account x
object matrix (randomised, Halko et al. 2011, https://doi.org/10.1137/090771806) and are parted by k-means.
Small communities join the nearest large one, so that a small group cannot be measured against itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Acts, Floats, Ints

COMMUNITIES_MAX = 24
ACCOUNTS_PER_COMMUNITY = 500  # fewer accounts than this are one community
FIT_ON = 50_000  # k-means learns from so many accounts and then places all
SMALL = 1 / 3  # of an even share: a smaller community joins another
POWER_STEPS = 4  # of the randomised decomposition
BLOCK = 500  # rows of a tall matrix
LEAST_PART = 1e-12  # of the largest squared length: what is shorter is rounding


@dataclass(frozen=True, kw_only=True)
class Interests:
    """Which community each account and each object belongs to."""

    of_account: Ints
    of_object: Ints
    count: int


def interests(acts: Acts, *, rng: np.random.Generator) -> Interests:
    """Return the communities of interest of a set of acts; the same generator state gives the same ones."""
    active = int((np.bincount(acts.account, minlength=1) > 1).sum())
    count = min(COMMUNITIES_MAX, active // ACCOUNTS_PER_COMMUNITY)
    if count < 2 or acts.object_count <= count:  # noqa: PLR2004 (one community is no division)
        return _one_for_all(acts)
    places = _taste(acts, count, rng)
    known = places[np.linalg.norm(places, axis=1) > 0.5]  # noqa: PLR2004 (unit length or nothing known)
    if len(known) < count:  # everybody acts on everything, or alone
        return _one_for_all(acts)
    of_account = _merge_small(_centres(known, count, rng), known, places)
    count = int(of_account.max()) + 1
    return Interests(of_account=of_account, of_object=_of_objects(acts, of_account, count), count=count)


def _one_for_all(acts: Acts) -> Interests:
    return Interests(
        of_account=np.zeros(acts.account_count, np.int32),
        of_object=np.zeros(acts.object_count, np.int32),
        count=1,
    )


def _taste(acts: Acts, dimensions: int, rng: np.random.Generator) -> Floats:
    """Return each account's place in the space of tastes, on the unit sphere; zero where none is known."""
    popular = np.bincount(acts.object, minlength=acts.object_count) > 1  # one act joins nobody
    if not popular.any():
        return np.zeros((acts.account_count, dimensions))
    joining = np.flatnonzero(popular[acts.object])
    column = (np.cumsum(popular) - 1)[acts.object[joining]]
    acted = sparse.csr_matrix(
        (np.ones(len(joining), np.float32), (acts.account[joining], column)),
        shape=(acts.account_count, int(popular.sum())),
    )
    acted.data[:] = 1  # how often an account acts on one object says nothing of its taste
    actors = np.bincount(acted.indices, minlength=acted.shape[1])
    weight = np.where(actors > 1, np.log(acts.account_count / np.maximum(actors, 1)), 0).astype(np.float32)
    matrix = _unit_rows(acted @ sparse.diags_array(weight))
    return _unit(_left_vectors(matrix, dimensions, rng))


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ matrix)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _left_vectors(matrix: sparse.csr_matrix, dimensions: int, rng: np.random.Generator) -> Floats:
    """Return the first left singular vectors, each times its singular value."""
    basis = rng.standard_normal((matrix.shape[1], dimensions + 8)).astype(np.float32)
    for _step in range(POWER_STEPS):
        basis = matrix.T @ _orthonormal(matrix @ basis)
    basis = _orthonormal(_orthonormal(basis))
    image = np.asarray(matrix @ basis, np.float64)
    _values, right = np.linalg.eigh(_products(image))
    return _turned(image, right[:, ::-1][:, :dimensions])


def _orthonormal(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return orthonormal columns that span the same space, zeros where there are fewer.

    From the small matrix of their products, far faster than a QR decomposition; twice is as exact (as in
    CholeskyQR2, Fukaya et al. 2014, https://doi.org/10.1109/ScalA.2014.11).
    """
    values, vectors = np.linalg.eigh(_products(columns))
    real = values > values[-1] * LEAST_PART
    scale = np.where(real, 1 / np.sqrt(np.where(real, values, 1.0)), 0.0)
    return np.asarray(_turned(columns, vectors * scale), np.float32)


@jit
def _products(columns: NDArray[Any]) -> Floats:
    """Return the products of all columns with each other, summed row after row.

    The threads of a linear algebra library wait for each other in a loop, which costs seconds of a processor
    that has other work, and its sums depend on how many there are.
    """
    size = columns.shape[1]
    total = np.zeros((size, size), np.float64)
    for row in range(len(columns)):
        for i in range(size):
            value = np.float64(columns[row, i])
            for j in range(i + 1):
                total[i, j] += value * columns[row, j]
    for i in range(size):
        for j in range(i):
            total[j, i] = total[i, j]
    return total


def _turned(rows: NDArray[Any], by: Floats) -> Floats:
    """Return `rows` times a small matrix, in blocks too small to be shared among threads: see `_products`."""
    turned = np.empty((len(rows), by.shape[1]))
    for first in range(0, len(rows), BLOCK):
        turned[first : first + BLOCK] = rows[first : first + BLOCK] @ by
    return turned


def _centres(known: Floats, count: int, rng: np.random.Generator) -> Floats:
    from scipy.cluster.vq import kmeans2  # noqa: PLC0415 (slow to load, and small data needs none)

    sample = known[rng.choice(len(known), FIT_ON, replace=False)] if len(known) > FIT_ON else known
    return np.asarray(kmeans2(sample, count, minit="++", rng=rng, iter=20, missing="warn")[0])


def _merge_small(centres: Floats, known: Floats, places: Floats) -> Ints:
    """Return each account's community among those that enough accounts of known taste belong to."""
    from scipy.cluster.vq import vq  # noqa: PLC0415 (as above)

    size = np.bincount(vq(known, centres)[0], minlength=len(centres))
    large = np.flatnonzero(size >= SMALL * len(known) / len(centres))
    return np.asarray(vq(places, centres[large])[0], np.int32)


def _of_objects(acts: Acts, of_account: Ints, count: int) -> Ints:
    """Return for each object the community that most of its acts come from."""
    cell = acts.object.astype(np.int64) * count + of_account[acts.account]
    votes = np.bincount(cell, minlength=acts.object_count * count).reshape(-1, count)
    return np.asarray(votes.argmax(axis=1), np.int32)
