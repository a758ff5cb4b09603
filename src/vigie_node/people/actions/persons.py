"""Organisations and persons: make, invite, give roles, suspend, restore, recover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, transaction

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import LANGUAGES, say
from vigie_node import clock
from vigie_node.ledger.actions import HOST, NODE, record
from vigie_node.people.access import actor_of, check_alters, check_gives, check_self
from vigie_node.people.models import Grant, Link, Organisation, Person
from vigie_node.people.names import name_from, username_from
from vigie_node.people.proofs import hash_of, new_secret
from vigie_node.people.roles import roles as known_roles
from vigie_node.people.zones import known_zones

if TYPE_CHECKING:
    from collections.abc import Iterable

LINK_HOURS = 24
HOUR_MS = 3_600_000


class OrganisationExistsError(VigieError):
    """Another organisation of the node has this name."""

    code = "option.organisation"
    sentence = say("There is an organisation named “{name}” already.")
    remedy = say("Choose another name.")


class PersonExistsError(VigieError):
    """Somebody signs in with this name already."""

    code = "option.username_taken"
    sentence = say("The name “{username}” is taken on this node.")
    remedy = say("Choose another one.")


class SuspendedError(VigieError):
    """A suspended person cannot be given a way in."""

    code = "option.suspended"
    sentence = say("“{username}” is suspended.")
    remedy = say("Restore this person first.")


class OnlyTwoRecoverError(VigieError):
    """Nobody gives another a new way in alone, except on the node's machine."""

    code = "option.two_administrators"
    sentence = say("Two administrators, or the node’s operator, give somebody a new way in.")
    remedy = say("Ask on the person’s page, or use `vigie user recover` on the node’s machine.")


class OnlyHostError(VigieError):
    """Organisations are made on the node's machine, not by those who work in one."""

    code = "option.host"
    sentence = say("Only the node’s operator makes organisations.")
    remedy = say("Use `vigie user add` on the node’s machine.")


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new person, and the secret of the link that lets them in once."""

    person: Person
    secret: str


@transaction.atomic
def make_organisation(*, name: str, by: str) -> Organisation:
    """Make a tenant of the node.

    Raises:
        OnlyHostError: `by` is a person.
        BadNameError: the name holds what cannot be seen, is empty or too long.
        OrganisationExistsError: the name is taken.
    """
    if by not in {HOST, NODE}:
        raise OnlyHostError
    plain = name_from(name)
    if Organisation.objects.filter(name=plain).exists():
        raise OrganisationExistsError(name=plain)
    made = Organisation.objects.create(name=plain, created_ms=clock.now_ms())
    record("organisation.made", of=f"organisation:{made.pk}", by=by, organisation=made.pk)
    return made


@transaction.atomic
def invite_person(
    *,
    organisation: Organisation,
    username: str,
    name: str,
    roles: Iterable[str],
    by: str,
    language: str = "en",
    zone: str = "America/Toronto",
) -> Invited:
    """Make a person who cannot sign in yet, and a link with which they choose their password.

    Args:
        organisation: where they work.
        username: what they will sign in with.
        name: what others read.
        roles: ids from `roles.toml`.
        by: the host, or an administrator of the organisation whose rank reaches the roles'.
        language: "en" or "fr".
        zone: IANA name of a time zone.

    Raises:
        PermissionDenied: `by` may not give these roles there.
        BadUsernameError, BadNameError, BadOptionError: a value means nothing.
        PersonExistsError: the name to sign in with is taken.
    """
    ids = _known(roles)
    _take_turn(organisation)
    check_gives(by, organisation, ids)
    person = Person(
        organisation=organisation,
        username=username_from(username),
        name=name_from(name),
        language=_language(language),
        zone=_zone(zone),
        session_key=str(uuid4()),
        created_ms=clock.now_ms(),
    )
    person.set_unusable_password()
    _save_new(person)
    _grant(person, ids, by=by)
    record_on(person, "person.invited", by=by, roles=list(ids))
    return Invited(person=person, secret=_new_link(person))


@transaction.atomic
def change_roles(person: Person, *, roles: Iterable[str], by: str) -> Person:
    """Give a person these roles and no others; what they may do changes with their next request.

    Those that the host gives are the operator's from then on, whoever gave them before.

    Raises:
        PermissionDenied: `by` may not alter this person, or give one of the roles.
        BadOptionError: there is no such role.
    """
    ids = _known(roles)
    person = fresh(person, by)
    check_gives(by, person.organisation, ids)
    before = person.role_ids
    Grant.objects.filter(person=person).exclude(role__in=ids).delete()
    if by == HOST:
        Grant.objects.filter(person=person).update(granted_by=None)
    _grant(person, tuple(id_ for id_ in ids if id_ not in before), by=by)
    record_on(person, "person.roles_changed", by=by, before=list(before), after=list(ids))
    return Person.objects.get(pk=person.pk)


@transaction.atomic
def suspend(person: Person, *, by: str) -> Person:
    """Let a person in no more, from their next request on; links and tokens stop working.

    Raises:
        PermissionDenied: `by` may not alter this person.
    """
    person = fresh(person, by)
    person.is_active = False
    person.session_key = str(uuid4())
    person.save(update_fields=["is_active", "session_key"])
    person.links.filter(used_ms=None).delete()
    record_on(person, "person.suspended", by=by)
    return person


@transaction.atomic
def restore(person: Person, *, by: str) -> Person:
    """Let a suspended person in again, with the roles they had.

    Raises:
        PermissionDenied: `by` may not alter this person.
    """
    person = fresh(person, by)
    person.is_active = True
    person.save(update_fields=["is_active"])
    record_on(person, "person.restored", by=by)
    return Person.objects.get(pk=person.pk)


@transaction.atomic
def recover(person: Person, *, by: str, second_factor: bool = False) -> str:
    """Give a person who cannot sign in a new link; password, passkeys, sessions and tokens stop at once.

    Args:
        person: who lost their password, or fears that somebody else has it.
        by: the host; in an organisation two administrators do it, see `actions.recovery`.
        second_factor: whether they lost that too; else the link alone lets nobody in.

    Returns:
        The secret of the link.

    Raises:
        OnlyTwoRecoverError: `by` is a person.
        SuspendedError: they are suspended.
    """
    if by != HOST:
        raise OnlyTwoRecoverError
    return renew(fresh(person, by), by=by, second_factor=second_factor)


def renew(person: Person, *, by: str, second_factor: bool, **facts: object) -> str:
    """Do what `recover` says, for whoever has checked that it may be; `person` is locked.

    Args:
        person: as `fresh` returns them.
        by: who decided.
        second_factor: whether that is lost too.
        facts: what else the ledger is to say.
    """
    if not person.is_active:
        raise SuspendedError(username=person.username)
    person.set_unusable_password()
    person.session_key = str(uuid4())
    if second_factor:
        person.totp_sealed = None
        person.recovery_codes.all().delete()
    person.save(update_fields=["password", "session_key", "totp_sealed"])
    person.passkeys.all().delete()
    person.identities.all().delete()
    person.tokens.filter(revoked_ms=None).update(revoked_ms=clock.now_ms())
    record_on(person, "person.recovered", by=by, second_factor=second_factor, **facts)
    return _new_link(person)


@transaction.atomic
def end_sessions(person: Person, *, by: str) -> Person:
    """End every session of a person, on every device.

    Raises:
        PermissionDenied: `by` is neither the person nor may alter them.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    person.session_key = str(uuid4())
    person.save(update_fields=["session_key"])
    record_on(person, "person.sessions_ended", by=by)
    return person


@transaction.atomic
def change_profile(person: Person, *, name: str, language: str, zone: str, by: str) -> Person:
    """Change how a person is called, in which language and time zone they read.

    Raises:
        PermissionDenied: `by` is somebody else.
        BadNameError, BadOptionError: a value means nothing.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    new = {"name": name_from(name), "language": _language(language), "zone": _zone(zone)}
    changed = sorted(column for column, value in new.items() if getattr(person, column) != value)
    for column in changed:
        setattr(person, column, new[column])
    if changed:
        person.save(update_fields=changed)
        record_on(person, "person.profile_changed", by=by, changed=changed)
    return person


def _take_turn(organisation: Organisation) -> None:
    """Let one act about people of an organisation happen after the other: who may is judged on what is."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def fresh(person: Person, by: str) -> Person:
    """Return the person as the database knows them now, locked, when `by` may alter them.

    Raises:
        PermissionDenied: they may not.
    """
    _take_turn(person.organisation)
    person = Person.objects.select_for_update().get(pk=person.pk)
    check_alters(by, person)
    return person


def _save_new(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise PersonExistsError(username=person.username) from error


def _grant(person: Person, role_ids: Iterable[str], *, by: str) -> None:
    now, giver = clock.now_ms(), actor_of(by)
    Grant.objects.bulk_create(
        Grant(person=person, role=id_, granted_ms=now, granted_by=giver) for id_ in role_ids
    )


def _new_link(person: Person) -> str:
    """Return the secret of a new link; earlier ones stop working."""
    person.links.filter(used_ms=None).delete()
    secret = new_secret()
    expires = clock.now_ms() + LINK_HOURS * HOUR_MS
    Link.objects.create(person=person, secret_hash=hash_of(secret), expires_ms=expires)
    return secret


def record_on(person: Person, kind: str, *, by: str, **facts: object) -> None:
    """Append an entry about a person."""
    record(kind, of=f"person:{person.pk}", by=by, organisation=person.organisation_id, **facts)


def _known(role_ids: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(sorted(set(role_ids)))
    for id_ in wanted:
        if id_ not in known_roles():
            expected = ", ".join(known_roles())
            raise BadOptionError(option="roles", value=id_, expected=expected)
    return wanted


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise BadOptionError(option="language", value=language, expected=", ".join(LANGUAGES))
    return language


def _zone(zone: str) -> str:
    if zone not in known_zones():
        raise BadOptionError(option="zone", value=zone, expected="America/Toronto, America/St_Johns …")
    return zone
