"""What people do in one sitting is one occasion; a closed circle of one evening counts one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction import Rule, detect
from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.circles import own_shares
from vigie.detect.coaction.sittings import SITTING_MS, sittings

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
WINDOW_MS = 2 * MINUTE_MS
QUICK = Rule(permutations=20)


def table(rows):
    accounts, objects, times = zip(*rows, strict=True)
    return pa.table({"account": accounts, "object": objects, "at_ms": pa.array(times, pa.int64())})


def read(rows, window_ms=WINDOW_MS):
    """Return {(a, b): sittings} of all pairs."""
    acts = acts_from(table(rows), canonical=True)
    every = list(combinations(range(acts.account_count), 2))
    left, right = np.array([a for a, _ in every], np.int32), np.array([b for _, b in every], np.int32)
    counts = sittings(acts, left, right, window_ms=window_ms, threads=2).tolist()
    names = acts.account_names.to_pylist()
    return {(names[a], names[b]): count for (a, b), count in zip(every, counts, strict=True)}


def by_hand(rows, a, b, window_ms=WINDOW_MS):
    """Return the same for one pair as the definition reads."""
    met = []
    for name in {thing for _who, thing, _at in rows}:
        times = {who: [at for other, thing, at in rows if (other, thing) == (who, name)] for who in (a, b)}
        both = [max(x, y) for x in times[a] for y in times[b] if abs(x - y) <= window_ms]
        met += [min(both)] if both else []
    pause_ms = max(SITTING_MS, window_ms)
    return sum(not any(at - pause_ms <= other < at for other in met) for at in set(met))


some_rows = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from("uvwxyz"), st.integers(0, 120).map(lambda n: n * MINUTE_MS)
    ),
    min_size=2,
    max_size=30,
)


@given(rows=some_rows, window_ms=st.sampled_from([0, WINDOW_MS, HOUR_MS]))
def test_sittings_agree_with_the_plain_reading(rows, window_ms):
    for (a, b), count in read(rows, window_ms).items():
        assert count == by_hand(rows, a, b, window_ms)


def test_a_pause_of_half_an_hour_goes_on_and_a_longer_one_ends_the_sitting():
    rows = [(who, thing, at) for who in "ab" for thing, at in (("x", 0), ("y", SITTING_MS))]
    assert read(rows) == {("a", "b"): 1}
    later = [(who, thing, at + (thing == "y")) for who, thing, at in rows]
    assert read(later) == {("a", "b"): 2}


def test_those_who_never_met_have_no_sitting():
    assert read([("a", "x", 0), ("b", "x", WINDOW_MS + 1)]) == {("a", "b"): 0}


def shares(rows, groups, rule=QUICK):
    acts = acts_from(table(rows), canonical=True)
    names = acts.account_names.to_pylist()
    group = np.array([next((n for n, one in enumerate(groups) if name in one), -1) for name in names])
    return own_shares(acts, group, len(groups), rule).tolist()


def share_by_hand(rows, members):
    doers = {name: {who for who, thing, _at in rows if thing == name} for _who, name, _at in rows}
    acting = {who for who, _thing, _at in rows} & set(members)
    common = [who for who in doers.values() if len(who & acting) >= max(3, len(acting) / 3)]
    if len(common) < 2:
        return 0.0
    return sum(len(who & acting) for who in common) / sum(map(len, common))


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), st.integers(0, 9)), min_size=1
    ),
)
def test_the_own_share_agrees_with_the_plain_reading(rows):
    groups = ["abcd", "efg"]
    assert shares(rows, groups) == [pytest.approx(share_by_hand(rows, one)) for one in groups]


def bystanders(*, count=2_000):
    """Return acts of people who each share one of forty things, at some moment."""
    return [(f"b{n:04}", f"o{n % 40}", n * 1_234_567) for n in range(count)]


def test_two_who_scroll_the_same_half_hour_are_no_pair():
    others = [(f"c{n}", f"t{thing}", HOUR_MS * (n + 2)) for n in range(50) for thing in range(6)]
    scroll = [(f"p{n}", f"t{thing}", MINUTE_MS * thing + n) for n in range(4) for thing in range(6)]
    assert detect({"repost": table(scroll + others + bystanders())}, rule=QUICK).membership.num_rows == 0


def test_who_comes_back_is_found():
    others = [(f"c{n}", f"t{thing}", 100 * HOUR_MS + n * HOUR_MS) for n in range(50) for thing in range(6)]
    back = [(f"p{n}", f"t{thing}", 2 * HOUR_MS * thing + n) for n in range(4) for thing in range(6)]
    found = detect({"repost": table(back + others + bystanders())}, rule=QUICK)
    assert found.membership["account"].to_pylist() == [f"p{n}" for n in range(4)]
    assert set(found.pairs["occasion_count"].to_pylist()) == {6}


def test_an_operation_of_one_evening_is_found_where_few_others_cared():
    evening = [(f"p{n}", f"t{thing}", MINUTE_MS * thing + n) for n in range(8) for thing in range(6)]
    found = detect({"repost": table(evening + bystanders())}, rule=QUICK)
    assert found.membership["account"].to_pylist() == [f"p{n}" for n in range(8)]
    assert set(found.pairs["sitting_count"].to_pylist()) == {1}
    assert set(found.pairs["occasion_count"].to_pylist()) == {6}
    (told,) = found.calibrations
    assert told.significant_count == found.pairs.num_rows
    assert told.threshold <= min(found.pairs["surprise"].to_pylist())
