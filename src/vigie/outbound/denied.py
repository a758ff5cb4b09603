"""The networks that no request reaches, written out, each with its source.

Python's `is_global` answers another question (what IANA calls reachable) and says True for addresses that
lead inside: NAT64, 6to4, site-local, multicast, IPv4-compatible. So this list is our own. Sources: the IANA
special address registries (RFC 6890 and later RFCs, named at each line) and the documentation of clouds.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from vigie.terms.languages import Message, say

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

OURSELVES = say("this machine itself")
PRIVATE = say("a private network")
LINK = say("the local link")
METADATA = say("a metadata service of a cloud provider")
GROUP = say("a group of machines (multicast)")
HIDING = say("an address that hides another one")
RESERVED = say("an address that is reserved, not in public use")


@dataclass(frozen=True, slots=True)
class Denied:
    """A network that no request reaches.

    Args:
        network: its addresses.
        kind: what stands there, as people read it.
        source: the document that says so.
        openable: whether a peer of a policy may stand there.
    """

    network: Network
    kind: Message
    source: str
    openable: bool = False


def _denied(network: str, kind: Message, source: str) -> Denied:
    return Denied(ip_network(network), kind, source, openable=kind in {OURSELVES, PRIVATE})


_LIST = (
    # IPv4
    _denied("0.0.0.0/8", RESERVED, "RFC 791 section 3.2, RFC 1122 section 3.2.1.3: this network"),
    _denied("10.0.0.0/8", PRIVATE, "RFC 1918"),
    _denied("100.64.0.0/10", PRIVATE, "RFC 6598: shared by the customers of one provider (CGNAT)"),
    _denied("100.100.100.200/32", METADATA, "Alibaba Cloud: instance metadata"),
    _denied("127.0.0.0/8", OURSELVES, "RFC 1122 section 3.2.1.3: loopback"),
    _denied("168.63.129.16/32", METADATA, "Microsoft Azure: virtual public address of the host"),
    _denied("169.254.0.0/16", LINK, "RFC 3927"),
    _denied("169.254.169.254/32", METADATA, "AWS, Azure, Google Cloud, OpenStack and others"),
    _denied("169.254.170.0/24", METADATA, "AWS: credentials of ECS tasks and EKS pods"),
    _denied("172.16.0.0/12", PRIVATE, "RFC 1918"),
    _denied("192.0.0.0/24", RESERVED, "RFC 6890: IETF protocol assignments; also Oracle Cloud metadata"),
    _denied("192.0.2.0/24", RESERVED, "RFC 5737: documentation"),
    _denied("192.31.196.0/24", RESERVED, "RFC 7535: AS112, the sink of misdirected DNS"),
    _denied("192.52.193.0/24", HIDING, "RFC 7450: automatic multicast tunnels"),
    _denied("192.88.99.0/24", HIDING, "RFC 7526: relays of 6to4, deprecated"),
    _denied("192.168.0.0/16", PRIVATE, "RFC 1918"),
    _denied("192.175.48.0/24", RESERVED, "RFC 7534: AS112, the sink of misdirected DNS"),
    _denied("198.18.0.0/15", RESERVED, "RFC 2544: benchmarking"),
    _denied("198.51.100.0/24", RESERVED, "RFC 5737: documentation"),
    _denied("203.0.113.0/24", RESERVED, "RFC 5737: documentation"),
    _denied("224.0.0.0/4", GROUP, "RFC 5771"),
    _denied("240.0.0.0/4", RESERVED, "RFC 1112 section 4: reserved"),
    _denied("255.255.255.255/32", RESERVED, "RFC 919 section 7: broadcast"),
    # IPv6 outside 2000::/3, the only space from which public addresses are given
    _denied("::/3", RESERVED, "RFC 4291 section 2.4: not given as public unicast"),
    _denied("4000::/2", RESERVED, "RFC 4291 section 2.4: not given as public unicast"),
    _denied("8000::/1", RESERVED, "RFC 4291 section 2.4: not given as public unicast"),
    _denied("::/128", RESERVED, "RFC 4291 section 2.5.2: unspecified"),
    _denied("::1/128", OURSELVES, "RFC 4291 section 2.5.3: loopback"),
    _denied("::/96", HIDING, "RFC 4291 section 2.5.5.1: IPv4-compatible, deprecated"),
    _denied("::ffff:0:0:0/96", HIDING, "RFC 2765 section 2.1: IPv4-translated"),
    _denied("64:ff9b::/96", HIDING, "RFC 6052: NAT64"),
    _denied("64:ff9b:1::/48", HIDING, "RFC 8215: NAT64 of one network"),
    _denied("100::/64", RESERVED, "RFC 6666: discard"),
    _denied("100:0:0:1::/64", RESERVED, "RFC 9780: dummy prefix"),
    _denied("5f00::/16", RESERVED, "RFC 9602: segments of routes (SRv6)"),
    _denied("fc00::/7", PRIVATE, "RFC 4193: unique local"),
    _denied("fd00:42::42/128", METADATA, "Scaleway: instance metadata"),
    _denied("fd00:c1::a9fe:a9fe/128", METADATA, "Oracle Cloud: instance metadata"),
    _denied("fd00:ec2::/32", METADATA, "AWS: metadata, credentials, DNS and time (fd00:ec2::254 and others)"),
    _denied("fd20:ce::254/128", METADATA, "Google Cloud: metadata server"),
    _denied("fe80::/10", LINK, "RFC 4291 section 2.5.6"),
    _denied("fec0::/10", RESERVED, "RFC 3879: site-local, deprecated"),
    _denied("ff00::/8", GROUP, "RFC 4291 section 2.7"),
    # IPv6 inside 2000::/3
    _denied("2001::/23", RESERVED, "RFC 2928: IETF protocol assignments"),
    _denied("2001::/32", HIDING, "RFC 4380: Teredo"),
    _denied("2001:2::/48", RESERVED, "RFC 5180: benchmarking"),
    _denied("2001:3::/32", HIDING, "RFC 7450: automatic multicast tunnels"),
    _denied("2001:10::/28", RESERVED, "RFC 4843: ORCHID, deprecated"),
    _denied("2001:20::/28", RESERVED, "RFC 7343: ORCHIDv2"),
    _denied("2001:30::/28", RESERVED, "RFC 9374: tags of drones"),
    _denied("2001:db8::/32", RESERVED, "RFC 3849: documentation"),
    _denied("2002::/16", HIDING, "RFC 3056: 6to4"),
    _denied("2620:4f:8000::/48", RESERVED, "RFC 7534: AS112, the sink of misdirected DNS"),
    _denied("3fff::/20", RESERVED, "RFC 9637: documentation"),
)
DENIED = tuple(sorted(_LIST, key=lambda denied: -denied.network.prefixlen))  # the narrowest first: it decides

LOOPBACK: tuple[Network, ...] = (
    ip_network("127.0.0.0/8"),
    ip_network("::1/128"),
)  # for peers on this machine


def plain_address(text: str) -> Address:
    """Return the address that is meant by `text`, as a resolver or a web address writes it.

    An IPv4-mapped one (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2) is the IPv4 address inside it. The zone of
    a scoped one (`%eth0`) falls away: only link-local ones have it, and these are denied.

    Raises:
        ValueError: `text` is no address.
    """
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def denial(address: Address) -> Denied | None:
    """Return the narrowest denied network that holds `address` (from `plain_address`), or None."""
    return next((denied for denied in DENIED if address in denied.network), None)
