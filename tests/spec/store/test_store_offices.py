"""Public actors stay in clear for what was posted while they were in office, and at no other time."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vigie.store.offices import Office
from vigie.store.pseudonyms import ProjectKey, pseudonymise
from vigie.terms.posts import POSTS

KEY = ProjectKey.derive(bytes(range(32)), b"project")
MINISTER = Office(platform="Twitter", account="@Minister", from_ms=100, until_ms=200)


def hidden(*rows, public_actors=(MINISTER,)):
    names = {name for row in rows for name in row}
    schema = pa.schema([field for field in POSTS if field.name in names])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    posts, identities = pseudonymise(table, KEY, public_actors=public_actors)
    return posts.to_pylist(), identities


def post(at_ms, author="minister", **columns):
    return {"platform": "x", "author": author, "created_ms": at_ms, **columns}


def test_the_first_moment_in_office_is_in_clear_and_the_first_after_it_is_not():
    rows, _ = hidden(*(post(at_ms) for at_ms in (99, 100, 199, 200)))
    assert [row["author"] == "minister" for row in rows] == [False, True, True, False]
    assert rows[0]["author"] == rows[3]["author"]


def test_an_office_that_lasts_has_no_end():
    office = Office(platform="x", account="minister", from_ms=100)
    rows, _ = hidden(post(99), post(10**15), public_actors=[office])
    assert [row["author"] == "minister" for row in rows] == [False, True]


def test_others_name_a_public_actor_in_clear_only_during_the_office():
    said = {"mentions": ["Minister"], "body": "merci @Minister https://x.com/Minister"}
    rows, _ = hidden(post(150, "bob", **said), post(250, "bob", **said))
    assert rows[0]["mentions"] == ["minister"]
    assert rows[0]["body"] == said["body"]
    assert "inister" not in str(rows[1])


def test_authors_in_office_are_marked_and_a_file_marks_nobody_in_clear():
    rows, _ = hidden(
        post(150, is_public_actor=None),
        post(250, is_public_actor=None),
        post(150, "bob", is_public_actor=True),
    )
    assert [row["is_public_actor"] for row in rows[:2]] == [True, None]
    assert rows[2]["author"] != "bob"


def test_the_vault_holds_the_name_for_the_time_out_of_office_alone():
    assert hidden(post(150))[1].num_rows == 0
    assert hidden(post(150), post(250), post(50))[1].column("raw").to_pylist() == ["minister"]


def test_an_account_of_the_same_name_elsewhere_is_nobody():
    rows, _ = hidden({"platform": "vk", "author": "minister", "created_ms": 150})
    assert rows[0]["author"] != "minister"


def test_a_post_without_a_moment_is_in_nobodys_term():
    rows, _ = hidden(post(None), post(150))
    assert [row["author"] == "minister" for row in rows] == [False, True]


offices = st.lists(
    st.builds(
        lambda name, start, length: Office(
            platform="x", account=name, from_ms=start, until_ms=None if length == 0 else start + length
        ),
        st.sampled_from("abc"),
        st.integers(0, 20),
        st.integers(0, 8),
    ),
    max_size=5,
)
acts = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 30)), min_size=1, max_size=20)


@given(acts=acts, offices=offices)
def test_row_by_row_gives_the_same(acts, offices):
    """The plain reading: each post alone, with the names in office at its moment."""
    table, identities = hidden(
        *(post(at_ms, name, mentions=["b"], body="@c") for name, at_ms in acts), public_actors=offices
    )
    alone = []
    for name, at_ms in acts:
        public = [f"x:{one.account}" for one in offices if one.spans(at_ms)]
        alone.append(hidden(post(at_ms, name, mentions=["b"], body="@c"), public_actors=public))
    assert table == [row for rows, _ in alone for row in rows]
    told = {tuple(row.values()) for row in identities.to_pylist()}
    assert told == {tuple(row.values()) for _, some in alone for row in some.to_pylist()}
    assert identities.num_rows == len(told)
