"""At the same moment: nothing that works once works twice, no limit is outrun."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from vigie.terms.errors import VigieError
from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.models import Attempt, Link, Person
from vigie_node.people.throttle import LIMITS, Subject, take

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 8


def together(*works: Callable[[], object]) -> list[object]:
    """Do all of it at once and return what each gave: its value, or the error people would read."""
    gate, given = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            given.append(work())
        except (VigieError, PermissionDenied) as error:
            given.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(works)
    return given


def worked(given: list[object]) -> int:
    return sum(not isinstance(one, Exception) for one in given)


def test_a_code_sent_many_times_at_once_is_good_once(known, hand):
    code = known.code(hand.at_ms)
    given = together(*[lambda: actions.check_code(known.person, code, address="")] * 5)
    assert worked(given) == 1


def test_a_recovery_code_sent_many_times_at_once_is_good_once(known):
    given = together(*[lambda: actions.check_code(known.person, known.recovery_code, address="")] * 5)
    assert worked(given) == 1


def test_a_link_used_many_times_at_once_works_once(known):
    secret = actions.recover(known.person, by=HOST)
    given = together(*[lambda: actions.accept_link(secret, password="trois moineaux sur le toit")] * TIMES)  # noqa: S106
    assert worked(given) == 1
    assert Link.objects.exclude(used_ms=None).count() == 1


@pytest.mark.usefixtures("hand")
def test_many_guesses_at_once_are_not_more_than_a_few():
    """Abuse cases 13 and 14: counted before they are judged."""
    subject = Subject("name", "m.tremblay")
    given = together(*[lambda: take([subject])] * (3 * TIMES))
    assert worked(given) == LIMITS["name"].free
    assert Attempt.objects.get().failure_count == LIMITS["name"].free


def test_two_administrators_who_suspend_each_other_do_not_both_succeed(make_person):
    one, other = make_person("administrator"), make_person("administrator")
    given = together(
        lambda: actions.suspend(one, by=actor(other.pk)), lambda: actions.suspend(other, by=actor(one.pk))
    )
    assert worked(given) == 1
    assert Person.objects.filter(is_active=True).count() == 1


def test_one_name_is_given_to_one_of_many_invited_at_once(organisation):
    given = together(
        *[
            lambda: actions.invite_person(
                organisation=organisation, username="m.tremblay", name="M", roles=["analyst"], by=HOST
            )
        ]
        * TIMES
    )
    assert worked(given) == 1
    assert Person.objects.count() == 1
