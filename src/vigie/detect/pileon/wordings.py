"""Which replies say nearly the same, and whether others say it too, elsewhere.

A text is the set of its runs of five letters (three in scripts where a sign is a syllable or a word). Of that
set stay 64 minima of hashes: the part of them that two texts have in common tells how much their sets overlap
(Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900). Pairs are looked for by two minima at a time, then
checked by all 64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.jit import jit
from vigie.text import words_alone
from vigie.text.signs import NAMES, letters_by_script, signs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.pileon.replies import Bools, Ints, Replies

    Floats = NDArray[np.float64]

MINIMA, BANDS = 64, 32
ALIKE = 26  # of 64 minima: an overlap of 0.4
OTHERS_MIN = 2  # accounts who say nearly the same, for a wording to be looked for elsewhere
LETTERS_MIN, SIGNS_MIN = 20, 8  # shorter replies are said by everybody: “well said”, “shame”
LETTERS_MAX = 1_000
RUN, DENSE_RUN = 5, 3
DENSE = ("han", "kana", "hangul")
RUN_MAX = 400  # texts with one key that are looked at: what more share is a common phrase
POOL = 20_000  # replies that stand for what people say elsewhere
PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, kw_only=True)
class Wordings:
    """The words of replies.

    Args:
        text: number of each reply's text; -1 where it is too short.
        letters: of each text.
        minima: of each text, one row.
        keys: of each text, one for each band.
        pool: replies that stand for what people say elsewhere.
        pool_order: for each band, places in `pool` in the order of their keys.
        pool_keys: for each band, these keys.
    """

    text: Ints
    letters: pa.Array
    minima: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    pool: Ints
    pool_order: NDArray[np.int64]
    pool_keys: NDArray[np.uint32]


def wordings_of(replies: Replies, *, seed: int) -> Wordings:
    """Return the words of replies, signed."""
    chance = np.random.default_rng([seed, 1])
    body = replies.posts["body"].combine_chunks().take(pa.array(replies.row))
    text, letters = _letters(body)
    signs, starts = signs_of(letters)
    dense = _is_dense(letters)
    drawn = np.random.default_rng([seed, 2]).integers(0, 1 << 32, (2, MINIMA), np.uint64)
    drawn[0] |= np.uint64(1)
    minima = _minima(signs, starts, dense, drawn.astype(np.uint32))
    keys = _keys(minima)
    told = np.flatnonzero(text >= 0)
    pool = np.sort(chance.permutation(told)[:POOL])
    of_pool = keys[text[pool]].T
    order = np.argsort(of_pool, axis=1, kind="stable")
    return Wordings(
        text=text,
        letters=letters,
        minima=minima,
        keys=keys,
        pool=pool,
        pool_order=order,
        pool_keys=np.ascontiguousarray(np.take_along_axis(of_pool, order, axis=1)),
    )


def _letters(body: pa.Array) -> tuple[Ints, pa.Array]:
    """Return the number of each reply's letters, and the distinct letters, in their own order."""
    distinct = body.dictionary_encode()
    plain = pc.replace_substring(words_alone(distinct.dictionary.cast(pa.large_string())), " ", "")
    plain = pc.utf8_slice_codeunits(plain, 0, LETTERS_MAX)
    size = pc.utf8_length(plain).to_numpy(zero_copy_only=False)
    enough = size >= np.where(_is_dense(plain), SIGNS_MIN, LETTERS_MIN)
    kept = pc.unique(plain.filter(pa.array(enough)))
    kept = kept.take(pc.array_sort_indices(kept))
    number = pc.index_in(plain, kept).fill_null(-1).take(distinct.indices).fill_null(-1)
    return np.asarray(number.to_numpy(zero_copy_only=False), np.int64), kept


def _is_dense(texts: pa.Array) -> Bools:
    """Return which texts are written mostly in signs that stand for syllables or words."""
    if not len(texts):
        return np.empty(0, np.bool_)
    by_script = letters_by_script(*signs_of(texts))
    places = [NAMES.index(name) for name in DENSE]
    return np.asarray(2 * by_script[:, places].sum(axis=1) > by_script[:, 1:].sum(axis=1))


@jit
def _run_at(signs: NDArray[np.uint32], place: int, end: int, run: int) -> np.uint32:
    mixed = np.uint64(run)
    for k in range(place, end):
        mixed = (mixed ^ np.uint64(signs[k])) * PRIME
    return np.uint32((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(13))


@jit
def _minima(
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    dense: NDArray[np.bool_],
    drawn: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    minima = np.full((len(starts) - 1, MINIMA), 0xFFFFFFFF, np.uint32)
    for row in range(len(starts) - 1):
        run = DENSE_RUN if dense[row] else RUN
        least = minima[row]
        for place in range(starts[row], max(starts[row + 1] - run, starts[row]) + 1):
            hashed = _run_at(signs, place, min(place + run, starts[row + 1]), run)
            for k in range(MINIMA):
                value = np.uint32(drawn[0, k] * hashed + drawn[1, k])
                least[k] = min(least[k], value)
    return minima


@jit
def _keys(minima: NDArray[np.uint32]) -> NDArray[np.uint32]:
    keys = np.empty((len(minima), BANDS), np.uint32)
    for row in range(len(minima)):
        for band in range(BANDS):
            mixed = (np.uint64(band) ^ np.uint64(minima[row, 2 * band])) * PRIME
            mixed = (mixed ^ np.uint64(minima[row, 2 * band + 1])) * PRIME
            keys[row, band] = np.uint32(mixed >> np.uint64(32))
    return keys


def shared_by(words: Wordings, rows: Ints, author: Ints, is_out: Bools) -> tuple[Ints, Ints]:
    """Return for each of some replies how many other authors say nearly the same, among them and elsewhere.

    Args:
        words: of all replies.
        rows: which replies.
        author: of each of them.
        is_out: which replies of the pool do not count as elsewhere.

    Returns:
        The authors among `rows` other than its own; the replies of the pool, looked for where at least two
        others say it.
    """
    text = words.text[rows]
    texts, which = np.unique(text[text >= 0], return_inverse=True)
    among, elsewhere = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    if not len(texts):
        return among, elsewhere
    authors, who = np.unique(author[text >= 0], return_inverse=True)
    order = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[order], np.arange(len(texts) + 1))
    by_band = np.argsort(words.keys[texts], axis=0, kind="stable").T.copy()
    speakers, others = _shared(
        words.minima,
        words.keys,
        texts,
        by_band,
        who[order],
        starts,
        len(authors),
        words.text[words.pool],
        words.pool_order,
        words.pool_keys,
        is_out,
    )
    among[text >= 0] = speakers[which] - 1
    elsewhere[text >= 0] = others[which]
    return among, elsewhere


def common_part(words: Wordings, rows: Ints, author: Ints) -> Floats:
    """Return which part of each of some replies stands in those of at least two others of them, 0-1.

    A slogan that many add to words of their own is a small part of what each says; who rewords what all were
    given says hardly anything that others do not say too.

    Args:
        words: of all replies.
        rows: which replies, all with a text.
        author: of each of them.
    """
    if not len(rows):
        return np.empty(0)
    texts, which = np.unique(words.text[rows], return_inverse=True)
    letters = words.letters.take(pa.array(texts))
    signs, starts = signs_of(letters)
    run, of = _runs(signs, starts, _is_dense(letters))
    said = np.unique(np.stack([of, run]), axis=1)  # each run of each text once
    speaker = np.unique(np.stack([which, author]), axis=1)  # each author of each text once
    first, end = np.searchsorted(said[0], [speaker[0], speaker[0] + 1])
    size = end - first
    place = np.repeat(first - np.cumsum(size) + size, size) + np.arange(size.sum())
    heard = np.unique(np.stack([said[1][place], np.repeat(speaker[1], size)]), axis=1)
    runs, authors = np.unique(heard[0], return_counts=True)
    is_common = authors[np.searchsorted(runs, said[1])] > OTHERS_MIN
    part = np.bincount(said[0], weights=is_common) / np.bincount(said[0])
    return np.asarray(part[which])


@jit
def _runs(
    signs: NDArray[np.uint32], starts: NDArray[np.int64], dense: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the runs of letters of texts, and which text each is of."""
    runs, of = np.empty(len(signs), np.int64), np.empty(len(signs), np.int64)
    count = 0
    for row in range(len(starts) - 1):
        run = DENSE_RUN if dense[row] else RUN
        for place in range(starts[row], max(starts[row + 1] - run, starts[row]) + 1):
            runs[count] = _run_at(signs, place, min(place + run, starts[row + 1]), run)
            of[count] = row
            count += 1
    return runs[:count], of[:count]


@jit
def _alike(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> bool:
    same = 0
    for k in range(MINIMA):
        if a[k] == b[k]:
            same += 1
        if same + MINIMA - 1 - k < ALIKE:
            return False
    return same >= ALIKE


@jit
def _shared(
    minima: NDArray[np.uint32],
    keys: NDArray[np.uint32],
    texts: NDArray[np.int64],
    by_band: NDArray[np.int64],
    who: NDArray[np.int64],
    starts: NDArray[np.int64],
    author_count: int,
    pool_text: NDArray[np.int64],
    pool_order: NDArray[np.int64],
    pool_keys: NDArray[np.uint32],
    is_out: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    count = len(texts)
    place = np.empty((BANDS, count), np.int64)  # of each text in the order of each band
    for band in range(BANDS):
        for k in range(count):
            place[band, by_band[band, k]] = k
    speakers, others = np.zeros(count, np.int64), np.zeros(count, np.int64)
    seen_text, seen_author = np.full(count, -1, np.int64), np.full(author_count, -1, np.int64)
    seen_pool = np.full(len(pool_text), -1, np.int64)
    for one in range(count):
        seen_text[one] = one
        speakers[one] = _hear(one, one, who, starts, seen_author)
        for band in range(BANDS):
            for way in (-1, 1):
                speakers[one] += _beside(
                    one, band, way, minima, keys, texts, by_band, place, who, starts, seen_text, seen_author
                )
        if speakers[one] > OTHERS_MIN:
            others[one] = _elsewhere(
                one, minima, keys[texts[one]], texts[one], pool_text, pool_order, pool_keys, is_out, seen_pool
            )
    return speakers, others


@jit
def _hear(
    one: int,
    text: int,
    who: NDArray[np.int64],
    starts: NDArray[np.int64],
    seen_author: NDArray[np.int64],
) -> int:
    """Return how many say a text who were not heard yet for the text `one`."""
    heard = 0
    for k in range(starts[text], starts[text + 1]):
        if seen_author[who[k]] != one:
            seen_author[who[k]] = one
            heard += 1
    return heard


@jit
def _beside(
    one: int,
    band: int,
    way: int,
    minima: NDArray[np.uint32],
    keys: NDArray[np.uint32],
    texts: NDArray[np.int64],
    by_band: NDArray[np.int64],
    place: NDArray[np.int64],
    who: NDArray[np.int64],
    starts: NDArray[np.int64],
    seen_text: NDArray[np.int64],
    seen_author: NDArray[np.int64],
) -> int:
    """Return how many more say what is like a text, among the texts beside it that share its key."""
    heard, k, steps = 0, place[band, one] + way, 0
    while 0 <= k < len(texts) and steps < RUN_MAX:
        two = by_band[band, k]
        if keys[texts[two], band] != keys[texts[one], band]:
            break
        if seen_text[two] != one:
            seen_text[two] = one
            if _alike(minima[texts[one]], minima[texts[two]]):
                heard += _hear(one, two, who, starts, seen_author)
        k += way
        steps += 1
    return heard


@jit
def _elsewhere(
    one: int,
    minima: NDArray[np.uint32],
    own_keys: NDArray[np.uint32],
    text: int,
    pool_text: NDArray[np.int64],
    pool_order: NDArray[np.int64],
    pool_keys: NDArray[np.uint32],
    is_out: NDArray[np.bool_],
    seen_pool: NDArray[np.int64],
) -> int:
    """Return how many replies of the pool are like a text."""
    found = 0
    for band in range(BANDS):
        k = np.searchsorted(pool_keys[band], own_keys[band])
        last = min(len(pool_text), k + RUN_MAX)
        while k < last and pool_keys[band, k] == own_keys[band]:
            row = pool_order[band, k]
            if seen_pool[row] != one and not is_out[row]:
                seen_pool[row] = one
                if _alike(minima[text], minima[pool_text[row]]):
                    found += 1
            k += 1
    return found
