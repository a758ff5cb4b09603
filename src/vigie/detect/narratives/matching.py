"""The same narrative in two runs: known again by its posts, where both runs hold them, else by its words.

So a narrative keeps its id, and the moment it was first seen, while posts come and go.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMON_MIN = 5  # posts in both runs, to know a narrative by its posts
OVERLAP_MIN = 0.3  # of those of the smaller one that both runs hold
COSINE_MIN = 0.5  # of the weights of words
Weights = "Mapping[str, float]"


def matched(
    now: Sequence[tuple[str, Mapping[str, float]]],
    before: Sequence[tuple[str, Mapping[str, float]]],
    common: Counter[tuple[int, int]],
) -> dict[int, int]:
    """Return which narrative of now is which one of before; each at most once, the most alike first.

    Args:
        now: language and words of each narrative.
        before: the same of an earlier run.
        common: posts held by a narrative of now (-1: none) and one of before (-1: none).
    """
    of_now, of_before = Counter[int](), Counter[int]()
    for (one, other), count in common.items():
        of_now[one] += count
        of_before[other] += count
    likeness = []
    for one, (lang, words) in enumerate(now):
        for other, (its_lang, its_words) in enumerate(before):
            if lang == its_lang:
                both = common[one, other]
                overlap = both / max(1, min(of_now[one], of_before[other])) if both >= COMMON_MIN else 0.0
                alike = cosine(words, its_words)
                if overlap >= OVERLAP_MIN or alike >= COSINE_MIN:
                    likeness.append((-overlap, -alike, other, one))
    found: dict[int, int] = {}
    for _overlap, _alike, other, one in sorted(likeness):
        if one not in found and other not in found.values():
            found[one] = other
    return found


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return how alike two weighings of words are, 0 to 1."""
    product = sum(weight * other.get(word, 0.0) for word, weight in sorted(one.items()))
    lengths = [np.sqrt(sum(weight**2 for _word, weight in sorted(some.items()))) for some in (one, other)]
    return float(product / (lengths[0] * lengths[1])) if lengths[0] and lengths[1] else 0.0
