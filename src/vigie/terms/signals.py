"""What every method hands over in one shape: a signal, with the evidence that a person can follow.

A signal says that something is unusual, against what it was measured, and what else could explain it. It is
never a verdict. Its `weight` orders the signals of one method; weights of two methods do not compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.findings import Indicator, Timeline

ACCOUNTS_MAX = 200
POSTS_MAX = 50
ROWS_MAX = 200

Value = str | int | float | bool | None
Holds = Literal["text", "number", "share", "time", "account", "post", "address", "language", "platform"]
SubjectKind = Literal[
    "accounts",
    "account",
    "post",
    "person",
    "series",
    "channel",
    "site",
    "medium",
    "event",
    "family",
    "narrative",
]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table of evidence."""

    name: str
    title: str  # a message id
    holds: Holds = "text"  # how its values are to be shown; "time" is milliseconds since 1970 UTC


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One table of evidence, the most telling row first: at most `ROWS_MAX` rows."""

    title: str  # a message id
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    row_count: int  # all rows there are, of which these are the first


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One thing that one method noticed.

    Args:
        method: id and version of the method: `bursts/1`.
        kind: what it noticed, a word of the method: `rise`, `silence`, `pile_on`.
        subject_kind: what the signal is about.
        subject: which one: a pseudonym, an address, a hashtag … Two runs that notice the same thing say the
            same subject, so that both join one alert; accounts, families and narratives, which drift, are
            joined by what they rest on.
        sentence: in one sentence what was noticed, a message id that `facts` fill.
        facts: the figures of the sentence; plain values alone.
        start_ms: when it began, milliseconds since 1970 UTC; None where there is no time in it.
        end_ms: when it ended, or the last moment seen.
        weight: orders the signals of one method, the strongest highest.
        q_value: false-discovery rate, 0-1, of the tests it rests on: the largest, or where a method says so
            the smallest; see its card. None where the method gives none.
        indicators: readings for and against: what leans to coordination, to an organic, to an open origin.
        accounts: whose acts it rests on, the most telling first, at most `ACCOUNTS_MAX`.
        account_count: all of them.
        posts: ids of posts to read, the most telling first, at most `POSTS_MAX`.
        post_count: all the posts it rests on.
        timeline: what was observed beside what was expected, where the method counts in time.
        exhibits: tables that a person can check.
    """

    method: str
    kind: str
    subject_kind: SubjectKind
    subject: str
    sentence: str
    facts: Mapping[str, Value]
    start_ms: int | None
    end_ms: int | None
    weight: float
    q_value: float | None = None
    indicators: tuple[Indicator, ...] = ()
    accounts: tuple[str, ...] = ()
    account_count: int = 0
    posts: tuple[str, ...] = ()
    post_count: int = 0
    timeline: Timeline | None = None
    exhibits: tuple[Exhibit, ...] = field(default=())
