"""What holds of every series: no order of rows matters, no later post speaks for an earlier moment."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vigie.detect.bursts.baseline import DISPERSION, EXPECTED, fit
from vigie.detect.bursts.outages import outages
from vigie.detect.bursts.scores import CEILING, FAST, SILENT, SLOW, evidence, log_ratio, scored
from vigie.detect.bursts.slots import runs, slots_between
from vigie.detect.bursts.thresholds import Thresholds, _alarms, simulated_thresholds

FEW = settings(max_examples=8, deadline=None)
some_counts = st.lists(st.integers(0, 30), min_size=80, max_size=140)


@FEW
@given(counts=some_counts, seed=st.integers(0, 10))
def test_the_order_of_rows_changes_nothing(kit, counts, seed):
    posts = kit.posts({"x": counts, "y": counts[::-1]})
    shuffled = posts.take(np.random.default_rng(seed).permutation(posts.num_rows))
    assert kit.found_in(posts, slots=len(counts), rule=kit.short) == kit.found_in(
        shuffled, slots=len(counts), rule=kit.short
    )


@FEW
@given(counts=some_counts, cut=st.integers(62, 79))
def test_what_comes_later_does_not_change_alerts_before(kit, counts, cut):
    series = {"x": counts, "y": [20] * len(counts)}
    early = {name: of[:cut] for name, of in series.items()}
    over_ms = kit.start_ms + cut * kit.slot_ms - kit.short.merge_ms - kit.slot_ms

    def settled(found):
        return [one for one in found.alerts if one.end_ms < over_ms and not one.is_open]

    whole, part = kit.found(series, rule=kit.short), kit.found(early, rule=kit.short)
    told_in_time = [one for one in whole.alerts if one.raised_ms <= kit.start_ms + cut * kit.slot_ms]
    told_then = [(one.kind, one.key, one.start_ms, one.raised_ms) for one in part.alerts]
    assert told_then == [(one.kind, one.key, one.start_ms, one.raised_ms) for one in told_in_time]
    assert [one for one in settled(part) if one in whole.alerts] == settled(part)


@FEW
@given(totals=st.lists(st.integers(1, 40), min_size=80, max_size=140))
def test_a_series_that_keeps_its_share_raises_no_alert_of_share(kit, totals):
    series = {"x": [2 * total for total in totals], "rest": [6 * total for total in totals]}
    assert not [one for one in kit.found(series, rule=kit.short).alerts if "share" in one.measures]


@FEW
@given(counts=some_counts, start=st.integers(0, 100), length=st.integers(1, 20))
def test_no_alarm_is_raised_within_a_gap(kit, counts, start, length):
    gap = (kit.start_ms + start * kit.slot_ms, kit.start_ms + (start + length) * kit.slot_ms)
    found = kit.found({"x": counts, "y": [9] * len(counts)}, gaps=[gap], rule=kit.short)
    assert not [one for one in found.alerts if gap[0] < one.raised_ms <= gap[1]]


@FEW
@given(counts=some_counts)
def test_alerts_of_one_kind_and_series_are_further_apart_than_what_is_merged(kit, counts):
    found = kit.found({"x": counts, "y": [20] * len(counts)}, rule=kit.short)
    for kind in ("rise", "silence"):
        own = [one for one in found.alerts if (one.kind, one.key) == (kind, "x")]
        for one, after in pairwise(own):
            assert after.raised_ms - one.end_ms >= kit.short.merge_ms
            assert after.start_ms >= one.end_ms


# the parts, beside readings so plain that they must be right


@given(
    count=st.integers(0, 200),
    expected=st.floats(0.01, 100),
    dispersion=st.floats(0.001, 3),
    factor=st.floats(0.1, 5),
)
def test_the_log_ratio_is_that_of_two_negative_binomial_laws(count, expected, dispersion, factor):
    def log_chance(mean):
        size = 1 / dispersion
        return stats.nbinom.logpmf(count, size, size / (size + mean))

    plain = log_chance(factor * expected) - log_chance(expected)
    assert log_ratio(count, expected, dispersion, factor) == pytest.approx(plain, abs=1e-6, rel=1e-6)


def test_without_dispersion_it_is_that_of_two_poisson_laws():
    plain = stats.poisson.logpmf(9, 6.0) - stats.poisson.logpmf(9, 3.0)
    assert log_ratio(9, 3.0, 0.0, 2.0) == pytest.approx(plain)


def by_hand(said, thresholds, per_day):
    slow, silent, rows = 0.0, 0.0, []
    begins, ends = 1 / (60 * per_day), min(1.0, 2 / per_day)
    odds = begins
    for now, limits in zip(said, thresholds, strict=True):
        slow = min(max(0.0, slow + now[SLOW]), CEILING * limits[SLOW])
        silent = min(max(0.0, silent + now[SILENT]), CEILING * limits[SILENT])
        chance = odds / (1 + odds)
        risen = chance * (1 - ends) + (1 - chance) * begins
        odds = risen / (1 - risen) * math.exp(now[FAST])
        odds = min(odds, begins * math.exp(CEILING * limits[FAST]))
        row = [0.0, 0.0, 0.0]
        row[SLOW], row[SILENT], row[FAST] = slow, silent, math.log(odds / begins)
        rows.append(row)
    return np.array(rows)


some_evidence = st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=1, max_size=40)


@given(said=some_evidence, limit=st.floats(0.5, 8))
def test_scores_are_the_plain_recursions(said, limit):
    rows = np.array(said)
    limits = np.full(rows.shape, limit)
    scores = scored(rows, limits, np.zeros(len(rows), np.bool_), 4)
    assert scores == pytest.approx(by_hand(rows, limits, 4), abs=1e-9)


@given(said=some_evidence, limit=st.floats(0.5, 8), merge=st.integers(1, 5))
def test_alarms_in_simulated_series_are_counted_as_in_real_ones(said, limit, merge):
    rows = np.array(said)
    limits = np.full(3, limit)
    scores = scored(rows, np.full(rows.shape, limit), np.zeros(len(rows), np.bool_), 4)
    beyond = (scores - limit > 1e-9).any(axis=1)
    ratios = rows[None].copy()
    ratios[:, :, FAST] = np.exp(ratios[:, :, FAST])
    if not (np.abs(scores - limit) < 1e-9).any():  # there rounding decides
        assert _alarms(ratios, limits, 4, merge) == len(runs(beyond, apart_max=merge))


@given(counts=st.lists(st.integers(0, 50), min_size=10, max_size=60), cut=st.integers(1, 9))
def test_what_is_expected_rests_on_what_was_before(counts, cut):
    whole = np.array(counts, np.float64)
    other = whole.copy()
    other[cut:] = 999
    none = np.zeros(len(whole), np.bool_)
    one = np.ones(len(whole))
    assert (fit(whole, one, none, 4, 0)[: cut + 1] == fit(other, one, none, 4, 0)[: cut + 1]).all()


def test_an_even_series_is_expected_to_go_on_and_shows_no_dispersion():
    counts = np.random.default_rng(1).poisson(20, 400).astype(float)
    fitted = fit(counts, np.ones(400), np.zeros(400, np.bool_), 4, 0)
    assert fitted[-1, EXPECTED] == pytest.approx(20, rel=0.15)
    assert fitted[-1, DISPERSION] < 0.02


def test_a_burst_teaches_little():
    counts = np.random.default_rng(1).poisson(20, 400).astype(float)
    burst = counts.copy()
    burst[300:304] = 2000
    none = np.zeros(400, np.bool_)
    usual, after = (fit(one, np.ones(400), none, 4, 0)[305, EXPECTED] for one in (counts, burst))
    assert after < 1.6 * usual


def test_slots_that_say_nothing_leave_scores_as_they_are():
    quiet = np.array([False, True, True, False])
    said = evidence(np.array([9.0, 9, 9, 9]), np.full(4, 3.0), np.zeros(4), quiet)
    scores = scored(said, np.full((4, 3), 9.0), quiet, 4)
    assert (scores[0] == scores[1]).all()
    assert (scores[1] == scores[2]).all()


@given(marks=st.lists(st.booleans(), max_size=30), apart=st.integers(1, 4))
def test_runs_cover_all_marks_and_are_further_apart(marks, apart):
    found = runs(np.array(marks, np.bool_), apart_max=apart)
    assert all(any(first <= at <= last for first, last in found) for at, mark in enumerate(marks) if mark)
    assert all(marks[first] and marks[last] for first, last in found)
    assert all(after[0] - before[1] > apart for before, after in pairwise(found))


def test_a_slot_that_is_not_over_is_left_out():
    assert slots_between(3_600_000, 3 * 3_600_000 - 1, 3_600_000).count == 1


def test_one_large_series_that_stops_is_no_outage():
    totals = np.full(200, 100.0)
    large, small = np.full(200, 95.0), np.full(200, 5.0)
    large[150:], totals[150:] = 0, 5
    fitted = fit(totals, np.ones(200), np.zeros(200, np.bool_), 4, 0)
    alone = outages(totals, fitted, np.stack((small, small, small, small * 20)), slots_per_day=4)
    assert not alone.any()


@pytest.mark.parametrize("dispersion", [0.0, 0.2])
def test_simulated_thresholds_keep_the_budget_on_series_never_seen(dispersion):
    from vigie.detect.bursts.thresholds import _all_evidence, quiet_series

    given = {"slots_per_day": 4, "merge_slots": 4}
    limits = simulated_thresholds(5.0, dispersion, 0.0, days_per_false_alarm=20, seed=(1,), **given)
    counts = quiet_series(5.0, dispersion, 0.0, series=100, slots=4 * 148, rng=np.random.default_rng(2))
    alarms = _alarms(_all_evidence(counts, 4, 4 * 28), np.array([*limits[:2], 1e9]), 4, 4)
    allowed = 100 * 120 / 20
    assert abs(alarms - allowed) < 4 * math.sqrt(allowed * (1 + allowed / 80))


def test_a_seldomer_false_alarm_asks_for_more():
    fitted = np.array([[5.0, 0.05, 0.0, 5.0, 0.05]])
    often, seldom = (
        Thresholds(slots_per_day=4, days_per_false_alarm=days, merge_slots=4, seed=1).of(fitted)
        for days in (10, 100)
    )
    assert (seldom > often).all()
