"""Tell a page of alerts that stays open which new ones came, as server-sent events (HTML, section 9.2).

A connection waits without holding up any other. It asks the database now and then, as long as the session
and the permission last. What comes is one line of text, in the language of the page.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from vigie_node.alerts.access import alerts_visible_to
from vigie_node.alerts.console import places
from vigie_node.alerts.console.showing import me
from vigie_node.alerts.inbox import asleep
from vigie_node.clock import now_ms
from vigie_node.people.access import may
from vigie_node.people.middleware import EVENTS, is_over
from vigie_node.people.sessions import SessionStore
from vigie_node.web.routes import needs
from vigie_node.web.words import page_language, words_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from vigie.terms.languages import Language
    from vigie_node.people.models import Person

EVERY_S = 5.0
HEARTBEAT_EVERY = 3  # rounds: proxies close what is silent for a minute
OPEN_MAX = 4  # connections of one person to one process
TOO_MANY = 429
OVER = "event: over\ndata:\n\n"  # the page asks no more

_open: Counter[UUID] = Counter()


@require_GET
@needs("alert.read")
async def arrivals(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Tell which alerts came after the one whose number the address gives (`after`)."""
    person, after = me(request), places.choice_from(request.GET, "after") or 0
    if _open[person.pk] >= OPEN_MAX:
        return HttpResponse(status=TOO_MANY)
    told = _told(person.pk, request.session.session_key or "", after, page_language())
    return StreamingHttpResponse(told, content_type=EVENTS, headers={"X-Accel-Buffering": "no"})


async def _told(person_id: UUID, session_key: str, after: int, language: Language) -> AsyncIterator[str]:
    _open[person_id] += 1
    try:
        last, rounds = 0, 0
        while (number := await sync_to_async(_count)(session_key, after)) is not None:
            if number != last:
                yield f"event: alerts\ndata: {_in_words(number, language)}\n\n"
            elif rounds % HEARTBEAT_EVERY == 0:
                yield ": still here\n\n"
            last, rounds = number, rounds + 1
            await asyncio.sleep(EVERY_S)
        yield OVER
    finally:
        _open[person_id] -= 1
        if not _open[person_id]:
            del _open[person_id]


def _count(session_key: str, after: int) -> int | None:
    """Return how many alerts with higher numbers need a person; None where the reader may no longer know.

    Numbers follow each other as alerts are kept, so none is missed. The connection to the database goes back.
    """
    try:
        person = _reader(session_key)
        if person is None or not may(person, "alert.read"):
            return None
        came = alerts_visible_to(person).filter(~asleep(), needs_person=True, number__gt=after)
        return came.count()
    finally:
        close_old_connections()


def _reader(session_key: str) -> Person | None:
    """Return whose session this is, as the database knows it now; None where it is over."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    person = get_user(request)
    if not person.is_authenticated or is_over(request.session, person, now_ms()):
        return None
    return person


def _in_words(number: int, language: Language) -> str:
    return words_in(language).count("{number} new alert: show it", "{number} new alerts: show them", number)
