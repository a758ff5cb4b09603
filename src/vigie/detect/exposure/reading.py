"""Posts as what channels do: say, link, pass on, show. A channel is a `channel_id`, else an author.

A post read twice counts once. An article is of its site.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.posts import conform
from vigie.text import words_alone

if TYPE_CHECKING:
    from typing import Any

COLUMNS = (
    "post_id", "platform", "kind", "url", "author", "channel_id", "created_ms", "lang", "body", "share_of",
    "hashtags", "links", "media",
)  # fmt: skip
NEEDED = ("author", "created_ms", "body")
LETTERS_MIN = 40  # of a text that somebody may have taken from somebody else
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "body")]
HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>[^/?#:\[\]@]+)"
Subject = tuple[str, str]  # channel or site, and which


@dataclass(frozen=True, kw_only=True)
class Text:
    """One post that says enough to be taken from somebody, and what it says: equal for copies."""

    subject: Subject
    post: str | None
    at_ms: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """One address that one post passes on."""

    subject: Subject
    post: str | None
    at_ms: int
    url: str
    host: str


@dataclass(frozen=True, kw_only=True)
class Share:
    """One post of a channel that an account passed on."""

    account: str
    subject: Subject
    post: str | None


@dataclass(kw_only=True)
class Acts:
    """What channels do.

    Args:
        names: by which each channel may be named elsewhere: its id, alone and with its platform.
        posts: how many each has.
        texts: those that say enough, the earliest first.
        links: what posts pass on.
        shares: who passes on whose posts, where these are in the data.
        media: files that posts show: subject, post, when, SHA-256.
    """

    names: dict[Subject, tuple[str, ...]] = field(default_factory=dict)
    posts: dict[Subject, int] = field(default_factory=lambda: defaultdict(int))
    texts: list[Text] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    media: list[tuple[Subject, str | None, int, str]] = field(default_factory=list)


def acts_of(posts: pa.Table, members: pa.Table | None) -> Acts:
    """Return what channels do.

    Args:
        posts: canonical posts.
        members: which posts are nearly the same: `family`, `post_id` of copy families; without it texts are
            the same when their letters are.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage="exposure/1", expected=say("a column of posts"))
    whole = conform(posts, columns=COLUMNS)
    whole = whole.filter(pc.and_(pc.is_valid(whole["author"]), pc.is_valid(whole["created_ms"]))).sort_by(
        ORDER
    )
    letters = pc.replace_substring(words_alone(whole["body"].cast(pa.large_string())), " ", "").to_pylist()
    hosts = _hosts(whole["url"])
    family = _families(members)
    found, owners, seen = Acts(), {}, set()
    for row, said, host in zip(whole.drop_columns(["body"]).to_pylist(), letters, hosts, strict=True):
        if row["post_id"] in seen:
            continue
        if row["post_id"] is not None:
            seen.add(row["post_id"])
        subject = _subject(row, host)
        if row["post_id"] is not None:
            owners[row["post_id"]] = subject
        found.posts[subject] += 1
        found.names.setdefault(subject, _names(row, subject))
        if row["share_of"] is None:
            _take(found, row, subject, said, family)
    _take_shares(found, whole, owners)
    return found


def _hosts(urls: pa.ChunkedArray) -> list[str | None]:
    found = pc.struct_field(pc.extract_regex(urls.combine_chunks(), HOST), "host")
    return [one.lower() if one else None for one in found.to_pylist()]


def _families(members: pa.Table | None) -> dict[str, str]:
    if members is None:
        return {}
    pairs = zip(members["post_id"].to_pylist(), members["family"].to_pylist(), strict=True)
    return {post: f"family {family}" for post, family in pairs if post is not None}


def _subject(row: dict[str, Any], host: str | None) -> Subject:
    if row["kind"] == "article" and host:
        return "site", host.removeprefix("www.")
    return "channel", row["channel_id"] or row["author"]


def _names(row: dict[str, Any], subject: Subject) -> tuple[str, ...]:
    own = [subject[1]]
    if row["platform"] and subject[0] == "channel":
        own.append(f"{row['platform']}:{subject[1]}")
    return tuple(own)


def _take(
    found: Acts, row: dict[str, Any], subject: Subject, said: str | None, family: dict[str, str]
) -> None:
    post, at_ms = row["post_id"], row["created_ms"]
    if said and len(said) >= LETTERS_MIN:
        found.texts.append(Text(subject=subject, post=post, at_ms=at_ms, said=family.get(post or "", said)))
    for link in row["links"] or ():
        host = _host_of(link["url"]) or (link["domain"] or "").lower()
        if host:
            found.links.append(
                Link(subject=subject, post=post, at_ms=at_ms, url=link["url"] or "", host=host)
            )
    for medium in row["media"] or ():
        if medium["sha256"]:
            found.media.append((subject, post, at_ms, medium["sha256"]))


def _host_of(url: str | None) -> str | None:
    if not url or "://" not in url:
        return None
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return host.partition(":")[0].lower() or None


def _take_shares(found: Acts, whole: pa.Table, owners: dict[str | None, Subject]) -> None:
    shares = whole.select(["author", "share_of", "post_id"]).filter(pc.is_valid(whole["share_of"]))
    for row in shares.to_pylist():
        subject = owners.get(row["share_of"])
        if subject and subject != ("channel", row["author"]):
            found.shares.append(Share(account=row["author"], subject=subject, post=row["post_id"]))
