"""Addresses of people's accounts and posts, with tokens where their names stood.

The host stays, and two posts that pass on the same address still do. An address that names nobody stays as it
is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from vigie.store.sites import BEFORE_NAMES, BY_HOST, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.store.tokens import Kind, Tokens

HOSTS = "|".join(re.escape(host) for host in sorted(BY_HOST))
OWNED = "|".join(re.escape(host) for host, site in sorted(BY_HOST.items()) if site.owned)
# What may name somebody on any site: signs, words before names, addresses inside the address.
ELSEWHERE = rf"@|＠|%40|://[^/]*/({'|'.join(sorted(BEFORE_NAMES))})/|.://.*(:|%3A)(/|%2F)"
SUSPECT_ELSEWHERE = re.compile(rf"{ELSEWHERE}|^(?!https?://)", re.IGNORECASE)
# The same and the sites of accounts, for Arrow (RE2): one look spares most addresses the slow way.
SUSPECT = rf"(?i){ELSEWHERE}|(^|[/.])({HOSTS})([/:?#]|$)|^([^h]|h[^t])"
# The parts of an address: https://www.rfc-editor.org/rfc/rfc3986#appendix-B
GENERIC = re.compile(
    r"(?P<start>[^:/?#]+://)?(?P<host>[^/?#]+)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
SCHEME_ALONE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:(?!//|\d)")  # mailto:, tel: … but not host:80
WEB = frozenset({"", "http://", "https://", "ftp://"})
FEDIVERSE = "mastodon"  # names there are whole with their host: name@host
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++(?:@|%40)[\w-]++(?:\.[\w-]++)+", re.IGNORECASE)
NAME = re.compile(r"[@＠][^\W\d]")
NESTED = re.compile(r"https?(?::|%3A)(?:/|%2F){1,2}", re.IGNORECASE)
ENCODED_START = len("https%3A%2F%2F")
DEPTH_MAX = 4  # addresses in addresses; deeper ones are hidden as a whole
# Parameters that name an account or a post on any site of accounts; values of others are hidden as a whole.
ACCOUNT_PARAMETERS = frozenset({"id", "screen_name", "user_id", "user", "username", "via", "uid", "domain"})
POST_PARAMETERS = frozenset({"story_fbid", "fbid", "v", "status_id", "in_reply_to", "tweet_id", "w", "z"})


class _Parts(NamedTuple):
    start: str  # scheme and what follows it
    user: str
    host: str
    path: str
    query: str
    fragment: str

    @property
    def name(self) -> str:
        """The host's name alone."""
        return self.host.partition(":")[0].lower().rstrip(".")

    def __str__(self) -> str:
        user = self.user + "@" if self.user else ""
        query = "?" + self.query if self.query else ""
        fragment = "#" + self.fragment if self.fragment else ""
        return f"{self.start}{user}{self.host}{self.path}{query}{fragment}"


def rewritten(address: str, tokens: Tokens) -> str:
    """Return `address` with tokens for the accounts and posts it names; the very text if it names none."""
    done = tokens.addresses.get(address)
    if done is None:
        done = tokens.addresses[address] = _rewritten(address, tokens, 0)
    return done


def _rewritten(address: str, tokens: Tokens, depth: int) -> str:
    parts = _parts(address)
    if parts is None or parts.start.lower() not in WEB or depth > DEPTH_MAX:
        return _hidden(address, tokens)
    site = _site_of(parts.name)
    if site is not None and (not site.by_sign or _is_owned(parts.name, site)):
        new = _on_site(parts, site, tokens, depth)
    elif SUSPECT_ELSEWHERE.search(address):
        new = _elsewhere(parts, site, tokens, depth)
    else:
        return address
    return address if new == parts else str(new)


def domain_shown(domain: str, tokens: Tokens) -> str:
    """Return a registrable domain; with the very token of its addresses where it is a person's own site.

    The Public Suffix List holds each `name.blogspot.com` to be a site of its own.
    """
    site = _site_of(domain)
    return _without_owner(domain, site, tokens) if site is not None and _is_owned(domain, site) else domain


def is_of_accounts(address: str) -> bool:
    """Return whether the address is on a known site of accounts."""
    parts = _parts(address)
    return parts is not None and _site_of(parts.name) is not None


def _hidden(address: str, tokens: Tokens) -> str:
    """Return what is no address of the web without what follows its scheme: `mailto:`, `tg://`; ids stay."""
    found = re.match(r"[a-z][a-z0-9+.-]*:(?://)?", address, re.IGNORECASE)
    if found:
        return found[0] + tokens.shown("address", "", address)
    return EMAIL.sub(lambda found: tokens.shown("email", "", unquote(found[0])), address)


def _parts(address: str) -> _Parts | None:
    """Return the parts of an address of the web, also one without scheme; None where it is none."""
    found = GENERIC.match(address)
    if found is None or SCHEME_ALONE.match(address):
        return None
    user, _, host = found["host"].rpartition("@")
    return _Parts(
        found["start"] or "", user, host, found["path"], found["query"] or "", found["fragment"] or ""
    )


def _site_of(name: str) -> Site | None:
    while name:
        if name in BY_HOST:
            return BY_HOST[name]
        name = name.partition(".")[2]
    return None


def _is_owned(name: str, site: Site) -> bool:
    """Return whether a person owns the host: `name.tumblr.com`."""
    return site.owned and name.removeprefix("www.") not in site.hosts


def _on_site(parts: _Parts, site: Site, tokens: Tokens, depth: int) -> _Parts:
    """Return an address on a site of accounts: only words that the site itself chose stay."""
    owned = _is_owned(parts.name, site)
    segments = _segments(parts.path.split("/"), site, tokens, has_owner=owned)
    parameters = parts.query.split("&") if parts.query else ()
    return parts._replace(
        user=_user(parts.user, tokens),
        host=_without_owner(parts.host, site, tokens) if owned else parts.host,
        path="/".join(segments),
        query="&".join(_parameter(one, site, tokens, depth) for one in parameters),
        fragment=parts.fragment and tokens.shown("address", site.platform, parts.fragment),
    )


def _user(user: str, tokens: Tokens) -> str:
    return user and tokens.shown("account", "", user)


def _without_owner(host: str, site: Site, tokens: Tokens) -> str:
    domain = next(one for one in site.hosts if host.lower().partition(":")[0].rstrip(".").endswith("." + one))
    cut = host.lower().rindex("." + domain)
    return tokens.shown("account", site.platform, host[:cut]) + host[cut:]


def _segments(segments: list[str], site: Site, tokens: Tokens, *, has_owner: bool) -> Iterator[str]:
    """Yield the segments of a path: the first name is an account's, what follows it a post's."""
    before, named = "", has_owner
    for segment in segments:
        word = segment.lower()
        if not segment or before in site.topics or word in site.words | site.posts | site.topics:
            yield segment
        else:
            yield _named(segment, "post" if named or before in site.posts else "account", site, tokens)
            named = True
        before = word


def _named(segment: str, kind: Kind, site: Site, tokens: Tokens) -> str:
    raw = unquote(segment)
    if kind == "account" and NAME.match(raw):
        return "@" + tokens.shown(kind, site.platform, raw[1:])
    return tokens.shown(kind, site.platform, raw)


def _parameter(parameter: str, site: Site, tokens: Tokens, depth: int) -> str:
    name, equals, value = parameter.partition("=")
    if not value or name in site.public:
        return parameter
    raw = unquote(value)
    if NESTED.match(raw):
        return name + equals + quote(_rewritten(raw, tokens, depth + 1), safe="/:@")
    kind: Kind = "account" if name in ACCOUNT_PARAMETERS else "post" if name in POST_PARAMETERS else "address"
    return name + equals + tokens.shown(kind, site.platform, raw)


def _elsewhere(parts: _Parts, site: Site | None, tokens: Tokens, depth: int) -> _Parts:
    """Return an address on any other site: `/@name`, `/user/name`, e-mail and nested addresses lose names."""
    segments = parts.path.split("/")
    platform, host = (FEDIVERSE, parts.name) if site is None else (site.platform, "")
    for place, segment in enumerate(segments):
        raw = unquote(segment)
        if NAME.match(raw):
            segments[place] = "@" + tokens.shown("account", platform, _with_host(raw[1:], host))
            _hide_post(segments, place, platform, tokens)
        elif raw and place == 2 and segments[1].lower() in BEFORE_NAMES:  # noqa: PLR2004 (behind the first)
            segments[place] = tokens.shown("account", platform, _with_host(raw, host))
            _hide_post(segments, place, platform, tokens)
    return parts._replace(
        user=_user(parts.user, tokens),
        path=_plain("/".join(segments), tokens, depth),
        query=_plain(parts.query, tokens, depth),
        fragment=_plain(parts.fragment, tokens, depth),
    )


def _with_host(name: str, host: str) -> str:
    return name if not host or "@" in name else f"{name}@{host}"


def _hide_post(segments: list[str], place: int, platform: str, tokens: Tokens) -> None:
    """Hide the number of a post that follows its author: `/@name/109`, `/users/name/statuses/109`."""
    for after in range(place + 1, min(place + 3, len(segments))):
        if segments[after].isdigit():
            segments[after] = tokens.shown("post", platform, segments[after])


def _plain(text: str, tokens: Tokens, depth: int) -> str:
    """Return a path or query with tokens for e-mail addresses and for the names in nested addresses."""
    found = NESTED.search(text)
    if found:
        head, tail = text[: found.start()], text[found.start() :]
        return _plain(head, tokens, depth) + _nested(tail, tokens, depth)
    if "@" in text or "%40" in text:
        return EMAIL.sub(lambda found: tokens.shown("email", "", unquote(found[0])), text)
    return text


def _nested(address: str, tokens: Tokens, depth: int) -> str:
    """Return a nested address, `https%3A%2F%2F…` or `https:/…` as archives write it, without names."""
    plain = unquote(address) if "%" in address[:ENCODED_START] else address
    whole = re.sub(r"^(https?):/{1,2}", r"\1://", plain, flags=re.IGNORECASE)
    new = _rewritten(whole, tokens, depth + 1)
    return address if new == whole else new
