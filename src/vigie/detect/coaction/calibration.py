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


def shuffled(acts: Acts, *, of_account: Ints, communities: int, rng: np.random.Generator) -> Acts:
    """Return the acts with account labels shuffled inside communities and blocks of six hours."""
    blocks, block = np.unique(acts.at_ms // BLOCK_MS, return_inverse=True)
    cell = block * communities + of_account[acts.account]
    order = stable_by_key(cell, np.arange(len(cell)), len(blocks) * communities)
    account = np.empty_like(acts.account)
    account[order] = _shuffled_runs(acts.account[order], cell[order], rng.random(len(cell)))
    return acts.with_accounts(account)


@jit
def _shuffled_runs(values: Ints, cell: Ints, chance: Floats) -> Ints:
    """Return `values` shuffled inside each run of equal `cell` (Fisher and Yates)."""
    result = values.copy()
    start = 0
    for i in range(len(values)):
        if i and cell[i] != cell[i - 1]:
            start = i
        other = start + np.int64(chance[i] * (i - start + 1))
        result[i], result[other] = result[other], result[i]
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
