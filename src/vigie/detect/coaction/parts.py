"""Counting pairs as work for an engine: at once, or object by object and added up.

An object's acts stay together, so that each of a pair's objects is counted once; sums over parts of the
objects are then the counts of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vigie.detect.coaction.acts import stable_by_key
from vigie.detect.coaction.counting import Coded, PairCounts, count_pairs, in_question, pair_chunks
from vigie.terms.engine import Work
from vigie.terms.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.coaction.acts import Acts, Ints
    from vigie.detect.coaction.counting import Neighbours
    from vigie.terms.engine import Engine
    from vigie.terms.progress import Progress

SCHEMA = pa.schema([pa.field(name, pa.int32(), nullable=False) for name in PairCounts.__dataclass_fields__])
WITHOUT_ACTS = pa.schema(list(SCHEMA)[:3])
BYTES_PER_ACT, BYTES_PER_ACCOUNT = 40, 20  # of the kernel, beside the acts themselves


@dataclass(frozen=True)
class PairsOfPart:
    """Counts all pairs in a part of the objects, and their acts where these are asked for."""

    window_ms: int
    with_acts: bool = True

    def __call__(self, rows: pa.Table) -> Iterator[pa.Table]:
        """Yield the pairs of `rows` (account, object, at_ms) with at least one object.

        As `SCHEMA`, or `WITHOUT_ACTS`.
        """
        account, objects, at_ms = (rows.column(name).to_numpy() for name in ("account", "object", "at_ms"))
        names, account = np.unique(account, return_inverse=True)
        codes, objects = np.unique(objects, return_inverse=True)
        order = stable_by_key(objects, np.argsort(at_ms, kind="stable"), len(codes))
        acts = Coded(
            account=account[order].astype(np.int32),
            object=objects[order].astype(np.int32),
            at_ms=at_ms[order],
            account_count=len(names),
            window_ms=self.window_ms,
        )
        schema = SCHEMA if self.with_acts else WITHOUT_ACTS
        for found in pair_chunks(acts, objects_min=1, with_acts=self.with_acts, threads=1):
            a, b, *counts = found
            yield pa.table([names[a], names[b], *counts], schema=schema)


def counted(
    acts: Acts,
    near: Neighbours,
    *,
    window_ms: int,
    objects_min: int,
    engine: Engine,
    threads: int,
    with_acts: bool = False,
    progress: Progress = silent,
) -> PairCounts:
    """Return the pairs of accounts with at least `objects_min` distinct objects acted on together.

    Args:
        acts: who acted on what when.
        near: each act's neighbours within the window.
        window_ms: longest time between two acts on one object.
        objects_min: fewest distinct objects, 1 or more.
        engine: where it is counted; the result is the same everywhere.
        threads: how many threads count in this process.
        with_acts: count the acts of each beside the other too, which takes longer.
        progress: told how far the engine is.
    """
    left = in_question(acts, near, window_ms=window_ms, objects_min=objects_min)

    schema = SCHEMA if with_acts else WITHOUT_ACTS

    def whole(told: Progress) -> pa.Table:
        found = count_pairs(
            left, objects_min=objects_min, with_acts=with_acts, threads=threads, progress=told
        )
        return pa.table([getattr(found, name) for name in schema.names], schema=schema)

    work = Work(
        whole=whole,
        rows=lambda: pa.table({"account": left.account, "object": left.object, "at_ms": left.at_ms}),
        split_by="object",
        part=PairsOfPart(window_ms, with_acts=with_acts),
        schema=schema,
        keys=("a", "b"),
        reaching="objects",
        least=objects_min,
        memory_bytes=BYTES_PER_ACT * len(left.account) + BYTES_PER_ACCOUNT * threads * acts.account_count,
        row_count_max=near.pairs_of_acts,
    )
    table = engine.summed(work, progress=progress)
    return PairCounts(**{name: _numbers(table, name) for name in schema.names})


def _numbers(table: pa.Table, name: str) -> Ints:
    return np.asarray(table.column(name).to_numpy())
