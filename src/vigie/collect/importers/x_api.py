"""X API v2 as JSON: pages with `data` and `includes`, an array of them, or NDJSON of pages or tweets.

Source: https://docs.x.com/x-api/fundamentals/data-dictionary
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import SURE, at, counts, distinct, ms, named, part, parts, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vigie.collect.importers.frame import Post, Record

    Found = Mapping[str | None, Record]

PLATFORM = "x"
COUNTS = {
    "likes": "public_metrics.like_count",
    "replies": "public_metrics.reply_count",
    "shares": "public_metrics.retweet_count",
    "quotes": "public_metrics.quote_count",
    "bookmarks": "public_metrics.bookmark_count",
    "views": "public_metrics.impression_count",
}
MIMES = {"photo": "image/jpeg", "video": "video/mp4", "animated_gif": "video/mp4"}
TWEET_MARKS = (
    "author_id",
    "created_at",
    "conversation_id",
    "public_metrics",
    "referenced_tweets",
    "entities",
)
MARKS_MIN = 2  # that a tweet has beside id and text: a plain table has author_id or created_at, too


def posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the posts of one page, or of one tweet alone.

    Tweets of `includes` are there because others refer to them: they are posts of their own, met or not.
    """
    if _is_tweet(record):
        yield _post(record, {}, {}, {})
        return
    users = {text(one, "id"): one for one in parts(record, "includes.users")}
    media = {text(one, "media_key"): one for one in parts(record, "includes.media")}
    data = record.get("data")
    own = [data] if isinstance(data, dict) else parts(record, "data")
    found = [one for one in (*own, *parts(record, "includes.tweets")) if text(one, "id") and "text" in one]
    tweets: dict[str | None, Record] = {}
    for one in found:
        tweets.setdefault(text(one, "id"), one)
    for tweet in tweets.values():
        yield _post(tweet, users, media, tweets)
    if not found:
        yield Skip("other")  # the page of a search that found nothing, or errors alone


def _post(tweet: Record, users: Found, media: Found, tweets: Found) -> Post:
    """Return the post of a tweet; one passed on says what the original says, where that came along."""
    author = text(tweet, "author_id")
    user = users.get(author, {})
    ids = {text(one, "type"): text(one, "id") for one in parts(tweet, "referenced_tweets")}
    referred = {kind: named(PLATFORM, id_) for kind, id_ in ids.items()}
    told = tweets.get(ids.get("retweeted"), tweet)
    full = part(told, "note_tweet")  # more than 280 characters
    entities = [part(told, "entities"), part(full, "entities")]
    return {
        "post_id": named(PLATFORM, text(tweet, "id")),
        "platform": PLATFORM,
        "url": f"https://x.com/i/web/status/{text(tweet, 'id')}",
        "kind": _kind(referred),
        "thread_id": named(PLATFORM, text(tweet, "conversation_id")),
        "in_reply_to": referred.get("replied_to"),
        "share_of": referred.get("retweeted"),
        "quote_of": referred.get("quoted"),
        "author": author,
        "author_created_ms": ms(user, "created_at"),
        "author_followers": whole(user, "public_metrics.followers_count"),
        "created_ms": ms(tweet, "created_at"),
        "lang": _lang(tweet),
        "body": text(full, "text") or text(told, "text"),
        "hashtags": distinct(*((text(one, "tag") for one in parts(all_, "hashtags")) for all_ in entities)),
        "mentions": distinct(
            *((text(one, "id", "username") for one in parts(all_, "mentions")) for all_ in entities)
        ),
        "links": distinct(*(_links(all_) for all_ in entities)),
        "media": _media(told, media),
        "counts": counts(tweet, COUNTS),
    }


def _kind(referred: Mapping[str | None, str | None]) -> str:
    if referred.get("retweeted"):
        return "share"
    if referred.get("replied_to"):
        return "comment"
    return "quote" if referred.get("quoted") else "post"


def _links(entities: Record) -> list[str | None]:
    """Return the links of a tweet, expanded; those to its own pictures are none."""
    return [
        text(one, "unwound_url", "expanded_url", "url")
        for one in parts(entities, "urls")
        if "media_key" not in one
    ]


def _media(tweet: Record, media: Found) -> list[dict[str, object]] | None:
    keys = at(tweet, "attachments.media_keys")
    kinds = (
        [text(media.get(key, {}), "type") for key in keys if isinstance(key, str)]
        if isinstance(keys, list)
        else []
    )
    return [{"mime": MIMES.get(kind or "")} for kind in kinds if kind in MIMES] or None


def _lang(tweet: Record) -> str | None:
    """Return the language X found; its codes for none (qme, zxx …) are no languages."""
    lang = text(tweet, "lang")
    return (
        None if lang is None or lang == "zxx" or (len(lang) == len("qme") and lang.startswith("q")) else lang
    )


def _is_tweet(record: Record) -> bool:
    marks = sum(mark in record for mark in TWEET_MARKS)
    return isinstance(record.get("id"), str) and "text" in record and marks >= MARKS_MIN


def _is_page(record: Record) -> bool:
    tweets = [part(record, "data")] if isinstance(record.get("data"), dict) else parts(record, "data")
    if not tweets:
        return whole(record, "meta.result_count") == 0
    return all(isinstance(one.get("id"), str) and "text" in one for one in tweets)


def sure(records: Sequence[Record]) -> float:
    """Return how sure records are pages or tweets of X; a tweet alone has fewer marks."""
    if not records:
        return 0.0
    found = [SURE if _is_page(one) else _sure_of_tweet(one) for one in records]
    return sum(found) / len(found)


def _sure_of_tweet(record: Record) -> float:
    """Return more where a tweet has marks of its own; `edit_history_tweet_ids` is always there since 2022."""
    if not _is_tweet(record):
        return 0.0
    own = "edit_history_tweet_ids" in record or "public_metrics" in record or "referenced_tweets" in record
    return 0.95 if own else 0.4


X_API = Importer(
    id="x-api-v2",
    title="X API v2",
    formats=("json", "ndjson"),
    items=("", "item"),
    source="https://docs.x.com/x-api/fundamentals/data-dictionary",
    sure=sure,
    posts=posts,
)
