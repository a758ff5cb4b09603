"""Who asks: a bearer token (RFC 6750) of a person, and what it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ninja.errors import HttpError
from ninja.security import HttpBearer

from vigie_node.people.actions.tokens import check_token

if TYPE_CHECKING:
    from django.http import HttpRequest

    from vigie_node.people.models import Person

FORBIDDEN = 403


def caller(request: HttpRequest) -> Person:
    """Return who asks, once an operation's `Token` has let them through."""
    person: Person = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    return person


class Token(HttpBearer):
    """Let an operation be reached only with a token that allows `permission`."""

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        """Return the person, allowed no more than the token allows.

        Raises:
            HttpError: 403, the token does not allow it.
        """
        bearer = check_token(token)
        if bearer is None:
            return None
        if self.permission not in bearer.permissions:
            raise HttpError(FORBIDDEN, f"the token does not allow {self.permission}")
        person = bearer.person
        person.permissions = bearer.permissions  # narrower: every door to rows reads this
        request.user = person
        return person
