"""How large a request may be, decided before anything of its body is read.

Django's handler takes the whole body in before any of its middleware looks at the request. So the limit
stands around it: small for everybody; as large as an upload may be only on the upload's address and for who
may take a file in (abuse case 39: a large body parsed before authentication).
"""

from __future__ import annotations

from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.template import loader
from django.urls import reverse
from django.utils.translation import override

from vigie_node.people.access import may
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

FORM_BYTES_MAX = 2 * 1024**2  # a form without a file
FRAME_BYTES = 1024**2  # what a form adds around a file
PERMISSION = "intake.make"


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
            await _refuse(send)
            return
        bounded = _Bounded(receive, limit)
        await self._next(scope, bounded, send)
        if bounded.exceeded:  # the application took that for a visitor who left
            await _refuse(send)


class _Bounded:
    """Passes on what is received, up to a limit; then says that the visitor has gone."""

    def __init__(self, receive: Receive, bytes_max: int) -> None:
        self._receive, self._left = receive, bytes_max
        self.exceeded = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.exceeded = True
                return {"type": "http.disconnect"}
        return message


async def _limit(scope: Scope) -> int:
    if scope["method"] != "POST" or scope["path"] not in _upload_addresses():
        return FORM_BYTES_MAX
    if await sync_to_async(_may_upload)(_header(scope, b"cookie").decode("latin-1")):
        return int(settings.NODE.upload_bytes_max) + FRAME_BYTES
    return FORM_BYTES_MAX


def _upload_addresses() -> set[str]:
    addresses = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            addresses.add(reverse("sources:intake-new"))
    return addresses


def _may_upload(cookies: str) -> bool:
    """Return whether a session is one of somebody who may take a file in; the view itself asks again."""
    try:
        cookie = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return False
    if cookie is None:
        return False
    try:
        return _is_allowed(cookie.value)
    finally:
        connections.close_all()  # this thread is outside Django's requests: nobody else would


def _is_allowed(session_key: str) -> bool:
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    person = Person.objects.filter(pk=session.get(SESSION_KEY)).first()
    return person is not None and session.get("session_key") == person.session_key and may(person, PERMISSION)


def _header(scope: Scope, name: bytes) -> bytes:
    return b"".join(value for key, value in scope["headers"] if key.lower() == name)


async def _refuse(send: Send) -> None:
    page = _page()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # what the visitor still sends is not read
        *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": page})


@cache
def _page() -> bytes:
    """Return the page in both languages: who asks is not known yet."""
    page: str = loader.get_template("web/error_413.html").render({})
    return page.encode()
