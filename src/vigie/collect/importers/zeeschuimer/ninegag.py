"""9GAG's posts as its pages get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, ms, named, parts, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "9gag"
COUNTS = {"upvotes": "upVoteCount", "downvotes": "downVoteCount", "comments": "commentsCount"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of an item; promoted ones are skipped, anonymous ones will be set aside."""
    if item.get("promoted") == 1:
        yield Skip("advertisement")
        return
    yield {
        "post_id": named(PLATFORM, text(item, "id")),
        "platform": PLATFORM,
        "url": text(item, "url"),
        "kind": "video" if item.get("type") == "Animated" else "post",
        "author": text(item, "creator.username"),
        "created_ms": ms(item, "creationTs"),
        "title": text(item, "title"),
        "body": text(item, "description"),
        "hashtags": distinct(text(one, "key") for one in parts(item, "tags")),
        "links": distinct([text(item, "sourceUrl")]),
        "counts": counts(item, COUNTS, seen_ms),
    }
