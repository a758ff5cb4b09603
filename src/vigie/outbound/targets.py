"""A web address taken apart once, into one spelling: what is checked is what is contacted.

Most guards fall to addresses that their check and their connection read differently. Here an address that two
programs may read differently is refused: numbers that are not four plain ones (127.1, 0x7f.1, 2130706433,
0177.0.0.1), a user before the host, zones, escapes in the host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import httpx

from vigie.outbound.denied import plain_address
from vigie.outbound.errors import BadUrlError, SchemeRefusedError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.outbound.denied import Address

URL_CHARACTERS_MAX = 8_192
HOST_CHARACTERS_MAX = 253  # RFC 1035 section 2.3.4, as text
PORTS = {"https": 443, "http": 80}
PORT_MAX = 65_535
LABEL = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)  # RFC 1123 section 2.1, and the _ that people use
NUMBER = re.compile(
    r"[0-9]+|0x[0-9a-f]*"
)  # "ends in a number", https://url.spec.whatwg.org/#ends-in-a-number-checker

UNREADABLE = say("it is not written as web addresses are")
NO_HOST = say("it names no host")
NOT_A_HOST = say("its host is not written as names of hosts are")
NOT_PLAIN = say("its host is a number that can be read in several ways")
NOT_A_PORT = say("its port is not a number from 0 to 65535")
WITH_USER = say("it holds a user name or password")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, in one spelling.

    Args:
        scheme: `https` or `http`.
        host: a name in lower case ASCII without a final dot, or an IP address without brackets.
        port: 0 to 65,535.
        path: path and query, as sent; begins with `/`.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what RFC 6454 calls an origin."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and, when unusual, port, as the `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in full."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def literal(self) -> Address | None:
        """The IP address, when the host is one."""
        is_literal = ":" in self.host or NUMBER.fullmatch(self.host.rpartition(".")[2])
        return plain_address(self.host) if is_literal else None


def take_apart(reference: str, *, base: Target | None = None) -> Target:
    """Return where `reference` leads.

    Args:
        reference: a web address; with `base`, also a relative one.
        base: the address of the answer that names it.

    Raises:
        BadUrlError: it has no meaning, or more than one.
        SchemeRefusedError: it is for something else than the web: `data:`, `javascript:`, files …
    """
    url = _read(reference, base)
    if url.scheme not in PORTS:
        raise SchemeRefusedError
    if url.userinfo:
        raise BadUrlError(reason=WITH_USER)
    host = canonical_host(url.raw_host.decode("ascii"))
    port = PORTS[url.scheme] if url.port is None else url.port
    if not 0 <= port <= PORT_MAX:
        raise BadUrlError(reason=NOT_A_PORT)
    return Target(url.scheme, host, port, url.raw_path.decode("ascii"))


def _read(reference: str, base: Target | None) -> httpx.URL:
    if len(reference) > URL_CHARACTERS_MAX:
        raise BadUrlError(reason=UNREADABLE)
    try:
        return httpx.URL(reference) if base is None else httpx.URL(base.url).join(reference)
    except (httpx.InvalidURL, ValueError):  # ValueError: half a surrogate pair, brackets out of place
        raise BadUrlError(reason=UNREADABLE) from None


def canonical_host(text: str) -> str:
    """Return the one spelling of a host: lower case, no final dot or brackets, addresses as in RFC 5952.

    Raises:
        BadUrlError: it is neither a name nor a plain address.
    """
    host = text.lower().removesuffix(".")
    if not host:
        raise BadUrlError(reason=NO_HOST)
    if ":" in host:
        return _ipv6(host)
    labels = host.split(".")
    if len(host) > HOST_CHARACTERS_MAX or not all(LABEL.fullmatch(label) for label in labels):
        raise BadUrlError(reason=NOT_A_HOST)
    return _ipv4(host) if NUMBER.fullmatch(labels[-1]) else host


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        raise BadUrlError(reason=NOT_PLAIN) from None


def _ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        raise BadUrlError(reason=NOT_A_HOST) from None
    if address.scope_id is not None:
        raise BadUrlError(reason=NOT_A_HOST)
    return str(address)
