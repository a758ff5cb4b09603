"""Where the nodes of large networks stand, and the outlines of communities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.report.crowd import STRESS_MAX, hull, ring, spots

LARGE = STRESS_MAX + 40
some_points = st.lists(st.tuples(st.integers(-8, 8).map(float), st.integers(-8, 8).map(float)), max_size=30)


def random_edges(count: int, degree: int, seed: int) -> list[tuple[int, int, float]]:
    chance = np.random.default_rng(seed)
    one, other = chance.integers(0, count, (2, count * degree))
    weights = chance.random(count * degree)
    return [(int(a), int(b), float(w)) for a, b, w in zip(one, other, weights, strict=True) if a != b]


@settings(max_examples=10)
@given(seed=st.integers(0, 99), degree=st.integers(0, 3))
def test_any_large_network_has_finite_places_within_bounds_the_same_twice(seed, degree):
    edges = random_edges(LARGE, degree, seed)
    found = spots(LARGE, edges)
    assert found.shape == (LARGE, 2)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1 + 1e-9
    assert (found == spots(LARGE, edges)).all()


def test_nodes_that_fall_on_one_spot_are_opened():
    clique = [(a, b, 1.0) for a in range(LARGE) for b in range(a)]
    assert len(np.unique(spots(LARGE, clique).round(6), axis=0)) == LARGE


def test_two_large_cliques_stand_in_two_places():
    half = LARGE // 2
    cliques = [
        (a, b, 9.0) for first in (0, half) for a in range(first, first + half) for b in range(first, a)
    ]
    found = spots(LARGE, [*cliques, (0, half, 1.0)])
    apart = np.linalg.norm(found[:half].mean(axis=0) - found[half:].mean(axis=0))
    assert apart > found[:half].std() + found[half:].std()


@pytest.mark.parametrize("count", [0, 1, 2, 200])
def test_the_ring_stands_outside_the_drawing(count):
    found = ring(count)
    assert len(found) == count
    assert (np.hypot(*found.T) > 1.1).all()


@given(points=some_points)
def test_no_point_stands_outside_its_outline(points):
    corners = hull(points)
    assert set(corners) <= set(points)
    if len(corners) > 2:
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
            for p in points:
                assert (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0
    else:
        assert len(set(points)) < 3 or len(corners) == 2  # all on one line


def test_a_square_has_four_corners_whatever_lies_inside():
    assert hull([(0, 0), (2, 0), (2, 2), (0, 2), (1, 1), (1, 0)]) == [(0, 0), (2, 0), (2, 2), (0, 2)]
