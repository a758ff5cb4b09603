"""The only door to persons and organisations: who may see, and alter, whom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied

from vigie_node import clock
from vigie_node.ledger.actions import HOST, NODE
from vigie_node.people.models import Link, Organisation, Person, Recovery, Token
from vigie_node.people.proofs import hash_of
from vigie_node.people.roles import Role, rank_of, roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

MANAGE = "person.manage"
PERSON = "person:"  # how the ledger names a person as an actor


def may(person: Person | None, permission: str) -> bool:
    """Tell whether somebody may do something; nobody may do nothing."""
    return person is not None and permission in person.permissions


def persons_visible_to(person: Person) -> QuerySet[Person]:
    """Return the persons of one's own organisation."""
    return Person.objects.filter(organisation=person.organisation_id)


def persons_managed_by(person: Person) -> QuerySet[Person]:
    """Return the persons whom somebody sees as one who manages people; nobody where they may not."""
    found = persons_visible_to(person).prefetch_related("grants")
    return found if may(person, MANAGE) else found.none()


def roles_given_by(person: Person) -> list[Role]:
    """Return the roles that somebody may give and take."""
    return [role for role in roles().values() if may(person, MANAGE) and role.rank <= person.rank]


def may_alter(actor: Person, person: Person) -> bool:
    """Tell whether somebody may alter another: of the same organisation, not above them, not themselves."""
    return (
        may(actor, MANAGE)
        and actor.organisation_id == person.organisation_id
        and actor.pk != person.pk
        and person.rank <= actor.rank
    )


def has_second_recoverer(actor: Person, person: Person) -> bool:
    """Tell whether an administrator other than `actor` could approve that a person gets a new way in."""
    others = Person.objects.filter(organisation=person.organisation_id, is_active=True)
    managers = others.exclude(pk__in=(actor.pk, person.pk)).prefetch_related("grants")
    return any(may_alter(one, person) for one in managers.filter(grants__role__in=_managing()).distinct())


def recoveries_managed_by(person: Person) -> QuerySet[Recovery]:
    """Return the requests for a new way in that wait, about people whom somebody manages."""
    return Recovery.objects.filter(
        person__in=persons_managed_by(person), state=Recovery.State.ASKED, expires_ms__gt=clock.now_ms()
    ).select_related("person", "asked_by")


def tokens_of(person: Person) -> QuerySet[Token]:
    """Return one's own tokens that still work, latest first."""
    return person.tokens.filter(revoked_ms=None, expires_ms__gt=clock.now_ms()).order_by("-created_ms")


def link_of(secret: str) -> Link | None:
    """Return the link whose secret this is, while it can be used."""
    return (
        Link.objects.select_related("person")
        .filter(secret_hash=hash_of(secret), used_ms=None)
        .filter(expires_ms__gt=clock.now_ms(), person__is_active=True)
        .first()
    )


def actor_of(by: str) -> Person | None:
    """Return the person who acts, as the database knows them now; None for the host and the node.

    Raises:
        PermissionDenied: there is no such person, or they are suspended.
    """
    if by in {HOST, NODE}:
        return None
    actor = Person.objects.filter(pk=_id_of(by), is_active=True).first()
    if actor is None:
        raise PermissionDenied
    return actor


def check_alters(by: str, person: Person) -> None:
    """Check that `by` may alter a person.

    Raises:
        PermissionDenied: they may not.
    """
    actor = actor_of(by)
    if actor is not None and not may_alter(actor, person):
        raise PermissionDenied


def check_gives(by: str, organisation: Organisation, role_ids: Iterable[str]) -> None:
    """Check that `by` may give these roles in an organisation.

    Raises:
        PermissionDenied: they may not.
    """
    actor = actor_of(by)
    if actor is None:
        return
    fits = actor.organisation_id == organisation.pk and rank_of(role_ids) <= actor.rank
    if not (may(actor, MANAGE) and fits):
        raise PermissionDenied


def check_self(by: str, person: Person) -> None:
    """Check that `by` is the person, or the host.

    Raises:
        PermissionDenied: it is somebody else.
    """
    actor = actor_of(by)
    if actor is not None and actor.pk != person.pk:
        raise PermissionDenied


def _managing() -> list[str]:
    return [role.id for role in roles().values() if MANAGE in role.permissions]


def _id_of(by: str) -> UUID:
    try:
        return UUID(by.removeprefix(PERSON))
    except ValueError as error:
        raise PermissionDenied from error
