"""Groups: fuse the layers into one network, and part it into accounts that moved together.

A pair's weight is its surprise, the largest over windows and over behaviours of one kind (a copied text,
exact or normalised), and the sum over kinds: other evidence adds, the same evidence seen twice does not.
Leiden (Traag et al. 2019, https://doi.org/10.1038/s41598-019-41695-z) parts the network; accounts with fewer
partners inside than the rule asks are left out, since one link to a group is what a bystander has.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

    from vigie.detect.coaction.layers import Layer
    from vigie.detect.coaction.rule import Rule

Pair = tuple[str, str]
ITERATIONS = 10


def fused(layers: Iterable[Layer]) -> dict[Pair, dict[str, float]]:
    """Return each significant pair's surprise by behaviour, the largest over windows."""
    weights: dict[Pair, dict[str, float]] = defaultdict(dict)
    for layer in layers:
        names = layer.acts.account_names
        left, right = names.take(layer.pairs.a).to_pylist(), names.take(layer.pairs.b).to_pylist()
        for a, b, surprise in zip(left, right, layer.pairs.surprise.tolist(), strict=True):
            of_pair = weights[min(a, b), max(a, b)]
            of_pair[layer.behaviour] = max(of_pair.get(layer.behaviour, 0.0), surprise)
    return dict(sorted(weights.items()))


def weight_of(by_behaviour: Mapping[str, float]) -> float:
    """Return a pair's surprise over all behaviours."""
    by_kind: dict[str, float] = {}
    for behaviour, surprise in by_behaviour.items():
        kind = behaviour.partition("_")[0]
        by_kind[kind] = max(by_kind.get(kind, 0.0), surprise)
    return sum(by_kind.values())


def parted(weights: Mapping[Pair, Mapping[str, float]], rule: Rule, *, seed: int) -> list[list[str]]:
    """Return the groups' accounts, sorted, the strongest group first; the same for the same seed."""
    accounts = sorted({account for pair in weights for account in pair})
    code = {account: number for number, account in enumerate(accounts)}
    edges = [(code[a], code[b], weight_of(by_behaviour)) for (a, b), by_behaviour in weights.items()]
    strength: dict[int, float] = defaultdict(float)
    members: dict[int, list[str]] = defaultdict(list)
    kept = _kept(edges, _communities(len(accounts), edges, seed), rule)
    for number, community in kept.items():
        members[community].append(accounts[number])
    for a, b, weight in edges:
        if a in kept and b in kept and kept[a] == kept[b]:
            strength[kept[a]] += weight
    large = [group for group in members if len(members[group]) >= rule.group_size_min]
    return [
        members[group] for group in sorted(large, key=lambda group: (-strength[group], members[group][0]))
    ]


def _communities(count: int, edges: list[tuple[int, int, float]], seed: int) -> list[int]:
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


def _kept(edges: list[tuple[int, int, float]], community: list[int], rule: Rule) -> dict[int, int]:
    """Return the community of each account with enough partners inside, those left out not counting."""
    partners: dict[int, set[int]] = defaultdict(set)
    for a, b, _weight in edges:
        if community[a] == community[b]:
            partners[a].add(b)
            partners[b].add(a)
    few = [account for account, others in partners.items() if len(others) < rule.partners_min]
    while few:
        account = few.pop()
        for other in partners.pop(account, set()):
            partners[other].discard(account)
            if len(partners[other]) == rule.partners_min - 1:
                few.append(other)
    return {account: community[account] for account in sorted(partners)}


def seed_from(rng: np.random.Generator) -> int:
    """Return a seed for a library that keeps its own chance."""
    return int(rng.integers(0, 2**31))
