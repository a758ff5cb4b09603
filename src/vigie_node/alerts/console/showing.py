"""What several pages of the app show alike: who reads, in which voice, periods, names of behaviours."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from babel.dates import format_interval, get_timezone

from vigie.report.behaviours import named
from vigie.report.format import Voice, instant
from vigie.report.sentences import capital
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from django.http import HttpRequest

    from vigie_node.people.models import Person

UNFIT = 422  # the status of a page that shows a form again


def me(request: HttpRequest) -> Person:
    """Return who is signed in; the route's mark says that somebody is."""
    return cast("Person", request.user)


def voice_of(request: HttpRequest) -> Voice:
    """Return the voice in which a page speaks to who asked for it."""
    return Voice(words_here(), me(request).zone)


def span(first_ms: int, last_ms: int, voice: Voice) -> str:
    """Return a period: its days, or its hours where it is one day: Sep 14 – 19, 2026."""
    zone = get_timezone(voice.zone)
    first, last = (instant(ms).astimezone(zone) for ms in (first_ms, last_ms))
    if first.date() == last.date():
        return (
            f"{voice.day(first_ms)}, {format_interval(first, last, 'Hm', tzinfo=zone, locale=voice.locale)}"
        )
    return format_interval(first.date(), last.date(), "yMMMd", locale=voice.locale)


def behaviour_name(code: str, voice: Voice) -> str:
    """Return what a behaviour is called at the head of a row: Links."""
    return capital(named(code, voice))
