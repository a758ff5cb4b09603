"""What posts say: each different text once, in its language, whoever wrote it and however often.

Posts stand in canonical order (time, id, account, text), each id once, and texts in the order of their first
post: so neither the order of rows nor rows read twice change anything. A post that passes another on tells
what that one tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS, conform
from vigie.text import UNDETERMINED, identify, words_alone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

COLUMNS = (
    *("post_id", "author", "created_ms", "lang", "title", "body", "hashtags", "links", "media"),
    "share_of",
)
NEEDED = ("author", "created_ms", "body")
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "body")]
PLATFORMS_OWN = r"^(?:[a-z]{2}|[a-pr-z][a-z]{2})$"  # "qme", "qht" … are X's own marks, of no language
OF_NO_LANGUAGE = ("und", "zxx", "mul", "mis", "art")
LENGTH_MAX = 4_000  # characters that are read: an article beyond that is told by its beginning
ROWS = 100_000  # texts that are prepared at once
SAYS_NOTHING = -1


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Posts, and the different texts they say.

    Args:
        posts: in canonical order, with the columns `COLUMNS`.
        text: of each post the number of its text, `SAYS_NOTHING` where it has none.
        said: the whole text of each post, null where it has none.
        plain: the texts, as `words_alone` writes them.
        lang: the language of each text, `und` where it is not known.
        post_lang: the language of each post.
    """

    posts: pa.Table
    text: NDArray[np.int64]
    said: pa.Array
    plain: pa.Array
    lang: NDArray[np.object_]
    post_lang: NDArray[np.object_]


def read(posts: pa.Table, *, model: Model | None, stage: str) -> Texts:
    """Return the posts in canonical order and what they say.

    Args:
        posts: canonical posts.
        model: tells in which language a text is written where no platform says it.
        stage: who asks, for the error.

    Raises:
        UnfitTableError: `posts` lacks one of `NEEDED`, or has another type there.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=stage, expected=str(POSTS.field(name).type))
    table = _each_id_once(conform(posts, columns=COLUMNS).sort_by(ORDER).combine_chunks())
    said = _said(table)
    distinct = said.dictionary_encode()
    plain, lang = _plain(distinct.dictionary), _languages(table, distinct, model)
    number = distinct.indices.fill_null(SAYS_NOTHING).to_numpy(zero_copy_only=False).astype(np.int64)
    return _numbered(table, said, plain, number, lang)


def _each_id_once(table: pa.Table) -> pa.Table:
    """Return posts with each id once, the first; those without an id are all kept."""
    code = _one(table["post_id"]).dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    first = np.zeros(len(code), np.bool_)
    first[np.unique(code, return_index=True)[1]] = True
    return table.filter(pa.array(first | (code < 0))).combine_chunks()


def _said(table: pa.Table) -> pa.Array:
    """Return the whole text of each post; a post that only passes another on says what that one says."""
    title, body = _one(table["title"]), _one(table["body"])
    whole = pc.binary_join_element_wise(pc.fill_null(title, ""), pc.fill_null(body, ""), "\n")
    own = pc.if_else(pc.or_(title.is_valid(), body.is_valid()), whole, pa.scalar(None, pa.string()))
    place = pc.index_in(_one(table["share_of"]), _one(table["post_id"]), skip_nulls=True)
    return pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(pc.coalesce(own, own.take(place))), 0, LENGTH_MAX)


def _plain(texts: pa.Array) -> pa.Array:
    """Return texts as words alone; a Korean syllable is one sign."""
    parts = [pa.array([], pa.large_string())]
    for first in range(0, len(texts), ROWS):
        some = words_alone(texts.slice(first, ROWS).cast(pa.large_string()))
        other = pc.not_equal(pc.binary_length(some), pc.utf8_length(some).cast(pa.int64()))
        composed = pc.utf8_normalize(some.filter(other), form="NFC")
        parts.append(pc.replace_with_mask(some, other, composed))
    return pa.concat_arrays(parts)


def _languages(table: pa.Table, distinct: pa.DictionaryArray, model: Model | None) -> NDArray[np.object_]:
    """Return the language of each post: what the platform says, else what its text tells."""
    primary = pc.utf8_lower(pc.replace_substring_regex(_one(table["lang"]), r"[-_].*", ""))
    named = pc.and_(
        pc.match_substring_regex(primary, PLATFORMS_OWN),
        pc.invert(pc.is_in(primary, pa.array(OF_NO_LANGUAGE))),
    )
    stated = pc.if_else(pc.fill_null(named, fill_value=False), primary, pa.scalar(None, pa.string()))
    asked = pc.unique(distinct.indices.filter(stated.is_null())).drop_null()
    read_as = np.full(len(distinct.dictionary) + 1, UNDETERMINED, object)
    if len(asked):
        found = identify(distinct.dictionary.take(asked), model=model)["lang"]
        read_as[asked.to_numpy()] = np.array(found.to_pylist(), object)
    of_text = read_as[distinct.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    is_stated = stated.is_valid().to_numpy(zero_copy_only=False)
    return np.asarray(np.where(is_stated, stated.to_numpy(zero_copy_only=False), of_text), object)


def _numbered(
    table: pa.Table, said: pa.Array, plain: pa.Array, number: NDArray[np.int64], lang: NDArray[np.object_]
) -> Texts:
    """Return texts that are one in words and language under one number, in the order of their first posts."""
    words = plain.dictionary_encode()
    empty = pc.equal(words.dictionary, "").to_numpy(zero_copy_only=False)
    of_words = words.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    silent = np.ones(len(number), np.bool_)
    silent[number >= 0] = empty[of_words[number[number >= 0]]] if len(of_words) else True
    names, code = np.unique(lang[~silent].astype(str), return_inverse=True)
    key = of_words[number[~silent]] * max(1, len(names)) + code
    found, first, place = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(found), np.int64)
    rank[order] = np.arange(len(found))
    text = np.full(len(number), SAYS_NOTHING, np.int64)
    text[~silent] = rank[place]
    chosen = found[order]
    return Texts(
        posts=table,
        text=text,
        said=said,
        plain=words.dictionary.take(pa.array(chosen // max(1, len(names)), pa.int64())),
        lang=names[chosen % max(1, len(names))].astype(object),
        post_lang=lang,
    )


def _one(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
