"""Truth Social's posts as its pages get them: Mastodon's statuses, with quotes and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.values import (
    counts,
    distinct,
    hrefs_in,
    ms,
    named,
    part,
    parts,
    plain,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "truthsocial"
COUNTS = {"likes": "favourites_count", "shares": "reblogs_count", "replies": "replies_count"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield the post of a status."""
    shared, quoted = part(item, "reblog"), text(item, "quote_id", "quote.id")
    answered = text(item, "in_reply_to_id", "in_reply_to.id")
    told = shared or item
    yield {
        "post_id": named(PLATFORM, text(item, "id")),
        "platform": PLATFORM,
        "url": text(item, "url"),
        "kind": "share" if shared else "comment" if answered else "quote" if quoted else "post",
        "in_reply_to": named(PLATFORM, answered),
        "share_of": named(PLATFORM, text(shared, "id")),
        "quote_of": named(PLATFORM, quoted),
        "author": text(item, "account.id"),
        "author_created_ms": ms(item, "account.created_at"),
        "author_followers": whole(item, "account.followers_count"),
        "channel_id": text(item, "group.id"),
        "created_ms": ms(item, "created_at"),
        "edited_ms": ms(item, "edited_at"),
        "visibility": text(item, "visibility"),
        "lang": text(told, "language"),
        "body": plain(text(told, "content")),
        "hashtags": distinct(text(one, "name") for one in parts(told, "tags")),
        "mentions": distinct(text(one, "id", "username") for one in parts(told, "mentions")),
        "links": distinct(hrefs_in(text(told, "content")), [text(told, "card.url")]),
        "counts": counts(item, COUNTS, seen_ms),
    }
