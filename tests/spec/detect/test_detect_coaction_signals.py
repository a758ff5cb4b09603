"""Groups of co-action as signals: who, what, when, and what speaks for what."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.detect.behaviours import BEHAVIOURS, COPIES, LOOSER
from vigie.detect.coaction import METHOD, Rule, detect
from vigie.detect.coaction.signals import BEHAVIOURS as WORDS
from vigie.detect.coaction.signals import signals
from vigie.exercise import SCHEMA
from vigie.report.behaviours import behaviour
from vigie.terms.languages import Words


@pytest.fixture(scope="module")
def told(within_a_minute):
    posts = pa.Table.from_batches(list(within_a_minute.exercise.batches()), schema=SCHEMA)
    return within_a_minute, posts, signals(within_a_minute.found, posts)


def test_each_group_is_a_signal_the_strongest_first(told):
    conversation, _, found = told
    assert len(found) == len(conversation.found.groups)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    for one, group in zip(found, conversation.found.groups, strict=True):
        assert one.method == METHOD
        assert set(one.accounts) == {member.account for member in group.members}
        assert one.subject == group.members[0].account
        assert one.indicators == group.indicators
        assert one.timeline == group.timeline


def test_the_posts_to_read_are_those_of_members_on_common_objects(told):
    _, posts, found = told
    author = dict(zip(posts["post_id"].to_pylist(), posts["author"].to_pylist(), strict=True))
    for one in found:
        assert 0 < len(one.posts) <= one.post_count
        assert {author[post] for post in one.posts} <= set(one.accounts)


def test_the_tables_hold_layers_objects_and_members(told):
    _, _, found = told
    for one in found:
        layers, objects, members = one.exhibits
        assert len(members.rows) == one.account_count
        assert objects.row_count == one.facts["objects"]
        assert layers.rows
        for table in one.exhibits:
            assert all(len(row) == len(table.columns) for row in table.rows)


def test_another_run_over_the_same_posts_names_the_same_subjects(told):
    conversation, posts, found = told
    again = detect(conversation.acts, rule=conversation.rule, seed=2)
    assert {one.subject for one in signals(again, posts)} == {one.subject for one in found}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sentence_is_filled_by_its_facts(told, language):
    for one in told[2]:
        assert "{" not in Words(language)(one.sentence, **one.facts)


def test_every_behaviour_has_a_name_and_it_is_that_of_the_report():
    for code in (*(one.id for one in (*BEHAVIOURS, *LOOSER)), COPIES):
        assert WORDS[code] == behaviour(code).name


def test_nothing_found_is_no_signal():
    acts = pa.table({"account": ["a"], "object": ["x"], "at_ms": pa.array([0], pa.int64())})
    posts = pa.table({"author": ["a"], "created_ms": pa.array([0], pa.int64()), "post_id": ["p"]})
    assert signals(detect({"repost": acts}, rule=Rule()), posts) == ()
