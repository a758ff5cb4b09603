"""Public actors and named targets that post far less than they did.

1. count the posts of each target by day, and those of everybody else
2. compare each stretch of days with the target's own days before it, and no more than everybody else's fell:
   where all fall, the collection did
3. keep what the stated false-discovery rate allows over all stretches, of each drop the clearest stretch

Only public actors and accounts that somebody names are looked at, never everybody; and a silence is no
evidence of its cause. Two counts are compared as in Przyborowski and Wilenski 1940,
https://doi.org/10.2307/2332612, divided by how much more than chance alone the target's days scatter.
Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special

from vigie.detect.false_discovery import q_values
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["COLUMNS", "DROPS", "METHOD", "Detection", "Rule", "card", "detect"]

METHOD = "posting_drop/1"  # new meaning, new number: old findings keep naming the method that made them
WEEK_DAYS = 7  # other stretches hold more weekends than the days before, or fewer
COLUMNS = ("post_id", "author", "created_ms", "is_public_actor")
DOWN = 0.5  # everybody else's posts at most so much of before: nothing is said of anybody
DROPS = pa.schema(
    [
        ("account", pa.string()),
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("posts", pa.int64()),
        ("expected", pa.float64()),
        ("before", pa.int64()),  # posts in the days before
        ("others", pa.float64()),  # everybody else's posts a day, as a part of those before
        ("scatter", pa.float64()),  # of the target's days, 1 as chance alone would
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a target is said to post far less than it did.

    Args:
        days: how long a stretch is, in whole weeks.
        history_days: how many days before it speak for what is usual, in whole weeks.
        per_day_min: fewest posts a day in these, on average.
        part_max: a drop leaves at most this part of what was to be expected.
        fdr: largest part of false signals among all, 0-1.
        targets: accounts that are looked at beside public actors.
    """

    days: int = 7
    history_days: int = 28
    per_day_min: float = 1.0
    part_max: float = 0.5
    fdr: float = 0.01
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        whole_weeks = self.days % WEEK_DAYS == 0 and self.history_days % WEEK_DAYS == 0
        if self.days < 1 or self.history_days < 2 * self.days or not whole_weeks:
            raise BadOptionError(
                option="--days, --history-days",
                value=(self.days, self.history_days),
                expected=say("whole weeks in days (7, 14, 21 …), the second twice the first or more"),
            )
        if not self.per_day_min > 0:
            raise BadOptionError(
                option="--per-day-min", value=self.per_day_min, expected=say("a number above 0")
            )
        for option, value in (("--part-max", self.part_max), ("--fdr", self.fdr)):
            if not 0 < value < 1:
                raise BadOptionError(
                    option=option, value=value, expected=say("a part between 0 and 1, such as 0.01")
                )


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what could not be said.

    Args:
        drops: see `DROPS`, the most surprising first.
        daily: `account`, `day_ms`, `posts`: of the targets that dropped, every day there is.
        post_count: posts.
        target_count: targets that have posts.
        judged_count: of them, those with enough posts to judge.
        stretch_count: stretches compared.
        down_count: stretches in which everybody else fell too, so that nothing is said.
    """

    drops: pa.Table
    daily: pa.Table
    post_count: int
    target_count: int
    judged_count: int
    stretch_count: int
    down_count: int


@dataclass(frozen=True)
class _Stretches:
    """The stretches of one target; arrays in the order of time."""

    start: Ints  # day
    posts: Ints
    before: Ints
    expected: Floats
    others: Floats
    scatter: Floats
    p_value: Floats
    down_count: int


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(posts: pa.Table, *, rule: Rule | None = None, progress: Progress = silent) -> Detection:
    """Find targets that post far less than they did.

    Args:
        posts: canonical posts with at least `COLUMNS`; a post may stand there several times.
        rule: the parameters, else the defaults.
        progress: told the targets done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in COLUMNS:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=say("a column of posts"))
    rule = rule or Rule()
    distinct = _distinct(posts)
    targets = _targets(distinct, rule)
    day, first, count = _days(distinct)
    everybody = np.bincount(day, minlength=count)
    author = distinct.column("author").cast(pa.string())
    found: dict[str, tuple[Ints, _Stretches]] = {}
    for number, target in enumerate(targets, start=1):
        daily = np.bincount(day[pc.equal(author, target).to_numpy()], minlength=count)
        found[target] = daily, _stretches(daily, everybody - daily, rule)
        progress(number, len(targets))
    drops = _drops(found, rule, first)
    return Detection(
        drops=drops,
        daily=_daily(found, drops, first),
        post_count=distinct.num_rows,
        target_count=len(targets),
        judged_count=sum(len(one.start) > 0 for _, one in found.values()),
        stretch_count=sum(len(one.start) for _, one in found.values()),
        down_count=sum(one.down_count for _, one in found.values()),
    )


def _distinct(posts: pa.Table) -> pa.Table:
    """Return each post once; those without an id by author and moment."""
    known = pc.and_(pc.is_valid(posts.column("author")), pc.is_valid(posts.column("created_ms")))
    table = posts.select(COLUMNS).filter(known)
    whole = table.group_by(["post_id", "author", "created_ms"]).aggregate([("is_public_actor", "max")])
    return whole.rename_columns(COLUMNS)


def _targets(posts: pa.Table, rule: Rule) -> list[str]:
    public = posts.filter(pc.fill_null(posts.column("is_public_actor"), fill_value=False))
    author = posts.column("author").cast(pa.string())
    named = posts.filter(pc.is_in(author, pa.array(rule.targets, pa.string())))
    return sorted({*public.column("author").to_pylist(), *named.column("author").to_pylist()})


def _days(posts: pa.Table) -> tuple[Ints, int, int]:
    """Return the day of each post since the first, that first day since 1970, and how many days there are.

    The first and the last day may be cut short, so they are no part of any stretch; see `_stretches`.
    """
    day = posts.column("created_ms").to_numpy() // DAY_MS
    if not len(day):
        return day, 0, 0
    first = int(day.min())
    return day - first, first, int(day.max()) - first + 1


def _stretches(daily: Ints, others: Ints, rule: Rule) -> _Stretches:
    """Compare each stretch of days with the days before it."""
    start = np.arange(1 + rule.history_days, len(daily) - rule.days)
    own, rest = _running(daily), _running(others)
    posts = own[start + rule.days] - own[start]
    before = own[start] - own[start - rule.history_days]
    rest_now = (rest[start + rule.days] - rest[start]) / rule.days
    rest_before = (rest[start] - rest[start - rule.history_days]) / rule.history_days
    part = np.divide(rest_now, rest_before, out=np.ones(len(start)), where=rest_before > 0)
    enough = before >= rule.per_day_min * rule.history_days
    is_down = part <= DOWN
    kept = enough & ~is_down
    start, posts, before, part = start[kept], posts[kept], before[kept], part[kept]
    squares = _running(daily * daily)
    mean = before / rule.history_days
    spread = (squares[start] - squares[start - rule.history_days]) / rule.history_days - mean * mean
    scatter = np.maximum(spread * rule.history_days / (rule.history_days - 1) / mean, 1.0)
    time = rule.days * np.minimum(part, 1.0)
    share = time / (time + rule.history_days)
    # of all counted, so few or fewer fall to the stretch: a binomial law, continued to parts of counts
    p_value = special.betainc(before / scatter, posts / scatter + 1, 1 - share)
    return _Stretches(
        start=start,
        posts=posts,
        before=before,
        expected=mean * time,
        others=part,
        scatter=scatter,
        p_value=p_value,
        down_count=int((enough & is_down).sum()),
    )


def _running(values: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(values)))


def _drops(found: dict[str, tuple[Ints, _Stretches]], rule: Rule, first: int) -> pa.Table:
    """Return of each drop the clearest stretch."""
    every = np.concatenate([np.empty(0), *(one.p_value for _, one in found.values())])
    q_value_of = q_values(every)
    rows, place = [], 0
    for target, (_, one) in found.items():
        mine = q_value_of[place : place + len(one.start)]
        place += len(one.start)
        good = (mine <= rule.fdr) & (one.posts <= rule.part_max * one.expected)
        taken = np.full(len(one.start), fill_value=False)
        for best in np.lexsort((one.start, one.p_value)):
            if not good[best] or (taken & (np.abs(one.start - one.start[best]) < rule.history_days)).any():
                continue
            taken[best] = True
            rows.append(
                {
                    "account": target,
                    "start_ms": (first + int(one.start[best])) * DAY_MS,
                    "end_ms": (first + int(one.start[best]) + rule.days) * DAY_MS,
                    "posts": int(one.posts[best]),
                    "expected": float(one.expected[best]),
                    "before": int(one.before[best]),
                    "others": float(one.others[best]),
                    "scatter": float(one.scatter[best]),
                    "p_value": float(one.p_value[best]),
                    "q_value": float(mine[best]),
                }
            )
    rows.sort(key=lambda row: (row["p_value"], row["account"], row["start_ms"]))
    return pa.Table.from_pylist(rows, schema=DROPS)


def _daily(found: dict[str, tuple[Ints, _Stretches]], drops: pa.Table, first: int) -> pa.Table:
    names = sorted(set(drops.column("account").to_pylist()))
    rows = [
        (name, (first + day) * DAY_MS, posts)
        for name in names
        for day, posts in enumerate(found[name][0].tolist())
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(
        {
            "account": pa.array(columns[0], pa.string()),
            "day_ms": pa.array(columns[1], pa.int64()),
            "posts": pa.array(columns[2], pa.int64()),
        }
    )
