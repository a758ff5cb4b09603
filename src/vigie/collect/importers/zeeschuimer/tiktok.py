"""TikTok's videos and comments as its pages get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, hashtags_in, ms, named, part, parts, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "tiktok"
# `statsV2` has the same figures as texts.
COUNTS = {
    "likes": "diggCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "views": "playCount",
    "bookmarks": "collectCount",
}
COMMENT_COUNTS = {"likes": "digg_count", "comments": "reply_comment_total"}
NO_ANSWER = "0"


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a video or comment; advertisements are skipped."""
    if item.get("isAd") is True:
        yield Skip("advertisement")
    else:
        yield _comment(item, seen_ms) if "cid" in item else _video(item, seen_ms)


def _video(item: Record, seen_ms: int | None) -> Post:
    author, video, body = part(item, "author"), text(item, "id"), text(item, "desc")
    name = text(author, "uniqueId") or text(item, "author")
    extra = parts(item, "textExtra")
    return {
        "post_id": named(PLATFORM, video),
        "platform": PLATFORM,
        "url": f"https://www.tiktok.com/@{name}/video/{video}" if name and video else None,
        "kind": "video",
        "author": name,
        "author_created_ms": ms(author, "createTime"),
        "author_followers": whole(item, "authorStats.followerCount", "authorStatsV2.followerCount"),
        "created_ms": ms(item, "createTime"),
        "lang": _lang(text(item, "textLanguage")),
        "body": body,
        "hashtags": distinct((text(one, "hashtagName") for one in extra), hashtags_in(body)),
        "mentions": distinct(text(one, "userUniqueId") for one in extra),
        "counts": counts(part(item, "stats", "statsV2"), COUNTS, seen_ms),
        "place": text(item, "locationCreated"),
    }


def _comment(item: Record, seen_ms: int | None) -> Post:
    video, answered, body = text(item, "aweme_id"), text(item, "reply_id"), text(item, "text")
    return {
        "post_id": named(PLATFORM, text(item, "cid")),
        "platform": PLATFORM,
        "url": text(item, "share_info.url"),
        "kind": "comment",
        "thread_id": named(PLATFORM, video),
        "in_reply_to": named(PLATFORM, video if answered in {None, NO_ANSWER} else answered),
        "author": text(item, "user.unique_id"),
        "created_ms": ms(item, "create_time"),
        "lang": _lang(text(item, "comment_language")),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "counts": counts(item, COMMENT_COUNTS, seen_ms),
    }


def _lang(lang: str | None) -> str | None:
    """Return TikTok's word for the language, None for its word that it found none."""
    return None if lang == "un" else lang
