"""Imgur's posts as its pages get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, ms, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "imgur"
COUNTS = {
    "views": "view_count",
    "upvotes": "upvote_count",
    "downvotes": "downvote_count",
    "comments": "comment_count",
    "bookmarks": "favorite_count",
}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of an item; advertisements are skipped."""
    if item.get("is_ad") is True:
        yield Skip("advertisement")
        return
    yield {
        "post_id": named(PLATFORM, text(item, "id")),
        "platform": PLATFORM,
        "url": text(item, "url"),
        "kind": "video" if text(item, "cover.type") == "video" else "post",
        "author": text(item, "account_id"),
        "created_ms": ms(item, "created_at"),
        "title": text(item, "title"),
        "body": text(item, "description"),
        "counts": counts(item, COUNTS, seen_ms),
    }
