"""What posts say, as letters to compare: in folded case, without accents, spaces, punctuation or addresses.

Posts stand in canonical order (time, id, account, text), and each distinct run of letters has one number, in
the order of first appearance: so the order of rows in a file changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families.letters import ROWS, are_dense, letters_of
from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS, conform
from vigie.text.signs import signs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule

COLUMNS = ("post_id", "author", "created_ms", "lang", "body", "hashtags", "links", "media", "share_of")
KEPT = COLUMNS[:-1]  # a shared post says what another said; only `repost` of co-action reads it
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "body")]


@dataclass(frozen=True)
class Letters:
    """Distinct texts as numbered signs, one after the other.

    Args:
        text: as Arrow has them.
        signs: the number of each of their signs, small enough for a table of them.
        starts: where each begins, and the end.
        points: the code point of each number.
        dense: whether a text is written in signs that stand for syllables or words.
    """

    text: pa.Array
    signs: NDArray[Any]
    starts: NDArray[np.int64]
    points: NDArray[np.uint32]
    dense: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many texts."""
        return len(self.dense)


def own_posts(posts: pa.Table) -> pa.Table:
    """Return posts that say something of their own, with the columns `KEPT`, in canonical order.

    Raises:
        UnfitTableError: `posts` has no `author`, `created_ms` or `body`, or another type there.
    """
    for name in ("author", "created_ms", "body"):
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage="families/1", expected=str(POSTS.field(name).type))
    table = conform(posts, columns=COLUMNS)
    own = pc.and_(pc.is_null(table["share_of"]), pc.is_valid(table["body"]))
    if not pc.all(own, min_count=0).as_py():
        table = table.filter(own)
    return table.select(KEPT).take(pc.sort_indices(table, ORDER)).combine_chunks()


def with_letters(posts: pa.Table, rule: Rule) -> tuple[pa.Table, pa.Array]:
    """Return the posts that say enough to have been copied, and the letters of each."""
    letters, enough = letters_of(_one(posts["body"]), rule)
    if pc.all(enough, min_count=0).as_py():
        return posts, letters
    return posts.filter(enough).combine_chunks(), letters.filter(enough)


def numbered(letters: pa.Array, known: pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return distinct letters, those `known` first, then by first appearance, and the number of each row."""
    whole = pa.concat_arrays([known, letters.cast(known.type)]).dictionary_encode()
    number = whole.indices.to_numpy()[len(known) :]
    return whole.dictionary, np.asarray(number, np.int32)


def letters_from(text: pa.Array) -> Letters:
    """Return texts as numbered signs."""
    used = np.zeros(0x110000, np.bool_)
    starts = np.zeros(len(text) + 1, np.int64)
    for first, (signs, ends) in _in_parts(text):
        used[signs] = True
        starts[first + 1 : first + len(ends)] = starts[first] + ends[1:]
    points = np.flatnonzero(used).astype(np.uint32)
    number = np.zeros(0x110000, np.uint16 if len(points) <= 1 << 16 else np.uint32)
    number[points] = np.arange(len(points))
    numbers = np.empty(int(starts[-1]), number.dtype)
    dense = np.empty(len(text), np.bool_)
    for first, (signs, ends) in _in_parts(text):
        numbers[starts[first] : starts[first] + len(signs)] = number[signs]
        dense[first : first + len(ends) - 1] = are_dense(signs, ends)
    return Letters(text, numbers, starts, points, dense)


def _in_parts(text: pa.Array) -> Iterator[tuple[int, tuple[NDArray[np.uint32], NDArray[np.int64]]]]:
    for first in range(0, len(text), ROWS):
        yield first, signs_of(text.slice(first, ROWS))


def _one(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
