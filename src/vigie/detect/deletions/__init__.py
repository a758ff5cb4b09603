"""Accounts whose posts are deleted in the same second, again and again.

1. take when each account's posts were deleted, where the platform told the moment: a stream tells it, whoever
   looks at a post again learns only that it is gone
2. compare these moments, pair by pair, with where in its minute each might as well have fallen
   (`vigie.detect.synchrony`, with sources)
3. keep the pairs that the stated false-discovery rate allows over all pairs there are, and join them

That accounts which push a trend delete their posts together soon after: Elmas et al. 2021,
https://arxiv.org/abs/1910.07783. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect import synchrony
from vigie.detect.synchrony import Synchrony, in_step
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.posts import POSTS
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "METHOD", "Detection", "Rule", "card", "detect"]

METHOD = "deletions/1"  # new meaning, new number: old findings keep naming the method that made them
COLUMNS = ("post_id", "author", "created_ms", "source_kind", "deleted_seen_ms")
NEEDED = ("author", "deleted_seen_ms")
STREAM = "stream"  # sources of this kind tell a deletion when it happens
DELETED = pa.schema([(name, POSTS.field(name).type) for name in COLUMNS])


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When accounts are said to delete in step.

    Args:
        step: see `vigie.detect.synchrony.Rule`; few delete often, so fewer moments are asked for.
        exact_times: whether all moments of deletion are the platform's own, whatever source tells them.
    """

    step: synchrony.Rule = field(default_factory=lambda: synchrony.Rule(moments_min=3, meetings_min=3))
    exact_times: bool = False


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what could not be used.

    Args:
        step: who deletes in step.
        deleted: the deletions judged, one row per post; see `DELETED`.
        deleted_count: posts that were seen deleted.
        seen_later_count: of them, those only found gone when somebody looked again: no moment is known.
    """

    step: Synchrony
    deleted: pa.Table
    deleted_count: int
    seen_later_count: int


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(posts: pa.Table, *, rule: Rule | None = None, progress: Progress = silent) -> Detection:
    """Find accounts whose posts are deleted in step.

    Args:
        posts: canonical posts with at least `author` and `deleted_seen_ms`; a post may stand there several
            times, its earliest deletion counts.
        rule: the parameters, else the defaults.
        progress: told when the work is done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=say("a column of posts"))
    rule = rule or Rule()
    deleted = _deleted(posts)
    exact = deleted
    if not rule.exact_times:
        told = pc.fill_null(pc.equal(deleted.column("source_kind"), STREAM), fill_value=False)
        exact = deleted.filter(told)
    step = in_step(exact.column("author"), exact.column("deleted_seen_ms").to_numpy(), rule.step)
    progress(1, 1)
    return Detection(
        step=step,
        deleted=exact,
        deleted_count=deleted.num_rows,
        seen_later_count=deleted.num_rows - exact.num_rows,
    )


def _deleted(posts: pa.Table) -> pa.Table:
    """Return the posts that were seen deleted, each once, with the earliest moment; see `DELETED`."""
    gone = posts.filter(pc.is_valid(posts.column("deleted_seen_ms")))
    columns = [
        gone.column(name).cast(kind) if name in gone.column_names else pa.nulls(gone.num_rows, kind)
        for name, kind in zip(DELETED.names, DELETED.types, strict=True)
    ]
    table = pa.table(columns, schema=DELETED).sort_by([(name, "ascending") for name in reversed(COLUMNS)])
    return table.take(pa.array(_first_of_each(table.column("post_id"))))


def _first_of_each(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the first row of each id, and every row without one."""
    code = ids.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    code = np.where(code < 0, -1 - np.arange(len(code)), code)
    return np.sort(np.unique(code, return_index=True)[1])
