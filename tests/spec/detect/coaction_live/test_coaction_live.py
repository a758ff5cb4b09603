"""The first notice: who crosses at once is who would cross if all that is remembered were counted at once."""

from __future__ import annotations

from itertools import combinations, pairwise

import live_by_hand as by_hand
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction import Rule
from vigie.detect.coaction.live import FORGET_MS, LIVE, Bar, Lookout, bars
from vigie.terms.findings import Calibration

NOW_MS = 1_790_000_000_000 // FORGET_MS * FORGET_MS
MINUTE_MS = 60_000
LINK = Bar(behaviour="link", window_ms=MINUTE_MS, surprise=3.0)
BYSTANDERS = [(f"b{number}", f"seul {number}", NOW_MS - 500 * number) for number in range(400)]


def table(acts):
    return pa.table(
        {
            "account": pa.array([act[0] for act in acts], pa.string()),
            "object": pa.array([act[1] for act in acts], pa.string()),
            "at_ms": pa.array([act[2] for act in acts], pa.int64()),
        }
    )


def lookout(*, bar=LINK, **options):
    made = Lookout(**options)
    made.bars = (bar,) if bar else ()
    return made


def campaign(*, accounts=4, objects=4, begun_ms=NOW_MS - 5 * MINUTE_MS):
    """Return accounts that act on the same things, one minute after the other."""
    return [
        (f"c{account}", f"https://exemple.test/{thing}", begun_ms + thing * MINUTE_MS + 1_000 * account)
        for thing in range(objects)
        for account in range(accounts)
    ]


def told(look, acts, now_ms=NOW_MS, behaviour="link"):
    return look.append({behaviour: table(acts)}, now_ms=now_ms)


def test_a_group_is_told_with_the_act_that_makes_it_cross():
    look, acts = lookout(), campaign(accounts=3, objects=6)
    told(look, BYSTANDERS)
    found = [told(look, [act]) for act in acts]
    at = next(number for number, crossings in enumerate(found) if crossings)
    held = [*BYSTANDERS, *acts[: at + 1]]
    assert len(by_hand.above(held, MINUTE_MS, 3.0)) >= 3
    assert len({one for pair in by_hand.above(held[:-1], MINUTE_MS, 3.0) for one in pair}) < 3
    (crossing,) = found[at]
    assert crossing.accounts == ("c0", "c1", "c2")
    assert crossing.behaviour == "link"
    assert crossing.window_ms == MINUTE_MS
    assert crossing.surprise_min > LINK.surprise
    assert crossing.first_ms == acts[0][2]
    assert crossing.last_ms == acts[at][2]


def test_it_is_told_once_and_again_when_it_is_twice_as_large():
    look = lookout()
    told(look, BYSTANDERS)
    assert [len(one.accounts) for one in told(look, campaign(accounts=4))] == [4]
    assert told(look, campaign(accounts=4)) == ()  # the stream began again a little earlier
    assert told(look, campaign(accounts=7)) == ()
    assert [len(one.accounts) for one in told(look, campaign(accounts=8))] == [8]


def test_without_a_full_look_nothing_is_said_and_it_is_as_soon_as_there_is_one():
    look = lookout(bar=None)
    told(look, BYSTANDERS)
    assert told(look, campaign()[:-1]) == ()
    look.bars = (LINK,)
    assert len(told(look, campaign()[-1:])) == 1


def test_two_accounts_are_no_group_nor_are_three_in_a_row():
    look = lookout()
    told(look, BYSTANDERS)
    assert told(look, campaign(accounts=2)) == ()
    chain = list(campaign(accounts=2)) + [
        (name, f"https://autre.test/{thing}", NOW_MS - thing * 1_000)
        for thing in range(4)
        for name in ("c1", "d")
    ]
    assert told(look, chain) == ()


def test_who_repeats_one_thing_together_is_not_told_however_often():
    look = lookout()
    told(look, BYSTANDERS)
    acts = [
        (f"c{account}", "https://exemple.test/une", NOW_MS - 40_000 * turn + account)
        for turn in range(8)
        for account in range(5)
    ]
    assert told(look, acts) == ()


def test_what_one_post_says_at_one_moment_is_one_occasion():
    look = lookout()
    told(look, BYSTANDERS)
    acts = [(f"c{account}", f"album {image}", NOW_MS - account) for account in range(5) for image in range(9)]
    assert told(look, acts) == ()


def test_what_is_too_old_or_comes_from_the_future_is_not_looked_at():
    look = lookout(remember_ms=10 * MINUTE_MS)
    told(look, BYSTANDERS)
    assert told(look, campaign(begun_ms=NOW_MS - 60 * MINUTE_MS)) == ()
    assert told(look, campaign(begun_ms=NOW_MS + 60 * MINUTE_MS)) == ()
    assert look.act_count == len(BYSTANDERS)


def test_memory_is_bounded_by_time_and_by_number():
    look = lookout(remember_ms=10 * MINUTE_MS, acts_max=1_000)
    for minute in range(60):
        now_ms = NOW_MS + minute * MINUTE_MS
        told(look, [(f"a{minute}-{n}", f"x{minute}-{n}", now_ms) for n in range(50)], now_ms)
        assert look.act_count <= 50 * 12
    for turn in range(20):
        now_ms += FORGET_MS
        told(look, [(f"b{turn}-{n}", f"y{turn}-{n}", now_ms) for n in range(400)], now_ms)
        assert look.act_count <= 1_400


def test_names_of_accounts_go_with_their_acts(monkeypatch):
    monkeypatch.setattr("vigie.detect.coaction.live.NAMES_IDLE", 10)
    look = lookout(remember_ms=10 * MINUTE_MS)
    told(look, [(f"vieux{n}", f"x{n}", NOW_MS - 9 * MINUTE_MS) for n in range(500)])
    told(look, BYSTANDERS)
    later = NOW_MS + 3 * MINUTE_MS
    (crossing,) = told(look, campaign(begun_ms=NOW_MS - 2 * MINUTE_MS), later)
    assert crossing.accounts == ("c0", "c1", "c2", "c3")
    assert len(look._names) < 500


def test_what_a_crowd_acts_on_is_nothing_in_common_but_counts_for_what_chance_would_give():
    crowd = [
        (f"x{n}", f"foule {thing}", NOW_MS - 10 * n - 1_000 * thing) for n in range(400) for thing in range(6)
    ]
    look = lookout()
    told(look, [*BYSTANDERS, *crowd], NOW_MS - FORGET_MS)
    assert told(look, [(f"x{n}", "foule 0", NOW_MS + n) for n in range(9)]) == ()
    assert told(look, [(f"x{n}", *act[1:]) for n in range(4) for act in campaign()[::4]]) == ()
    assert (
        len(told(look, [(f"y{n}", f"{act[1]}/y", act[2]) for n in range(4) for act in campaign()[::4]])) == 1
    )


def test_any_script_and_empty_or_missing_values():
    look = lookout()
    told(look, BYSTANDERS)
    odd = pa.table(
        {
            "account": pa.array([None, "a", "b", ""], pa.string()),
            "object": pa.array(["x", None, "", "y"], pa.string()),
            "at_ms": pa.array([NOW_MS] * 4, pa.int64()),
        }
    )
    look.append({"link": odd, "text_normalised": odd.slice(0, 0)}, now_ms=NOW_MS)
    names = ("账户", "ᐃᓄᒃᑎᑐᑦ", "حساب", "🦊")
    acts = [
        (name, f"https://例え.test/{thing}", NOW_MS - thing * 1_000 - place)
        for thing in range(4)
        for place, name in enumerate(names)
    ]
    (crossing,) = told(look, acts)
    assert set(crossing.accounts) == set(names)


def test_posts_passed_on_of_one_author_are_one_source():
    look = lookout(bar=Bar(behaviour="repost", window_ms=MINUTE_MS, surprise=3.0))
    told(look, BYSTANDERS, behaviour="repost")
    assert told(look, campaign(), behaviour="repost") == ()  # rare, but perhaps one author's; and no crowd
    assert len(lookout().append({"link": table([*BYSTANDERS, *campaign()])}, now_ms=NOW_MS)) == 1


def test_of_two_readings_of_one_kind_the_looser_is_looked_at():
    assert [one.id for one in LIVE] == ["repost", "link", "hashtags", "reply", "text_normalised", "image"]


def calibration(**changed):
    plain = {
        "behaviour": "link",
        "window_ms": MINUTE_MS,
        "action_count": 5_000,
        "account_count": 1_000,
        "object_count": 3_000,
        "pair_count": 40,
        "threshold": None,
        "expected_by_chance": 0.0,
        "significant_count": 0,
        "strongest_by_chance": 0.0,
    }
    return Calibration(**plain | changed)


def bar_of(**changed):
    (made,) = bars([calibration(**changed)], period_ms=20 * MINUTE_MS, fdr=0.01, remember_ms=20 * MINUTE_MS)
    return made.surprise


def test_the_bar_is_above_every_shuffled_copy_the_threshold_and_chance_among_all_pairs():
    least = bar_of()
    assert least == pytest.approx(7.7, abs=0.05)  # half a million pairs, one in a hundred
    assert bar_of(strongest_by_chance=12.0) == 12.0
    assert bar_of(threshold=15.0, strongest_by_chance=12.0) == 15.0
    assert bar_of(account_count=100_000) > least + 3.9


def test_a_longer_time_looked_at_raises_the_bar_as_its_windows_are_many():
    (day,) = bars([calibration()], period_ms=72 * 20 * MINUTE_MS, fdr=0.01, remember_ms=20 * MINUTE_MS)
    assert day.surprise == pytest.approx(bar_of() + 1.857, abs=0.01)


def test_a_full_look_that_does_not_say_how_surprising_chance_can_be_sets_no_bar():
    old = calibration(strongest_by_chance=None)
    assert bars([old], period_ms=1, fdr=0.01, remember_ms=20 * MINUTE_MS) == ()


def test_windows_longer_than_what_is_remembered_are_left_to_the_full_look():
    hour = calibration(window_ms=60 * MINUTE_MS)
    assert bars([hour], period_ms=1, fdr=0.01, remember_ms=20 * MINUTE_MS) == ()


some_acts = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from("uvwxyz"),
        st.integers(NOW_MS - 200_000, NOW_MS).map(lambda at_ms: at_ms // 20_000 * 20_000 + 1),
    ),
    max_size=40,
)


@given(acts=some_acts, cuts=st.lists(st.integers(0, 40), max_size=6), bar=st.sampled_from([0.5, 1.0, 2.0]))
def test_after_any_sequence_of_appends_those_who_crossed_are_those_of_counting_all_at_once(acts, cuts, bar):
    loose = Rule(objects_min=2, rare_objects_min=1)
    look = lookout(bar=Bar(behaviour="link", window_ms=MINUTE_MS, surprise=bar), rule=loose)
    told(look, BYSTANDERS[:8])
    limits = [0, *sorted(cut for cut in cuts if cut < len(acts)), len(acts)]
    held = list(BYSTANDERS[:8])
    for first, last in pairwise(limits):
        before = set(held)
        look._pairs.clear()
        told(look, acts[first:last])
        crossed = {(a, b) for _, a, b in look._pairs}
        held += acts[first:last]
        whole = by_hand.above(held, MINUTE_MS, bar, rare_min=1)
        assert crossed <= whole
        touched = {act[1] for act in set(acts[first:last]) - before}
        near = {
            frozenset((one[0], other[0]))
            for one, other in combinations(set(held), 2)
            if one[1] == other[1] and one[1] in touched and abs(one[2] - other[2]) <= MINUTE_MS
        }
        assert {pair for pair in whole if frozenset(pair) in near} <= crossed


@given(acts=some_acts, order=st.randoms(use_true_random=False))
def test_the_order_of_acts_and_acts_given_twice_change_nothing(acts, order):
    shuffled = acts + acts[: len(acts) // 2]
    order.shuffle(shuffled)
    one, other = lookout(), lookout()
    told(one, BYSTANDERS)
    told(other, BYSTANDERS)
    assert told(one, acts) == told(other, shuffled)
