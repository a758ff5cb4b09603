"""Ask the outside world, through the guard."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from vigie.outbound.answers import Answer, take_answer
from vigie.outbound.deadline import Deadline
from vigie.outbound.errors import BadHeaderError, OtherOriginError, RedirectRefusedError
from vigie.outbound.events import WHILE_STREAMING, EventStream
from vigie.outbound.exchange import Ask, exchange, tls_context
from vigie.outbound.guard import Guard, system_resolver
from vigie.outbound.targets import take_apart
from vigie.terms.languages import say

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpcore

    from vigie.outbound.deadline import Clock
    from vigie.outbound.exchange import Headers
    from vigie.outbound.guard import Resolver
    from vigie.outbound.policy import Policy
    from vigie.outbound.targets import Target
    from vigie.outbound.websocket import WebSocket

REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
NOT_THE_CALLERS = frozenset({  # headers that say how HTTP itself goes: they are ours
    "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    "accept-encoding", "user-agent",
})  # fmt: skip
TO_ANYONE = frozenset({b"accept", b"accept-language"})  # all that follows a redirect to another origin
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
VALUE = re.compile(
    r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
)  # section 5.5

TOO_MANY = say("there are too many redirects")
NOWHERE = say("it does not say where to")
WHILE_SENDING = say("what we send goes only where it is addressed")


class Client:
    """Asks the outside world, inside a policy; keeps nothing between two requests; threads may share it.

    Args:
        policy: what requests may do.
        resolver: turns a name into addresses; tests give their own.
        clock: seconds that only grow; tests give their own.
    """

    def __init__(
        self, policy: Policy, *, resolver: Resolver = system_resolver, clock: Clock = time.monotonic
    ) -> None:
        self._policy = policy
        self._guard = Guard(policy, resolver=resolver)
        self._clock = clock

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        to: Path | None = None,
    ) -> Answer:
        """Fetch `url`, following redirects that the guard admits.

        Args:
            url: the address, in full.
            headers: credentials and the like. Only Accept and Accept-Language follow to another origin.
            etag: the `etag` of an earlier answer: if nothing changed, the answer is short (status 304).
            last_modified: the `last_modified` of an earlier answer, likewise.
            to: a new file for the body of a success, whole or not at all.

        Returns:
            The answer, whatever its status.

        Raises:
            OutboundError: the guard refuses, a limit is reached, or no usable answer comes.
            OSError: the file `to` cannot be written.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        given = {
            **(headers or {}),
            **{name: value for name, value in conditions.items() if value is not None},
        }
        sent = checked_headers(given)
        deadline = self._deadline()
        target, named_by, hops = take_apart(url), None, tuple[str, ...]()
        while True:
            with self._exchange(Ask("GET", target, sent), deadline, named_by) as response:
                if response.status not in REDIRECTS:
                    most = self._policy.body_bytes_max
                    return take_answer(response, target, hops=hops, most=most, to=to)
                hops = (*hops, target.url)
                following = self._following(response, target, hops)
            sent = sent if following.origin == target.origin else for_anyone(sent)
            target, named_by = following, target

    def post(
        self, url: str, content: bytes, *, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send `content` to `url`. A redirect is not followed.

        Args:
            url: the address, in full.
            content: what is sent.
            content_type: what it is, such as `application/json`.
            headers: credentials and the like.

        Returns:
            The answer, whatever its status but a redirect.

        Raises:
            OutboundError: the guard refuses, a limit is reached, or no usable answer comes.
        """
        sent = checked_headers({**(headers or {}), "Content-Type": content_type})
        target = take_apart(url)
        with self._exchange(Ask("POST", target, sent, content), self._deadline()) as response:
            if response.status in REDIRECTS:
                raise RedirectRefusedError(host=target.host, reason=WHILE_SENDING)
            return take_answer(response, target, hops=(), most=self._policy.body_bytes_max, to=None)

    def location(self, url: str) -> str | None:
        """Return where `url` redirects to, without going there; None where it answers otherwise.

        What is named is not admitted: asking it is a request of its own, judged anew.

        Args:
            url: the address, in full.

        Raises:
            OutboundError: the guard refuses, no usable answer comes, or it leads nowhere on the web.
        """
        target = take_apart(url)
        with self._exchange(Ask("HEAD", target, []), self._deadline()) as response:
            return self._following(response, target, ()).url if response.status in REDIRECTS else None

    @contextmanager
    def stream(self, url: str, *, headers: Mapping[str, str] | None = None) -> Iterator[EventStream]:
        """Open a stream of server-sent events. A redirect is not followed.

        Args:
            url: the address, in full.
            headers: credentials and the like.

        Yields:
            The stream; it lives as long as the block.

        Raises:
            OutboundError: the guard refuses, or no stream opens; also while events are read.
        """
        sent = checked_headers({**(headers or {}), "Accept": "text/event-stream"})
        target, deadline = take_apart(url), self._deadline()
        ask = Ask("GET", target, sent, coding=b"identity")
        patient = replace(self._policy, read_ms=self._policy.silence_ms)
        with self._exchange(ask, deadline, policy=patient) as response:
            if response.status in REDIRECTS:
                raise RedirectRefusedError(host=target.host, reason=WHILE_STREAMING)
            bytes_max = self._policy.message_bytes_max
            events = EventStream(response, bytes_max=bytes_max, host=target.host)
            deadline.restart(self._policy.stream_ms)
            yield events

    @contextmanager
    def websocket(self, url: str, *, headers: Mapping[str, str] | None = None) -> Iterator[WebSocket]:
        """Open a WebSocket. A redirect is not followed.

        Args:
            url: the address, in full: `wss:`, or `ws:` where the policy opens the place for `http:`.
            headers: credentials and the like.

        Yields:
            The WebSocket; it lives as long as the block.

        Raises:
            OutboundError: the guard refuses, or none opens; also while messages are read.
        """
        from vigie.outbound.websocket import as_web_address, conversation  # noqa: PLC0415 (few need it)

        sent = checked_headers(headers or {})
        target, deadline = take_apart(as_web_address(url)), self._deadline()
        with conversation(
            target,
            self._guard.admit(target, deadline=deadline),
            headers=sent,
            policy=self._policy,
            deadline=deadline,
            tls=self._tls if target.scheme == "https" else None,
            clock=self._clock,
        ) as talk:
            yield talk
            talk.close()

    def check(self, url: str, *, named_by: str | None = None, same_origin: bool = True) -> str:
        """Return the address in its one spelling, when a request to it would be admitted now.

        For addresses that a person enters, and for those that an answer names (next pages, links to fetch).
        Nothing is contacted but the resolver; the request itself is judged again.

        Args:
            url: the address, in full; with `named_by`, also a relative one.
            named_by: the `url` of the answer that names it; then it is judged as a redirect is.
            same_origin: with `named_by`: whether it must stay with that answer's scheme, host and port.
                Without this, send no credentials to it.

        Raises:
            OutboundError: it would not be admitted.
        """
        base = None if named_by is None else take_apart(named_by)
        target = take_apart(url, base=base)
        if base is not None and same_origin and target.origin != base.origin:
            raise OtherOriginError(host=base.host)
        self._guard.admit(target, deadline=self._deadline(), named_by=base)
        return target.url

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context(self._policy.ca_file)  # reading the authorities takes time, and checks need none

    def _deadline(self) -> Deadline:
        return Deadline(self._policy.total_ms, self._clock)

    def _exchange(
        self,
        ask: Ask,
        deadline: Deadline,
        named_by: Target | None = None,
        *,
        policy: Policy | None = None,
    ) -> AbstractContextManager[httpcore.Response]:
        addresses = self._guard.admit(ask.target, deadline=deadline, named_by=named_by)
        tls = self._tls if ask.target.scheme == "https" else None
        return exchange(ask, addresses, policy=policy or self._policy, deadline=deadline, tls=tls)

    def _following(self, response: httpcore.Response, target: Target, hops: tuple[str, ...]) -> Target:
        """Return where a redirect leads, not yet admitted."""
        if len(hops) > self._policy.redirects_max:
            raise RedirectRefusedError(host=target.host, reason=TOO_MANY)
        places = [value for name, value in response.headers if name.lower() == b"location"]
        try:
            (place,) = (value.decode() for value in places)
        except ValueError:  # none, several, or not UTF-8
            raise RedirectRefusedError(host=target.host, reason=NOWHERE) from None
        return take_apart(place, base=target)


def checked_headers(headers: Mapping[str, str]) -> Headers:
    """Return headers as they are sent.

    Raises:
        BadHeaderError: one holds what headers cannot hold, or says how HTTP itself goes.
    """
    for name, value in headers.items():
        is_ours = name.lower() in NOT_THE_CALLERS
        if is_ours or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise BadHeaderError(name=name)
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def for_anyone(headers: Headers) -> Headers:
    """Return the headers that may follow to another origin: no credentials, keys or conditions."""
    return [(name, value) for name, value in headers if name.lower() in TO_ANYONE]
