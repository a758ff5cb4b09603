"""Targets that post far less than they did, as signals: why is unknown, and said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.posting_drop import METHOD
from vigie.detect.readings import weight_of
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.posting_drop import Detection

FELL = 0.9  # everybody else's posts, as a part of those before
RESTLESS = 3.0  # times as much as chance alone would scatter
DAYS = (
    Column(name="day", title=say("Day"), holds="time"),
    Column(name="posts", title=say("Posts"), holds="number"),
)


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return each drop as a signal, the most surprising first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts.
    """
    return tuple(_signal(row, found.daily, posts) for row in found.drops.to_pylist())


def _signal(row: dict[str, Any], daily: pa.Table, posts: pa.Table) -> Signal:
    days = daily.filter(pc.equal(daily.column("account"), row["account"])).to_pylist()
    days = [one for one in days if one["day_ms"] < row["end_ms"]][::-1]
    last = _last_posts(posts, row["account"], row["end_ms"])
    return Signal(
        method=METHOD,
        kind="drop",
        subject_kind="account",
        subject=row["account"],
        sentence=say(
            "This account posted {posts} times in {days} days, where the days before let {expected} be "
            "expected. Why is unknown."
        ),
        facts={
            "posts": row["posts"],
            "days": (row["end_ms"] - row["start_ms"]) // DAY_MS,
            "expected": round(row["expected"], 1),
        },
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        weight=weight_of(row["p_value"]),
        q_value=row["q_value"],
        indicators=tuple(_indicators(row)),
        accounts=(row["account"],),
        account_count=1,
        posts=tuple(last[:POSTS_MAX]),
        post_count=len(last),
        exhibits=(
            Exhibit(
                title=say("Posts by day, the latest first"),
                columns=DAYS,
                rows=tuple((one["day_ms"], one["posts"]) for one in days[:ROWS_MAX]),
                row_count=len(days),
            ),
        ),
    )


def _last_posts(posts: pa.Table, account: str, end_ms: int) -> list[str]:
    """Return the account's posts up to a moment, the latest first."""
    theirs = posts.select(["author", "created_ms", "post_id"])
    theirs = theirs.filter(pc.equal(theirs.column("author").cast(pa.string()), account)).drop_null()
    theirs = theirs.filter(pc.less(theirs.column("created_ms"), end_ms))
    theirs = theirs.sort_by([("created_ms", "descending"), ("post_id", "ascending")])
    return list(dict.fromkeys(theirs.column("post_id").to_pylist()))


def _indicators(row: dict[str, Any]) -> Iterator[Indicator]:
    yield Indicator(
        code="many_reasons",
        leaning="organic",
        sentence=say(
            "People post less for many reasons: a holiday, an illness, the end of a campaign, another "
            "account or platform. A silence is no evidence of its cause."
        ),
        facts={},
    )
    if row["others"] < FELL:
        yield Indicator(
            code="others_fell",
            leaning="organic",
            sentence=say(
                "Everybody else’s posts in these data fell too, to {part_share} of before; that was taken "
                "into account."
            ),
            facts={"part_share": row["others"]},
        )
    if row["scatter"] >= RESTLESS:
        yield Indicator(
            code="restless",
            leaning="organic",
            sentence=say(
                "This account’s days have always differed much, {factor} times as much as chance alone makes "
                "them."
            ),
            facts={"factor": round(row["scatter"], 1)},
        )
