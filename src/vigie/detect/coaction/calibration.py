"""How surprising a pair must be before it counts: set on shuffled copies of the same data.

In a shuffled copy the account labels change places among acts of the same community of interest and the same
six hours. Activity, popularity, bursts and broad tastes stay; acting together goes. So does what people have
in common who follow one event live for minutes: they are found too, and readers are told. Whatever passes the
whole rule in a copy passes by chance. The threshold is the lowest at which such pairs are expected to be at
most the stated part of the real ones; one more exceedance than was seen is assumed, so that a few lucky pairs
among nothing do not pass.

Storey and Tibshirani 2003, https://doi.org/10.1073/pnas.1530509100; Phipson and Smyth 2010 for the one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.jit import jit

if TYPE_CHECKING:
    from vigie.detect.coaction.acts import Acts, Floats, Ints

BLOCK_MS = 6 * 3_600_000
PERMUTATIONS_MIN, PERMUTATIONS_MAX = 20, 200
ACTS_SHUFFLED = 10_000_000  # small data is shuffled more often, up to the most


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The surprise that counts, and what passes it.

    `q_values` are the real pairs' false-discovery rates, in their order. `strongest_by_chance` is the largest
    surprise in any shuffled copy, 0 when there was none.
    """

    surprise: float | None
    above: int
    expected_by_chance: float
    q_values: Floats
    strongest_by_chance: float


def permutations_for(act_count: int) -> int:
    """Return how many shuffled copies a set of acts deserves."""
    return int(np.clip(ACTS_SHUFFLED // max(act_count, 1), PERMUTATIONS_MIN, PERMUTATIONS_MAX))


class Shuffling:
    """Shuffles account labels inside communities and blocks of six hours; the blocks are sorted out once.

    Args:
        acts: who acted on what when.
        of_account: the community of each account.
        communities: how many there are.
    """

    def __init__(self, acts: Acts, *, of_account: Ints, communities: int) -> None:
        blocks, block = np.unique(acts.at_ms // BLOCK_MS, return_inverse=True)
        cell = block * communities + of_account[acts.account]
        self._acts = acts
        self._order = stable_by_key(cell, np.arange(len(cell)), len(blocks) * communities)
        self._account = acts.account[self._order]
        self._start = _starts(cell[self._order])

    def copy(self, rng: np.random.Generator) -> Acts:
        """Return the acts, done by other accounts."""
        chance = rng.random(len(self._order))
        return self._acts.with_accounts(_shuffled(self._account, self._start, chance, self._order))


@jit
def _starts(cell: Ints) -> Ints:
    """Return for each place where its run of equal `cell` starts."""
    start = np.zeros(len(cell), np.int32)
    for i in range(1, len(cell)):
        start[i] = start[i - 1] if cell[i] == cell[i - 1] else i
    return start


@jit
def _shuffled(values: Ints, start: Ints, chance: Floats, order: Ints) -> Ints:
    """Return `values` shuffled inside each run (Fisher and Yates), each put where `order` says."""
    mixed = values.copy()
    for i in range(len(values)):
        other = start[i] + np.int64(chance[i] * (i - start[i] + 1))
        mixed[i], mixed[other] = mixed[other], mixed[i]
    result = np.empty_like(values)
    for i in range(len(values)):
        result[order[i]] = mixed[i]
    return result


def threshold(real: Floats, by_chance: Floats, *, permutations: int, fdr: float) -> Threshold:
    """Return the lowest surprise that keeps the false-discovery rate.

    Args:
        real: the surprise of each real pair that passes the rest of the rule.
        by_chance: the same of all pairs of all shuffled copies.
        permutations: how many shuffled copies there were, 1 or more.
        fdr: the largest part of false pairs, 0-1.
    """
    order = np.argsort(-real, kind="stable")
    falling = real[order]
    rank = np.searchsorted(-falling, -falling, side="right")  # pairs at least as surprising
    chance = np.sort(by_chance)
    exceed = (len(chance) - np.searchsorted(chance, falling, side="left") + 1) / permutations
    rate = np.minimum(exceed / np.maximum(rank, 1), 1.0)
    q_falling = np.minimum.accumulate(rate[::-1])[::-1]  # the best rate at any lower threshold
    q_values = np.empty_like(real)
    q_values[order] = q_falling
    strongest = float(chance[-1]) if len(chance) else 0.0
    passing = np.flatnonzero(q_falling <= fdr)
    if not len(passing):
        return Threshold(
            surprise=None, above=0, expected_by_chance=0.0, q_values=q_values, strongest_by_chance=strongest
        )
    last = passing[-1]
    return Threshold(
        surprise=float(falling[last]),
        above=len(passing),
        expected_by_chance=float(exceed[last] - 1 / permutations),
        q_values=q_values,
        strongest_by_chance=strongest,
    )
