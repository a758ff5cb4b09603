"""Sums and choices that several sentences and tables rest on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.terms.findings import Group, Layer, Member, SharedObject


@dataclass(frozen=True)
class Totals:
    """What a group shows over all its behaviours, each at its widest window: narrower ones lie within it."""

    pairs: int
    observed: int
    expected: float


def widest(group: Group) -> tuple[Layer, ...]:
    """Return one layer per behaviour, that of the widest window."""
    return tuple(max(layers, key=lambda layer: layer.window_ms) for layers in _by_behaviour(group).values())


def totals(group: Group) -> Totals:
    """Return a group's sums."""
    layers = widest(group)
    return Totals(
        pairs=sum(layer.pair_count for layer in layers),
        observed=sum(layer.observed for layer in layers),
        expected=sum(layer.expected for layer in layers),
    )


def heaviest(group: Group) -> tuple[Layer, ...]:
    """Return one layer per behaviour, that which weighs most: many pairs, each of great surprise."""
    return tuple(max(layers, key=_weight) for layers in _by_behaviour(group).values())


def main_layer(group: Group) -> Layer | None:
    """Return the layer that weighs most of all; the first of equals."""
    return max(group.layers, key=_weight, default=None)


def _weight(layer: Layer) -> float:
    return layer.pair_count * layer.surprise_median


def _by_behaviour(group: Group) -> dict[str, list[Layer]]:
    sorted_out: dict[str, list[Layer]] = {}
    for layer in group.layers:
        sorted_out.setdefault(layer.behaviour, []).append(layer)
    return sorted_out


def behaviours_of(group: Group) -> tuple[str, ...]:
    """Return the behaviours that a group shows, heaviest first as its layers stand, each once."""
    return tuple(dict.fromkeys(layer.behaviour for layer in group.layers)) or ("",)


def cumulative(counts: tuple[int, ...]) -> list[float]:
    """Return the share of `counts` up to and with each bin; nothing where all are 0."""
    whole = sum(counts)
    return [part / whole for part in accumulate(counts)] if whole else []


def shares(counts: tuple[int, ...]) -> list[float]:
    """Return each of `counts` as a part of their sum, 0 where all are 0."""
    whole = sum(counts)
    return [part / whole if whole else 0.0 for part in counts]


def ranked(members: tuple[Member, ...]) -> list[Member]:
    """Return members, the best connected first; the same order in every table and picture."""
    return sorted(members, key=lambda m: (-m.partner_count, -m.object_count, m.account))


def drawn_objects(group: Group, *, most: int) -> list[SharedObject]:
    """Return the first objects whose single acts are known."""
    return [item for item in group.objects if len(item.acts) > 1][:most]
