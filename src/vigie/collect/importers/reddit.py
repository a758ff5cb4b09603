"""Reddit submissions and comments as Pushshift and Arctic Shift publish them: NDJSON, packed with zstd.

Sources: https://github.com/ArthurHeitmann/arctic_shift and https://arxiv.org/abs/2001.08435
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer
from vigie.collect.importers.values import counts, distinct, links_in, ms, named, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "reddit"
COMMENT, SUBMISSION = "t1_", "t3_"  # https://www.reddit.com/dev/api/#fullnames
COUNTS = {"score": "score", "comments": "num_comments", "shares": "num_crossposts"}
NOBODY = "[deleted]"  # as an author: thousands of accounts would share it
TAKEN_AWAY = frozenset({"[deleted]", "[removed]"})
OWN = (
    "https://www.reddit.com/r/",
    "https://www.reddit.com/user/",
    "https://i.redd.it/",
    "https://v.redd.it/",
    "/r/",
)


def posts(record: Record) -> Iterator[Post]:
    """Yield the post of one submission or comment; without an author it will be set aside."""
    seen_ms = ms(record, "retrieved_utc", "retrieved_on")
    is_comment = "link_id" in record
    body = text(record, "body" if is_comment else "selftext")
    author, permalink = text(record, "author"), text(record, "permalink")
    yield {
        "post_id": _full(COMMENT if is_comment else SUBMISSION, text(record, "id")),
        "platform": PLATFORM,
        "collected_ms": seen_ms,
        "url": f"https://www.reddit.com{permalink}" if permalink else None,
        "author": None if author == NOBODY else author,
        "author_created_ms": ms(record, "author_created_utc"),
        "channel_id": text(record, "subreddit"),
        "created_ms": ms(record, "created_utc"),
        "edited_ms": ms(record, "edited") if record.get("edited") not in (None, False, True) else None,
        "deleted_seen_ms": seen_ms if body in TAKEN_AWAY else None,
        "title": text(record, "title"),
        "body": None if body in TAKEN_AWAY else body,
        "counts": counts(record, COUNTS, seen_ms),
        **(_comment(record) if is_comment else _submission(record)),
        "links": distinct([_link(record)], links_in(body)),
    }


def _full(start: str, id_: str | None) -> str | None:
    """Return a native id with its kind before it: comments and submissions count apart."""
    return named(PLATFORM, id_ if id_ is None or id_.startswith(start) else start + id_)


def _comment(record: Record) -> Post:
    return {
        "kind": "comment",
        "thread_id": named(PLATFORM, text(record, "link_id")),
        "in_reply_to": named(PLATFORM, text(record, "parent_id")),
    }


def _submission(record: Record) -> Post:
    shared = text(record, "crosspost_parent")
    return {
        "kind": "share" if shared else "post",
        "thread_id": _full(SUBMISSION, text(record, "id")),
        "share_of": named(PLATFORM, shared),
    }


def _link(record: Record) -> str | None:
    """Return the page that a submission passes on; its own page and Reddit's own pictures are none."""
    link = text(record, "url")
    return None if link is None or record.get("is_self") is True or link.startswith(OWN) else link


def _is_one(record: Record) -> bool:
    is_comment = "link_id" in record and "parent_id" in record and "body" in record
    return "subreddit" in record and "created_utc" in record and (is_comment or "title" in record)


REDDIT = Importer(
    id="reddit",
    title="Reddit (Pushshift, Arctic Shift)",
    formats=("ndjson", "json"),
    items=("item", "data.item"),
    source="https://github.com/ArthurHeitmann/arctic_shift",
    sure=lambda records: share(records, _is_one),
    posts=posts,
)
