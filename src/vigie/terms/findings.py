"""What a detection hands to a report: groups of accounts, their evidence, and how the run was made.

A finding is a signal, never a verdict: it says that accounts moved together, how often that would happen by
chance, and what speaks for an organic or openly shared origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.cards import MethodCard

Leaning = Literal["coordinated", "organic", "open"]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One account of a group."""

    account: str
    partner_count: int  # members it moved together with
    object_count: int  # distinct objects on which it moved together with a member
    action_count: int  # all its actions of the behaviours studied
    known_as: str | None = None  # label from the operator's list of openly coordinated accounts (outlets …)


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Two members that moved together more often than chance allows, over all layers."""

    account_a: str
    account_b: str  # account_a < account_b
    object_count: int  # distinct objects, summed over behaviours, at the widest window
    surprise: float  # summed over behaviours; see Layer
    behaviours: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one behaviour within one window shows of a group.

    `surprise` of a pair is -log10 of the chance of at least so many common objects; the figures here sum over
    the group's significant pairs.
    """

    behaviour: str
    window_ms: int
    pair_count: int
    observed: int  # common objects, summed over pairs
    expected: float  # the same sum if accounts acted independently, given activity and popularity
    surprise_min: float
    surprise_median: float
    gap_ms_quantiles: tuple[int, int, int]  # 10th, 50th, 90th percentile of the time between two acts


@dataclass(frozen=True, kw_only=True)
class SharedObject:
    """An object on which members acted close in time."""

    behaviour: str
    object: str  # an id, an address, a hashtag sequence, the text itself
    account_count: int  # members that acted together on it
    actor_count: int  # all accounts that acted on it
    first_ms: int
    span_ms: int  # from the first to the last of these acts of members
    acts: tuple[tuple[int, str], ...] = ()  # (at_ms, account), earliest first: at most 200


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What a method counted in equal bins, beside what it expects there.

    What is counted and expected, and how wide the band is, the method that made it says: see its card.
    """

    start_ms: int
    bin_ms: int
    observed: tuple[int, ...]  # per bin
    expected: tuple[float, ...]
    low: tuple[float, ...]  # of the band that the method holds for usual around `expected`
    high: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Lags:
    """How close in time members act on common objects, beside everyone else on the same objects."""

    edges_ms: tuple[int, ...]  # bin limits, one more than counts
    members: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One reading that leans towards coordination, an organic origin, or an openly shared one."""

    code: str
    leaning: Leaning
    sentence: str  # a message id; `facts` fill it
    facts: Mapping[str, float | int | str]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Accounts that moved together, with the evidence a person can follow."""

    group: int  # 1, 2, 3 … from the strongest
    members: tuple[Member, ...]
    edges: tuple[Edge, ...]
    layers: tuple[Layer, ...]
    objects: tuple[SharedObject, ...]  # the most telling first, at most 50
    object_count: int  # all common objects
    timeline: Timeline
    lags: Lags
    q_value: float  # largest false-discovery rate among its pairs, 0-1
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How one layer's threshold was set."""

    behaviour: str
    window_ms: int
    action_count: int
    account_count: int
    object_count: int
    pair_count: int  # pairs with at least the fewest objects
    threshold: float | None  # surprise; None where no threshold keeps the false-discovery rate
    expected_by_chance: float  # pairs above it in shuffled data, mean over permutations
    significant_count: int  # pairs that pass the whole rule
    strongest_by_chance: float | None = None  # surprise in any shuffled copy; None: not recorded then


@dataclass(frozen=True, kw_only=True)
class Findings:
    """One run: what was read, how it was judged, what was found."""

    card: MethodCard
    manifest: Mapping[str, object]  # method, version, parameters, seed, inputs with SHA-256, code version
    post_count: int
    account_count: int
    start_ms: int | None
    end_ms: int | None
    rejected_count: int
    calibrations: tuple[Calibration, ...]
    groups: tuple[Group, ...] = field(default=())
