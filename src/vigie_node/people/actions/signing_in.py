"""Signing in, step by step: a name and a password, then a code; each throttled, each refusal recorded.

Refusals say nothing about whether a name exists, and take about the same work.
"""

from __future__ import annotations

from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.actions import person as actor
from vigie_node.people import passwords
from vigie_node.people.actions.proofs import WrongCodeError
from vigie_node.people.models import Person
from vigie_node.people.names import USERNAME, normal
from vigie_node.people.proofs import new_secret, recovery_hash, step_of, unseal_totp
from vigie_node.people.throttle import Subject, give_back, take

PASSWORD, PASSKEY, PROVIDER = "password", "passkey", "provider"  # ways in


class WrongPasswordError(VigieError):
    """The name or the password is wrong, or the person is suspended: which, is not said."""

    code = "sign_in.refused"
    sentence = say("The name or the password is not right.")
    remedy = say("If you lost your password, ask an administrator of your organisation for a link.")


def check_password(username: str, password: str, *, address: str, device: str = "") -> Person:
    """Return the person whose name and password these are: half of signing in.

    Args:
        username: as typed.
        password: as typed.
        address: where the request comes from (`addresses.client_of`).
        device: the mark of a browser in which somebody signed in before (`device_mark`), checked; or empty.

    Raises:
        ThrottledError: after too many failures; then nothing was tried.
        WrongPasswordError: they do not belong together.
    """
    plain = normal(username)
    person = Person.objects.filter(username=plain).first() if USERNAME.fullmatch(plain) else None
    take([_tried(plain, person, device), Subject("address", address)])
    right = passwords.is_right(person, password)
    if person is None or not right or not person.is_active:
        refuse(person, "password")
        raise WrongPasswordError
    return person


def check_own_password(person: Person, password: str, *, address: str, device: str = "") -> None:
    """Check the password of somebody who is signed in already, before what an intruder would do.

    Raises:
        ThrottledError, WrongPasswordError: as for signing in.
    """
    check_password(person.username, password, address=address, device=device)
    give_back([_tried(person.username, person, device), Subject("address", address)])


def check_code(person: Person, code: str, *, address: str) -> Person:
    """Use up a code of the person's app, or one of their recovery codes.

    Raises:
        ThrottledError: after too many failures; then nothing was tried.
        WrongCodeError: it is neither, or was used.
    """
    subjects = Subject("person", str(person.pk)), Subject("address", address)
    take(subjects)
    if not any(use(person, code) for use in (_use_totp, _use_recovery_code)):
        refuse(person, "code")
        raise WrongCodeError
    give_back(subjects)
    return person


@transaction.atomic
def signed_in(
    person: Person, *, address: str, device: str = "", way: str = PASSWORD, is_proven: bool = False
) -> Person:
    """Record that a person proved who they are, whole.

    Args:
        person: who.
        address: where the request comes from.
        device: the mark of their browser, or empty.
        way: "password", "passkey" or "provider".
        is_proven: whether that way holds a second factor by itself.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    person.signed_in_ms = clock.now_ms()
    person.save(update_fields=["signed_in_ms"])
    give_back([Subject("name", person.username), _tried(person.username, person, device)])
    give_back([Subject("address", address)])
    proven = is_proven or person.has_second_factor
    _record("person.signed_in", person, actor(person.pk), way=way, second_factor=proven)
    return person


def device_mark(person: Person) -> str:
    """Return a new mark for a browser in which a person has signed in."""
    return f"{person.pk}:{new_secret()}"


def _tried(username: str, person: Person | None, device: str) -> Subject:
    """Return for whom a failure counts: for the person's own browser, else for the name."""
    if person is not None and device.startswith(f"{person.pk}:"):
        return Subject("device", device)
    return Subject("name", username)


@transaction.atomic
def _use_totp(person: Person, code: str) -> bool:
    fresh = Person.objects.select_for_update().get(pk=person.pk)
    if fresh.totp_sealed is None:
        return False
    secret = unseal_totp(bytes(fresh.totp_sealed), fresh.pk)
    step = step_of(secret, code, now_ms=clock.now_ms(), after=fresh.totp_step)
    if step is None:
        return False
    fresh.totp_step = step
    fresh.save(update_fields=["totp_step"])
    return True


@transaction.atomic
def _use_recovery_code(person: Person, code: str) -> bool:
    rows = person.recovery_codes.filter(secret_hash=recovery_hash(person.pk, code), used_ms=None)
    used = rows.update(used_ms=clock.now_ms()) == 1
    if used:
        left = person.recovery_codes.filter(used_ms=None).count()
        _record("person.recovery_code_used", person, actor(person.pk), left=left)
    return used


@transaction.atomic
def refuse(person: Person | None, step: str) -> None:
    """Record a refusal without the name that was tried; where nobody has that name, it is the node's own."""
    if person is None:
        record("sign_in.refused", of="sign-in", by=NODE, step=step)
    else:
        _record("sign_in.refused", person, NODE, step=step)


def _record(kind: str, person: Person, by: str, **facts: object) -> None:
    record(kind, of=f"person:{person.pk}", by=by, organisation=person.organisation_id, **facts)
