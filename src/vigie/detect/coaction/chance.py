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

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.counting import Neighbours

ROUNDING = 1e-6  # far more than that of special functions
SMALLEST = 1e-290  # below this the upper tail is taken from its leading term, in logarithms


def surprise(observed: Ints, expected: Floats) -> Floats:
    """Return -log10 P(Poisson(expected) >= observed), element by element; 0 where nothing was observed."""
    rate = np.maximum(expected, 1e-12)
    tail = special.gammainc(np.maximum(observed, 1), rate)
    leading = observed * np.log(rate) - rate - special.gammaln(observed + 1.0)
    result = np.where(tail > SMALLEST, -np.log10(np.maximum(tail, SMALLEST)), -leading / np.log(10))
    return np.where(observed > 0, np.maximum(result, 0.0), 0.0)


def surprising(observed: Ints, expected: Floats, *, least: float) -> Ints:
    """Return the places of elements that are at least so surprising; see `surprise`.

    Few are: the expectation at which each count would just be tells the others apart, without logarithms.
    """
    counts = np.arange(1, observed.max(initial=1) + 1)
    bar = (1 + ROUNDING) * special.gammaincinv(counts, 10**-least)
    places = np.flatnonzero(expected <= bar[np.maximum(observed, 1) - 1])
    return np.asarray(places[surprise(observed[places], expected[places]) >= least])


@jit
def _expected(a: Ints, b: Ints, occupancy: Floats, share: Floats) -> Floats:
    """Return (occupancy of a x share of b + occupancy of b x share of a) / 2, summed over communities."""
    expected = np.empty(len(a), np.float64)
    for pair in range(len(a)):
        of_a, of_b = a[pair], b[pair]
        both = 0.0
        for community in range(occupancy.shape[1]):
            both += (
                occupancy[of_a, community] * share[of_b, community]
                + occupancy[of_b, community] * share[of_a, community]
            )
        expected[pair] = both / 2
    return expected


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
        near_by = np.asarray(np.bincount(cell, weights=occupancy, minlength=size), np.float64)
        self._occupancy = near_by.reshape(shape)
        count = np.bincount(cell, minlength=size).reshape(shape)
        self._share: Floats = count / np.maximum(count.sum(axis=0), 1)

    def expected(self, a: Ints, b: Ints) -> Floats:
        """Return the common objects that pairs (a, b) would have by chance."""
        return _expected(a, b, self._occupancy, self._share)

    def expected_among(self, accounts: Ints) -> float:
        """Return the sum of what all pairs of `accounts`, each named once, would have in common by chance."""
        occupancy, share = self._occupancy[accounts], self._share[accounts]
        return float((occupancy.sum(axis=0) * share.sum(axis=0) - (occupancy * share).sum(axis=0)).sum() / 2)
