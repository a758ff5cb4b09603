"""The threshold: set on shuffled copies of the same data, so that few of the pairs kept are false."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.calibration import BLOCK_MS, Shuffling, permutations_for, threshold

surprises = st.lists(st.integers(0, 12).map(lambda n: n / 2), max_size=40).map(lambda x: np.array(x, float))


def q_by_hand(real, by_chance, permutations):
    """Return each real pair's q-value: the best rate among all thresholds that keep it."""

    def rate(bar):
        kept = sum(value >= bar for value in real)
        return min(1.0, (sum(value >= bar for value in by_chance) + 1) / permutations / kept)

    return [min(rate(bar) for bar in real if bar <= value) for value in real]


@given(real=surprises, by_chance=surprises, permutations=st.integers(1, 100), fdr=st.floats(0.001, 0.9))
def test_the_threshold_agrees_with_the_plain_reading(real, by_chance, permutations, fdr):
    bar = threshold(real, by_chance, permutations=permutations, fdr=fdr)
    q_values = q_by_hand(real, by_chance, permutations)
    passing = [value for value, q in zip(real, q_values, strict=True) if q <= fdr]
    assert bar.q_values.tolist() == pytest.approx(q_values)
    assert bar.surprise == (min(passing) if passing else None)
    assert bar.above == len(passing)
    if passing:
        assert bar.expected_by_chance == pytest.approx((by_chance >= min(passing)).sum() / permutations)


@given(real=surprises, by_chance=surprises, permutations=st.integers(1, 100))
def test_a_more_surprising_pair_never_has_a_larger_q_value(real, by_chance, permutations):
    bar = threshold(real, by_chance, permutations=permutations, fdr=0.1)
    falling = bar.q_values[np.argsort(-real, kind="stable")]
    assert (np.diff(falling) >= 0).all()
    assert ((bar.q_values > 0) & (bar.q_values <= 1)).all()


def test_a_few_lucky_pairs_among_nothing_do_not_pass():
    few = threshold(np.array([50.0] * 4), np.empty(0), permutations=20, fdr=0.01)
    assert (few.surprise, few.above) == (None, 0)
    many = threshold(np.array([50.0] * 5), np.empty(0), permutations=20, fdr=0.01)
    assert many.above == 5  # one more exceedance than was seen: 1 / 20 / 5 is one in a hundred


def test_no_pair_at_all_has_no_threshold():
    bar = threshold(np.empty(0), np.array([3.0]), permutations=20, fdr=0.01)
    assert (bar.surprise, bar.above, len(bar.q_values)) == (None, 0, 0)


def test_small_data_is_shuffled_more_often():
    assert [permutations_for(count) for count in (0, 1_000, 200_000, 10**9)] == [200, 200, 50, 20]


def acts_of(rows):
    accounts, objects, times = zip(*rows, strict=True)
    actions = pa.table({"account": accounts, "object": objects, "at_ms": pa.array(times, pa.int64())})
    return acts_from(actions, canonical=True)


BUSY = [(f"a{n % 40}", f"o{n * 7 % 30}", n * 900_000 + 1_789_344_000_000) for n in range(400)]


@given(seed=st.integers(0, 1_000), communities=st.integers(1, 4))
def test_a_shuffled_copy_keeps_how_much_each_account_did_in_its_community_and_six_hours(seed, communities):
    acts = acts_of(BUSY)
    of_account = np.arange(acts.account_count, dtype=np.int32) % communities
    copy = Shuffling(acts, of_account=of_account, communities=communities).copy(np.random.default_rng(seed))

    def activity(some):
        block = some.at_ms // BLOCK_MS
        return Counter(zip(some.account.tolist(), block.tolist(), strict=True))

    assert activity(copy) == activity(acts)
    assert (copy.object == acts.object).all()
    assert (copy.at_ms == acts.at_ms).all()
    assert (of_account[copy.account] == of_account[acts.account]).all()


def test_another_chance_is_another_copy_and_the_same_chance_the_same():
    acts = acts_of(BUSY)
    communities = {"of_account": np.zeros(acts.account_count, np.int32), "communities": 1}
    one, same, other = (
        Shuffling(acts, **communities).copy(np.random.default_rng(seed)).account.tolist()
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other
    assert one != acts.account.tolist()


def test_every_order_within_a_block_is_as_likely():
    acts = acts_of([("a", "x", 0), ("b", "y", 1), ("c", "z", 2)])
    rng = np.random.default_rng(1)
    communities = {"of_account": np.zeros(3, np.int32), "communities": 1}
    shuffling = Shuffling(acts, **communities)
    seen = Counter(tuple(shuffling.copy(rng).account.tolist()) for _ in range(6_000))
    assert len(seen) == 6
    assert all(880 <= count <= 1_120 for count in seen.values())  # 1,000, four standard errors around
