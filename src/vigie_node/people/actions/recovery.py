"""A new way in for somebody, by two administrators: one asks with a reason, another decides within a day."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.actions import person as actor
from vigie_node.people.access import (
    MANAGE,
    actor_of,
    check_alters,
    check_apart,
    has_second_recoverer,
    may_alter,
)
from vigie_node.people.actions.persons import SuspendedError, fresh, record_on, renew
from vigie_node.people.models import Recovery

if TYPE_CHECKING:
    from vigie_node.people.models import Person

RECOVERY_HOURS = 24
HOUR_MS = 3_600_000
REASON_MAX = 500


class NoReasonError(VigieError):
    """A request says nothing."""

    code = "option.reason"
    sentence = say("The request has no reason.")
    remedy = say("Say in a few words why: another administrator judges it.")


class NoSecondAdministratorError(VigieError):
    """Nobody else could decide."""

    code = "option.second_administrator"
    sentence = say("No other administrator of the organisation can approve this.")
    remedy = say("Ask the node’s operator: `vigie user recover` on the node’s machine makes a link.")


class RecoveryOpenError(VigieError):
    """It was asked for already."""

    code = "option.recovery_open"
    sentence = say("A new way in was asked for already, and waits for another administrator.")
    remedy = say("Approve, refuse or withdraw that request first.")


class RecoveryOverError(VigieError):
    """It was decided, has lapsed, or whoever asked may no longer ask."""

    code = "option.recovery_over"
    sentence = say(
        "This request is over: it was decided, has lapsed, or its author no longer manages people."
    )
    remedy = say("Ask anew on the person’s page.")


@transaction.atomic
def ask_recovery(person: Person, *, reason: str, by: str, second_factor: bool = False) -> Recovery:
    """Ask that a person be given a new way in; nothing changes for them until another approves.

    Args:
        person: who lost their password, or fears that somebody else has it.
        reason: why, and how it is known who asks.
        by: an administrator who may alter them.
        second_factor: whether they lost that too.

    Raises:
        PermissionDenied: `by` may not alter this person.
        NoReasonError: nothing is said.
        SuspendedError: they are suspended.
        NoSecondAdministratorError: nobody else could approve.
        RecoveryOpenError: it was asked for already.
    """
    asker = actor_of(by)
    if asker is None:
        raise PermissionDenied  # the host needs no second
    person = fresh(person, by)
    said = " ".join(reason.split())[:REASON_MAX]
    if not any(letter.isalnum() for letter in said):
        raise NoReasonError
    if not person.is_active:
        raise SuspendedError(username=person.username)
    if not has_second_recoverer(asker, person):
        raise NoSecondAdministratorError
    now = clock.now_ms()
    _lapse(person.recoveries.filter(state=Recovery.State.ASKED, expires_ms__lte=now).first())
    if person.recoveries.filter(state=Recovery.State.ASKED).exists():
        raise RecoveryOpenError
    recovery = Recovery.objects.create(
        person=person,
        reason=said,
        second_factor=second_factor,
        asked_by=asker,
        asked_ms=now,
        expires_ms=now + RECOVERY_HOURS * HOUR_MS,
    )
    _record("person.recovery_asked", recovery, by, reason_sha256=hashlib.sha256(said.encode()).hexdigest())
    return recovery


@transaction.atomic
def approve_recovery(recovery: Recovery, *, by: str) -> str:
    """Give the person a new link; the old password, passkeys, sessions and tokens stop at once.

    Args:
        recovery: the request.
        by: an administrator who may alter the person, not the one who asked.

    Returns:
        The secret of the link.

    Raises:
        PermissionDenied: `by` asked for it, is nobody, or may not alter the person.
        RecoveryOverError: it is over, or whoever asked may no longer.
        NotIndependentError: one of the two made the other, or `by` came after the request.
        NotApartError: one person stands behind both.
        SuspendedError: the person is suspended.
    """
    person = fresh(recovery.person, by)
    recovery = _open(recovery)
    decider = actor_of(by)
    if decider is None or decider.pk == recovery.asked_by_id:
        raise PermissionDenied
    if not may_alter(recovery.asked_by, person):
        raise RecoveryOverError
    check_apart(decider, recovery.asked_by, MANAGE, recovery.asked_ms)
    _decide(recovery, Recovery.State.APPROVED, decider)
    return renew(
        person,
        by=by,
        second_factor=recovery.second_factor,
        recovery=recovery.pk,
        asked_by=actor(recovery.asked_by_id),
    )


@transaction.atomic
def refuse_recovery(recovery: Recovery, *, by: str) -> Recovery:
    """Refuse a request; whoever made it withdraws it so.

    Raises:
        PermissionDenied: `by` may not alter the person.
        RecoveryOverError: it is over.
    """
    check_alters(by, fresh(recovery.person, by))
    recovery = _open(recovery)
    decider = actor_of(by)
    own = decider is not None and decider.pk == recovery.asked_by_id
    _decide(recovery, Recovery.State.WITHDRAWN if own else Recovery.State.REFUSED, decider)
    _record("person.recovery_withdrawn" if own else "person.recovery_refused", recovery, by)
    return recovery


def lapse_recoveries() -> int:
    """Note that nobody decided in time, and return about how many requests."""
    late = Recovery.objects.filter(state=Recovery.State.ASKED, expires_ms__lte=clock.now_ms())
    lapsed = 0
    for recovery in late.order_by("id"):
        with transaction.atomic():
            lapsed += _lapse(Recovery.objects.select_for_update().get(pk=recovery.pk))
    return lapsed


def _open(recovery: Recovery) -> Recovery:
    """Return the request as the database knows it now, locked, while it can be decided."""
    found = (
        Recovery.objects.select_for_update(of=("self",))
        .select_related("asked_by", "person")
        .get(pk=recovery.pk)
    )
    if found.state != Recovery.State.ASKED or found.expires_ms <= clock.now_ms():
        raise RecoveryOverError
    return found


def _lapse(recovery: Recovery | None) -> bool:
    if recovery is None or recovery.state != Recovery.State.ASKED:
        return False
    _decide(recovery, Recovery.State.LAPSED, None)
    _record("person.recovery_lapsed", recovery, NODE)
    return True


def _decide(recovery: Recovery, state: Recovery.State, decider: Person | None) -> None:
    recovery.state, recovery.decided_by, recovery.decided_ms = state, decider, clock.now_ms()
    recovery.save(update_fields=["state", "decided_by", "decided_ms"])


def _record(kind: str, recovery: Recovery, by: str, **facts: object) -> None:
    record_on(
        recovery.person,
        kind,
        by=by,
        recovery=recovery.pk,
        second_factor=recovery.second_factor,
        **facts,
    )
