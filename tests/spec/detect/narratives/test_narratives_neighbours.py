"""Neighbours, places and groupings against readings so plain that they must be right."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from vigie.detect.narratives.grouping import BEYOND, cohesions
from vigie.detect.narratives.neighbours import nearest
from vigie.detect.narratives.space import STEPS, basis_of, placed, rounded

some_rows = st.integers(1, 24).flatmap(
    lambda count: st.lists(
        st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=count, max_size=count
    )
)


def nearest_by_hand(places, count):
    rows = []
    for one, mine in enumerate(places):
        products = [(-float(mine @ other), at) for at, other in enumerate(places) if at != one]
        rows.append([at for product, at in sorted(products) if product < 0][:count])
    return rows


@given(some_rows, st.integers(1, 5))
@settings(deadline=None)
def test_the_nearest_are_those_that_a_plain_reading_finds(rows, count):
    places = rounded(np.array(rows, np.float64))
    found, cosine = nearest(places, count)
    assert [[at for at in row if at >= 0] for row in found.tolist()] == nearest_by_hand(places, count)
    assert (np.diff(cosine, axis=1) <= 0).all()


def test_products_of_places_are_exact_in_any_order_of_adding():
    places = rounded(np.random.default_rng(0).standard_normal((40, 64)))
    exact = places.astype(np.int64) @ places.astype(np.int64).T
    assert (places @ places.T == exact).all()
    assert np.abs(exact).max() < 2**24
    assert abs(exact[0, 0] / STEPS**2 - 1) < 0.01


def test_directions_are_at_right_angles_and_hold_what_the_strongest_ones_hold():
    dense = np.random.default_rng(0).random((80, 30)) * (np.arange(30) < 8)
    rows = sparse.csr_array(dense)
    basis = basis_of(rows, 5, np.random.default_rng(1))
    assert np.allclose(basis.T @ basis, np.eye(5))
    strongest = np.linalg.svd(dense)[2][:5]
    assert np.linalg.norm(dense @ basis) > 0.99 * np.linalg.norm(dense @ strongest.T)
    assert placed(rows, basis).shape == (80, 5)


def cohesion_by_hand(rows, group, one):
    dense, inside = rows.toarray(), np.flatnonzero(group == one)
    everyone = range(len(dense))

    def mean_products(some):
        pairs = [dense[a] * dense[b] for a in some for b in some if a != b]
        return (
            np.sum(pairs, axis=0) / max(1, len(some) * (len(some) - 1)) if pairs else np.zeros(dense.shape[1])
        )

    excess = mean_products(inside) - mean_products(everyone)
    said = dense[inside].sum(axis=0) > 0
    return np.sort(excess[said])[:-BEYOND].sum() + excess[~said].sum()


@given(some_rows)
@settings(deadline=None, max_examples=30)
def test_groups_hang_together_as_a_plain_reading_says(rows):
    matrix = sparse.csr_array(np.abs(np.array(rows, np.float64)))
    group = np.arange(matrix.shape[0]) % 2
    found = cohesions(matrix, group)
    for one in range(len(found)):
        assert np.isclose(found[one], cohesion_by_hand(matrix, group, one))
