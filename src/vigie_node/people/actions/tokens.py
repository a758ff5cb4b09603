"""Keys to the API: made, revoked, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import record
from vigie_node.people.access import check_self, may
from vigie_node.people.models import Person, Token
from vigie_node.people.names import name_from
from vigie_node.people.proofs import TOKEN_START, hash_of, new_token

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS_MAX = 365
DAY_MS = 86_400_000
NAME_LENGTH_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who asks by a token, and what the token lets them do: never more than the person may now."""

    person: Person
    permissions: frozenset[str]


@transaction.atomic
def make_token(
    person: Person, *, name: str, permissions: Iterable[str], days: int, by: str
) -> tuple[Token, str]:
    """Make a key to the API.

    Args:
        person: whose.
        name: what it is for.
        permissions: what it allows, a part of what the person may do.
        days: how long it works, 1 to 365.
        by: the person.

    Returns:
        The token and its secret, readable this once.

    Raises:
        PermissionDenied: `by` is somebody else, or the person may not do what the token would allow.
        BadNameError, BadOptionError: a value means nothing.
    """
    check_self(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    wanted = sorted(set(permissions))
    if not may(person, "token.make") or not set(wanted) <= person.permissions:
        raise PermissionDenied
    if not 1 <= days <= DAYS_MAX:
        raise BadOptionError(option="days", value=str(days), expected=say("a number of days from 1 to 365"))
    now, secret = clock.now_ms(), new_token()
    token = Token.objects.create(
        person=person,
        name=name_from(name)[:NAME_LENGTH_MAX],
        secret_hash=hash_of(secret),
        permissions=wanted,
        created_ms=now,
        expires_ms=now + days * DAY_MS,
    )
    _record("token.made", token, by, permissions=wanted, days=days)
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, by: str) -> Token:
    """Let a token work no more.

    Raises:
        PermissionDenied: `by` is somebody else.
    """
    check_self(by, token.person)
    token = Token.objects.select_for_update().get(pk=token.pk)
    if token.revoked_ms is None:
        token.revoked_ms = clock.now_ms()
        token.save(update_fields=["revoked_ms"])
        _record("token.revoked", token, by)
    return token


def check_token(secret: str) -> Bearer | None:
    """Return who a token speaks for; None when unknown, revoked, expired, or its person is suspended."""
    if not secret.startswith(TOKEN_START):
        return None
    token = (
        Token.objects.select_related("person__organisation")
        .prefetch_related("person__grants")
        .filter(secret_hash=hash_of(secret), revoked_ms=None, expires_ms__gt=clock.now_ms())
        .filter(person__is_active=True)
        .first()
    )
    if token is None:
        return None
    allowed = frozenset(token.permissions) & token.person.permissions
    return Bearer(person=token.person, permissions=allowed)


def _record(kind: str, token: Token, by: str, **facts: object) -> None:
    organisation = token.person.organisation_id
    record(kind, of=f"token:{token.pk}", by=by, organisation=organisation, **facts)
