"""Which alert a new signal joins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vigie.assess import OVERLAP_MIN, join, overlap

some_accounts = st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=8)
some_alerts = st.dictionaries(st.integers(1, 9), some_accounts, max_size=5)


@st.composite
def some_signals(draw):
    """Return the groups of one run: no account is in two."""
    places = draw(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 4), max_size=8))
    groups: dict[int, set[str]] = {}
    for account, number in places.items():
        groups.setdefault(number, set()).add(account)
    return {number: frozenset(groups[number]) for number in sorted(groups)}


def by_hand(signals, alerts, least):
    """Return the same by looking for the best pair that is left, again and again."""
    joined = dict.fromkeys(signals)
    left, free = list(signals), list(alerts)
    while True:
        pairs = [(overlap(signals[s], alerts[a]), s, a) for a in free for s in left]
        pairs = [pair for pair in pairs if pair[0] >= least]
        if not pairs:
            return joined
        best = max(value for value, _, _ in pairs)
        _, signal, alert = next(pair for pair in pairs if pair[0] == best)
        joined[signal] = alert
        left.remove(signal)
        free.remove(alert)


def test_mostly_the_same_accounts_are_one_alert():
    assert join({1: frozenset("abcd")}, {7: frozenset("abc")}) == {1: 7}


def test_exactly_half_is_enough():
    assert join({1: frozenset("ab")}, {7: frozenset("abcd")}) == {1: 7}


def test_less_than_half_opens_a_new_alert():
    assert join({1: frozenset("abx")}, {7: frozenset("abcd")}) == {1: None}


def test_the_nearest_alert_is_joined_whatever_its_age():
    assert join({1: frozenset("abc")}, {3: frozenset("ab"), 9: frozenset("abc")}) == {1: 9}


def test_of_equal_alerts_the_oldest_is_joined():
    assert join({1: frozenset("ab")}, {3: frozenset("abc"), 9: frozenset("abd")}) == {1: 3}


def test_two_halves_of_an_alert_do_not_both_join_it():
    assert join({1: frozenset("ab"), 2: frozenset("cd")}, {7: frozenset("abcd")}) == {1: 7, 2: None}


@given(signals=some_signals(), alerts=some_alerts, least=st.sampled_from([0.1, 0.34, OVERLAP_MIN, 0.75, 1.0]))
def test_joining_agrees_with_the_plain_reading(signals, alerts, least):
    assert join(signals, alerts, overlap_min=least) == by_hand(signals, alerts, least)


@given(signals=some_signals(), alerts=some_alerts)
def test_every_signal_has_an_answer_and_no_alert_takes_two(signals, alerts):
    joined = join(signals, alerts)
    taken = [alert for alert in joined.values() if alert is not None]
    assert list(joined) == list(signals)
    assert len(taken) == len(set(taken))


@given(signals=some_signals(), alerts=some_alerts)
def test_who_joins_overlaps_and_who_opens_overlaps_no_free_alert(signals, alerts):
    joined = join(signals, alerts)
    free = set(alerts) - set(joined.values())
    for signal, alert in joined.items():
        if alert is None:
            assert all(overlap(signals[signal], alerts[one]) < OVERLAP_MIN for one in free)
        else:
            assert overlap(signals[signal], alerts[alert]) >= OVERLAP_MIN


@given(signals=some_signals())
def test_the_same_groups_join_their_own_alerts(signals):
    assert join(signals, {f"alert {one}": accounts for one, accounts in signals.items()}) == {
        one: f"alert {one}" for one in signals
    }


@given(one=some_accounts, other=some_accounts)
def test_overlap_is_mutual_and_whole_only_for_the_same_accounts(one, other):
    assert overlap(one, other) == overlap(other, one)
    assert (overlap(one, other) == 1.0) == (one == other)
    assert 0.0 <= overlap(one, other) <= 1.0


def test_nothing_overlaps_nothing():
    assert overlap(frozenset(), frozenset()) == 0.0
