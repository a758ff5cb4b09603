"""Groups of accounts in step, as signals; each method says in its own words what they do.

The subject of a signal is the member with the most partners, of equals the first by name: whoever keeps
signals joins those of these methods by the accounts they share, not by their subject alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.readings import weight_of
from vigie.detect.synchrony import CLOCK_MS
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vigie.detect.synchrony import Synchrony
    from vigie.terms.findings import Leaning

HALF, SELDOM = 0.5, 0.1
OFTEN = 3  # times as often as an even clock would
CROWD = 1.2  # times as often as chance that the typical account meets others
MANY_OTHERS = 1.0  # accounts outside the group at a typical moment of meeting
PAIRS = (
    Column(name="account_a", title=say("Account"), holds="account"),
    Column(name="account_b", title=say("Another account"), holds="account"),
    Column(name="meetings", title=say("Intervals in the same moment"), holds="number"),
    Column(name="occasions", title=say("Intervals in which both acted"), holds="number"),
    Column(name="expected", title=say("By chance"), holds="number"),
    Column(name="q_value", title=say("False-discovery rate"), holds="number"),
)
MOMENTS = (
    Column(name="at", title=say("Moment"), holds="time"),
    Column(name="members", title=say("Members"), holds="number"),
    Column(name="others", title=say("Others at that moment"), holds="number"),
    Column(name="who", title=say("Accounts")),
)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a method tells what it found.

    Args:
        method: its id.
        kind: what it noticed.
        sentence: filled by `accounts`, `moments`, `bin_ms`, `pair_meetings`, `occasions`, `interval_ms`,
            `expected`.
        apart: says how often two of them were in step when both acted in one interval; `interval_ms`,
            `part_share`.
        seldom: says how few of their acts are in step; `part_share`.
        open_origin: says who does so openly.
        organic: says what else it may come from.
    """

    method: str
    kind: str
    sentence: str
    apart: str
    seldom: str
    open_origin: str
    organic: str


def told(
    found: Synchrony,
    manner: Manner,
    *,
    events: pa.Table,
    more: Mapping[int, tuple[Indicator, ...]] | None = None,
) -> tuple[Signal, ...]:
    """Return each group as a signal, the strongest first.

    Args:
        found: who is in step.
        manner: in which words it is told.
        events: what was done: `author`, `at_ms`, `post_id`; rows without one of them are left out.
        more: further readings of some groups.
    """
    events = events.drop_null()
    return tuple(
        _signal(found, manner, group, events, (more or {}).get(group, ()))
        for group in sorted(set(found.members.column("group").to_pylist()))
    )


def _signal(
    found: Synchrony, manner: Manner, group: int, events: pa.Table, more: Sequence[Indicator]
) -> Signal:
    members = found.members.filter(pc.equal(found.members.column("group"), group)).to_pylist()
    moments = found.moments.filter(pc.equal(found.moments.column("group"), group)).to_pylist()
    accounts = [row["account"] for row in members]
    pairs = _inside(found.pairs, accounts).to_pylist()  # the most surprising first
    largest = sorted(moments, key=lambda row: (-len(row["accounts"]), row["others"], row["at_ms"]))
    read = list(_posts(largest, events, found.bin_ms))
    return Signal(
        method=manner.method,
        kind=manner.kind,
        subject_kind="accounts",
        subject=accounts[0],
        sentence=manner.sentence,
        facts={
            "accounts": len(accounts),
            "moments": len(moments),
            "bin_ms": found.bin_ms,
            "pair_meetings": pairs[0]["meetings"],
            "occasions": pairs[0]["occasions"],
            "interval_ms": found.interval_ms,
            "expected": round(pairs[0]["expected"], 3),
        },
        start_ms=moments[0]["at_ms"],
        end_ms=moments[-1]["at_ms"],
        weight=float(sum(weight_of(row["p_value"]) for row in pairs)),
        q_value=max(row["q_value"] for row in pairs),
        indicators=(*_indicators(found, manner, members, moments, pairs), *more),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=len(accounts),
        posts=tuple(read[:POSTS_MAX]),
        post_count=len(read),
        exhibits=(_moments(largest), _pairs(pairs)),
    )


def _inside(pairs: pa.Table, accounts: Sequence[str]) -> pa.Table:
    wanted = pa.array(accounts, pa.string())
    return pairs.filter(
        pc.and_(pc.is_in(pairs.column("account_a"), wanted), pc.is_in(pairs.column("account_b"), wanted))
    )


def _posts(moments: Sequence[dict[str, Any]], events: pa.Table, bin_ms: int) -> Iterator[str]:
    """Yield the posts of members at these moments, in their order."""
    who = pa.array(sorted({account for row in moments for account in row["accounts"]}), pa.string())
    at_ms = pa.array(sorted({row["at_ms"] for row in moments}), pa.int64())
    start = pc.multiply(pc.divide(events.column("at_ms"), bin_ms), bin_ms)
    chosen = pc.and_(pc.is_in(events.column("author").cast(pa.string()), who), pc.is_in(start, at_ms))
    rows = events.append_column("start", start).filter(chosen).select(["start", "author", "post_id"])
    of: dict[tuple[int, str], list[str]] = {}
    for start_ms, author, post in sorted(zip(*(column.to_pylist() for column in rows.columns), strict=True)):
        of.setdefault((start_ms, author), []).append(post)
    for row in moments:
        for account in row["accounts"]:
            yield from dict.fromkeys(of.get((row["at_ms"], account), ()))


def _moments(moments: Sequence[dict[str, Any]]) -> Exhibit:
    return Exhibit(
        title=say("When they were in step, the most accounts first"),
        columns=MOMENTS,
        rows=tuple(
            (row["at_ms"], len(row["accounts"]), row["others"], ", ".join(row["accounts"]))
            for row in moments[:ROWS_MAX]
        ),
        row_count=len(moments),
    )


def _pairs(pairs: Sequence[dict[str, Any]]) -> Exhibit:
    return Exhibit(
        title=say("Pairs of accounts, the most surprising first"),
        columns=PAIRS,
        rows=tuple(tuple(row[column.name] for column in PAIRS) for row in pairs[:ROWS_MAX]),
        row_count=len(pairs),
    )


def _one(code: str, leaning: Leaning, sentence: str, **facts: float) -> Indicator:
    return Indicator(code=code, leaning=leaning, sentence=sentence, facts=facts)


def _indicators(
    found: Synchrony,
    manner: Manner,
    members: Sequence[dict[str, Any]],
    moments: Sequence[dict[str, Any]],
    pairs: Sequence[dict[str, Any]],
) -> Iterator[Indicator]:
    yield _one("one_tool", "open", manner.open_origin)
    whole = sum(row["moments"] for row in members)
    by_clock = sum(row["round_moments"] for row in members) / max(whole, 1)
    if found.round_ms and by_clock > OFTEN * found.round_ms / CLOCK_MS:
        yield _one(
            "clock",
            "open",
            say(
                "{part_share} of what these accounts did follows a full five minutes of the clock, as "
                "schedulers do; it was not counted."
            ),
            part_share=by_clock,
        )
    yield _one("elsewhere", "organic", manner.organic)
    if found.crowd_factor > CROWD:
        yield _one(
            "all_in_step",
            "organic",
            say(
                "In these data the typical account meets others {factor} times as often as chance allows; "
                "that was taken into account, but times may be those of a collection."
            ),
            factor=found.crowd_factor,
        )
    others = float(np.mean([row["others"] for row in moments]))
    if others >= MANY_OTHERS:
        yield _one(
            "others_too",
            "organic",
            say("At these moments {number_count} other accounts did the same, on average."),
            number_count=round(others, 1),
        )
    share = sum(row["meetings"] for row in members) / max(whole, 1)
    if share <= SELDOM:
        yield _one("seldom", "organic", manner.seldom, part_share=share)
    met = sum(row["meetings"] for row in pairs) / max(sum(row["occasions"] for row in pairs), 1)
    if met >= HALF:
        yield _one("never_apart", "coordinated", manner.apart, interval_ms=found.interval_ms, part_share=met)
