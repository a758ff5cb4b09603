"""Pairs counted part by part are the pairs counted at once."""

from __future__ import annotations

import pickle

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.coaction import Rule, detect, pairs
from vigie.detect.coaction.parts import SCHEMA, PairsOfPart
from vigie.store.engines import Local

some_rows = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("xyzw"), st.integers(0, 90), st.integers(0, 9)),
    max_size=60,
)


def table(rows):
    account, thing, at_ms, post = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "account": pa.array(account, pa.string()),
            "object": pa.array(thing, pa.string()),
            "at_ms": pa.array(at_ms, pa.int64()),
            "post": pa.array(post, pa.int64()),
        }
    )


@settings(max_examples=20)  # each opens hundreds of files
@given(
    rows=some_rows, window_ms=st.integers(0, 100), least=st.integers(1, 3), memory=st.integers(0, 2_000),
    threads=st.integers(1, 2),
)  # fmt: skip
def test_whatever_memory_there_is_the_pairs_are_the_same(rows, window_ms, least, memory, threads):
    engine = Local(memory_bytes=memory, threads=threads)
    told = pairs(table(rows), window_ms=window_ms, objects_min=least, engine=engine)
    assert told.equals(pairs(table(rows), window_ms=window_ms, objects_min=least))


def test_a_whole_detection_is_the_same_shuffled_copies_too(within_a_minute):
    acts = {"repost": within_a_minute.acts["repost"]}
    rule = Rule(permutations=2)
    at_once = detect(acts, rule=rule, seed=1)
    in_parts = detect(acts, rule=rule, seed=1, engine=Local(memory_bytes=0, threads=2))
    assert at_once.groups
    assert in_parts == at_once


def test_the_order_of_a_parts_rows_changes_nothing_and_it_can_be_sent_to_a_worker():
    part = pickle.loads(pickle.dumps(PairsOfPart(60)))  # noqa: S301 (made here)
    rows = pa.table(
        {"account": [7, 3, 7, 3], "object": [1, 1, 9, 9], "at_ms": [0, 60, 5, 5]},
        schema=pa.schema([("account", pa.int32()), ("object", pa.int32()), ("at_ms", pa.int64())]),
    )
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        told = pa.concat_tables(part(rows.take(order)))
        assert told.schema == SCHEMA
        assert told.to_pylist() == [{"a": 3, "b": 7, "objects": 2, "acts_ab": 2, "acts_ba": 2}]
