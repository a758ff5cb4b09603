"""Alerts and dismissals by language and party: rates, intervals, and what is withheld."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, linprog
from scipy.stats import binomtest

from vigie.assess.parity import OUTCOMES, Case, Rate, apart, parity, rate, wilson, withheld

LEAST = 5
some_groups = st.frozensets(st.sampled_from(["fr", "en", "pa", "und"]), min_size=1, max_size=2)
some_cases = st.lists(
    st.builds(
        Case,
        outcome=st.sampled_from(OUTCOMES),
        languages=some_groups,
        parties=st.frozensets(st.sampled_from("AB")),
    ),
    max_size=60,
)
some_posts = st.dictionaries(st.sampled_from(["fr", "en", "pa", "iu"]), st.integers(0, 30))


def cases(outcome, number, *languages, parties=()):
    return [Case(outcome=outcome, languages=frozenset(languages), parties=frozenset(parties))] * number


def of(rows, group):
    return next(row for row in rows if row.group == group)


def test_an_alert_in_two_languages_counts_for_each_and_once_for_all():
    found = parity(cases("dismissed", 6, "fr", "en"), posts={"fr": 100, "en": 100}, indicators={})
    assert [row.alerts for row in found.languages] == [6, 6]
    assert found.whole.alerts == 6


def test_a_language_without_alerts_is_shown_with_its_posts():
    found = parity(cases("dismissed", 6, "fr"), posts={"fr": 100, "iu": 50}, indicators={})
    row = of(found.languages, "iu")
    assert (row.looked_at, row.alerts) == (50, 0)
    assert row.alert_rate is not None
    assert row.alert_rate.low == 0 < row.alert_rate.high


def test_an_alert_whose_posts_are_in_a_language_that_was_not_looked_at_has_no_rate():
    found = parity(cases("dismissed", 6, "pa"), posts={}, indicators={})
    assert of(found.languages, "pa").alert_rate is None


def test_dismissals_are_a_part_of_what_was_reviewed():
    told = [*cases("dismissed", 10, "fr"), *cases("confirmed", 10, "fr"), *cases("not_reviewed", 80, "fr")]
    row = of(parity(told, posts={"fr": 1000}, indicators={}).languages, "fr")
    assert row.reviewed == 20
    assert row.dismissal_rate.value == 0.5
    assert row.alert_rate.value == 0.1


def test_nothing_reviewed_gives_no_dismissal_rate():
    row = of(parity(cases("not_reviewed", 9, "fr"), posts={"fr": 10}, indicators={}).languages, "fr")
    assert row.dismissal_rate is None


def test_a_party_is_measured_by_its_indicators():
    told = cases("dismissed", 6, "fr", parties=["Parti A"])
    found = parity(told, posts={"fr": 100}, indicators={"Parti A": 30, "Parti B": 40})
    assert of(found.parties, "Parti A").alert_rate.value == 0.2
    assert of(found.parties, "Parti B").alerts == 0


def test_a_small_number_of_alerts_is_withheld_with_all_that_is_said_of_it():
    told = [*cases("dismissed", 4, "pa"), *cases("dismissed", 60, "fr")]
    found = parity(told, posts={"fr": 1000, "pa": 10}, indicators={})
    row = of(found.languages, "pa")
    assert (row.alerts, row.alert_rate, row.dismissal_rate, row.reviewed) == (None, None, None, None)
    assert set(row.outcomes.values()) == {None}
    assert of(found.languages, "fr").alerts == 60
    assert found.whole.alerts is None  # 64 would give it away


def test_a_small_number_of_confirmed_alerts_is_withheld_with_the_doubted_ones():
    told = [*cases("confirmed", 2, "fr"), *cases("dismissed", 9, "fr"), *cases("in_doubt", 30, "fr")]
    row = of(parity(told, posts={"fr": 1000}, indicators={}).languages, "fr")
    assert row.outcomes == {"confirmed": None, "dismissed": 9, "in_doubt": None, "not_reviewed": 0}
    assert row.dismissal_rate.value == pytest.approx(9 / 41)


def test_a_small_number_of_dismissals_withholds_every_outcome_of_its_row_and_not_the_alerts():
    told = [*cases("dismissed", 2, "fr"), *cases("not_reviewed", 30, "fr")]
    row = of(parity(told, posts={"fr": 1000}, indicators={}).languages, "fr")
    assert (row.alerts, set(row.outcomes.values())) == (32, {None})


def test_small_numbers_of_posts_are_withheld_and_so_is_the_sum():
    found = parity([], posts={"fr": 1000, "cy": 3}, indicators={})
    assert of(found.languages, "cy").looked_at is None
    assert found.whole.looked_at is None


def test_in_public_counts_under_eleven_are_withheld():
    told = cases("dismissed", 10, "fr")
    assert of(parity(told, posts={"fr": 99}, indicators={}, least=11).languages, "fr").alerts is None
    assert of(parity(told, posts={"fr": 99}, indicators={}, least=5).languages, "fr").alerts == 10


def test_intervals_that_lie_apart_are_named_and_overlapping_ones_are_not():
    def one(low, high):
        return Rate(value=(low + high) / 2, low=low, high=high)

    assert apart({"fr": one(0.1, 0.2), "en": one(0.3, 0.4), "pa": None}) == ("fr", "en")
    assert apart({"fr": one(0.1, 0.3), "en": one(0.3, 0.4)}) is None
    assert apart({}) is None


@given(whole=st.integers(1, 5000), data=st.data())
def test_the_interval_of_a_part_is_that_of_scipy(whole, data):
    count = data.draw(st.integers(0, whole))
    expected = binomtest(count, whole).proportion_ci(method="wilson")
    found = wilson(count, whole)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(count=st.integers(1, 5000), exposure=st.integers(1, 10**7))
def test_the_interval_of_a_rate_holds_the_rates_that_a_score_test_does_not_refuse(count, exposure):
    def refused(mean):
        return (count - mean) ** 2 / mean - 1.959963984540054**2

    low, high = brentq(refused, 1e-9, count), brentq(refused, count, 10 * count + 100)
    found = rate(count, exposure)
    assert (found.low * exposure, found.high * exposure) == pytest.approx((low, high), rel=1e-6)


some_counts = st.fixed_dictionaries({one: st.integers(0, 30) for one in OUTCOMES})


@given(counts=some_counts, least=st.integers(3, 12))
def test_every_small_outcome_is_withheld_and_never_alone(counts, least):
    hidden = withheld(counts, least=least)
    assert {one for one in OUTCOMES if 0 < counts[one] < least} <= hidden
    assert len(hidden) != 1


@pytest.mark.parametrize("least", [3, 4])
def test_who_knows_the_rule_and_the_sum_cannot_tell_any_withheld_outcome(least):
    """Every way to spread a sum over four outcomes, grouped by what is shown of it."""
    told = defaultdict(list)
    for counts in product(range(10), repeat=4):
        if not least <= sum(counts) < 10:  # less, and the sum itself is withheld
            continue
        hidden = withheld(dict(zip(OUTCOMES, counts, strict=True)), least=least)
        shown = tuple(None if one in hidden else count for one, count in zip(OUTCOMES, counts, strict=True))
        told[sum(counts), shown].append(counts)
    for (_total, shown), same in told.items():
        for at, count in enumerate(shown):
            if count is None:
                assert len({counts[at] for counts in same}) >= least - 1


def bounds(found):
    """Return, of each count that is withheld, the least and the most that the table lets it be.

    The attacker takes languages for disjoint, which is more than they can know, and solves exactly: rows add
    up to their alerts, columns and alerts to those of the whole; what is withheld is 0 or more.
    """
    rows = [*found.languages, found.whole]
    names = [(at, name) for at in range(len(rows)) for name in (*OUTCOMES, "alerts")]
    place = {name: number for number, name in enumerate(names)}
    known = {
        (at, name): value
        for at, row in enumerate(rows)
        for name, value in {**row.outcomes, "alerts": row.alerts}.items()
        if value is not None
    }
    result = []
    whole = len(rows) - 1
    equal = [{**{(at, name): 1 for name in OUTCOMES}, (at, "alerts"): -1} for at in range(len(rows))]
    equal += [{**{(at, name): 1 for at in range(whole)}, (whole, name): -1} for name in (*OUTCOMES, "alerts")]
    matrix = np.zeros((len(equal), len(names)))
    for number, line in enumerate(equal):
        for name, factor in line.items():
            matrix[number, place[name]] = factor
    span = [(known[name], known[name]) if name in known else (0, 200) for name in names]
    for name in names:
        if name not in known and name[0] != whole:
            goal = np.zeros(len(names))
            goal[place[name]] = 1
            least = linprog(goal, A_eq=matrix, b_eq=np.zeros(len(equal)), bounds=span)
            most = linprog(-goal, A_eq=matrix, b_eq=np.zeros(len(equal)), bounds=span)
            result.append((least.fun, -most.fun))
    return result


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.tuples(*(st.integers(0, 20) for _ in OUTCOMES)), min_size=1, max_size=4))
def test_who_has_the_whole_table_is_left_with_many_values_for_each_withheld_count(counts):
    told = [
        one
        for number, row in enumerate(counts)
        for outcome, count in zip(OUTCOMES, row, strict=True)
        for one in cases(outcome, count, f"l{number}")
    ]
    found = parity(told, posts={}, indicators={}, least=LEAST)
    for low, high in bounds(found):
        assert high - low >= LEAST - 1 - 1e-6


@given(told=some_cases, posts=some_posts, least=st.integers(3, 12))
def test_what_is_shown_is_what_a_plain_count_gives_and_is_never_small(told, posts, least):
    found = parity(told, posts=posts, indicators={"A": 7}, least=least)
    for rows, group_of in ((found.languages, "languages"), (found.parties, "parties")):
        for row in rows:
            own = [one for one in told if row.group in getattr(one, group_of)]
            shown = {**row.outcomes, "alerts": row.alerts}
            counted = {name: sum(one.outcome == name for one in own) for name in OUTCOMES}
            counted["alerts"] = len(own)
            for name, value in shown.items():
                assert value in {None, counted[name]}
                assert value is None or value == 0 or value >= least
    for name in OUTCOMES:
        value = found.whole.outcomes[name]
        assert value in {None, sum(one.outcome == name for one in told)}


@given(told=some_cases, posts=some_posts)
def test_without_a_least_count_nothing_is_withheld(told, posts):
    found = parity(told, posts=posts, indicators={}, least=1)
    assert found.whole.alerts == len(told)
    assert None not in [value for row in found.languages for value in row.outcomes.values()]


@given(told=st.permutations(cases("dismissed", 7, "fr") + cases("confirmed", 3, "en", "fr")))
def test_the_order_of_alerts_changes_nothing(told):
    posts = {"fr": 10, "en": 20}
    assert parity(told, posts=posts, indicators={}) == parity(
        sorted(told, key=str), posts=posts, indicators={}
    )
