"""Nobody gets past a route that says whom it is for; a session ends when idle, or old, too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect

from vigie_node import clock
from vigie_node.people.access import may
from vigie_node.web.routes import EVERYBODY, SIGNED_IN, permission_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from vigie_node.people.models import Person

    Next = Callable[[HttpRequest], HttpResponse]

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
BEGUN, SEEN, KEY = "begun_ms", "seen_ms", "session_key"
SEEN_EVERY_MS = MINUTE_MS  # a session is written at most so often
SIGN_IN_AGAIN = 401
EVENTS = "text/event-stream"  # asked for by a page that stays open: nobody need be there


class BoundedSessions:
    """End a session that is idle, old, or was ended from elsewhere; the cookie alone keeps nobody in."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, after ending a session that is over."""
        if request.user.is_authenticated:
            self._bound(request, request.user)
        return self._next(request)

    def _bound(self, request: HttpRequest, person: Person) -> None:
        now, session = clock.now_ms(), request.session
        session.setdefault(BEGUN, now)
        seen = session.setdefault(SEEN, now)
        if is_over(session, person, now):
            logout(request)
        elif now - seen > SEEN_EVERY_MS and request.headers.get("Accept") != EVENTS:
            session[SEEN] = now


def is_over(session: SessionBase, person: Person, now_ms: int) -> bool:
    """Tell whether a session is idle, old, or was ended from elsewhere."""
    old = now_ms - session[BEGUN] > settings.NODE.session_hours_max * HOUR_MS
    idle = now_ms - session[SEEN] > settings.NODE.session_idle_minutes_max * MINUTE_MS
    return old or idle or session.get(KEY) != person.session_key


class OnlyDeclaredRoutes:
    """Let a request reach a view only as the view's mark says (see `vigie_node.web.routes`)."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._next(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Refuse who may not, lead who has not signed in to the sign-in page.

        Raises:
            ImproperlyConfigured: the view says nothing about whom it is for.
            PermissionDenied: the person's roles do not allow it.
        """
        needed = permission_of(view)
        if needed is None:
            message = f"{view.__module__}.{view.__name__} says nothing about whom it is for"
            raise ImproperlyConfigured(message)
        if needed == EVERYBODY:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if needed != SIGNED_IN and not may(request.user, needed):
            raise PermissionDenied
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, and from there back to what was asked for, if it can be asked for again."""
    if "HX-Request" in request.headers:  # a part of a page: the page itself is asked for anew
        return HttpResponse(status=SIGN_IN_AGAIN, headers={"HX-Refresh": "true"})
    if request.method not in {"GET", "HEAD"}:
        return redirect("people:sign-in")
    return redirect_to_login(request.get_full_path())
