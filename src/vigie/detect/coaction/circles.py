"""Groups of one sitting: kept where they are nearly alone with what they acted on.

What people pass on while they scroll, many others pass on too, sooner or later. An operation of one evening
leaves another trace: three accounts or more, on the same few objects, that are half or more of all who ever
acted on them. So pairs that are surprising only if the objects of one sitting count one by one (`Layer.once`)
are parted into groups by themselves; where such a group is a closed circle, its pairs count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.groups import fused, parted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.layers import Layer
    from vigie.detect.coaction.rule import Rule

THIRD = 1 / 3  # of a group: an object on which fewer of its accounts acted is not its common one
HALF = 0.5  # of all who acted on its common objects


def with_circles(layers: Sequence[Layer], rule: Rule, *, seed: int) -> list[Layer]:
    """Return the layers with the pairs of one sitting that belong to closed circles.

    Args:
        layers: every behaviour and window.
        rule: the parameters.
        seed: of the parting into groups.
    """
    groups = parted(fused(replace(layer, kept=layer.once) for layer in layers), rule, seed=seed)
    return [_with(layer, _closed(layer, groups, rule)) for layer in layers] if groups else list(layers)


def _closed(layer: Layer, groups: Sequence[Sequence[str]], rule: Rule) -> Ints:
    """Return the places of the pairs of one sitting whose accounts belong to one closed circle."""
    pairs = layer.once.pairs
    number = {account: group for group, accounts in enumerate(groups) for account in accounts}
    occurring = np.unique(np.concatenate((pairs.a, pairs.b)))
    names = layer.acts.account_names.take(occurring).to_pylist()
    group = np.full(layer.acts.account_count, -1, np.int64)
    group[occurring] = [number.get(name, -1) for name in names]
    shares = own_shares(layer.acts, group, len(groups), rule)
    return np.flatnonzero(
        (group[pairs.a] >= 0) & (group[pairs.a] == group[pairs.b]) & (shares[group[pairs.a]] >= HALF)
    )


def own_shares(acts: Acts, group: Ints, count: int, rule: Rule) -> Floats:
    """Return which part each group is of all accounts that acted on the group's common objects.

    Args:
        acts: who acted on what.
        group: of each account, 0 to `count` - 1, or -1.
        count: how many groups there are.
        rule: an object is common when a third of the group acted on it, and `group_size_min` at least; a
            group with fewer than `objects_min` of them has a share of 0.
    """
    objects, accounts = _distinct(acts, group[acts.account] >= 0)
    cell, mine = np.unique(objects * count + group[accounts], return_counts=True)
    objects, groups = cell // count, cell % count
    size = np.bincount(group[group >= 0], minlength=count)
    common = np.flatnonzero(mine >= np.maximum(rule.group_size_min, THIRD * size[groups]))
    objects, groups, mine = objects[common], groups[common], mine[common]
    wanted = np.zeros(acts.object_count, np.bool_)
    wanted[objects] = True
    everyone = np.bincount(_distinct(acts, wanted[acts.object])[0], minlength=acts.object_count)[objects]
    own = np.bincount(groups, mine, count) / np.maximum(np.bincount(groups, everyone, count), 1)
    return np.where(np.bincount(groups, minlength=count) >= rule.objects_min, own, 0.0)


def _distinct(acts: Acts, chosen: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return object and account of the chosen acts, each couple once."""
    width = max(acts.account_count, 1)
    cell = np.unique(acts.object[chosen].astype(np.int64) * width + acts.account[chosen])
    return cell // width, cell % width


def _with(layer: Layer, places: Ints) -> Layer:
    """Return a layer with some of its pairs of one sitting among those it keeps."""
    width = layer.acts.account_count
    known = np.isin(layer.once.pairs.codes(width)[places], layer.pairs.codes(width))
    new = layer.once.at(places[~known])
    if not len(new.pairs.a):
        return layer
    kept = layer.kept.joined(new, account_count=width)
    calibration = replace(
        layer.calibration,
        threshold=kept.threshold,
        significant_count=len(kept.pairs.a),
        expected_by_chance=kept.expected_by_chance,
    )
    return replace(layer, kept=kept, calibration=calibration)
