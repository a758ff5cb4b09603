"""Keys whose posts go more often than others, as signals: the cause is unknown, and said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.readings import weight_of
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vigie.detect.vanished import Detection
    from vigie.terms.languages import Message

METHOD = "vanished/1"
ONE_AUTHOR, WHOLE_ACCOUNTS = 0.5, 0.5
POSTS_OF_ACCOUNT_MIN = 3  # one post that is gone says nothing of an account
SENTENCES: Mapping[str, Message] = {
    "hashtag": say(
        "{gone} of {posts} posts with the hashtag {key} are gone; {expected} would be, were they like others "
        "of their age and platform. The cause is unknown."
    ),
    "domain": say(
        "{gone} of {posts} posts with a link to {key} are gone; {expected} would be, were they like others "
        "of their age and platform. The cause is unknown."
    ),
    "lang": say(
        "{gone} of {posts} posts in the language {key} are gone; {expected} would be, were they like others "
        "of their age and platform. The cause is unknown."
    ),
    "group": say(
        "{gone} of {posts} posts of the group {key} are gone; {expected} would be, were they like others "
        "of their age and platform. The cause is unknown."
    ),
}
GONE = (
    Column(name="post", title=say("Post"), holds="post"),
    Column(name="author", title=say("Account"), holds="account"),
    Column(name="gone", title=say("Found gone"), holds="time"),
    Column(name="how", title=say("How")),
)
DELETED, HELD_BACK = say("deleted"), say("withheld")


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return each key as a signal, the most surprising first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts, with `author` and `post_id`.
    """
    whole = _post_counts(posts)
    return tuple(_signal(row, found.gone, whole) for row in found.signals.to_pylist())


def _post_counts(posts: pa.Table) -> dict[str, int]:
    """Return how many posts each account has, those seen several times counted once."""
    counted = posts.select(["author", "post_id"]).group_by(["author"])
    table = counted.aggregate([("post_id", "count_distinct")])
    return dict(zip(table["author"].to_pylist(), table["post_id_count_distinct"].to_pylist(), strict=True))


def _signal(row: dict[str, Any], gone: pa.Table, whole: Mapping[str, int]) -> Signal:
    mine = pc.and_(pc.equal(gone.column("by"), row["by"]), pc.equal(gone.column("key"), row["key"]))
    rows = gone.filter(mine).to_pylist()
    by_author: dict[str, int] = {}
    for one in rows:
        by_author[one["author"]] = by_author.get(one["author"], 0) + 1
    accounts = sorted(by_author, key=lambda name: (-by_author[name], name))
    return Signal(
        method=METHOD,
        kind="gone",
        subject_kind="series",
        subject=f"{row['by']}:{row['key']}",
        sentence=SENTENCES[row["by"]],
        facts={
            "gone": row["gone"],
            "posts": row["posts"],
            "key": row["key"],
            "expected": round(row["expected"], 1),
        },
        start_ms=row["first_ms"],
        end_ms=row["last_ms"],
        weight=weight_of(row["p_value"]),
        q_value=row["q_value"],
        indicators=tuple(_indicators(row, rows, by_author, whole)),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=len(accounts),
        posts=tuple(one["post_id"] for one in rows[:POSTS_MAX]),
        post_count=len(rows),
        exhibits=(
            Exhibit(
                title=say("Posts that are gone, the earliest first"),
                columns=GONE,
                rows=tuple(
                    (
                        one["post_id"],
                        one["author"],
                        one["gone_ms"],
                        HELD_BACK if one["is_withheld"] else DELETED,
                    )
                    for one in rows[:ROWS_MAX]
                ),
                row_count=len(rows),
            ),
        ),
    )


def _indicators(
    row: dict[str, Any], rows: list[dict[str, Any]], by_author: Mapping[str, int], whole: Mapping[str, int]
) -> Iterator[Indicator]:
    yield Indicator(
        code="cause_unknown",
        leaning="organic",
        sentence=say(
            "Authors take back what they wrote, platforms apply their rules, courts order removals: none of "
            "these can be told from the others here."
        ),
        facts={},
    )
    if row["withheld"]:
        yield Indicator(
            code="withheld",
            leaning="open",
            sentence=say("{number_count} of them are withheld: the platform itself says so."),
            facts={"number_count": row["withheld"]},
        )
    largest = max(by_author.values()) / len(rows)
    if largest >= ONE_AUTHOR:
        yield Indicator(
            code="one_author",
            leaning="organic",
            sentence=say("{part_share} of the posts that are gone are of one account."),
            facts={"part_share": largest},
        )
    entire = sum(
        count for name, count in by_author.items() if count >= max(whole.get(name, 0), POSTS_OF_ACCOUNT_MIN)
    ) / len(rows)
    if entire >= WHOLE_ACCOUNTS:
        yield Indicator(
            code="whole_accounts",
            leaning="organic",
            sentence=say(
                "{part_share} of the posts that are gone are of accounts that had {number_count} or more in "
                "these data and lost all of them: the accounts may have gone, not single posts."
            ),
            facts={"part_share": entire, "number_count": POSTS_OF_ACCOUNT_MIN},
        )
    hours: dict[int, set[str]] = {}
    for one in rows:
        hours.setdefault(one["gone_ms"] // HOUR_MS, set()).add(one["author"])
    busiest = max(hours, key=lambda hour: (len(hours[hour]), -hour))
    part = sum(one["gone_ms"] // HOUR_MS == busiest for one in rows) / len(rows)
    if part >= ONE_AUTHOR and len(hours[busiest]) > 1:
        yield Indicator(
            code="one_hour",
            leaning="open",
            sentence=say(
                "{part_share} of them, of {number_count} accounts, were found gone within one hour: somebody "
                "or something took them away together, or one look found them all gone."
            ),
            facts={"part_share": part, "number_count": len(hours[busiest])},
        )
