"""CrowdTangle's API as JSON (until August 2024): posts of Facebook and Instagram, with their time steps.

Sources: https://github.com/CrowdTangle/API/wiki/Post and
https://help.crowdtangle.com/en/articles/3213537-crowdtangle-codebook

Its moments are in UTC and do not say so. `history`, where it was asked for, holds the counters as they stood
at each step after the post appeared: each is an observation of its own, made at that step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import (
    UNREADABLE,
    counts,
    distinct,
    hashtags_in,
    ms,
    named,
    part,
    parts,
    share,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORMS = frozenset({"facebook", "instagram", "reddit", "twitter"})
X = {"twitter": "x"}
COUNTS = {
    "likes": "likeCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "love": "loveCount",
    "wow": "wowCount",
    "haha": "hahaCount",
    "sad": "sadCount",
    "angry": "angryCount",
    "care": "careCount",
    "thankful": "thankfulCount",
    "views": "viewCount",
    "upvotes": "upCount",
}
INSTAGRAM_COUNTS = COUNTS | {"likes": "favoriteCount"}
MIMES = {"photo": "image/jpeg", "video": "video/mp4"}
VIDEOS = ("video", "live_video", "native_video", "igtv", "youtube")
ACTUAL = "statistics.actual"
PAGES = ("result.posts", "posts")


def posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the observations of one post, or of all posts of a page that is one line of NDJSON."""
    listed = parts(record, *PAGES)
    for one in listed or [record]:
        if "platformId" in one or "account" in one:
            yield from _observations(one)
        else:
            yield Skip("other")


def _observations(record: Record) -> Iterator[Post]:
    """Yield what was seen of one post: a row per time step in their order, then its last state."""
    platform, body = _platform(record), text(record, "message", "description")
    seen_ms, names = _past_ms(record, "updated"), INSTAGRAM_COUNTS if platform == "instagram" else COUNTS
    post: Post = {
        "post_id": named(platform, text(record, "platformId")) if platform else None,
        "platform": platform,
        "url": text(record, "postUrl"),
        "kind": "video" if (text(record, "type") or "").startswith(VIDEOS) else "post",
        "author": _author(part(record, "account"), platform),
        "author_followers": whole(record, "subscriberCount"),
        "created_ms": ms(record, "date"),
        "lang": _lang(text(record, "languageCode")),
        "title": text(record, "title"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct(_links(record)),
        "media": _media(record),
        "place": text(record, "account.pageAdminTopCountry"),
    }
    for at_ms, step in _steps(record):
        yield {**post, "collected_ms": at_ms, "counts": counts(part(step, "actual"), names, at_ms)}
    yield {**post, "collected_ms": seen_ms, "counts": counts(part(record, ACTUAL), names, seen_ms)}


def _steps(record: Record) -> list[tuple[int, Record]]:
    """Return the time steps that say when they were, the oldest first."""
    dated = ((_past_ms(step, "date"), step) for step in parts(record, "history"))
    return sorted(((at_ms, step) for at_ms, step in dated if at_ms is not None), key=lambda one: one[0])


def _past_ms(record: Record, way: str) -> int | None:
    """Return a moment of collection, None where it cannot be read: the post's own moment is what counts."""
    found_ms = ms(record, way)
    return None if found_ms == UNREADABLE else found_ms


def _platform(record: Record) -> str | None:
    name = (text(record, "platform") or "").lower()
    return X.get(name, name) or None


def _author(account: Record, platform: str | None) -> str | None:
    """Return an account's id; its name on Instagram, where other exports know no id."""
    ways = ("platformId", "handle")
    return text(account, *(reversed(ways) if platform == "instagram" else ways))


def _links(record: Record) -> list[str | None]:
    """Return what a post links to, as CrowdTangle expanded it where it did."""
    expanded = {text(one, "original"): text(one, "expanded") for one in parts(record, "expandedLinks")}
    expanded |= {link: text({"to": to}, "to") for link, to in part(record, "expandedLinks").items()}
    link = text(record, "link")
    return [expanded.get(link) or link, *expanded.values()]


def _media(record: Record) -> list[dict[str, object]] | None:
    kinds = (text(one, "type") for one in parts(record, "media"))
    return [{"mime": MIMES[kind]} for kind in kinds if kind in MIMES] or None


def _lang(lang: str | None) -> str | None:
    """Return the language that CrowdTangle found; `und` is its word for none."""
    return None if lang == "und" else lang


def _is_page(record: Record) -> bool:
    listed = parts(record, *PAGES)
    return bool(listed) and all(map(_is_post, listed))


def _is_post(record: Record) -> bool:
    return (
        _platform(record) in {*PLATFORMS, *X.values()}
        and "statistics" in record
        and "platformId" in part(record, "account")
        and "date" in record
    )


CROWDTANGLE = Importer(
    id="crowdtangle-api",
    title="CrowdTangle API",
    formats=("json", "ndjson"),
    items=("result.posts.item", "posts.item", "item"),
    source="https://github.com/CrowdTangle/API/wiki/Post",
    sure=lambda records: share(records, lambda one: _is_post(one) or _is_page(one)),
    posts=posts,
)
