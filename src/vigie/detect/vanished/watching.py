"""From when to when somebody would have noticed that a post was gone, and what was to be expected of it.

A stream tells of a deletion whenever it happens: a post from it is watched until the stream ends. A post that
was looked at again is watched from the first look to the last, or to the look at which it was gone; a look
that found it as it was is told by `checked_ms`. A post that was seen once and never looked at again tells
nothing, nor does one that was seen only when it was gone: those like it that still stand were never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.times import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

COLUMNS = (
    "post_id", "author", "platform", "source_kind", "collected_ms", "checked_ms", "created_ms",
    "deleted_seen_ms", "visibility", "lang", "hashtags", "links",
)  # fmt: skip
STREAM = "stream"  # sources of this kind tell a deletion when it happens
WITHHELD = frozenset({"withheld", "blocked", "geoblocked", "removed", "restricted"})
AGES_MS = np.array([0, *(n * HOUR_MS for n in (1, 6)), *(n * DAY_MS for n in (1, 3, 7, 30, 90))], np.int64)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Posts that were watched, one row each; arrays in the order of `posts`.

    Args:
        posts: what the first observation that says anything says: author, lang, hashtags, links …
        is_gone: deleted or withheld.
        is_withheld: found withheld before it was found deleted, if ever.
        gone_ms: when it was found gone; 0 where it is not.
        expected: how many times a post so watched goes, by its platform, kind of source and age.
    """

    posts: pa.Table
    is_gone: Flags
    is_withheld: Flags
    gone_ms: Ints
    expected: Floats


def watched(posts: pa.Table, *, until_ms: int | None) -> tuple[Watch, int]:
    """Return the posts that were watched, and how many posts there are.

    Args:
        posts: observations, with `COLUMNS`; those without `post_id` or `created_ms` are left out.
        until_ms: a moment at which every post was looked for, if there was one.
    """
    known = pc.and_(pc.is_valid(posts.column("post_id")), pc.is_valid(posts.column("created_ms")))
    posts = posts.filter(known).sort_by([(name, "ascending") for name in ("post_id", "collected_ms")])
    _, first, post = np.unique(_codes(posts.column("post_id")), return_index=True, return_inverse=True)
    count = len(first)
    created = _times(posts, "created_ms")[first]
    seen = _times(posts, "collected_ms")
    looked = np.fmax(seen, _times(posts, "checked_ms"))
    deleted = _times(posts, "deleted_seen_ms")
    withheld = _is_withheld(posts.column("visibility"))
    is_stream = pc.fill_null(pc.equal(posts.column("source_kind"), STREAM), fill_value=False).to_numpy()
    held = np.where(withheld, np.where(np.isnan(seen), np.inf, seen), np.inf)
    gone_at = _least(np.where(np.isnan(deleted), np.inf, deleted), post, count)
    held_at = _least(held, post, count)
    gone = np.minimum(gone_at, held_at)
    alive = (np.isnan(deleted) | (seen < deleted)) & ~withheld
    start = _least(np.where(alive & ~np.isnan(seen), seen, np.inf), post, count)
    last = -_least(np.where(np.isnan(looked), np.inf, -looked), post, count)
    streamed = np.zeros(count, np.bool_)
    streamed[post[is_stream]] = True
    platform = _codes(posts.column("platform"))[first]
    if until_ms is not None:
        start = np.where(np.isfinite(start), start, created)
    start = np.maximum(start, created)
    end = _ends(last, gone, platform, streamed, until_ms)
    checked = np.zeros(count, np.bool_)
    checked[post[looked > seen]] = True
    again = streamed | checked | (np.bincount(post, minlength=count) > 1)
    kept = (end > start) & np.isfinite(start) & (again | (until_ms is not None))
    expected = _expected(
        (start - created)[kept],
        (end - created)[kept],
        np.isfinite(gone)[kept],
        platform[kept],
        streamed[kept],
    )
    rows = posts.take(pa.array(_telling(alive, post, first)[kept]))
    gone, is_withheld = gone[kept], (held_at < gone_at)[kept]
    is_gone = np.isfinite(gone)
    return Watch(
        posts=rows.combine_chunks(),
        is_gone=is_gone,
        is_withheld=is_withheld & is_gone,
        gone_ms=np.where(is_gone, gone, 0).astype(np.int64),
        expected=expected,
    ), count


def _codes(column: pa.ChunkedArray) -> Ints:
    """Return a number for each text, in the order of texts; -1 for none."""
    names = pc.unique(column.cast(pa.string())).drop_null().sort()
    found = pc.fill_null(pc.index_in(column.cast(pa.string()), names), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _times(posts: pa.Table, name: str) -> Floats:
    """Return moments as numbers, without one where none is known; whole milliseconds stay exact."""
    return np.asarray(posts.column(name).cast(pa.float64()).to_numpy(), np.float64)


def _is_withheld(visibility: pa.ChunkedArray) -> Flags:
    words = pc.utf8_lower(visibility.cast(pa.string()))
    return np.asarray(pc.is_in(words, pa.array(sorted(WITHHELD))).to_numpy())


def _least(values: Floats, post: Ints, count: int) -> Floats:
    least = np.full(count, np.inf)
    np.minimum.at(least, post, values)
    return least


def _ends(last: Floats, gone: Floats, platform: Ints, streamed: Flags, until_ms: int | None) -> Floats:
    """Return until when each post was watched, or when it was found gone."""
    end = np.where(np.isfinite(last), last, -np.inf)
    went = np.isfinite(gone)
    for one in np.unique(platform[streamed]):
        ours = streamed & (platform == one)
        end[ours] = max(float(end[ours].max()), float(gone[ours & went].max(initial=-np.inf)))
    if until_ms is not None:
        end = np.maximum(end, until_ms)
    return np.where(went, gone, end)


def _telling(alive: Flags, post: Ints, first: Ints) -> Ints:
    """Return for each post its first observation that shows it, else its first: a deletion says little."""
    found = first.copy()
    rows = np.flatnonzero(alive)[::-1]
    found[post[rows]] = rows
    return found


def _expected(from_ms: Floats, to_ms: Floats, is_gone: Flags, platform: Ints, streamed: Flags) -> Floats:
    """Return how many times each post goes, were it like all of its platform, source and age."""
    edges = np.append(AGES_MS.astype(np.float64), np.inf)
    spans = np.clip(np.minimum(to_ms[:, None], edges[1:]) - np.maximum(from_ms[:, None], edges[:-1]), 0, None)
    age = np.clip(np.searchsorted(edges, to_ms, side="left") - 1, 0, len(AGES_MS) - 1)
    expected = np.zeros(len(to_ms))
    kind = platform * 2 + streamed
    for one in np.unique(kind):
        ours = kind == one
        went = np.bincount(age[ours], weights=is_gone[ours], minlength=len(AGES_MS))
        time = spans[ours].sum(axis=0)
        rate = np.divide(went, time, out=np.zeros_like(went), where=time > 0)
        expected[ours] = spans[ours] @ rate
    return expected
