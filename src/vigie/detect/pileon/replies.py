"""Who answers whom, when, and what is unusual in one reply by itself.

The target of a reply is the author of the post it answers, where that post is in the data; of a post that
answers nobody known, those whom it mentions, unless it only says whose page it passes on. Nobody is their own
target. A post read twice counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.posts import conform
from vigie.terms.times import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.pileon.rule import Rule

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

COLUMNS = (
    "post_id", "author", "created_ms", "author_created_ms", "lang", "body", "in_reply_to", "share_of",
    "mentions",
)  # fmt: skip
NEEDED = ("author", "created_ms", "in_reply_to")
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "body")]
WINDOW_MS, STEP_MS = 6 * HOUR_MS, 3 * HOUR_MS
QUICK_MS = 2 * MINUTE_MS
SOURCE = r"(?i)\bvia @"
YOUNG_MS = 30 * DAY_MS
MANY_TARGETS = 5  # other than these few, within one window
UNKNOWN = -1


@dataclass(frozen=True, kw_only=True)
class Replies:
    """Replies in the order of target, time and post: one array each, as long as there are replies.

    Args:
        row: of the reply in `posts`.
        target: number of the target in `names`.
        author: number of the author in `names`.
        at_ms: when, milliseconds since 1970 UTC.
        created_ms: when the author's account was made; `UNKNOWN` where nobody says.
        latency_ms: since the post that is answered; `UNKNOWN` where it is not in the data.
        first_ms: when this author first answered this target.
        is_quick: within two minutes of the post that is answered.
        is_young: of an account made in the last thirty days.
        is_foreign: in another language than the target usually writes.
        said: number of the language it is in; `UNKNOWN` where nobody says.
        reach: how many targets its author answered in its slot of six hours.
        names: of accounts, sorted.
        posts: all posts, each once, in canonical order.
        post_author: number of each post's author.
        language: what each target usually writes; null where unknown.
    """

    row: Ints
    target: Ints
    author: Ints
    at_ms: Ints
    created_ms: Ints
    latency_ms: Ints
    first_ms: Ints
    is_quick: Bools
    is_young: Bools
    is_foreign: Bools
    said: Ints
    reach: Ints
    names: pa.Array
    posts: pa.Table
    post_author: Ints
    language: pa.Array

    def __len__(self) -> int:
        """How many replies."""
        return len(self.row)


def replies_of(posts: pa.Table, rule: Rule) -> Replies:
    """Return who answers whom.

    Raises:
        UnfitTableError: `posts` has no `author`, `created_ms` or `in_reply_to`.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage="pileon/2", expected=say("a column of posts"))
    whole = _own_posts(posts)
    row, target_name = _targets(whole)
    spoken = pc.unique(pa.chunked_array([whole["author"].combine_chunks(), target_name])).drop_null()
    names = spoken.take(pc.array_sort_indices(spoken))
    author = _codes(whole["author"].combine_chunks(), names)
    target = _codes(target_name, names)
    kept = target != author[row]
    if rule.targets:
        kept &= np.isin(target, _codes(pa.array(sorted(rule.targets), pa.string()), names))
    order = np.lexsort((row[kept], target[kept]))
    return _told(whole, row[kept][order], target[kept][order], author, names)


def _own_posts(posts: pa.Table) -> pa.Table:
    """Return posts that say something of their own, each once, the earliest first."""
    whole = conform(posts, columns=COLUMNS)
    whole = whole.filter(
        pc.and_(
            pc.is_null(whole["share_of"]),
            pc.and_(pc.is_valid(whole["author"]), pc.is_valid(whole["created_ms"])),
        )
    )
    whole = whole.sort_by(ORDER).combine_chunks()
    ids = whole["post_id"].combine_chunks().dictionary_encode().indices.fill_null(UNKNOWN)
    code = ids.to_numpy(zero_copy_only=False).astype(np.int64)
    code = np.where(code < 0, -1 - np.arange(len(code)), code)
    first = np.sort(np.unique(code, return_index=True)[1])
    return whole.take(pa.array(first))


def _targets(posts: pa.Table) -> tuple[Ints, pa.Array]:
    """Return rows and the name of whom each answers; a row stands once for each of its targets."""
    found = pc.index_in(posts["in_reply_to"].combine_chunks(), posts["post_id"].combine_chunks())
    found = pc.if_else(pc.is_valid(posts["in_reply_to"].combine_chunks()), found, None)
    parents = posts["author"].combine_chunks().take(found)
    answered = np.flatnonzero(pc.is_valid(parents).to_numpy(zero_copy_only=False))
    mentions = posts["mentions"].combine_chunks()
    free = np.ones(posts.num_rows, np.bool_)
    free[answered] = False
    free &= ~_names_a_source(posts)
    of_row = pc.list_parent_indices(mentions).to_numpy(zero_copy_only=False).astype(np.int64)
    named = pc.list_flatten(mentions)
    meant = free[of_row] & pc.is_valid(named).to_numpy(zero_copy_only=False)
    row = np.concatenate([answered, of_row[meant]])
    name = pa.concat_arrays([parents.take(pa.array(answered)), named.filter(pa.array(meant))])
    twice = pa.table({"row": row, "name": name}).group_by(["row", "name"]).aggregate([])
    return twice["row"].to_numpy().astype(np.int64), twice["name"].combine_chunks()


def _names_a_source(posts: pa.Table) -> Bools:
    """Return which posts say by whose page they pass something on, as share buttons write: via @name."""
    said = pc.match_substring_regex(posts["body"].combine_chunks(), SOURCE)
    return np.asarray(said.fill_null(False).to_numpy(zero_copy_only=False))  # noqa: FBT003 (Arrow's own)


def _codes(values: pa.Array, names: pa.Array) -> Ints:
    found = pc.index_in(values, names).fill_null(UNKNOWN)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _told(posts: pa.Table, row: Ints, target: Ints, author_of: Ints, names: pa.Array) -> Replies:
    """Return replies with what is unusual in each."""
    written = posts["created_ms"].to_numpy().astype(np.int64)
    at_ms, author = written[row], author_of[row]
    parent = pc.index_in(posts["in_reply_to"].combine_chunks(), posts["post_id"].combine_chunks())
    parent = _known(parent)[row]
    latency = np.where(parent >= 0, np.maximum(at_ms - written[parent], 0), UNKNOWN)
    created = _known(posts["author_created_ms"].combine_chunks())[row]
    language = _usual_language(posts, author_of, len(names))
    said = pc.index_in(posts["lang"].combine_chunks(), language[1])
    said_code, usual = _known(said)[row], language[0][target]
    return Replies(
        row=row,
        target=target,
        author=author,
        at_ms=at_ms,
        created_ms=created,
        latency_ms=latency,
        first_ms=_first_of_pair(target, author, at_ms),
        is_quick=(latency >= 0) & (latency <= QUICK_MS),
        is_young=(created >= 0) & (at_ms - created <= YOUNG_MS) & (created <= at_ms),
        is_foreign=(usual >= 0) & (said_code >= 0) & (said_code != usual),
        said=said_code,
        reach=_reach(target, author, at_ms),
        names=names,
        posts=posts,
        post_author=author_of,
        language=language[1].take(pa.array(language[0], mask=language[0] < 0)),
    )


def _known(values: pa.Array) -> Ints:
    """Return whole numbers, `UNKNOWN` where there is none."""
    return np.asarray(values.fill_null(UNKNOWN).to_numpy(zero_copy_only=False), np.int64)


def _usual_language(posts: pa.Table, author: Ints, count: int) -> tuple[Ints, pa.Array]:
    """Return the language that each account writes most (number, `UNKNOWN`), and what numbers mean."""
    spoken = pc.unique(posts["lang"].combine_chunks()).drop_null()
    spoken = spoken.filter(pc.not_equal(spoken, "und"))
    spoken = spoken.take(pc.array_sort_indices(spoken))
    said = _known(pc.index_in(posts["lang"].combine_chunks(), spoken))
    usual = np.full(count, UNKNOWN, np.int64)
    if not len(spoken):
        return usual, spoken
    heard = said >= 0
    cell, times = np.unique(author[heard] * len(spoken) + said[heard], return_counts=True)
    order = np.lexsort((-(cell % len(spoken)), times, cell // len(spoken)))
    usual[cell[order] // len(spoken)] = cell[order] % len(spoken)  # the most frequent comes last
    return usual, spoken


def _first_of_pair(target: Ints, author: Ints, at_ms: Ints) -> Ints:
    order = np.lexsort((at_ms, author, target))
    t, a = target[order], author[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (t[1:] != t[:-1]) | (a[1:] != a[:-1])
    first = np.empty(len(order), np.int64)
    if len(order):
        first[order] = at_ms[order][begins][np.cumsum(begins) - 1]
    return first


def _reach(target: Ints, author: Ints, at_ms: Ints) -> Ints:
    """Return for each reply how many targets its author answered in the same slot of six hours."""
    if not len(target):
        return np.empty(0, np.int64)
    slot = at_ms // WINDOW_MS
    cells = np.unique(np.stack([author, slot, target], axis=1), axis=0)
    acts, times = np.unique(cells[:, :2], axis=0, return_counts=True)
    key = acts[:, 0] * (acts[:, 1].max() + 1) + acts[:, 1]
    place = np.searchsorted(key, author * (acts[:, 1].max() + 1) + slot)
    return np.asarray(times[place], np.int64)
