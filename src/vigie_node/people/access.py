"""The only door to persons and organisations: who may see, and alter, whom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied
from django.db.models import Q

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import HOST, NODE
from vigie_node.ledger.models import Entry
from vigie_node.people.models import (
    Duty,
    Grant,
    Link,
    LinkedIdentity,
    Organisation,
    Passkey,
    Person,
    Recovery,
    Team,
    Token,
)
from vigie_node.people.proofs import hash_of
from vigie_node.people.roles import Role, rank_of, roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

MANAGE = "person.manage"
DUTY, PLAN = "duty.read", "duty.manage"
SUSPENDED = "person.suspended"  # a kind of entry
ALONE_MS = 30 * 86_400_000  # nobody is alone whose colleague was there within them
PERSON = "person:"  # how the ledger names a person as an actor


class NotIndependentError(VigieError):
    """The second person is one of the first one's making, or came after the request."""

    code = "option.not_independent"
    sentence = say("Whoever decides has their role from whoever asked, gave it to them, or got it since.")
    remedy = say(
        "Another person has to decide: one whose role is older than the request and comes from the node’s "
        "operator or from somebody else. The operator sets up the first two with `vigie user add`."
    )


class NotApartError(VigieError):
    """One person stands behind both: they could hold the two accounts alone."""

    code = "option.not_apart"
    sentence = say("One person gave both of you your roles: for this, nobody may stand behind both.")
    remedy = say(
        "The node’s operator confirms the roles of one of the two with `vigie user roles`; or a person whom "
        "somebody else invited decides."
    )


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
    others = others_who_may(actor, MANAGE).exclude(pk=person.pk).prefetch_related("grants")
    now = clock.now_ms()
    return any(may_alter(one, person) and _is_second(one, actor, MANAGE, now) for one in others)


def has_second(person: Person, permission: str) -> bool:
    """Tell whether somebody else could be the second person for what one person alone never does."""
    now = clock.now_ms()
    return any(_is_second(one, person, permission, now) for one in others_who_may(person, permission))


def is_alone(person: Person) -> bool:
    """Tell whether somebody is all there is in an organisation: then two-person rules cool off instead.

    Nobody becomes alone by their own hand: not while a colleague may come in, not for 30 days after one was
    last there, and not at all where they, or an account of their making, suspended one. The node’s operator
    may: a suspension by `vigie user suspend` counts as nobody's.
    """
    return _is_without(_colleagues(person), person)


def is_the_only_one_who_may(person: Person, permission: str) -> bool:
    """Tell whether no colleague may do something, as `is_alone` tells it of all colleagues.

    An analyst beside an administrator is not alone, and yet the only one who may confirm an alert.
    """
    able = _colleagues(person).filter(grants__role__in=_roles_with(permission)).distinct()
    return may(person, permission) and _is_without(able, person)


def _colleagues(person: Person) -> QuerySet[Person]:
    return Person.objects.filter(organisation=person.organisation_id).exclude(pk=person.pk)


def _is_without(others: QuerySet[Person], person: Person) -> bool:
    lately = Q(is_active=True) | Q(signed_in_ms__gt=clock.now_ms() - ALONE_MS)
    return not others.filter(lately).exists() and not any(_was_put_out(one, by=person) for one in others)


def others_who_may(person: Person, permission: str) -> QuerySet[Person]:
    """Return who else of the organisation may do something, and has a password to come in with."""
    active = _colleagues(person).filter(is_active=True)
    signed_up = active.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return signed_up.filter(grants__role__in=_roles_with(permission)).distinct()


def is_independent(decider: Person, asker: Person | None, permission: str, since_ms: int) -> bool:
    """Tell whether somebody counts as a second person beside whoever asked.

    The role by which they decide is not newer than the request and goes back to the node's operator without
    the asker; the asker's own go back to the operator without them. Else one person could make the other.

    Args:
        decider: who decides.
        asker: who asked; None for a command on the node's machine.
        permission: what they decide by.
        since_ms: when it was asked.
    """
    if asker is None:
        return True
    deciding = decider.grants.filter(role__in=_roles_with(permission), granted_ms__lte=since_ms)
    return _goes_back(deciding, without=asker) and _goes_back(asker.grants.all(), without=decider)


def check_independent(decider: Person, asker: Person | None, permission: str, since_ms: int) -> None:
    """Check that somebody counts as a second person: see `is_independent`.

    Raises:
        NotIndependentError: they do not.
    """
    if not is_independent(decider, asker, permission, since_ms):
        raise NotIndependentError


def is_apart(one: Person, other: Person | None, since_ms: int) -> bool:
    """Tell whether no third person stands behind two: nobody who could hold both accounts alone.

    Somebody stands behind a person whose roles go back to the node's operator through them alone. See
    docs/decisions/0016.

    Args:
        one: who decides.
        other: who asked; None for a command on the node's machine.
        since_ms: when it was asked: roles that came later do not count.
    """
    if other is None:
        return True
    both = [list(each.grants.filter(granted_ms__lte=since_ms)) for each in (one, other)]
    makers = _makers(both[0]) & _makers(both[1]) - {one.pk, other.pk}
    return not any(
        not any(_goes_back(grants, without=maker) for grants in both)
        for maker in Person.objects.filter(pk__in=makers)
    )


def check_apart(decider: Person, asker: Person | None, permission: str, since_ms: int) -> None:
    """Check a second person for what one person alone never does: independent, and nobody behind both.

    Raises:
        NotIndependentError: see `is_independent`.
        NotApartError: see `is_apart`.
    """
    check_independent(decider, asker, permission, since_ms)
    if not is_apart(decider, asker, since_ms):
        raise NotApartError


def recoveries_managed_by(person: Person) -> QuerySet[Recovery]:
    """Return the requests for a new way in that wait, about people whom somebody manages."""
    return Recovery.objects.filter(
        person__in=persons_managed_by(person), state=Recovery.State.ASKED, expires_ms__gt=clock.now_ms()
    ).select_related("person", "asked_by")


def tokens_of(person: Person) -> QuerySet[Token]:
    """Return one's own tokens that still work, latest first."""
    return person.tokens.filter(revoked_ms=None, expires_ms__gt=clock.now_ms()).order_by("-created_ms")


def passkeys_of(person: Person) -> QuerySet[Passkey]:
    """Return one's own passkeys, latest first."""
    return person.passkeys.order_by("-made_ms", "pk")


def identities_of(person: Person) -> QuerySet[LinkedIdentity]:
    """Return who one is with identity providers."""
    return person.identities.order_by("issuer")


def teams_visible_to(person: Person) -> QuerySet[Team]:
    """Return the teams of one's organisation, by name; none where one does not see who is on duty."""
    found = Team.objects.filter(organisation=person.organisation_id).order_by("name")
    return found if may(person, DUTY) else found.none()


def teams_managed_by(person: Person) -> QuerySet[Team]:
    """Return the teams whose members somebody chooses, by name."""
    found = Team.objects.filter(organisation=person.organisation_id).order_by("name")
    return found.prefetch_related("members") if may(person, MANAGE) else found.none()


def duties_visible_to(person: Person) -> QuerySet[Duty]:
    """Return the turns on duty of one's organisation, by time."""
    found = Duty.objects.filter(organisation=person.organisation_id).order_by("from_ms", "pk")
    return found.select_related("organisation", "person", "team") if may(person, DUTY) else found.none()


def on_duty(organisation: Organisation, at_ms: int) -> QuerySet[Person]:
    """Return who of an organisation is on duty at a moment, by name; nobody who is suspended."""
    turns = Duty.objects.filter(organisation=organisation, from_ms__lte=at_ms, to_ms__gt=at_ms)
    return Person.objects.filter(pk__in=turns.values("person"), is_active=True).order_by("name", "pk")


def check_may_there(by: str, organisation: Organisation, permission: str) -> None:
    """Check that `by` may do something in an organisation.

    Raises:
        PermissionDenied: they may not.
    """
    actor = actor_of(by)
    if actor is not None and not (actor.organisation_id == organisation.pk and may(actor, permission)):
        raise PermissionDenied


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


def _roles_with(permission: str) -> list[str]:
    return [role.id for role in roles().values() if permission in role.permissions]


def _is_second(decider: Person, asker: Person, permission: str, since_ms: int) -> bool:
    return is_independent(decider, asker, permission, since_ms) and is_apart(decider, asker, since_ms)


def _was_put_out(person: Person, *, by: Person) -> bool:
    """Tell whether somebody, or an account of their making, was the last to suspend a person."""
    said = Entry.objects.filter(
        kind=SUSPENDED, subject=f"{PERSON}{person.pk}", organisation=by.organisation_id
    )
    actor = said.order_by("-seq").values_list("actor", flat=True).first()
    if actor is None or actor in {HOST, NODE}:
        return False
    giver = Person.objects.get(pk=_id_of(actor))
    return giver.pk == by.pk or not _goes_back(giver.grants.all(), without=by)


def _makers(grants: Iterable[Grant]) -> set[UUID]:
    """Return everybody through whom roles go back to the node's operator."""
    found: set[UUID] = set()
    while givers := {grant.granted_by_id for grant in grants if grant.granted_by_id} - found:
        found |= givers
        grants = Grant.objects.filter(person__in=givers)
    return found


def _goes_back(grants: Iterable[Grant], *, without: Person) -> bool:
    """Tell whether one of these was given by the host, or by people whom it made, some person left out."""
    seen: set[UUID | None] = {without.pk}
    while givers := {grant.granted_by_id for grant in grants} - seen:
        if None in givers:
            return True
        seen |= givers
        grants = Grant.objects.filter(person__in=givers)
    return False


def _id_of(by: str) -> UUID:
    try:
        return UUID(by.removeprefix(PERSON))
    except ValueError as error:
        raise PermissionDenied from error
