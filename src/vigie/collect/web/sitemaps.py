"""Site maps: which pages a site has, and when each changed last; and what feeds of news say of them.

Sources: https://www.sitemaps.org/protocol.html,
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.collect.errors import FileError
from vigie.collect.web.feeds import moment_of
from vigie.collect.web.markup import absolute, said, xml_tree
from vigie.terms.languages import say

if TYPE_CHECKING:
    from lxml import etree

BYTES_MAX = 50 * 1024 * 1024  # of the protocol, once unpacked
ENTRIES_MAX = 50_000  # of the protocol
GZIP = b"\x1f\x8b"
UNPACKS_GZIP = 31  # zlib's word for gzip alone


class SitemapTooLargeError(FileError):
    """A site map is longer than its protocol allows."""

    code = "file.sitemap_too_large"
    sentence = say("The site map unpacks to more than {bytes_max} bytes.")
    remedy = say("The protocol allows no more: name the parts that its index lists.")


class NoSitemapError(FileError):
    """The bytes are no site map that we know."""

    code = "file.no_sitemap"
    sentence = say("This is no site map.")
    remedy = say("Open the address in a browser: the site map may have moved, or want a login.")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One address that a site map names; None is unknown.

    Args:
        url: the address.
        is_sitemap: whether it leads to a further site map: the document is an index.
        changed_ms: last changed, as the site says; a day without a time is its beginning, UTC.
        published_ms: of a news site map: when the article was published.
        title: of a news site map: the article's.
        publisher: of a news site map: the name of the publication.
        lang: of a news site map: BCP 47.
    """

    url: str
    is_sitemap: bool = False
    changed_ms: int | None = None
    published_ms: int | None = None
    title: str | None = None
    publisher: str | None = None
    lang: str | None = None


def entries(content: bytes) -> tuple[Listed, ...]:
    """Return the addresses of a site map, an index of them, or a plain list of addresses, gzipped or not.

    Raises:
        SitemapTooLargeError: it is longer than BYTES_MAX.
        NoSitemapError: it is none.
    """
    content = _unpacked(content)
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:8].lower().startswith((b"http://", b"https://")):
        return _plain(start)
    root = xml_tree(content)
    name = "" if root is None else _name(root)
    if root is None or name not in {"urlset", "sitemapindex"}:
        raise NoSitemapError
    found: list[Listed] = []
    for element in root.iterchildren():
        if len(found) < ENTRIES_MAX and (one := _listed(element, is_sitemap=name == "sitemapindex")):
            found.append(one)
    return tuple(found)


def _unpacked(content: bytes) -> bytes:
    if content.startswith(GZIP):
        try:
            content = zlib.decompressobj(UNPACKS_GZIP).decompress(content, BYTES_MAX + 1)
        except zlib.error as error:
            raise NoSitemapError from error
    if len(content) > BYTES_MAX:
        raise SitemapTooLargeError(bytes_max=BYTES_MAX)
    return content


def _plain(content: bytes) -> tuple[Listed, ...]:
    lines = content.decode("utf-8", "replace").splitlines()[:ENTRIES_MAX]
    return tuple(Listed(url=url) for line in lines if (url := absolute(line, None)))


def _listed(element: etree._Element, *, is_sitemap: bool) -> Listed | None:
    told: dict[str, str] = {}
    for child in element.iterdescendants():
        text = said(child) if not len(child) else None
        if text:
            told.setdefault(_name(child), text)  # the page's own `loc` stands before those of its images
    url = absolute(told.get("loc"), None)
    if url is None:
        return None
    return Listed(
        url=url,
        is_sitemap=is_sitemap,
        changed_ms=moment_of(told.get("lastmod")),
        published_ms=moment_of(told.get("publication_date")),
        title=told.get("title"),
        publisher=told.get("name"),
        lang=told.get("language"),
    )


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
