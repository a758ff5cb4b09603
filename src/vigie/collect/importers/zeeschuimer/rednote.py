"""RedNote's (Xiaohongshu's) notes as its pages get them, in three shapes, and comments on them.

Lists of notes give no date: the id holds it. Its first eight hexadecimal digits count seconds since 1970, as
those of MongoDB's object ids do. That is not published, and may change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vigie.collect.importers.values import counts, distinct, hashtags_in, ms, named, part, parts, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "xiaohongshu"  # the name of the site; abroad it is called RedNote
NOTE = re.compile(r"([0-9a-f]{8})[0-9a-f]{16}")
FIRST_MS = 1_370_044_800_000  # 2013-06: RedNote's first month
COUNTS = {
    "likes": "interact_info.liked_count",
    "bookmarks": "interact_info.collected_count",
    "comments": "interact_info.comment_count",
    "shares": "interact_info.share_count",
}
PAGE_COUNTS = {
    "likes": "interactInfo.likedCount",
    "bookmarks": "interactInfo.collectedCount",
    "comments": "interactInfo.commentCount",
    "shares": "interactInfo.shareCount",
}
MARKUP_COUNTS = {"likes": "likes"}
COMMENT_COUNTS = {"likes": "like_count", "replies": "sub_comment_count"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield the post of a note: of a list (`note_card`), of its own page (`note`), or cut out of HTML.

    Counters are texts; those that the page rounds ("1.2万") are unknown.
    """
    note = part(item, "note_card") or part(item, "note") or item
    id_ = text(item, "id", "note_id") or text(note, "note_id", "noteId")
    body = text(note, "desc")
    names = COUNTS if "interact_info" in note else PAGE_COUNTS if "interactInfo" in note else MARKUP_COUNTS
    tags = (text(one, "name") for one in parts(note, "tag_list", "tagList") if one.get("type") == "topic")
    yield {
        "post_id": named(PLATFORM, id_),
        "platform": PLATFORM,
        "url": f"https://www.xiaohongshu.com/explore/{id_}" if id_ else None,
        "kind": "video" if note.get("type") == "video" else "post",
        "author": text(note, "user.user_id", "user.userId", "user.userid", "author_name"),
        "created_ms": ms(note, "time", unit="ms") or _noted_ms(id_, seen_ms),
        "edited_ms": _edited_ms(note),
        "title": text(note, "title", "display_title", "displayTitle"),
        "body": body,
        "hashtags": distinct(tags, _topics(body)),
        "mentions": distinct(
            text(one, "user_id", "userId") for one in parts(note, "at_user_list", "atUserList")
        ),
        "counts": counts(note, names, seen_ms),
        "place": text(note, "ip_location", "ipLocation"),
    }


def comments(item: Record, seen_ms: int | None) -> Iterator[Post]:
    """Yield a comment, and the answers to it that came along."""
    note = text(item, "note_id")
    yield _comment(item, note, note, seen_ms)
    for answer in parts(item, "sub_comments"):
        above = text(answer, "target_comment.id") or text(item, "id")
        yield _comment(answer, text(answer, "note_id") or note, above, seen_ms)


def _comment(item: Record, note: str | None, above: str | None, seen_ms: int | None) -> Post:
    body = text(item, "content")
    return {
        "post_id": named(PLATFORM, text(item, "id")),
        "platform": PLATFORM,
        "url": f"https://www.xiaohongshu.com/explore/{note}" if note else None,
        "kind": "comment",
        "thread_id": named(PLATFORM, note),
        "in_reply_to": named(PLATFORM, text(item, "target_comment.id") or above),
        "author": text(item, "user_info.user_id"),
        "created_ms": ms(item, "create_time", unit="ms"),
        "body": body,
        "hashtags": distinct(_topics(body)),
        "mentions": distinct(text(one, "user_id") for one in parts(item, "at_users")),
        "counts": counts(item, COMMENT_COUNTS, seen_ms),
        "place": text(item, "ip_location"),
    }


def _topics(body: str | None) -> list[str]:
    """Return the hashtags of a text; RedNote closes its own with a mark: `#anse[话题]#`."""
    return hashtags_in(body.replace("[话题]#", " ") if body else None)


def _noted_ms(id_: str | None, seen_ms: int | None) -> int | None:
    """Return the moment that a note's id holds, None where it holds none that can be."""
    found = NOTE.fullmatch(id_ or "")
    moment_ms = int(found[1], 16) * 1000 if found else 0
    return moment_ms if FIRST_MS <= moment_ms <= (seen_ms or 0) else None


def _edited_ms(note: Record) -> int | None:
    """Return when a note was last changed; a note that never was has its own moment there."""
    changed_ms = ms(note, "last_update_time", "lastUpdateTime", unit="ms")
    return None if changed_ms == ms(note, "time", unit="ms") else changed_ms
