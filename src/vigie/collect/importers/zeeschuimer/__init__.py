"""Zeeschuimer: what a browser extension met on social sites while a person browsed, one item a line.

A line carries `source_platform`, `timestamp_collected` and, in `data`, the item as the site's own page gets
it; each site has a module here. 4CAT keeps such files in a shape of its own: the item itself, with what
stands around it under `__import_meta`; both are read.

Sources: https://github.com/digitalmethodsinitiative/zeeschuimer for the lines, and 4CAT's readers of them for
the items: https://github.com/digitalmethodsinitiative/4cat/tree/master/datasources
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Importer, Skip
from vigie.collect.importers.values import ms, part, share, text
from vigie.collect.importers.zeeschuimer import (
    bilibili,
    douyin,
    facebook,
    gab,
    imgur,
    instagram,
    instagram_comments,
    linkedin,
    ninegag,
    pinterest,
    rednote,
    threads,
    tiktok,
    truth,
    x,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vigie.collect.importers.frame import Post, Record

    Reader = Callable[[Record, int | None], Iterator[Post | Skip]]

# By the site that a line names, without www; older versions name some sites otherwise.
SITES: Mapping[str, Reader] = {
    "tiktok.com": tiktok.posts,
    "tiktok-comments": tiktok.posts,
    "instagram.com": instagram.posts,
    "instagram-comments": instagram_comments.posts,
    "facebook.com": facebook.posts,
    "facebook-comments": facebook.comments,
    "twitter.com": x.posts,
    "x.com": x.posts,
    "twitter-comments": x.posts,
    "threads.net": threads.posts,
    "threads.com": threads.posts,
    "9gag.com": ninegag.posts,
    "imgur.com": imgur.posts,
    "linkedin.com": linkedin.posts,
    "gab.com": gab.posts,
    "truthsocial.com": truth.posts,
    "douyin.com": douyin.posts,
    "bilibili.com": bilibili.posts,
    "xiaohongshu.com": rednote.posts,
    "rednote.com": rednote.posts,
    "xiaohongshu-comments": rednote.comments,
    "pinterest.com": pinterest.posts,
}


META = "__import_meta"


def posts(line: Record) -> Iterator[Post | Skip]:
    """Yield the posts of one line; items of sites that have no module here are skipped, and counted."""
    about, item = (line[META], line) if META in line else (line, part(line, "data"))
    read = SITES.get((text(about, "source_platform") or "").removeprefix("www."))
    if read is None:
        yield Skip("other")
        return
    seen_ms = ms(about, "timestamp_collected", unit="ms")
    for post in read(item, seen_ms):
        yield post if isinstance(post, Skip) else {"source_kind": "capture", "collected_ms": seen_ms, **post}


def _is_line(record: Record) -> bool:
    about = record.get(META, record)
    return (
        isinstance(about, dict)
        and "source_platform" in about
        and "timestamp_collected" in about
        and (META in record or isinstance(record.get("data"), dict))
    )


ZEESCHUIMER = Importer(
    id="zeeschuimer",
    title="Zeeschuimer",
    formats=("ndjson",),
    source="https://github.com/digitalmethodsinitiative/zeeschuimer",
    sure=lambda records: share(records, _is_line),
    posts=posts,
)
