"""Campaigns are planted as told, and the truth names who took part."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from vigie.exercise import KIND_NAMES, CampaignPlan, Exercise, generate
from vigie.terms.errors import BadOptionError

SIX = {"fast", "slow", "popular_only", "sparse", "cover", "pile_on"}


@cache
def exercise(posts: int = 20_000) -> Exercise:
    return generate(seed=11, posts=posts, days=14)


@cache
def rows(posts: int = 20_000) -> pa.Table:
    return pa.Table.from_batches(exercise(posts).batches())


@cache
def everything() -> tuple[Exercise, pa.Table]:
    plan = [CampaignPlan(kind=kind, accounts=12) for kind in KIND_NAMES]
    planted = generate(seed=5, posts=20_000, days=7, campaigns=plan)
    return planted, pa.Table.from_batches(planted.batches())


def members(planted: Exercise, kind: str) -> pa.Array:
    return planted.truth.filter(pc.equal(planted.truth["kind"], kind))["account"].combine_chunks()


def acts_of(planted: Exercise, table: pa.Table, kind: str, column: str) -> pa.Table:
    theirs = table.filter(pc.is_in(table["author"], members(planted, kind)))
    return theirs.filter(pc.is_valid(theirs[column])).select(["author", "created_ms", column])


def common_objects(planted: Exercise, table: pa.Table, kind: str, window_ms: int) -> np.ndarray:
    """Return, read plainly, how many objects each pair of the group shares within the window."""
    by_object: dict[str, list[tuple[int, str]]] = {}
    for row in acts_of(planted, table, kind, "share_of").to_pylist():
        by_object.setdefault(row["share_of"], []).append((row["created_ms"], row["author"]))
    pairs = {tuple(sorted(pair)): set() for pair in combinations(members(planted, kind).to_pylist(), 2)}
    for name, shares in by_object.items():
        for (at_a, a), (at_b, b) in combinations(shares, 2):
            if a != b and abs(at_a - at_b) <= window_ms:
                pairs[tuple(sorted((a, b)))].add(name)
    return np.asarray([len(objects) for objects in pairs.values()])


def test_six_kinds_are_planted_from_20_000_posts_on():
    assert set(exercise().campaigns["kind"].to_pylist()) == SIX
    assert set(exercise().truth["kind"].drop_null().to_pylist()) == SIX


def test_ten_kinds_are_planted_in_larger_conversations():
    assert set(exercise(60_000).campaigns["kind"].to_pylist()) == set(KIND_NAMES)


def test_the_campaigns_asked_for_are_planted_and_no_others():
    planted, _ = everything()
    assert planted.campaigns["kind"].to_pylist() == list(KIND_NAMES)
    assert planted.campaigns["account_count"].to_pylist() == [12] * len(KIND_NAMES)


def test_none_are_planted_when_none_are_asked_for():
    calm = generate(seed=1, posts=2000, days=2, campaigns=())
    assert calm.campaigns.num_rows == 0
    assert "campaign" not in calm.truth["role"].to_pylist()


def test_every_account_in_the_truth_acts_and_every_author_is_in_the_truth():
    truth = exercise().truth["account"].to_pylist()
    assert set(truth) == set(rows()["author"].to_pylist())
    assert len(truth) == len(set(truth))


def test_truth_and_campaigns_count_the_same_accounts():
    planted = exercise()
    counted = planted.truth["campaign"].drop_null().value_counts().to_pylist()
    told = zip(
        planted.campaigns["campaign"].to_pylist(),
        planted.campaigns["account_count"].to_pylist(),
        strict=True,
    )
    assert {one["values"]: one["counts"] for one in counted} == dict(told)


def test_campaign_accounts_also_do_what_everyone_does():
    planted, table = everything()
    theirs = table.filter(pc.is_in(table["author"], members(planted, "pile_on")))
    assert theirs.num_rows > planted.campaigns["act_count"].to_pylist()[KIND_NAMES.index("pile_on")]


@pytest.mark.parametrize(
    ("kind", "window_ms", "low", "high"),
    [
        ("fast", 60_000, 10, 20),
        ("slow", 60_000, 0, 3),
        ("slow", 3_600_000, 12, 28),
        ("popular_only", 60_000, 8, 20),
        ("sparse", 60_000, 1.5, 4),
        ("cover", 60_000, 4, 11),
    ],
)
def test_pairs_of_a_group_share_as_many_objects_as_their_kind_says(kind, window_ms, low, high):
    planted, table = everything()
    assert low <= common_objects(planted, table, kind, window_ms).mean() <= high


def test_popular_only_shares_what_is_popular_anyway():
    planted, table = everything()
    counts = {
        one["values"]: one["counts"] for one in table["share_of"].drop_null().value_counts().to_pylist()
    }
    theirs = acts_of(planted, table, "popular_only", "share_of")["share_of"].to_pylist()
    others = acts_of(planted, table, "fast", "share_of")["share_of"].to_pylist()
    assert np.median([counts[one] for one in theirs]) > 2 * np.median([counts[one] for one in others])


def test_a_cover_account_acts_organically_more_than_for_its_campaign():
    planted, table = everything()
    authors = table.filter(pc.is_in(table["author"], members(planted, "cover")))
    campaign_acts = planted.campaigns["act_count"].to_pylist()[KIND_NAMES.index("cover")]
    assert authors.num_rows > 2 * campaign_acts


def test_a_pile_on_answers_one_candidate_within_hours_in_both_languages():
    planted, table = everything()
    told = planted.campaigns.to_pylist()[KIND_NAMES.index("pile_on")]
    theirs = table.filter(pc.is_in(table["author"], members(planted, "pile_on")))
    replies = theirs.filter(pc.match_substring(pc.fill_null(theirs["body"], ""), told["target"]))
    replies = replies.filter(pc.equal(replies["kind"], "comment"))
    assert replies.num_rows >= 0.8 * told["act_count"]
    assert set(replies["lang"].to_pylist()) == {"fr", "en"}
    assert len(set(replies["in_reply_to"].to_pylist())) <= 12
    assert told["end_ms"] - told["start_ms"] < 8 * 3_600_000


def test_pile_on_replies_are_reworded_not_copied():
    planted, table = everything()
    theirs = table.filter(pc.is_in(table["author"], members(planted, "pile_on")))
    replies = theirs.filter(pc.equal(theirs["kind"], "comment"))["body"].to_pylist()
    assert len(set(replies)) > 0.7 * len(replies)


@pytest.mark.parametrize(
    ("kind", "column"),
    [("copypasta", "body"), ("hashtag_train", "hashtags"), ("link_push", "links"), ("image_drop", "media")],
)
def test_a_group_repeats_what_its_kind_is_named_after(kind, column):
    planted, table = everything()
    said = [str(one) for one in acts_of(planted, table, kind, column)[column].to_pylist() if one]
    often = [one for one in set(said) if said.count(one) >= 4]
    assert sum(said.count(one) for one in often) > 20


def test_a_pushed_site_is_linked_by_its_campaign_only():
    planted, table = everything()
    group = set(members(planted, "link_push").to_pylist())
    linking = [
        (row["author"], row["links"][0]["domain"])
        for row in table.select(["author", "links"]).to_pylist()
        if row["links"]
    ]
    within = {domain for author, domain in linking if author in group}
    outside = {domain for author, domain in linking if author not in group}
    assert len(within - outside) == 1


def test_each_story_is_told_in_french_and_english():
    for row in everything()[0].campaigns.to_pylist():
        assert row["story_fr"] != row["story_en"]
        assert row["target"] in row["story_fr"]
        assert row["target"] in row["story_en"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadOptionError, match="slander"):
        generate(seed=1, posts=2000, days=2, campaigns=[CampaignPlan(kind="slander", accounts=8)])


@pytest.mark.parametrize("accounts", [1, 21])
def test_a_group_too_small_or_too_large_for_its_surroundings_is_refused(accounts):
    with pytest.raises(BadOptionError, match="--campaign"):
        generate(seed=1, posts=2000, days=2, campaigns=[CampaignPlan(kind="fast", accounts=accounts)])


def test_campaigns_that_leave_no_room_for_people_are_refused():
    with pytest.raises(BadOptionError, match="--posts"):
        generate(seed=1, posts=2000, days=2, campaigns=[CampaignPlan(kind="slow", accounts=20)] * 6)
