"""Addresses in one form, so that two posts that pass on the same page are seen to; and whose page it is.

What is not an address of the web (a numeric id, a bare word) stays exactly as it is. Nothing here asks the
network; what only a request can tell (where a short address leads) is for `vigie.collect.expanding`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

import idna
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publicsuffixlist import PublicSuffixList

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
WRAPPED_MAX = 4  # addresses in addresses
HOST_MAX = 253  # RFC 1035 section 2.3.4, as text
HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>[^/?#:\[\]@]+)"


class Rules(NamedTuple):
    """What canonical addresses leave out or see through: `links.toml`."""

    names: frozenset[str]
    starts: tuple[str, ...]
    by_site: Mapping[str, frozenset[str]]
    mobile: Mapping[str, str]
    wrapped: Mapping[str, tuple[str, ...]]
    amp_caches: tuple[str, ...]
    amp_paths: tuple[str, ...]
    amp_viewers: tuple[str, ...]
    short: frozenset[str]


def _rules() -> Rules:
    text = resources.files("vigie.collect").joinpath("links.toml").read_text("utf-8")
    told = tomllib.loads(text)
    tracking, amp = told["tracking"], told["amp"]
    return Rules(
        names=frozenset(tracking["names"]),
        starts=tuple(tracking["starts"]),
        by_site={site: frozenset(names) for site, names in tracking["by_site"].items()},
        mobile=told["mobile"],
        wrapped={place: tuple(names) for place, names in told["wrapped"].items()},
        amp_caches=tuple("." + host for host in amp["caches"]),
        amp_paths=tuple(amp["cache_paths"]),
        amp_viewers=tuple(amp["viewers"]),
        short=frozenset(told["short"]["hosts"]),
    )


RULES = _rules()
MOBILE, NAMES, STARTS = RULES.mobile, RULES.names, RULES.starts
BY_SITE = {site: names | NAMES for site, names in RULES.by_site.items()}
# Hosts that may only lead to another: one look spares most addresses the closer one.
SUSPECT = re.compile(
    "|".join(
        [
            *(
                "^" + re.escape(place.partition("/")[0]) + "$"
                for place in (*RULES.wrapped, *RULES.amp_viewers)
            ),
            *(re.escape(host) + "$" for host in RULES.amp_caches),
        ]
    )
)
# Already canonical, and alone in its text, unless its host is one that is seen through: see SEEN_THROUGH.
SIMPLE_LINK = r"^(https?://[a-z0-9.-]+(/[A-Za-z0-9/_.~%&=:@+!$'()*-]+)?|[0-9]+)$"
SEEN_THROUGH = (
    "^https?://("
    + "|".join(
        [
            *(host.replace(".", r"\.") + r"(/|$)" for host in sorted(RULES.mobile)),
            *(viewer.replace(".", r"\.") for viewer in RULES.amp_viewers),
            *(r"[a-z0-9.-]+" + host.replace(".", r"\.") + "/" for host in RULES.amp_caches),
        ]
    )
    + ")"
)


@lru_cache(maxsize=1 << 16)
def canonical_link(text: str) -> str:
    """Return the address as one of all that lead to the same page.

    Scheme and host in lower case, an international host in its ASCII form, without fragment, default port and
    parameters that only track; the page itself instead of an AMP cache, of a telephone's host and of a
    service's exit, where `links.toml` knows them. A path that is empty or only a slash is dropped; the order
    of parameters is kept. What names a user before its host keeps it.
    """
    outer = parts = _parts(text)
    for _ in range(WRAPPED_MAX):
        inside = None if parts is None else _unwrapped(parts)
        if inside is None:
            return text if parts is None else _whole(parts)
        text, parts = inside, _parts(inside)
    return _whole(outer) if outer is not None else text  # nested on purpose: it stays


def _parts(text: str) -> SplitResult | None:
    """Return the parts of an address of the web, its host in canonical form; None for anything else."""
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that are no IPv6 address
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        return None
    user, at, host = parts.netloc.rpartition("@")
    host = ascii_host(host.lower().removesuffix(DEFAULT_PORTS[parts.scheme]))
    host = user + at + MOBILE.get(host, host)
    return parts if host == parts.netloc else parts._replace(netloc=host)


def ascii_host(host: str) -> str:
    """Return an international name in its ASCII form (IDNA 2008, UTS 46); what is none as it is."""
    if host.isascii() or len(host) > HOST_MAX:
        return host
    name, colon, port = host.partition(":")
    try:
        return idna.encode(name, uts46=True).decode("ascii") + colon + port
    except (idna.IDNAError, UnicodeError):
        return host


def _whole(parts: SplitResult) -> str:
    path = "" if parts.path == "/" else parts.path
    query = _kept(parts.query, parts.netloc) if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _kept(query: str, host: str) -> str:
    """Return the parameters that say which page it is."""
    dropped = BY_SITE.get(_ending_of(host), NAMES)
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0].lower()
        if name not in dropped and not name.startswith(STARTS):
            kept.append(part)
    return "&".join(kept)


def _ending_of(host: str) -> str:
    """Return the last two labels of a host: the sites with names of their own have no longer suffix."""
    return ".".join(host.rsplit(".", 2)[-2:])


def _unwrapped(parts: SplitResult) -> str | None:
    """Return the address that this one only leads to; None where it is a page itself."""
    host = parts.netloc
    if not SUSPECT.search(host):
        return None
    names = RULES.wrapped.get(host + parts.path.rstrip("/"))
    if names:
        values = dict(parse_qsl(parts.query, max_num_fields=None))
        inside = next((values[name] for name in names if name in values), "")
        return inside if inside.startswith(("https://", "http://")) else None
    if host.endswith(RULES.amp_caches):
        start = next((path for path in RULES.amp_paths if parts.path.startswith(path)), None)
        return None if start is None else _amp(parts, parts.path.removeprefix(start))
    viewer = next((one for one in RULES.amp_viewers if (host + parts.path).startswith(one)), None)
    return None if viewer is None else _amp(parts, (host + parts.path).removeprefix(viewer))


def _amp(parts: SplitResult, page: str) -> str | None:
    """Return the address of a page as AMP caches write it: its host and path, "s/" before them for https."""
    scheme, rest = ("https", page.removeprefix("s/")) if page.startswith("s/") else ("http", page)
    host, _, path = rest.partition("/")
    if "." not in host or "@" in host:
        return None
    return urlunsplit((scheme, host, "/" + path, parts.query, ""))


def host_of(address: str) -> str | None:
    """Return the host of an address of the web, None for anything else."""
    parts = _parts(address)
    return parts.hostname if parts is not None else None


def domains(addresses: pa.Array) -> pa.Array:
    """Return the registrable domain of each address, null where it has none; each host is looked up once."""
    hosts = pc.struct_field(pc.extract_regex(addresses, HOST), "host").dictionary_encode()
    return pa.array([domain_of(host) for host in hosts.dictionary.to_pylist()], pa.string()).take(
        hosts.indices
    )


@lru_cache(maxsize=1 << 16)
def domain_of(host: str) -> str | None:
    """Return the registrable domain of a host: the part that somebody rents, below a public suffix.

    By the Public Suffix List (https://publicsuffix.org/list/), both parts of it: a person's site below
    github.io is another than the next one's. The list comes with the package `publicsuffixlist` and is never
    fetched. A host below no known suffix has its last two labels; an IP address and a suffix have none.
    """
    name = ascii_host(host.lower().rstrip("."))
    if len(name) > HOST_MAX or _is_number(name):
        return None
    found: str | None = suffixes().privatesuffix(name)
    return found


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return name.rpartition(".")[2].isdigit()
    return True


@cache
def suffixes() -> PublicSuffixList:
    """Return the list, read once when it is first needed: 80 ms and some megabytes."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 (not every process needs it)

    return PublicSuffixList(accept_unknown=True)
