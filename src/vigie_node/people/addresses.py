"""From which address a request comes: what clients write in headers is not believed (abuse cases 13, 45)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Address = IPv4Address | IPv6Address

SITE_BITS = 64  # who has one IPv6 address has all of its /64 (RFC 6177)


def client_of(peer: str, forwarded: str, trusted: Iterable[str]) -> str:
    """Return the address a request comes from; an IPv6 address as its /64.

    Args:
        peer: the other end of the connection; empty for a Unix socket.
        forwarded: the header X-Forwarded-For: `client, proxy, proxy`.
        trusted: addresses or networks of proxies whose word is taken, from the configuration.

    Returns:
        The rightmost hop that is none of the trusted proxies; what stands left of it may be invented. A hop
        that is no address ends the way: the proxy that passed it on answers for it.
    """
    networks = [ip_network(one, strict=False) for one in trusted]
    nearest = _address(peer)
    for hop in reversed(forwarded.split(",")):
        if nearest is None or not any(nearest in network for network in networks):
            break
        before = _address(hop)
        if before is None:
            break
        nearest = before
    return _site(nearest)


def _address(text: str) -> Address | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _site(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> SITE_BITS << SITE_BITS, SITE_BITS)))
    return str(address or "")
