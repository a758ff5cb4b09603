"""Events that outlets would be expected to report, and of which nothing was found in the collection.

1. count what each outlet published in each language and slot, and what of it speaks of events (`counting`)
2. see when nothing of an outlet was collected (`gaps`)
3. expect of each outlet what the others did, given its size, languages, time and subjects (`expecting`)
4. tell where finding so little is unlikely, and where nothing can be said (`tables`)
5. do the same on shuffled copies: how many cells chance alone would give

"Not found in our collection" is all that is said: never that an outlet hid a fact. The node's word *coverage*
is something else: which sources are collected. Sources stand beside each step. Figures, failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.omission.counting import COLUMNS, Counted, counted
from vigie.detect.omission.events import EVENTS, Event, languages_asked, matched, read_events
from vigie.detect.omission.expecting import expectations
from vigie.detect.omission.gaps import GAPS, gaps
from vigie.detect.omission.rule import BYS, Rule
from vigie.detect.omission.tables import CELLS, EVENTS_FOUND, cells_table, events_table, is_few
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = [
    "BYS",
    "CELLS",
    "COLUMNS",
    "EVENTS",
    "EVENTS_FOUND",
    "GAPS",
    "METHOD",
    "Detection",
    "Event",
    "Rule",
    "card",
    "detect",
    "languages_asked",
    "matched",
    "read_events",
]

METHOD = "omission/1"  # new meaning, new number: old findings keep naming the method that made them


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what cannot be said.

    Args:
        cells: outlets x events: see `CELLS`.
        events: see `EVENTS_FOUND`.
        gaps: when nothing of an outlet was collected: see `GAPS`.
        absent: outlets of the operator's list of which nothing was collected.
        outlet_count: outlets compared.
        post_count: their posts.
        judged_count: cells of which finding nothing would mean something.
        by_chance: cells told in a shuffled copy, on average; None where none was made.
    """

    cells: pa.Table
    events: pa.Table
    gaps: pa.Table
    absent: tuple[str, ...]
    outlet_count: int
    post_count: int
    judged_count: int
    by_chance: float | None


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    events: pa.Table,
    *,
    rule: Rule | None = None,
    outlets: Iterable[str] | None = None,
    asked: Mapping[str, frozenset[str]] | None = None,
    not_collected: Iterable[tuple[str, int, int]] = (),
    seed: int = 0,
    progress: Progress = silent,
) -> Detection:
    """Compare which outlets reported which events with what their size, languages and time make likely.

    Args:
        posts: canonical posts; see `COLUMNS`.
        events: `post_id` and `event`: which posts speak of what, by `matched`, by families or narratives.
        rule: the parameters, else the defaults.
        outlets: names of outlets, else the largest publishers.
        asked: the languages in which each event was asked for; all where it is not named.
        not_collected: outlet (empty for all), from and until, in milliseconds, when nothing was collected.
        seed: of the shuffled copies.
        progress: told the copies done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    rule = rule or Rule()
    named = tuple(dict.fromkeys(outlets)) if outlets is not None else None
    counts = counted(posts, events, rule=rule, outlets=named, asked=asked or {})
    sizes = counts.sizes()
    in_gap, gap_table = gaps(counts, sizes, not_collected, rule)
    expected = expectations(counts, sizes, rule, outlet=counts.outlet)
    cells = cells_table(counts, sizes, in_gap, expected, rule)
    return Detection(
        cells=cells,
        events=events_table(counts, cells),
        gaps=gap_table,
        absent=tuple(sorted(set(named or ()) - set(counts.outlets))),
        outlet_count=len(counts.outlets),
        post_count=len(counts.post_ids),
        judged_count=int(expected.is_judged.sum()),
        by_chance=_by_chance(counts, sizes, rule, seed, progress),
    )


def _by_chance(
    counts: Counted, sizes: NDArray[np.int64], rule: Rule, seed: int, progress: Progress
) -> float | None:
    """Return how many cells are told, on average, where posts of one language and slot change outlets."""
    if not rule.permutations or not counts.events:
        return None
    rng = np.random.default_rng(seed)
    stratum = counts.language * counts.slot_count + counts.slot
    by_stratum = np.argsort(stratum, kind="stable")
    told = 0
    for number in range(rule.permutations):
        mixed = np.lexsort((rng.random(len(stratum)), stratum))
        outlet = np.empty_like(counts.outlet)
        outlet[by_stratum] = counts.outlet[mixed]
        copy = expectations(counts, sizes, rule, outlet=outlet)
        told += int(is_few(copy, np.ones_like(copy.is_judged), rule).sum())
        progress(number + 1, rule.permutations)
    return told / rule.permutations
