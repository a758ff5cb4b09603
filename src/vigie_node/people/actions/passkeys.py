"""Passkeys: added, named, removed; and signing in with one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.people.access import check_self
from vigie_node.people.actions.persons import record_on
from vigie_node.people.actions.signing_in import refuse
from vigie_node.people.models import Passkey, Person
from vigie_node.people.names import name_from
from vigie_node.people.passkeys import PasskeyRefusedError, credential_id_of, proven_count
from vigie_node.people.proofs import hash_of
from vigie_node.people.throttle import Subject, give_back, take

if TYPE_CHECKING:
    from vigie_node.people.passkeys import NewKey, Site

PASSKEYS_MAX = 20
NAME_LENGTH_MAX = 100


class TooManyPasskeysError(VigieError):
    """Nobody needs so many."""

    code = "option.passkeys"
    sentence = say("You have {number} passkeys already.")
    remedy = say("Remove one that you no longer use.")


@transaction.atomic
def add_passkey(person: Person, *, key: NewKey, name: str, by: str) -> Passkey:
    """Bind a passkey to a person, who can sign in with it alone from then on.

    Args:
        person: whose.
        key: what their browser made (`passkeys.new_key`).
        name: what they call the device.
        by: the person.

    Raises:
        PermissionDenied: `by` is somebody else.
        BadNameError: the name means nothing.
        TooManyPasskeysError: they have enough.
        PasskeyRefusedError: somebody has this passkey already.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.passkeys.count() >= PASSKEYS_MAX:
        raise TooManyPasskeysError(number=PASSKEYS_MAX)
    made = Passkey(
        person=person,
        name=name_from(name)[:NAME_LENGTH_MAX],
        credential_id=key.credential_id,
        credential=key.credential,
        sign_count=key.sign_count,
        made_ms=clock.now_ms(),
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise PasskeyRefusedError from error
    record_on(person, "person.passkey_added", by=by, passkey=made.pk)
    return made


@transaction.atomic
def name_passkey(passkey: Passkey, *, name: str, by: str) -> Passkey:
    """Call a passkey by another name; the ledger says nothing of names.

    Raises:
        PermissionDenied: `by` is somebody else.
        BadNameError: the name means nothing.
    """
    check_self(by, passkey.person)
    passkey = Passkey.objects.select_for_update().get(pk=passkey.pk)
    passkey.name = name_from(name)[:NAME_LENGTH_MAX]
    passkey.save(update_fields=["name"])
    record_on(passkey.person, "person.passkey_named", by=by, passkey=passkey.pk)
    return passkey


@transaction.atomic
def remove_passkey(passkey: Passkey, *, by: str) -> Person:
    """Let a passkey open nothing more, and end the sessions of its person: one may have begun with it.

    Raises:
        PermissionDenied: `by` is somebody else.
    """
    check_self(by, passkey.person)
    person = Person.objects.select_for_update().get(pk=passkey.person_id)
    if Passkey.objects.filter(pk=passkey.pk).delete()[0]:
        person.session_key = str(uuid4())
        person.save(update_fields=["session_key"])
        record_on(person, "person.passkey_removed", by=by, passkey=passkey.pk)
    return person


def check_passkey(answer: str, *, site: Site, challenge: str, address: str) -> Person:
    """Return the person whose passkey answered a challenge: the whole of signing in.

    Args:
        answer: what the browser sent.
        site: what the node's passkeys are bound to.
        challenge: what this session was asked, not longer ago than five minutes.
        address: where the request comes from.

    Raises:
        ThrottledError: after too many failures; then nothing was tried.
        PasskeyRefusedError: it proves nothing. The ledger says so, and when a counter shows that somebody
            may have copied the key.
    """
    subjects = [Subject("address", address)]
    passkey = Passkey.objects.select_related("person").filter(credential_id=_id_of(answer)).first()
    if passkey is not None:
        subjects.append(Subject("person", str(passkey.person_id)))
    take(subjects)
    try:
        if passkey is None or not passkey.person.is_active:
            raise PasskeyRefusedError  # noqa: TRY301 (one way to refuse)
        count = proven_count(
            site, answer, challenge, credential=bytes(passkey.credential), person=passkey.person
        )
    except PasskeyRefusedError:
        refuse(passkey.person if passkey else None, "passkey")
        raise
    if not _use(passkey, count, challenge):
        refuse(passkey.person, "passkey_counter")
        raise PasskeyRefusedError
    give_back(subjects)
    return passkey.person


def _id_of(answer: str) -> str:
    """Return which passkey an answer names; none where it cannot be read: it is counted all the same."""
    try:
        return credential_id_of(answer)
    except PasskeyRefusedError:
        return ""


@transaction.atomic
def _use(passkey: Passkey, count: int, challenge: str) -> bool:
    """Note that a passkey was used; False where its counter went back, or the challenge was signed before.

    Source: Web Authentication, level 3, section 7.2, step 22.
    """
    row = Passkey.objects.select_for_update().filter(pk=passkey.pk).first()
    counts = row is not None and (count or row.sign_count)
    if row is None or row.challenge_hash == hash_of(challenge) or (counts and count <= row.sign_count):
        return False
    row.sign_count, row.used_ms, row.challenge_hash = count, clock.now_ms(), hash_of(challenge)
    row.save(update_fields=["sign_count", "used_ms", "challenge_hash"])
    return True
