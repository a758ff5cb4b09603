"""What a request may do, as values: limits, ports, and the peers that may stand on the inside."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from vigie.outbound.targets import canonical_host

if TYPE_CHECKING:
    from pathlib import Path

    from vigie.outbound.denied import Network
    from vigie.outbound.targets import Target


@dataclass(frozen=True, slots=True)
class Peer:
    """One service that the policy opens by name: exactly this scheme, host and port.

    Args:
        host: its name or address.
        port: its port, any.
        scheme: `http` only for a service that has nothing better.
        networks: where it stands. Then it may be on this machine or in a private network, and every address
            of its name must lie in one of these; never a metadata service, the local link, or a reserved
            address. Empty: at a public address, as everyone.
    """

    host: str
    port: int
    scheme: Literal["https", "http"] = "https"
    networks: tuple[Network, ...] = ()

    @classmethod
    def written(cls, text: str) -> Peer:
        """Return a peer from `https://HOST:PORT NETWORK …`, as operators write it.

        Raises:
            ValueError: it has no host, or a network is none.
        """
        address, *networks = text.split()
        parts = urlsplit(address)
        scheme = cast("Literal['https', 'http']", parts.scheme)
        port = parts.port or {"https": 443, "http": 80}[scheme]
        return cls(str(parts.hostname), port, scheme=scheme, networks=tuple(map(ip_network, networks)))

    def stands_at(self, target: Target) -> bool:
        """Tell whether `target` is this peer."""
        return target.origin == (self.scheme, canonical_host(self.host), self.port)


@dataclass(frozen=True, slots=True)
class Policy:
    """What requests of one kind may do. The defaults suit a public feed.

    Args:
        connect_ms: longest time to connect, TLS included, for each address tried.
        read_ms: longest silence of the other side, and longest time to take what we send.
        total_ms: longest time for all of it: resolving, redirects, and the whole body.
        body_bytes_max: largest body, as sent and once decompressed.
        header_bytes_max: largest head of an answer: status line, headers, interim answers.
        redirects_max: how many redirects are followed.
        stream_ms: longest life of a stream, from its first answer.
        silence_ms: longest silence of a stream, signs of life of its protocol counted as words.
        ping_ms: after how much silence a WebSocket is asked for a sign of life.
        message_bytes_max: largest message of a stream.
        ports: where https may be asked; peers bring their own.
        peers: the services opened by name.
        ca_file: PEM file of certificate authorities trusted beside the public ones.
        user_agent: how we introduce ourselves.
    """

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 60_000
    body_bytes_max: int = 32 * 1024 * 1024
    header_bytes_max: int = 64 * 1024
    redirects_max: int = 5
    stream_ms: int = 24 * 60 * 60_000
    silence_ms: int = 90_000
    ping_ms: int = 20_000
    message_bytes_max: int = 1024 * 1024
    ports: frozenset[int] = frozenset({443})
    peers: tuple[Peer, ...] = ()
    ca_file: Path | None = None
    user_agent: str = "Vigie"

    def peer_at(self, target: Target) -> Peer | None:
        """Return the peer that stands at `target`, or None."""
        return next((peer for peer in self.peers if peer.stands_at(target)), None)

    def is_inside(self, target: Target) -> bool:
        """Tell whether `target` is a peer that may stand on the inside."""
        peer = self.peer_at(target)
        return peer is not None and bool(peer.networks)
