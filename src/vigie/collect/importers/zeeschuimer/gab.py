"""Gab's posts as its pages get them, with names of one to three letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.values import (
    counts,
    distinct,
    hashtags_in,
    links_in,
    ms,
    named,
    plain,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "gab"
COUNTS = {"reactions": "fc", "shares": "rbc", "replies": "rc"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield the post of an item."""
    body = plain(text(item, "c"))
    yield {
        "post_id": named(PLATFORM, text(item, "i")),
        "platform": PLATFORM,
        "url": text(item, "ul"),
        "kind": "post",
        "author": text(item, "author_info.i"),
        "channel_id": text(item, "g.id"),
        "created_ms": ms(item, "ca"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct([text(item, "link_info.url")], links_in(body)),
        "counts": counts(item, COUNTS, seen_ms),
    }
