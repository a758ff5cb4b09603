"""What two accounts would have in common by chance, and how surprising what they have is.

Expected common objects follow a Chung-Lu law inside communities of interest: account a's acts have so many
neighbours in time on objects of community c (its *occupancy*), and a neighbour is account b with b's share of
the acts there. So activity, popularity, bursts and taste are all allowed for; only acting together is not.
Surprise is -log10 of the Poisson chance of at least as many common objects as observed: 3 is one in 1,000.

Chung and Lu 2002, https://doi.org/10.1007/PL00012580
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.counting import Neighbours

SMALLEST = 1e-290  # below this the upper tail is taken from its leading term, in logarithms


def surprise(observed: Ints, expected: Floats) -> Floats:
    """Return -log10 P(Poisson(expected) >= observed), element by element; 0 where nothing was observed."""
    rate = np.maximum(expected, 1e-12)
    tail = special.gammainc(np.maximum(observed, 1), rate)
    leading = observed * np.log(rate) - rate - special.gammaln(observed + 1.0)
    result = np.where(tail > SMALLEST, -np.log10(np.maximum(tail, SMALLEST)), -leading / np.log(10))
    return np.where(observed > 0, np.maximum(result, 0.0), 0.0)


class Chance:
    """Expected common objects of pairs, for acts whose objects lie in communities.

    Args:
        acts: who acted on what when.
        near: each act's neighbours.
        community: of each object, 0 to `communities` - 1.
        communities: how many there are.
    """

    def __init__(self, acts: Acts, near: Neighbours, *, community: Ints, communities: int) -> None:
        shape = (acts.account_count, communities)
        cell = acts.account.astype(np.int64) * communities + community[acts.object]
        occupancy = (near.end - near.begin - 1).astype(np.float64)
        size = shape[0] * shape[1]
        self._occupancy = np.bincount(cell, weights=occupancy, minlength=size).reshape(shape)
        count = np.bincount(cell, minlength=size).reshape(shape)
        self._share = count / np.maximum(count.sum(axis=0), 1)

    def expected(self, a: Ints, b: Ints) -> Floats:
        """Return the common objects that pairs (a, b) would have by chance."""
        forth = np.einsum("ij,ij->i", self._occupancy[a], self._share[b])
        back = np.einsum("ij,ij->i", self._occupancy[b], self._share[a])
        return np.asarray((forth + back) / 2)

    def expected_among(self, accounts: Ints) -> float:
        """Return the sum of what all pairs of `accounts`, each named once, would have in common by chance."""
        occupancy, share = self._occupancy[accounts], self._share[accounts]
        return float((occupancy.sum(axis=0) * share.sum(axis=0) - (occupancy * share).sum(axis=0)).sum() / 2)
