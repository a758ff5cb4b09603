"""What verdicts make of an alert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.assess import COOLING_OFF_MS, Given, again_from_ms, settle

HOUR_MS = 3_600_000
VERDICTS = ("confirm", "dismiss", "unsure")


def said(*verdicts: tuple[str, str] | tuple[str, str, int]) -> list[Given]:
    """Return verdicts written as (who, what) or (who, what, hour)."""
    return [
        Given(by=by, verdict=verdict, at_ms=HOUR_MS * (hour[0] if hour else at))
        for at, (by, verdict, *hour) in enumerate(verdicts)
    ]


@st.composite
def some_verdicts(draw):
    """Return verdicts of up to three people, in the order of time."""
    rows = draw(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(VERDICTS), st.integers(0, 40)), max_size=7)
    )
    at = 0
    given_verdicts = []
    for by, verdict, hours in rows:
        at += hours
        given_verdicts.append((by, verdict, at))
    return said(*given_verdicts)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (said(), "new"),
        (said(("a", "confirm")), "in_review"),
        (said(("a", "unsure")), "in_review"),
        (said(("a", "dismiss")), "dismissed"),
        (said(("a", "confirm"), ("b", "confirm")), "confirmed"),
        (said(("a", "confirm"), ("b", "dismiss")), "disputed"),
        (said(("a", "confirm"), ("b", "confirm"), ("c", "dismiss")), "disputed"),
        (said(("a", "confirm"), ("b", "confirm"), ("c", "unsure")), "confirmed"),
        (said(("a", "dismiss"), ("a", "confirm")), "in_review"),
        (said(("a", "confirm"), ("a", "confirm", 60)), "in_review"),
    ],
)
def test_one_may_dismiss_two_are_needed_to_confirm(verdicts, status):
    assert settle(verdicts, is_alone=False) == status


def test_alone_one_confirms_by_saying_so_again_a_day_later():
    assert settle(said(("a", "confirm", 0), ("a", "confirm", 24)), is_alone=True) == "confirmed"
    assert settle(said(("a", "confirm", 0), ("a", "confirm", 23)), is_alone=True) == "in_review"


def test_a_doubt_in_between_begins_the_day_anew():
    doubted = said(("a", "confirm", 0), ("a", "unsure", 12), ("a", "confirm", 25))
    assert settle(doubted, is_alone=True) == "in_review"
    assert again_from_ms(doubted, by="a") == 25 * HOUR_MS + COOLING_OFF_MS


def test_the_doubt_of_somebody_who_left_does_not_begin_it_anew():
    assert (
        settle(said(("a", "confirm", 0), ("b", "unsure", 12), ("a", "confirm", 25)), is_alone=True)
        == "confirmed"
    )


def test_the_verdict_of_somebody_who_left_counts():
    assert settle(said(("a", "confirm", 0), ("b", "confirm", 1)), is_alone=True) == "confirmed"


def test_who_never_confirmed_has_no_time_to_wait_for():
    assert again_from_ms(said(("a", "dismiss"), ("b", "confirm")), by="a") is None


def by_hand(given_verdicts, is_alone):
    """Return the status from the words of the rule."""
    latest = {}
    for one in given_verdicts:
        latest[one.by] = one
    kinds = sorted(one.verdict for one in latest.values())
    if not kinds:
        return "new"
    if "confirm" in kinds and "dismiss" in kinds:
        return "disputed"
    if "dismiss" in kinds:
        return "dismissed"
    if kinds.count("confirm") >= 2:
        return "confirmed"
    if kinds.count("confirm") == 1 and is_alone:
        who = next(by for by, one in latest.items() if one.verdict == "confirm")
        own = [one for one in given_verdicts if one.by == who]
        breaks = [at for at, one in enumerate(own) if one.verdict != "confirm"]
        since = own[breaks[-1] + 1 :] if breaks else own
        if since[-1].at_ms - since[0].at_ms >= 24 * HOUR_MS:
            return "confirmed"
    return "in_review"


@given(verdicts=some_verdicts(), is_alone=st.booleans())
def test_settling_agrees_with_the_plain_reading(verdicts, is_alone):
    assert settle(verdicts, is_alone=is_alone) == by_hand(verdicts, is_alone)


@given(verdicts=some_verdicts())
def test_with_two_reviewers_no_single_person_confirms(verdicts):
    if settle(verdicts, is_alone=False) == "confirmed":
        assert len({one.by for one in verdicts if one.verdict == "confirm"}) > 1


@given(verdicts=some_verdicts(), is_alone=st.booleans())
def test_whoever_dismisses_last_leaves_it_dismissed_or_disputed(verdicts, is_alone):
    after = [*verdicts, Given(by="d", verdict="dismiss", at_ms=10**9)]
    assert settle(after, is_alone=is_alone) in {"dismissed", "disputed"}


@given(verdicts=some_verdicts())
def test_the_end_of_the_waiting_is_when_saying_so_again_confirms(verdicts):
    own = [one for one in verdicts if one.by == "a"]
    moment = again_from_ms(own, by="a")
    if moment is not None:
        again = Given(by="a", verdict="confirm", at_ms=moment)
        early = Given(by="a", verdict="confirm", at_ms=moment - 1)
        before = [one for one in own if one.at_ms < moment - 1]
        if before == own:
            assert settle([*own, again], is_alone=True) == "confirmed"
            assert settle([*own, early], is_alone=True) == "in_review"
