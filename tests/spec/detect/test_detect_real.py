"""Counts on real and large data, against a second reading in plain arrays: every pair of acts, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.detect.coaction import pairs

if TYPE_CHECKING:
    from pathlib import Path

MINUTE_MS = 60_000
EVENTS, PAIRS = 2_574_084, 45_073  # of synth1m, 60 s, two objects; both readings agree on every pair


def codes(column):
    """Return the different texts in order, and the number of each row's."""
    texts = column.to_pylist()
    names = sorted(set(texts))
    number = {name: place for place, name in enumerate(names)}
    return np.array(names), np.array([number[text] for text in texts])


def by_listing_events(actions, window_ms, objects_min):
    """Return the number of events, and each pair by name: a, b, objects, posts of a, posts of b."""
    names, who = codes(actions["account"])
    _things, what = codes(actions["object"])
    at_ms = actions["at_ms"].to_numpy()
    order = np.lexsort((at_ms, what))
    who, what, at_ms = who[order], what[order], at_ms[order]
    here, left, right, step = np.arange(len(who)), [], [], 1
    while len(here):  # each act with the next one, the one after it, and so on while they are near
        here = here[here + step < len(who)]
        there = here + step
        near = (what[here] == what[there]) & (at_ms[there] - at_ms[here] <= window_ms)
        here, there = here[near], there[near]
        left.append(here)
        right.append(there)
        step += 1
    one, other = np.concatenate(left), np.concatenate(right)
    one, other = one[who[one] != who[other]], other[who[one] != who[other]]
    first = np.where(who[one] < who[other], one, other)
    second = np.where(who[one] < who[other], other, one)
    every, pair = np.unique(who[first].astype(np.int64) * len(names) + who[second], return_inverse=True)

    def distinct(of):
        return np.bincount(np.unique(pair * len(what) + of) // len(what), minlength=len(every))

    objects, posts_a, posts_b = distinct(what[first]), distinct(first), distinct(second)
    keep = objects >= objects_min
    a, b = np.divmod(every[keep], len(names))
    return len(pair), (names[a], names[b], objects[keep], posts_a[keep], posts_b[keep])


def told(counted):
    names = (counted["account_a"], counted["account_b"])
    counts = (counted["object_count"], counted["post_count_ab"], counted["post_count_ba"])
    return (
        *(name.cast(pa.string()).to_numpy(zero_copy_only=False).astype(str) for name in names),
        *(count.to_numpy() for count in counts),
    )


def agree(actions, window_ms, objects_min):
    """Return how many events and pairs there are, once both readings agree on every pair."""
    counted = pairs(actions, window_ms=window_ms, objects_min=objects_min)
    events, plain = by_listing_events(actions, window_ms, objects_min)
    for column, expected in zip(told(counted), plain, strict=True):
        np.testing.assert_array_equal(column, expected)
    return events, counted.num_rows


@pytest.fixture(scope="module")
def million(real_posts: Path):
    posts = pq.read_table(real_posts / "synth1m_posts.parquet", columns=["account_id", "repost_id", "ts"])
    posts = posts.rename_columns(["account", "object", "at_ms"]).drop_null()
    at_ms = pa.compute.multiply(posts["at_ms"].cast(pa.int64()), 1000)
    text = [posts[name].cast(pa.string()) for name in ("account", "object")]
    actions = pa.table({"account": text[0], "object": text[1], "at_ms": at_ms})
    return actions.filter(pa.compute.not_equal(actions["object"], ""))


def test_the_pairs_of_a_million_posts_are_as_many_as_they_were_found_to_be(million):
    counted = pairs(million, window_ms=MINUTE_MS, objects_min=2)
    assert counted.num_rows == PAIRS


@pytest.mark.slow
def test_the_reposts_of_a_million_posts_are_counted_to_the_last_pair(million):
    assert agree(million, MINUTE_MS, 2) == (EVENTS, PAIRS)


@pytest.mark.parametrize("window_ms", [0, 1_000, MINUTE_MS, 10 * MINUTE_MS])
def test_the_retweets_of_a_real_network_are_counted_to_the_last_pair(real_posts: Path, window_ms):
    tweets = pq.read_table(real_posts / "russian_coord_tweets.parquet")
    actions = pa.table(
        {
            "account": tweets["account_id"].cast(pa.string()),
            "object": tweets["object_id"].cast(pa.string()),
            "at_ms": pa.compute.multiply(tweets["timestamp_share"].cast(pa.int64()), 1000),
        }
    )
    for objects_min in (1, 2):
        agree(actions, window_ms, objects_min)
