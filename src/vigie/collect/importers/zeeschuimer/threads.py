"""Threads' posts as its pages get them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from vigie.collect.importers.values import at, counts, distinct, hashtags_in, ms, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "threads"
COUNTS = {
    "likes": "like_count",
    "shares": "text_post_app_info.repost_count",
    "replies": "text_post_app_info.direct_reply_count",
    "quotes": "text_post_app_info.quote_count",
}
ABOUT, SHARED = "text_post_app_info", "text_post_app_info.share_info"


def posts(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield the post of an item. Of an answer the page says whom it answers, not which post."""
    code, name, body = text(item, "code"), text(item, "user.username"), text(item, "caption.text")
    quoted, shared = text(item, f"{SHARED}.quoted_post.code"), text(item, f"{SHARED}.reposted_post.code")
    is_answer = at(item, f"{ABOUT}.is_reply") is True
    yield {
        "post_id": named(PLATFORM, code),
        "platform": PLATFORM,
        "url": f"https://www.threads.net/@{name}/post/{code}" if name and code else None,
        "kind": "share" if shared else "comment" if is_answer else "quote" if quoted else "post",
        "share_of": named(PLATFORM, shared),
        "quote_of": named(PLATFORM, quoted),
        "author": name,
        "created_ms": ms(item, "taken_at"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "mentions": distinct([text(item, f"{ABOUT}.reply_to_author.username")]),
        "links": distinct([_link(text(item, "text_post_app_info.link_preview_attachment.url"))]),
        "counts": counts(item, COUNTS, seen_ms),
    }


def _link(link: str | None) -> str | None:
    """Return a link out of Threads' own redirection, where it stands as parameter `u`."""
    try:
        return parse_qs(urlsplit(link or "").query).get("u", [link])[0]
    except ValueError:  # brackets that are no IPv6 address, or a thousand parameters
        return link
