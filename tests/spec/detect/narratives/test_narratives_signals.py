"""A narrative is a signal only when it is new or grows against its own past."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from vigie.detect.narratives import RIVER, Rule
from vigie.detect.narratives.rivers import changes
from vigie.detect.narratives.signals import signals
from vigie.terms.languages import LANGUAGES, Words
from vigie.terms.times import DAY_MS, HOUR_MS

RULE = Rule()


def flow(counts, *, others=200, slots_per_day=4):
    """Return a river of one narrative among others, with so many posts per slot."""
    rows = []
    for slot, count in enumerate(counts):
        at = 20_454 * DAY_MS + slot * 6 * HOUR_MS
        rows.append({"narrative": "none", "lang": "en", "slot_ms": at, "posts": others, "accounts": 1})
        if count:
            rows.append({"narrative": "n", "lang": "en", "slot_ms": at, "posts": int(count), "accounts": 1})
    return pa.Table.from_pylist(rows, schema=RIVER)


def change(counts, *, accounts=9, **options):
    return changes(flow(counts, **options), ["n"], ["en"], [accounts], RULE).to_pylist()[0]


def test_what_is_told_as_always_is_steady():
    assert change([5] * 60)["change"] == "steady"


def test_what_doubles_and_more_within_a_day_grows():
    found = change([5] * 56 + [20] * 4)
    assert found["change"] == "grows"
    assert found["recent_posts"] == 80
    assert found["recent_expected"] == pytest.approx(20, rel=0.15)


def test_what_nobody_told_before_is_new():
    assert change([0] * 56 + [5] * 4)["change"] == "new"


def test_what_grows_with_everything_else_is_steady():
    rows = flow([5] * 56 + [20] * 4).to_pylist()
    late = 20_454 * DAY_MS + 56 * 6 * HOUR_MS
    for row in rows:
        row["posts"] *= 4 if row["narrative"] == "none" and row["slot_ms"] >= late else 1
    table = pa.Table.from_pylist(rows, schema=RIVER)
    assert changes(table, ["n"], ["en"], [9], RULE)["change"].to_pylist() == ["steady"]


def test_too_little_past_says_unknown_and_not_new():
    found = change([0] * 20 + [9] * 4)
    assert found["change"] == "unknown"
    assert found["recent_expected"] is None


def test_few_posts_or_few_accounts_are_no_growth():
    assert change([0] * 56 + [2] * 4)["change"] == "steady"
    assert change([0] * 56 + [5] * 4, accounts=2)["change"] == "steady"


def test_what_swings_by_itself_needs_more_to_grow():
    restless = [int(one) for one in 40 * np.array([0.1, 2.5, 0.2, 1.2] * 4).repeat(4)]
    assert change([*restless[:-4], 40, 40, 40, 40])["change"] == "steady"


@pytest.fixture(scope="module")
def found(kit):
    """Return posts in which the first planted narrative begins on the last day, and what is found."""
    posts = kit.posts()
    late = kit.start_ms + 13 * DAY_MS
    at = posts["created_ms"].to_numpy().copy()
    first = posts["topic"].to_numpy() == 1
    at[first] = late + np.arange(first.sum()) * 60_000
    posts = posts.set_column(2, "created_ms", pa.array(at))
    return posts, kit.quickly(posts)


def test_the_new_narrative_is_the_one_signal(kit, found):
    posts, told = found
    (one,) = signals(told, posts)
    assert one.kind == "new"
    assert one.subject_kind == "narrative"
    counts = kit.topics_of(told, posts)[one.subject]
    assert int(np.argmax(counts)) == 1
    assert one.facts["recent"] >= 30
    assert one.q_value <= 0.05


def test_a_signal_has_posts_to_read_accounts_and_a_timeline(found):
    posts, told = found
    (one,) = signals(told, posts)
    assert set(one.posts) <= set(posts["post_id"].to_pylist())
    assert one.accounts
    assert len(one.accounts) == one.account_count
    assert one.post_count == one.facts["recent"]
    assert sum(one.timeline.observed[-4:]) == one.facts["recent"]
    lengths = {len(getattr(one.timeline, name)) for name in ("observed", "expected", "low", "high")}
    assert lengths == {len(one.timeline.observed)}
    assert all(
        low <= mean <= high + 1
        for low, mean, high in zip(one.timeline.low, one.timeline.expected, one.timeline.high, strict=True)
    )
    assert {reading.leaning for reading in one.indicators} == {"organic"}


def test_posts_of_few_accounts_in_the_same_words_lean_to_coordination(found):
    posts, told = found
    late = pc.equal(posts["topic"], 1)
    body = pc.if_else(
        late, pc.list_element(pa.array([posts["body"].to_pylist()[:1]] * posts.num_rows), 0), posts["body"]
    )
    (one,) = signals(told, posts.set_column(4, "body", body))
    assert "same_texts" in {reading.code for reading in one.indicators}


def test_a_common_address_leans_to_an_open_origin(found):
    posts, told = found
    links = pa.array([[{"url": "https://example.org/news", "domain": "example.org"}]] * posts.num_rows)
    (one,) = signals(told, posts.append_column("links", links))
    assert [reading.code for reading in one.indicators if reading.leaning == "open"] == ["one_address"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_take_their_facts_in_both_languages(found, language):
    posts, told = found
    (one,) = signals(told, posts)
    words = Words(language)
    assert str(one.facts["recent"]) in words(one.sentence, **one.facts)
    for reading in one.indicators:
        assert "{" not in words(reading.sentence, **reading.facts)


def test_the_same_narrative_has_the_same_subject_in_two_runs(kit, found):
    posts, told = found
    again = kit.quickly(posts.take(np.arange(posts.num_rows)[::-1]))
    assert [one.subject for one in signals(again, posts)] == [one.subject for one in signals(told, posts)]
