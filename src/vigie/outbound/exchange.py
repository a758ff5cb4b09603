"""One request and its answer, over one connection to addresses that were checked.

httpcore speaks HTTP; what it connects to, and how long it may take, is decided here. Host header, TLS server
name and certificate check stay with the name. A connection serves one request: nothing is remembered between
two (cookies, sessions, answers of a resolver).
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import certifi
import httpcore

from vigie.outbound.errors import (
    BadCaFileError,
    BrokenAnswerError,
    InsecureError,
    TimedOutError,
    TooLargeError,
    UnreachableError,
)
from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from vigie.outbound.deadline import Deadline
    from vigie.outbound.denied import Address
    from vigie.outbound.policy import Policy
    from vigie.outbound.targets import Target

    Headers = list[tuple[bytes, bytes]]

WRITE_BYTES = 16 * 1024  # one TLS record: the deadline is looked at between two

NO_TLS = say("it offers no secure connection that we accept")
UNTRUSTED = say("its certificate is not valid")
UNKNOWN_AUTHORITY = say("its certificate comes from an authority that is not trusted here")
WRONG_NAME = say("its certificate is for another name")
OUT_OF_DATE = say("its certificate is out of date")
WHY_UNTRUSTED = {  # X509_V_ERR_* of OpenSSL, https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
    9: OUT_OF_DATE, 10: OUT_OF_DATE,
    18: UNKNOWN_AUTHORITY, 19: UNKNOWN_AUTHORITY, 20: UNKNOWN_AUTHORITY, 21: UNKNOWN_AUTHORITY,
    62: WRONG_NAME, 64: WRONG_NAME,
}  # fmt: skip

CUT = say("the connection was cut")
NOT_HTTP = say("it is not what a web server answers")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Args:
        method: `GET`, `HEAD` or `POST`.
        target: where it goes.
        headers: the caller's, checked.
        content: what is sent with it.
        coding: how the answer may be packed: a stream comes as it is.
    """

    method: str
    target: Target
    headers: Headers
    content: bytes | None = None
    coding: bytes = b"gzip"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return how TLS is spoken: 1.2 or later, certificates and names checked, nothing from the environment.

    Raises:
        BadCaFileError: `ca_file` cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError:  # ssl.SSLError is one
            raise BadCaFileError from None
    return context


@contextmanager
def exchange(
    ask: Ask, addresses: Sequence[Address], *, policy: Policy, deadline: Deadline, tls: ssl.SSLContext | None
) -> Iterator[httpcore.Response]:
    """Send `ask` to the first of `addresses` that accepts a connection; give the answer, its body unread.

    Args:
        ask: the request.
        addresses: where it may go, in the order to try; one at least.
        policy: its limits.
        deadline: its end.
        tls: how TLS is spoken; None for http alone.

    Raises:
        OutboundError: no connection, no trust, no time, no HTTP, too large; also while the body is read.
    """
    target = ask.target
    backend = CheckedBackend(target.host, addresses, deadline, policy.header_bytes_max)
    connection = httpcore.HTTPConnection(
        httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port),
        ssl_context=tls,
        network_backend=backend,
    )
    try:
        with in_our_words(target.host, policy, deadline):
            response = connection.handle_request(_request(ask, policy))
            backend.head_left = None
            yield response
    finally:
        connection.close()
        backend.close()


def _request(ask: Ask, policy: Policy) -> httpcore.Request:
    target, read_s = ask.target, policy.read_ms / 1000
    given = {name.lower() for name, _ in ask.headers}
    headers = [
        (b"Host", target.authority.encode()),
        (b"User-Agent", policy.user_agent.encode()),
        (b"Accept-Encoding", ask.coding),
        (b"Connection", b"close"),
        *([] if b"accept" in given else [(b"Accept", b"*/*")]),
        *([] if ask.content is None else [(b"Content-Length", str(len(ask.content)).encode())]),
        *ask.headers,
    ]
    return httpcore.Request(
        ask.method,
        httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        ),
        headers=headers,
        content=ask.content,
        extensions={"timeout": {"connect": policy.connect_ms / 1000, "read": read_s, "write": read_s}},
    )


@contextmanager
def in_our_words(host: str, policy: Policy, deadline: Deadline) -> Iterator[None]:
    """Turn httpcore's errors into ours, without their text: it may repeat what the other side sent."""
    try:
        yield
    except httpcore.TimeoutException as error:
        deadline.left_s(host)  # when all the time is gone, that is what is said
        is_connecting = isinstance(error, httpcore.ConnectTimeout)
        limit_ms = policy.connect_ms if is_connecting else policy.read_ms
        raise TimedOutError(host=host, limit_ms=limit_ms) from None
    except httpcore.ConnectError:
        raise UnreachableError(host=host) from None
    except httpcore.NetworkError:
        raise BrokenAnswerError(host=host, reason=CUT) from None
    except httpcore.ProtocolError:
        raise BrokenAnswerError(host=host, reason=NOT_HTTP) from None


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses and nowhere else.

    Args:
        host: the name of the other side, for errors.
        addresses: where it stands, in the order to try; one at least.
        deadline: the end of the request.
        header_bytes_max: what may arrive before the head of the answer is complete.
    """

    def __init__(
        self, host: str, addresses: Sequence[Address], deadline: Deadline, header_bytes_max: int
    ) -> None:
        self.host = host
        self.deadline = deadline
        self.head_bytes_max = header_bytes_max
        self.head_left: int | None = header_bytes_max  # None once the head is complete
        self._addresses = addresses
        self._line: Line | None = None

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 (httpcore's signature; the name was resolved once, by the guard)
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 (httpcore's signature)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 (httpcore's signature)
    ) -> Line:
        """Return a connection to the first checked address that accepts one.

        Raises:
            httpcore.ConnectError, httpcore.ConnectTimeout: none does.
            TimedOutError: the request's time is over.
        """
        for address in self._addresses[:-1]:
            try:
                return self._connected(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # the next one may
        return self._connected(self._addresses[-1], port, timeout)

    def _connected(self, address: Address, port: int, timeout: float | None) -> Line:
        left_s = self.deadline.left_s(self.host, at_most_s=timeout)
        return self.hold(httpcore.SyncBackend().connect_tcp(str(address), port, timeout=left_s))

    def hold(self, inner: httpcore.NetworkStream) -> Line:
        """Return `inner` kept inside the limits, and remember to close it."""
        self._line = Line(inner, self)
        return self._line

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._line is not None:
            self._line.close()


class Line(httpcore.NetworkStream):
    """A connection inside the limits of its request.

    Args:
        inner: the connection itself.
        backend: what made it, and knows the limits.
    """

    def __init__(self, inner: httpcore.NetworkStream, backend: CheckedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def _left_s(self, timeout: float | None) -> float:
        return self._backend.deadline.left_s(self._backend.host, at_most_s=timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, at most `max_bytes`, and none beyond what the head of an answer may have."""
        head_left = self._backend.head_left
        if head_left is None:
            return self._inner.read(max_bytes, timeout=self._left_s(timeout))
        if head_left == 0:
            raise TooLargeError(host=self._backend.host, limit_bytes=self._backend.head_bytes_max)
        got = self._inner.read(min(max_bytes, head_left), timeout=self._left_s(timeout))
        self._backend.head_left = head_left - len(got)
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`."""
        for start in range(0, len(buffer), WRITE_BYTES):
            self._inner.write(buffer[start : start + WRITE_BYTES], timeout=self._left_s(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Line:
        """Return this connection under TLS.

        Raises:
            InsecureError: the other side does not prove that it is `server_hostname`.
        """
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, timeout=self._left_s(timeout))
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise InsecureError(host=self._backend.host, reason=_why(error.__cause__)) from None
            raise
        return self._backend.hold(inner)

    def get_extra_info(self, info: str) -> object:
        """Return what the connection itself knows."""
        return self._inner.get_extra_info(info)


def _why(error: ssl.SSLError) -> Message:
    if isinstance(error, ssl.SSLCertVerificationError):
        return WHY_UNTRUSTED.get(error.verify_code, UNTRUSTED)
    return NO_TLS
