"""Data with known truth: synthfp, and fresh exercises of our own generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from places import data

from vigie.detect import coaction
from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.gathering import Gathering
from vigie.exercise import generate

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Acts by behaviour, the part each account plays, and where objects come from."""

    name: str
    acts: dict[str, pa.Table]
    truth: pa.Table
    origins: Callable[[str, pa.Array], pa.Array]


@dataclass(frozen=True, kw_only=True)
class Made:
    """An exercise: its posts and the part each account plays."""

    posts: pa.Table
    truth: pa.Table


def acts_of(table: pa.Table, *, account: str, thing: str, time_s: str, post: str | None) -> pa.Table:
    """Return acts from columns of a table, times given in seconds; a text post becomes a number."""
    columns = {
        "account": table.column(account),
        "object": table.column(thing),
        "at_ms": pc.multiply(table.column(time_s), 1000),
    }
    if post:
        codes = table.column(post)
        if not pa.types.is_integer(codes.type):
            codes = codes.combine_chunks().dictionary_encode().indices
        columns["post"] = codes.cast(pa.int64())
    return pa.table(columns)


def synthfp() -> Sample:
    """Return synthfp.

    Raises:
        AbsentDataError: it is not there.
    """
    events, labels = pq.read_table(data("synthfp_events")), pq.read_table(data("synthfp_labels"))
    planted = pc.greater_equal(labels["group_id"], 0)
    return Sample(
        name="synthfp",
        acts={
            "repost": acts_of(events, account="account_id", thing="object_id", time_s="ts", post="post_id")
        },
        truth=pa.table(
            {
                "account": labels["account_id"],
                "role": pc.if_else(planted, "campaign", labels["group_type"].cast(pa.string())),
                "kind": labels["group_type"],
            }
        ),
        origins=coaction.unknown_origins,
    )


def exercise(*, posts: int, seed: int) -> Made:
    """Return a fresh exercise."""
    made = generate(seed=seed, posts=posts, days=DAYS)
    return Made(posts=pa.Table.from_batches(list(made.batches())), truth=made.truth)


def gathered(posts: pa.Table) -> tuple[dict[str, pa.Table], Callable[[str, pa.Array], pa.Array]]:
    """Return the acts of posts by behaviour, names as text, and what tells where objects come from."""
    whole = Gathering(BEHAVIOURS)
    for batch in posts.to_batches():
        whole.add(batch)
    return {behaviour.id: with_names(whole.actions(behaviour)) for behaviour in BEHAVIOURS}, whole.origins


def with_names(acts: pa.Table) -> pa.Table:
    """Return acts with the names of their accounts and objects in place of codes."""
    for place, name in enumerate(("account", "object")):
        acts = acts.set_column(place, name, acts.column(name).cast(pa.string()))
    return acts


def exercise_acts(*, posts: int, seed: int) -> Sample:
    """Return the acts of a fresh exercise."""
    made = exercise(posts=posts, seed=seed)
    acts, origins = gathered(made.posts)
    return Sample(
        name=f"exercise, {posts:,} posts, seed {seed}", acts=acts, truth=made.truth, origins=origins
    )
