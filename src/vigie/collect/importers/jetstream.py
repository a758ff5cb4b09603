"""Bluesky Jetstream recordings: one event a line.

Sources: https://github.com/bluesky-social/jetstream and https://docs.bsky.app/docs/advanced-guides/posts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import UNREADABLE, distinct, ms, named, part, parts, share, text, whole
from vigie.collect.times import LAST_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "bluesky"
POST, REPOST, LIKE = "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.feed.like"
ACTS = frozenset({POST, REPOST})
KINDS = frozenset({"commit", "identity", "account"})
# https://atproto.com/specs/tid: 53 bits of microseconds, then 10 of a clock's name.
TID_DIGITS = {digit: place for place, digit in enumerate("234567abcdefghijklmnopqrstuvwxyz")}
TID_LENGTH, TID_CLOCK_BITS = 13, 10


def posts_of(event: Record) -> Iterator[Post | Skip]:
    """Yield what one event tells: a post, a repost, or a new observation of one that was deleted.

    A deletion does not say when the post was made: its record key does, where it is a TID. A post's own
    `createdAt` is what its author's software claims; it counts up to the moment at which the event was seen.
    """
    commit = part(event, "commit")
    collection = text(commit, "collection")
    if collection not in ACTS:
        yield Skip(_skipped(event, collection))
        return
    did, rkey, seen_ms = text(event, "did"), text(commit, "rkey"), ms(event, "time_us", unit="us")
    post: Post = {
        "post_id": named(PLATFORM, f"at://{did}/{collection}/{rkey}") if did and rkey else None,
        "platform": PLATFORM,
        "source_kind": "stream",
        "collected_ms": seen_ms,
        "kind": "share" if collection == REPOST else "post",
        "author": did,
    }
    if collection == POST and did and rkey:
        post["url"] = f"https://bsky.app/profile/{did}/post/{rkey}"
    if commit.get("operation") == "delete":
        yield {**post, "created_ms": _tid_ms(rkey), "deleted_seen_ms": seen_ms}
        return
    record = part(commit, "record")
    post["created_ms"] = _created_ms(record, rkey, seen_ms)
    if commit.get("operation") == "update":
        post["edited_ms"] = seen_ms
    yield post | (_reposted(record) if collection == REPOST else _told(record))


def _skipped(event: Record, collection: str | None) -> str:
    if text(event, "kind") in {"identity", "account"}:
        return "account"
    return "reaction" if collection == LIKE else "other"


def _reposted(record: Record) -> Post:
    return {"share_of": named(PLATFORM, text(record, "subject.uri"))}


def _told(record: Record) -> Post:
    """Return what a post's record says (lexicon app.bsky.feed.post)."""
    features = [feature for facet in parts(record, "facets") for feature in parts(facet, "features")]
    parent, quoted = text(record, "reply.parent.uri"), _quoted(record)
    tags = record.get("tags")
    langs = record.get("langs")
    return {
        "kind": "comment" if parent else "quote" if quoted else "post",
        "thread_id": named(PLATFORM, text(record, "reply.root.uri")),
        "in_reply_to": named(PLATFORM, parent),
        "quote_of": named(PLATFORM, quoted),
        "lang": next((one for one in langs if isinstance(one, str)), None)
        if isinstance(langs, list)
        else None,
        "body": text(record, "text"),
        "hashtags": distinct(
            (text(one, "tag") for one in features),
            (one for one in tags if isinstance(one, str)) if isinstance(tags, list) else (),
        ),
        "mentions": distinct(text(one, "did") for one in features),
        "links": distinct((text(one, "uri") for one in features), [_external(record)]),
        "media": _media(record),
    }


def _external(record: Record) -> str | None:
    return text(record, "embed.external.uri", "embed.media.external.uri")


def _quoted(record: Record) -> str | None:
    """Return the post that is quoted; lists, feeds and starter packs can be embedded too."""
    uri = text(record, "embed.record.record.uri", "embed.record.uri")
    return uri if uri is not None and f"/{POST}/" in uri else None


def _media(record: Record) -> list[dict[str, object]] | None:
    images = parts(record, "embed.images", "embed.media.images")
    mimes = [text(one, "image.mimeType") for one in images]
    mimes.append(text(record, "embed.video.mimeType", "embed.media.video.mimeType"))
    return [{"mime": mime} for mime in mimes if mime] or None


def _created_ms(record: Record, rkey: str | None, seen_ms: int | None) -> int | None:
    claimed_ms = ms(record, "createdAt")
    if claimed_ms in {None, UNREADABLE}:
        return _tid_ms(rkey) or claimed_ms
    return claimed_ms if seen_ms is None or seen_ms == UNREADABLE else min(claimed_ms or 0, seen_ms)


def _tid_ms(rkey: str | None) -> int | None:
    """Return the moment that a record key holds, None where it is no TID."""
    if rkey is None or len(rkey) != TID_LENGTH or not TID_DIGITS.keys() >= set(rkey):
        return None
    value = 0
    for digit in rkey:
        value = value << 5 | TID_DIGITS[digit]
    found = (value >> TID_CLOCK_BITS) // 1000
    return found if found < LAST_MS else None


def _is_event(record: Record) -> bool:
    return (
        text(record, "kind") in KINDS
        and text(record, "did") is not None
        and whole(record, "time_us") is not None
    )


JETSTREAM = Importer(
    id="bluesky-jetstream",
    title="Bluesky Jetstream",
    formats=("ndjson",),
    source="https://github.com/bluesky-social/jetstream",
    sure=lambda records: share(records, _is_event),
    posts=posts_of,
)
