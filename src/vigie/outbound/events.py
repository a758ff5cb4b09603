"""Server-sent events: an answer that does not end, as events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, sections 9.2.5 and 9.2.6.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from vigie.outbound.errors import BrokenAnswerError, StreamEndedError, StreamRefusedError, TooLargeError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpcore

LINE_END = re.compile(rb"\r\n|\n|\r")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CONTENT_TYPE = "text/event-stream"

NOT_EVENTS = say("it is no stream of events")
WHILE_STREAMING = say("a stream is read only where it is addressed")


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream.

    Args:
        kind: its name; `message` where it has none.
        data: what it says, as sent.
    """

    kind: str
    data: bytes


class EventParser:
    """Turns pieces of a stream into events.

    Args:
        bytes_max: the most bytes of one event, lines and names counted.
        host: whose stream it is, for errors.
    """

    def __init__(self, *, bytes_max: int, host: str) -> None:
        self._bytes_max = bytes_max
        self._host = host
        self._rest = b""
        self._is_first = True
        self._kind, self._size = "", 0
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Return the events that are whole now.

        Raises:
            TooLargeError: one is larger than allowed.
        """
        lines = self._lines(piece)
        found = [event for line in lines if (event := self._take(line)) is not None]
        if self._size + len(self._rest) > self._bytes_max:
            raise TooLargeError(host=self._host, limit_bytes=self._bytes_max)
        return found

    def _lines(self, piece: bytes) -> list[bytes]:
        text = self._rest + piece
        held = b"\r" if text.endswith(b"\r") else b""  # its line feed may still come
        *lines, rest = LINE_END.split(text.removesuffix(held))
        self._rest = rest + held
        if self._is_first and lines:
            lines[0], self._is_first = lines[0].removeprefix(BYTE_ORDER_MARK), False
        return lines

    def _take(self, line: bytes) -> ServerEvent | None:
        if not line:
            event = ServerEvent(self._kind or "message", b"\n".join(self._data)) if self._data else None
            self._forget()
            return event
        self._size += len(line)
        if self._size > self._bytes_max:
            raise TooLargeError(host=self._host, limit_bytes=self._bytes_max)
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._kind = value.decode("utf-8", "replace")
        return None  # comments, `id` and `retry`: where to go on is the caller's to know

    def _forget(self) -> None:
        self._kind, self._data, self._size = "", [], 0


class EventStream:
    """The events of one answer, as they come.

    Args:
        response: the answer, its body unread.
        bytes_max: the most bytes of one event.
        host: whose answer it is.
    """

    def __init__(self, response: httpcore.Response, *, bytes_max: int, host: str) -> None:
        self._response = response
        self._parser = EventParser(bytes_max=bytes_max, host=host)
        self._host = host
        self._check()

    def _check(self) -> None:
        status = self._response.status
        if status != HTTPStatus.OK:
            raise StreamRefusedError(host=self._host, status=status)
        kinds = [value for name, value in self._response.headers if name.lower() == b"content-type"]
        if not kinds or kinds[0].decode("latin-1").partition(";")[0].strip().lower() != CONTENT_TYPE:
            raise BrokenAnswerError(host=self._host, reason=NOT_EVENTS)

    def __iter__(self) -> Iterator[list[ServerEvent]]:
        """Yield the events of each piece that arrives.

        Raises:
            StreamEndedError: the other side ended it.
            OutboundError: it was cut, fell silent, or an event is too large.
        """
        for piece in self._response.iter_stream():
            if found := self._parser.feed(piece):
                yield found
        raise StreamEndedError(host=self._host)

    def cut(self) -> None:
        """End it from another thread: whoever waits for events gets an error."""
        cut(self._response.extensions["network_stream"])


def cut(line: httpcore.NetworkStream) -> None:
    """Shut a connection down under whoever reads it."""
    connection = line.get_extra_info("socket")
    with suppress(OSError):  # it is closed already
        # Not its own method: that of TLS forgets what the reader still needs.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
