"""Where the nodes of a large network stand: pivot scaling, which needs no table of all distances.

Distances from some far-apart nodes to all others are scaled to the plane; nodes that fall on one spot are
then opened like the seeds of a sunflower. 20,000 nodes take seconds where stress majorisation takes hours.
Sources: Brandes and Pich 2007, Eigensolver methods for progressive multidimensional scaling of large data,
https://doi.org/10.1007/978-3-540-70904-6_6; Vogel 1979, A better way to construct the sunflower head,
https://doi.org/10.1016/0025-5564(79)90080-4
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from vigie.report.layout import lengths, places, turned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STRESS_MAX = 200  # nodes; up to here the better picture is affordable
PIVOTS_MAX = 60
CELLS = 200  # of the drawing's width: nodes in one cell stand on one spot
GOLDEN_ANGLE = np.pi * (3 - 5**0.5)


def spots(count: int, edges: Sequence[tuple[int, int, float]]) -> Floats:
    """Return an array of `count` points within [-1, 1], widest along x, the same every time.

    Args:
        count: how many nodes.
        edges: (node, node, weight), weights 0 or more; greater is closer.
    """
    if count <= STRESS_MAX or not edges:
        return places(count, edges) if count <= STRESS_MAX else turned(_sunflower(count))
    reached = _from_pivots(count, edges)
    reached[~np.isfinite(reached)] = reached[np.isfinite(reached)].max() * 1.25
    squares = reached**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1, keepdims=True) + squares.mean()
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, np.argsort(-values, kind="stable")[:2]]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # a sign is arbitrary: fix it
    return turned(_opened(turned(centred @ axes)))


def _from_pivots(count: int, edges: Sequence[tuple[int, int, float]]) -> Floats:
    """Return each node's distances to the pivots, each pivot the node farthest from those before it."""
    one, other, length = lengths(edges)
    graph = csr_array((length, (one, other)), shape=(count, count))
    columns: list[Floats] = []
    nearest = np.full(count, np.inf)
    pivot = int(one[0])
    for _ in range(min(PIVOTS_MAX, count)):
        distance: Floats = dijkstra(graph, directed=False, indices=pivot)
        columns.append(distance)
        nearest = np.minimum(nearest, distance)
        pivot = int(np.argmax(nearest))
    return np.stack(columns, axis=1)


def _opened(points: Floats) -> Floats:
    """Return points, those of one cell spread around it so that each can be seen."""
    cell = np.floor((points + 1) * CELLS / 2).astype(np.int64)
    _, which = np.unique(cell, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    begins = np.searchsorted(which.ravel()[order], which.ravel())
    place = np.empty(len(points), np.int64)
    place[order] = np.arange(len(points))
    rank = place - begins
    radius = np.sqrt(rank) * 1.2 / CELLS
    around: Floats = np.stack([np.cos(rank * GOLDEN_ANGLE), np.sin(rank * GOLDEN_ANGLE)], axis=1)
    opened: Floats = points + radius[:, None] * around
    return opened


def _sunflower(count: int) -> Floats:
    at = np.arange(count)
    around: Floats = np.stack([np.cos(at * GOLDEN_ANGLE), np.sin(at * GOLDEN_ANGLE)], axis=1)
    return np.sqrt(at)[:, None] * around


def ring(count: int) -> Floats:
    """Return `count` points in a loose ring around the drawing, for what stands outside it."""
    at = np.arange(count)
    radius = 1.15 + 0.25 * ((at * 7) % 11) / 10
    around: Floats = np.stack([np.cos(at * GOLDEN_ANGLE), np.sin(at * GOLDEN_ANGLE)], axis=1)
    return radius[:, None] * around


def hull(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of the smallest convex outline of `points`, in order (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:  # noqa: PLR2004 (a point or a line has no inside)
        return ordered
    return [*_chain(ordered)[:-1], *_chain(ordered[::-1])[:-1]]


def _chain(ordered: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    chain: list[tuple[float, float]] = []
    for point in ordered:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
