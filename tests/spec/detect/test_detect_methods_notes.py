"""What methods could not judge is told beside what they noticed."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.detect import methods
from vigie.detect.methods import METHODS
from vigie.terms.posts import POSTS, conform
from vigie.terms.progress import silent

DAY_MS, START_MS = 86_400_000, 1_760_054_400_000  # a full minute
DAYS = 40


def post(number, **more):
    at_ms = START_MS + number * DAY_MS * DAYS // 200
    return {
        "post_id": f"p{number}",
        "platform": "x",
        "author": f"a{number % 5}",
        "created_ms": at_ms + 1_000 * (number % 59) + number,
        "collected_ms": at_ms + DAY_MS // 24,
        "lang": "fr",
        "body": f"Message {number}",
        **more,
    }


def outcome(name, rows):
    return METHODS[name].tools().run(conform(pa.Table.from_pylist(rows, schema=POSTS)), 1, silent)


def notes(name, rows):
    return {one.sentence: dict(one.facts) for one in outcome(name, rows).notes}


def test_times_told_by_the_hour_say_nothing_of_seconds():
    rows = [post(number, created_ms=START_MS + number * 3_600_000) for number in range(200)]
    assert notes("rhythm", rows) == {methods.COARSE: {}}


def test_accounts_with_few_posts_were_not_compared():
    assert notes("rhythm", [post(number) for number in range(20)]) == {methods.FEW_MOMENTS: {}}
    assert notes("rhythm", [post(number) for number in range(200)]) == {}


def test_deletions_found_on_a_later_visit_have_no_moment():
    rows = [post(number, deleted_seen_ms=START_MS + DAYS * DAY_MS + number) for number in range(30)]
    assert notes("deletions", rows)[methods.FOUND_LATER] == {"later": 30, "deleted": 30}


def test_posts_that_nobody_looked_for_again_tell_nothing():
    found = notes("vanished", [post(number) for number in range(30)])
    assert found[methods.NOT_WATCHED]["posts"] == 30
    assert found[methods.NOT_WATCHED]["watched"] < 30


def test_counters_that_are_unknown_or_alone_are_not_compared():
    assert notes("engagement", [post(number) for number in range(9)]) == {methods.NO_COUNTERS: {}}
    counted = [post(1, counts=[{"name": "likes", "value": 3, "at_ms": START_MS + DAY_MS}])]
    assert notes("engagement", counted) == {methods.UNCOMPARED: {"left": 1, "figures": 1}}


def test_without_public_actors_nobody_posts_less():
    assert notes("posting_drop", [post(number) for number in range(200)]) == {methods.NO_TARGETS: {}}


def test_a_public_actor_who_posts_little_is_not_judged():
    rows = [post(number, is_public_actor=number % 5 == 0) for number in range(10)]
    assert notes("posting_drop", rows) == {methods.UNJUDGED: {"left": 1, "targets": 1}}


def test_when_everybody_falls_nothing_is_said_of_a_public_actor():
    rows = [
        post(number, is_public_actor=number % 5 == 0, created_ms=START_MS + day * DAY_MS + number)
        for day in range(DAYS)
        for number in range(200 * day, 200 * day + (200 if day < DAYS - 8 else 2))
    ]
    assert notes("posting_drop", rows)[methods.ALL_FELL]["times"] > 0


def test_without_answers_no_crowd_is_looked_for():
    found = outcome("pileon", [post(number) for number in range(200)])
    assert [one.sentence for one in found.notes] == [methods.NO_REPLIES]
    assert found.false_alarms_expected is None


def test_a_pile_on_tells_how_many_false_alarms_its_budget_allows():
    rows = [
        post(
            number,
            author=f"a{number}",
            created_ms=START_MS + number * 60_000,
            in_reply_to="p0" if number else None,
        )
        for number in range(120)
    ]
    found = outcome("pileon", rows)
    assert found.notes == ()
    assert found.false_alarms_expected > 0


@pytest.mark.parametrize("name", ["engagement", "posting_drop", "vanished", "rhythm", "deletions", "pileon"])
def test_methods_run_on_nothing(name):
    assert outcome(name, []).signals == ()
