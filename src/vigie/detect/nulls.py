"""Copies of posts in which there is nothing to find: what a method says of them is a false alarm.

What coordination would tie together is parted; how active each account is, when much is written and what is
popular stay, as far as each line below says. More is parted than coordination: who is interested in what, and
all that moves many people at once. So copies are kinder than real quiet days, and the true rate of false
alarms is at least the one measured. Each method has the shuffle that breaks what it looks for:

- *acting together*: accounts change places among the posts of six hours in one language; what each cares
  about is parted too
- *posting or deleting in step*: accounts change places among the posts, or deletions, of six hours
- *pile-on*: who answers, and in which words, changes places among all answers: a crowd is nobody's crowd then
  (within six hours the crowd of a pile-on would often be most of those who answer anybody)
- *early warning*: each post moves to another day of the same sort at the same hour: no rise is left, nor what
  makes real days of one sort differ
- *copied texts, narratives*: words change places among all texts of one language, each text keeps its length;
  phrases that many use in good faith are parted too
- *engagement*: counters are drawn anew around the usual of their account, log-normal with the
  spread that all have (a shuffle would only move what is out of proportion to another post)

Source: Good 2005, Permutation, parametric and bootstrap tests of hypotheses, https://doi.org/10.1007/b138696.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.languages import say
from vigie.terms.times import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from vigie.terms.languages import Message

    Copy = Callable[[pa.Table, np.random.Generator], pa.Table]

BLOCK_MS = 6 * HOUR_MS
WEEK_DAYS, FIRST_MONDAY = 7, 4  # 1970 began on a Thursday
TO_SD = 1.4826  # median distances as standard deviations of a normal law
HALF = 0.5
SPREAD_LEAST = 0.3  # of logarithms
NO_SPACES = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])"  # scripts whose words have none between them
OF_AN_ACCOUNT = ("author", "author_created_ms", "author_followers")
OF_AN_ANSWER = (*OF_AN_ACCOUNT, "lang", "body")


@dataclass(frozen=True, kw_only=True)
class Null:
    """How copies are made for a method.

    Args:
        copy: returns posts in which there is nothing for it to find.
        about: what was done, a message id.
    """

    copy: Copy
    about: Message


def _among(
    columns: tuple[str, ...],
    *,
    at: str,
    which: str | None = None,
    within: str | None = None,
    block_ms: int | None = BLOCK_MS,
) -> Copy:
    """Return a shuffle of some columns, together, inside blocks of the moment `at`.

    Args:
        columns: those that change places; what is not there stays away.
        at: posts without this moment stay as they are.
        which: posts without this stay as they are.
        within: posts change places only with those of the same value of this, where the column is there.
        block_ms: length of a block; None: all are one.
    """

    def copy(posts: pa.Table, rng: np.random.Generator) -> pa.Table:
        taking_part = posts.column(at).is_valid()
        if which is not None:
            taking_part = pc.and_(taking_part, posts.column(which).is_valid())
        places = np.flatnonzero(taking_part.to_numpy())
        moments = posts.column(at).take(pa.array(places)).to_numpy()
        block = moments // block_ms if block_ms else np.zeros(len(places))
        has_kinds = within in posts.column_names
        kind = _codes(posts.column(within))[places] if has_kinds else np.zeros(len(places), np.int64)
        source = np.arange(posts.num_rows)
        source[places[np.lexsort((kind, block))]] = places[np.lexsort((rng.random(len(places)), kind, block))]
        return _with(
            posts,
            {
                name: posts.column(name).take(pa.array(source))
                for name in columns
                if name in posts.column_names
            },
        )

    return copy


def _with(posts: pa.Table, columns: Mapping[str, pa.ChunkedArray | pa.Array]) -> pa.Table:
    for name, column in columns.items():
        posts = posts.set_column(posts.schema.get_field_index(name), name, column)
    return posts


def _other_days(posts: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return posts at the same hour of another day, a working day for a working day."""
    known = np.flatnonzero(posts.column("created_ms").is_valid().to_numpy())
    at_ms = posts.column("created_ms").fill_null(0).to_numpy().copy()
    if not len(known):
        return posts
    day, time = np.divmod(at_ms[known], DAY_MS)
    moved = day.copy()
    days = np.arange(day.min(), day.max() + 1)
    for is_weekend in (False, True):
        to, of = days[_is_weekend(days) == is_weekend], _is_weekend(day) == is_weekend
        moved[of] = rng.choice(to, int(of.sum())) if of.any() else moved[of]
    at_ms[known] = moved * DAY_MS + time
    mask = np.ones(len(at_ms), np.bool_)
    mask[known] = False
    return _with(posts, {"created_ms": pa.array(at_ms, mask=mask)})


def _is_weekend(day: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((day - FIRST_MONDAY) % WEEK_DAYS >= WEEK_DAYS - 2)


def _other_words(posts: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return posts whose words, or signs in some scripts, changed places among texts of their language."""
    column = posts.column("body")
    if not column.num_chunks or column.null_count == len(column):
        return posts
    body = pa.concat_arrays(column.chunks)
    parted = pc.utf8_trim_whitespace(pc.replace_substring_regex(body, NO_SPACES, r" \1 "))
    has_words = pc.fill_null(pc.not_equal(parted, ""), fill_value=False)
    texts = pc.utf8_split_whitespace(pc.if_else(has_words, parted, pa.scalar(None, body.type)))
    words, text = pc.list_flatten(texts), pc.list_parent_indices(texts).to_numpy()
    kind = _codes(posts.column("lang"))[text] if "lang" in posts.column_names else np.zeros(len(text))
    source = np.empty(len(text), np.int64)
    source[np.argsort(kind, kind="stable")] = np.lexsort((rng.random(len(text)), kind))
    sizes = pc.list_value_length(texts).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32))
    mixed = pc.binary_join(pa.ListArray.from_arrays(offsets, words.take(pa.array(source))), " ")
    return _with(posts, {"body": pc.if_else(has_words, mixed, body)})


def _usual_counters(posts: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return posts whose counters are as chance would have them around what is usual for their account.

    One post is liked more than another for all of its counters and all readings alike; each then scatters as
    counts do (Poisson).
    """
    counts = pa.concat_arrays(posts.column("counts").chunks) if posts.num_rows else None
    if counts is None or not len(flat := pc.list_flatten(counts)):
        return posts
    parent = pc.list_parent_indices(counts).to_numpy()
    value = pc.struct_field(flat, "value")
    known = np.flatnonzero(value.is_valid().to_numpy(zero_copy_only=False))
    if not len(known):
        return posts
    logs = np.log(np.maximum(value.take(pa.array(known)).to_numpy(), 0) + HALF)
    account = _codes(posts.column("author"))[parent[known]]
    name = _codes(pa.chunked_array([pc.struct_field(flat, "name")]))[known]
    middle, spread = _middles(logs, account, name)
    liked = rng.standard_normal(posts.num_rows)[parent[known]]
    drawn = value.fill_null(0).to_numpy(zero_copy_only=False).copy()
    drawn[known] = rng.poisson(np.exp(np.minimum(middle + spread * liked, 40.0)))
    fields = list(counts.type.value_type)
    parts = [pc.struct_field(flat, field.name) for field in fields]
    parts[[field.name for field in fields].index("value")] = pa.array(
        drawn.astype(np.int64), mask=value.is_null().to_numpy(zero_copy_only=False)
    )
    new = pa.StructArray.from_arrays(parts, fields=fields)
    sizes = pc.list_value_length(counts).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    drawn_counts = pa.ListArray.from_arrays(pa.array(offsets), new, type=counts.type)
    empty = pa.scalar(None, counts.type)
    return _with(posts, {"counts": pc.if_else(counts.is_valid(), drawn_counts, empty)})


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    named = (
        pa.concat_arrays(column.chunks).dictionary_encode()
        if column.num_chunks
        else pa.array([]).dictionary_encode()
    )
    return np.asarray(named.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))


def _middles(
    logs: NDArray[np.float64], account: NDArray[np.int64], name: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what is usual for each value, of its counter and of its account, and the spread around it.

    An account has one level for all of its counters: a rate of its own, such as likes per view, is mostly
    chance where its posts are few, and chance is added again.
    """
    usual = _medians(logs, name)
    middle = usual + _medians(logs - usual, account)
    return middle, np.maximum(TO_SD * _medians(np.abs(logs - middle), name), SPREAD_LEAST)


def _medians(values: NDArray[np.float64], cell: NDArray[np.int64]) -> NDArray[np.float64]:
    order = np.lexsort((values, cell))
    starts = np.flatnonzero(np.concatenate(([True], np.diff(cell[order]) != 0)))
    sizes = np.diff(np.append(starts, len(values)))
    low, high = order[starts + (sizes - 1) // 2], order[starts + sizes // 2]
    found = np.empty(len(values))
    found[order] = np.repeat((values[low] + values[high]) / 2, sizes)
    return found


NULLS: Mapping[str, Null] = {
    "coaction": Null(
        copy=_among(OF_AN_ACCOUNT, at="created_ms", within="lang"),
        about=say("accounts changed places among the posts of six hours in one language"),
    ),
    "rhythm": Null(
        copy=_among(OF_AN_ACCOUNT, at="created_ms"),
        about=say("accounts changed places among the posts of six hours"),
    ),
    "deletions": Null(
        copy=_among(OF_AN_ACCOUNT, at="deleted_seen_ms"),
        about=say("accounts changed places among the deletions of six hours"),
    ),
    "pileon": Null(
        copy=_among(OF_AN_ANSWER, at="created_ms", which="in_reply_to", block_ms=None),
        about=say("those who answer, with what they write, changed places among all answers"),
    ),
    "families": Null(
        copy=_other_words,
        about=say("words changed places among all texts of one language"),
    ),
    "narratives": Null(
        copy=_other_words,
        about=say("words changed places among all texts of one language"),
    ),
    "bursts": Null(
        copy=_other_days,
        about=say("each post moved to another day of the same sort, at the same hour"),
    ),
    "engagement": Null(
        copy=_usual_counters,
        about=say("counters were drawn anew around what is usual for their account"),
    ),
}
