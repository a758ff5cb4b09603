"""How close in time chance brings two accounts on what both acted on, and how rare that is."""

from __future__ import annotations

from itertools import combinations
from math import prod

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.closeness import SOURCES_MAX, closeness, crowd
from vigie.detect.coaction.counting import neighbours

WINDOW_MS = 20
OF_TWO = dict(zip("uvwxyz", (0, 0, 1, 1, 2, 2), strict=True))  # two objects of each source


def read(rows, *, source=None, rare_actors_max=3):
    """Return {(a, b): (expected_close, rare, objects, gap_ms_max, posts_ab, posts_ba)} of all pairs."""
    acts = acts_of(rows)
    every = list(combinations(range(acts.account_count), 2))
    left, right = np.array([a for a, _ in every], np.int32), np.array([b for _, b in every], np.int32)
    near = neighbours(acts, window_ms=WINDOW_MS)
    close = closeness(
        acts,
        left,
        right,
        window_ms=WINDOW_MS,
        around=crowd(acts, near, None if source is None else sources_of(acts, source)),
        rare_actors_max=rare_actors_max,
        threads=2,
    )
    names = acts.account_names.to_pylist()
    columns = (
        close.expected_close, close.rare, close.objects, close.gap_ms_max, close.posts_ab, close.posts_ba
    )  # fmt: skip
    told = zip(*(column.tolist() for column in columns), strict=True)
    return {(names[a], names[b]): values for (a, b), values in zip(every, told, strict=True)}


def sources_of(acts, source):
    return np.array([source[name] for name in acts.object_names.to_pylist()])


def acts_of(rows):
    accounts, objects, times = zip(*rows, strict=True)
    actions = pa.table({"account": accounts, "object": objects, "at_ms": pa.array(times, pa.int64())})
    return acts_from(actions, canonical=True)


def by_hand(rows, a, b, *, source=None, rare_actors_max=3):
    """Return the same for one pair as the definition reads."""
    names = sorted({thing for _who, thing, _at in rows})
    expected, sources, gaps, posts = {a: 0.0, b: 0.0}, set(), [], {a: 0, b: 0}
    for name in names:
        here = [(who, at) for who, thing, at in rows if thing == name]
        times = {who: [at for other, at in here if other == who] for who in (a, b)}
        if not times[a] or not times[b]:
            continue
        for who, other in ((a, b), (b, a)):
            chances = [
                (sum(abs(at - one) <= WINDOW_MS for _who, one in here) - 1) / max(len(here) - 1, 1)
                for at in times[who]
            ]
            expected[who] += 1 - prod((1 - chance) ** len(times[other]) for chance in chances)
            posts[who] += sum(any(abs(x - y) <= WINDOW_MS for y in times[other]) for x in times[who])
        gap = min(abs(x - y) for x in times[a] for y in times[b])
        if gap <= WINDOW_MS:
            gaps.append(gap)
            if len(here) <= rare_actors_max:
                sources.add(name if source is None else source[name])
    rare = min(len(sources), SOURCES_MAX)
    return max(expected.values()), rare, len(gaps), max(gaps, default=0), posts[a], posts[b]


some_rows = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.integers(0, 60)), min_size=2, max_size=30
)


@given(rows=some_rows, rare_actors_max=st.integers(0, 8), sources=st.sampled_from([None, OF_TWO]))
def test_closeness_agrees_with_the_plain_reading(rows, rare_actors_max, sources):
    for (a, b), (expected, *counts) in read(rows, source=sources, rare_actors_max=rare_actors_max).items():
        plain = by_hand(rows, a, b, source=sources, rare_actors_max=rare_actors_max)
        assert (expected, *counts) == (pytest.approx(plain[0]), *plain[1:])


def test_the_longest_of_the_shortest_gaps_is_told():
    rows = [("a", "x", 0), ("a", "x", 14), ("b", "x", 15), ("a", "y", 0), ("b", "y", 7)]
    assert read(rows)["a", "b"][3] == 7


def test_many_posts_on_one_object_each_count():
    rows = [*(("a", "x", n) for n in range(40)), ("b", "x", 50)]
    assert read(rows)["a", "b"][2:] == (1, 11, 10, 1)


def test_where_everybody_is_within_the_window_closeness_is_certain():
    rows = [(who, "star", at) for at, who in enumerate("abcdef")]
    assert read(rows)["a", "b"][0] == pytest.approx(1)


def test_where_the_two_alone_are_close_it_is_unlikely():
    rows = [("a", "x", 0), ("b", "x", 1), *((f"c{n}", "x", 1_000 * n) for n in range(1, 10))]
    assert read(rows)["a", "b"][0] == pytest.approx(0.1)  # one neighbour among ten others


def test_rare_objects_of_one_source_are_one_piece_of_evidence():
    rows = [(who, thing, 0) for who in "ab" for thing in "xyz"]
    assert read(rows)["a", "b"][1] == 3
    assert read(rows, source={"x": 7, "y": 7, "z": 8})["a", "b"][1] == 2
    assert read(rows, source=dict.fromkeys("xyz", 7))["a", "b"][1] == 1


def test_an_object_of_many_is_not_rare():
    rows = [(who, "x", 0) for who in "abcd"]
    assert read(rows, rare_actors_max=3)["a", "b"][1] == 0
    assert read(rows, rare_actors_max=4)["a", "b"][1] == 1
