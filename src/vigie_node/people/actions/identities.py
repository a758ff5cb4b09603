"""Identities with a provider: linked by an explicit act, used to sign in, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.people.access import check_self
from vigie_node.people.actions.persons import record_on
from vigie_node.people.actions.signing_in import refuse
from vigie_node.people.models import LinkedIdentity, Person
from vigie_node.people.provider import Identity, identity_from
from vigie_node.people.throttle import Subject, give_back, take

if TYPE_CHECKING:
    from collections.abc import Mapping


class IdentityTakenError(VigieError):
    """The identity, or the person, is linked already."""

    code = "option.identity_taken"
    sentence = say("This identity is linked to another account, or your account to another identity.")
    remedy = say("Take away the present link first; if it is not yours, tell an administrator.")


def check_identity(
    answer: Mapping[str, str], remembered: Mapping[str, Any] | None, *, address: str
) -> Identity:
    """Return who the provider says a browser's person is: see `provider.identity_from`.

    Args:
        answer: the parameters with which the browser came back.
        remembered: what its session was given to remember.
        address: where the request comes from.

    Raises:
        ThrottledError: after too many failures; then nobody was asked.
        VigieError: it proves nothing; the ledger says so.
    """
    subjects = [Subject("address", address)]
    take(subjects)
    try:
        identity = identity_from(answer, remembered)
    except VigieError:
        refuse(None, "provider")
        raise
    give_back(subjects)
    return identity


@transaction.atomic
def person_with(identity: Identity) -> Person | None:
    """Return the person who linked an identity, and note that it was used; None where nobody did."""
    found = LinkedIdentity.objects.select_related("person").filter(
        issuer=identity.issuer, subject=identity.subject, person__is_active=True
    )
    linked = found.first()
    if linked is None:
        return None
    linked.used_ms = clock.now_ms()
    linked.save(update_fields=["used_ms"])
    return linked.person


@transaction.atomic
def link_identity(person: Person, *, identity: Identity, by: str) -> LinkedIdentity:
    """Let a person sign in as who they are with a provider; the ledger names the provider, not the identity.

    Raises:
        PermissionDenied: `by` is somebody else.
        IdentityTakenError: somebody has linked it, or the person another of this provider.
    """
    check_self(by, person)
    try:
        with transaction.atomic():
            linked = LinkedIdentity.objects.create(
                person=person, issuer=identity.issuer, subject=identity.subject, linked_ms=clock.now_ms()
            )
    except IntegrityError as error:
        raise IdentityTakenError from error
    record_on(person, "person.identity_linked", by=by, issuer=identity.issuer)
    return linked


@transaction.atomic
def unlink_identity(linked: LinkedIdentity, *, by: str) -> Person:
    """Take a link away, and end the sessions of its person.

    Raises:
        PermissionDenied: `by` is somebody else.
    """
    check_self(by, linked.person)
    person = Person.objects.select_for_update().get(pk=linked.person_id)
    if LinkedIdentity.objects.filter(pk=linked.pk).delete()[0]:
        person.session_key = str(uuid4())
        person.save(update_fields=["session_key"])
        record_on(person, "person.identity_unlinked", by=by, issuer=linked.issuer)
    return person
