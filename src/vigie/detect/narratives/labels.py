"""What to call a narrative: the words it uses more than the others of its language, and its texts to read.

Words are ranked by c-TF-IDF: how often in the narrative, times the logarithm of one plus the mean number of
words of a narrative over how often the word stands anywhere (Grootendorst 2022,
https://doi.org/10.48550/arXiv.2203.05794). They are shown as people write them, accents and all.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vigie.detect.narratives.grouping import NONE, members_matrix
from vigie.text import words_alone

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

WORDS_KEPT = 30  # of each narrative, by which it is known again
TERMS_SHOWN = 10
READ_MAX = 200  # texts of a narrative in which the way of writing is looked up
RUN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


def telling(
    counts: sparse.csr_array, group: NDArray[np.int64], narratives: int
) -> list[list[tuple[int, float]]]:
    """Return the most telling words of each narrative, as columns of `counts`, and their weights."""
    said = (members_matrix(group, narratives).T @ counts).toarray()
    everywhere = np.asarray(counts.sum(axis=0)).ravel()
    mean = everywhere.sum() / max(1, narratives + int((group == NONE).any()))
    weight = (
        np.log(1 + mean / np.maximum(everywhere, 1)) * said / np.maximum(said.sum(axis=1, keepdims=True), 1)
    )
    ranked = np.argsort(-np.round(weight, 12), axis=1, kind="stable")[:, :WORDS_KEPT]
    return [
        [(int(word), float(weight[one, word])) for word in ranked[one] if weight[one, word] > 0]
        for one in range(narratives)
    ]


def as_written(words: list[str], texts: list[str]) -> list[str]:
    """Return words as they are mostly written in some texts, in lower case; else as they are."""
    runs = sorted({run.lower() for text in texts for run in RUN.findall(text)})
    plain = words_alone(pa.array(runs, pa.string())).to_pylist()
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for run, one in zip(runs, plain, strict=True):
        forms[one].append(run)
    wanted = {word: forms[word] for word in words if len(forms.get(word, ())) > 1}
    often = Counter(run.lower() for text in texts for run in RUN.findall(text)) if wanted else Counter()
    return [
        max(wanted[word], key=lambda form: (often[form], form))
        if word in wanted
        else (forms.get(word) or [word])[0]
        for word in words
    ]
