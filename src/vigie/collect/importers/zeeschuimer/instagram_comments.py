"""Comments on Instagram's posts as its pages get them; Zeeschuimer adds which post they stand under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.values import counts, distinct, hashtags_in, ms, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "instagram"
COUNTS = {"likes": "comment_like_count", "replies": "child_comment_count"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield the post of a comment. Its thread is known by the code in the address, as posts are."""
    thread, body = text(item, "post_shortcode", "post_id"), text(item, "text")
    yield {
        "post_id": named(PLATFORM, text(item, "comment_id", "id")),
        "platform": PLATFORM,
        "kind": "comment",
        "thread_id": named(PLATFORM, thread),
        "in_reply_to": named(PLATFORM, text(item, "parent_comment_id") or thread),
        "author": text(item, "user.unique_id", "user.username"),
        "created_ms": ms(item, "created_at", "created_at_utc"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "counts": counts(item, COUNTS, seen_ms),
    }
