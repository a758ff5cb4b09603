"""A WebSocket over a checked connection: the library `websockets` speaks (RFC 6455), the line is ours.

Nothing is negotiated: no extension, so that a message is as large as what arrives, and no subprotocol.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpcore
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI

from vigie.outbound.errors import (
    BrokenAnswerError,
    OutboundError,
    RedirectRefusedError,
    StreamEndedError,
    StreamRefusedError,
    TimedOutError,
    TooLargeError,
)
from vigie.outbound.events import WHILE_STREAMING, cut
from vigie.outbound.exchange import CUT, CheckedBackend, in_our_words
from vigie.terms.languages import say

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Sequence

    from vigie.outbound.deadline import Clock, Deadline
    from vigie.outbound.denied import Address
    from vigie.outbound.exchange import Headers, Line
    from vigie.outbound.policy import Policy
    from vigie.outbound.targets import Target

READ_BYTES = 256 * 1024
NORMAL_CLOSURE = 1000  # RFC 6455 section 7.4.1
SCHEMES = {"wss": "https", "ws": "http"}

NOT_WEBSOCKET = say("it does not speak as WebSockets do")

SILENT = logging.getLogger("vigie.outbound.websocket")
SILENT.setLevel(logging.CRITICAL)  # the library would log what messages say


def as_web_address(url: str) -> str:
    """Return the https or http address of a WebSocket's: `wss` and `ws` are these schemes' other names."""
    scheme, colon, rest = url.partition(":")
    return SCHEMES.get(scheme.lower(), scheme) + colon + rest


@contextmanager
def conversation(
    target: Target,
    addresses: Sequence[Address],
    *,
    headers: Headers,
    policy: Policy,
    deadline: Deadline,
    tls: ssl.SSLContext | None,
    clock: Clock,
) -> Iterator[WebSocket]:
    """Open a WebSocket to the first of `addresses` that accepts a connection.

    Args:
        target: where it goes.
        addresses: where that stands, in the order to try; one at least.
        headers: the caller's, checked.
        policy: its limits.
        deadline: until when it must be open; counts its life from then on.
        tls: how TLS is spoken; None without.
        clock: seconds that only grow.

    Raises:
        OutboundError: no connection, no trust, no time, no WebSocket; also while messages are read.
    """
    backend = CheckedBackend(target.host, addresses, deadline, policy.header_bytes_max)
    try:
        with in_our_words(target.host, policy, deadline):
            connect_s = policy.connect_ms / 1000
            line = backend.connect_tcp(target.host, target.port, timeout=connect_s)
            if tls is not None:
                tls.set_alpn_protocols(["http/1.1"])  # RFC 6455 stands on it
                line = line.start_tls(tls, target.host, timeout=connect_s)
            talk = WebSocket(line, target, policy=policy, clock=clock)
            talk.open(headers)
            backend.head_left = None
            deadline.restart(policy.stream_ms)
            yield talk
    finally:
        backend.close()


class WebSocket:
    """Messages of the other side, as they come.

    Args:
        line: the connection.
        target: who is there.
        policy: the limits.
        clock: seconds that only grow.
    """

    def __init__(self, line: Line, target: Target, *, policy: Policy, clock: Clock) -> None:
        is_secure = target.scheme == "https"
        uri = WebSocketURI(is_secure, target.host, target.port, target.path, query="")
        self._protocol = ClientProtocol(uri, max_size=policy.message_bytes_max, logger=SILENT)
        self._line = line
        self._host = target.host
        self._policy = policy
        self._clock = clock
        self._pieces: list[bytes] = []  # of a message that is not whole yet

    def open(self, headers: Headers) -> None:
        """Ask for the WebSocket.

        Raises:
            OutboundError: the other side opens none.
        """
        request = self._protocol.connect()
        request.headers["User-Agent"] = self._policy.user_agent
        for name, value in headers:
            request.headers[name.decode("ascii")] = value.decode("latin-1")
        self._protocol.send_request(request)
        self._flush()
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            self._receive(self._line.read(READ_BYTES, timeout=self._policy.read_ms / 1000))
        self._check_handshake()

    def _check_handshake(self) -> None:
        error = self._protocol.handshake_exc
        if error is None:
            return
        if not isinstance(error, InvalidStatus):
            raise BrokenAnswerError(host=self._host, reason=NOT_WEBSOCKET)
        status = error.response.status_code
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise RedirectRefusedError(host=self._host, reason=WHILE_STREAMING)
        raise StreamRefusedError(host=self._host, status=status)

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield the whole messages of each piece that arrives; pings are answered, and sent into silence.

        Raises:
            StreamEndedError: the other side ended it.
            OutboundError: it was cut, fell silent, or a message is too large.
        """
        heard_s = self._clock()
        if first := self._whole(self._protocol.events_received()):  # came with the answer itself
            yield first
        while True:
            self._check_open()
            try:
                piece = self._line.read(READ_BYTES, timeout=self._policy.ping_ms / 1000)
            except httpcore.ReadTimeout:
                self._ping(heard_s)
                continue
            heard_s = self._clock()
            self._receive(piece)
            if messages := self._whole(self._protocol.events_received()):
                yield messages

    def close(self) -> None:
        """Say goodbye, where that is still possible."""
        with suppress(OutboundError, httpcore.NetworkError, httpcore.TimeoutException):
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(NORMAL_CLOSURE)
                self._flush()

    def cut(self) -> None:
        """End it from another thread: whoever waits for messages gets an error."""
        cut(self._line)

    def _ping(self, heard_s: float) -> None:
        if (self._clock() - heard_s) * 1000 >= self._policy.silence_ms:
            raise TimedOutError(host=self._host, limit_ms=self._policy.silence_ms)
        self._protocol.send_ping(b"")
        self._flush()

    def _receive(self, piece: bytes) -> None:
        if piece:
            self._protocol.receive_data(piece)
        else:
            self._protocol.receive_eof()
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:  # an empty one says that we shall send no more: closing does
                self._line.write(data, timeout=self._policy.read_ms / 1000)

    def _whole(self, events: Iterable[object]) -> list[bytes]:
        """Return the messages that are whole now; the protocol has checked sizes and order."""
        found = []
        for event in events:
            if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                if event.data:  # empty pieces come for ever and count against no size
                    self._pieces.append(bytes(event.data))
                if event.fin:
                    found.append(b"".join(self._pieces))
                    self._pieces = []
        return found

    def _check_open(self) -> None:
        if self._protocol.state is State.OPEN:
            return
        if isinstance(self._protocol.parser_exc, PayloadTooBig):
            raise TooLargeError(host=self._host, limit_bytes=self._policy.message_bytes_max)
        if self._protocol.close_rcvd is not None:
            raise StreamEndedError(host=self._host)
        is_cut = isinstance(self._protocol.parser_exc, EOFError)
        raise BrokenAnswerError(host=self._host, reason=CUT if is_cut else NOT_WEBSOCKET)
