"""Who posts in step: compared with a plain reading, and with what must not count."""

from __future__ import annotations

from math import comb, exp, factorial
from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from vigie.detect.rhythm import METHOD, Rule, card, detect
from vigie.detect.rhythm.signals import signals
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import Words

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
MONDAY = 20_454 * DAY  # at a full five minutes
LOOSE = Rule(moments_min=2, meetings_min=2, group_size_min=2, fdr=0.9, crowd_max=3)


def posts(*rows):
    """Return posts by (author, moment)."""
    return pa.table(
        {
            "post_id": [f"p{number}" for number in range(len(rows))],
            "author": pa.array([author for author, _ in rows], pa.string()),
            "created_ms": pa.array([at for _, at in rows], pa.int64()),
        }
    )


def together(names, minutes, *, start=MONDAY + 30 * SECOND):
    """Return posts of accounts in one second of each of some minutes."""
    return [(name, start + minute * 7 * MINUTE) for minute in range(minutes) for name in names]


def scattered(count, accounts, seed=1, days=3):
    rng = np.random.default_rng(seed)
    at = rng.integers(0, days * DAY // SECOND, count) * SECOND + MONDAY
    return [(f"other{who}", int(ms)) for who, ms in zip(rng.integers(0, accounts, count), at, strict=True)]


def by_hand(rows, rule):  # noqa: C901 (read from top to bottom)
    """Return the pairs that a plain reading keeps, with their figures."""
    bins = (rule.interval_ms - rule.round_ms) // rule.bin_ms
    seconds = {(who, at // rule.bin_ms) for who, at in rows}
    size = {}
    for _, second in seconds:
        size[second] = size.get(second, 0) + 1
    good = {
        (who, second)
        for who, second in seconds
        if second * rule.bin_ms % 300_000 >= rule.round_ms and size[second] <= rule.crowd_max
    }
    of = {}
    for who, second in good:
        of.setdefault(who, set()).add(second)
    of = {who: seconds for who, seconds in of.items() if len(seconds) >= rule.moments_min}

    def minutes(who):
        found = {}
        for second in of[who]:
            found.setdefault(second * rule.bin_ms // rule.interval_ms, set()).add(second)
        return found

    in_minutes = {who: minutes(who) for who in of}
    ratios = []
    for who in of:
        seen = sum(second in of[other] for second in of[who] for other in of if other != who)
        chance = sum(
            len(mine) * len(in_minutes[other].get(minute, ())) / bins
            for minute, mine in in_minutes[who].items()
            for other in of
            if other != who
        )
        ratios.append(seen / chance if chance else 0.0)
    factor = max(1.0, median(ratios)) if ratios else 1.0
    judged, tests = [], 0
    for a in sorted(of):
        for b in sorted(of):
            if a >= b:
                continue
            both = in_minutes[a].keys() & in_minutes[b].keys()
            met = sum(bool(in_minutes[a][minute] & in_minutes[b][minute]) for minute in both)
            expected = 0.0
            for minute in both:
                mine, theirs = len(in_minutes[a][minute]), len(in_minutes[b][minute])
                missed = comb(max(bins - mine, 0), theirs) / comb(bins, theirs)
                expected += 1 - missed**factor
            below = sum(exp(-expected) * expected**k / factorial(k) for k in range(met))
            tests += 1
            if len(of[a] & of[b]) >= rule.meetings_min:  # others have no rank: larger q-values, never smaller
                judged.append((a, b, met, len(both), expected, 1 - below))
    order = sorted(judged, key=lambda one: one[5])
    q, kept = 1.0, []
    for rank in range(len(order), 0, -1):
        q = min(q, order[rank - 1][5] * tests / rank)
        if q <= rule.fdr and order[rank - 1][2] >= rule.meetings_min:
            kept.append((*order[rank - 1], q))
    return {one[:2]: one[2:] for one in kept}


some_rows = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 400).map(lambda s: MONDAY + s * SECOND + s % 7)),
    max_size=60,
)


@given(rows=some_rows, round_ms=st.sampled_from([0, 10_000]))
def test_pairs_are_those_of_a_plain_reading(rows, round_ms):
    rule = Rule(moments_min=2, meetings_min=2, group_size_min=2, fdr=0.9, crowd_max=3, round_ms=round_ms)
    found = detect(posts(*rows), rule=rule).pairs.to_pylist()
    expected = by_hand(rows, rule)
    assert {(row["account_a"], row["account_b"]) for row in found} == set(expected)
    for row in found:
        told = [row[name] for name in ("meetings", "occasions", "expected", "p_value", "q_value")]
        assert told == pytest.approx(list(expected[row["account_a"], row["account_b"]]), rel=1e-6, abs=1e-9)


@given(rows=some_rows, seed=st.integers(0, 99))
def test_order_of_rows_and_posts_read_twice_change_nothing(rows, seed):
    whole = posts(*rows)
    again = pa.concat_tables([whole, whole.slice(0, 7)])
    mixed = again.take(pa.array(np.random.default_rng(seed).permutation(again.num_rows)))
    one, other = detect(whole, rule=LOOSE), detect(mixed, rule=LOOSE)
    assert (one.pairs, one.members, one.moments) == (other.pairs, other.members, other.moments)


def test_accounts_that_share_their_seconds_again_and_again_are_a_group():
    rows = together(["ana", "bo", "cy"], 12) + scattered(3_000, 100)
    found = detect(posts(*rows))
    assert [row["account"] for row in found.members.to_pylist()] == ["ana", "bo", "cy"]
    assert found.moments.num_rows == 12
    assert found.pairs.column("meetings").to_pylist() == [12, 12, 12]


def test_accounts_that_post_as_they_like_are_none():
    assert detect(posts(*scattered(5_000, 100))).pairs.num_rows == 0


def test_an_event_that_many_answer_within_a_minute_is_no_step():
    rng = np.random.default_rng(3)
    rows = [
        (f"fan{fan}", MONDAY + event * 97 * MINUTE + int(rng.exponential(40)) * SECOND)
        for event in range(40)
        for fan in range(60)
    ]
    assert detect(posts(*rows)).members.num_rows == 0


def test_schedulers_that_post_at_full_five_minutes_are_set_apart():
    rows = together(["ana", "bo", "cy"], 20, start=MONDAY + 3 * SECOND)
    rows = [(who, at - at % (5 * MINUTE) + 3 * SECOND) for who, at in rows] + scattered(3_000, 100)
    found = detect(posts(*rows))
    assert found.members.num_rows == 0
    assert found.round_count >= 60


def test_a_second_that_a_crowd_shares_is_set_apart():
    crowd = [f"c{number}" for number in range(60)]
    found = detect(posts(*together(crowd, 12)))
    assert found.members.num_rows == 0
    assert found.crowd_count == 60 * 12


def test_where_everybody_is_in_step_nobody_is():
    rng = np.random.default_rng(4)
    passes = rng.integers(0, 300, 2_400)
    rows = [(f"a{n % 40}", MONDAY + int(one) * 7 * MINUTE + 17 * SECOND) for n, one in enumerate(passes)]
    found = detect(posts(*rows), rule=Rule(group_size_min=2))
    assert found.crowd_factor > 2
    assert found.members.num_rows == 0


def test_one_busy_minute_counts_once():
    rows = [(who, MONDAY + 20 * SECOND + n * SECOND) for n in range(30) for who in ("ana", "bo", "cy")]
    assert detect(posts(*rows)).pairs.num_rows == 0


@pytest.mark.parametrize("step", [MINUTE, DAY])
def test_times_told_too_coarsely_make_a_longer_moment_or_none(step):
    found = detect(posts(*((f"a{n % 3}", MONDAY + n * step) for n in range(90))))
    assert found.bin_ms == (MINUTE if step == MINUTE else 0)
    assert found.members.num_rows == 0


def fine_crowd(rng, count=200):
    """Return posts of accounts that post as they like, told to the millisecond."""
    return [
        (f"fine{n % count}", MONDAY + int(ms)) for n, ms in enumerate(rng.integers(0, 3 * DAY, 40 * count))
    ]


def by_the_minute(rng, names, minutes=1_200, posts_each=200):
    """Return posts of accounts that post as they like, told to the minute."""
    return [
        (name, MONDAY + int(minute) * MINUTE)
        for name in names
        for minute in rng.choice(minutes, posts_each, replace=False)
    ]


def test_accounts_told_to_the_minute_are_not_in_step_because_others_are_told_to_the_millisecond():
    rng = np.random.default_rng(6)
    coarse = [f"coarse{n}" for n in range(12)]
    found = detect(posts(*fine_crowd(rng), *by_the_minute(rng, coarse)))
    assert (found.bin_ms, found.account_count, found.coarse_count) == (SECOND, 200, 12)
    assert found.pairs.num_rows == found.members.num_rows == 0


def test_a_few_posts_told_finely_do_not_make_an_account_fine():
    rng = np.random.default_rng(6)
    coarse = [f"coarse{n}" for n in range(12)]
    rows = [*fine_crowd(rng), *by_the_minute(rng, coarse), *((name, MONDAY + 12_345) for name in coarse)]
    found = detect(posts(*rows))
    assert (found.coarse_count, found.pairs.num_rows) == (12, 0)


def test_a_few_accounts_told_finely_do_not_hide_the_many_told_to_the_minute():
    rng = np.random.default_rng(7)
    rows = by_the_minute(rng, [f"a{n}" for n in range(60)], minutes=20_000, posts_each=40)
    rows += [(who, MONDAY + (n * 97 + 3) * MINUTE) for n in range(40) for who in ("ana", "bo", "cy")]
    rows += [("fine", MONDAY + n * 1_000_007) for n in range(40)]
    found = detect(posts(*rows))
    assert (found.bin_ms, found.interval_ms, found.round_ms) == (MINUTE, 5 * MINUTE, MINUTE)
    assert (found.account_count, found.coarse_count) == (64, 0)
    assert {row["account"] for row in found.members.to_pylist()} == {"ana", "bo", "cy"}


def test_with_times_told_to_the_minute_an_even_clock_is_no_sign_of_schedulers_and_intervals_are_said():
    rng = np.random.default_rng(8)
    rows = by_the_minute(rng, [f"a{n}" for n in range(60)], minutes=20_000, posts_each=40)
    # a fifth of their moments is at a full five minutes, as an even clock gives
    rows += [(who, MONDAY + n * 101 * MINUTE) for n in range(60) for who in ("ana", "bo", "cy")]
    table = posts(*rows)
    (signal,) = signals(detect(table), table)
    assert "clock" not in {one.code for one in signal.indicators}
    assert signal.facts["interval_ms"] == 5 * MINUTE
    assert "minutes" not in signal.sentence
    (apart,) = [one for one in signal.indicators if one.code == "never_apart"]
    assert apart.facts["interval_ms"] == 5 * MINUTE


@pytest.mark.parametrize("rows", [[], [("ana", MONDAY)], [(None, MONDAY), ("ana", None)]])
def test_little_or_nothing_gives_nothing(rows):
    found = detect(posts(*rows))
    assert (found.pairs.num_rows, found.members.num_rows, found.moments.num_rows) == (0, 0, 0)


def test_a_missing_column_is_said():
    with pytest.raises(UnfitTableError):
        detect(pa.table({"author": ["a"]}))


@pytest.mark.parametrize(
    "wrong",
    [{"fdr": 0}, {"interval_ms": 5_000}, {"round_ms": 50_000}, {"meetings_min": 1}, {"group_size_min": 1}],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


@pytest.mark.parametrize("names", [("公民甲", "公民乙", "公民丙"), ("ᐃᓄᒃ", "أحمد", "😀")])
def test_a_signal_tells_who_when_and_what_else_it_may_be(names):
    rows = together(names, 12) + scattered(2_000, 60)
    table = posts(*rows)
    (signal,) = signals(detect(table), table)
    assert signal.method == METHOD == card().id
    assert set(signal.accounts) == set(names)
    assert signal.subject in names
    assert set(signal.posts) == {f"p{number}" for number in range(36)}
    assert signal.end_ms - signal.start_ms == 11 * 7 * MINUTE
    assert {"one_tool", "elsewhere", "never_apart"} <= {one.code for one in signal.indicators}
    assert signal.exhibits[0].rows[0][1:3] == (3, 0)
    for language in ("en", "fr"):
        words = Words(language)
        assert "12" in words(signal.sentence, **signal.facts)
        for one in signal.indicators:
            assert "{" not in words(one.sentence, **one.facts)


def test_what_follows_the_clock_is_said_to():
    rows = together(["ana", "bo", "cy"], 12) + scattered(2_000, 60)
    rows += [(who, MONDAY + DAY + n * 5 * MINUTE) for n in range(12) for who in ("ana", "bo", "cy")]
    table = posts(*rows)
    (signal,) = signals(detect(table), table)
    assert "clock" in {one.code for one in signal.indicators}


def test_real_posts_with_their_seconds_drawn_anew_have_no_one_in_step(real_posts):
    table = pq.read_table(real_posts / "usc_x24_sample.parquet", columns=["username", "ts"])
    rng = np.random.default_rng(5)
    at = table["ts"].to_numpy() // 60 * MINUTE + rng.integers(0, 60, table.num_rows) * SECOND
    found = detect(pa.table({"author": table["username"], "created_ms": at}), rule=LOOSE)
    assert found.members.num_rows == 0
