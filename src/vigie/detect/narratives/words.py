"""Texts as counts of words: words where words are set apart by spaces, runs of signs where they are not.

Chinese, Japanese and Korean are read by pairs of signs, Thai, Lao, Khmer, Burmese and Tibetan by runs of
three; Inuktitut and other languages in syllabics, whose words seldom come back, by runs of three signs within
words. A run of signs never reaches over a space.

Words that a language uses for its grammar are left out: by lists for English and French, elsewhere by how
many texts they stand in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from vigie.detect.jit import jit
from vigie.text.signs import SCRIPTS, signs_of

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

PAIRS = ("han", "kana", "hangul")
THREES = ("thai", "lao", "khmer", "syllabics")
THREES_ALSO = ((0x0F40, 0x0FBC), (0x1000, 0x109F))  # Tibetan, Burmese
LISTED = ("en", "fr")
WORD_MIN = 2  # signs of a word
TEXTS_MIN = 2  # that a word stands in
SHARE_MAX = 0.5  # of texts that a word stands in, where there is a list
SHARE_MAX_UNLISTED = 0.15  # where there is none
VOCABULARY_MAX = 50_000  # the words in most texts


@dataclass(frozen=True)
class Tokens:
    """Words of texts, one after the other: of which text, which word (a hash), where it stands in `signs`."""

    text: NDArray[np.int32]
    word: NDArray[np.uint64]
    start: NDArray[np.int64]
    size: NDArray[np.int32]
    signs: NDArray[np.uint32]
    count: int  # of texts

    def spelled(self, places: NDArray[np.int64]) -> list[str]:
        """Return the words at some places as text."""
        return [
            self.signs[self.start[one] : self.start[one] + self.size[one]].tobytes().decode("utf-32-le")
            for one in places
        ]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words that count, in the order of their hashes.

    Args:
        words: their hashes.
        spelled: as text.
        weight: how telling each is: the logarithm of one over the share of texts it stands in.
    """

    words: NDArray[np.uint64]
    spelled: list[str]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        """How many words."""
        return len(self.words)


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Return words that say nothing in a language; where it is not known, of all that are listed."""
    file = resources.files(__package__) / "stopwords.toml"
    lists = tomllib.loads(file.read_text(encoding="utf-8"))
    chosen = [lang] if lang in LISTED else LISTED if lang == "und" else []
    return frozenset(
        [*lists["every"]["words"], *(word for one in chosen for word in lists[one]["words"].split())]
    )


def tokens_of(plain: pa.Array) -> Tokens:
    """Return the words of texts written as `words_alone` does."""
    signs, starts = signs_of(plain)
    count = int(_tokens(signs, starts, _kinds(), np.empty(0, np.int32), *_room(0)))
    text, rest = np.empty(count, np.int32), _room(count)
    _tokens(signs, starts, _kinds(), text, *rest)
    return Tokens(text, *rest, signs, len(plain))


def _room(count: int) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]]:
    return np.empty(count, np.uint64), np.empty(count, np.int64), np.empty(count, np.int32)


@cache
def _kinds() -> NDArray[np.uint8]:
    """Return for each sign how many of it make a unit: 0 for a space, 1 where words do."""
    kinds = np.ones(0x110000, np.uint8)
    kinds[[0x20, 0x0A, 0x09, 0x0D]] = 0
    for size, names in ((2, PAIRS), (3, THREES)):
        for name in names:
            for first, last in SCRIPTS[name]:
                kinds[first : last + 1] = size
    for first, last in THREES_ALSO:
        kinds[first : last + 1] = 3
    return kinds


@jit
def _tokens(
    signs: NDArray[np.uint32],
    starts: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    text: NDArray[np.int32],
    word: NDArray[np.uint64],
    start: NDArray[np.int64],
    size: NDArray[np.int32],
) -> int:
    """Fill in the words and return how many there are; with no room, only count them."""
    count, room = 0, len(word)
    for row in range(len(starts) - 1):
        at, end = starts[row], starts[row + 1]
        while at < end:
            kind = kinds[signs[at]]
            stop = at + 1
            while stop < end and kinds[signs[stop]] == kind:
                stop += 1
            length = stop - at if kind == 1 else np.int64(kind)
            first = at
            while kind > 0 and first + length <= stop and length >= WORD_MIN:
                if room:
                    text[count], start[count], size[count] = row, first, length
                    word[count] = _hash(signs[first : first + length])
                count += 1
                first += 1 if kind > 1 else length
            at = stop
    return count


@jit
def _hash(signs: NDArray[np.uint32]) -> np.uint64:
    """Return FNV-1a of some signs, its bits mixed: the same on every machine and in every run."""
    found = np.uint64(0xCBF29CE484222325)
    for sign in signs:
        found = (found ^ np.uint64(sign)) * np.uint64(0x100000001B3)
    found = (found ^ (found >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return found ^ (found >> np.uint64(29))


def vocabulary_of(tokens: Tokens, lang: str) -> Vocabulary:
    """Return the words of a language that tell texts apart."""
    words, first, number = np.unique(tokens.word, return_index=True, return_inverse=True)
    pairs = np.unique(tokens.text.astype(np.int64) * max(1, len(words)) + number)
    held = np.bincount(pairs % max(1, len(words)), minlength=len(words))
    most = (SHARE_MAX if lang in LISTED else SHARE_MAX_UNLISTED) * tokens.count
    fit = np.flatnonzero((held >= TEXTS_MIN) & (held <= max(most, TEXTS_MIN)))
    spelled = np.array(tokens.spelled(first[fit]), object)
    telling = np.array([one not in stop_words(lang) for one in spelled], np.bool_)
    fit, spelled = fit[telling], spelled[telling]
    kept = np.sort(np.lexsort((words[fit], -held[fit]))[:VOCABULARY_MAX])
    return Vocabulary(
        words=words[fit][kept],
        spelled=list(spelled[kept]),
        weight=np.log(tokens.count / np.maximum(held[fit][kept], 1)),
    )


def weighed(tokens: Tokens, vocabulary: Vocabulary) -> sparse.csr_array:
    """Return TF-IDF rows of unit length, a row per text, a column per word; a text of no known word is 0."""
    place = np.searchsorted(vocabulary.words, tokens.word)
    place = np.minimum(place, max(0, len(vocabulary) - 1))
    known = vocabulary.words[place] == tokens.word if len(vocabulary) else np.zeros(len(place), np.bool_)
    rows = sparse.csr_array(
        (np.ones(int(known.sum())), (tokens.text[known], place[known])), shape=(tokens.count, len(vocabulary))
    )
    rows.sum_duplicates()
    rows.data = (1 + np.log(rows.data)) * vocabulary.weight[rows.indices]
    length = np.sqrt(
        np.bincount(np.repeat(np.arange(tokens.count), np.diff(rows.indptr)), rows.data**2, tokens.count)
    )
    rows.data /= np.repeat(np.maximum(length, 1e-12), np.diff(rows.indptr))
    return rows
