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

from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS, conform
from vigie.text import words_alone
from vigie.text.signs import NAMES, letters_by_script, signs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule

COLUMNS = ("post_id", "author", "created_ms", "lang", "body", "hashtags", "links", "media", "share_of")
KEPT = COLUMNS[:-1]  # a shared post says what another said; only `repost` of co-action reads it
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "body")]
LENGTH_MAX = 4_000  # letters that are compared: an article beyond that is told by its beginning
DENSE = frozenset({"han", "kana", "hangul"})  # scripts in which one sign is a syllable or a word
ROWS = 100_000  # texts that are prepared at once


@dataclass(frozen=True)
class Letters:
    """Distinct texts as code points, one after the other.

    Args:
        text: as Arrow has them.
        signs: their code points.
        starts: where each begins, and the end.
        dense: whether a text is written in signs that stand for syllables or words.
    """

    text: pa.Array
    signs: NDArray[np.uint32]
    starts: NDArray[np.int64]
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
    table = table.filter(pc.and_(pc.is_null(table["share_of"]), pc.is_valid(table["body"])))
    return table.select(KEPT).sort_by(ORDER).combine_chunks()


def with_letters(posts: pa.Table, rule: Rule) -> tuple[pa.Table, pa.Array]:
    """Return the posts that say enough to have been copied, and the letters of each."""
    distinct = _one(posts["body"]).dictionary_encode()
    letters, enough = letters_of(distinct.dictionary, rule)
    which = distinct.indices.filter(enough.take(distinct.indices))
    return posts.filter(enough.take(distinct.indices)), letters.take(which)


def letters_of(bodies: pa.Array, rule: Rule) -> tuple[pa.Array, pa.BooleanArray]:
    """Return the letters of texts, and whether they are enough to be somebody's own words."""
    letters: list[pa.Array] = [pa.array([], pa.large_string())]
    enough: list[NDArray[np.bool_]] = [np.empty(0, np.bool_)]
    for first in range(0, len(bodies), ROWS):
        plain = words_alone(bodies.slice(first, ROWS).cast(pa.large_string()))
        some = pc.utf8_slice_codeunits(_composed(pc.replace_substring(plain, " ", "")), 0, LENGTH_MAX)
        size = pc.utf8_length(some).to_numpy(zero_copy_only=False)
        letters.append(some)
        enough.append(size >= np.where(is_dense(some), rule.signs_min, rule.letters_min))
    return pa.concat_arrays(letters), pa.array(np.concatenate(enough))


def _composed(texts: pa.Array) -> pa.Array:
    """Return texts in which a Korean syllable is one sign again; what is ASCII needs no work."""
    other = pc.not_equal(pc.binary_length(texts), pc.utf8_length(texts).cast(pa.int64()))
    return pc.replace_with_mask(texts, other, pc.utf8_normalize(texts.filter(other), form="NFC"))


def numbered(letters: pa.Array, known: pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return distinct letters, those `known` first, then by first appearance, and the number of each row."""
    whole = pa.concat_arrays([known, letters.cast(known.type)]).dictionary_encode()
    number = whole.indices.to_numpy()[len(known) :]
    return whole.dictionary, np.asarray(number, np.int32)


def letters_from(text: pa.Array) -> Letters:
    """Return texts as code points."""
    signs, starts = signs_of(text)
    parts = [is_dense(text.slice(first, ROWS)) for first in range(0, len(text), ROWS)]
    return Letters(text, signs, starts, np.concatenate([np.empty(0, np.bool_), *parts]))


def is_dense(text: pa.Array) -> NDArray[np.bool_]:
    """Return which texts are written, at least by half, in signs that stand for syllables or words."""
    signs, starts = signs_of(text)
    found = letters_by_script(signs, starts)
    dense = found[:, [NAMES.index(name) for name in sorted(DENSE)]].sum(axis=1)
    return np.asarray(2 * dense >= np.maximum(np.diff(starts), 1))


def _one(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
