"""Groups of texts of one language that tell one narrative, and every text's place in or outside them.

Texts and their nearest texts are a network that Leiden parts (Traag et al. 2019,
https://doi.org/10.1038/s41598-019-41695-z). Texts of shuffled words are parted too, though they tell nothing:
groups there share one word, as do many real ones ("lol", a place). So a group is a narrative only if it hangs
together beyond its two most shared words more, by a margin, than the strongest group of shuffled words does
on the mean of up to five shuffles; and a text joins the nearest narrative only if it is nearer than nearly
all texts of shuffled words that are as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from vigie.detect.narratives.neighbours import nearest
from vigie.detect.narratives.space import basis_of, placed
from vigie.detect.narratives.words import weighed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.narratives.rule import Rule
    from vigie.detect.narratives.words import Tokens, Vocabulary

ITERATIONS = 10  # of Leiden
BEYOND = 2  # words that any two texts may share without telling the same
MARGIN = 1.5  # times the most that shuffled words reach, on the mean of the shuffles
COHESION_LEAST = 0.005
AS_ALIKE = 0.4  # of how alike texts within a group are: from there two groups are one
SHUFFLED_TEXTS = 5_000  # few texts are shuffled several times, up to so many texts of shuffled words
SHUFFLES_MAX = 5
REFINED = 2  # times that texts look for the nearest narrative
LENGTHS = (3, 5, 8, 13, 21)  # known words of a text: from each on, chance is reckoned apart
FEW = 50  # texts of a length from which chance cannot be reckoned
NONE = -1


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Narratives of one language, by the direction of their words.

    Args:
        centres: a column per narrative, in the words of the vocabulary, of unit length.
        group: of each text the narrative was learned from, `NONE` where it is in none.
        near: how near it is to that narrative, a cosine; 0 where it is in none.
        least: how near a text must be, by its number of known words: see `LENGTHS`.
        tried: groups that were looked at.
        chance: how much the strongest group of shuffled words hangs together, on the mean of the shuffles.
    """

    centres: NDArray[np.float64]
    group: NDArray[np.int64]
    near: NDArray[np.float64]
    least: NDArray[np.float64]
    tried: int
    chance: float


def learned(tokens: Tokens, vocabulary: Vocabulary, rule: Rule, *, seed: tuple[int, ...]) -> Learned:
    """Return the narratives that texts of one language tell; the same for the same seed."""
    rng = np.random.default_rng(seed)
    rows = weighed(tokens, vocabulary)
    part = parted(rows, rule, rng)
    beyond = cohesions(rows, part)
    large = np.bincount(part, minlength=len(beyond)) >= rule.texts_min
    copies = max(1, min(SHUFFLES_MAX, SHUFFLED_TEXTS // tokens.count))
    shuffles = [
        weighed(replace(tokens, word=rng.permutation(tokens.word)), vocabulary) for _ in range(copies)
    ]
    chance = float(np.mean([_most_by_chance(one, rule, rng) for one in shuffles]))
    shuffled = sparse.vstack(shuffles, format="csr")
    least_cohesion = max(MARGIN * chance, COHESION_LEAST)
    kept = np.flatnonzero(large & (beyond > least_cohesion))
    group = np.full(tokens.count, NONE)
    for number, one in enumerate(kept):
        group[part == one] = number
    group = merged(rows, group, beyond[kept])
    near, least, centres = np.zeros(tokens.count), np.full(len(LENGTHS) + 1, np.inf), None
    for _ in range(REFINED):
        centres, lengths = centres_of(rows, group, len(kept))
        least = limits(shuffled, centres, rule.chance_max)
        group, near = own_nearest(rows, group, centres, lengths, least)
        group = _large_enough(group, len(kept), rule.texts_min)
    return _without_empty(rows, group, near, least, int(large.sum()), chance)


def _most_by_chance(shuffled: sparse.csr_array, rule: Rule, rng: np.random.Generator) -> float:
    """Return how much the strongest group of one shuffle of the words hangs together."""
    part = parted(shuffled, rule, rng)
    large = np.bincount(part) >= rule.texts_min
    return float(cohesions(shuffled, part)[large].max(initial=0.0))


def _without_empty(
    rows: sparse.csr_array,
    group: NDArray[np.int64],
    near: NDArray[np.float64],
    least: NDArray[np.float64],
    tried: int,
    chance: float,
) -> Learned:
    """Return narratives numbered anew, the largest first; those that nobody joined are gone."""
    found, size = np.unique(group[group != NONE], return_counts=True)
    order = found[np.lexsort((found, -size))]
    number = np.full(int(group.max(initial=0)) + 2, NONE)
    number[order] = np.arange(len(order))
    now = number[group]
    return Learned(
        centres=centres_of(rows, now, len(order))[0],
        group=now,
        near=np.where(now == NONE, 0.0, near),
        least=least,
        tried=tried,
        chance=chance,
    )


def parted(rows: sparse.csr_array, rule: Rule, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the part of the network of neighbours in which each text stands."""
    if not rows.shape[0]:
        return np.empty(0, np.int64)
    places = placed(rows, basis_of(rows, rule.dimensions, rng))
    others, cosine = nearest(places, min(rule.neighbours, rows.shape[0] - 1))
    one, other = np.repeat(np.arange(len(places)), others.shape[1]), others.ravel().astype(np.int64)
    joined = other >= 0
    low, high = np.minimum(one, other)[joined], np.maximum(one, other)[joined]
    edge, first, times = np.unique(low * len(places) + high, return_index=True, return_counts=True)
    weight = cosine.ravel()[joined][first].astype(np.float64) * times  # near both ways counts twice
    return communities(
        len(places),
        edge // len(places),
        edge % len(places),
        weight,
        rule.resolution,
        int(rng.integers(2**62)),
    )


def communities(
    count: int,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    weight: NDArray[np.float64],
    resolution: float,
    seed: int,
) -> NDArray[np.int64]:
    """Return the community of each of `count` nodes, by Leiden; the same for the same seed."""
    if not len(one):
        return np.arange(count)
    import networkit  # noqa: PLC0415 (it takes most of a second)

    networkit.setNumberOfThreads(1)  # two threads differ on almost every run
    networkit.setSeed(seed, False)  # noqa: FBT003 (networkit's signature)
    graph = networkit.GraphFromCoo((weight, (one, other)), n=count, weighted=True, directed=False)
    leiden = networkit.community.ParallelLeiden(
        graph, iterations=ITERATIONS, randomize=False, gamma=resolution
    )
    leiden.run()
    return np.unique(np.array(leiden.getPartition().getVector(), np.int64), return_inverse=True)[1]


def members_matrix(group: NDArray[np.int64], count: int) -> sparse.csr_array:
    """Return a row per text, a column per group, 1 where the text is in it."""
    inside = np.flatnonzero(group != NONE)
    return sparse.csr_array((np.ones(len(inside)), (inside, group[inside])), shape=(len(group), count))


def cohesions(rows: sparse.csr_array, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how alike two texts of each group are, more than two of all, beyond the words most shared.

    That is the mean product of their rows, word by word, less what any two texts have, and without the
    `BEYOND` words that add most.
    """
    count = int(group.max(initial=-1)) + 1
    size = np.bincount(group, minlength=count).astype(np.float64)
    squares = rows.multiply(rows).tocsr()
    usual = _products(rows.sum(axis=0), squares.sum(axis=0), float(rows.shape[0]))
    inside = members_matrix(group, count).T.tocsr()
    summed, squared = (inside @ rows).tocsr(), (inside @ squares).tocsr()
    found = np.zeros(count)
    for one in range(count):
        of_one = slice(summed.indptr[one], summed.indptr[one + 1])
        words = summed.indices[of_one]
        square = np.zeros(rows.shape[1])
        of_square = slice(squared.indptr[one], squared.indptr[one + 1])
        square[squared.indices[of_square]] = squared.data[of_square]
        excess = _products(summed.data[of_one], square[words], size[one]) - usual[words]
        absent = usual.sum() - usual[words].sum()
        found[one] = np.sort(excess)[:-BEYOND].sum() - absent
    return found


def merged(
    rows: sparse.csr_array, group: NDArray[np.int64], beyond: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return groups of which those that tell the same are one, the most alike first.

    Two groups tell the same if a text of one and a text of the other are about as alike, beyond those most
    shared words, as two texts of one of them: Leiden parts a large group where it could as well not.

    Args:
        rows: the texts.
        group: of each text its group, `NONE` where it is in none.
        beyond: how much each group hangs together: see `cohesions`.
    """
    count = len(beyond)
    if count < 2:  # noqa: PLR2004 (nothing to merge with)
        return group
    size = np.bincount(group[group != NONE], minlength=count).astype(np.float64)
    means = (members_matrix(group, count).T @ rows).toarray() / np.maximum(size, 1)[:, None]
    squares = rows.multiply(rows).sum(axis=0)
    usual = _products(rows.sum(axis=0), squares, float(rows.shape[0]))
    beyond, name = beyond.copy(), np.arange(count)
    alike = np.zeros((count, count))
    fresh = set(range(count))
    while True:
        for one in sorted(fresh):
            alike[one] = alike[:, one] = [
                0.0 if other == one or not size[other] else _alike(means[one], means[other], usual)
                for other in range(count)
            ]
        same = alike - np.maximum(COHESION_LEAST, AS_ALIKE * np.minimum(beyond[:, None], beyond[None, :]))
        one, other = divmod(int(np.argmax(np.triu(same, 1))), count)
        if one >= other or same[one, other] <= 0:
            return np.where(group == NONE, NONE, name[group])
        both = size[one] + size[other]
        means[one] = (size[one] * means[one] + size[other] * means[other]) / both
        beyond[one] = (size[one] * beyond[one] + size[other] * beyond[other]) / both
        name[name == other], size[one], size[other] = one, both, 0.0
        alike[other] = alike[:, other] = 0.0
        fresh = {one}


def _alike(one: NDArray[np.float64], other: NDArray[np.float64], usual: NDArray[np.float64]) -> float:
    """Return how alike two groups' texts are on the mean, beyond the words most shared."""
    excess = one * other - usual
    return float(excess.sum() - np.partition(excess, -BEYOND)[-BEYOND:].sum())


def _products(summed: NDArray[np.float64], squared: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Return, word by word, the mean product of two different rows, from sums and sums of squares."""
    return np.asarray((summed**2 - squared) / max(size * (size - 1), 1.0))


def centres_of(
    rows: sparse.csr_array, group: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the direction of each group, a column of unit length, and the length of the sum it is of."""
    summed = (rows.T @ members_matrix(group, count)).toarray()
    length = np.sqrt((summed**2).sum(axis=0))
    return summed / np.maximum(length, 1e-12), length


def kinds_of_length(rows: sparse.csr_array) -> NDArray[np.int64]:
    """Return to which of `LENGTHS` each text belongs, by its known words."""
    return np.asarray(np.searchsorted(LENGTHS, np.diff(rows.indptr), side="right"))


def limits(
    shuffled: sparse.csr_array, centres: NDArray[np.float64], chance_max: float
) -> NDArray[np.float64]:
    """Return how near a text must be to a narrative, by length: nearer than nearly all shuffled ones."""
    least = np.full(len(LENGTHS) + 1, np.inf)
    if not centres.shape[1]:
        return least
    best, kind = np.asarray(shuffled @ centres).max(axis=1), kinds_of_length(shuffled)
    for one in range(len(least)):
        some = best[kind == one]
        if len(some) >= FEW:
            least[one] = np.quantile(some, 1 - chance_max)
    known = np.flatnonzero(np.isfinite(least))
    for one in range(len(least)):
        if len(known) and not np.isfinite(least[one]):
            least[one] = least[known[known < one].max(initial=known[0])]  # as strict as the next shorter
    return least


def own_nearest(
    rows: sparse.csr_array,
    group: NDArray[np.int64],
    centres: NDArray[np.float64],
    lengths: NDArray[np.float64],
    least: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the narrative of each text it was learned from; its own words do not speak for it."""
    cosine = np.asarray(rows @ centres)
    inside = np.flatnonzero(group != NONE)
    own = cosine[inside, group[inside]] * lengths[group[inside]]
    rest = np.sqrt(np.maximum(lengths[group[inside]] ** 2 - 2 * own + 1, 1e-12))
    cosine[inside, group[inside]] = (own - 1) / rest
    return joined(cosine, kinds_of_length(rows), least)


def joined(
    cosine: NDArray[np.float64], kind: NDArray[np.int64], least: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest narrative of each text and how near it is; `NONE` and 0 where none is near."""
    if not cosine.shape[1]:
        return np.full(len(cosine), NONE), np.zeros(len(cosine))
    cosine = np.round(cosine, 9)  # so that equals are equal in whatever order they were added
    best = cosine.argmax(axis=1)
    near = cosine[np.arange(len(cosine)), best]
    found = near > least[kind]
    return np.where(found, best, NONE), np.where(found, near, 0.0)


def _large_enough(group: NDArray[np.int64], count: int, least: int) -> NDArray[np.int64]:
    size = np.append(np.bincount(group[group != NONE], minlength=count), 0)  # the last one is of `NONE`
    return np.where((group != NONE) & (size[group] >= least), group, NONE)
