"""The throttle: growing waits that no trick shortens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie_node.people.models import Attempt
from vigie_node.people.throttle import (
    DAY_MS,
    LIMITS,
    SECOND_MS,
    Subject,
    ThrottledError,
    forget,
    give_back,
    take,
    wait_ms,
)

NAME, ADDRESS = Subject("name", "m.tremblay"), Subject("address", "203.0.113.9")
LIMIT = LIMITS["name"]


def use_up(subject: Subject) -> None:
    for _ in range(LIMITS[subject.kind].free):
        take([subject])


@given(st.integers(0, 10_000), st.integers(-DAY_MS, DAY_MS))
def test_one_more_failure_never_shortens_the_wait(count, since_ms):
    assert wait_ms(count + 1, since_ms, LIMIT) >= wait_ms(count, since_ms, LIMIT)


@given(st.integers(0, 10_000), st.integers(-DAY_MS, DAY_MS))
def test_no_wait_is_longer_than_the_limit(count, since_ms):
    assert 0 <= wait_ms(count, since_ms, LIMIT) <= LIMIT.wait_ms_max


@given(st.integers(0, 10_000), st.integers(-DAY_MS, 0))
def test_a_clock_set_back_shortens_no_wait(count, since_ms):
    """Abuse case 13."""
    assert wait_ms(count, since_ms, LIMIT) == wait_ms(count, 0, LIMIT)


def test_the_wait_doubles():
    waits = [wait_ms(LIMIT.free + more, 0, LIMIT) for more in range(4)]
    assert waits == [SECOND_MS, 2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS]


@pytest.mark.usefixtures("db", "hand")
def test_a_few_failures_are_free_then_one_waits():
    use_up(NAME)
    with pytest.raises(ThrottledError) as refused:
        take([NAME])
    assert refused.value.facts == {"seconds": 1}


@pytest.mark.usefixtures("db")
def test_after_the_wait_one_may_try_once(hand):
    use_up(NAME)
    hand.turn(seconds=1)
    take([NAME])
    with pytest.raises(ThrottledError):
        take([NAME])


@pytest.mark.usefixtures("db")
def test_trying_while_waiting_makes_the_wait_no_longer(hand):
    use_up(NAME)
    for _ in range(20):
        with pytest.raises(ThrottledError):
            take([NAME])
    hand.turn(seconds=1)
    take([NAME])


@pytest.mark.usefixtures("db", "hand")
def test_one_subject_that_must_wait_is_enough_and_nothing_is_counted():
    use_up(NAME)
    with pytest.raises(ThrottledError):
        take([ADDRESS, NAME])
    assert not Attempt.objects.filter(subject=ADDRESS.key).exists()


@pytest.mark.usefixtures("db", "hand")
def test_an_attempt_counts_before_it_is_judged():
    take([NAME])
    assert Attempt.objects.get(subject=NAME.key).failure_count == 1


@pytest.mark.usefixtures("db", "hand")
def test_a_right_attempt_clears_the_name_but_only_itself_from_the_address():
    for _ in range(3):
        take([NAME, ADDRESS])
    give_back([NAME, ADDRESS])
    assert not Attempt.objects.filter(subject=NAME.key).exists()
    assert Attempt.objects.get(subject=ADDRESS.key).failure_count == 2


@pytest.mark.usefixtures("db")
def test_after_a_quiet_day_counting_begins_anew(hand):
    use_up(NAME)
    hand.turn(days=1, seconds=1)
    use_up(NAME)


@pytest.mark.usefixtures("db", "hand")
def test_neither_names_nor_addresses_stand_in_the_table():
    take([NAME, ADDRESS])
    shown = " ".join(Attempt.objects.values_list("subject", flat=True))
    assert NAME.value not in shown
    assert ADDRESS.value not in shown


@pytest.mark.usefixtures("db")
def test_a_name_and_an_address_that_are_spelled_alike_are_two():
    assert Subject("name", "x").key != Subject("address", "x").key


@pytest.mark.usefixtures("db")
def test_counts_of_long_ago_are_swept(hand):
    take([NAME])
    hand.turn(days=2)
    take([ADDRESS])
    assert forget(hand.at_ms) == 1
    assert Attempt.objects.get().subject == ADDRESS.key
