"""Count and weigh again the pairs that new acts touch: exactly as if all that is remembered were counted.

An act is told by who, on what and when: what one account does at one moment is one post, and so one occasion.
All accounts are one community of interest, objects that are posts count as of one source, and what a crowd
acts on counts for what chance would give, but is nothing in common: all of that makes less of what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vigie.detect.coaction.acts import Acts
from vigie.detect.coaction.chance import surprise, surprising
from vigie.detect.coaction.closeness import closeness, crowd
from vigie.detect.coaction.counting import Coded, count_pairs, neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Floats, Ints
    from vigie.detect.coaction.counting import Neighbours
    from vigie.detect.coaction.live.bars import Bar
    from vigie.detect.coaction.live.memory import Memory
    from vigie.detect.coaction.rule import Rule
    from vigie.detect.names import Names

ONE_SOURCE = "repost"  # whose objects' authors are not known here


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two accounts that crossed."""

    a: str
    b: str
    behaviour: str
    window_ms: int
    observed: int  # common objects
    expected: float
    surprise: float


@dataclass(frozen=True, kw_only=True)
class _Around:
    """All acts on all objects of the candidates, with codes of their own."""

    acts: Acts
    accounts: Ints  # the memory's code of each account
    is_candidate: NDArray[np.bool_]
    crowded: Ints  # of each account, how many acts are on the crowds' objects that it acted on
    own: Ints  # of each account, its acts
    total: int  # acts remembered

    def expected(self, near: Neighbours, a: Ints, b: Ints) -> Floats:
        """Return the common objects that pairs of candidates would have by chance (see `chance`)."""
        size = len(self.accounts)
        occupancy = self.crowded + np.bincount(
            self.acts.account, weights=near.end - near.begin - 1, minlength=size
        )
        share = self.own / self.total
        return np.asarray((occupancy[a] * share[b] + occupancy[b] * share[a]) / 2)


def crossing(memory: Memory, touched: Ints, bars: Sequence[Bar], *, rule: Rule, names: Names) -> list[Pair]:
    """Return the pairs that are above a bar, of accounts that act near others on objects just touched.

    Args:
        memory: the acts.
        touched: objects on which acts were added.
        bars: of this behaviour; where a pair crosses several, the most surprising counts.
        rule: the parameters.
        names: of accounts.
    """
    candidates = _candidates(memory, touched, max(bar.window_ms for bar in bars))
    if len(candidates) < rule.group_size_min - 1:
        return []
    around = _around(memory, candidates)
    best: dict[tuple[int, int], Pair] = {}
    text: list[str] = []
    for bar in bars:
        for a, b, observed, expected, found in _above(around, bar, rule):
            text = text or names.array().take(pa.array(around.accounts)).to_pylist()
            if (a, b) not in best or found > best[a, b].surprise:
                first, second = sorted((text[a], text[b]))
                best[a, b] = Pair(
                    a=first,
                    b=second,
                    behaviour=bar.behaviour,
                    window_ms=bar.window_ms,
                    observed=observed,
                    expected=expected,
                    surprise=found,
                )
    return list(best.values())


def _candidates(memory: Memory, touched: Ints, window_ms: int) -> Ints:
    """Return the accounts that act near others on some objects."""
    places = memory.on(memory.alone(touched))
    acts, accounts = _coded(memory, places)
    near = neighbours(acts, window_ms=window_ms)
    return accounts[np.unique(acts.account[near.end - near.begin > 1])]


def _around(memory: Memory, candidates: Ints) -> _Around:
    theirs = memory.by(candidates)
    objects = memory.alone(np.unique(memory.object[theirs]))
    acts, accounts = _coded(memory, memory.on(objects))
    whose = np.searchsorted(accounts, memory.account[theirs])  # each acted on some object that is no crowd's
    size = len(accounts)
    return _Around(
        acts=acts,
        accounts=accounts,
        is_candidate=np.isin(accounts, candidates),
        crowded=np.bincount(whose, weights=memory.crowd_of(theirs), minlength=size),
        own=np.bincount(whose, minlength=size),
        total=memory.size,
    )


def _coded(memory: Memory, places: Ints) -> tuple[Acts, Ints]:
    """Return acts with codes of their own, in their order, and the account of each code."""
    at_ms = memory.at_ms[places]
    accounts, account = np.unique(memory.account[places], return_inverse=True)
    objects, code = np.unique(memory.object[places], return_inverse=True)
    order = np.lexsort((account, at_ms, code))
    acts = Acts(
        account=account[order].astype(np.int32),
        object=code[order].astype(np.int32),
        at_ms=at_ms[order],
        post=at_ms[order],
        account_names=pa.nulls(len(accounts)),  # names are looked up where somebody crosses
        object_names=pa.nulls(len(objects)),
    )
    return acts, accounts


def _above(around: _Around, bar: Bar, rule: Rule) -> list[tuple[int, int, int, float, float]]:
    """Return the pairs of candidates above a bar: both codes, common objects, expected, surprise."""
    acts = around.acts
    near = neighbours(acts, window_ms=bar.window_ms)
    theirs = around.is_candidate[acts.account]
    coded = Coded(
        account=acts.account[theirs],
        object=acts.object[theirs],
        at_ms=acts.at_ms[theirs],
        account_count=acts.account_count,
        window_ms=bar.window_ms,
    )
    pairs = count_pairs(coded, objects_min=rule.objects_min, threads=1)
    expected = around.expected(near, pairs.a, pairs.b)
    keep = surprising(pairs.objects, expected, least=bar.surprise)
    a, b, expected = pairs.a[keep], pairs.b[keep], expected[keep]
    source = np.zeros(acts.object_count, np.int64) if bar.behaviour == ONE_SOURCE else None
    close = closeness(
        acts,
        a,
        b,
        window_ms=bar.window_ms,
        around=crowd(acts, near, source),
        rare_actors_max=rule.rare_actors_max,
        threads=1,
    )
    occasions = np.minimum(close.objects, np.minimum(close.posts_ab, close.posts_ba))
    found = surprise(occasions, expected)
    passing = (
        (occasions >= rule.objects_min)
        & (found > bar.surprise)
        & (
            (close.rare >= rule.rare_objects_min)
            | (surprise(occasions, close.expected_close) >= rule.close_surprise_min)
        )
    )
    columns = (a, b, close.objects, expected, found)
    return list(zip(*(values[passing].tolist() for values in columns), strict=True))
