"""What is settled once all posts are known: who is answered, which pictures look alike; and copies."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.behaviours import BEHAVIOURS, COPIES, LOOSER, OTHER_LOOKS, actions, columns_for
from vigie.detect.coaction import detect
from vigie.detect.coaction.groups import kind_of
from vigie.detect.gathering import Gathering
from vigie.pipeline import looks_of
from vigie.terms.posts import POSTS, conform

DAY = 86_400_000
TARGET, SIMILAR = LOOSER
PDQ = "837994ac2b577b43b1e43c86b36471e223778c9cdc888e1d5c9bc3790b5994bc"
NEAR = "837994ac2b577b43b1e43c86b36471e223778c9cdc888e1d5c9bc3790b5994bf"
FAR = "0123456789abcdef" * 4


def posts(*rows):
    """Return canonical posts; what a row does not say is null, but for who, when and which."""
    whole = [
        {"author": "ana", "created_ms": DAY, "post_id": f"p{number}", **row}
        for number, row in enumerate(rows)
    ]
    return conform(pa.Table.from_pylist(whole, schema=POSTS))


def acts(behaviour, *rows, **how):
    found = actions(posts(*rows), behaviour, **how).to_pylist()
    return [(act["account"], act["object"]) for act in found]


def picture(pdq=None, sha256=None, quality=None):
    return {"pdq": pdq, "sha256": sha256, "pdq_quality": quality}


def test_an_answer_is_an_act_on_whoever_wrote_the_post_that_is_answered():
    rows = [{"author": "mp"}, {"author": "bo", "in_reply_to": "p0", "mentions": ["someone else"]}]
    assert acts(TARGET, *rows) == [("bo", "mp (1970-01-02)")]


def test_where_that_post_is_unknown_it_is_whom_the_answer_mentions_first():
    assert acts(TARGET, {"author": "bo", "in_reply_to": "p9", "mentions": ["mp", "x"]}) == [
        ("bo", "mp (1970-01-02)")
    ]


@pytest.mark.parametrize("mentions", [None, [], [""], [None]])
def test_where_neither_is_known_there_is_no_act(mentions):
    assert acts(TARGET, {"author": "bo", "in_reply_to": "p9", "mentions": mentions}) == []


def test_who_goes_on_with_a_thread_of_their_own_answers_nobody():
    assert acts(TARGET, {"author": "mp"}, {"author": "mp", "in_reply_to": "p0"}) == []


def test_a_mention_without_an_answer_is_no_act():
    assert acts(TARGET, {"author": "bo", "mentions": ["mp"]}) == []


def test_an_account_is_another_object_on_another_day():
    rows = [{"author": "bo", "in_reply_to": "p9", "mentions": ["mp"], "created_ms": DAY * n} for n in (1, 2)]
    assert len({what for _, what in acts(TARGET, *rows)}) == 2


def test_answers_to_two_posts_of_one_account_are_acts_on_one_object():
    rows = [{"author": "mp"}, {"author": "mp"}, {"author": "bo", "in_reply_to": "p0"}]
    found = acts(TARGET, *rows, {"author": "cy", "in_reply_to": "p1"})
    assert len({what for _, what in found}) == 1


def test_pictures_that_look_alike_are_one_object_and_others_are_not():
    rows = [{"media": [picture(pdq)]} for pdq in (PDQ, NEAR, FAR)]
    found = [what for _, what in acts(SIMILAR, *rows, looks_of=looks_of)]
    assert len(set(found[:2])) == 1
    assert len(set(found)) == 2


def test_a_picture_that_tells_too_little_is_known_by_its_bytes():
    rows = [
        {"media": [picture(PDQ, "aa", 20), picture(NEAR, "bb", 49), picture(FAR, "cc", 50), picture(PDQ)]}
    ]
    assert [what for _, what in acts(SIMILAR, *rows, looks_of=looks_of)] == [
        "sha256:aa", "sha256:bb", FAR, PDQ,
    ]  # fmt: skip


@given(order=st.permutations([PDQ, NEAR, FAR, "not a hash", "f0"]))
def test_which_picture_stands_for_others_does_not_depend_on_their_order(order):
    found = dict(zip(order, looks_of(pa.array(order), OTHER_LOOKS.empty_table()).to_pylist(), strict=True))
    assert found == {PDQ: PDQ, NEAR: PDQ, FAR: FAR, "not a hash": "not a hash", "f0": "f0"}


ids = st.none() | st.sampled_from(["p0", "p1", "p2"])
some_posts = st.lists(
    st.fixed_dictionaries(
        {
            "author": st.sampled_from(["ana", "公民", "أحمد"]),
            "created_ms": st.integers(0, 2).map(lambda day: day * DAY),
            "in_reply_to": ids,
            "share_of": st.none() | st.just("p1"),
            "mentions": st.none() | st.lists(st.sampled_from(["ana", "", "z"]), max_size=2),
            "media": st.none()
            | st.lists(
                st.builds(picture, st.sampled_from([None, PDQ, NEAR, FAR, ""]), st.none() | st.just("aa")),
                max_size=2,
            ),
        }
    ),
    max_size=10,
)  # fmt: skip


@given(rows=some_posts, size=st.integers(1, 10))
def test_however_posts_are_cut_into_batches_the_acts_are_the_same(rows, size):
    table = posts(*rows).select(columns_for(LOOSER))
    gathering = Gathering(LOOSER, with_origins=False, looks_of=looks_of)
    for start in range(0, table.num_rows, size):
        for batch in table.slice(start, size).to_batches():
            gathering.add(batch)
    for behaviour in LOOSER:
        expected = actions(table, behaviour, looks_of=looks_of).to_pylist()
        assert gathering.actions(behaviour).to_pylist() == expected


def test_who_is_answered_is_where_an_answer_comes_from():
    gathering = Gathering(LOOSER)
    assert gathering.origins("reply_target", pa.array(["a (b) (2026-01-02)"])).to_pylist() == ["a (b)"]


def test_looser_behaviours_are_of_a_kind_with_the_strict_ones_and_stand_after_them():
    for loose in (*(one.id for one in LOOSER), COPIES):
        strict = [one.id for one in BEHAVIOURS if kind_of(one.id) == kind_of(loose)]
        assert strict
        assert all(one < loose for one in strict)


def conversation():
    """Return acts of three accounts that post copies of one text, and of others, as families hold them."""
    rng = np.random.default_rng(1)
    rows = [
        (who, f"family {n}", n * 3_600_000 + k * 1_000)
        for n in range(8)
        for k, who in enumerate(["ana", "bo", "cy"])
    ]
    rows += [
        (f"o{rng.integers(0, 200)}", f"x{rng.integers(0, 300)}", int(rng.integers(0, DAY)))
        for _ in range(2_000)
    ]
    account, what, at = zip(*rows, strict=True)
    return pa.table({"account": account, "object": what, "at_ms": pa.array(at, pa.int64())})


def test_copies_that_another_method_found_are_acts_like_others():
    gathering = Gathering(BEHAVIOURS[:1])
    gathering.hold(COPIES, conversation())
    for batch in posts({}, {"share_of": "p9"}).select(columns_for(BEHAVIOURS[:1])).to_batches():
        gathering.add(batch)  # posts that come later change nothing of it
    assert [one.id for one in gathering.behaviours] == ["repost", COPIES]
    found = detect({one.id: gathering.actions(one) for one in gathering.behaviours})
    assert found.membership["account"].to_pylist() == ["ana", "bo", "cy"]


def test_the_same_evidence_seen_as_a_text_and_as_a_family_is_not_summed():
    acts = conversation()
    once = detect({"text": acts}, seed=1)
    twice = detect({"text": acts, COPIES: acts}, seed=1)
    assert once.groups
    for one, other in zip(once.groups[0].edges, twice.groups[0].edges, strict=True):
        assert one.object_count == other.object_count
        assert other.surprise == pytest.approx(one.surprise, rel=0.05)
