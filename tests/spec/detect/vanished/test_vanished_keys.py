"""Posts that go: watched from when to when, compared with whom, and never a cause."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.vanished import METHOD, Rule, card, detect
from vigie.detect.vanished.signals import signals
from vigie.detect.vanished.watching import AGES_MS, COLUMNS, watched
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import Words
from vigie.terms.posts import POSTS, conform

HOUR, DAY = 3_600_000, 86_400_000
MONDAY = 20_454 * DAY


def look(post, at, **more):
    """Return one observation of a post of Monday midnight."""
    return {
        "post_id": post, "author": more.pop("author", f"by {post}"), "platform": "x",
        "source_kind": "capture", "created_ms": MONDAY, "collected_ms": at, "lang": "fr", **more,
    }  # fmt: skip


def deleted(post, at, **more):
    return look(post, at, deleted_seen_ms=at, **more)


def table(rows):
    return conform(pa.Table.from_pylist(rows, schema=POSTS))


def crowd(*, going=0.05, count=600, seed=1, **more):
    """Return posts looked at twice, of which a part was gone on the second look."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        about = {"author": f"a{number % 150}", "hashtags": [f"t{number % 10}"], **more}
        rows.append(look(f"p{number}", MONDAY + HOUR, **about))
        when = MONDAY + 2 * DAY
        is_gone = rng.random() < going
        rows.append(deleted(f"p{number}", when, **about) if is_gone else look(f"p{number}", when, **about))
    return rows


def target(*, going=20, count=40, **more):
    """Return posts with one hashtag, of which so many are gone on the second look."""
    rows = []
    for number in range(count):
        about = {"author": f"v{number}", "hashtags": ["Réforme"], **more}
        rows.append(look(f"v{number}", MONDAY + HOUR, **about))
        seen = deleted if number < going else look
        rows.append(seen(f"v{number}", MONDAY + 2 * DAY, **about))
    return rows


def told(rows, **how):
    return {(row["by"], row["key"]): row for row in detect(table(rows), **how).signals.to_pylist()}


def test_nothing_unusual_is_no_signal():
    assert told(crowd()) == {}


def test_a_hashtag_whose_posts_go_far_more_often_is_told_with_what_was_to_be_expected():
    found = told(crowd() + target())
    assert set(found) == {("hashtag", "réforme")}
    row = found["hashtag", "réforme"]
    assert (row["posts"], row["gone"], row["authors_gone"], row["withheld"]) == (40, 20, 20, 0)
    assert 2 < row["expected"] < 5
    assert row["q_value"] <= 0.01


def test_a_post_found_withheld_is_gone_too_and_said_to_be_withheld():
    rows = crowd() + target(going=0)
    for row in rows:
        if row["post_id"] in {f"v{n}" for n in range(20)} and row["collected_ms"] == MONDAY + 2 * DAY:
            row["visibility"] = "withheld"
    row = told(rows)["hashtag", "réforme"]
    assert (row["gone"], row["withheld"]) == (20, 20)


def test_one_author_who_leaves_is_no_signal():
    assert told(crowd() + target(author="one person")) == {}


def test_a_few_authors_who_leave_with_all_their_posts_are_no_signal():
    rows = crowd()
    for number in range(4):
        rows += [{**row, "post_id": f"{number}{row['post_id']}", "author": f"w{number}"} for row in target()]
    assert told(rows) == {}


def test_young_posts_go_more_often_and_are_compared_with_young_posts():
    rows = []
    for number in range(400):  # looked at once more after two days, or after an hour
        young = number % 2
        about = {"author": f"a{number}", "hashtags": ["young" if young else "old"]}
        first = MONDAY if young else MONDAY + 30 * DAY
        rows.append(look(f"p{number}", first, **about))
        seen = deleted if young and number % 10 == 1 else look
        rows.append(seen(f"p{number}", first + HOUR // 2, **about))
    assert told(rows) == {}


def test_a_longer_watch_gives_more_time_to_go():
    rows = []
    for number in range(600):
        long = number % 2
        about = {"author": f"a{number}", "hashtags": ["long" if long else "short"]}
        start = MONDAY + 100 * DAY
        rows.append(look(f"p{number}", start, **about))
        seen = deleted if number % 20 == 1 else look  # all of the long ones
        rows.append(seen(f"p{number}", start + (20 * DAY if long else HOUR), **about))
    assert told(rows) == {}


def test_posts_seen_once_or_only_when_gone_tell_nothing():
    rows = [look(f"p{n}", MONDAY, hashtags=["t"]) for n in range(30)]
    rows += [deleted(f"g{n}", MONDAY + DAY, hashtags=["t"]) for n in range(30)]
    found = detect(table(rows))
    assert (found.post_count, found.watched_count, found.gone_count) == (60, 0, 0)


def test_posts_of_a_stream_are_watched_until_it_ends():
    rows = [look(f"p{n}", MONDAY + n, source_kind="stream") for n in range(10)]
    rows.append(look("last", MONDAY + 3 * DAY, source_kind="stream"))
    watch, count = watched(table(rows).select(COLUMNS), until_ms=None)
    assert count == 11
    assert watch.posts.num_rows == 10  # the last one was watched for no time at all


def test_a_day_on_which_every_post_was_looked_for_makes_all_watched():
    rows = [look(f"p{n}", MONDAY, **({"deleted_seen_ms": MONDAY + DAY} if n < 3 else {})) for n in range(30)]
    found = detect(table(rows), rule=Rule(watched_until_ms=MONDAY + 9 * DAY))
    assert (found.watched_count, found.gone_count) == (30, 3)


def test_groups_that_the_operator_names_are_compared():
    groups = {f"v{n}": "le parti 😀" for n in range(40)}
    found = told(crowd() + target(hashtags=None), groups=groups)
    assert set(found) == {("group", "le parti 😀")}


def test_what_was_to_be_expected_sums_up_to_what_went():
    watch, _ = watched(table(crowd() + target()).select(COLUMNS), until_ms=None)
    assert watch.expected.sum() == pytest.approx(watch.is_gone.sum())


spans = st.tuples(st.integers(0, 100 * 24), st.integers(1, 60 * 24), st.booleans())


@given(found=st.lists(spans, min_size=1, max_size=25))
def test_what_was_to_be_expected_is_that_of_a_plain_reading(found):
    rows = []
    for number, (first, hours, is_gone) in enumerate(found):
        rows.append(look(f"p{number:02}", MONDAY + first * HOUR))
        rows.append((deleted if is_gone else look)(f"p{number:02}", MONDAY + (first + hours) * HOUR))
    watch, _ = watched(table(rows).select(COLUMNS), until_ms=None)
    edges = [edge // HOUR for edge in AGES_MS.tolist()] + [10**9]
    classes = list(pairwise(edges))
    time = {one: sum(inside(span, one) for span in found) for one in classes}
    went = {
        one: sum(is_gone and one[0] < first + hours <= one[1] for first, hours, is_gone in found)
        for one in classes
    }
    for place, span in enumerate(found):
        expected = sum(inside(span, one) * went[one] / time[one] for one in classes if time[one])
        assert watch.expected[place] == pytest.approx(expected)


def inside(span, ages):
    first, hours, _ = span
    return max(0, min(first + hours, ages[1]) - max(first, ages[0]))


@given(seed=st.integers(0, 99))
def test_order_of_rows_and_doubles_change_nothing(seed):
    whole = table(crowd(count=100) + target())
    again = pa.concat_tables([whole, whole.slice(0, 30)])
    mixed = again.take(pa.array(np.random.default_rng(seed).permutation(again.num_rows)))
    one, other = detect(whole), detect(mixed)
    assert one.signals == other.signals
    assert one.gone == other.gone


@pytest.mark.parametrize("rows", [[], [look("p", MONDAY)], [look(None, MONDAY), look(None, MONDAY + 1)]])
def test_little_or_nothing_gives_nothing(rows):
    found = detect(table(rows))
    assert (found.signals.num_rows, found.gone.num_rows, found.test_count) == (0, 0, 0)


def test_a_missing_column_is_said():
    with pytest.raises(UnfitTableError):
        detect(pa.table({"author": ["a"]}))


@pytest.mark.parametrize("wrong", [{"by": ("hat",)}, {"fdr": 2}, {"authors_min": 1}, {"factor_min": 0.5}])
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_a_signal_says_that_the_cause_is_unknown():
    posts = table(crowd() + target())
    (signal,) = signals(detect(posts), posts)
    assert signal.method == METHOD == card().id
    assert (signal.subject_kind, signal.subject) == ("series", "hashtag:réforme")
    assert len(signal.posts) == signal.post_count == 20
    leanings = {one.code: one.leaning for one in signal.indicators}
    assert leanings["cause_unknown"] == "organic"
    assert leanings["one_hour"] == "open"  # one look of the collection finds them all gone, too
    assert "unknown" in signal.sentence
    for language in ("en", "fr"):
        assert "20" in Words(language)(signal.sentence, **signal.facts)


@pytest.mark.parametrize(("posts_each", "is_told"), [(1, False), (2, False), (3, True)])
def test_accounts_are_said_to_have_gone_only_where_they_lost_three_posts_or_more(posts_each, is_told):
    rows = crowd()
    for row in target(going=60, count=120):
        number = int(row["post_id"][1:])
        rows.append({**row, "author": f"w{number // posts_each if number < 60 else number}"})
    posts = table(rows)
    (signal,) = signals(detect(posts), posts)
    assert ("whole_accounts" in {one.code for one in signal.indicators}) == is_told


@pytest.mark.parametrize("tag", ["投票日", "انتخابات", "ᓂᕈᐊᕐᓂᖅ", "🗳️"])
def test_any_script(tag):
    assert ("hashtag", tag) in told(crowd() + target(hashtags=[tag]))


def test_a_look_that_found_a_post_as_it_was_is_told_by_one_row_as_well_as_by_two():
    two = [look(post, at, **more) for post, more in ABOUT for at in (MONDAY + HOUR, MONDAY + 2 * DAY)]
    one = [look(post, MONDAY + HOUR, checked_ms=MONDAY + 2 * DAY, **more) for post, more in ABOUT]
    gone = target(going=20, count=20)
    assert told(one + gone) == told(two + gone)
    assert detect(table(one + gone)).watched_count == len(ABOUT) + 20


def test_a_look_before_a_post_was_collected_tells_nothing():
    rows = [look(post, MONDAY + DAY, checked_ms=MONDAY + HOUR, **more) for post, more in ABOUT]
    assert detect(table(rows)).watched_count == 0


ABOUT = [
    (f"p{number}", {"author": f"a{number % 150}", "hashtags": [f"t{number % 10}"]}) for number in range(600)
]
