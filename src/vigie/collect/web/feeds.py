"""RSS 2.0, RSS 1.0, Atom and JSON Feed: the entries of one document, as plain values.

Sources: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec,
https://www.rfc-editor.org/rfc/rfc4287, https://www.jsonfeed.org/version/1.1/

Read on lxml, not on feedparser: of feedparser 6.0.14 we measured 86 s for one `<author>` of 100 kB, and it
expands internal entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from vigie.collect.errors import FileError
from vigie.collect.times import LAST_MS, moment_ms
from vigie.collect.web.markup import absolute, said, text_and_links, xml_tree
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FEED_BYTES_MAX = 16 << 20
ENTRIES_MAX = 20_000
TAGS_MAX = 100
ATOM = "http://www.w3.org/2005/Atom"
ITEMS = frozenset({"item", "entry"})
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class FeedTooLargeError(FileError):
    """A feed is longer than we read at once."""

    code = "file.feed_too_large"
    sentence = say("The feed is longer than {bytes_max} bytes.")
    remedy = say("Ask its publisher for a shorter one; feeds name the latest articles only.")


class NoFeedError(FileError):
    """The bytes are no feed that we know."""

    code = "file.no_feed"
    sentence = say("This is neither RSS, Atom nor JSON Feed.")
    remedy = say("Open the address in a browser: the feed may have moved, or want a login.")


@dataclass(frozen=True, kw_only=True)
class FeedEntry:
    """One entry of a feed; None is unknown.

    Args:
        id: what the feed calls it (`guid`, `id`), else its address.
        url: the article's address.
        title: in plain text.
        author: who signed it.
        publisher: the feed's title, or that of the feed from which it was taken over.
        text: its text or summary, in plain text.
        published_ms: first published.
        updated_ms: last changed.
        lang: BCP 47, of the entry or its feed.
        links: addresses in its text.
        tags: its subjects.
    """

    id: str | None = None
    url: str | None = None
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    text: str | None = None
    published_ms: int | None = None
    updated_ms: int | None = None
    lang: str | None = None
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def entries(content: bytes, base: str | None = None) -> tuple[FeedEntry, ...]:
    """Return the entries of a feed, in its order, at most ENTRIES_MAX.

    Args:
        content: the whole document.
        base: the address it came from: relative addresses go by it.

    Raises:
        FeedTooLargeError: it is longer than FEED_BYTES_MAX.
        NoFeedError: it is no feed.
    """
    if len(content) > FEED_BYTES_MAX:
        raise FeedTooLargeError(bytes_max=FEED_BYTES_MAX)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        found = _json_entries(content, base)
    else:
        found = _xml_entries(content, base)
    return tuple(entry for entry, _ in zip(found, range(ENTRIES_MAX), strict=False))


def _xml_entries(content: bytes, base: str | None) -> Iterator[FeedEntry]:
    root = xml_tree(content)
    if root is None or _name(root) not in {"rss", "rdf", "feed"}:
        raise NoFeedError
    head = next((one for one in root.iterchildren() if _name(one) == "channel"), root)
    feed = _Xml(head, base)
    about = FeedEntry(publisher=feed.text("title"), lang=feed.lang() or root.get(XML_LANG))
    for item in root.iterdescendants():
        if _name(item) in ITEMS and _name(item.getparent()) in {"channel", "feed", "rdf"}:
            yield _xml_entry(_Xml(item, feed.base or base), about)


def _xml_entry(item: _Xml, about: FeedEntry) -> FeedEntry:
    text, links = item.body()
    source = item.child("source")
    nested = None if source is None else _Xml(source, item.base).text("title")
    id_, url = item.text("guid", "id"), item.url()
    return FeedEntry(
        id=id_ or url,
        url=url,
        title=text_and_links(item.text("title"), None)[0],
        author=item.author(),
        publisher=nested
        or (said(source) if source is not None and not len(source) else None)
        or about.publisher,
        text=text,
        published_ms=item.moment("pubdate", "published", "issued", "date", "created"),
        updated_ms=item.moment("updated", "modified"),
        lang=item.lang() or about.lang,
        links=tuple(links),
        tags=item.tags(),
    )


class _Xml:
    """An item of a feed, or the feed itself: its children by name, whatever their namespace."""

    def __init__(self, element: etree._Element, base: str | None) -> None:
        self._by_name: dict[str, list[etree._Element]] = {}
        self._element = element
        self.base = absolute(element.get(XML_BASE), base) or base
        for child in element.iterchildren():
            if (name := _name(child)) not in ITEMS:
                self._by_name.setdefault(name, []).append(child)

    def child(self, name: str) -> etree._Element | None:
        return self._by_name.get(name, [None])[0]

    def text(self, *names: str) -> str | None:
        return next((text for name in names if (text := said(self.child(name)))), None)

    def lang(self) -> str | None:
        return self._element.get(XML_LANG) or self.text("language")

    def moment(self, *names: str) -> int | None:
        return next((ms for name in names if (ms := moment_of(said(self.child(name)))) is not None), None)

    def url(self) -> str | None:
        """Return the address of the article: an Atom link without `rel` or `alternate`, or RSS's own."""
        for link in self._by_name.get("link", []):
            if link.get("rel", "alternate") == "alternate" and link.get("href"):
                return absolute(link.get("href"), self.base)
        told = absolute(self.text("link", "origlink"), self.base)
        guid = self.child("guid")
        if told is None and guid is not None and guid.get("isPermaLink", "true") != "false":
            return absolute(said(guid), None)
        return told

    def author(self) -> str | None:
        """Return who signed: the first author's name, else what stands there."""
        for name in ("author", "creator"):
            for one in self._by_name.get(name, []):
                if told := _Xml(one, None).text("name") or said(one):
                    return told
        return None

    def body(self) -> tuple[str | None, list[str]]:
        """Return the longest form of the text that is there, and its links."""
        for name in ("encoded", "content", "description", "summary"):
            for one in self._by_name.get(name, []):
                marked = _marked(one)
                if marked and marked.strip():
                    return text_and_links(marked, self.base)
        return None, []

    def tags(self) -> tuple[str, ...]:
        some = (*self._by_name.get("category", ()), *self._by_name.get("subject", ()))
        words = (one.get("term") or said(one) for one in some[:TAGS_MAX])
        return tuple(dict.fromkeys(word for word in words if word))


def _marked(element: etree._Element) -> str | None:
    """Return the HTML inside an element: escaped in a text, or as elements of XHTML."""
    if len(element):
        return "".join(etree.tostring(one, encoding="unicode", method="html") for one in element)
    text: str | None = element.text
    return text


def _name(element: etree._Element | None) -> str:
    """Return an element's name without namespace, in lower case; empty for what is no element."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2].lower()


def moment_of(text: str | None) -> int | None:
    """Return a moment in UTC milliseconds; None where it is unreadable or outside 1970 to 2099."""
    found = moment_ms(text) if text else None
    return found if found is not None and 0 <= found < LAST_MS else None


def _json_entries(content: bytes, base: str | None) -> Iterator[FeedEntry]:
    try:
        feed = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NoFeedError from None
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(version, str) or "jsonfeed.org/version" not in version:
        raise NoFeedError
    items = feed.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield _json_entry(item, feed, _text(feed, "home_page_url") or base)


def _json_entry(item: Mapping[str, object], feed: Mapping[str, object], base: str | None) -> FeedEntry:
    url = absolute(_text(item, "url"), base)
    text, links = text_and_links(_text(item, "content_html"), url or base)
    shared = absolute(_text(item, "external_url"), base)
    tags = item.get("tags")
    return FeedEntry(
        id=_text(item, "id") or url,
        url=url or shared,
        title=_text(item, "title"),
        author=_json_author(item) or _json_author(feed),
        publisher=_text(feed, "title"),
        text=_text(item, "content_text") or text or _text(item, "summary"),
        published_ms=moment_of(_text(item, "date_published")),
        updated_ms=moment_of(_text(item, "date_modified")),
        lang=_text(item, "language") or _text(feed, "language"),
        links=tuple(dict.fromkeys([*([shared] if shared and url else []), *links])),
        tags=tuple(tag for tag in tags if isinstance(tag, str))[:TAGS_MAX] if isinstance(tags, list) else (),
    )


def _json_author(item: Mapping[str, object]) -> str | None:
    """Return the first author's name; version 1 of the format had one author only."""
    some = item.get("authors")
    one = some[0] if isinstance(some, list) and some else item.get("author")
    return _text(one, "name") if isinstance(one, dict) else None


def _text(item: Mapping[str, object], name: str) -> str | None:
    found = item.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.strip() or None if isinstance(found, str) else None
