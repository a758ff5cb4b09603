"""Where nodes stand: the same each time, apart, finite, strong links short."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vigie.report.layout import places

some_edges = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11), st.floats(0, 300)).filter(lambda e: e[0] < e[1]),
    max_size=40,
    unique_by=lambda edge: edge[:2],
)


@given(edges=some_edges, count=st.integers(12, 20))
def test_any_graph_has_finite_places_within_bounds_the_same_twice(
    edges: list[tuple[int, int, float]], count: int
) -> None:
    spots = places(count, edges)
    assert spots.shape == (count, 2)
    assert np.isfinite(spots).all()
    assert np.abs(spots).max() <= 1 + 1e-9
    assert (spots == places(count, edges)).all()


@given(count=st.integers(0, 9))
def test_few_or_no_edges_are_no_trouble(count: int) -> None:
    assert np.isfinite(places(count, [])).all()


def test_nodes_of_a_full_graph_stand_apart() -> None:
    spots = places(24, [(a, b, 1.0) for a in range(24) for b in range(a + 1, 24)])
    gaps = np.sqrt(((spots[:, None] - spots[None]) ** 2).sum(axis=2)) + np.eye(24)
    assert gaps.min() > 0.05


def test_two_cliques_stand_in_two_places() -> None:
    cliques = [(a, b, 9.0) for half in (0, 6) for a in range(half, half + 6) for b in range(a + 1, half + 6)]
    spots = places(12, [*cliques, (0, 6, 1.0)])
    apart = np.linalg.norm(spots[:6].mean(axis=0) - spots[6:].mean(axis=0))
    assert apart > spots[:6].std() + spots[6:].std()
