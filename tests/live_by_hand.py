"""A reading of the live look so plain that it must be right: all that is remembered, counted at once."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from math import log

from scipy import stats

HERE_RARE, HERE_CLOSE = 60, 4.0


def surprise(observed, expected):
    """Return how many zeros the odds of at least so many have."""
    return -stats.poisson.logsf(observed - 1, max(expected, 1e-12)) / log(10) if observed else 0.0


def above(acts, window_ms, bar, *, objects_min=2, rare_min=2):
    """Return the pairs above a bar.

    Args:
        acts: (account, object, at_ms), each once.
        window_ms: longest time between two acts on one object.
        bar: how surprising a pair must be, more.
        objects_min: fewest common objects.
        rare_min: fewest rare ones that make timing unnecessary.
    """
    acts = sorted(set(acts))
    on, of = defaultdict(list), defaultdict(list)
    for account, thing, at_ms in acts:
        on[thing].append((account, at_ms))
        of[account].append((thing, at_ms))
    near = {
        (account, thing, at_ms): sum(abs(at_ms - other) <= window_ms for _, other in on[thing]) - 1
        for account, thing, at_ms in acts
    }
    occupancy = {who: sum(near[who, thing, at] for thing, at in theirs) for who, theirs in of.items()}
    share = {who: len(theirs) / len(acts) for who, theirs in of.items()}
    found = set()
    for a, b in combinations(sorted(of), 2):
        common, moments_a, moments_b = set(), set(), set()
        for thing, at_a in of[a]:
            for other, at_b in of[b]:
                if thing == other and abs(at_a - at_b) <= window_ms:
                    common.add(thing)
                    moments_a.add(at_a)
                    moments_b.add(at_b)
        occasions = min(len(common), len(moments_a), len(moments_b))
        if occasions < objects_min:
            continue
        expected = (occupancy[a] * share[b] + occupancy[b] * share[a]) / 2
        rare = sum(len(on[thing]) <= HERE_RARE for thing in common)
        by_taste = max(_close(of[a], of[b], a, near, on), _close(of[b], of[a], b, near, on))
        passing = rare >= rare_min or surprise(occasions, by_taste) >= HERE_CLOSE
        if passing and surprise(occasions, expected) > bar:
            found.add((a, b))
    return found


def _close(mine, theirs, who, near, on):
    """Return the objects that common taste alone would bring within the window."""
    total = 0.0
    for thing in {one for one, _ in mine} & {one for one, _ in theirs}:
        partner_acts = sum(one == thing for one, _ in theirs)
        none = 1.0
        for one, at_ms in mine:
            if one == thing:
                chance = min(near[who, thing, at_ms] / max(len(on[thing]) - 1, 1), 1.0)
                none *= (1 - chance) ** partner_acts
        total += 1 - none
    return total
