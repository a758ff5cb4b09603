"""What the page of an alert shows of a finding: rows for tables, in order, nothing computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from vigie.report.figures import main_layer, shares
from vigie.report.sentences import gap
from vigie_node.alerts.console.showing import behaviour_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie.report.format import Voice
    from vigie.terms.findings import Group, Member, Timeline

MEMBERS_A_PAGE = 20
LINKS_MAX = 50
SHORT = 10  # characters of a pseudonym that tell it from others on a page
PANELS = 6  # objects that the strip shows
ACTS_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One interval of the timeline."""

    at_ms: int
    observed: int
    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One interval of time between two acts."""

    from_ms: int
    to_ms: int
    members: int
    members_share: float
    others: int
    others_share: float


@dataclass(frozen=True, kw_only=True)
class ObjectRow:
    """One object in common. Its text is the data's own: shown as it is, never a link, never markup."""

    number: int
    behaviour: str
    text: str
    lang: str  # empty: not known
    original: Mapping[str, Any] | None  # the post that it is, where that is held
    account_count: int
    actor_count: int
    first_ms: int
    span: str


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act on one of the objects."""

    object: int
    account: str
    at_ms: int
    after: str


@dataclass(frozen=True, kw_only=True)
class MemberPage:
    """Some members, the best connected first."""

    rows: Sequence[tuple[int, Member]]  # with their number
    number: int
    page_count: int
    total: int


def usual_gap(group: Group, voice: Voice) -> str:
    """Return how far apart in time members usually act, in the strongest of the group's layers."""
    layer = main_layer(group)
    return gap(layer.gap_ms_quantiles[1], voice) if layer else "–"


def bins_of(line: Timeline) -> list[Bin]:
    """Return the timeline as rows."""
    figures = zip(line.observed, line.expected, line.low, line.high, strict=True)
    return [
        Bin(at_ms=line.start_ms + at * line.bin_ms, observed=seen, expected=mid, low=low, high=high)
        for at, (seen, mid, low, high) in enumerate(figures)
    ]


def gaps_of(group: Group) -> list[Gap]:
    """Return the times between acts as rows."""
    picture = group.lags
    figures = zip(
        picture.edges_ms,
        picture.edges_ms[1:],
        picture.members,
        shares(picture.members),
        picture.others,
        shares(picture.others),
        strict=False,
    )
    return [
        Gap(from_ms=low, to_ms=high, members=ours, members_share=part, others=theirs, others_share=their_part)
        for low, high, ours, part, theirs, their_part in figures
    ]


def objects_of(evidence: Mapping[str, Any], originals: Mapping[str, Any], voice: Voice) -> list[ObjectRow]:
    """Return the objects in common, the most telling first; a signal that is no group has none."""
    return [
        ObjectRow(
            number=number,
            behaviour=behaviour_name(item["behaviour"], voice),
            text=item["object"],
            lang=item.get("lang", ""),
            original=originals.get(item["object"]),
            account_count=item["account_count"],
            actor_count=item["actor_count"],
            first_ms=item["first_ms"],
            span=gap(item["span_ms"], voice),
        )
        for number, item in enumerate(evidence.get("objects", ()), start=1)
    ]


def acts_of(group: Group, voice: Voice) -> list[Act]:
    """Return the first acts on the most telling objects, as many as a table can show."""
    acts = (
        Act(object=number, account=account, at_ms=at_ms, after=gap(at_ms - item.first_ms, voice))
        for number, item in enumerate(group.objects[:PANELS], start=1)
        for at_ms, account in item.acts
    )
    return list(islice(acts, ACTS_MAX))


def members_of(group: Group, number: int) -> MemberPage:
    """Return one page of the members; the last where there are not so many."""
    total = len(group.members)
    page_count = max(1, -(-total // MEMBERS_A_PAGE))
    number = min(number, page_count)
    start = (number - 1) * MEMBERS_A_PAGE
    chosen = group.members[start : start + MEMBERS_A_PAGE]
    return MemberPage(
        rows=tuple(enumerate(chosen, start=start + 1)), number=number, page_count=page_count, total=total
    )


def short(account: str) -> str:
    """Return enough of a pseudonym to know it again on the page."""
    return account if len(account) <= SHORT + 2 else f"{account[:SHORT]}…"
