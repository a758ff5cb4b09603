"""The posts behind groups: those that carry the co-actions, the most telling first, and nothing else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from vigie.detect.citing import Citing
from vigie.terms.findings import Group, Lags, SharedObject, Timeline
from vigie.terms.posts import POSTS

SCHEMA = pa.schema([*POSTS, pa.field("observation", pa.binary(16))])


def post(post_id: str, author: str, at_ms: int, **said: Any) -> dict[str, Any]:
    key = post_id.encode().ljust(16, b"-")
    return {"post_id": post_id, "author": author, "created_ms": at_ms, "observation": key, **said}


def shared(behaviour: str, what: str, *acts: tuple[int, str]) -> SharedObject:
    return SharedObject(
        behaviour=behaviour,
        object=what,
        account_count=len(acts),
        actor_count=len(acts),
        first_ms=acts[0][0],
        span_ms=acts[-1][0] - acts[0][0],
        acts=acts,
    )


def group_of(*objects: SharedObject, number: int = 1) -> Group:
    return Group(
        group=number,
        members=(),
        edges=(),
        layers=(),
        objects=objects,
        object_count=len(objects),
        timeline=Timeline(start_ms=0, bin_ms=1, observed=(), expected=(), low=(), high=()),
        lags=Lags(edges_ms=(0,), members=(), others=()),
        q_value=0.0,
        indicators=(),
    )


def cited(groups: list[Group], *batches: list[dict[str, Any]], posts_max: int = 2_000) -> Citing:
    citing = Citing(groups, posts_max=posts_max)
    for rows in batches:
        table = pa.Table.from_pylist(rows, schema=SCHEMA).select(citing.columns)
        for batch in table.to_batches():
            citing.add(batch)
    return citing


PASSED_ON = group_of(
    shared("repost", "x:1", (10, "a"), (12, "b")), shared("repost", "x:2", (90, "a"), (91, "c"))
)


def test_posts_that_carry_the_coactions_are_cited_in_the_order_of_time():
    citing = cited(
        [PASSED_ON],
        [post("p3", "a", 90, share_of="x:2"), post("p2", "b", 12, share_of="x:1", lang="fr")],
        [
            post(
                "p1",
                "a",
                10,
                share_of="x:1",
                body="Voyez",
                links=[{"url": "https://a.example", "domain": ""}],
            )
        ],
    )
    quotes = citing.quotes(PASSED_ON)
    assert [(one.post_id, one.object_numbers, one.behaviours) for one in quotes] == [
        ("p1", (1,), ("repost",)),
        ("p2", (1,), ("repost",)),
        ("p3", (2,), ("repost",)),
    ]
    assert (quotes[0].body, quotes[0].links, quotes[0].lang) == ("Voyez", ("https://a.example",), "")
    assert quotes[1].key == b"p2--------------"


@pytest.mark.parametrize(
    "stray",
    [
        post("q", "z", 10, share_of="x:1"),  # no member
        post("q", "a", 11, share_of="x:1"),  # another moment: not together
        post("q", "a", 10, share_of="x:9"),  # another object
        post("q", "a", 10, in_reply_to="x:1"),  # another behaviour
    ],
)
def test_nothing_else_is_cited(stray):
    assert cited([PASSED_ON], [stray]).quotes(PASSED_ON) == ()


def test_one_post_that_acts_on_several_objects_is_cited_once():
    group = group_of(
        shared("link", "https://a.example", (5, "a")), shared("link", "https://b.example", (5, "a"))
    )
    links = [{"url": "https://a.example", "domain": ""}, {"url": "https://b.example", "domain": ""}]
    (quote,) = cited([group], [post("p", "a", 5, links=links)]).quotes(group)
    assert quote.object_numbers == (1, 2)


def test_when_there_are_too_many_the_most_telling_objects_come_first():
    telling = shared("repost", "x:1", *((at, "a") for at in range(50, 60)))
    other = shared("repost", "x:2", *((at, "a") for at in range(10)))
    group = group_of(telling, other)
    rows = [
        post(f"p{at}", "a", at, share_of="x:1" if at >= 50 else "x:2") for at in (*range(10), *range(50, 60))
    ]
    quotes = cited([group], rows, posts_max=12).quotes(group)
    assert [one.created_ms for one in quotes] == [0, 1, *range(50, 60)]


def test_a_post_seen_deleted_says_so():
    (quote,) = cited([PASSED_ON], [post("p", "a", 10, share_of="x:1", deleted_seen_ms=99)]).quotes(PASSED_ON)
    assert quote.deleted_ms == 99


def test_the_original_is_quoted_where_it_passes_by_whoever_wrote_it():
    citing = cited([PASSED_ON], [post("x:1", "star", 1, body="Venez jeudi", lang="fr", platform="x")])
    assert citing.originals(PASSED_ON) == {
        "x:1": {
            "key": b"x:1-------------",
            "account": "star",
            "platform": "x",
            "created_ms": 1,
            "lang": "fr",
            "body": "Venez jeudi",
        }
    }


def test_each_group_has_its_own_posts():
    other = group_of(shared("repost", "x:1", (10, "a")), number=2)
    citing = cited(
        [PASSED_ON, other], [post("p", "a", 10, share_of="x:1"), post("q", "b", 12, share_of="x:1")]
    )
    assert [one.post_id for one in citing.quotes(PASSED_ON)] == ["p", "q"]
    assert [one.post_id for one in citing.quotes(other)] == ["p"]


def test_an_objects_language_is_that_of_most_of_its_posts():
    rows = [
        post("p", "a", 10, share_of="x:1", lang="fr"),
        post("q", "b", 12, share_of="x:1", lang="fr"),
        post("r", "a", 90, share_of="x:2"),
    ]
    assert cited([PASSED_ON], rows).langs(PASSED_ON) == ("fr", "")


# --- What shows once all posts are known ---

PICTURE = [{"pdq": "0f" * 32, "pdq_quality": 90}]
LONG = "Un texte assez long pour être copié par plusieurs comptes"


@pytest.mark.parametrize(
    ("behaviour", "what", "says"),
    [
        ("reply_target", "mp (1970-01-01)", {"in_reply_to": "x:0"}),
        ("image_similar", "f0" * 32, {"media": PICTURE}),
        ("text_of_family", "Un autre texte, copié", {"body": LONG}),
    ],
)
def test_an_act_on_what_shows_at_the_end_is_cited_by_its_account_and_moment(behaviour, what, says):
    group = group_of(shared(behaviour, what, (10, "a"), (12, "b")))
    citing = cited(
        [group],
        [post("x:1", "a", 10, **says), post("x:2", "a", 11, **says), post("x:3", "b", 12, **says)],
        [post("x:4", "b", 10, **says), post("x:5", "a", 10)],
    )
    quotes = citing.quotes(group)
    assert [one.post_id for one in quotes] == ["x:1", "x:3"]
    assert quotes[0].behaviours == (behaviour,)
    assert citing.originals(group) == {}


def test_a_shared_post_is_no_copy_of_a_text():
    group = group_of(shared("text_of_family", LONG, (10, "a"), (12, "b")))
    rows = [post("x:1", "a", 10, body=LONG, share_of="x:9"), post("x:3", "b", 12, body=LONG)]
    assert [one.post_id for one in cited([group], rows).quotes(group)] == ["x:3"]
