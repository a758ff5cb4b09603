"""Whether a live source reads what its declaration names: decisions on plain values.

A declaration is judged by its places, its query and their terms: what is read under it goes no further. A
named site covers its host, the hosts under it and, where a path is named, what stands under that; an account,
channel or hashtag covers itself at the host that is named with it; an export covers nothing that is live.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from vigie_node.sources.errors import NotNamedError, TermsForbidError
from vigie_node.sources.models import DeclaredSource
from vigie_node.sources.models import Source as LiveSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vigie_node.sources.guards import Source

HOST_MAX = 253  # characters (RFC 1035)
HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:[0-9]{1,5})?(/\S*)?")
TAG = re.compile(r"#(\w+)")
ENDING = re.compile(r"\.(rss|atom|xml|json)$")
AROUND = '()[]<>«»“”",;'
BLUESKY = "bsky.network"  # where its Jetstream stands: https://github.com/bluesky-social/jetstream
CALLED_BLUESKY = frozenset({"bluesky", "bsky", "bsky.app", "bsky.social"})
DID = "did:"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a live source reads.

    Args:
        kind: `Source.Kind` of live sources.
        addresses: where: all of them must be named.
        tag: the hashtag whose posts alone are asked for; empty for all posts.
        accounts: the accounts that alone are asked for; none for all.
    """

    kind: str
    addresses: Sequence[str]
    tag: str = ""
    accounts: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Webplace:
    """A host, with the port and the path that were named with it."""

    host: str
    port: int | None = None
    path: str = ""
    query: str = ""


def check_named(reach: Reach, sources: Iterable[Source | DeclaredSource], query: str) -> None:
    """Check that a declaration names what a live source reads.

    Args:
        reach: what is read.
        sources: what the declaration names, with their terms.
        query: what it says is looked for: hashtags in it narrow what is read where that can be narrowed.

    Raises:
        NotNamedError: it names something else.
        TermsForbidError: it names it, and records that its terms do not allow this.
    """
    given = list(sources)
    allowed = [one for one in given if one.allows != DeclaredSource.Allows.NO]
    if _is_named(reach, allowed, query):
        return
    raise TermsForbidError if _is_named(reach, given, query) else NotNamedError


def _is_named(reach: Reach, sources: Sequence[Source | DeclaredSource], query: str) -> bool:
    tags = {tag.casefold() for tag in TAG.findall(query)}
    for one in sources:
        tags |= _names(one) if one.kind == DeclaredSource.Kind.HASHTAG else set()
    if tags and reach.kind == LiveSource.Kind.MASTODON and reach.tag.casefold() not in tags:
        return False
    return bool(reach.addresses) and all(_covered(address, reach, sources) for address in reach.addresses)


def _covered(address: str, reach: Reach, sources: Sequence[Source | DeclaredSource]) -> bool:
    if reach.accounts and _within(address, Webplace(host=BLUESKY)):
        named = set[str]().union(*(_names(one) for one in sources))
        if {account.casefold() for account in reach.accounts} <= named:
            return True
    return any(_covers(one, address, reach) for one in sources)


def _covers(one: Source | DeclaredSource, address: str, reach: Reach) -> bool:
    kinds = DeclaredSource.Kind
    if one.kind == kinds.EXPORT or not any(_within(address, place) for place in _webplaces(one)):
        return False
    names = _names(one)
    if one.kind == kinds.SITE or (one.kind != kinds.HASHTAG and not names):
        return True
    if reach.kind == LiveSource.Kind.MASTODON:
        return one.kind == kinds.HASHTAG and reach.tag.casefold() in names
    return not names.isdisjoint(_parts(address))


def _webplaces(one: Source | DeclaredSource) -> list[Webplace]:
    """Return the hosts that a place names: `example.org/path`, an address, the server of an account."""
    found: list[Webplace | None] = []
    for word in _words(one):
        if word.casefold() in CALLED_BLUESKY:
            found.append(Webplace(host=BLUESKY))
        account = word.removeprefix("@").rpartition("@")
        if account[0] and HOST.fullmatch(account[2]):
            found.append(_webplace(f"//{account[2]}"))
        elif "://" in word:
            found.append(_webplace(word))
        elif not word.startswith(("@", "#")) and HOST.fullmatch(word):
            found.append(_webplace(f"//{word}"))
    return [place for place in found if place is not None]


def _names(one: Source | DeclaredSource) -> set[str]:
    """Return the accounts, channels or hashtags that a place names besides hosts, in lower case."""
    kinds, found = DeclaredSource.Kind, set[str]()
    if one.kind in {kinds.SITE, kinds.EXPORT}:
        return found
    for word in _words(one):
        is_plain = "://" not in word and not HOST.fullmatch(word) and word.casefold() not in CALLED_BLUESKY
        if word.startswith(("@", "#")) or is_plain:
            name = word.removeprefix("#").removeprefix("@")
            found.add((name if name.startswith(DID) else name.partition("@")[0]).casefold())
    return found - {""}


def _words(one: Source | DeclaredSource) -> list[str]:
    return [word for word in (word.strip(AROUND) for word in one.place.split()) if word]


def _webplace(address: str) -> Webplace | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return Webplace(host=_plain(host), port=port, path=parts.path.rstrip("/"), query=parts.query)


def _within(address: str, place: Webplace) -> bool:
    """Tell whether an address stands at a place or under it."""
    found = _webplace(address)
    if found is None or (place.port is not None and found.port != place.port):
        return False
    if found.host != place.host and not found.host.endswith(f".{place.host}"):
        return False
    if not place.path:
        return True
    path = unquote(found.path)
    if ".." in path or not path.startswith(unquote(place.path)):
        return False
    rest = path[len(unquote(place.path)) :]
    return (not rest or rest[0] in "/.") and (not place.query or found.query == place.query)


def _parts(address: str) -> set[str]:
    """Return the words of an address's path and query that can name an account, a channel or a hashtag."""
    parts = urlsplit(address)
    said = [*unquote(parts.path).split("/"), *(value for _, value in parse_qsl(parts.query))]
    return {ENDING.sub("", word.casefold()).removeprefix("@") for word in said} - {""}


def _plain(host: str) -> str:
    """Return a host in lower case and in ASCII, where it can be written so."""
    if len(host) > HOST_MAX:  # the codec takes minutes over a long label
        return host.casefold()
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.casefold()
