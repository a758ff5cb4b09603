"""With which unlike texts a picture stands: one context shares its telling words, or an address.

A word tells the more the fewer texts hold it, in whatever language. Two texts are alike by the weight of the
words they share over the weight of the shorter one's. Texts of one picture are of one context where a chain
of alike texts leads from one to the other: so "another context" is said only where no text of it is like any
text of the other. Texts of two languages share few words even where they say the same: they are told apart,
and such contexts are said not to be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.jit import jit
from vigie.text import UNDETERMINED, identify, words_alone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

TEXTS_MAX = 200  # of one picture that are compared; of more, as many evenly over time
BACKGROUND = 20_000  # texts by which the weight of words is told
RUN = 2  # signs: where words are not set apart by spaces, runs of two stand for words
UNSPACED = (
    r"\x{3005}-\x{3007}\x{3041}-\x{3096}\x{30A1}-\x{30FA}\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}"
    r"\x{F900}-\x{FAFF}\x{20000}-\x{323AF}\x{0E01}-\x{0E5B}\x{0E81}-\x{0EDF}\x{1000}-\x{109F}\x{1780}-\x{17FF}"
)


class Weighed(NamedTuple):
    """Texts as their different words, one text after the other, each text's sorted."""

    words: NDArray[np.int64]
    starts: NDArray[np.int64]
    weights: NDArray[np.float64]  # of each word, by its number


class Compared(NamedTuple):
    """What comparing the texts of each picture told.

    Args:
        context: of each text, the place of its context's first text; -1 where it says too little.
        likeness: of each text, to the text of another context before it that it is most alike; -1 where there
            is none to compare with.
        nearest: which text that is, -1 where none.
    """

    context: NDArray[np.int64]
    likeness: NDArray[np.float64]
    nearest: NDArray[np.int64]


def weighed(texts: pa.Array, background: pa.Array) -> Weighed:
    """Return texts as words with their weights; `background` are texts by which words are weighed."""
    evenly = np.unique(np.linspace(0, max(len(background) - 1, 0), BACKGROUND).astype(np.int64))
    sample = background.take(pa.array(evenly[: len(background)]))
    row, word = _words(pa.concat_arrays([texts.cast(pa.string()), sample.cast(pa.string())]))
    codes = word.dictionary_encode()
    number = codes.indices.to_numpy().astype(np.int64)
    vocabulary = max(len(codes.dictionary), 1)
    cells = np.unique(row * vocabulary + number)
    row, number = np.divmod(cells, vocabulary)
    holding = np.bincount(number[row >= len(texts)], minlength=vocabulary)
    weights = np.log(1 + len(sample) / np.maximum(holding, 1))
    own = row < len(texts)
    starts = np.concatenate([[0], np.cumsum(np.bincount(row[own], minlength=len(texts)))])
    return Weighed(number[own], starts.astype(np.int64), weights)


def _words(texts: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Return the words of texts, and the text of each: runs of two signs where no spaces part words."""
    plain = pc.fill_null(words_alone(texts), "")
    plain = pc.replace_substring_regex(plain, f"([{UNSPACED}]+)", r" \1 ")
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(plain))
    row, word = pc.list_parent_indices(lists).to_numpy(), pc.list_flatten(lists)
    said = pc.greater(pc.utf8_length(word), 0)
    row, word = row[said.to_numpy(zero_copy_only=False)], word.filter(said)
    unspaced = pc.match_substring_regex(word, f"^[{UNSPACED}]").to_numpy(zero_copy_only=False)
    rows, runs = [row[~unspaced]], [word.filter(pa.array(~unspaced))]
    dense, rest = word.filter(pa.array(unspaced)), row[unspaced]
    for place in range(int(pc.max(pc.utf8_length(dense)).as_py() or 0)):
        long = pc.greater_equal(pc.utf8_length(dense), place + RUN)
        if place == 0:
            long = pa.array(np.ones(len(dense), np.bool_))
        chosen = long.to_numpy(zero_copy_only=False)
        rows.append(rest[chosen])
        runs.append(pc.utf8_slice_codeunits(dense.filter(long), place, place + RUN))
    return np.concatenate(rows).astype(np.int64), pa.concat_arrays(runs)


def languages_of(stated: pa.Array, texts: pa.Array, model: Model | None) -> pa.Array:
    """Return the language of each text as the platform says, else as it reads, `und` where nobody knows."""
    primary = pc.utf8_lower(pc.replace_substring_regex(stated, r"[-_].*", ""))
    said = pc.if_else(pc.is_in(primary, pa.array(["", UNDETERMINED])), pa.scalar(None, pa.string()), primary)
    read = identify(texts, model=model)["lang"].combine_chunks().cast(pa.string())
    return pc.coalesce(said, read)


def compare(
    texts: Weighed,
    bounds: NDArray[np.int64],
    languages: NDArray[np.int64],
    traces: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    words_min: int,
    alike_min: float,
) -> Compared:
    """Bring the texts of each picture into contexts.

    Args:
        texts: of one picture after the other, the earliest first.
        bounds: where each picture's texts begin, and the end.
        languages: number of each text's language, negative where nobody knows.
        traces: what joins texts at once (addresses, narratives), as numbers, sorted within each text; and
            where each text's begin, and the end.
        words_min: fewer different words say too little.
        alike_min: least likeness of texts of one context.
    """
    count = len(texts.starts) - 1
    context = np.where(np.diff(texts.starts) >= words_min, np.arange(count), -1)
    likeness, nearest = np.full(count, -1.0), np.full(count, -1, np.int64)
    sums = np.concatenate([[0.0], np.cumsum(texts.weights[texts.words])])
    weight = sums[texts.starts[1:]] - sums[texts.starts[:-1]]
    _join(texts.words, texts.starts, texts.weights, weight, *traces, bounds, alike_min, context)
    _liken(texts.words, texts.starts, texts.weights, weight, bounds, languages, context, likeness, nearest)
    return Compared(context, likeness, nearest)


@jit
def _alike(
    words: NDArray[np.int64],
    starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    weight: NDArray[np.float64],
    one: int,
    other: int,
) -> float:
    """Return the weight of shared words over that of the lighter text's, 0 to 1."""
    a, b, shared = starts[one], starts[other], 0.0
    while a < starts[one + 1] and b < starts[other + 1]:
        if words[a] == words[b]:
            shared += weights[words[a]]
            a, b = a + 1, b + 1
        elif words[a] < words[b]:
            a += 1
        else:
            b += 1
    return float(shared / max(min(weight[one], weight[other]), 1e-9))


@jit
def _meet(numbers: NDArray[np.int64], starts: NDArray[np.int64], one: int, other: int) -> bool:
    """Return whether two sorted runs of numbers share one."""
    a, b = starts[one], starts[other]
    while a < starts[one + 1] and b < starts[other + 1]:
        if numbers[a] == numbers[b]:
            return True
        if numbers[a] < numbers[b]:
            a += 1
        else:
            b += 1
    return False


@jit
def _join(
    words: NDArray[np.int64],
    starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    weight: NDArray[np.float64],
    traces: NDArray[np.int64],
    trace_starts: NDArray[np.int64],
    bounds: NDArray[np.int64],
    alike_min: float,
    context: NDArray[np.int64],
) -> None:
    """Join texts of one picture that are alike: each context is named by its first text."""
    for picture in range(len(bounds) - 1):
        start, end = bounds[picture], bounds[picture + 1]
        for one in range(start, end):
            if context[one] < 0:
                continue
            for other in range(start, one):
                a, b = context[one], context[other]
                if b < 0 or a == b:
                    continue
                if (
                    _meet(traces, trace_starts, one, other)
                    or _alike(words, starts, weights, weight, one, other) >= alike_min
                ):
                    for text in range(start, one + 1):
                        if context[text] == max(a, b):
                            context[text] = min(a, b)


@jit
def _liken(
    words: NDArray[np.int64],
    starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    weight: NDArray[np.float64],
    bounds: NDArray[np.int64],
    languages: NDArray[np.int64],
    context: NDArray[np.int64],
    likeness: NDArray[np.float64],
    nearest: NDArray[np.int64],
) -> None:
    """Find for each text the most alike one before it of another context, in the same language."""
    for picture in range(len(bounds) - 1):
        for one in range(bounds[picture], bounds[picture + 1]):
            for other in range(bounds[picture], one):
                if (
                    context[one] < 0
                    or context[other] < 0
                    or context[other] >= context[one]
                    or languages[one] < 0
                    or languages[one] != languages[other]
                ):
                    continue
                found = _alike(words, starts, weights, weight, one, other)
                if found > likeness[one]:
                    likeness[one], nearest[one] = found, other
