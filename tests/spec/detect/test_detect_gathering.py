"""Acts gathered batch by batch are those of all posts at once, and texts become codes and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.behaviours import BEHAVIOURS, actions, columns_for
from vigie.detect.gathering import Gathering
from vigie.detect.names import Names
from vigie.terms.posts import POSTS, conform

BY_ID = {behaviour.id: behaviour for behaviour in BEHAVIOURS}
LONG = "They said the bridge was safe and it was not safe at all"
ids = st.none() | st.sampled_from(["p0", "p1", "p2"])
links = st.lists(st.sampled_from(["u", "v", "w", ""]).map(lambda url: {"url": url}), max_size=3)
images = st.lists(st.sampled_from(["f0", "f1", ""]).map(lambda pdq: {"pdq": pdq}), max_size=2)
some_posts = st.lists(
    st.fixed_dictionaries(
        {
            "author": st.sampled_from("abc"),
            "created_ms": st.integers(0, 3),
            "post_id": ids,
            "share_of": st.none() | st.sampled_from(["p1", "p9"]),
            "in_reply_to": ids,
            "body": st.sampled_from([None, "", LONG, LONG + " again"]),
            "hashtags": st.none() | st.lists(st.sampled_from("xy"), max_size=3),
            "links": st.none() | links,
            "media": st.none() | images,
        }
    ),
    max_size=12,
)  # fmt: skip


def table_of(rows):
    return conform(pa.Table.from_pylist(rows, schema=POSTS), columns=columns_for(BEHAVIOURS))


def told(acts):
    """Return the acts, each post named by the first act that it did."""
    rows = acts.to_pylist()
    first = {}
    for number, row in enumerate(rows):
        first.setdefault(row["post"], number)
    return [(row["account"], row["object"], row["at_ms"], first[row["post"]]) for row in rows]


def gathered(table, size):
    gathering = Gathering(BEHAVIOURS)
    for start in range(0, table.num_rows, size):
        for batch in table.slice(start, size).to_batches():
            gathering.add(batch)
    return gathering


@given(rows=some_posts, size=st.integers(1, 12))
def test_however_posts_are_cut_into_batches_the_acts_are_the_same(rows, size):
    table = table_of([{**row, "post_id": row["post_id"] or f"own{n}"} for n, row in enumerate(rows)])
    gathering = gathered(table, size)
    for behaviour in BEHAVIOURS:
        assert told(gathering.actions(behaviour)) == told(actions(table, behaviour))
    assert gathering.post_count == len(rows)
    assert gathering.account_count == len({row["author"] for row in rows})
    times = [row["created_ms"] for row in rows]
    assert (gathering.start_ms, gathering.end_ms) == (min(times, default=None), max(times, default=None))


def test_one_post_without_an_id_but_with_two_links_is_one_post():
    row = {"author": "a", "created_ms": 0, "links": [{"url": "u"}, {"url": "v"}]}
    first, second = actions(table_of([row]), BY_ID["link"])["post"].to_pylist()
    assert first == second


def test_posts_without_ids_in_two_batches_are_different_posts():
    row = {"author": "a", "created_ms": 0, "links": [{"url": "u"}, {"url": "v"}, {"url": "w"}]}
    acts = gathered(table_of([row, {**row, "author": "b"}]), 1).actions(BY_ID["link"]).to_pylist()
    assert not {act["post"] for act in acts if act["account"] == "a"} & {
        act["post"] for act in acts if act["account"] == "b"
    }


def test_the_origin_of_a_shared_post_is_its_author_and_of_a_link_its_site():
    rows = [
        {"author": author, "created_ms": 0, "post_id": post}
        for author, post in (("ana", "p1"), ("bo", "p2"), ("cy", None))
    ]
    gathering = gathered(table_of(rows), 1)
    shared = pa.array(["p2", "unknown", "p1"])
    sites = pa.array(["https://www.a.example/x", "http://b.example:80", "ftp://c.example?q", "no address"])
    assert gathering.origins("repost", shared).to_pylist() == ["bo", None, "ana"]
    assert gathering.origins("reply", shared).to_pylist() == ["bo", None, "ana"]
    assert gathering.origins("link", sites).to_pylist() == ["a.example", "b.example", "c.example", None]
    assert gathering.origins("text", shared).to_pylist() == [None] * 3
    assert Gathering(BEHAVIOURS).origins("repost", shared).to_pylist() == [None] * 3


def test_the_site_of_a_link_has_no_case():
    found = Gathering(BEHAVIOURS).origins("link", pa.array(["HTTPS://A.example/x"]))
    assert found.to_pylist() == ["a.example"]


texts = st.lists(st.none() | st.text(max_size=6), max_size=30)


@given(batches=st.lists(texts, max_size=4), coded=st.booleans(), large=st.booleans(), skip=st.integers(0, 3))
def test_codes_are_the_order_of_first_appearance_and_lead_back_to_the_texts(batches, coded, large, skip):
    names, seen = Names(), []
    for batch in batches:
        array = pa.array(batch, pa.large_string() if large else pa.string()).slice(skip)
        codes = names.codes(array.dictionary_encode() if coded else array).tolist()
        for text in batch[skip:]:
            if text is not None and text not in seen:
                seen.append(text)
        assert codes == [-1 if text is None else seen.index(text) for text in batch[skip:]]
    assert names.array().to_pylist() == seen
    assert len(names) == len(seen)


def test_many_texts_are_kept_apart():
    names = Names()
    for start in range(0, 50_000, 10_000):
        many = pa.array(np.arange(start, start + 10_000).astype(str))
        assert names.codes(many).tolist() == list(range(start, start + 10_000))
    assert names.codes(pa.array(["49999", "0", ""])).tolist() == [49_999, 0, 50_000]
