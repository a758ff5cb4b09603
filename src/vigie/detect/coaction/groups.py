"""Groups: fuse the layers into one network, and part it into accounts that moved together.

A pair's weight is its surprise, the largest over windows and over behaviours of one kind (a copied text,
exact or normalised), and the sum over kinds: other evidence adds, the same evidence seen twice does not.
Leiden (Traag et al. 2019, https://doi.org/10.1038/s41598-019-41695-z) parts the network; accounts with fewer
partners inside than the rule asks are left out, since one link to a group is what a bystander has, and a
group needs a core: pairs far above the threshold, or more pairs of one layer than any shuffled copy has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vigie.detect.coaction.layers import Layer
    from vigie.detect.coaction.rule import Rule

Pair = tuple[str, str]
ITERATIONS = 10


@dataclass(frozen=True, kw_only=True)
class Link:
    """A significant pair over all layers."""

    surprise: dict[str, float]  # by behaviour, the largest over windows
    strong: bool  # in some layer; see layers.Kept
    layers: dict[tuple[str, int], int] = field(
        default_factory=dict
    )  # most pairs of any shuffled copy of each


def fused(layers: Iterable[Layer]) -> dict[Pair, Link]:
    """Return each significant pair, sorted by names."""
    surprises: dict[Pair, dict[str, float]] = defaultdict(dict)
    strong: set[Pair] = set()
    of_layer: dict[Pair, dict[tuple[str, int], int]] = defaultdict(dict)
    for layer in layers:
        names = layer.acts.account_names
        left, right = names.take(layer.pairs.a).to_pylist(), names.take(layer.pairs.b).to_pylist()
        for a, b, surprise, is_strong in zip(
            left, right, layer.pairs.surprise.tolist(), layer.strong.tolist(), strict=True
        ):
            pair = min(a, b), max(a, b)
            of_layer[pair][layer.behaviour, layer.window_ms] = layer.kept.most_by_chance
            surprises[pair][layer.behaviour] = max(surprises[pair].get(layer.behaviour, 0.0), surprise)
            if is_strong:
                strong.add(pair)
    return {
        pair: Link(surprise=surprises[pair], strong=pair in strong, layers=of_layer[pair])
        for pair in sorted(surprises)
    }


def weight_of(by_behaviour: Mapping[str, float]) -> float:
    """Return a pair's surprise over all behaviours."""
    by_kind: dict[str, float] = {}
    for behaviour, surprise in by_behaviour.items():
        kind = kind_of(behaviour)
        by_kind[kind] = max(by_kind.get(kind, 0.0), surprise)
    return sum(by_kind.values())


def kind_of(behaviour: str) -> str:
    """Return the kind of a behaviour: behaviours of one kind see the same evidence."""
    return behaviour.partition("_")[0]


def parted(links: Mapping[Pair, Link], rule: Rule, *, seed: int) -> list[list[str]]:
    """Return the groups' accounts, sorted, the strongest group first; the same for the same seed."""
    accounts = sorted({account for pair in links for account in pair})
    code = {account: number for number, account in enumerate(accounts)}
    edges = [(code[a], code[b], weight_of(link.surprise)) for (a, b), link in links.items()]
    community = communities(len(accounts), edges, seed=seed)
    inside = [
        (code[a], code[b], link) for (a, b), link in links.items() if community[code[a]] == community[code[b]]
    ]
    many = Counter((community[a], layer) for a, _b, link in inside for layer in link.layers)
    kept = _linked(
        [
            (a, b, link.strong or any(many[community[a], one] > most for one, most in link.layers.items()))
            for a, b, link in inside
        ],
        rule,
    )
    strength: dict[int, float] = defaultdict(float)
    members: dict[int, list[str]] = defaultdict(list)
    for number in sorted(kept):
        members[community[number]].append(accounts[number])
    for a, b, weight in edges:
        if a in kept and b in kept and community[a] == community[b]:
            strength[community[a]] += weight
    large = [group for group in members if len(members[group]) >= rule.group_size_min]
    return [
        members[group] for group in sorted(large, key=lambda group: (-strength[group], members[group][0]))
    ]


def communities(count: int, edges: list[tuple[int, int, float]], *, seed: int) -> list[int]:
    """Return the community of each of `count` nodes, by Leiden; the same for the same seed."""
    if not edges:
        return []
    import networkit  # noqa: PLC0415 (it takes most of a second, and counting pairs does not need it)

    networkit.setNumberOfThreads(1)  # two threads differ on almost every run
    networkit.setSeed(seed % 2**63, False)  # noqa: FBT003 (networkit's signature)
    graph = networkit.Graph(count, weighted=True)
    for a, b, weight in edges:
        graph.addEdge(a, b, weight)
    leiden = networkit.community.ParallelLeiden(graph, iterations=ITERATIONS, randomize=False)
    leiden.run()
    return [int(community) for community in leiden.getPartition().getVector()]


def _linked(inside: list[tuple[int, int, bool]], rule: Rule) -> set[int]:
    """Return the accounts that belong to a group: its core, and who is linked to enough of it.

    `inside` are the pairs inside communities, and whether each may be of a core. Chance pairs lie just above
    the threshold and gather among busy bystanders: they never make a group, and seldom join one.
    """
    core = with_partners([(a, b) for a, b, strong in inside if strong], rule.partners_min)
    joined = with_partners([(a, b) for a, b, _strong in inside if a in core or b in core], rule.partners_min)
    return core | joined if core else set()


def with_partners(pairs: list[tuple[int, int]], least: int) -> set[int]:
    """Return the accounts with at least so many partners, those left out not counting."""
    partners: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        partners[a].add(b)
        partners[b].add(a)
    few = [account for account, others in partners.items() if len(others) < least]
    while few:
        account = few.pop()
        for other in partners.pop(account, set()):
            partners[other].discard(account)
            if len(partners[other]) == least - 1:
                few.append(other)
    return set(partners)
