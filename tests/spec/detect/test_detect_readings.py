"""Readings that several methods share: whether posts are the work of few accounts or told by many."""

from __future__ import annotations

from collections import Counter

import pytest

from vigie.detect.readings import few_or_many
from vigie.report.format import Voice
from vigie.terms.languages import Words


def test_one_account_that_wrote_most_posts_is_few():
    reading = few_or_many(Counter({"loud": 85, **{f"a{n}": 3 for n in range(5)}}))
    assert (reading.code, reading.leaning) == ("few_accounts", "coordinated")
    assert reading.facts == {"busiest": 1, "accounts": 6, "part_share": 0.85}


def test_accounts_that_write_alike_are_many():
    reading = few_or_many(Counter({f"a{n}": 2 for n in range(30)}))
    assert (reading.code, reading.leaning) == ("many_accounts", "organic")
    assert reading.facts == {"busiest": 3, "accounts": 30, "part_share": 0.1}


@pytest.mark.parametrize("accounts", range(5))
def test_nothing_is_said_of_fewer_than_five_accounts(accounts):
    assert few_or_many(Counter({f"a{n}": 10 for n in range(accounts)})) is None


def test_pages_say_the_part_in_per_cent_once():
    reading = few_or_many(Counter({"loud": 85, **{f"a{n}": 3 for n in range(5)}}))
    said = Voice(Words("en"))(reading.sentence, **reading.facts)
    assert said == "The work of few: 1 of 6 accounts wrote 85% of the posts."
