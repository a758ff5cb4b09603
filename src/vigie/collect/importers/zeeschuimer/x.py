"""X's posts as its pages get them: `legacy` holds the post as API v1.1 had it, results stand around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, ms, named, part, parts, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "x"
COUNTS = {
    "likes": "favorite_count",
    "shares": "retweet_count",
    "replies": "reply_count",
    "quotes": "quote_count",
    "bookmarks": "bookmark_count",
}
MIMES = {"photo": "image/jpeg", "video": "video/mp4", "animated_gif": "video/mp4"}


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a tweet."""
    legacy, id_ = part(item, "legacy"), text(item, "rest_id", "legacy.id_str", "id")
    if not legacy:
        yield Skip("other")  # the place of one that is gone
        return
    shared = _result(legacy, "retweeted_status_result.result")
    told = part(shared, "legacy") or legacy
    quoted = _quoted(item, legacy)
    user = part(item, "core.user_results.result", "user")
    entities = part(told, "entities")
    answered = text(legacy, "in_reply_to_status_id_str")
    yield {
        "post_id": named(PLATFORM, id_),
        "platform": PLATFORM,
        "url": f"https://x.com/i/web/status/{id_}" if id_ else None,
        "kind": "share" if shared else "comment" if answered else "quote" if quoted else "post",
        "thread_id": named(PLATFORM, text(legacy, "conversation_id_str")),
        "in_reply_to": named(PLATFORM, answered),
        "share_of": named(PLATFORM, text(shared, "rest_id", "legacy.id_str")),
        "quote_of": None if shared else named(PLATFORM, quoted),
        "author": text(legacy, "user_id_str") or text(user, "rest_id", "id_str"),
        "author_created_ms": ms(user, "legacy.created_at", "core.created_at", "created_at"),
        "author_followers": whole(user, "legacy.followers_count", "followers_count"),
        "created_ms": ms(legacy, "created_at"),
        "lang": _lang(text(legacy, "lang")),
        "body": text(shared or item, "note_tweet.note_tweet_results.result.text") or text(told, "full_text"),
        "hashtags": distinct(text(one, "text") for one in parts(entities, "hashtags")),
        "mentions": distinct(text(one, "id_str", "screen_name") for one in parts(entities, "user_mentions")),
        "links": distinct(text(one, "expanded_url", "url") for one in parts(entities, "urls")),
        "media": _media(told),
        "counts": _counts(item, legacy, seen_ms),
        "place": text(legacy, "place.country_code"),
    }


def _result(record: Record, way: str) -> Record:
    """Return a post that stands in another, sometimes one level deeper."""
    found = part(record, way)
    return part(found, "tweet") or found


def _quoted(item: Record, legacy: Record) -> str | None:
    found = _result(item, "quoted_status_result.result")
    return text(found, "rest_id") or text(legacy, "quoted_status_id_str")


def _counts(item: Record, legacy: Record, seen_ms: int | None) -> list[dict[str, object]] | None:
    views = counts(item, {"views": "views.count"}, seen_ms) or counts(
        item, {"views": "ext_views.count"}, seen_ms
    )
    return [*(counts(legacy, COUNTS, seen_ms) or []), *(views or [])] or None


def _media(told: Record) -> list[dict[str, object]] | None:
    kinds = (text(one, "type") for one in parts(told, "extended_entities.media", "entities.media"))
    return [{"mime": MIMES[kind]} for kind in kinds if kind in MIMES] or None


def _lang(lang: str | None) -> str | None:
    """Return the language X found; its codes for none (qme, zxx …) are no languages."""
    return (
        None if lang is None or lang == "zxx" or (len(lang) == len("qme") and lang.startswith("q")) else lang
    )
