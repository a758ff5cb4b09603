"""What was found of counters, as signals: one for each account and direction, with all its figures."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.engagement.readings import AGE_UNKNOWN, GAIN, PER_VIEW
from vigie.detect.readings import weight_of
from vigie.terms.findings import Indicator
from vigie.terms.languages import Message, say
from vigie.terms.signals import POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vigie.detect.engagement import Detection

    Row = dict[str, Any]

METHOD = "engagement/2"
MUCH, LITTLE = "much", "little"
FEW, MANY = 0.1, 0.5  # parts of an account's posts
MEASURES: Mapping[str, Message] = {
    "views": say("views"),
    "likes": say("likes"),
    "shares": say("shares"),
    "comments": say("comments"),
    "replies": say("replies"),
    "quotes": say("quotes"),
    "reactions": say("reactions"),
    PER_VIEW: say("reactions per view"),
}
COMPARED_WITH: Mapping[str, Message] = {
    "account": say("the account’s other items"),
    "peers": say("accounts of its class"),
}
GAINED = say("gained late")
ALL_OF_IT = say("all so far")
Figure = Literal["counter", "gain", "per_view"]
SENTENCES: Mapping[tuple[str, Figure], Message] = {
    (MUCH, "counter"): say(
        "Posts of one account with far more engagement than usual: {posts}. The furthest from it: {value} "
        "{measure}, where {usual} would be usual, {factor} times as much."
    ),
    (MUCH, "gain"): say(
        "Posts of one account with far more engagement than usual: {posts}. The furthest from it: {value} "
        "{measure} gained between two readings, where {usual} would be usual, {factor} times as much."
    ),
    (MUCH, "per_view"): say(
        "Posts of one account with far more engagement than usual: {posts}. The furthest from it: "
        "{value_share} of those who saw it reacted, where {usual_share} would be usual."
    ),
    (LITTLE, "per_view"): say(
        "Posts of one account that many saw and hardly anybody touched: {posts}. The furthest from the "
        "usual: {value_share} of those who saw it reacted, where {usual_share} would be usual."
    ),
}
COLUMNS = (
    Column(name="post", title=say("Post"), holds="post"),
    Column(name="measure", title=say("Counter")),
    Column(name="of", title=say("Of it")),
    Column(name="age", title=say("Age of the post")),
    Column(name="value", title=say("Counted"), holds="number"),
    Column(name="usual", title=say("Usual"), holds="number"),
    Column(name="factor", title=say("Times the usual"), holds="number"),
    Column(name="compared_with", title=say("Compared with")),
    Column(name="items", title=say("Items compared"), holds="number"),
    Column(name="at", title=say("Read"), holds="time"),
)


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return what was found, the most surprising account first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts.
    """
    by_subject: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in found.signals.to_pylist():  # the most surprising first
        by_subject[row["account"] or "", row["direction"]].append(row)
    counts = _post_counts(posts, {account for account, _ in by_subject})
    return tuple(
        _signal(account, direction, rows, counts.get(account, len(rows)))
        for (account, direction), rows in by_subject.items()
    )


def _post_counts(posts: pa.Table, accounts: set[str]) -> dict[str, int]:
    """Return how many posts each of some accounts has, a post read twice counted once."""
    authors = posts.column("author").cast(pa.string())
    wanted = posts.select(["author", "post_id"]).filter(
        pc.is_in(authors, pa.array(sorted(accounts), pa.string()))
    )
    counted = wanted.group_by(["author"]).aggregate([("post_id", "count_distinct")])
    return dict(
        zip(counted["author"].to_pylist(), counted["post_id_count_distinct"].to_pylist(), strict=True)
    )


def _signal(account: str, direction: str, rows: list[Row], whole: int) -> Signal:
    first = rows[0]
    ids = list(dict.fromkeys(row["post_id"] for row in rows if row["post_id"]))
    moments = [row["created_ms"] for row in rows]
    read = [row["at_ms"] for row in rows if row["at_ms"] is not None]
    figure = _figure(first)
    return Signal(
        method=METHOD,
        kind=direction,
        subject_kind="account",
        subject=account,
        sentence=SENTENCES[direction, figure],
        facts={"posts": max(1, len(ids)), **_facts(first, figure)},
        start_ms=min(moments),
        end_ms=max([*moments, *read]),
        weight=weight_of(first["p_value"]),
        q_value=first["q_value"],
        indicators=tuple(_indicators(direction, rows, len(ids), max(whole, len(ids)))),
        accounts=(account,) if account else (),
        account_count=1 if account else 0,
        posts=tuple(ids[:POSTS_MAX]),
        post_count=len(ids),
        exhibits=(
            Exhibit(
                title=say("Figures out of proportion, the most surprising first"),
                columns=COLUMNS,
                rows=tuple(_told(row) for row in rows[:ROWS_MAX]),
                row_count=len(rows),
            ),
        ),
    )


def _figure(row: Row) -> Figure:
    return (
        "per_view" if row["measure"] == PER_VIEW else "gain" if row["measure"].startswith(GAIN) else "counter"
    )


def _facts(row: Row, figure: Figure) -> dict[str, Any]:
    if figure == "per_view":
        return {"value_share": row["value"], "usual_share": row["usual"]}
    return {
        "value": row["value"],
        "measure": _measure(row),
        "usual": row["usual"],
        "factor": row["factor"],
    }


def _measure(row: Row) -> str:
    name: str = row["measure"].removeprefix(GAIN)
    return MEASURES.get(name, name)


def _told(row: Row) -> tuple[Any, ...]:
    return (
        row["post_id"],
        _measure(row),
        GAINED if row["measure"].startswith(GAIN) else ALL_OF_IT,
        Message(row["age"]),
        row["value"],
        row["usual"],
        row["factor"],
        COMPARED_WITH[row["compared_with"]],
        row["compared_items"],
        row["at_ms"],
    )


def _indicators(direction: str, rows: list[Row], count: int, whole: int) -> Iterator[Indicator]:
    share = count / max(whole, 1)
    if direction == MUCH and share <= FEW:
        yield Indicator(
            code="few_of_its_posts",
            leaning="organic",
            sentence=say(
                "Only {part_share} of this account’s posts stand out: a post that truly goes viral does too."
            ),
            facts={"part_share": share},
        )
    if any(row["age"] == AGE_UNKNOWN for row in rows):
        yield Indicator(
            code="age_unknown",
            leaning="organic",
            sentence=say(
                "When some counters were read is unknown: posts of different ages are compared with each "
                "other, and older ones had more time."
            ),
            facts={},
        )
    if direction == LITTLE:
        yield Indicator(
            code="advertised",
            leaning="open",
            sentence=say("Advertising buys views without reactions, openly; platforms seldom tell."),
            facts={},
        )
    if share >= MANY and count > 1:
        yield Indicator(
            code="many_of_its_posts",
            leaning="coordinated",
            sentence=say("{part_share} of this account’s posts stand out, not one or two."),
            facts={"part_share": share},
        )
    if {row["compared_with"] for row in rows} == set(COMPARED_WITH):
        yield Indicator(
            code="both_comparisons",
            leaning="coordinated",
            sentence=say("It stands out among the account’s other posts and among accounts like it."),
            facts={},
        )
    late = [row for row in rows if row["measure"].startswith(GAIN)]
    if late:
        yield Indicator(
            code="late",
            leaning="coordinated",
            sentence=say("Part of it came late, long after most posts have had their day: {ages}."),
            facts={"ages": Message(late[0]["age"])},  # figures, the same in both languages
        )
