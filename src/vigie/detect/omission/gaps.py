"""When nothing of an outlet was collected: the silence of a collector is not the silence of an outlet.

Told by the operator, or seen: slots without any post of an outlet, where chance would hardly leave one empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vigie.detect.omission.counting import Counted
    from vigie.detect.omission.rule import Rule

GAPS = pa.schema(
    [
        pa.field("outlet", pa.string()),
        pa.field("start_ms", pa.int64()),
        pa.field("end_ms", pa.int64()),
        pa.field("usual_posts", pa.float64()),  # that would be expected meanwhile
        pa.field("told_by", pa.string()),  # operator, data
    ]
)
ALL = ""  # outlet of a gap that concerns all


def gaps(
    counts: Counted, sizes: NDArray[np.int64], told: Iterable[tuple[str, int, int]], rule: Rule
) -> tuple[NDArray[np.bool_], pa.Table]:
    """Return outlets x slots in which nothing was collected, and the gaps as a table, see `GAPS`.

    Args:
        counts: what outlets published.
        sizes: posts by outlet, language and slot.
        told: outlet (empty for all), first and past-the-last millisecond, as the operator says.
        rule: how many posts are usual where none is a gap.
    """
    by_slot = sizes.sum(axis=1)
    filled = np.maximum((by_slot > 0).sum(axis=1), 1)
    usual = by_slot.sum(axis=1) / filled  # of a slot in which there is any
    seen = (by_slot == 0) & (usual >= rule.gap_posts_min)[:, None]
    is_told = _told(counts, told, rule)
    rows = [
        *_rows(counts, seen & ~is_told, usual, rule, "data"),
        *_rows(counts, is_told, usual, rule, "operator"),
    ]
    rows.sort(key=lambda row: (row["outlet"], row["start_ms"], row["told_by"]))
    return seen | is_told, pa.Table.from_pylist(rows, schema=GAPS)


def _told(counts: Counted, told: Iterable[tuple[str, int, int]], rule: Rule) -> NDArray[np.bool_]:
    """Return the slots that a told gap touches."""
    whole = np.zeros((len(counts.outlets), counts.slot_count), np.bool_)
    starts = counts.start_ms + rule.slot_ms * np.arange(counts.slot_count)
    for outlet, start, end in told:
        touched = (starts < end) & (starts + rule.slot_ms > start)
        for number, name in enumerate(counts.outlets):
            if outlet in (ALL, name):
                whole[number] |= touched
    return whole


def _rows(
    counts: Counted, empty: NDArray[np.bool_], usual: NDArray[np.float64], rule: Rule, told_by: str
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, name in enumerate(counts.outlets):
        edges = np.diff(np.concatenate([[0], empty[number].astype(np.int8), [0]]))
        for first, past in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            rows.append(
                {
                    "outlet": name,
                    "start_ms": counts.start_ms + int(first) * rule.slot_ms,
                    "end_ms": counts.start_ms + int(past) * rule.slot_ms,
                    "usual_posts": float(usual[number] * (past - first)),
                    "told_by": told_by,
                }
            )
    return rows
