"""Items whose counters are out of proportion: far too much, or seen by many and touched by hardly anybody.

1. read counters as figures at an age of the post (`readings`)
2. compare each with the account's own other items, and with those of other accounts of its class on the same
   platform, at the same age (`comparing`)
3. keep what no more than a stated part of would be chance, and what is out of proportion by a factor

A signal names the comparison it rests on. Where there is too little to compare with, that is said. Sources
stand beside each step. Figures and failures: `card()`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vigie.detect.engagement.comparing import Usual, chances, q_values, usual
from vigie.detect.engagement.readings import COLUMNS, PER_VIEW, figures, follower_class
from vigie.detect.engagement.rule import Rule
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["COLUMNS", "METHOD", "SIGNALS", "Detection", "Rule", "card", "detect"]

METHOD = "engagement/1"  # new meaning, new number: old findings keep naming the method that made them
LARGE = 2_000  # figures among which one account's own, if few, do not move the median
LARGE_PART = 0.01
LEAST_USUAL = 0.5  # an item is not said to have more than this many times a usual of nothing
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


@dataclass(frozen=True)
class _Test:
    """One figure compared one way."""

    figure: int
    compared_with: str
    among: Usual
    accounts: int
    score: float
    direction: str
    p_value: float


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
    compared = _Compared(items, table, rule)
    tests = list(compared.tests(progress))
    figure_item = table.column("item").to_numpy()
    tested = {test.figure for test in tests}
    return Detection(
        signals=_signals(tests, items, table, compared.classes, rule),
        item_count=items.num_rows,
        counted_item_count=len(np.unique(figure_item)),
        compared_item_count=len({int(figure_item[figure]) for figure in tested}),
        figure_count=table.num_rows,
        uncompared_figure_count=table.num_rows - len(tested),
        test_count=len(tests),
    )


class _Compared:
    """Figures and what each can be compared with."""

    def __init__(self, items: pa.Table, table: pa.Table, rule: Rule) -> None:
        self._rule = rule
        self._item = table.column("item").to_numpy()
        self._values = table.column("value").to_numpy()
        self._exposures = table.column("exposure").to_numpy()
        self._measures = table.column("measure").to_pylist()
        self.classes = follower_class(items.column("author_followers").combine_chunks())
        authors = items.column("author").cast(pa.string()).combine_chunks().dictionary_encode()
        self._author = authors.indices.to_numpy()[self._item]
        platforms = items.column("platform").cast(pa.string()).to_pylist()
        kinds = zip(
            self._measures, table.column("age").to_pylist(), table.column("kinds").to_pylist(), strict=True
        )
        self._peers: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for figure, kind in enumerate(kinds):
            item = self._item[figure]
            if not self._is_meant(figure):
                continue
            self._peers[(platforms[item], int(self.classes[item]), *kind)].append(figure)

    def _is_meant(self, figure: int) -> bool:
        return self._measures[figure] != PER_VIEW or bool(self._exposures[figure] >= self._rule.views_min)

    def tests(self, progress: Progress) -> Iterator[_Test]:
        """Yield all comparisons, group by group; within an account its class of followers may change."""
        done = 0
        for _kind, members in sorted(self._peers.items(), key=lambda one: one[1]):
            figures = np.array(members)
            authors = self._author[figures]
            accounts = len(np.unique(authors))
            for author in np.unique(authors):
                own = figures[authors == author]
                yield from self._against_own(own)
                yield from self._against_peers(own, figures, authors != author, accounts - 1)
            done += len(members)
            progress(done, len(self._item))

    def _against_own(self, own: NDArray[np.int64]) -> Iterator[_Test]:
        if len(own) <= self._rule.own_items_min:
            return
        for place, figure in enumerate(own):
            others = np.delete(own, place)
            yield from self._compare(int(figure), self._usual(others), "account", 1)

    def _against_peers(
        self, own: NDArray[np.int64], figures: NDArray[np.int64], is_other: NDArray[np.bool_], accounts: int
    ) -> Iterator[_Test]:
        others = figures[is_other]
        if len(others) < self._rule.peer_items_min or accounts < self._rule.peer_accounts_min:
            return
        among = self._usual(others)
        for figure in own:
            yield from self._compare(int(figure), among, "peers", accounts)

    def _usual(self, others: NDArray[np.int64]) -> Usual:
        return usual(self._values[others], self._exposures[others])

    def _compare(self, figure: int, among: Usual, compared_with: str, accounts: int) -> Iterator[_Test]:
        score, much, little = chances(self._values[figure], self._exposures[figure], among)
        if self._measures[figure] != PER_VIEW:
            yield _Test(figure, compared_with, among, accounts, score, "much", much)
            return
        direction, chance = ("much", much) if much < little else ("little", little)
        yield _Test(figure, compared_with, among, accounts, score, direction, min(1.0, 2 * chance))


def _signals(
    tests: list[_Test], items: pa.Table, table: pa.Table, classes: NDArray[np.int64], rule: Rule
) -> pa.Table:
    q = q_values(np.array([test.p_value for test in tests]))
    rows = []
    kept = [(test, float(q[place])) for place, test in enumerate(tests) if q[place] <= rule.fdr]
    for test, q_value in kept:
        row = table.slice(test.figure, 1).to_pylist()[0]
        factor = _factor(row["value"], row["exposure"], test.among)
        if max(factor, 1 / max(factor, 1e-9)) < rule.factor_min:
            continue
        item = items.slice(row["item"], 1).to_pylist()[0]
        rows.append(_row(test, row, item, factor=factor, q_value=q_value, of_class=int(classes[row["item"]])))
    rows.sort(
        key=lambda one: (
            one["p_value"],
            one["post_id"] or "",
            one["measure"],
            one["age"],
            one["compared_with"],
        )
    )
    return pa.Table.from_pylist(rows, schema=SIGNALS)


def _factor(value: float, exposure: float, among: Usual) -> float:
    """Return how many times the usual a figure is; a usual of nothing counts as half a count."""
    return float(max(value * exposure, LEAST_USUAL) / max(among.value * exposure, LEAST_USUAL))


def _row(
    test: _Test,
    figure: dict[str, Any],
    item: dict[str, Any],
    *,
    factor: float,
    q_value: float,
    of_class: int,
) -> dict[str, Any]:
    return {
        "post_id": item["post_id"],
        "account": item["author"],
        "platform": item["platform"],
        "created_ms": item["created_ms"],
        "measure": figure["measure"],
        "direction": test.direction,
        "age": figure["age"],
        "at_ms": figure["at_ms"],
        "value": figure["value"],
        "usual": test.among.value,
        "factor": factor,
        "compared_with": test.compared_with,
        "compared_items": test.among.count,
        "compared_accounts": test.accounts,
        "follower_class": of_class,
        "kinds": figure["kinds"],
        "score": test.score,
        "p_value": test.p_value,
        "q_value": q_value,
    }
