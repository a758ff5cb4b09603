"""Who is signed in, and what they may do, for every page's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie_node.people.access import may

if TYPE_CHECKING:
    from django.http import HttpRequest


def person(request: HttpRequest) -> dict[str, Any]:
    """Return the person and `may(permission)`."""
    user = getattr(request, "user", None)  # absent where a request was refused before anybody looked
    somebody = user if user is not None and user.is_authenticated else None
    return {"person": somebody, "may": lambda permission: may(somebody, permission)}
