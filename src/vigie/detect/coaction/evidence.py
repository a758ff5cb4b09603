"""What a group did together, so that a person can follow it: objects, moments, lags, members.

All figures come from the acts of members on the widest window; a co-action here is a pair of acts of two
members on one object within the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

from vigie.detect.coaction.groups import kind_of, weight_of
from vigie.detect.coaction.indicators import indicators
from vigie.detect.coaction.sittings import SITTING_MS
from vigie.detect.jit import jit
from vigie.terms.findings import Edge, Group, Lags, Member, SharedObject, Timeline
from vigie.terms.findings import Layer as LayerEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.groups import Link, Pair
    from vigie.detect.coaction.layers import Layer
    from vigie.terms.findings import Indicator

Origins: TypeAlias = "Callable[[str, pa.Array], pa.Array]"
"""Takes a behaviour and names of objects; returns where each comes from, null where unknown."""

OBJECTS_SHOWN, ACTS_SHOWN, BINS_MAX = 50, 200, 120
HOURS, QUIET_HOURS, ENOUGH_ACTS = 24, 6, 50
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
BIN_STEPS_MS = (
    *(n * MINUTE_MS for n in (1, 5, 15)),
    *(n * HOUR_MS for n in (1, 3, 6, 12)),
    DAY_MS,
    7 * DAY_MS,
)
LAG_EDGES_MS = (0, 1_000, 5_000, 15_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000)


@dataclass(frozen=True, kw_only=True)
class Together:
    """The acts of one group's members under one behaviour, in the order of `Acts`; which were together."""

    layer: Layer  # of the widest window
    acts: Acts  # members' acts only, codes as in the layer
    partners: Ints  # acts of other members within the window, before and after
    later_partners: Ints  # those after it

    @property
    def common(self) -> Ints:
        """The object codes on which members acted together, ascending."""
        return np.unique(self.acts.object[self.partners > 0])


def groups_with_evidence(
    layers: Sequence[Layer],
    links: Mapping[Pair, Link],
    parts: Sequence[Sequence[str]],
    *,
    known: Mapping[str, str],
    origins: Origins,
) -> tuple[Group, ...]:
    """Return each group with its evidence, numbered from 1 in the order given.

    Args:
        layers: every behaviour and window.
        links: each significant pair.
        parts: the accounts of each group.
        known: accounts openly coordinated, such as outlets, and what they are.
        origins: tells where objects come from: the author of a post, the site of a link.
    """
    return tuple(
        _group(number, accounts, layers, links, known, origins)
        for number, accounts in enumerate(parts, start=1)
    )


def _group(
    number: int,
    accounts: Sequence[str],
    layers: Sequence[Layer],
    links: Mapping[Pair, Link],
    known: Mapping[str, str],
    origins: Origins,
) -> Group:
    inside = set(accounts)
    of_layer = [(layer, _pairs_inside(layer, inside)) for layer in layers]
    of_layer = [(layer, places) for layer, places in of_layer if len(places)]
    together = [_together(layer, inside) for layer in _widest([layer for layer, _ in of_layer])]
    edges = _edges(links, inside, of_layer)
    objects, object_count = _objects(together)
    return Group(
        group=number,
        members=_members(accounts, edges, together, known),
        edges=edges,
        layers=tuple(_layer(layer, places, inside) for layer, places in of_layer),
        objects=objects,
        object_count=object_count,
        timeline=_timeline(together),
        lags=_lags(together),
        q_value=max(float(layer.q_values[places].max()) for layer, places in of_layer),
        indicators=_indicators(accounts, together, known, origins),
    )


def _widest(layers: Sequence[Layer]) -> list[Layer]:
    """Return one layer per kind of behaviour, that of the widest window; of several the looser reading."""
    widest = {
        kind_of(layer.behaviour): layer
        for layer in sorted(layers, key=lambda layer: (layer.window_ms, layer.behaviour))
    }
    return [widest[kind] for kind in sorted(widest)]


def _codes(layer: Layer, inside: set[str]) -> NDArray[np.bool_]:
    """Tell for each account code of a layer whether it is a member."""
    names = layer.acts.account_names
    member = np.zeros(len(names), np.bool_)
    found = [
        names_index
        for names_index in (_find(layer, account) for account in inside)
        if names_index is not None
    ]
    member[found] = True
    return member


def _find(layer: Layer, account: str) -> int | None:
    """Return the code of an account; codes are in the order of names."""
    low, high = 0, len(layer.acts.account_names)
    wanted = account.encode()
    while low < high:
        middle = (low + high) // 2
        if layer.acts.account_names[middle].as_py().encode() < wanted:
            low = middle + 1
        else:
            high = middle
    found = low < len(layer.acts.account_names) and layer.acts.account_names[low].as_py() == account
    return low if found else None


def _pairs_inside(layer: Layer, inside: set[str]) -> Ints:
    if not len(layer.pairs.a):
        return np.empty(0, np.int64)
    member = _codes(layer, inside)
    return np.flatnonzero(member[layer.pairs.a] & member[layer.pairs.b])


def _together(layer: Layer, inside: set[str]) -> Together:
    acts = _member_acts(layer, inside)
    partners, later = _partners(acts.object, acts.at_ms, acts.account, layer.window_ms)
    return Together(layer=layer, acts=acts, partners=partners, later_partners=later)


def _member_acts(layer: Layer, inside: set[str]) -> Acts:
    return layer.acts.at(np.flatnonzero(_codes(layer, inside)[layer.acts.account]))


@jit
def _partners(objects: Ints, at_ms: Ints, account: Ints, window_ms: int) -> tuple[Ints, Ints]:
    """Return for each act how many acts of others are near it, and how many of those come later."""
    near = np.zeros(len(objects), np.int64)
    later = np.zeros(len(objects), np.int64)
    for i in range(len(objects)):
        j = i + 1
        while j < len(objects) and objects[j] == objects[i] and at_ms[j] - at_ms[i] <= window_ms:
            if account[j] != account[i]:
                near[i] += 1
                near[j] += 1
                later[i] += 1
            j += 1
    return near, later


def _edges(
    links: Mapping[Pair, Link], inside: set[str], of_layer: Sequence[tuple[Layer, Ints]]
) -> tuple[Edge, ...]:
    counts: dict[tuple[str, str, str], int] = {}
    for layer, places in of_layer:
        names = layer.acts.account_names
        left = names.take(layer.pairs.a[places]).to_pylist()
        right = names.take(layer.pairs.b[places]).to_pylist()
        for a, b, objects in zip(left, right, layer.pairs.close.objects[places].tolist(), strict=True):
            key = (a, b, kind_of(layer.behaviour))
            counts[key] = max(counts.get(key, 0), objects)
    return tuple(
        Edge(
            account_a=a,
            account_b=b,
            object_count=sum(counts.get((a, b, kind), 0) for kind in set(map(kind_of, link.surprise))),
            surprise=weight_of(link.surprise),
            behaviours=tuple(sorted(link.surprise)),
        )
        for (a, b), link in links.items()
        if a in inside and b in inside
    )


def _layer(layer: Layer, places: Ints, inside: set[str]) -> LayerEvidence:
    pairs = layer.pairs.where(places)
    gaps = _gaps(_member_acts(layer, inside), layer.window_ms)
    quantiles = np.quantile(gaps, (0.1, 0.5, 0.9), method="nearest") if len(gaps) else np.zeros(3)
    low, median, high = (int(gap) for gap in quantiles)
    return LayerEvidence(
        behaviour=layer.behaviour,
        window_ms=layer.window_ms,
        pair_count=len(places),
        observed=int(pairs.close.objects.sum()),
        expected=float(pairs.expected.sum()),
        surprise_min=float(pairs.surprise.min()),
        surprise_median=float(np.median(pairs.surprise)),
        gap_ms_quantiles=(low, median, high),
    )


def _gaps(acts: Acts, longest_ms: int) -> Ints:
    """Return the times from each act to the next act of another account on the same object, if not longer."""
    follows = (acts.object[1:] == acts.object[:-1]) & (acts.account[1:] != acts.account[:-1])
    gaps: Ints = (acts.at_ms[1:] - acts.at_ms[:-1])[follows]
    return gaps[gaps <= longest_ms]


def _objects(together: Sequence[Together]) -> tuple[tuple[SharedObject, ...], int]:
    """Return the most telling common objects, many members and few others first, and how many there are."""
    ranked: list[tuple[float, int, Together, int]] = []
    for number, of_behaviour in enumerate(together):
        actors = np.bincount(of_behaviour.layer.acts.object, minlength=of_behaviour.layer.acts.object_count)
        common = of_behaviour.common
        acted = of_behaviour.partners > 0
        cell = np.unique(
            np.stack((of_behaviour.acts.object[acted], of_behaviour.acts.account[acted])), axis=1
        )
        members = np.bincount(cell[0], minlength=of_behaviour.layer.acts.object_count)[common]
        score = members * members / actors[common]
        ranked += [(-s, number, of_behaviour, int(o)) for s, o in zip(score, common, strict=True)]
    ranked.sort(key=lambda row: (row[0], row[1], row[3]))
    return tuple(_shared(where, code) for _, _, where, code in ranked[:OBJECTS_SHOWN]), len(ranked)


def _shared(together: Together, code: int) -> SharedObject:
    acts, whole = together.acts, together.layer.acts
    here = slice(*np.searchsorted(acts.object, (code, code + 1)))
    everyone = slice(*np.searchsorted(whole.object, (code, code + 1)))
    chosen = together.partners[here] > 0
    at_ms, account = acts.at_ms[here][chosen], acts.account[here][chosen]
    names = whole.account_names.take(account[:ACTS_SHOWN]).to_pylist()
    return SharedObject(
        behaviour=together.layer.behaviour,
        object=whole.object_names[code].as_py(),
        account_count=len(np.unique(account)),
        actor_count=len(np.unique(whole.account[everyone])),
        first_ms=int(at_ms[0]),
        span_ms=int(at_ms[-1] - at_ms[0]),
        acts=tuple(zip(at_ms[:ACTS_SHOWN].tolist(), names, strict=True)),
    )


def _members(
    accounts: Sequence[str], edges: Sequence[Edge], together: Sequence[Together], known: Mapping[str, str]
) -> tuple[Member, ...]:
    partners = dict.fromkeys(accounts, 0)
    for edge in edges:
        partners[edge.account_a] += 1
        partners[edge.account_b] += 1
    objects, actions = dict.fromkeys(accounts, 0), dict.fromkeys(accounts, 0)
    for of_behaviour in together:
        acts = of_behaviour.acts
        acted = of_behaviour.partners > 0
        common = np.unique(np.stack((acts.account[acted], acts.object[acted])), axis=1)[0]
        names = acts.account_names
        for code, count in zip(*np.unique(common, return_counts=True), strict=True):
            objects[names[int(code)].as_py()] += int(count)
        for code, count in zip(*np.unique(acts.account, return_counts=True), strict=True):
            actions[names[int(code)].as_py()] += int(count)
    members = [
        Member(
            account=account,
            partner_count=partners[account],
            object_count=objects[account],
            action_count=actions[account],
            known_as=known.get(account),
        )
        for account in accounts
    ]
    return tuple(
        sorted(members, key=lambda member: (-member.partner_count, -member.object_count, member.account))
    )


def _timeline(together: Sequence[Together]) -> Timeline:
    start = min(int(one.layer.acts.at_ms.min()) for one in together)
    end = max(int(one.layer.acts.at_ms.max()) for one in together)
    widest = BIN_STEPS_MS[-1]
    weeks = widest * -(-(end - start + 1) // (widest * (BINS_MAX - 1)))  # a stray date may lie decades away
    bin_ms = next((step for step in BIN_STEPS_MS if (end - start) / step < BINS_MAX), weeks)
    start -= start % bin_ms
    bins = (end - start) // bin_ms + 1
    observed, expected = np.zeros(bins), np.zeros(bins)
    for one in together:
        when = (one.acts.at_ms - start) // bin_ms
        observed += np.bincount(when, weights=one.later_partners, minlength=bins)
        whole = one.layer.acts
        crowd = np.bincount((whole.at_ms - start) // bin_ms, weights=one.layer.occupancy, minlength=bins)
        expected += _expected_together(one) * crowd / max(crowd.sum(), 1.0)
    low, high = _poisson_band(expected)
    return Timeline(
        start_ms=start,
        bin_ms=bin_ms,
        observed=tuple(int(count) for count in observed),
        expected=tuple(round(float(rate), 6) for rate in expected),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
    )


def _expected_together(together: Together) -> float:
    """Return the co-actions that members would have by chance: the sum of what all their pairs would."""
    members = np.unique(together.acts.account)
    return together.layer.chance.expected_among(members)


def _poisson_band(expected: Floats) -> tuple[Floats, Floats]:
    """Return the counts between which 95 % of a Poisson law lies."""
    rate = np.maximum(expected, 1e-9)
    low = np.ceil(np.nan_to_num(special.pdtrik(0.025, rate)))
    high = np.ceil(np.nan_to_num(special.pdtrik(0.975, rate)))
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


def _lags(together: Sequence[Together]) -> Lags:
    members, others = np.zeros(len(LAG_EDGES_MS) - 1, np.int64), np.zeros(len(LAG_EDGES_MS) - 1, np.int64)
    for one in together:
        mine, theirs = _matched_gaps(one)
        members += np.histogram(mine, LAG_EDGES_MS)[0]
        others += np.histogram(theirs, LAG_EDGES_MS)[0]
    return Lags(edges_ms=LAG_EDGES_MS, members=tuple(members.tolist()), others=tuple(others.tolist()))


def _matched_gaps(together: Together) -> tuple[Ints, Ints]:
    """Return the gaps of members and of everyone else on the same objects, thinned to as many acts of each.

    Many acts lie closer than few whoever does them, so per object the more numerous side keeps evenly chosen
    acts only. All objects that two members acted on count, not only those where they were close.
    """
    whole = together.layer.acts
    member = np.zeros(whole.account_count, np.bool_)
    member[together.acts.account] = True
    touched = np.flatnonzero(np.bincount(together.acts.object, minlength=whole.object_count) > 1)
    everyone = _on(whole, touched)
    mine, theirs = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at_ms, inside in _by_object(everyone, member[everyone.account]):
        size = min(int(inside.sum()), int((~inside).sum()))
        if size > 1:
            mine.append(np.diff(_thinned(at_ms[inside], size)))
            theirs.append(np.diff(_thinned(at_ms[~inside], size)))
    return np.concatenate(mine), np.concatenate(theirs)


def _by_object(acts: Acts, inside: NDArray[np.bool_]) -> Iterator[tuple[Ints, NDArray[np.bool_]]]:
    limits = np.flatnonzero(np.diff(acts.object)) + 1
    return zip(np.split(acts.at_ms, limits), np.split(inside, limits), strict=True)


def _thinned(at_ms: Ints, size: int) -> Ints:
    return at_ms[np.linspace(0, len(at_ms) - 1, size).round().astype(np.int64)]


def _on(acts: Acts, objects: Ints) -> Acts:
    wanted = np.zeros(acts.object_count, np.bool_)
    wanted[objects] = True
    return acts.at(np.flatnonzero(wanted[acts.object]))


def _indicators(
    accounts: Sequence[str],
    together: Sequence[Together],
    known: Mapping[str, str],
    origins: Origins,
) -> tuple[Indicator, ...]:
    common = [(one, _on(one.acts, one.common)) for one in together]
    gaps = [_matched_gaps(one) for one in together]
    actors = np.concatenate(
        [
            np.bincount(one.layer.acts.object, minlength=one.layer.acts.object_count)[one.common]
            for one in together
        ]
    )
    inside = np.concatenate(
        [np.bincount(acts.object, minlength=acts.object_count)[one.common] for one, acts in common]
    )
    return indicators(
        act_count=sum(len(one.acts.account) for one in together),
        common_act_count=sum(len(acts.account) for _one, acts in common),
        actors=actors,
        member_acts=inside,
        gaps_ms=np.concatenate([mine for mine, _theirs in gaps]),
        other_gaps_ms=np.concatenate([theirs for _mine, theirs in gaps]),
        quiet_shares=_quiet_shares(together),
        sittings=_sittings(common),
        origins=[
            origin
            for one in together
            for origin in origins(
                one.layer.behaviour, one.layer.acts.object_names.take(one.common)
            ).to_pylist()
        ],
        known=[known[account] for account in accounts if account in known],
        member_count=len(accounts),
    )


def _sittings(common: Sequence[tuple[Together, Acts]]) -> list[int]:
    """Return for each member in how many sittings, half an hour apart, it acted on the common objects."""
    moments: dict[str, list[Ints]] = {}
    for one, acts in common:
        for code in np.unique(acts.account):
            name = one.acts.account_names[int(code)].as_py()
            moments.setdefault(name, []).append(acts.at_ms[acts.account == code])
    return [
        1 + int((np.diff(np.sort(np.concatenate(parts))) > SITTING_MS).sum())
        for _name, parts in sorted(moments.items())
    ]


def _quiet_shares(together: Sequence[Together]) -> list[float]:
    """Return for each member with enough acts the part of them in the quietest six hours of its day."""
    hours: dict[str, Ints] = {}
    for one in together:
        hour = one.acts.at_ms // HOUR_MS % HOURS
        for code in np.unique(one.acts.account):
            name = one.acts.account_names[int(code)].as_py()
            by_hour = np.bincount(hour[one.acts.account == code], minlength=HOURS)
            hours[name] = hours.get(name, np.zeros(HOURS, np.int64)) + by_hour
    return [_quietest(by_hour) for _name, by_hour in sorted(hours.items()) if by_hour.sum() >= ENOUGH_ACTS]


def _quietest(by_hour: Ints) -> float:
    parts = by_hour / by_hour.sum()
    return min(float(np.roll(parts, -hour)[:QUIET_HOURS].sum()) for hour in range(HOURS))
