"""Instagram's posts in both shapes that its pages get: items of lists, and nodes of its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, hashtags_in, ms, named, parts, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "instagram"
COUNTS = {"likes": "like_count", "comments": "comment_count", "views": "play_count"}
GRAPH_COUNTS = {"likes": "edge_media_preview_like.count", "comments": "edge_media_preview_comment.count"}
VIDEO = 2  # Instagram's number for it
REDIRECT = "https://www.facebook.com/ads/ig_redirect"


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of an item or node; advertisements are skipped."""
    if item.get("product_type") == "ad" or (text(item, "link") or "").startswith(REDIRECT):
        yield Skip("advertisement")
        return
    code = text(item, "code", "shortcode")
    body = text(item, "caption.text", "edge_media_to_caption.edges.0.node.text")
    is_video = item.get("media_type") == VIDEO or item.get("__typename") == "GraphVideo"
    tagged = [text(one, "user.username") for one in parts(item, "usertags.in")]
    yield {
        "post_id": named(PLATFORM, code),
        "platform": PLATFORM,
        "url": f"https://www.instagram.com/p/{code}" if code else None,
        "kind": "video" if is_video else "post",
        "author": text(item, "user.username", "owner.username"),
        "created_ms": ms(item, "taken_at", "taken_at_timestamp"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "mentions": distinct(tagged),
        "counts": counts(item, COUNTS if "code" in item else GRAPH_COUNTS, seen_ms),
    }
