"""A plain reading of the engagement method: figure by figure, as its definition says, however slow.

It is what the module `vigie.detect.engagement` was before it worked on whole columns.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special, stats

from vigie.detect.engagement import LEAST_USUAL, SIGNALS
from vigie.detect.engagement.comparing import (
    EFFICIENCY,
    FEW_VALUES,
    HALF,
    MEDIAN_VARIANCE,
    TO_SD,
    TO_SD_OF_MEAN,
)  # fmt: skip
from vigie.detect.engagement.readings import (
    AGES_MS,
    GAIN,
    PER_VIEW,
    REACTIONS,
    VIEWS,
    age_name,
    follower_class,
    items,
)  # fmt: skip
from vigie.detect.false_discovery import q_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

    from vigie.detect.engagement import Rule
    from vigie.terms.progress import Progress

FIGURES = pa.schema(
    [("item", pa.int64()), ("measure", pa.string()), ("age", pa.string()), ("at_ms", pa.int64()),
     ("value", pa.float64()), ("exposure", pa.float64()), ("kinds", pa.string())]
)  # fmt: skip


def figures(posts: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the items of `posts` and their figures: see `FIGURES`, sorted."""
    kept, item_of = items(posts)
    readings = _last_of_each_age(_readings(posts, kept, item_of))
    rows = [*_counters(readings), *_per_view(readings), *_gains(readings)]
    rows.sort(key=lambda row: (row["item"], row["measure"], row["age"], row["kinds"]))
    return kept, pa.Table.from_pylist(rows, schema=FIGURES)


def _readings(posts: pa.Table, kept: pa.Table, item_of: NDArray[np.int64]) -> list[dict[str, Any]]:
    counts = posts.column("counts").combine_chunks()
    flat, parent = pc.list_flatten(counts), pc.list_parent_indices(counts).to_numpy()
    collected = posts.column("collected_ms").combine_chunks().take(pa.array(parent))
    item = item_of[parent]
    created = kept.column("created_ms").combine_chunks().take(pa.array(item))
    table = pa.table(
        {
            "item": item,
            "measure": pc.struct_field(flat, "name"),
            "value": pc.struct_field(flat, "value"),
            "at_ms": pc.coalesce(pc.struct_field(flat, "at_ms"), collected),
            "created_ms": created,
        }
    )
    name = table.column("measure")
    whole = pc.and_(pc.is_valid(name), pc.invert(pc.match_substring(name, ".")))
    known = pc.fill_null(pc.greater_equal(table.column("value"), 0), fill_value=False)
    rows: list[dict[str, Any]] = table.filter(pc.and_(whole, known)).to_pylist()
    return rows


def _last_of_each_age(
    readings: list[dict[str, Any]],
) -> dict[tuple[int, int], dict[str, tuple[int, int]]]:
    """Return for each item and class of age each counter's last moment and value."""
    last: dict[tuple[int, int], dict[str, tuple[int, int]]] = {}
    for one in readings:
        age = _age(one["at_ms"], one["created_ms"])
        known = last.setdefault((one["item"], age), {})
        moment = (-1 if one["at_ms"] is None else one["at_ms"], one["value"])
        known[one["measure"]] = max(known.get(one["measure"], moment), moment)
    return last


def _age(at_ms: int | None, created_ms: int) -> int:
    if at_ms is None or at_ms < created_ms:
        return -1
    return int(np.searchsorted(AGES_MS, at_ms - created_ms, side="right"))


Latest = dict[tuple[int, int], dict[str, tuple[int, int]]]


def _counters(latest: Latest) -> Iterator[dict[str, Any]]:
    for (item, age), counters in latest.items():
        for name, (at_ms, value) in counters.items():
            yield _figure(item, name, age_name(age), at_ms, float(value))


def _per_view(latest: Latest) -> Iterator[dict[str, Any]]:
    for (item, age), counters in latest.items():
        at_ms, views = counters.get(VIEWS, (0, 0))
        kinds = [name for name in REACTIONS if name in counters]
        if views and kinds:
            reactions = sum(counters[name][1] for name in kinds)
            row = _figure(item, PER_VIEW, age_name(age), at_ms, reactions / views)
            yield {**row, "exposure": float(views), "kinds": "+".join(kinds)}


def _gains(latest: Latest) -> Iterator[dict[str, Any]]:
    before: dict[tuple[int, str], tuple[int, int]] = {}
    for item, age in sorted(latest):
        for name, (at_ms, value) in latest[item, age].items() if age >= 0 else ():
            if (item, name) in before:
                earlier, was = before[item, name]
                span = f"{age_name(earlier)} → {age_name(age)}"
                yield _figure(item, GAIN + name, span, at_ms, float(max(0, value - was)))
            before[item, name] = (age, value)


def _figure(item: int, measure: str, age: str, at_ms: int, value: float) -> dict[str, Any]:
    return {
        "item": item,
        "measure": measure,
        "age": age,
        "at_ms": at_ms if at_ms >= 0 else None,
        "value": value,
        "exposure": 1.0,
        "kinds": "",
    }


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What others of the same kind show.

    Args:
        value: the median, in the figure's own unit.
        log_value: the median of the logarithms.
        spread: of one figure around it, on the logarithmic scale, without chance in its own count.
        count: how many figures.
        independent: how many of strangers tell as much.
        total: their sum, weighted by their exposure: counts.
        exposure: what these were counted on.
    """

    value: float
    log_value: float
    spread: float
    count: int
    independent: float
    total: float
    exposure: float


def usual(
    values: NDArray[np.float64],
    exposures: NDArray[np.float64],
    accounts: NDArray[np.int64],
    between: float,
) -> Usual:
    """Return what figures have in common, one or more of them; `between`: of the variance, accounts'."""
    each = np.unique(accounts, return_counts=True)[1]
    of_one = (each**2).sum() / each.sum()
    logs = logs_of(values, exposures)
    middle = float(np.median(logs))
    distance = np.abs(logs - middle)
    count = len(logs)
    spread = TO_SD * float(np.median(distance)) * count / max(count - FEW_VALUES, 1.0)
    return Usual(
        value=float(np.median(values)),
        log_value=middle,
        spread=spread or TO_SD_OF_MEAN * float(distance.mean()),
        count=count,
        independent=count / (1 + between * (of_one - 1)),
        total=float((values * exposures).sum()),
        exposure=float(exposures.sum()),
    )


def between(
    values: NDArray[np.float64], exposures: NDArray[np.float64], accounts: NDArray[np.int64]
) -> float:
    """Return which part of the variance of figures lies between accounts."""
    logs = logs_of(values, exposures)
    steps = []
    for account in np.unique(accounts):
        own = logs[accounts == account]
        steps += [abs(own[place + 1] - own[place]) for place in range(len(own) - 1)]
    whole = np.median(np.abs(logs - np.median(logs)))
    if not steps or whole == 0:
        return 1.0
    return min(1.0, max(0.0, 1 - (np.median(steps) / np.sqrt(2) / whole) ** 2))


def logs_of(values: NDArray[np.float64], exposures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of figures: of counts, or of counts per exposure."""
    return np.asarray(np.log((values * exposures + HALF) / exposures))


def chances(value: float, exposure: float, among: Usual) -> tuple[float, float, float]:
    """Return how far a figure lies from the usual, in spreads, the chance of so much, and of so little."""
    log = float(logs_of(np.array([value]), np.array([exposure]))[0])
    due = np.exp(among.log_value) * exposure
    variance = among.spread**2 * (1 + MEDIAN_VARIANCE / among.independent) + 1.0 / (due + HALF)
    score = (log - among.log_value) / np.sqrt(variance)
    freedom = max(1.0, EFFICIENCY * (among.independent - 1))
    count, whole = round(value * exposure), round(among.total)
    part = exposure / (exposure + among.exposure)
    much = max(float(stats.t.sf(score, freedom)), _binomial_upper(count, count + whole, part))
    little = max(float(stats.t.cdf(score, freedom)), float(special.bdtr(count, count + whole, part)))
    return float(score), much, little


def _binomial_upper(count: int, trials: int, part: float) -> float:
    return 1.0 if count == 0 else float(special.bdtrc(count - 1, trials, part))


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


def detect(posts, rule):
    """Return the signals, and how many comparisons there were."""
    kept, table = figures(posts)
    compared = _Compared(kept, table, rule)
    tests = list(compared.tests(lambda _done, _total: None))
    return _signals(tests, kept, table, compared.classes, rule).to_pylist(), len(tests)


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
            alike = between(self._values[figures], self._exposures[figures], authors)
            for author in np.unique(authors):
                own = figures[authors == author]
                yield from self._against_own(own)
                yield from self._against_peers(own, figures, authors != author, accounts - 1, alike)
            done += len(members)
            progress(done, len(self._item))

    def _against_own(self, own: NDArray[np.int64]) -> Iterator[_Test]:
        if len(own) <= self._rule.own_items_min:
            return
        for place, figure in enumerate(own):
            others = np.delete(own, place)
            yield from self._compare(int(figure), self._usual(others, 0.0), "account", 1)

    def _against_peers(
        self,
        own: NDArray[np.int64],
        figures: NDArray[np.int64],
        is_other: NDArray[np.bool_],
        accounts: int,
        alike: float,
    ) -> Iterator[_Test]:
        others = figures[is_other]
        if len(others) < self._rule.peer_items_min or accounts < self._rule.peer_accounts_min:
            return
        among = self._usual(others, alike)
        for figure in own:
            yield from self._compare(int(figure), among, "peers", accounts)

    def _usual(self, others: NDArray[np.int64], alike: float) -> Usual:
        return usual(self._values[others], self._exposures[others], self._author[others], alike)

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
