"""Accounts that act on the same objects close in time, again and again, more than chance allows.

Anyone may repeat a neighbour once; fans repeat their star and colleagues their paper. So counts are judged
against what each account's activity, the objects' popularity, bursts and shared tastes would bring about:

1. read acts as codes, sorted by object and time (`acts`)
2. find communities of interest (`interests`)
3. count for each pair the distinct objects acted on within the window, exactly (`counting`)
4. weigh the counts: sittings, expected by chance, surprise, closeness (`sittings`, `chance`, `closeness`)
5. set the threshold on shuffled copies (`calibration`), for each behaviour and window (`layers`)
6. fuse the layers and part them into groups (`groups`), those of one sitting first (`circles`)
7. gather what a person needs to judge each group (`evidence`, `indicators`)

Sources: Giglietto et al. 2020, https://doi.org/10.1080/1369118X.2020.1739732; Pacheco et al. 2021,
https://doi.org/10.1609/icwsm.v15i1.18075; the rest beside each step. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.circles import with_circles
from vigie.detect.coaction.evidence import groups_with_evidence
from vigie.detect.coaction.groups import fused, parted
from vigie.detect.coaction.layers import layers
from vigie.detect.coaction.rule import Rule
from vigie.detect.coaction.tables import COUNTED, JUDGED, pairs, significant_pairs
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.engine import IN_MEMORY
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.detect.coaction.acts import Ints
    from vigie.detect.coaction.evidence import Origins
    from vigie.terms.engine import Engine
    from vigie.terms.findings import Calibration, Group

__all__ = ["COUNTED", "JUDGED", "METHOD", "Detection", "Rule", "card", "detect", "pairs"]

# Whoever passes on what one account posts, or answers it each day, may simply support it, or know it.
ONE_SOURCE = frozenset({"repost", "reply_target"})
METHOD = "coaction/2"  # new meaning, new number: old findings keep naming the method that made them


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found: significant pairs and group membership as tables, groups with their evidence."""

    pairs: pa.Table
    membership: pa.Table  # account, group
    groups: tuple[Group, ...]
    calibrations: tuple[Calibration, ...]


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def unknown_origins(_behaviour: str, objects: pa.Array) -> pa.Array:
    """Return that nothing is known of where objects come from."""
    return pa.nulls(len(objects), pa.string())


def detect(
    actions: Mapping[str, pa.Table],
    *,
    rule: Rule | None = None,
    seed: int = 0,
    known: Mapping[str, str] | None = None,
    origins: Origins = unknown_origins,
    engine: Engine = IN_MEMORY,
    progress: Progress = silent,
) -> Detection:
    """Find groups of accounts that moved together, over all behaviours at once.

    Args:
        actions: for each behaviour its acts: `account` text, `object` text, `at_ms` int64, milliseconds since
            1970 UTC, and optionally `post` int64. Accounts carry the same name in all.
        rule: the parameters, else the defaults.
        seed: of all chance; the same seed on the same acts, in whatever order, gives the same result.
        known: accounts known to act together openly (outlets, parties), and what they are: marked, kept.
        origins: tells where objects come from, for the evidence.
        engine: where pairs are counted, those of shuffled copies too; the result does not depend on it.
        progress: told the layers done, in thousandths of a layer.

    Raises:
        UnfitTableError: a table lacks a column.
    """
    rule = rule or Rule()
    with_acts = {behaviour: table for behaviour, table in sorted(actions.items()) if table.num_rows}
    found = []
    for number, (behaviour, table) in enumerate(with_acts.items()):
        acts = acts_from(table, canonical=True)
        rng = np.random.default_rng([seed, *behaviour.encode()])
        step = _Step(progress, number, len(with_acts))
        source = _sources(origins(behaviour, acts.object_names)) if behaviour in ONE_SOURCE else None
        found += list(layers(behaviour, acts, rule, source=source, rng=rng, engine=engine, progress=step))
    found = with_circles(found, rule, seed=seed)
    links = fused(found)
    parts = parted(links, rule, seed=seed)
    return Detection(
        pairs=significant_pairs(found),
        membership=pa.table(
            {
                "account": pa.array([account for part in parts for account in part], pa.string()),
                "group": pa.array(
                    [n for n, part in enumerate(parts, start=1) for _account in part], pa.int32()
                ),
            }
        ),
        groups=groups_with_evidence(found, links, parts, known=known or {}, origins=origins),
        calibrations=tuple(layer.calibration for layer in found),
    )


def _sources(origins: pa.Array) -> Ints:
    """Return a number for each object, the same for objects of one known origin."""
    known = origins.dictionary_encode()
    number = known.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    unknown = np.flatnonzero(number < 0)
    number[unknown] = len(known.dictionary) + np.arange(len(unknown))
    return np.asarray(number)


@dataclass(frozen=True)
class _Step:
    """Progress inside one of several behaviours."""

    progress: Progress
    number: int
    count: int

    def __call__(self, done: int, total: int | None) -> None:
        """Pass on how far all behaviours are."""
        self.progress(1000 * self.number + 1000 * done // (total or 1), 1000 * self.count)
