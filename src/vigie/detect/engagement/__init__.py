"""Items whose counters are out of proportion: far too much, or seen by many and touched by hardly anybody.

1. read counters as figures at an age of the post (`readings`)
2. compare each with the account's own other items, and with those of other accounts of its class on the same
   platform, at the same age (`comparisons`; what is usual: `others`; how unusual a figure is: `comparing`)
3. keep what no more than a stated part of would be chance, and what is out of proportion by a factor

A signal names the comparison it rests on. Where there is too little to compare with, that is said. Sources
stand beside each step. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.engagement.comparisons import compared
from vigie.detect.engagement.readings import COLUMNS, figures
from vigie.detect.engagement.rule import Rule
from vigie.detect.false_discovery import q_values
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.engagement.comparisons import Comparisons

__all__ = ["COLUMNS", "METHOD", "SIGNALS", "Detection", "Rule", "card", "detect"]

METHOD = "engagement/2"  # new meaning, new number: old findings keep naming the method that made them
LEAST_USUAL = 0.5  # an item is not said to have more than this many times a usual of nothing
ORDER = ["p_value", "post_id", "measure", "age", "compared_with"]
SIGNALS = pa.schema(
    [
        ("post_id", pa.string()),
        ("account", pa.string()),
        ("platform", pa.string()),
        ("created_ms", pa.int64()),
        ("measure", pa.string()),  # a counter, reactions_per_view, or gain_of_ a counter
        ("direction", pa.string()),  # much, little
        ("age", pa.string()),  # of the post when it was read
        ("at_ms", pa.int64()),
        ("value", pa.float64()),
        ("usual", pa.float64()),  # median of what it is compared with
        ("factor", pa.float64()),
        ("compared_with", pa.string()),  # account: its own other items; peers: its class
        ("compared_items", pa.int64()),
        ("compared_accounts", pa.int64()),
        ("follower_class", pa.int64()),  # power of ten; -1 unknown
        ("kinds", pa.string()),  # the reactions summed
        ("score", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what could not be said.

    Args:
        signals: the most surprising first: see `SIGNALS`.
        item_count: posts.
        counted_item_count: posts of which at least one counter is known.
        compared_item_count: posts of which at least one figure could be compared.
        figure_count: figures.
        uncompared_figure_count: figures with too little to compare them with.
        test_count: comparisons made.
    """

    signals: pa.Table
    item_count: int
    counted_item_count: int
    compared_item_count: int
    figure_count: int
    uncompared_figure_count: int
    test_count: int


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(posts: pa.Table, *, rule: Rule | None = None, progress: Progress = silent) -> Detection:
    """Find items whose counters are out of proportion.

    Args:
        posts: canonical posts with at least `COLUMNS`; several rows of one post are read as its history.
        rule: the parameters, else the defaults.
        progress: told the figures compared.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in COLUMNS:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=say("a column of posts"))
    rule = rule or Rule()
    items, table = figures(posts.select(COLUMNS))
    tests = compared(items, table, rule, progress)
    item_of = table.column("item").to_numpy()
    is_tested = np.zeros(table.num_rows, np.bool_)
    is_tested[tests.figure] = True
    return Detection(
        signals=_signals(tests, items, table, rule),
        item_count=items.num_rows,
        counted_item_count=_distinct(item_of),
        compared_item_count=_distinct(item_of[is_tested]),
        figure_count=table.num_rows,
        uncompared_figure_count=table.num_rows - int(is_tested.sum()),
        test_count=len(tests.figure),
    )


def _distinct(codes: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(np.bincount(codes)))


def _signals(tests: Comparisons, items: pa.Table, table: pa.Table, rule: Rule) -> pa.Table:
    q = q_values(tests.p_value)
    likely = tests.at(np.flatnonzero(q <= rule.fdr))
    factor = _factors(likely)
    is_far = np.maximum(factor, 1 / np.maximum(factor, 1e-9)) >= rule.factor_min
    kept = likely.at(np.flatnonzero(is_far))
    figure = table.take(pa.array(kept.figure))
    item = items.take(figure.column("item"))
    found = pa.table(
        [
            item.column("post_id"),
            item.column("author"),
            item.column("platform"),
            item.column("created_ms"),
            figure.column("measure").cast(pa.string()),
            pa.array(np.where(kept.is_much, "much", "little"), pa.string()),
            figure.column("age").cast(pa.string()),
            figure.column("at_ms"),
            figure.column("value"),
            pa.array(kept.among.value),
            pa.array(factor[is_far]),
            pa.array(np.where(kept.is_own, "account", "peers"), pa.string()),
            pa.array(kept.among.count),
            pa.array(kept.accounts),
            pa.array(kept.follower_class),
            figure.column("kinds").cast(pa.string()),
            pa.array(kept.score),
            pa.array(kept.p_value),
            pa.array(q[q <= rule.fdr][is_far]),
        ],
        schema=SIGNALS,
    )
    by = found.select(ORDER).set_column(1, "post_id", pc.fill_null(found.column("post_id"), ""))
    return found.take(pc.sort_indices(by, [(name, "ascending") for name in ORDER]))


def _factors(tests: Comparisons) -> NDArray[np.float64]:
    """Return how many times the usual each figure is; a usual of nothing counts as half a count."""
    due = np.maximum(tests.among.value * tests.exposure, LEAST_USUAL)
    return np.asarray(np.maximum(tests.value * tests.exposure, LEAST_USUAL) / due)
