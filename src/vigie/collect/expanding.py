"""Where short addresses lead, asked of the services that made them, when an operator allows it.

Only hosts of an allow-list are asked, never the page at the end: each request is a HEAD without a body, and a
redirect is read, not followed. What an asked service learns is that somebody looked, so the resolver is off
unless an operator configures one.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from vigie.collect.links import RULES, canonical_link, domain_of, domains
from vigie.outbound.errors import OutboundError
from vigie.terms.posts import LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from vigie.outbound import Client

HOPS_MAX = 4  # short addresses of short addresses
GAP_MS = 500  # between two requests
ASKED_MAX = 2_000  # requests of one resolver: a quarter of an hour with the gap
CACHED_MAX = 1 << 16
UNASKED = "asked_max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """Where an address leads.

    Args:
        url: in canonical form; the address itself where it is not short or nothing was learned.
        is_short: whether it was one to ask about.
        error: what kept us from learning it, or None.
    """

    url: str
    is_short: bool
    error: OutboundError | None = None


class Resolver:
    """Asks shorteners where their addresses lead, slowly, each address once.

    Args:
        client: the guarded client.
        hosts: which shorteners may be asked: hosts or registrable domains.
        gap_ms: least time between two requests, 0 or more.
        asked_max: most requests; the addresses after these stay as they are, counted in `failed`.
        clock: seconds that only grow.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        client: Client,
        *,
        hosts: Collection[str] = RULES.short,
        gap_ms: int = GAP_MS,
        asked_max: int = ASKED_MAX,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._hosts, self._gap_s = client, frozenset(hosts), gap_ms / 1000
        self._clock, self._sleep, self._left = clock, sleep, asked_max
        self._next_s = clock()
        self._known: OrderedDict[str, Expanded] = OrderedDict()
        self.failed: Counter[str] = Counter()  # code of what kept us from learning -> how many addresses

    def is_short(self, address: str) -> bool:
        """Return whether the address is one that this resolver asks about."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        host = parts.hostname or ""
        return (
            parts.scheme in {"http", "https"}
            and parts.path.strip("/") != ""
            and (host in self._hosts or domain_of(host) in self._hosts)
        )

    def expanded(self, address: str) -> Expanded:
        """Return where an address leads; a failure leaves it as it is, and says so."""
        if not self.is_short(address):
            return Expanded(url=address, is_short=False)
        known = self._known.get(address)
        if known is None:
            known = self._known[address] = self._ask(address)
            if len(self._known) > CACHED_MAX:
                self._known.popitem(last=False)
        return known

    def _ask(self, address: str) -> Expanded:
        place = address
        for _ in range(HOPS_MAX):
            if not self._left:
                self.failed[UNASKED] += 1
                break
            self._left -= 1
            self._wait()
            try:
                following = self._client.location(_secure(place))
            except OutboundError as error:
                self.failed[error.code] += 1
                return Expanded(url=address, is_short=True, error=error)
            if following is None:
                break
            place = canonical_link(following)
            if not self.is_short(place):
                return Expanded(url=place, is_short=True)
        return Expanded(url=address, is_short=True)

    def _wait(self) -> None:
        """Keep the gap between two requests."""
        pause_s = self._next_s - self._clock()
        if pause_s > 0:
            self._sleep(pause_s)
        self._next_s = self._clock() + self._gap_s


def expanded_links(links: pa.Array, resolver: Resolver) -> pa.Array:
    """Return a column of links whose short addresses are where they lead; each distinct one is asked once."""
    urls = pc.struct_field(links.values, "url")
    coded = urls.dictionary_encode()
    told = [None if one is None else resolver.expanded(one).url for one in coded.dictionary.to_pylist()]
    new = pa.array(told, pa.string())
    if new.equals(coded.dictionary):
        return links
    changed = pc.not_equal(new, coded.dictionary)
    own = pc.struct_field(links.values, "domain")
    domain = pc.if_else(changed.take(coded.indices), domains(new).take(coded.indices), own)
    whole = pa.StructArray.from_arrays(
        [new.take(coded.indices), domain], fields=list(LINK), mask=pc.is_null(links.values)
    )
    return pa.ListArray.from_arrays(links.offsets, whole, type=links.type, mask=pc.is_null(links))


def _secure(address: str) -> str:
    """Return the address on https: all shorteners that are asked have it."""
    return "https://" + address.removeprefix("http://") if address.startswith("http://") else address
