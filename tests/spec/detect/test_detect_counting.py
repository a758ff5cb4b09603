"""Counting pairs: a plain reading of the definition is the judge of the kernel."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction import COUNTED, closeness, counting, kernel, pairs
from vigie.terms.errors import UnfitTableError

YEAR_2100_MS = 4_102_444_800_000  # far beyond 32 bits


class Act(NamedTuple):
    account: str
    object: str
    at_ms: int
    post: int = 0


def table(acts, *, posts=True):
    columns = {
        "account": pa.array([act.account for act in acts], pa.string()),
        "object": pa.array([act.object for act in acts], pa.string()),
        "at_ms": pa.array([act.at_ms for act in acts], pa.int64()),
    }
    if posts:
        columns["post"] = pa.array([act.post for act in acts], pa.int64())
    return pa.table(columns)


def own_posts(acts):
    """Return the acts, each by a post of its own."""
    return [act._replace(post=number) for number, act in enumerate(acts)]


def by_hand(acts, window_ms, objects_min):
    """Return {(a, b): (object_count, post_count_ab, post_count_ba)} as the definition reads."""
    of = defaultdict(lambda: defaultdict(set))
    for act in acts:
        of[act.account][act.object].add((act.at_ms, act.post))
    found = {}
    for a, b in combinations(sorted(of), 2):
        objects, posts_a, posts_b = 0, set(), set()
        for name in of[a].keys() & of[b].keys():
            near = [
                (post, other_post)
                for at, post in of[a][name]
                for other_at, other_post in of[b][name]
                if abs(at - other_at) <= window_ms
            ]
            objects += bool(near)
            posts_a |= {post for post, _other in near}
            posts_b |= {other for _post, other in near}
        if objects >= objects_min:
            found[a, b] = (objects, len(posts_a), len(posts_b))
    return found


def as_found(counted):
    return {
        (row["account_a"], row["account_b"]): (
            row["object_count"],
            row["post_count_ab"],
            row["post_count_ba"],
        )
        for row in counted.to_pylist()
    }


def found(acts, window_ms, objects_min=1, *, posts=True, threads=2):
    actions = acts if isinstance(acts, pa.Table) else table(acts, posts=posts)
    return as_found(pairs(actions, window_ms=window_ms, objects_min=objects_min, threads=threads))


some_acts = st.lists(
    st.builds(Act, st.sampled_from("abcde"), st.sampled_from("xyzw"), st.integers(0, 90), st.integers(0, 9)),
    max_size=60,
)


def test_a_gap_equal_to_the_window_is_together():
    assert found([Act("a", "x", 0), Act("b", "x", 60)], 60) == {("a", "b"): (1, 1, 1)}


def test_one_moment_too_late_is_not_together():
    assert found([Act("a", "x", 0), Act("b", "x", 61)], 60) == {}


def test_who_came_first_does_not_matter():
    assert found([Act("b", "x", 0), Act("a", "x", 60)], 60) == {("a", "b"): (1, 1, 1)}


def test_with_a_window_of_zero_only_the_same_moment_is_together():
    acts = [Act("a", "x", 7), Act("b", "x", 7), Act("c", "x", 8)]
    assert found(acts, 0) == {("a", "b"): (1, 1, 1)}


def test_other_objects_are_not_the_same_object():
    assert found([Act("a", "x", 0), Act("b", "y", 0)], 60) == {}


def test_nobody_is_a_pair_with_itself():
    assert found([Act("a", "x", 0, 1), Act("a", "x", 1, 2), Act("a", "y", 2, 3)], 60) == {}


def test_repeated_acts_on_one_object_are_one_object_but_each_post_counts():
    acts = [Act("a", "x", 0, 1), Act("a", "x", 5, 2), Act("b", "x", 6, 3)]
    assert found(acts, 60) == {("a", "b"): (1, 2, 1)}


def test_two_objects_in_one_post_are_two_objects_and_one_post():
    acts = [Act("a", "x", 0, 1), Act("a", "y", 0, 1), Act("b", "x", 3, 2), Act("b", "y", 3, 2)]
    assert found(acts, 60) == {("a", "b"): (2, 1, 1)}


def test_the_same_row_twice_is_one_act():
    acts = [Act("a", "x", 0, 1), Act("a", "x", 0, 1), Act("b", "x", 3, 2)]
    assert found(acts, 60) == {("a", "b"): (1, 1, 1)}


def test_without_posts_each_row_is_a_post_of_its_own():
    acts = [Act("a", "x", 0), Act("a", "x", 0), Act("b", "x", 3)]
    assert found(acts, 60, posts=False) == {("a", "b"): (1, 2, 1)}


def test_a_post_with_nobody_near_it_does_not_count():
    acts = [Act("a", "x", 0, 1), Act("a", "x", 500, 2), Act("b", "x", 3, 3)]
    assert found(acts, 60) == {("a", "b"): (1, 1, 1)}


def test_fewer_objects_than_asked_are_no_pair():
    acts = [Act("a", "x", 0), Act("b", "x", 0), Act("a", "y", 0), Act("b", "y", 0), Act("c", "x", 0)]
    assert set(found(acts, 60, objects_min=2)) == {("a", "b")}


def test_rows_with_a_null_name_no_act():
    actions = pa.table(
        {
            "account": pa.array(["a", "b", None, "c", "d"]),
            "object": pa.array(["x", "x", "x", None, "x"]),
            "at_ms": pa.array([0, 1, 1, 1, None], pa.int64()),
        }
    )
    assert set(found(actions, 60)) == {("a", "b")}


@pytest.mark.parametrize("acts", [[], [Act("a", "x", 0)], [Act("a", "x", 0), Act("b", "x", 10**9)]])
def test_nothing_together_is_an_empty_table_of_the_same_columns(acts):
    counted = pairs(table(acts), window_ms=60, objects_min=1)
    assert counted.schema.equals(COUNTED)
    assert counted.num_rows == 0


def test_the_columns_are_those_that_are_promised_whatever_type_of_text_came_in():
    acts = table([Act("a", "x", 0), Act("b", "x", 0)])
    long = [pa.field(name, pa.large_string()) for name in ("account", "object")]
    large = acts.cast(pa.schema([*long, *list(acts.schema)[2:]]))
    assert pairs(large, window_ms=1, objects_min=1).schema.equals(COUNTED)
    assert found(large, 1) == found(acts, 1)


def test_names_are_in_the_order_of_their_letters():
    names = ["é", "z", "", "Z", "10", "9", "\U0001f600", "ﬀ"]
    counted = pairs(table([Act(name, "x", 0) for name in names]), window_ms=0, objects_min=1)
    told = [(row["account_a"], row["account_b"]) for row in counted.to_pylist()]
    assert told == list(combinations(sorted(names), 2))


@pytest.mark.parametrize("lacking", ["account", "object", "at_ms"])
def test_a_table_without_a_needed_column_is_refused_by_its_name(lacking):
    with pytest.raises(UnfitTableError) as refused:
        pairs(table([Act("a", "x", 0)]).drop_columns([lacking]), window_ms=60)
    assert refused.value.facts["column"] == lacking


@pytest.mark.parametrize("kind", [pa.int32(), pa.timestamp("ms"), pa.string()])
def test_moments_of_another_type_are_refused_not_guessed(kind):
    actions = pa.table({"account": ["a"], "object": ["x"], "at_ms": pa.array([None], kind)})
    with pytest.raises(UnfitTableError):
        pairs(actions, window_ms=60)


@given(acts=some_acts, window_ms=st.integers(0, 100), least=st.integers(1, 3), threads=st.integers(1, 3))
def test_the_kernel_agrees_with_the_plain_reading(acts, window_ms, least, threads):
    assert found(acts, window_ms, least, threads=threads) == by_hand(acts, window_ms, least)


@given(acts=some_acts, window_ms=st.integers(0, 100), least=st.integers(1, 3))
def test_it_agrees_without_posts_too(acts, window_ms, least):
    assert found(acts, window_ms, least, posts=False) == by_hand(own_posts(acts), window_ms, least)


@given(acts=some_acts, window_ms=st.integers(0, 100), visits=st.integers(1, 50), threads=st.integers(1, 3))
def test_however_the_work_is_cut_the_counts_are_the_same(acts, window_ms, visits, threads):
    with patch.object(counting, "CHUNK_VISITS", visits), patch.object(closeness, "CHUNK_PAIRS", 2):
        assert found(acts, window_ms, threads=threads) == by_hand(acts, window_ms, 1)


@given(acts=some_acts, window_ms=st.integers(0, 100), least=st.integers(1, 3), blocks=st.integers(1, 6))
def test_whoever_is_done_is_left_out_and_the_counts_are_the_same(acts, window_ms, least, blocks):
    with patch.multiple(counting, VISITS_PER_ACT=1e-9, BLOCKS_MAX=blocks):
        assert found(acts, window_ms, least) == by_hand(acts, window_ms, least)


@given(acts=some_acts, window_ms=st.integers(0, 100), least=st.integers(1, 3))
def test_counters_that_near_the_end_of_their_bits_begin_anew(acts, window_ms, least):
    plain = patch.object(counting, "count_rows", kernel.count_rows.py_func)
    with plain, patch.object(kernel, "BASE_MAX", 3):
        assert found(acts, window_ms, least) == by_hand(acts, window_ms, least)


@given(acts=some_acts, data=st.data())
def test_the_order_of_rows_chunks_and_dictionaries_change_nothing(acts, data):
    mixed = table(data.draw(st.permutations(acts)))
    cut = data.draw(st.integers(0, len(acts)))
    coded = mixed.set_column(0, "account", mixed["account"].dictionary_encode())
    second = coded.slice(cut).set_column(0, "account", mixed["account"].slice(cut).dictionary_encode())
    chunked = pa.concat_tables([coded.slice(0, cut), second])
    expected = pairs(table(acts), window_ms=30, objects_min=1)
    assert pairs(chunked, window_ms=30, objects_min=1).to_pylist() == expected.to_pylist()


@given(acts=some_acts, window_ms=st.integers(0, 100), into=st.integers(1, 3))
def test_counts_of_parts_of_the_objects_add_up_to_the_whole(acts, window_ms, into):
    acts = own_posts(acts)  # of posts with several objects only the objects add up
    parts = [[act for act in acts if ord(act.object) % into == part] for part in range(into)]
    summed = {}
    for part in parts:
        for pair, (objects, ab, ba) in found(part, window_ms).items():
            before = summed.get(pair, (0, 0, 0))
            summed[pair] = (before[0] + objects, before[1] + ab, before[2] + ba)
    assert summed == found(acts, window_ms)


@given(acts=some_acts, start=st.sampled_from([2**31 - 40, YEAR_2100_MS, -50]))
def test_moments_beyond_32_bits_and_before_1970_count_the_same(acts, start):
    moved = [act._replace(at_ms=act.at_ms + start) for act in acts]
    assert found(moved, 30) == found(acts, 30)


def test_more_common_objects_than_16_bits_hold_are_counted():
    count = 65_540
    names = pa.array(np.arange(count).astype(str))
    actions = pa.table(
        {
            "account": pa.array(np.repeat(["a", "b"], count)),
            "object": pa.concat_arrays([names, names]),
            "at_ms": pa.array(np.zeros(2 * count, np.int64)),
        }
    )
    assert found(actions, 0) == {("a", "b"): (count, count, count)}


def test_a_crowd_on_one_object_is_every_pair_once():
    acts = [Act(f"{n:03}", "x", n) for n in range(300)]
    assert len(found(acts, 300)) == 300 * 299 // 2


def test_progress_ends_with_all_the_work_done():
    told = []
    acts = [Act(name, "x", 0) for name in "abcd"]
    with patch.object(counting, "CHUNK_VISITS", 1):
        pairs(
            table(acts), window_ms=0, objects_min=1, progress=lambda done, total: told.append((done, total))
        )
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
