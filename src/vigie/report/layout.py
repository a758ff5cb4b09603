"""Where the nodes of a network stand: stress majorisation from a spectral start, the same every time.

The drawn distance of two nodes comes close to their distance in the graph; strong edges are short.
Source: Gansner, Koren, North 2004, Graph drawing by stress majorization,
https://doi.org/10.1007/978-3-540-31843-9_25
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NEAREST, _FARTHEST = 0.5, 1.5  # lengths of the strongest and the weakest edge
_ROUNDS = 120


def places(count: int, edges: Sequence[tuple[int, int, float]]) -> Floats:
    """Return an array of `count` points in the unit square's bounds [-1, 1], widest along x.

    Args:
        count: how many nodes.
        edges: (node, node, weight), weights 0 or more; greater is closer.
    """
    if count < 2:  # noqa: PLR2004 (one point needs no layout)
        return np.zeros((count, 2))
    wanted = _distances(count, edges)
    spots = _majorise(_start(wanted), wanted)
    return turned(_apart(spots, gap=0.9 * float(np.median(wanted)) / np.sqrt(count)))


def _distances(count: int, edges: Sequence[tuple[int, int, float]]) -> Floats:
    """Return path lengths between all nodes; those without a path stand a little beyond the farthest."""
    if not edges:
        return np.ones((count, count)) - np.eye(count)
    one, other, length = lengths(edges)
    graph = csr_array((length, (one, other)), shape=(count, count))
    paths: Floats = np.asarray(shortest_path(graph, directed=False), dtype=np.float64)
    reached = np.isfinite(paths)
    paths[~reached] = paths[reached].max() * 1.25 + _NEAREST
    return paths


def lengths(edges: Sequence[tuple[int, int, float]]) -> tuple[Ints, Ints, Floats]:
    """Return both ends and the wanted length of each edge, by the rank of its weight."""
    one, other, weight = (np.array(column) for column in zip(*edges, strict=True))
    rank = np.argsort(np.argsort(-weight, kind="stable"), kind="stable") / max(1, len(weight) - 1)
    return one.astype(np.int64), other.astype(np.int64), _NEAREST + (_FARTHEST - _NEAREST) * rank


def _start(wanted: Floats) -> Floats:
    """Return classical scaling of the distances, a slight circle added so that equals part."""
    count = len(wanted)
    centring = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ wanted**2 @ centring)
    spots: Floats = vectors[:, [-1, -2]] * np.sqrt(np.clip(values[[-1, -2]], 0, None))
    largest = np.abs(spots).argmax(axis=0)
    spots *= np.where(spots[largest, [0, 1]] < 0, -1, 1)  # an eigenvector's sign is arbitrary: fix it
    angle = 2 * np.pi * np.arange(count) / count
    circle: Floats = 0.05 * wanted.max() * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return spots + circle


def _majorise(spots: Floats, wanted: Floats) -> Floats:
    """Return `spots` after rounds of SMACOF with weights 1/d²."""
    count = len(spots)
    weight = np.divide(1.0, wanted**2, out=np.zeros_like(wanted), where=wanted > 0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.inv(laplacian + 1 / count) - 1 / count
    for _ in range(_ROUNDS):
        now = _between(spots)
        ratio = np.divide(wanted, now, out=np.zeros_like(now), where=now > 1e-9)  # noqa: PLR2004 (none)
        pull = -weight * ratio
        np.fill_diagonal(pull, 0.0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        spots = inverse @ pull @ spots
    return spots


def _between(spots: Floats) -> Floats:
    step = spots[:, None, :] - spots[None, :, :]
    distances: Floats = np.sqrt((step**2).sum(axis=2))
    return distances


def _apart(spots: Floats, *, gap: float) -> Floats:
    """Return `spots` pushed until none are nearer than `gap`, or rounds run out."""
    for _ in range(60):
        step = spots[:, None, :] - spots[None, :, :]
        distance = np.sqrt((step**2).sum(axis=2)) + np.eye(len(spots)) * 1e9
        near = np.clip(gap - distance, 0, None)
        if not near.any():
            break
        spots = spots + 0.5 * (step / np.maximum(distance, 1e-9)[:, :, None] * near[:, :, None]).sum(axis=1)
    return spots


def turned(spots: Floats) -> Floats:
    """Return `spots` centred, their longest extent along x, within [-1, 1]."""
    spots = spots - spots.mean(axis=0)
    _, _, axes = np.linalg.svd(spots, full_matrices=False)
    axes *= np.where(axes[[0, 1], np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
    spots = spots @ axes.T
    spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    reach = float(np.abs(spots).max())
    return spots / reach if reach > 0 else spots
