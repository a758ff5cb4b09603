"""What a captured page says of who runs it: the numbers of its analytics and advertising accounts.

Whoever runs several sites often puts one account's number on all of them. A number may also come with a
theme, an agency or a hosting firm, or be put there to mislead: it is a reason to look, no proof. Nothing here
asks the network.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from vigie.collect.errors import FileError
from vigie.collect.formats import recognise
from vigie.collect.links import domain_of, host_of
from vigie.collect.streams import open_raw, opening
from vigie.collect.web.archives import pages_of
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Kind = Literal[
    "google_analytics",
    "google_analytics_4",
    "google_tag_manager",
    "google_ads",
    "adsense",
    "meta_pixel",
    "yandex_metrika",
    "baidu_tongji",
    "matomo",
    "hotjar",
    "favicon",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PAGE_BYTES_MAX = 16 << 20
PAGE_NAMES = frozenset({".html", ".htm", ".xhtml"})
VALUES_MAX = 50  # of one page; one with more is a list of such numbers
# Numbers as the makers' own documentation writes them; of Google Analytics the account, without the property:
# https://developers.google.com/analytics/devguides/collection/analyticsjs/
PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("google_analytics", re.compile(r"\b(UA-\d{4,10})-\d{1,4}\b")),
    ("google_analytics_4", re.compile(r"[\"'=](G-[A-Z0-9]{8,12})\b")),
    ("google_tag_manager", re.compile(r"\b(GTM-[A-Z0-9]{4,9})\b")),
    ("google_ads", re.compile(r"[\"'=](AW-\d{8,12})\b")),
    ("adsense", re.compile(r"\b(?:ca-)?(pub-\d{16})\b")),
    ("meta_pixel", re.compile(r"fbq\(\s*[\"']init[\"']\s*,\s*[\"'](\d{10,20})[\"']")),
    ("yandex_metrika", re.compile(r"(?:\bym\(\s*|mc\.yandex\.(?:ru|com)/watch/)(\d{5,9})\b")),
    ("baidu_tongji", re.compile(r"hm\.baidu\.com/hm\.js\?([0-9a-f]{32})\b")),
    ("hotjar", re.compile(r"\bhjid\s*:\s*(\d{5,9})\b")),
)
MATOMO_SITE = re.compile(r"[\"']setSiteId[\"']\s*,\s*[\"']?(\d{1,7})[\"']?")
# As its own snippet writes it: https://developer.matomo.org/guides/tracking-javascript-guide
MATOMO_HOST = re.compile(
    r"(?:[\"']setTrackerUrl[\"']\s*,\s*|\bu\s*=\s*)[\"'](?:https?:)?//([a-z0-9.-]{4,253})/", re.IGNORECASE
)
NEAR = 1_000  # characters around the site’s number in which its host is told
# Every page is read in time that grows with its length alone: a tag ends before the next one begins, a value
# at its quote, which no value holds, and nothing taken is given back (possessive): no sign is read again.
LINK = re.compile(r"<link\b([^<>]*+)>", re.IGNORECASE)
IS_ICON = re.compile(r"\brel=[\"'](?:shortcut )?icon[\"']", re.IGNORECASE)
ICON = re.compile(
    r"\bhref=[\"']data:image/[a-z.+-]{1,20};base64,([A-Za-z0-9+/=]{40,262144}+)[\"']", re.IGNORECASE
)
EXAMPLES = frozenset({"UA-12345", "UA-123456", "UA-1234567", "UA-12345678", "UA-0000000", "G-1234567890"})
SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S+) -->", re.IGNORECASE)
IS_CANONICAL = re.compile(r"\brel=[\"']canonical[\"']", re.IGNORECASE)
ADDRESS = re.compile(r"\bhref=[\"'](https?://[^\"'\s]{4,2048}+)[\"']", re.IGNORECASE)


class NoAddressError(FileError):
    """A captured page does not say of which site it is."""

    code = "file.capture_address"
    sentence = say("“{path}” does not say which address it was saved from.")
    remedy = say("Give a WACZ or WARC, or a page that a browser saved with its address.")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One number found on a page.

    Args:
        site: the registrable domain of the page.
        kind: what the number belongs to.
        value: the number, in one form.
        url: the page.
        evidence: the SHA-256 of the file that holds it.
    """

    site: str
    kind: str
    value: str
    url: str
    evidence: str


def identifiers(html: str) -> tuple[tuple[Kind, str], ...]:
    """Return the numbers on a page, each once, sorted; what documentation gives as an example is left out."""
    found: set[tuple[Kind, str]] = set()
    for kind, pattern in PATTERNS:
        found.update((kind, match[1]) for match in pattern.finditer(html) if not _is_example(match[1]))
    found.update(_matomo(html))
    found.update(_favicons(html))
    return tuple(sorted(found)[:VALUES_MAX])


def _is_example(value: str) -> bool:
    return value in EXAMPLES or len(set(value.rpartition("-")[2])) == 1


def _matomo(html: str) -> Iterator[tuple[Kind, str]]:
    """Yield the site's number with the host of its own Matomo: one alone means nothing."""
    site = MATOMO_SITE.search(html)
    if site is None:
        return
    start = max(0, site.start() - NEAR)
    near = html[start : site.end() + NEAR]
    hosts = [(abs(start + one.start() - site.start()), one[1]) for one in MATOMO_HOST.finditer(near)]
    if hosts:
        yield "matomo", f"{min(hosts)[1].lower()}#{site[1]}"


def _favicons(html: str) -> Iterator[tuple[Kind, str]]:
    for match in _linked(html, IS_ICON, ICON):
        try:
            picture = base64.b64decode(match[1], validate=True)
        except (binascii.Error, ValueError):
            continue
        yield "favicon", hashlib.sha256(picture).hexdigest()


def _linked(html: str, kind: re.Pattern[str], target: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield what the `<link>` tags of one kind point to."""
    for tag in LINK.finditer(html):
        if kind.search(tag[1]) and (found := target.search(tag[1])):
            yield found


def traces(path: Path) -> Iterator[Trace]:
    """Yield what the pages of one capture say, in order: a WACZ, a WARC, or a saved page.

    Of an archive the first twenty pages are read.

    Raises:
        FileError: it cannot be read, or does not say of which site it is.
    """
    evidence, pages = _opened(path)
    told = 0
    for html, url in pages:
        host = host_of(url) if url else None
        site = domain_of(host) if host else None
        if site is None or url is None:
            continue
        told += 1
        for kind, value in identifiers(html):
            yield Trace(site=site, kind=kind, value=value, url=url, evidence=evidence)
    if not told:
        raise NoAddressError(path=path)


def _opened(path: Path) -> tuple[str, list[tuple[str, str | None]]]:
    """Return a file's SHA-256 and its pages with their addresses."""
    digest = hashlib.sha256()
    with open_raw(path) as file, opening(path):
        while piece := file.read(1 << 20):
            digest.update(piece)
    if path.suffix.lower() not in PAGE_NAMES and recognise(path).format in {"zip", "warc"}:
        return digest.hexdigest(), pages_of(path, None)
    with open_raw(path) as file, opening(path):
        html = file.read(PAGE_BYTES_MAX).decode("utf-8", "replace")
    saved = SAVED_FROM.search(html[:4096]) or next(_linked(html, IS_CANONICAL, ADDRESS), None)
    return digest.hexdigest(), [(html, saved[1] if saved else None)]
