"""What a person proves themselves with: password, second factor, recovery codes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.actions import record
from vigie_node.people import passwords
from vigie_node.people.access import check_self, link_of
from vigie_node.people.models import Link, Person, RecoveryCode
from vigie_node.people.proofs import new_recovery_codes, recovery_hash, seal_totp, step_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class DeadLinkError(VigieError):
    """A link was used, replaced or has expired; or nobody ever made it."""

    code = "link.dead"
    sentence = say("This link does not work, or no longer.")
    remedy = say("Ask an administrator of your organisation, or the node’s operator, for a new one.")


class WrongCodeError(VigieError):
    """A one-time code is wrong, too old, or was used."""

    code = "sign_in.code"
    sentence = say("This code is not right, or was used already.")
    remedy = say("Wait for the next code of your app, and check that your device’s clock is right.")


@transaction.atomic
def accept_link(secret: str, *, password: str) -> Person:
    """Choose a password with a link; the link is used up.

    Raises:
        DeadLinkError: it does not work.
        WeakPasswordError: the password is not good enough; the link still works.
    """
    link = link_of(secret)
    if link is None:
        raise DeadLinkError
    person = Person.objects.select_for_update().get(pk=link.person_id)
    _put_password(person, password)
    now = clock.now_ms()
    if not Link.objects.filter(pk=link.pk, used_ms=None, expires_ms__gt=now).update(used_ms=now):
        raise DeadLinkError  # somebody was quicker
    _record("person.link_used", person, actor(person.pk))
    return person


@transaction.atomic
def set_password(person: Person, *, password: str, by: str) -> Person:
    """Change a person's password; their sessions end.

    Raises:
        PermissionDenied: `by` is somebody else.
        WeakPasswordError: it is not good enough.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    _put_password(person, password)
    _record("person.password_set", person, by)
    return person


@transaction.atomic
def enrol_second_factor(person: Person, *, secret: str, code: str, by: str) -> list[str]:
    """Bind an authenticator app to a person, once they show a code of it; older codes and sessions end.

    Args:
        person: whose app.
        secret: what the app was given, base 32.
        code: what the app shows now.
        by: the person.

    Returns:
        Ten new recovery codes, readable this once.

    Raises:
        PermissionDenied: `by` is somebody else, or the person changed since they were looked up: of two who
            enrol at once with one stolen password, the second does not undo the first.
        WrongCodeError: the code is not of this secret and moment.
    """
    check_self(by, person)
    step = step_of(secret, code, now_ms=clock.now_ms(), after=0)
    if step is None:
        raise WrongCodeError
    before, person = person, Person.objects.select_for_update().get(pk=person.pk)
    if person.session_key != before.session_key:
        raise PermissionDenied
    person.totp_sealed, person.totp_step = seal_totp(secret, person.pk), step
    person.session_key = str(uuid4())
    person.save(update_fields=["totp_sealed", "totp_step", "session_key"])
    _record("person.second_factor_enrolled", person, by)
    return _new_codes(person)


@transaction.atomic
def make_recovery_codes(person: Person, *, by: str) -> Sequence[str]:
    """Return ten new recovery codes, readable this once; the former ones stop working.

    Raises:
        PermissionDenied: `by` is somebody else.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    _record("person.recovery_codes_made", person, by)
    return _new_codes(person)


def _put_password(person: Person, password: str) -> None:
    passwords.put(person, password)
    person.session_key = str(uuid4())
    person.save(update_fields=["password", "session_key"])


def _new_codes(person: Person) -> list[str]:
    codes = new_recovery_codes()
    person.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, secret_hash=recovery_hash(person.pk, code)) for code in codes
    )
    return codes


def _record(kind: str, person: Person, by: str) -> None:
    record(kind, of=f"person:{person.pk}", by=by, organisation=person.organisation_id)
