"""YouTube Data API v3 as JSON: lists of videos, search results, playlist items, comment threads and comments.

Source: https://developers.google.com/youtube/v3/docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import (
    counts,
    distinct,
    hashtags_in,
    links_in,
    ms,
    named,
    part,
    parts,
    plain,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "youtube"
VIDEO_COUNTS = {
    "views": "statistics.viewCount",
    "likes": "statistics.likeCount",
    "comments": "statistics.commentCount",
}
COMMENT_COUNTS = {"likes": "likeCount"}
THREAD_COUNTS = {"replies": "snippet.totalReplyCount"}
KIND_START, LIST_END = "youtube#", "ListResponse"
VIDEOS = frozenset({"youtube#video", "youtube#searchResult", "youtube#playlistItem"})


def posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the posts of one resource: a video, or a comment with the answers that came along."""
    kind = text(record, "kind") or ""
    if kind.endswith(LIST_END):  # a whole page, as one line of NDJSON
        for one in parts(record, "items"):
            yield from posts(one)
    elif kind in VIDEOS:
        yield _video(record) or Skip("profile")
    elif kind == "youtube#commentThread":
        top, video = part(record, "snippet.topLevelComment"), text(record, "snippet.videoId")
        yield _comment(top, video, None, counts(record, THREAD_COUNTS) or [])
        for answer in parts(record, "replies.comments"):
            yield _comment(answer, video, text(top, "id"))
    elif kind == "youtube#comment":
        yield _comment(record, None, None)
    else:
        yield Skip("other")


def _video(record: Record) -> Post | None:
    """Return the post of a video, None for what is a channel or a playlist."""
    snippet = part(record, "snippet")
    video = text(record, "contentDetails.videoId", "snippet.resourceId.videoId", "id.videoId", "id")
    if video is None:
        return None
    body = text(snippet, "description")
    author = text(snippet, "videoOwnerChannelId", "channelId")
    is_listed = record.get("kind") == "youtube#playlistItem"  # its own date is that of the listing
    return {
        "post_id": named(PLATFORM, video),
        "platform": PLATFORM,
        "url": f"https://www.youtube.com/watch?v={video}",
        "kind": "video",
        "author": author,
        "channel_id": author,
        "created_ms": ms(record, "contentDetails.videoPublishedAt" if is_listed else "snippet.publishedAt"),
        "lang": text(snippet, "defaultAudioLanguage", "defaultLanguage"),
        "title": text(snippet, "title"),
        "body": body,
        "hashtags": distinct(hashtags_in(text(snippet, "title")), hashtags_in(body)),
        "links": distinct(links_in(body)),
        "counts": counts(record, VIDEO_COUNTS),
    }


def _comment(
    comment: Record, video: str | None, top: str | None, more: Sequence[dict[str, object]] = ()
) -> Post:
    snippet = part(comment, "snippet")
    video = text(snippet, "videoId") or video
    body = text(snippet, "textOriginal") or plain(text(snippet, "textDisplay"))
    created_ms, updated_ms = ms(snippet, "publishedAt"), ms(snippet, "updatedAt")
    return {
        "post_id": named(PLATFORM, text(comment, "id")),
        "platform": PLATFORM,
        "kind": "comment",
        "thread_id": named(PLATFORM, video),
        "in_reply_to": named(PLATFORM, text(snippet, "parentId") or top or video),
        "author": text(snippet, "authorChannelId.value", "authorDisplayName"),
        "channel_id": text(snippet, "channelId"),
        "created_ms": created_ms,
        "edited_ms": None if updated_ms == created_ms else updated_ms,
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct(links_in(body)),
        "counts": [*(counts(snippet, COMMENT_COUNTS) or []), *more] or None,
    }


def _is_resource(record: Record) -> bool:
    kind = text(record, "kind") or ""
    return kind.startswith(KIND_START) and ("snippet" in record or "items" in record or "id" in record)


YOUTUBE = Importer(
    id="youtube-api",
    title="YouTube Data API v3",
    formats=("json", "ndjson"),
    items=("items.item", "item"),
    source="https://developers.google.com/youtube/v3/docs",
    sure=lambda records: share(records, _is_resource),
    posts=posts,
)
