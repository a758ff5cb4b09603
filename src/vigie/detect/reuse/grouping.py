"""Posts by picture, and the texts that stand beside each picture, ready to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.reuse.contexts import TEXTS_MAX, Compared, compare, languages_of, weighed
from vigie.text import UNDETERMINED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.reuse.rule import Rule
    from vigie.text.languages import Model


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Posts of pictures that were used again: one row per picture and post, by picture, then in time.

    Args:
        picture: of each row, the number of its founder.
        post: its row among the posts.
        text: the number of its text among those compared, -1 where it has none or was not chosen.
        texts: those texts.
        compared: what comparing them told.
        lang: the language of each row.
    """

    picture: NDArray[np.int64]
    post: NDArray[np.int64]
    text: NDArray[np.int64]
    texts: pa.Array
    compared: Compared
    lang: pa.Array

    @property
    def context(self) -> NDArray[np.int64]:
        """The context of each row, named by the number of its first text; -1 where it says too little."""
        known = np.concatenate([self.compared.context, [-1]])
        return known[self.text]


def pairs(picture: NDArray[np.int64], post: NDArray[np.int64], posts_min: int) -> NDArray[np.int64]:
    """Return which uses stand for the posts of each picture that has enough, sorted by picture and post."""
    key = np.stack([picture, post], axis=1)
    _unique, first = np.unique(key, axis=0, return_index=True)
    count = np.bincount(picture[first], minlength=int(picture.max(initial=-1)) + 1)
    return np.asarray(first[count[picture[first]] >= posts_min])


def grouped(
    posts: pa.Table,
    picture: NDArray[np.int64],
    post: NDArray[np.int64],
    *,
    rule: Rule,
    background: pa.Array,
    groups: pa.Table | None,
    model: Model | None,
) -> Grouped:
    """Return the posts of pictures with their texts in contexts.

    Args:
        posts: in canonical order.
        picture: one row per picture and post, sorted.
        post: likewise.
        rule: what is alike.
        background: texts by which words are weighed.
        groups: `post_id` and `group`: posts that are known to tell the same, such as narratives.
        model: tells languages where no platform does.
    """
    said = texts_of(posts.take(pa.array(post)))
    code = said.dictionary_encode()
    number = code.indices.fill_null(-1).to_numpy().astype(np.int64)
    text, chosen = _numbered(picture, number)
    distinct = said.take(pa.array(chosen))
    lang = languages_of(posts["lang"].combine_chunks().take(pa.array(post)), said, model)
    counts = np.bincount(picture[chosen], minlength=int(picture.max(initial=-1)) + 1)
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    compared = compare(
        weighed(distinct, background),
        bounds,
        _numbers_of(lang.take(pa.array(chosen))),
        _traces(posts, post, text, len(chosen), groups),
        words_min=rule.words_min,
        alike_min=rule.alike_min,
    )
    return Grouped(picture=picture, post=post, text=text, texts=distinct, compared=compared, lang=lang)


def texts_of(posts: pa.Table) -> pa.Array:
    """Return what posts say: title and body, null where they say nothing."""
    title, body = (pc.fill_null(posts[name].combine_chunks(), "") for name in ("title", "body"))
    both = pc.utf8_trim_whitespace(pc.binary_join_element_wise(title, body, "\n"))
    return pc.if_else(pc.equal(both, ""), pa.scalar(None, pa.string()), both.cast(pa.string()))


def _numbered(
    picture: NDArray[np.int64], number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each row the number of its text, and for each such text the row that first says it.

    Each text counts once per picture; of more than `TEXTS_MAX`, as many are chosen evenly over time.
    """
    said = np.flatnonzero(number >= 0)
    key = picture[said] * (int(number.max(initial=0)) + 1) + number[said]
    _unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    rows = said[first[order]]  # of distinct texts, by picture, then in time
    starts = np.flatnonzero(np.diff(picture[rows], prepend=-1))
    sizes = np.diff(np.append(starts, len(rows)))
    place = np.arange(len(rows)) - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    evenly = (place * TEXTS_MAX) // np.maximum(size, 1) != ((place - 1) * TEXTS_MAX) // np.maximum(size, 1)
    is_chosen = (size <= TEXTS_MAX) | evenly
    kept = np.where(is_chosen, np.cumsum(is_chosen) - 1, -1)
    text = np.full(len(number), -1, np.int64)
    text[said] = kept[rank[inverse]]
    return text, rows[is_chosen]


def _numbers_of(lang: pa.Array) -> NDArray[np.int64]:
    """Return languages as numbers, -1 where nobody knows."""
    codes = lang.dictionary_encode()
    names = codes.dictionary.to_pylist()
    number = codes.indices.fill_null(-1).to_numpy().astype(np.int64)
    unknown = [place for place, name in enumerate(names) if name == UNDETERMINED]
    return np.where(np.isin(number, unknown), -1, number)


def _traces(
    posts: pa.Table,
    post: NDArray[np.int64],
    text: NDArray[np.int64],
    count: int,
    groups: pa.Table | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the addresses and groups of the posts of each text as numbers, sorted within each text."""
    said = np.flatnonzero(text >= 0)
    some = posts.take(pa.array(post[said]))
    links = some["links"].combine_chunks()
    row = [pc.list_parent_indices(links).to_numpy()]
    trace = [pc.struct_field(pc.list_flatten(links), "url").cast(pa.string())]
    if groups is not None and groups.num_rows:
        rows, names = _groups_of(some["post_id"].combine_chunks(), groups)
        row.append(rows)
        trace.append(pc.binary_join_element_wise("group", names, ":"))
    codes = pa.concat_arrays(trace).dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)
    owner = text[said][np.concatenate(row).astype(np.int64)]
    cells = np.unique(np.stack([owner[codes >= 0], codes[codes >= 0]], axis=1), axis=0)
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells[:, 0], minlength=count))])
    return np.ascontiguousarray(cells[:, 1]), starts.astype(np.int64)


def _groups_of(post_ids: pa.Array, groups: pa.Table) -> tuple[NDArray[np.int64], pa.Array]:
    """Return for each group of each post the row of the post and the name of the group."""
    rows = pa.table({"post_id": post_ids, "row": pa.array(np.arange(len(post_ids)))})
    named = groups.select(["post_id", "group"]).filter(pc.is_valid(groups["post_id"]))
    joined = rows.join(named, "post_id", join_type="inner")
    return joined["row"].combine_chunks().to_numpy(), joined["group"].combine_chunks().cast(pa.string())
