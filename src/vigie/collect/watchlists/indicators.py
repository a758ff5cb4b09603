"""One entry of a watch-list, and the one form of what it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, get_args

from vigie.collect.links import ascii_host, canonical_link
from vigie.terms.signs import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal["domain", "url", "account", "ip", "email", "hash"]
KINDS: tuple[Kind, ...] = get_args(Kind)
VALUE_MAX = 2_048  # characters
NOTE_MAX = 1_000
HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
EMAIL = re.compile(r"[^\s@/:]{1,64}@[^\s@/]{3,253}")
HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})")
ACCOUNT = re.compile(r"(?:[a-z0-9_.-]{1,32}:)?@?[^\s@]{1,200}(?:@[a-z0-9.-]{4,253})?")
# How lists write addresses so that nobody clicks them.
# https://www.ietf.org/archive/id/draft-grimminck-safe-ioc-sharing-00.html
DOT = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)", re.IGNORECASE)
AT = re.compile(r"\[@\]|\(@\)|\[at\]|\(at\)", re.IGNORECASE)
COLON = re.compile(r"\[:\]|\[://\]")
SCHEME = re.compile(r"hxxp(s?)(?=:|\[:)", re.IGNORECASE)
UNSEEN = " \t\r\n\f\v\u200b\u200e\u200f\u2060\u061c\ufeff"  # what copying leaves around a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One entry of a watch-list; None is unknown.

    Args:
        kind: what it names: a domain (with all below it), an address of a page, an account, an IP address, an
            e-mail address, a file's hash.
        value: its one form: hosts in lower case and ASCII, addresses canonical, accounts as
            `platform:name` where the platform is told.
        operation: of which campaign or intrusion set it is said to be.
        source: who says so.
        valid_from_ms: since when.
        valid_until_ms: until when, excluded.
        marking: what its publisher allows: `TLP:AMBER`, or their own words.
        note: what they say of it.
    """

    kind: Kind
    value: str
    operation: str | None = None
    source: str | None = None
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    marking: str | None = None
    note: str | None = None


def refanged(text: str) -> str:
    """Return a value as it is used: `hxxps://evil[.]example` is an address again, as text."""
    text = SCHEME.sub(r"http\1", text.strip().strip(UNSEEN))
    text = COLON.sub(lambda found: found[0].strip("[]"), text)
    return AT.sub("@", DOT.sub(".", text))


def formed(kind: Kind, text: str) -> str | None:
    """Return a value in the one form of its kind; None where it is none of that kind.

    A value with a sign inside that is not seen, or turns the reading around, is none: it would name something
    else than what people read.
    """
    text = refanged(text)
    is_plain = 0 < len(text) <= VALUE_MAX and shown(text) == text
    return FORMS[kind](text) if is_plain else None


def kind_of(text: str) -> Kind | None:
    """Return what a value names by its look, None where that is not plain: a bare word may be anything."""
    text = refanged(text)
    for kind in ("url", "ip", "hash", "domain", "email"):
        if FORMS[kind](text) is not None:
            return kind
    return "account" if text.startswith("@") and ACCOUNT.fullmatch(text) else None


def _domain(text: str) -> str | None:
    name = ascii_host(text.lower().rstrip("./").removeprefix("*."))
    return name if HOST.fullmatch(name) else None


def _url(text: str) -> str | None:
    if re.search(r"\s", text):
        return None
    host, slash, _ = text.partition("/")
    if slash and _domain(host):  # written without a scheme
        text = "https://" + text
    return canonical_link(text) if text[:8].lower().startswith(("http://", "https://")) else None


def _ip(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _email(text: str) -> str | None:
    return text.lower() if EMAIL.fullmatch(text) else None


def _hash(text: str) -> str | None:
    return text.lower() if HASH.fullmatch(text.lower()) else None


def _account(text: str) -> str | None:
    return text.lstrip("@") or None if ACCOUNT.fullmatch(text) else None


FORMS: Mapping[Kind, Callable[[str], str | None]] = {
    "domain": _domain,
    "url": _url,
    "ip": _ip,
    "email": _email,
    "hash": _hash,
    "account": _account,
}
