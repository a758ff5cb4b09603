"""What is found: the planted narratives, whatever the script, the order of rows or what was read before."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.narratives import METHOD, NONE, Earlier, Readers, Rule, card, detect
from vigie.detect.narratives.matching import matched
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.times import DAY_MS


def earlier_of(found):
    return Earlier(narratives=found.narratives, members=found.members, river=found.river)


def test_planted_narratives_are_found_each_apart(kit, told):
    posts, found = told
    held = kit.topics_of(found, posts)
    assert len(held) == 3
    for counts in held.values():
        assert max(counts) > 30
        assert max(counts) > 0.9 * sum(counts)


def test_most_posts_that_tell_nothing_planted_stay_none(told):
    posts, found = told
    topic = dict(zip(posts["post_id"].to_pylist(), posts["topic"].to_pylist(), strict=True))
    of_none = [row["narrative"] for row in found.members.to_pylist() if topic[row["post_id"]] == 0]
    assert of_none.count(NONE) > 0.85 * len(of_none)


def test_every_post_has_one_row_and_the_tables_agree(told):
    posts, found = told
    assert sorted(found.members["post_id"].to_pylist()) == sorted(posts["post_id"].to_pylist())
    counted = Counter(found.members["narrative"].to_pylist())
    for row in found.narratives.to_pylist():
        own = found.members.filter(pc.equal(found.members["narrative"], row["narrative"]))
        assert row["posts"] == counted[row["narrative"]] == own.num_rows
        assert (row["first_ms"], row["last_ms"]) == tuple(pc.min_max(own["created_ms"]).as_py().values())
        assert row["accounts"] == len(set(own["account"].to_pylist()))
        assert row["specimen"] in own["post_id"].to_pylist()
        first = own.sort_by([("created_ms", "ascending"), ("post_id", "ascending")])
        assert row["first_post"] == first["post_id"][0].as_py()
    assert set(found.river["narrative"].to_pylist()) == set(counted)
    assert pc.sum(found.river["posts"]).as_py() == posts.num_rows


def test_a_narrative_is_called_by_words_of_its_own(kit, told):
    posts, found = told
    words = kit.words("en", 900)
    for name, counts in kit.topics_of(found, posts).items():
        topic = int(np.argmax(counts))
        (row,) = [one for one in found.narratives.to_pylist() if one["narrative"] == name]
        assert len(set(row["terms"][:8]) & set(words[20 * topic : 20 * topic + 20])) >= 7


@pytest.mark.parametrize("lang", ["fr", "ar", "ru", "iu", "zh", "ja", "th"])
def test_narratives_are_found_in_any_script(kit, lang):
    posts = kit.posts(lang, topics=2)
    held = kit.topics_of(kit.quickly(posts), posts)
    assert {int(np.argmax(counts)) for counts in held.values()} == {1, 2}
    assert all(max(counts) > 0.85 * sum(counts) for counts in held.values())


def test_shuffled_words_tell_nothing(kit):
    posts = kit.posts(topics=3)
    words = [word for text in posts["body"].to_pylist() for word in text.split()]
    shuffled = np.random.default_rng(5).permutation(words).reshape(-1, 12)
    bodies = pa.array([" ".join(text) for text in shuffled])
    assert kit.quickly(posts.set_column(4, "body", bodies)).narratives.num_rows == 0


@given(st.integers(0, 99))
@settings(deadline=None, max_examples=3)
def test_the_order_of_rows_and_rows_read_twice_change_nothing(kit, told, seed):
    posts, found = told
    order = np.random.default_rng(seed).permutation(posts.num_rows)
    twice = pa.concat_tables([posts.take(order), posts.take(order[:50])])
    again = kit.quickly(twice)
    for name in ("narratives", "members", "river", "links"):
        assert getattr(again, name).equals(getattr(found, name))


def test_another_seed_finds_the_same_narratives_by_and_large(kit, told):
    posts, found = told
    other = kit.quickly(posts, seed=7)
    pairs = zip(found.members["narrative"].to_pylist(), other.members["narrative"].to_pylist(), strict=True)
    assert sum((a == NONE) == (b == NONE) for a, b in pairs) > 0.85 * posts.num_rows


def test_what_is_not_learned_from_joins_the_nearest_narrative(kit):
    posts = kit.posts(of_each=100, of_none=100)
    found = kit.quickly(posts, rule=Rule(fit_max=250))
    (language,) = found.languages
    assert (language.texts, language.fitted) == (400, 250)
    held = kit.topics_of(found, posts)
    assert sum(max(counts) for counts in held.values()) > 180
    assert all(max(counts) > 0.9 * sum(counts) for counts in held.values())


def test_a_post_that_passes_another_on_tells_what_that_one_tells(kit, told):
    posts, found = told
    inside = found.members.filter(pc.not_equal(found.members["narrative"], NONE))
    shared = pa.table(
        {
            "post_id": ["share"],
            "author": ["z"],
            "created_ms": [kit.start_ms + 20 * DAY_MS],
            "lang": ["en"],
            "body": pa.array([None], pa.string()),
            "share_of": inside["post_id"][:1],
        }
    )
    whole = pa.concat_tables([posts.drop_columns(["topic"]), shared], promote_options="default")
    rows = {row["post_id"]: row["narrative"] for row in kit.quickly(whole).members.to_pylist()}
    assert rows["share"] == rows[inside["post_id"][0].as_py()] != NONE


def test_the_same_narrative_keeps_its_id_and_when_it_was_first_seen(kit):
    posts = kit.posts(of_each=90)
    half = kit.start_ms + 7 * DAY_MS
    early = posts.filter(pc.less(posts["created_ms"], half))
    late = posts.filter(pc.greater_equal(posts["created_ms"], half))
    before = kit.quickly(early)
    after = kit.quickly(late, earlier=earlier_of(before))
    by_topic = [
        {int(np.argmax(counts)): name for name, counts in kit.topics_of(found, some).items()}
        for found, some in ((before, early), (after, late))
    ]
    assert by_topic[0] == by_topic[1]
    first = {row["narrative"]: row["first_ms"] for row in before.narratives.to_pylist()}
    for row in after.narratives.to_pylist():
        assert row["is_known"]
        assert row["first_ms"] == first[row["narrative"]]
    assert pc.min(after.river["slot_ms"]).as_py() == pc.min(before.river["slot_ms"]).as_py()


def test_a_run_over_the_same_posts_keeps_all_ids(kit, told):
    posts, found = told
    again = kit.quickly(posts, seed=3, earlier=earlier_of(found))
    known = [row["narrative"] for row in again.narratives.to_pylist() if row["is_known"]]
    assert sorted(known) == sorted(found.narratives["narrative"].to_pylist())


def test_a_narrative_that_nobody_tells_any_more_is_dormant_and_may_come_back(kit, told):
    posts, found = told
    other = kit.posts(topics=0, of_none=200, seed=9)
    quiet = kit.quickly(other, earlier=earlier_of(found))
    assert quiet.narratives["change"].to_pylist() == ["dormant"] * 3
    back = kit.quickly(posts, earlier=earlier_of(quiet))
    assert sorted(back.narratives["narrative"].to_pylist()) == sorted(
        found.narratives["narrative"].to_pylist()
    )


def test_each_narrative_is_matched_once_the_most_alike_first():
    words = {"a": 1.0, "b": 1.0}
    now = [("en", words), ("en", {"a": 1.0, "b": 0.9}), ("fr", words)]
    assert matched(now, [("en", words)], Counter()) == {0: 0}
    assert matched(now, [("en", words)], Counter({(1, 0): 9})) == {1: 0}  # posts say more than words
    assert matched(now, [("en", {"z": 1.0})], Counter({(0, 0): 1, (-1, 0): 50})) == {}


def linked_posts(kit, **of_planted):
    """Return posts in two languages whose first topic holds the same traces."""
    tables = []
    for lang in ("en", "fr"):
        posts = kit.posts(lang, topics=2)
        first = posts["topic"].to_numpy() == 1
        none = [[] for _ in first]
        columns = {name: [value if one else [] for one in first] for name, value in of_planted.items()}
        links = pa.array(
            columns.get("links", none), pa.list_(pa.struct([("url", pa.string()), ("domain", pa.string())]))
        )
        tags = pa.array(columns.get("hashtags", none), pa.list_(pa.string()))
        tables.append(posts.append_column("links", links).append_column("hashtags", tags))
    return pa.concat_tables(tables)


@pytest.mark.parametrize(
    ("traces", "kind"),
    [
        ({"links": [{"url": "https://example.org/a", "domain": "example.org"}]}, "addresses"),
        ({"hashtags": ["Loi99", "Vote"]}, "hashtags"),
    ],
)
def test_narratives_of_two_languages_that_share_traces_are_linked(kit, traces, kind):
    found = kit.quickly(linked_posts(kit, **traces))
    (link,) = found.links.to_pylist()
    assert {link["language_a"], link["language_b"]} == {"en", "fr"}
    assert link["narrative_a"] < link["narrative_b"]
    assert link[kind]


def test_one_hashtag_alone_links_nothing(kit):
    assert kit.quickly(linked_posts(kit, hashtags=["Vote"])).links.num_rows == 0


def test_numbers_and_names_are_found_by_readers_that_are_handed_over(kit):
    posts = linked_posts(kit)
    ends = np.where(posts["topic"].to_numpy() == 1, " 4321 person", "")
    bodies = pc.binary_join_element_wise(posts["body"], pa.array(ends.tolist()), "")
    posts = posts.set_column(4, "body", bodies)
    assert kit.quickly(posts).linked_by == ("addresses", "media", "hashtags", "words")
    readers = Readers(
        numbers=lambda text: {"4321"} & set(text.split()),
        names=lambda text: {"id"} if "person" in text else (),
    )
    found = kit.quickly(posts, readers=readers)
    (link,) = found.links.to_pylist()
    assert (link["numbers"], link["names"]) == (["4321"], ["id"])


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_posts_tell_nothing_and_are_none(kit, rows):
    found = kit.quickly(kit.posts().slice(0, rows))
    assert found.narratives.num_rows == found.links.num_rows == 0
    assert found.members["narrative"].to_pylist() == [NONE] * rows


def test_posts_without_words_are_none_and_counted(kit):
    posts = kit.posts()
    bodies = [None, "", "🙂🙂", "@someone https://x.example/"]
    silent = pa.table(
        {"post_id": list("abcd"), "author": list("abcd"), "created_ms": [kit.start_ms] * 4, "body": bodies}
    )
    found = kit.quickly(pa.concat_tables([posts.drop_columns(["topic"]), silent], promote_options="default"))
    assert found.silent_count == 4
    rows = {row["post_id"]: row for row in found.members.to_pylist()}
    assert [rows[one]["narrative"] for one in "abcd"] == [NONE] * 4


def test_a_language_that_nothing_tells_is_und(kit):
    posts = kit.posts(topics=0, of_none=30).drop_columns(["lang"])
    assert {row["lang"] for row in kit.quickly(posts).members.to_pylist()} == {"und"}


@pytest.mark.parametrize("column", ["author", "created_ms", "body"])
def test_a_table_without_what_is_needed_is_refused(kit, column):
    with pytest.raises(UnfitTableError):
        detect(kit.posts().drop_columns([column]))


def test_earlier_tables_of_something_else_are_refused(told):
    _posts, found = told
    with pytest.raises(UnfitTableError):
        Earlier(narratives=found.members, members=found.members, river=found.river)


@pytest.mark.parametrize(
    "wrong",
    [
        {"texts_min": 1}, {"fit_max": 5}, {"resolution": 0}, {"chance_max": 1}, {"growth_min": 1}, {"fdr": 0},
        {"slot_ms": 7_000_000}, {"recent_ms": 1}, {"history_ms": DAY_MS}, {"resolution": float("nan")},
    ],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_the_card_names_the_method():
    assert card().id == METHOD
