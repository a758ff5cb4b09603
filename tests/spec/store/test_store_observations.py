"""Observations: what a platform said about a post at one moment, kept once however often it is brought."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.store.batches import Store
from vigie.store.observations import CIRCUMSTANCES, CONTENT, OBSERVATIONS, Known, observed
from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS

POST = {
    "post_id": "p", "platform": "x", "kind": "post", "thread_id": "t", "in_reply_to": "r", "share_of": "s",
    "quote_of": "q", "author": "a", "author_created_ms": 1, "author_followers": 2, "is_public_actor": True,
    "channel_id": "c", "created_ms": 3, "edited_ms": 4, "deleted_seen_ms": 5,
    "visibility": "public", "lang": "fr",
    "lang_confidence": 0.5, "title": "t", "body": "b", "hashtags": ["h", "i"], "mentions": ["m"],
    "links": [{"url": "u", "domain": "d"}],
    "media": [{"sha256": "1", "pdq": "2", "pdq_quality": 3, "mime": "4", "c2pa": "5", "looks": ["6"]}],
    "counts": [{"at_ms": 1, "name": "likes", "value": 2}], "place": "QC", "url": "u",
    "source_kind": "export", "collected_ms": 6, "collection_id": "d", "evidence_id": "e", "raw_ref": "w",
    "delete_by_ms": 7, "checked_ms": 8,
}  # fmt: skip
OTHERWISE = {
    "is_public_actor": False, "lang_confidence": 0.25, "hashtags": ["hi"], "mentions": ["m", "m"],
    "links": [{"url": "ud", "domain": None}], "media": [{**POST["media"][0], "pdq": None}],
    "counts": [{"at_ms": 1, "name": "likes", "value": 3}],
}  # fmt: skip


def keys(*rows):
    return observed(pa.Table.from_pylist(list(rows), schema=POSTS))["observation"].to_pylist()


def another(name):
    """Return another value than POST has in a column."""
    if name in OTHERWISE:
        return OTHERWISE[name]
    return f"{POST[name]}!" if isinstance(POST[name], str) else POST[name] + 1


# When two observations are one


def test_the_example_has_a_value_in_every_column():
    assert POST.keys() == set(POSTS.names)


@pytest.mark.parametrize("name", CONTENT)
def test_any_change_of_what_a_platform_said_is_a_new_observation(name):
    same, changed, unknown = keys(POST, {**POST, name: another(name)}, {**POST, name: None})
    assert len({same, changed, unknown}) == 3


@pytest.mark.parametrize("name", sorted(CIRCUMSTANCES))
def test_how_it_was_collected_does_not_make_another_observation(name):
    same, changed, unknown = keys(POST, {**POST, name: another(name)}, {**POST, name: None})
    assert same == changed == unknown


def test_a_column_that_a_file_lacks_says_as_little_as_an_empty_one():
    (with_column,) = keys({"post_id": "p", "body": "b", "title": None})
    schema = pa.schema([POSTS.field("post_id"), POSTS.field("body")])
    table = observed(pa.Table.from_pylist([{"post_id": "p", "body": "b"}], schema=schema))
    assert table["observation"].to_pylist() == [with_column]
    assert table.schema.equals(OBSERVATIONS)


TEXT = st.none() | st.text(alphabet="a:1-", max_size=4)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"post_id": st.just("p"), "title": TEXT, "body": TEXT,
             "hashtags": st.none() | st.lists(TEXT, max_size=2),
             "links": st.none() | st.lists(st.fixed_dictionaries({"url": TEXT, "domain": TEXT}), max_size=2)}
        ),
        max_size=8,
    )
)  # fmt: skip
def test_two_observations_have_one_key_only_if_they_say_the_same(rows):
    told = [repr(sorted(row.items())) for row in rows]
    found = keys(*rows)
    assert [found.index(key) for key in found] == [told.index(one) for one in told]


# Posts without a native id


def ids(*rows):
    return observed(pa.Table.from_pylist(list(rows), schema=POSTS))["post_id"].to_pylist()


NAMELESS = {**POST, "post_id": None, "url": None}


def test_a_post_without_id_gets_one_that_no_native_id_can_have():
    (found,) = ids(NAMELESS)
    assert found.startswith("0")
    assert len(found) == 16


@pytest.mark.parametrize("name", ["platform", "author", "created_ms", "body", "in_reply_to", "links"])
def test_without_id_another_author_moment_or_text_is_another_post(name):
    one, again, other = ids(NAMELESS, {**NAMELESS, "lang": "en"}, {**NAMELESS, name: another(name)})
    assert one == again != other


def test_without_id_an_address_tells_the_post_through_its_edits():
    one, edited = ids({**NAMELESS, "url": "token"}, {**NAMELESS, "url": "token", "body": "edited"})
    assert one == edited


# What is known already


def table_of(numbers, *, at_ms=0):
    """Return observations whose keys are made of small numbers: (high, low) halves."""
    data = [high.to_bytes(8, "little") + low.to_bytes(8, "little") for high, low in numbers]
    return pa.table(
        {
            "observation": pa.array(data, pa.binary(16)),
            "created_ms": pa.array([at_ms] * len(data), pa.int64()),
        }
    )


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


@given(steps=st.lists(PAIRS, max_size=6))
def test_known_agrees_with_a_plain_set(steps):
    known, held = Known(), set()
    for step in steps:
        wanted, seen_here = [], set()
        for pair in step:
            wanted.append(pair not in held and pair not in seen_here)
            seen_here.add(pair)
        table = table_of(step)
        assert known.new_rows(table).to_pylist() == wanted
        known.add(table)
        held |= seen_here
        assert all(not new for new in known.new_rows(table).to_pylist())


def test_keys_that_share_one_half_are_told_apart():
    known = Known()
    known.add(table_of([(2**64 - 1, 1), (2**64 - 1, 2), (5, 2**63)]))
    asked = table_of([(2**64 - 1, 2), (2**64 - 1, 3), (5, 2**63), (5, 0), (0, 5)])
    assert known.new_rows(asked).to_pylist() == [False, True, False, True, True]


def test_what_a_store_holds_is_known_and_batches_of_other_times_are_not_read(tmp_path, seen):
    store = Store(tmp_path)
    early = [seen({"post_id": f"e{n}", "created_ms": n}) for n in range(3)]
    late = seen({"post_id": "l", "created_ms": 1_000})
    batches = [store.write(table) for table in (*early, late)]
    store.path(batches[-1].sha256).write_bytes(b"not read")
    known = Known.of(store, batches)
    assert known.new_rows(pa.concat_tables(early)).to_pylist() == [False] * 3
    assert len(known) == 3
    assert known.new_rows(seen({"post_id": "new", "created_ms": 1})).to_pylist() == [True]


def test_one_old_post_among_new_ones_has_no_batch_between_them_read(tmp_path, seen):
    store = Store(tmp_path)
    tables = [seen({"post_id": f"p{at_ms}", "created_ms": at_ms}) for at_ms in (0, 500, 1_000)]
    batches = [store.write(table) for table in tables]
    store.path(batches[1].sha256).write_bytes(b"not read")
    known = Known.of(store, batches)
    assert known.new_rows(pa.concat_tables([tables[2], tables[0]])).to_pylist() == [False] * 2
    assert len(known) == 2
    assert known.new_rows(seen({"post_id": "before", "created_ms": -1})).to_pylist() == [True]


def test_posts_without_keys_are_refused(posts):
    with pytest.raises(UnfitTableError):
        Known().new_rows(posts({"post_id": "p", "created_ms": 0}))
