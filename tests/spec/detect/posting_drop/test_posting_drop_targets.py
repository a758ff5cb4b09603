"""Targets that post less than they did: compared with themselves, and never everybody."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from vigie.detect.posting_drop import METHOD, Rule, card, detect
from vigie.detect.posting_drop.signals import signals
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import Words
from vigie.terms.times import DAY_MS

MONDAY = 20_454 * DAY_MS
LENGTH = 60


def posts(daily, *, others=40, public=True, name="mp"):
    """Return posts of one account, so many each day, and of others."""
    rows = [
        (name, MONDAY + day * DAY_MS + n * 1_000) for day, count in enumerate(daily) for n in range(count)
    ]
    others = [others] * len(daily) if isinstance(others, int) else others
    rows += [
        (f"o{n}", MONDAY + day * DAY_MS + n * 1_000) for day, count in enumerate(others) for n in range(count)
    ]
    return pa.table(
        {
            "post_id": [f"p{number}" for number in range(len(rows))],
            "author": pa.array([who for who, _ in rows], pa.string()),
            "created_ms": pa.array([at for _, at in rows], pa.int64()),
            "is_public_actor": pa.array([public if who == name else None for who, _ in rows], pa.bool_()),
        }
    )


def falling(to=0, usual=5):
    return [usual] * 40 + [to] * 12 + [usual] * 8


def test_a_public_actor_who_falls_silent_is_told_with_what_was_to_be_expected():
    (row,) = detect(posts(falling())).drops.to_pylist()
    assert row["account"] == "mp"
    assert row["posts"] == 0
    assert row["expected"] == pytest.approx(35)
    assert 39 <= (row["start_ms"] - MONDAY) // DAY_MS <= 45
    assert row["end_ms"] - row["start_ms"] == 7 * DAY_MS


def test_an_even_week_is_none():
    assert detect(posts([5] * LENGTH)).drops.num_rows == 0


def test_who_never_posts_on_weekends_has_no_drop_at_any_of_them():
    found = detect(posts([6, 6, 6, 6, 6, 0, 0] * 12), rule=Rule(fdr=0.9))
    assert (found.judged_count, found.drops.num_rows) == (1, 0)


def test_nobody_but_public_actors_and_named_targets_is_looked_at():
    table = posts(falling(), public=False)
    assert detect(table).target_count == 0
    found = detect(table, rule=Rule(targets=("mp", "nobody")))
    assert (found.target_count, found.drops.num_rows) == (1, 1)


def test_where_everybody_falls_the_collection_did_and_nothing_is_said():
    found = detect(posts(falling(), others=falling(usual=40)))
    assert found.drops.num_rows == 0
    assert found.down_count > 0


def test_where_everybody_falls_somewhat_less_is_expected():
    others = [40] * 40 + [28] * 20
    (row,) = detect(posts(falling(), others=others)).drops.to_pylist()
    assert row["expected"] == pytest.approx(24.5, abs=3)


def test_who_posts_seldom_is_not_judged():
    found = detect(posts([1, 0, 0] * 14 + [0] * 18))
    assert (found.judged_count, found.drops.num_rows) == (0, 0)


def test_restless_days_make_a_drop_less_surprising():
    even, restless = falling(usual=6), [12, 0] * 20 + [0] * 12 + [6] * 8
    one, other = (detect(posts(daily), rule=Rule(fdr=0.9)).drops.to_pylist()[0] for daily in (even, restless))
    assert other["scatter"] > 3 > one["scatter"]
    assert other["p_value"] > one["p_value"]


def test_too_short_a_file_tells_nothing():
    assert detect(posts([5] * 30)).stretch_count == 0


@given(daily=st.lists(st.integers(0, 9), min_size=37, max_size=44))
def test_stretches_are_those_of_a_plain_reading(daily):
    rule = Rule(per_day_min=0.01, part_max=0.99, fdr=0.99)
    told = {row["start_ms"]: row for row in detect(posts([*daily, 3]), rule=rule).drops.to_pylist()}
    for start_ms, row in told.items():
        start = (start_ms - MONDAY) // DAY_MS
        before = daily[start - 28 : start]
        assert row["posts"] == sum(daily[start : start + 7])
        assert row["expected"] == pytest.approx(sum(before) / 4)
        assert row["scatter"] == pytest.approx(max(np.var(before, ddof=1) / np.mean(before), 1))
        if row["scatter"] == 1:
            whole = row["posts"] + row["before"]
            assert row["p_value"] == pytest.approx(binom.cdf(row["posts"], whole, 0.2))


@given(seed=st.integers(0, 99))
def test_order_of_rows_and_posts_read_twice_change_nothing(seed):
    whole = posts(falling())
    again = pa.concat_tables([whole, whole.slice(0, 99)])
    mixed = again.take(pa.array(np.random.default_rng(seed).permutation(again.num_rows)))
    one, other = detect(whole), detect(mixed)
    assert (one.drops, one.daily, one.post_count) == (other.drops, other.daily, other.post_count)


@pytest.mark.parametrize("table", [posts([]), posts([1]), posts([0] * 50, others=0)])
def test_little_or_nothing_gives_nothing(table):
    found = detect(table)
    assert (found.drops.num_rows, found.daily.num_rows) == (0, 0)


def test_a_missing_column_is_said():
    with pytest.raises(UnfitTableError):
        detect(pa.table({"author": ["a"]}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"days": 2},
        {"days": 8},
        {"history_days": 8},
        {"history_days": 30},
        {"per_day_min": 0},
        {"part_max": 1},
        {"fdr": 0},
    ],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


@pytest.mark.parametrize("name", ["députée", "議員", "ᐃᓄᒃ", "😀"])
def test_a_signal_says_that_the_reason_is_unknown(name):
    table = posts(falling(), name=name, others=[40] * 40 + [30] * 20)
    (signal,) = signals(detect(table), table)
    assert signal.method == METHOD == card().id
    assert (signal.subject, signal.subject_kind) == (name, "account")
    assert "unknown" in signal.sentence
    assert {"many_reasons", "others_fell"} == {one.code for one in signal.indicators}
    assert signal.exhibits[0].rows[0][1] == 0
    assert 0 < len(signal.posts) <= 50 < signal.post_count
    for language in ("en", "fr"):
        assert "{" not in Words(language)(signal.sentence, **signal.facts)
