"""What is told of counters: out of proportion with the account's own, or with its peers'."""

from __future__ import annotations

from itertools import pairwise

import engagement_by_hand as by_hand
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vigie.detect.engagement import COLUMNS, METHOD, Rule, card, detect
from vigie.detect.engagement.comparing import chances, counted, logs_of, scores
from vigie.detect.engagement.others import usual_of_own, usual_of_peers
from vigie.detect.engagement.readings import figures, follower_class
from vigie.detect.false_discovery import q_values
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.posts import POSTS

HOUR_MS = 3_600_000
CREATED_MS = 1_760_000_000_000


def post(account, number, *, hours=5, followers=1_500, **counters):
    readings = [
        {"name": name, "value": value, "at_ms": CREATED_MS + hours * HOUR_MS}
        for name, value in counters.items()
        if value is not None
    ]
    return {
        "post_id": f"{account}-{number}",
        "platform": "x",
        "author": account,
        "author_followers": followers,
        "created_ms": CREATED_MS,
        "collected_ms": CREATED_MS + hours * HOUR_MS,
        "counts": readings or None,
    }


def table(rows):
    return pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in COLUMNS]))


def told(rows, **rule):
    return detect(table(rows), rule=Rule(**rule)).signals.to_pylist()


def crowd(*, accounts=8, each=12, seed=1, **more):
    """Return posts of accounts of one class, whose views and likes scatter as they do."""
    chance = np.random.default_rng(seed)
    rows = []
    for account in range(accounts):
        for number in range(each):
            views = int(np.exp(chance.normal(7, 0.7)))
            likes = int(chance.poisson(views * 0.03 * np.exp(chance.normal(0, 0.3))))
            rows.append(post(f"a{account}", number, views=views, likes=likes, **more))
    return rows


def test_a_crowd_that_scatters_as_usual_is_no_signal():
    assert told(crowd()) == []


def test_far_too_many_likes_are_told_with_what_they_are_compared_with():
    rows = [*crowd(), post("a1", 99, views=1_100, likes=900_000)]
    likes = [one for one in told(rows) if one["measure"] == "likes"]
    assert {(one["post_id"], one["direction"]) for one in likes} == {("a1-99", "much")}
    of = {one["compared_with"]: one for one in likes}
    assert of["account"]["compared_items"] == 12
    assert of["peers"]["compared_items"] == 7 * 12
    assert of["peers"]["compared_accounts"] == 7
    assert of["peers"]["factor"] > 1_000


def test_many_views_that_hardly_anybody_touched_are_told():
    rows = [*crowd(), post("a1", 99, views=90_000, likes=0)]
    little = [one for one in told(rows) if one["direction"] == "little"]
    assert {(one["post_id"], one["measure"]) for one in little} == {("a1-99", "reactions_per_view")}
    assert little[0]["value"] == 0
    assert little[0]["usual"] == pytest.approx(0.03, rel=0.2)


def test_a_counter_that_was_not_read_is_unknown_and_never_zero():
    rows = [*crowd(), post("a1", 99, views=90_000, likes=None)]
    assert not [one for one in told(rows) if one["direction"] == "little"]


def test_a_post_without_any_counter_is_counted_as_such():
    found = detect(table([*crowd(), post("a1", 99)]))
    assert (found.item_count, found.counted_item_count) == (97, 96)


def test_a_post_that_nobody_read_is_no_anomaly_by_itself():
    rows = [*crowd(), post("a1", 99, views=0, likes=0)]
    assert told(rows) == []


def test_posts_are_compared_at_the_same_age():
    young = [post(f"b{n % 8}", n, hours=0, views=2 + n % 3, likes=0) for n in range(40)]
    assert told([*crowd(), *young]) == []


def test_posts_are_compared_within_the_class_of_followers():
    large = crowd(seed=2, followers=2_000_000)
    for number, row in enumerate(large):
        row["post_id"], row["author"] = f"l{number}", f"large{number % 8}"
        row["counts"] = [{**one, "value": one["value"] * 1_000} for one in row["counts"]]
    assert told([*crowd(), *large]) == []


def test_followers_are_classed_by_powers_of_ten_and_unknown_is_a_class():
    counts = pa.array([None, 0, 9, 10, 999, 1_000], pa.int64())
    assert follower_class(counts).tolist() == [-1, 0, 0, 1, 2, 3]


def test_too_little_to_compare_with_is_said_and_is_no_signal():
    rows = [post("a", number, likes=5) for number in range(5)] + [post("a", 9, likes=9_000_000)]
    found = detect(table(rows))
    assert found.signals.num_rows == 0
    assert found.test_count == 0
    assert found.uncompared_figure_count == found.figure_count == 6


def test_a_late_surge_shows_in_what_was_gained():
    rows = []
    for row in crowd(seed=3):
        later = [
            {**one, "at_ms": CREATED_MS + 100 * HOUR_MS, "value": one["value"] + 40} for one in row["counts"]
        ]
        rows.append({**row, "counts": row["counts"] + later})
    rows[5]["counts"][-1]["value"] += 60_000
    gains = [one for one in told(rows) if one["measure"] == "gain_of_likes"]
    assert {one["post_id"] for one in gains} == {rows[5]["post_id"]}
    assert gains[0]["age"] == "1-6h → 3-7d"


def test_several_rows_of_one_post_are_one_item_with_a_history():
    rows = [post("a", 1, hours=2, likes=5), post("a", 1, hours=5, likes=9), post("a", 1, hours=30, likes=12)]
    kept, read = figures(table(rows))
    likes = {row["age"]: row["value"] for row in read.to_pylist() if row["measure"] == "likes"}
    assert kept.num_rows == 1
    assert likes == {"1-6h": 9, "1-3d": 12}


def test_a_reading_of_unknown_moment_is_of_unknown_age():
    row = post("a", 1, likes=5)
    row["counts"][0]["at_ms"] = row["collected_ms"] = None
    _kept, read = figures(table([row]))
    assert read.column("age").to_pylist() == ["?"]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 100))
def test_the_order_of_rows_changes_nothing(seed):
    rows = [*crowd(), post("a1", 99, views=90_000, likes=0), post("a2", 99, views=1_000, likes=80_000)]
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    assert told(shuffled) == told(rows)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_are_those_of_benjamini_and_hochberg(p):
    plain = stats.false_discovery_control(np.array(p), method="bh")
    assert q_values(np.array(p)) == pytest.approx(plain)


def much(others, values):
    """Return the chance of so much, for each value beside the same others."""
    found = []
    for value in values:
        among, exposures = np.append(float(value), others), np.ones(len(others) + 1)
        counts = counted(among, exposures)
        usual = usual_of_own(
            among, logs_of(among, exposures), counts, exposures, starts=np.array([0, len(among)])
        )
        first = usual.at(np.array([0]))
        score = scores(among[:1], exposures[:1], first)
        found.append(float(chances(score, counts[:1], exposures[:1], first)[0][0]))
    return found


@given(
    others=st.lists(st.integers(0, 50), min_size=5, max_size=30),
    value=st.integers(0, 80),
    more=st.integers(0, 50),
)
def test_more_is_never_more_likely_by_chance(others, value, more):
    less_likely, likely = much(np.array(others, float), [value + more, value])
    assert less_likely <= likely + 1e-12


def test_a_handful_where_none_was_usual_is_judged_exactly():
    assert much(np.zeros(20), [3])[0] >= stats.binom.sf(2, 3, 1 / 21)


@pytest.mark.parametrize("others", [8, 20, 50])
def test_chances_are_not_understated_where_there_is_nothing_to_find(others):
    chance = np.random.default_rng(5)
    values = np.exp(chance.normal(6, 1, (3_000, others + 1))).round()
    of_chance = [much(row[1:], row[:1])[0] for row in values]
    assert np.mean(np.array(of_chance) <= 0.01) <= 0.016


figures_of_accounts = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1, 1, 2, 7])), min_size=2, max_size=6),
    min_size=2,
    max_size=6,
)


@settings(deadline=None)
@given(accounts=figures_of_accounts)
def test_what_is_usual_among_others_is_what_a_plain_reading_says(accounts):
    counts = np.array([count for own in accounts for count, _exposure in own])
    exposures = np.array([exposure for own in accounts for _count, exposure in own], float)
    values = counts / exposures
    starts = np.concatenate(([0], np.cumsum([len(own) for own in accounts])))
    logs = logs_of(values, exposures)
    own = usual_of_own(values, logs, counts, exposures, starts=starts)
    peers = usual_of_peers(values, logs, counts, exposures, starts=starts)
    every = np.arange(len(values))
    account_of = np.repeat(np.arange(len(accounts)), np.diff(starts))
    between = by_hand.between(values, exposures, account_of)
    for account, (first, end) in enumerate(pairwise(starts)):
        others = (every < first) | (every >= end)
        same(peers, account, by_hand.usual(values[others], exposures[others], account_of[others], between))
        for figure in range(first, end):
            of_own = (every >= first) & (every < end) & (every != figure)
            plain = by_hand.usual(values[of_own], exposures[of_own], account_of[of_own], 0.0)
            same(own, figure, plain)


def same(usual, place, plain):
    for name in plain.__dataclass_fields__:
        assert getattr(usual, name)[place] == pytest.approx(getattr(plain, name), abs=1e-12), name


LOOSE = Rule(fdr=0.3, own_items_min=5, peer_items_min=5, peer_accounts_min=2, views_min=10)


def histories(seed, posts=150):
    """Return posts read at several ages, with unknown moments, accounts, platforms, classes and counters."""
    chance = np.random.default_rng(seed)
    rows = []
    for _post in range(posts):
        readings = [
            {"name": name, "at_ms": at_ms, "value": _some(chance, name)}
            for at_ms in _moments(chance)
            for name in ("views", "likes", "shares", "likes.expected")
            if chance.random() < 0.7
        ]
        rows.append(
            {
                "post_id": None if chance.random() < 0.02 else f"p{chance.integers(posts)}",
                "platform": str(chance.choice(["x", "微博"])) if chance.random() > 0.05 else None,
                "author": f"a{chance.integers(8)}",
                "author_followers": None if chance.random() < 0.2 else int(chance.choice([5, 5_000])),
                "created_ms": CREATED_MS,
                "collected_ms": None if chance.random() < 0.1 else CREATED_MS + HOUR_MS,
                "counts": readings or None,
            }
        )
    return table(rows)


def _moments(chance):
    hours = chance.choice([0.5, 3, 10, 50, 1_000], int(chance.integers(0, 4)))
    return [None if chance.random() < 0.05 else CREATED_MS + int(one * HOUR_MS) for one in hours]


def _some(chance, name):
    if chance.random() < 0.02:
        return int(chance.choice([0, 1_000_000, -1]))
    return int(np.exp(chance.normal(6 if name == "views" else 2, 1)))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_whole_runs_say_what_a_plain_reading_says(seed):
    posts = histories(seed)
    assert figures(posts)[1].cast(by_hand.FIGURES).to_pylist() == by_hand.figures(posts)[1].to_pylist()
    found = detect(posts, rule=LOOSE)
    plain, comparisons = by_hand.detect(posts, LOOSE)
    assert found.test_count == comparisons
    assert in_order(found.signals.to_pylist()) == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in one.items()}
        for one in in_order(plain)
    ]


def in_order(signals):
    names = ("post_id", "measure", "age", "compared_with", "value")
    return sorted(signals, key=lambda one: [str(one[name]) for name in names])


def test_what_has_no_known_account_or_moment_is_not_compared_and_stops_nothing():
    nameless = {**post("a1", 98, views=90_000, likes=0), "author": None}
    timeless = {**post("a1", 99, views=90_000, likes=0), "created_ms": None}
    found = detect(table([*crowd(), nameless, timeless]))
    assert {one["post_id"] for one in found.signals.to_pylist()} == set()
    assert (found.item_count, found.counted_item_count, found.compared_item_count) == (98, 98, 96)


@pytest.mark.parametrize("rows", [[], [{}], [post("a", 1)]])
def test_almost_nothing_is_no_signal(rows):
    found = detect(table(rows))
    assert (found.signals.num_rows, found.test_count, found.item_count) == (0, 0, len(rows))


def test_a_table_without_counters_is_refused():
    with pytest.raises(UnfitTableError):
        detect(table(crowd()).drop_columns(["counts"]))


@pytest.mark.parametrize("wrong", [{"fdr": 0}, {"fdr": 1}, {"factor_min": 0.5}, {"own_items_min": 2}])
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_the_card_tells_of_this_method_in_both_languages():
    about = card()
    assert about.id == METHOD
    assert set(about.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*about.failures, *about.never_claims, *about.steps))
