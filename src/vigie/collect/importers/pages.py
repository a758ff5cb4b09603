"""Articles: pages that a browser saved, and captures of pages in WARC and WACZ.

A page that does not declare when it was published is set aside: the moment of its capture is not that of its
publication, and would make all pages of one crawl look as if they appeared together. Its author is who signed
it, else the site: a page has always a publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.errors import DamagedFileError
from vigie.collect.importers.frame import Entry, Importer, Skip
from vigie.collect.importers.values import SURE, share
from vigie.collect.links import canonical_link, domain_of, host_of
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Post, Record
    from vigie.collect.rejects import FileRejects

PLATFORM = "web"
PIECE_BYTES = 1 << 20


def article_post(url: object, *, author: object = None, **values: object) -> Post:
    """Return the post that an article is: named by its canonical address, its site as its channel."""
    address = canonical_link(url) if isinstance(url, str) else None
    host = host_of(address) if address else None
    site = (domain_of(host) or host) if host else None
    return {
        "post_id": f"{PLATFORM}:{address}" if address else None,
        "platform": PLATFORM,
        "url": address,
        "kind": "article",
        "author": author or site,
        "channel_id": site,
        **values,
    }


def page_posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the article of a captured page; what is no page, or says nothing, is none."""
    from vigie.collect.web.articles import article  # noqa: PLC0415 (lxml, for pages alone)

    content, url, charset = record["content"], record.get("url"), record.get("charset")
    found = None
    if isinstance(content, bytes):
        found = article(
            content,
            url if isinstance(url, str) else None,
            charset=charset if isinstance(charset, str) else None,
        )
    if found is None or not (found.title or found.text):
        yield Skip("capture")
        return
    yield article_post(
        found.url,
        author=found.author,
        title=found.title,
        body=found.text,
        created_ms=found.published_ms,
        edited_ms=found.changed_ms,
        lang=found.lang,
        links=list(found.links),
        collected_ms=record.get("captured_ms"),
        source_kind="capture",
        raw_ref=record.get("record_id"),
    )


def _saved(shape: Shape, _rejects: FileRejects) -> Iterator[Entry]:
    """Yield the one page of a file of HTML."""
    from vigie.collect.web.articles import PAGE_BYTES_MAX  # noqa: PLC0415

    content = b""
    with shape.text() as text:
        while len(content) <= PAGE_BYTES_MAX and (piece := text.read(PIECE_BYTES)):
            content += piece
        yield Entry(1, {"content": content}, shape.path.name, text.taken)


def _captured(shape: Shape, _rejects: FileRejects) -> Iterator[Entry]:
    """Yield the captures of a WARC, or of all WARCs in a WACZ."""
    from vigie.collect.web import wacz, warc  # noqa: PLC0415

    number = 0
    try:
        if shape.format == "zip":
            with wacz.opened(shape.path) as sources:
                for done, source in enumerate(sources):
                    for number, one in enumerate(warc.captures(source), number + 1):  # noqa: B020 - goes on
                        yield _entry(number, one, shape.byte_count * done // len(sources))
        else:
            with shape.text() as text:
                source = wacz.Unpacked(text, shape.byte_count, shape.path)
                for number, one in enumerate(warc.captures(source), 1):
                    yield _entry(number, one, text.taken)
    except warc.WarcError as error:
        raise DamagedFileError(path=shape.path, format="WARC") from error


def _entry(number: int, one: object, taken: int) -> Entry:
    record = {name: getattr(one, name) for name in ("record_id", "url", "captured_ms", "content", "charset")}
    return Entry(number, record, f"{record['record_id']} {record['url']}", taken)


def _sure_of_page(records: Sequence[Record]) -> float:
    """Return how sure a file is a page with an article: a login page tells no date."""
    return share(records, lambda one: any(_is_dated(post) for post in page_posts(one)))


def _is_dated(post: Post | Skip) -> bool:
    return not isinstance(post, Skip) and post["created_ms"] is not None


PAGE = Importer(
    id="page",
    title=say("Saved web page"),
    formats=("html",),
    source="https://ogp.me",
    sure=_sure_of_page,
    posts=page_posts,
    records=_saved,
)
WARC = Importer(
    id="warc",
    title=say("Web archive (WARC, WACZ)"),
    formats=("warc", "zip"),
    source="https://specs.webrecorder.net/wacz/1.1.1/",
    sure=lambda records: SURE if records else 0.0,
    posts=page_posts,
    records=_captured,
)
