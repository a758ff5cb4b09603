"""Counters out of proportion as signals: one for each account and direction, with figures and readings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.engagement import COLUMNS, METHOD, detect
from vigie.detect.engagement.signals import signals
from vigie.terms.languages import LANGUAGES, Words
from vigie.terms.posts import POSTS

HOUR_MS = 3_600_000
CREATED_MS = 1_760_000_000_000


def post(account, number, *, hours=5, **counters):
    at_ms = None if hours is None else CREATED_MS + hours * HOUR_MS
    return {
        "post_id": f"{account}-{number}",
        "platform": "x",
        "author": account,
        "author_followers": 1_500,
        "created_ms": CREATED_MS + number,
        "collected_ms": at_ms,
        "counts": [{"name": name, "value": value, "at_ms": at_ms} for name, value in counters.items()],
    }


def crowd(*, hours=5):
    chance = np.random.default_rng(1)
    for account in range(8):
        for number in range(12):
            views = int(np.exp(chance.normal(7, 0.7)))
            likes = int(chance.poisson(views * 0.03 * np.exp(chance.normal(0, 0.3))))
            yield post(f"a{account}", number, hours=hours, views=views, likes=likes)


def told(*more, hours=5):
    rows = [*crowd(hours=hours), *more]
    posts = pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in COLUMNS]))
    return signals(detect(posts), posts)


BOUGHT = post("a1", 99, views=2_000_000, likes=40_000)
UNTOUCHED = post("a2", 99, views=900_000, likes=3)


def test_a_quiet_crowd_is_no_signal():
    assert told() == ()


def test_an_account_is_one_signal_for_all_its_posts_out_of_proportion():
    others = [post("a1", 100 + more, views=3_000_000 + more, likes=60_000) for more in range(3)]
    made = [one for one in told(BOUGHT, *others) if one.kind == "much"]
    assert [(one.method, one.subject_kind, one.subject) for one in made] == [(METHOD, "account", "a1")]
    assert (made[0].post_count, made[0].account_count, len(made[0].posts)) == (4, 1, 4)
    assert made[0].exhibits[0].row_count >= 8  # views and likes, each against its own and its peers'


def test_seen_and_not_touched_is_another_kind():
    made = {one.kind: one for one in told(UNTOUCHED)}
    assert made["little"].subject == "a2"
    assert made["little"].facts["value_share"] < made["little"].facts["usual_share"]
    assert {one.code for one in made["little"].indicators} >= {"advertised"}


def test_the_most_surprising_comes_first():
    weights = [one.weight for one in told(BOUGHT, UNTOUCHED)]
    assert weights == sorted(weights, reverse=True)


def test_readings_lean_both_ways():
    codes = {one.code: one.leaning for one in told(BOUGHT)[0].indicators}
    assert codes["few_of_its_posts"] == "organic"
    assert codes["both_comparisons"] == "coordinated"
    unknown = told(post("a1", 99, hours=None, views=9_000_000), hours=None)
    assert "age_unknown" in {one.code for one in unknown[0].indicators}


def test_a_late_surge_is_told_as_one():
    early = [
        {
            **one,
            "counts": [
                *one["counts"],
                {"name": "views", "value": one["counts"][0]["value"] + 5, "at_ms": CREATED_MS + 40 * HOUR_MS},
            ],
        }
        for one in crowd()
    ]
    late = post("a1", 99, views=1_000)
    late["counts"].append({"name": "views", "value": 3_000_000, "at_ms": CREATED_MS + 40 * HOUR_MS})
    posts = pa.Table.from_pylist([*early, late], schema=pa.schema([POSTS.field(name) for name in COLUMNS]))
    made = signals(detect(posts), posts)
    assert "late" in {indicator.code for one in made for indicator in one.indicators}


def test_the_order_of_rows_changes_nothing():
    posts = pa.Table.from_pylist(
        [*crowd(), BOUGHT], schema=pa.schema([POSTS.field(name) for name in COLUMNS])
    )
    turned = posts.take(list(range(posts.num_rows))[::-1])
    assert signals(detect(turned), turned) == signals(detect(posts), posts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_fills(language):
    words = Words(language)
    for one in told(BOUGHT, UNTOUCHED):
        assert "{" not in words(one.sentence, **one.facts)
        assert all("{" not in words(each.sentence, **each.facts) for each in one.indicators)
