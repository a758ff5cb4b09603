"""Bilibili's videos as its pages get them: recommended, of a channel, or cut out of a page.

Source of the names: https://socialsisteryi.github.io/bilibili-API-collect/docs/video/info.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, hashtags_in, links_in, ms, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "bilibili"
COUNTS = {
    "views": "stat.view",
    "likes": "stat.like",
    "comments": "stat.reply",
    "shares": "stat.share",
    "bookmarks": "stat.favorite",
    "coins": "stat.coin",
    "bullets": "stat.danmaku",
}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a video; advertisements and live rooms are skipped."""
    if item.get("goto") == "ad" or item.get("business_info"):
        yield Skip("advertisement")
        return
    if "roomid" in item or item.get("goto") == "live":
        yield Skip("other")
        return
    video, body = _video(item), text(item, "desc", "description")
    yield {
        "post_id": named(PLATFORM, video),
        "platform": PLATFORM,
        "url": f"https://www.bilibili.com/video/{video}" if video else None,
        "kind": "video",
        "author": text(item, "owner.mid", "author.mid", "mid"),
        "created_ms": ms(item, "pubdate", "created"),
        "title": text(item, "title"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct(links_in(body)),
        "counts": counts(item, COUNTS, seen_ms),
        "place": text(item, "pub_location"),
    }


def _video(item: Record) -> str | None:
    """Return a video's id: `BV…`, or the older number with its letters."""
    number = text(item, "aid", "id")
    return text(item, "bvid") or (f"av{number}" if number else None)
