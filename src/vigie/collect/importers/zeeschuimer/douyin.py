"""Douyin's videos as its pages get them: from its interface (`create_time`) or from a page (`createTime`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, hashtags_in, ms, named, parts, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "douyin"
COUNTS = {
    "likes": "statistics.digg_count",
    "comments": "statistics.comment_count",
    "shares": "statistics.share_count",
    "views": "statistics.play_count",
    "bookmarks": "statistics.collect_count",
    "downloads": "statistics.download_count",
}
PAGE_COUNTS = {
    "likes": "stats.diggCount",
    "comments": "stats.commentCount",
    "shares": "stats.shareCount",
    "views": "stats.playCount",
    "bookmarks": "stats.collectCount",
    "downloads": "stats.downloadCount",
}
UNDEFINED = "$undefined"  # what a page has for no value


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a video or gallery; live streams are skipped: they are no posts."""
    if _is_stream(item):
        yield Skip("other")
        return
    video, body = text(item, "aweme_id", "awemeId"), text(item, "desc")
    extra = parts(item, "text_extra", "textExtra")
    yield {
        "post_id": named(PLATFORM, video),
        "platform": PLATFORM,
        "url": f"https://www.douyin.com/video/{video}" if video else None,
        "kind": "video",
        "author": text(item, "author.uid", "author_user_id", "authorUserId", "authorInfo.uid"),
        "author_followers": whole(item, "author.follower_count", "authorInfo.followerCount"),
        "created_ms": ms(item, "create_time", "createTime"),
        "body": body,
        "hashtags": distinct((text(one, "hashtag_name", "hashtagName") for one in extra), hashtags_in(body)),
        "mentions": distinct(text(one, "user_id", "userId", "sec_uid", "secUid") for one in extra),
        "counts": counts(item, COUNTS if "statistics" in item else PAGE_COUNTS, seen_ms),
        "place": text(item, "region"),
    }


def _is_stream(item: Record) -> bool:
    room = text(item, "rawdata", "cell_room.rawdata") or item.get("cellRoom")
    return room not in (None, UNDEFINED, "", {})
