"""Bluesky's Jetstream: a WebSocket of events as JSON, each with its moment in microseconds.

It resumes from a moment: we ask for a little more than we have, and what is held already is not added twice.
Source: https://github.com/bluesky-social/jetstream
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from vigie_node.sources.live.listening import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vigie_node.sources.live.listening import Listening

ADDRESS = "wss://jetstream2.us-east.bsky.network/subscribe"
COLLECTIONS = ("app.bsky.feed.post",)
OVERLAP_US = 2_000_000  # the page above: “rewind your cursor a few seconds for gapless playback”


class Tick(msgspec.Struct):
    """All of an event that is looked at here."""

    time_us: int


TICKS = msgspec.json.Decoder(Tick)


def listen(to: Listening) -> float:
    """Read the stream until it ends, which is an error, or until told to stop."""
    with to.client.websocket(subscription(to)) as talk, to.holding(talk):
        to.health.opened()
        for messages in talk:
            take(to, messages)
            if to.stopping.is_set():
                break
    return 0.0


def take(to: Listening, messages: Iterable[bytes]) -> None:
    """Keep the events among `messages`; what is none is counted."""
    lines, last_us, unread = [], 0, 0
    for message in messages:
        line, moment = one_line(message), moment_us(message)
        if line is None or moment is None:
            unread += 1
        else:
            lines.append(line)
            last_us = moment
    to.segments.append(lines)
    lag_ms = to.now_ms() - last_us // 1000 if lines else None
    to.health.heard(len(lines), unread=unread, lag_ms=lag_ms)


def subscription(to: Listening) -> str:
    """Return the address with what is asked for, from where the disk ends; else from now."""
    asked: list[tuple[str, str]] = [
        *(("wantedCollections", name) for name in to.options.get("collections", COLLECTIONS)),
        *(("wantedDids", did) for did in to.secrets.get("accounts", ())),
    ]
    cursor = max(_latest(to.segments.last_lines()) or 0, to.cursor.get("time_us", 0))
    if cursor:
        asked.append(("cursor", str(max(0, cursor - OVERLAP_US))))
    parts = urlsplit(to.address)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *asked])))


def cursor_of(before: Mapping[str, Any], segment: Path) -> Mapping[str, Any]:
    """Return where a closed segment ends; where it says nothing, where the one before did."""
    from vigie_node.sources.live.segments import last_lines  # noqa: PLC0415 (only the collector asks)

    found = _latest(last_lines(segment))
    return before if found is None else {"time_us": found}


def moment_us(line: bytes) -> int | None:
    """Return the moment of an event; None where it is none."""
    try:
        return TICKS.decode(line).time_us
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _latest(lines: Iterable[bytes]) -> int | None:
    """Return the moment of the first of `lines` that is an event: a disk may lose the end of a file."""
    return next((moment for line in lines if (moment := moment_us(line)) is not None), None)
