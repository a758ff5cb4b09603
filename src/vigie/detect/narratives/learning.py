"""The narratives of one language: learned from some of its texts, joined by the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

from vigie.detect.narratives.grouping import NONE, Learned, joined, kinds_of_length, learned
from vigie.detect.narratives.labels import as_written, telling
from vigie.detect.narratives.words import Tokens, Vocabulary, tokens_of, vocabulary_of, weighed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.narratives.rule import Rule

ROWS = 100_000  # texts that look for their narrative at once
READ_MAX = 200  # texts of a narrative that are read for its traces and its way of writing


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a narrative is called.

    Args:
        words: the most telling, without accents.
        weights: how telling each is.
        texts: the numbers of its texts, those nearest its centre first, at most `READ_MAX`.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    texts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Language:
    """What was done in one language.

    Args:
        lang: which.
        texts: different texts in it.
        fitted: of them, those that narratives were learned from; 0 where there were too few.
        tried: groups that were looked at.
        narratives: groups that hang together more than chance makes them.
        chance: how much the strongest group of shuffled words hangs together, on the mean of the shuffles.
    """

    lang: str
    texts: int
    fitted: int
    tried: int
    narratives: int
    chance: float


@dataclass(frozen=True, kw_only=True)
class Told:
    """The narratives of one language.

    Args:
        language: what was done.
        group: of each text its narrative, `NONE` where it has none.
        near: how near it is, a cosine.
        labels: of each narrative.
    """

    language: Language
    group: NDArray[np.int64]
    near: NDArray[np.float64]
    labels: tuple[Label, ...]


def told_in(lang: str, plain: pa.Array, rule: Rule, *, seed: int) -> Told:
    """Return the narratives that texts of one language tell; the same for the same seed.

    Args:
        lang: the language.
        plain: its different texts, as `words_alone` writes them, in canonical order.
        rule: the parameters.
        seed: of all chance.
    """
    if len(plain) < 2 * rule.texts_min:  # one group alone cannot differ from the rest
        return _nothing(lang, len(plain))
    seeds = (seed, *lang.encode())
    chosen = np.arange(len(plain))
    if len(plain) > rule.fit_max:
        rng = np.random.default_rng((*seeds, rule.fit_max))
        chosen = np.sort(rng.permutation(len(plain))[: rule.fit_max])
    tokens = tokens_of(plain.take(pa.array(chosen)))
    vocabulary = vocabulary_of(tokens, lang)
    if not len(vocabulary):
        return _nothing(lang, len(plain))
    found = learned(tokens, vocabulary, rule, seed=seeds)
    group, near = _joined(plain, chosen, vocabulary, found)
    language = Language(
        lang=lang,
        texts=len(plain),
        fitted=len(chosen),
        tried=found.tried,
        narratives=found.centres.shape[1],
        chance=found.chance,
    )
    labels = _labels(counted(tokens, vocabulary), vocabulary, found, group, near)
    return Told(language=language, group=group, near=near, labels=labels)


def _nothing(lang: str, texts: int) -> Told:
    language = Language(lang=lang, texts=texts, fitted=0, tried=0, narratives=0, chance=0.0)
    return Told(language=language, group=np.full(texts, NONE), near=np.zeros(texts), labels=())


def _joined(
    plain: pa.Array, chosen: NDArray[np.int64], vocabulary: Vocabulary, found: Learned
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the narrative of every text: of those learned from as learned, of the others the nearest."""
    group, near = np.full(len(plain), NONE), np.zeros(len(plain))
    group[chosen], near[chosen] = found.group, found.near
    others = np.setdiff1d(np.arange(len(plain)), chosen, assume_unique=True)
    for first in range(0, len(others), ROWS):
        some = others[first : first + ROWS]
        rows = weighed(tokens_of(plain.take(pa.array(some))), vocabulary)
        cosine = np.asarray(rows @ found.centres)
        group[some], near[some] = joined(cosine, kinds_of_length(rows), found.least)
    return group, near


def counted(tokens: Tokens, vocabulary: Vocabulary) -> sparse.csr_array:
    """Return how often each text says each word: a row per text, a column per word."""
    place = np.minimum(np.searchsorted(vocabulary.words, tokens.word), len(vocabulary) - 1)
    known = vocabulary.words[place] == tokens.word
    rows = sparse.csr_array(
        (np.ones(int(known.sum())), (tokens.text[known], place[known])),
        shape=(tokens.count, len(vocabulary)),
    )
    rows.sum_duplicates()
    return rows


def _labels(
    counts: sparse.csr_array,
    vocabulary: Vocabulary,
    found: Learned,
    group: NDArray[np.int64],
    near: NDArray[np.float64],
) -> tuple[Label, ...]:
    order = np.lexsort((np.arange(len(group)), -np.round(near, 9)))
    of_group = [order[group[order] == one][:READ_MAX] for one in range(found.centres.shape[1])]
    return tuple(
        Label(
            words=tuple(vocabulary.spelled[word] for word, _weight in words),
            weights=tuple(weight for _word, weight in words),
            texts=tuple(texts.tolist()),
        )
        for words, texts in zip(telling(counts, found.group, found.centres.shape[1]), of_group, strict=True)
    )


def written(label: Label, texts: list[str], shown: int) -> list[str]:
    """Return the most telling words as people write them, each once."""
    return list(dict.fromkeys(as_written(list(label.words), texts)))[:shown]
