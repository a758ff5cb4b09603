"""The article on a web page: what its publisher says of it, and the text without what surrounds it.

The main text is found by trafilatura (https://trafilatura.readthedocs.io); its download functions are never
called. Moments are taken from what the page declares (https://ogp.me,
https://schema.org/datePublished), never guessed from its text.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from lxml import etree, html

from vigie.collect.links import canonical_link, domain_of
from vigie.collect.web.feeds import moment_of
from vigie.collect.web.markup import TEXT_MAX, absolute, links_of, said, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_BYTES_MAX = 8 << 20
ELEMENTS_MAX = 12_000  # of one page; trafilatura's time grows with the square of their number
DEPTH_MAX = 8  # of structured data
PUBLISHED = (
    "article:published_time", "datepublished", "og:published_time", "publication_date", "pubdate",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "date", "sailthru.date",
    "parsely-pub-date",
)  # fmt: skip
CHANGED = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified")
AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author")
PUBLISHERS = ("og:site_name", "application-name", "publisher", "dc.publisher")
TITLES = ("og:title", "twitter:title", "dc.title")
LANGUAGES = ("content-language", "og:locale", "dc.language")
SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")  # what browsers write into saved pages
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NAME_MAX = 300  # characters


@dataclass(frozen=True, kw_only=True)
class Article:
    """What one page says; None is unknown.

    Args:
        url: its own canonical address, else the one it was asked at.
        title: its headline.
        author: who signed it.
        publisher: the site's name.
        published_ms: first published, as the page declares; a day without a time is its beginning, UTC.
        changed_ms: last changed, as the page declares.
        text: the main text, paragraphs on lines of their own.
        lang: BCP 47, as the page declares.
        links: addresses in the main text.
    """

    url: str | None = None
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published_ms: int | None = None
    changed_ms: int | None = None
    text: str | None = None
    lang: str | None = None
    links: tuple[str, ...] = ()


def article(content: bytes, url: str | None = None, *, charset: str | None = None) -> Article | None:
    """Return the article on a page; None where nothing of it can be read, or it is over PAGE_BYTES_MAX.

    Args:
        content: the page's HTML, also as a browser saved it.
        url: the address it was asked at; else a saved page's own word.
        charset: what HTTP said of its encoding.
    """
    if len(content) > PAGE_BYTES_MAX:
        return None
    saved = SAVED_FROM.search(content[:4096])
    url = url or absolute(saved[1].decode("utf-8", "replace") if saved else None, None)
    root = _tree(content, charset)
    if root is None:
        return None
    about = _Declared(root)
    own = absolute(about.canonical, url)
    at = own if own and (url is None or _same_site(own, url)) else url
    text, links = _main(root, at)
    return Article(
        url=at,
        title=about.first(TITLES, "headline")
        or said(next(root.iter("h1"), None))
        or said(next(root.iter("title"), None)),
        author=about.first(AUTHORS, "author"),
        publisher=about.first(PUBLISHERS, "publisher"),
        published_ms=about.moment(PUBLISHED, "datePublished"),
        changed_ms=about.moment(CHANGED, "dateModified"),
        text=text,
        lang=about.lang(),
        links=tuple(links),
    )


def _same_site(own: str, url: str) -> bool:
    """Return whether a page's word about its address is about its own site: others' is not taken."""
    hosts = (
        canonical_link(one).partition("://")[2].partition("/")[0].partition(":")[0] for one in (own, url)
    )
    first, second = (domain_of(host) or host for host in hosts)
    return first == second


def _tree(content: bytes, charset: str | None) -> etree._Element | None:
    try:
        text = content.decode(charset or "utf-8")
    except (UnicodeDecodeError, LookupError):
        text = None
    try:
        parser = html.HTMLParser(encoding="utf-8") if text is not None else html.HTMLParser()
        raw = content if text is None else text.encode("utf-8", "replace")
        return html.document_fromstring(raw.replace(b"\0", b""), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class _Declared:
    """What a page declares about itself: `meta`, JSON-LD and `time`."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._meta: dict[str, str] = {}
        for one in root.iter("meta"):
            name = one.get("property") or one.get("name") or one.get("itemprop") or one.get("http-equiv")
            if name and (told := (one.get("content") or "").strip()):
                self._meta.setdefault(name.lower(), told)
        self._data = [*_structured(root)]

    @property
    def canonical(self) -> str | None:
        """The address that the page calls its own."""
        found = next(
            (one.get("href") for one in self._root.iter("link") if one.get("rel") == "canonical"), None
        )
        return found or self._meta.get("og:url")

    def first(self, names: tuple[str, ...], data_name: str) -> str | None:
        """Return the first word that is a name: an address of a profile is none."""
        told = (*(_named(one.get(data_name)) for one in self._data), *map(self._meta.get, names))
        good = (one for one in told if one and not one.startswith(("http://", "https://")))
        return next((" ".join(one.split())[:NAME_MAX] for one in good), None)

    def moment(self, names: tuple[str, ...], data_name: str) -> int | None:
        data = (one.get(data_name) for one in self._data)
        told = [*(one for one in data if isinstance(one, str)), *map(self._meta.get, names)]
        if data_name == "datePublished":
            told += [
                one.get("datetime")
                for one in self._root.iter("time")
                if one.get("pubdate") is not None or (one.get("itemprop") or "").lower() == "datepublished"
            ]
        return next((ms for one in told if (ms := moment_of(one)) is not None), None)

    def lang(self) -> str | None:
        told = (self._root.get("lang"), *map(self._meta.get, LANGUAGES))
        plain = (one.strip().replace("_", "-") for one in told if one)
        return next((one for one in plain if LANGUAGE.fullmatch(one)), None)


def _structured(root: etree._Element) -> Iterator[dict[str, object]]:
    """Yield the objects of schema.org that are articles, or say when something was published."""
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json" and script.text:
            try:
                yield from _articles_in(msgspec.json.decode(script.text), DEPTH_MAX)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                continue  # a page's scripts are often broken; its other words stand


def _articles_in(data: object, depth: int) -> Iterator[dict[str, object]]:
    if depth and isinstance(data, list):
        for one in data:
            yield from _articles_in(one, depth - 1)
    elif depth and isinstance(data, dict):
        if "datePublished" in data or "headline" in data:
            yield data
        yield from _articles_in(data.get("@graph"), depth - 1)


def _named(value: object) -> str | None:
    """Return the name that stands in structured data: a text, an object with one, or the first of several."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    return value.strip() or None if isinstance(value, str) else None


def _main(root: etree._Element, url: str | None) -> tuple[str | None, list[str]]:
    """Return the main text of a page and the links in it; of a page with very many elements, all its text."""
    if next(itertools.islice(root.iter(), ELEMENTS_MAX, None), None) is not None:
        return text_of(root), links_of(root, url)
    from trafilatura import bare_extraction  # noqa: PLC0415 (0.3 s, and only articles need it)
    from trafilatura.xml import xmltotxt  # noqa: PLC0415

    found = bare_extraction(root, url=url, include_links=True, include_comments=False, with_metadata=False)
    body = getattr(found, "body", None)
    if body is None:
        return None, []
    for one in body.iter("ref"):
        one.set("href", one.get("target", ""))
        one.tag = "a"
    links = links_of(body, url)
    etree.strip_tags(body, "a")
    text = xmltotxt(body, include_formatting=False).strip()
    return text[:TEXT_MAX] or None, links
