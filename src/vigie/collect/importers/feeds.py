"""Feeds that were saved to a file: RSS 2.0, RSS 1.0, Atom and JSON Feed, each entry an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Entry, Importer
from vigie.collect.importers.pages import article_post
from vigie.collect.importers.values import SURE
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Post, Record
    from vigie.collect.rejects import FileRejects
    from vigie.collect.web.feeds import FeedEntry

HEAD_BYTES = 1 << 16
PIECE_BYTES = 1 << 20


def feed_post(entry: FeedEntry) -> Post:
    """Return the post that an entry of a feed is.

    Its author is who signed it, else the site it stands on, else the feed's title. An entry without a date of
    its own has that of its last change.
    """
    post = article_post(
        entry.url,
        author=entry.author,
        title=entry.title,
        body=entry.text,
        created_ms=entry.published_ms if entry.published_ms is not None else entry.updated_ms,
        edited_ms=entry.updated_ms,
        lang=entry.lang,
        hashtags=list(entry.tags),
        links=list(entry.links),
    )
    if post["author"] is None:
        post["author"] = entry.publisher
    if post["post_id"] is None and entry.id:
        post["post_id"] = f"{post['platform']}:{entry.id}"
    return post


def _entries(shape: Shape, _rejects: FileRejects) -> Iterator[Entry]:
    from vigie.collect.web import feeds  # noqa: PLC0415 (lxml, for feeds alone)

    content = b""
    with shape.text() as text:
        content = text.read(HEAD_BYTES)
        if shape.format == "json" and b"jsonfeed.org" not in content:
            raise feeds.NoFeedError
        while len(content) <= feeds.FEED_BYTES_MAX and (piece := text.read(PIECE_BYTES)):
            content += piece
        taken = text.taken
    for number, one in enumerate(feeds.entries(content), 1):
        yield Entry(number, {"entry": one}, one.url or one.title, taken)


def _posts(record: Record) -> Iterator[Post]:
    yield feed_post(record["entry"])  # type: ignore[arg-type]


FEED = Importer(
    id="feed",
    title=say("RSS, Atom or JSON Feed"),
    formats=("xml", "json"),
    source="https://www.rfc-editor.org/rfc/rfc4287",
    sure=lambda records: SURE if records else 0.0,
    posts=_posts,
    records=_entries,
)
