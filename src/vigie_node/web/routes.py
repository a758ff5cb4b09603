"""Who may use a route is said where the route's view is: a view without a word about it is refused.

`people.middleware.OnlyDeclaredRoutes` reads these marks on every request; tests read them from the route
table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    View = TypeVar("View", bound=Callable[..., Any])

EVERYBODY = "everybody"  # signed in or not
SIGNED_IN = "signed in"  # whatever the roles


def needs(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission that its route needs, or with EVERYBODY or SIGNED_IN."""

    def marked(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]  # a function may carry marks
        return view

    return marked


def permission_of(view: Callable[..., Any]) -> str | None:
    """Return what a view's route needs; None where nothing was said."""
    return getattr(view, "permission", None)
