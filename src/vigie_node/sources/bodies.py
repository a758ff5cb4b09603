"""How large and how slow a request's body may be, decided before anything of it is read.

Django's handler takes the whole body in before any of its middleware looks at the request. So the limit
stands around it: small for everybody; as large as an upload may be only on the upload's address and for who
may take a file in, by session or by token (abuse case 39: a large body parsed before authentication).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.template import loader
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import override

from vigie_node.people.access import may
from vigie_node.people.actions.tokens import check_token
from vigie_node.people.models import Person
from vigie_node.web.middleware import HEADERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FORM_BYTES_MAX = 512 * 1024  # a form without a file
SECONDS_MAX = 30  # for a body's first bytes …
BYTES_PER_S_MIN = 4 * 1024  # … and for the others at this rate: slow lines may, idle ones not
TOO_SLOW, TOO_LARGE = 408, 413
GONE: Message = {"type": "http.disconnect"}
FRAME_BYTES = 1024**2  # what a form adds around a file
INTAKE, CAPTURE, WATCH_LIST = "intake.make", "capture.make", "watchlist.manage"
UPLOADS = {  # routes of the console that take files -> the permission for it
    "sources:intake-new": INTAKE,
    "sources:capture-new": CAPTURE,
    "sources:capture-reading": CAPTURE,
    "sources:watchlist-new": WATCH_LIST,
}


class BoundedBodies:
    """Refuse a request whose body is larger than it may be."""

    def __init__(self, application: Application) -> None:
        self._next = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._next(scope, receive, send)
            return
        limit = await _limit(scope)
        declared = _header(scope, b"content-length")
        if declared and (not declared.isdigit() or int(declared) > limit):
            await _refuse(send, TOO_LARGE)
            return
        bounded = _Bounded(receive, limit)
        await self._next(scope, bounded, send)
        if bounded.refused:  # the application took that for a visitor who left
            await _refuse(send, bounded.refused)


class _Bounded:
    """Passes on what is received while it is neither too much nor too slow; else says that they left.

    `refused` is the status to answer then.
    """

    def __init__(self, receive: Receive, bytes_max: int) -> None:
        self._receive, self._bytes_max = receive, bytes_max
        self._since, self._byte_count, self._is_whole = time.monotonic(), 0, False
        self.refused = 0

    async def __call__(self) -> Message:
        try:
            message = await asyncio.wait_for(self._receive(), self._patience())
        except TimeoutError:
            self.refused = TOO_SLOW
            return GONE
        if message["type"] == "http.request":
            self._byte_count += len(message.get("body", b""))
            self._is_whole = not message.get("more_body")
            if self._byte_count > self._bytes_max:
                self.refused = TOO_LARGE
                return GONE
        return message

    def _patience(self) -> float | None:
        """Return how many seconds more the body may take; without end once it is here, for the answer."""
        if self._is_whole:
            return None
        until = self._since + SECONDS_MAX + self._byte_count / BYTES_PER_S_MIN
        return max(0.0, until - time.monotonic())


async def _limit(scope: Scope) -> int:
    permission = _needed(scope["path"]) if scope["method"] == "POST" else None
    if permission is None:
        return FORM_BYTES_MAX
    given = _header(scope, b"authorization"), _header(scope, b"cookie")
    if await sync_to_async(_may_upload)(*given, permission):
        return int(settings.NODE.upload_bytes_max) + FRAME_BYTES
    return FORM_BYTES_MAX


def _needed(path: str) -> str | None:
    """Return the permission that a file sent to this address needs; None where none may be sent."""
    if path == reverse("api:take_in"):
        return INTAKE
    for language, _name in settings.LANGUAGES:
        with override(language), suppress(Resolver404):
            return UPLOADS.get(resolve(path).view_name)
    return None


def _may_upload(authorization: bytes, cookies: bytes, permission: str) -> bool:
    """Return whether who asks may send a file; the view itself asks again."""
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    try:
        if scheme.lower() == "bearer":
            bearer = check_token(secret)
            return bearer is not None and permission in bearer.permissions
        cookie = SimpleCookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
        return cookie is not None and _is_session_allowed(cookie.value, permission)
    except CookieError:
        return False
    finally:
        connections.close_all()  # this thread is outside Django's requests: nobody else would


def _is_session_allowed(session_key: str, permission: str) -> bool:
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    person = Person.objects.filter(pk=session.get(SESSION_KEY)).first()
    return person is not None and session.get("session_key") == person.session_key and may(person, permission)


def _header(scope: Scope, name: bytes) -> bytes:
    return b"".join(value for key, value in scope["headers"] if key.lower() == name)


async def _refuse(send: Send, status: int) -> None:
    page = _page(status)
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # what the visitor still sends is not read
        *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})


@cache
def _page(status: int) -> bytes:
    """Return the page in both languages: who asks is not known yet."""
    page: str = loader.get_template(f"web/error_{status}.html").render({})
    return page.encode()
