"""What pairs would have in common by chance, and how surprising it is that they have more."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.chance import Chance, surprise, surprising
from vigie.detect.coaction.counting import neighbours

WINDOW_MS = 20


def surprise_of(observed, expected):
    return float(surprise(np.array([observed]), np.array([expected]))[0])


def test_nothing_in_common_is_no_surprise():
    assert surprise_of(0, 3.0) == 0


def test_as_much_as_expected_is_hardly_a_surprise():
    assert surprise_of(10, 10.0) < 0.5


def test_three_is_one_in_a_thousand():
    rate = 0.001
    assert surprise_of(1, rate) == pytest.approx(3, abs=0.001)


def test_something_where_nothing_was_expected_is_finite():
    assert np.isfinite(surprise_of(5, 0.0))


@given(observed=st.integers(1, 200), expected=st.floats(1e-9, 150))
def test_it_is_the_upper_tail_of_a_poisson_law(observed, expected):
    tail = stats.poisson.sf(observed - 1, expected)
    if tail > 1e-280:
        assert surprise_of(observed, expected) == pytest.approx(-np.log10(tail), rel=1e-6, abs=1e-9)


@given(
    pairs=st.lists(st.tuples(st.integers(1, 200), st.floats(0, 300)), max_size=30),
    least=st.floats(0.1, 9),
)
def test_those_that_are_surprising_are_those_whose_surprise_is_enough(pairs, least):
    observed = np.array([pair[0] for pair in pairs], np.int32)
    expected = np.array([pair[1] for pair in pairs])
    enough = np.flatnonzero(surprise(observed, expected) >= least)
    assert surprising(observed, expected, least=least).tolist() == enough.tolist()


@given(observed=st.integers(0, 5_000), expected=st.floats(1e-9, 1e4))
def test_more_in_common_is_never_less_surprising(observed, expected):
    assert surprise_of(observed + 1, expected) >= surprise_of(observed, expected)


@given(observed=st.integers(0, 5_000), expected=st.floats(1e-9, 1e4), more=st.floats(1, 10))
def test_what_is_more_expected_is_never_more_surprising(observed, expected, more):
    assert surprise_of(observed, expected * more) <= surprise_of(observed, expected) * (1 + 1e-9)


@pytest.mark.parametrize("expected", [1e-6, 0.01, 1.0, 30.0, 300.0])
def test_where_the_tail_becomes_too_small_the_logarithm_takes_over_without_a_step(expected):
    observed = np.arange(1, 3_000)
    values = surprise(observed, np.full(len(observed), expected))
    switch = int(np.argmax(values > 290))
    before, at, after = values[switch - 1], values[switch], values[switch + 1]
    assert (at - before) == pytest.approx(after - at, abs=0.25)  # of 290


def made(rows):
    accounts, objects, times = zip(*rows, strict=True)
    actions = pa.table({"account": accounts, "object": objects, "at_ms": pa.array(times, pa.int64())})
    return acts_from(actions, canonical=True)


def expected_by_hand(acts, a, b, community):
    """Return the Chung-Lu expectation as its definition reads: neighbours of one times share of the other."""
    rows = list(zip(acts.account.tolist(), acts.object.tolist(), acts.at_ms.tolist(), strict=True))

    def neighbours_of(who, where):
        return sum(
            1
            for i, (account, thing, at) in enumerate(rows)
            for j, (_other, other_thing, other_at) in enumerate(rows)
            if i != j and account == who and thing == other_thing and community[thing] == where
            and abs(at - other_at) <= WINDOW_MS
        )  # fmt: skip

    def share_of(who, where):
        here = [account for account, thing, _at in rows if community[thing] == where]
        return here.count(who) / len(here) if here else 0.0

    return sum(
        (neighbours_of(a, c) * share_of(b, c) + neighbours_of(b, c) * share_of(a, c)) / 2
        for c in set(community)
    )


some_rows = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("xyzw"), st.integers(0, 60)), min_size=2, max_size=25
)


@given(rows=some_rows, data=st.data())
def test_expected_agrees_with_the_plain_reading_and_its_sum_with_the_group(rows, data):
    acts = made(rows)
    community = data.draw(st.lists(st.integers(0, 2), min_size=acts.object_count, max_size=acts.object_count))
    near = neighbours(acts, window_ms=WINDOW_MS)
    chance = Chance(acts, near, community=np.array(community, np.int32), communities=3)
    every = list(combinations(range(acts.account_count), 2))
    left, right = np.array([a for a, _ in every], int), np.array([b for _, b in every], int)
    told = chance.expected(left, right)
    assert told == pytest.approx([expected_by_hand(acts, a, b, community) for a, b in every])
    assert chance.expected_among(np.arange(acts.account_count)) == pytest.approx(told.sum(), abs=1e-9)
