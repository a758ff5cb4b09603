"""Decide whether a request may go to a web address, and to which of its addresses.

1. The scheme, the port and the host must be ones that the policy opens.
2. Whoever came from outside is not led to a peer on the inside.
3. The name is resolved once, and every answer is judged: one that is denied refuses them all.
4. What is returned is what is connected to; nothing resolves again (DNS rebinding).
"""

from __future__ import annotations

import socket
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from vigie.outbound.denied import denial, plain_address
from vigie.outbound.errors import AddressRefusedError, PortRefusedError, SchemeRefusedError, UnknownHostError
from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vigie.outbound.deadline import Deadline
    from vigie.outbound.denied import Address
    from vigie.outbound.policy import Peer, Policy
    from vigie.outbound.targets import Target

    Resolver = Callable[[str, int], Sequence[str]]  # raises OSError when a name has no address

ELSEWHERE = say("another place than the policy says")
FROM_OUTSIDE = say("a peer on the inside, which an answer from outside may not name")


def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses of `host` as this machine knows them, in the order to try.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class Guard:
    """Judges where requests go.

    Args:
        policy: what is open.
        resolver: turns a name into addresses; tests give their own.
    """

    def __init__(self, policy: Policy, *, resolver: Resolver = system_resolver) -> None:
        self._policy = policy
        self._resolver = resolver

    def admit(self, target: Target, *, deadline: Deadline, named_by: Target | None = None) -> list[Address]:
        """Return the addresses at which `target` may be contacted, in the order to try.

        Args:
            target: where the request would go.
            deadline: until when resolving may take.
            named_by: the address whose answer names `target` (a redirect, a next page); None when we do.

        Raises:
            SchemeRefusedError, PortRefusedError, AddressRefusedError: the policy does not open it.
            UnknownHostError: the name has no address.
            TimedOutError: resolving took too long.
        """
        peer = self._policy.peer_at(target)
        self._judge_place(target, peer, named_by)
        addresses = self._addresses(target, deadline)
        for address in addresses:
            kind = refusal(address, peer)
            if kind is not None:
                raise AddressRefusedError(host=target.host, kind=kind)
        return addresses

    def _judge_place(self, target: Target, peer: Peer | None, named_by: Target | None) -> None:
        is_downgrade = named_by is not None and (named_by.scheme, target.scheme) == ("https", "http")
        if is_downgrade or (target.scheme == "http" and peer is None):
            raise SchemeRefusedError
        if peer is None and target.port not in self._policy.ports:
            raise PortRefusedError(host=target.host)
        is_led = named_by is not None and not self._policy.is_inside(named_by)
        if is_led and self._policy.is_inside(target):
            raise AddressRefusedError(host=target.host, kind=FROM_OUTSIDE)

    def _addresses(self, target: Target, deadline: Deadline) -> list[Address]:
        if target.literal is not None:
            return [target.literal]
        texts = resolve(target, self._resolver, deadline)
        if not texts:
            raise UnknownHostError(host=target.host)
        return list(dict.fromkeys(plain_address(text) for text in texts))


def refusal(address: Address, peer: Peer | None) -> Message | None:
    """Return why `address` is not contacted, or None when it may be.

    Args:
        address: from `plain_address`.
        peer: the peer whose address it is, or None.
    """
    denied = denial(address)
    if peer is None or not peer.networks:
        return denied.kind if denied else None
    if not any(address in network for network in peer.networks):
        return ELSEWHERE
    return denied.kind if denied and not denied.openable else None


def resolve(target: Target, resolver: Resolver, deadline: Deadline) -> Sequence[str]:
    """Return what `resolver` answers, or nothing; wait no longer than the deadline.

    The system's resolver takes no limit of time, so it runs in a thread that may be left behind.

    Raises:
        TimedOutError: it took too long.
    """
    box: SimpleQueue[Sequence[str]] = SimpleQueue()

    def ask() -> None:
        texts: Sequence[str] = ()
        try:
            texts = resolver(target.host, target.port)
        except OSError:
            texts = ()
        finally:
            box.put(texts)

    threading.Thread(target=ask, name="vigie-resolve", daemon=True).start()
    while True:
        try:
            return box.get(timeout=deadline.left_s(target.host))
        except Empty:
            continue  # then the deadline speaks
