"""Mastodon: statuses as its API gives them, and `outbox.json` of an account's archive (ActivityStreams).

Sources: https://docs.joinmastodon.org/entities/Status/ and https://www.w3.org/TR/activitystreams-vocabulary/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import (
    counts,
    distinct,
    hrefs_in,
    ms,
    named,
    part,
    parts,
    plain,
    share,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "mastodon"
COUNTS = {
    "likes": "favourites_count",
    "shares": "reblogs_count",
    "replies": "replies_count",
    "quotes": "quotes_count",
}
PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
ACTIVITIES = frozenset({"Create", "Announce"})


def posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the post of a status, or of an activity."""
    if _is_activity(record):
        yield _of_activity(record)
    elif _is_status(record):
        yield of_status(record, PLATFORM)
    elif _is_deletion(record):
        yield _of_deletion(record)
    else:
        yield Skip("other")


def _of_deletion(record: Record) -> Post:
    """Return a new observation of a post that a live source saw go; it writes down which post that was."""
    status = part(record, "status")
    return {
        "post_id": _id(status, PLATFORM),
        "platform": PLATFORM,
        "source_kind": "stream",
        "kind": "post",
        "author": _name(part(status, "account")),
        "created_ms": ms(status, "created_at"),
        "deleted_seen_ms": ms(record, "seen_ms", unit="ms"),
    }


def of_status(status: Record, platform: str) -> Post:
    """Return the post of a status as Mastodon's API gives it.

    A post is known by its address in the fediverse (`uri`), the same on all servers. What it answers is known
    to the server that was asked only by a number of its own.
    """
    account, shared, quoted = part(status, "account"), part(status, "reblog"), part(status, "quote")
    quoted = part(quoted, "quoted_status") or quoted
    answered = text(status, "in_reply_to_id")
    told = shared or status
    return {
        "post_id": _id(status, platform),
        "platform": platform,
        "url": text(status, "url"),
        "kind": "share" if shared else "comment" if answered else "quote" if quoted else "post",
        "in_reply_to": named(platform, answered),
        "share_of": _id(shared, platform),
        "quote_of": _id(quoted, platform),
        "author": _name(account),
        "author_created_ms": ms(account, "created_at"),
        "author_followers": whole(account, "followers_count"),
        "created_ms": ms(status, "created_at"),
        "edited_ms": ms(status, "edited_at"),
        "visibility": text(status, "visibility"),
        "lang": text(told, "language"),
        "title": text(told, "spoiler_text"),
        "body": plain(text(told, "content")) or text(told, "text"),
        "hashtags": distinct(text(one, "name") for one in parts(told, "tags")),
        "mentions": distinct(_name(one) for one in parts(told, "mentions")),
        "links": distinct(_links(told)),
        "counts": counts(status, COUNTS),
    }


def _id(status: Record, platform: str) -> str | None:
    return named(platform, text(status, "uri", "id"))


def _name(account: Record) -> str | None:
    """Return an account's name with its host, which servers leave out for their own."""
    acct = text(account, "acct", "username")
    return acct if acct is None or "@" in acct else _at(acct, text(account, "url"))


def _at(name: str, address: str | None) -> str:
    host = _host(address)
    return f"{name}@{host}" if host else name


def _host(address: str | None) -> str | None:
    try:
        return urlsplit(address or "").hostname
    except ValueError:  # brackets that are no IPv6 address
        return None


def _links(status: Record) -> list[str | None]:
    """Return the links of a status: its card's, and those in its text that are no hashtag and no mention."""
    return [*hrefs_in(text(status, "content")), text(status, "card.url")]


def _of_activity(activity: Record) -> Post:
    actor, note = text(activity, "actor"), part(activity, "object")
    shared = activity.get("type") == "Announce"
    tags = parts(note, "tag")
    answered = text(note, "inReplyTo")
    quoted = text(note, "quote", "quoteUrl", "quoteUri")
    return {
        "post_id": named(PLATFORM, text(activity, "id") if shared else text(note, "id")),
        "platform": PLATFORM,
        "url": text(note, "url"),
        "kind": "share" if shared else "comment" if answered else "quote" if quoted else "post",
        "thread_id": named(PLATFORM, text(note, "conversation")),
        "in_reply_to": named(PLATFORM, answered),
        "share_of": named(PLATFORM, text(note, "id") or text(activity, "object")) if shared else None,
        "quote_of": named(PLATFORM, quoted),
        "author": _actor(actor),
        "created_ms": ms(activity, "published", "object.published"),
        "edited_ms": ms(note, "updated"),
        "visibility": _visibility(activity),
        "lang": next(iter(part(note, "contentMap")), None),
        "title": text(note, "summary"),
        "body": plain(text(note, "content")),
        "hashtags": distinct(
            (text(one, "name") or "").lstrip("#") for one in tags if one.get("type") == "Hashtag"
        ),
        "mentions": distinct(_mention(one) for one in tags if one.get("type") == "Mention"),
        "links": distinct(hrefs_in(text(note, "content"))),
        "media": [{"mime": mime} for one in parts(note, "attachment") if (mime := text(one, "mediaType"))]
        or None,
    }


def _actor(address: str | None) -> str | None:
    """Return the name@host of an actor's address, such as https://host/users/name."""
    if address is None:
        return None
    name = address.rstrip("/").rpartition("/")[2].lstrip("@")
    return _at(name, address) if name else None


def _mention(tag: Record) -> str | None:
    name = (text(tag, "name") or "").lstrip("@")
    return name if not name or "@" in name else _at(name, text(tag, "href"))


def _visibility(activity: Record) -> str:
    """Return Mastodon's word for whom an activity is addressed to."""
    if PUBLIC & _addressed(activity, "to"):
        return "public"
    if PUBLIC & _addressed(activity, "cc"):
        return "unlisted"
    followers = any(one.endswith("/followers") for one in _addressed(activity, "to"))
    return "private" if followers else "direct"


def _addressed(activity: Record, field: str) -> set[str]:
    found = activity.get(field)
    return {one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)}


def _is_activity(record: Record) -> bool:
    return text(record, "type") in ACTIVITIES and "actor" in record and "object" in record


def _is_deletion(record: Record) -> bool:
    return record.get("event") == "delete" and "uri" in part(record, "status")


def _is_status(record: Record) -> bool:
    return (
        "uri" in record
        and "content" in record
        and "acct" in part(record, "account")
        and "created_at" in record
        and "__import_meta" not in record  # Truth Social's, kept by 4CAT: Zeeschuimer's
    )


MASTODON = Importer(
    id="mastodon",
    title="Mastodon",
    formats=("json", "ndjson"),
    items=("orderedItems.item", "item", "statuses.item"),
    source="https://docs.joinmastodon.org/entities/Status/",
    sure=lambda records: share(
        records, lambda one: _is_status(one) or _is_activity(one) or _is_deletion(one)
    ),
    posts=posts,
)
