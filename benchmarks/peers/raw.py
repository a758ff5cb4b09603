"""Raw thresholds: a pair with at least so many common objects within the window is flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from vigie.detect import coaction

if TYPE_CHECKING:
    import pyarrow as pa


def flagged(acts: pa.Table, *, window_ms: int, leasts: tuple[int, ...]) -> dict[int, set[str]]:
    """Return for each least number of common objects the accounts of the pairs that reach it."""
    pairs = coaction.pairs(acts, window_ms=window_ms, objects_min=min(leasts))
    return {
        least: set(pc.unique(kept["account_a"].cast("string")).to_pylist())
        | set(pc.unique(kept["account_b"].cast("string")).to_pylist())
        for least in leasts
        for kept in [pairs.filter(pc.greater_equal(pairs["object_count"], least))]
    }
