"""Series that rise, fall silent, or fall all together: early warning with a stated budget of false alarms.

Everything comes in bursts by itself, at night, on Sundays, when a debate is on. So each series (a hashtag, an
address, a domain, somebody who is mentioned, a language) is compared with what its own past makes likely:

1. gather what posts speak of (`gathering`) and count it in slots (`slots`)
2. learn, from the past alone, what a quiet series would count next (`baseline`), as a count and as a share of
   all posts
3. tell outages of the collection from silence (`outages`)
4. score each slot for slow and fast rises and for silence (`scores`)
5. compare with thresholds that keep the budget on simulated quiet series (`thresholds`)
6. merge alarms into alerts (`alerts`), and hand them over (`signals`)

Sources stand beside each step. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.bursts.alerts import Alert, Judged, around, outage_alerts, rises, silences, table
from vigie.detect.bursts.baseline import DISPERSION, EXPECTED, USUAL, fit
from vigie.detect.bursts.gathering import BYS, By, Mentions
from vigie.detect.bursts.outages import outages
from vigie.detect.bursts.rule import MEASURES, Election, Measure, Rule
from vigie.detect.bursts.scores import evidence, scored
from vigie.detect.bursts.slots import Gap, Slots, slots_between
from vigie.detect.bursts.thresholds import Thresholds
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.terms.findings import Timeline

__all__ = [
    "BYS", "MEASURES", "METHOD", "Alert", "By", "Detection", "Election", "Measure",
    "Mentions", "Rule", "Thresholds", "card", "detect", "table",
]  # fmt: skip

METHOD = "bursts/2"  # new meaning, new number: old findings keep naming the method that made them
SPAN_DAYS_MAX = 3_653  # ten years: one wrong date must not make slots without end of every series
PATTERN_LEAST = 0.02  # of the usual: a slot is never expected to hold less of the conversation


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what could not be said.

    Args:
        alerts: the earliest first.
        watched: the series that were watched, those with the most posts first.
        left_out_count: series with too few posts, or beyond the most watched.
        days_judged: how many days of each series were judged, after its history.
        alarms_expected: how many false alarms the budget allows for all of that.
        is_too_short: there is no more data than history: nothing was judged.
        around: for each alert its series, observed beside expected, from a week before it to a day after.
        by: what a series is counted by, where that was told.
        closely: the series that an election watched more closely; those that nobody spoke of are not in it.
        election_alarms_expected: how many false alarms their own budget allows within the election.
        early_count: posts older than `SPAN_DAYS_MAX` before the end: nothing was learned from them.
    """

    alerts: tuple[Alert, ...]
    watched: tuple[str, ...]
    left_out_count: int
    days_judged: float
    alarms_expected: float
    is_too_short: bool
    around: tuple[Timeline, ...] = ()
    by: By | None = None
    closely: tuple[str, ...] = ()
    election_alarms_expected: float = 0.0
    early_count: int = 0


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    occurrences: pa.Table,
    moments: pa.Array,
    *,
    rule: Rule | None = None,
    gaps: Sequence[Gap] = (),
    until_ms: int | None = None,
    election: Election | None = None,
    by: By | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Detection:
    """Find series that rise or fall silent, and outages of the collection.

    Args:
        occurrences: what posts speak of: `key` text, `at_ms` int64, milliseconds since 1970 UTC.
        moments: when each post was written, those that speak of nothing too: what shares are shares of.
        rule: the parameters, else the defaults.
        gaps: when nothing was collected, as the collector tells it: from, until.
        until_ms: until when posts were collected (default: the last post); a slot not over is left out.
        election: what is watched more closely, and when.
        by: what a series is counted by, so that signals can say it.
        seed: of all chance; the same seed on the same rows, in whatever order, gives the same result.
        progress: told the series done.

    Raises:
        UnfitTableError: a table lacks a column.
    """
    rule = rule or Rule()
    keys, at_ms = _columns(occurrences)
    all_ms = np.sort(moments.to_numpy(zero_copy_only=False).astype(np.int64))
    watched, codes, left_out = _watched(keys, rule, election)
    if not len(all_ms):
        return _nothing(watched, left_out)
    end_ms = int(all_ms[-1]) if until_ms is None else until_ms
    start_ms = max(int(all_ms[0]), end_ms - SPAN_DAYS_MAX * DAY_MS)
    span = (start_ms, end_ms)
    if span[1] - span[0] <= rule.history_days * DAY_MS:
        return _nothing(watched, left_out)
    small = _small(at_ms, codes, len(watched), start_ms, rule)
    closely = _closely(watched, election)
    found: list[tuple[Alert, Timeline]] = []
    days, expected, within, done = 0.0, 0.0, 0.0, 0
    total = len(watched) + int(closely.sum())
    for slot_ms, members, watch in _passes(rule, small, closely, election):
        pass_rule = rule if watch is None else replace(rule, days_per_false_alarm=watch.days_per_false_alarm)
        part = _Part(slots_between(*span, slot_ms), all_ms, at_ms, codes, len(watched), gaps, pass_rule, seed)
        if slot_ms == rule.slot_ms and watch is None:
            found += part.outages()
        for code in members:
            alerts = part.alerts(watched[code], code)
            found += _within(alerts, election, watch=watch, is_closely=bool(closely[code]))
            done += 1
            progress(done, total)
        judged_days = part.days_judged * len(members)
        days = max(days, part.days_judged)
        expected += judged_days / rule.days_per_false_alarm if watch is None else 0.0
        if watch is not None:
            judged = part.days_judged_between(watch.start_ms, watch.end_ms)
            within += judged * len(members) / watch.days_per_false_alarm
    found.sort(key=lambda one: (one[0].raised_ms, one[0].kind, one[0].key, one[0].slot_ms))
    return Detection(
        alerts=tuple(alert for alert, _around in found),
        watched=watched,
        left_out_count=left_out,
        days_judged=days,
        alarms_expected=expected,
        is_too_short=False,
        around=tuple(around for _alert, around in found),
        by=by,
        closely=tuple(key for key, close in zip(watched, closely, strict=True) if close),
        election_alarms_expected=within,
        early_count=int(np.searchsorted(all_ms, start_ms)),
    )


def _nothing(watched: tuple[str, ...], left_out: int) -> Detection:
    return Detection(
        alerts=(),
        watched=watched,
        left_out_count=left_out,
        days_judged=0.0,
        alarms_expected=0.0,
        is_too_short=True,
    )


def _columns(occurrences: pa.Table) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    for name, expected in (("key", say("text")), ("at_ms", say("whole numbers"))):
        if name not in occurrences.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=expected)
    moments = occurrences.column("at_ms").to_numpy().astype(np.int64)
    return occurrences.column("key").cast(pa.string()), moments


def _watched(
    keys: pa.ChunkedArray, rule: Rule, election: Election | None
) -> tuple[tuple[str, ...], NDArray[np.int64], int]:
    """Return the series to watch, which of them each occurrence is of (-1: none), how many are left out."""
    counted = pc.value_counts(keys.combine_chunks())
    counts = sorted(
        zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True),
        key=lambda one: (-one[1], one[0] or ""),
    )
    close = election.watched if election else frozenset()
    fit_to_watch = [key for key, count in counts if key and (count >= rule.posts_min or key in close)]
    first = [key for key in fit_to_watch if key in close]
    others = [key for key in fit_to_watch if key not in close]
    watched = tuple(first + others[: max(0, rule.series_max - len(first))])
    codes = pc.index_in(keys.combine_chunks(), pa.array(watched, pa.string())).fill_null(-1)
    known = sum(1 for key, _count in counts if key)
    return watched, codes.to_numpy(zero_copy_only=False).astype(np.int64), known - len(watched)


def _small(
    at_ms: NDArray[np.int64], codes: NDArray[np.int64], count: int, start_ms: int, rule: Rule
) -> NDArray[np.bool_]:
    """Return which series are small, by their history alone: later slots must not decide earlier ones."""
    in_history = (codes >= 0) & (at_ms >= start_ms) & (at_ms < start_ms + rule.history_days * DAY_MS)
    per_slot = np.bincount(codes[in_history], minlength=count) * rule.slot_ms / (rule.history_days * DAY_MS)
    return np.asarray(per_slot < rule.small_per_slot)


def _closely(watched: tuple[str, ...], election: Election | None) -> NDArray[np.bool_]:
    return np.array([election is not None and key in election.watched for key in watched], np.bool_)


def _passes(
    rule: Rule, small: NDArray[np.bool_], closely: NDArray[np.bool_], election: Election | None
) -> list[tuple[int, list[int], Election | None]]:
    """Return which series are judged in slots of which length; those watched closely are judged twice."""
    passes: list[tuple[int, list[int], Election | None]] = [
        (rule.slot_ms, np.flatnonzero(~small).tolist(), None),
        (rule.small_slot_ms, np.flatnonzero(small).tolist(), None),
    ]
    if election is not None and closely.any():
        passes.append((election.slot_ms, np.flatnonzero(closely).tolist(), election))
    return [one for place, one in enumerate(passes) if one[1] or place == 0]


def _within(
    alerts: list[tuple[Alert, Timeline]],
    election: Election | None,
    *,
    watch: Election | None,
    is_closely: bool,
) -> list[tuple[Alert, Timeline]]:
    """Return the alerts that count: within the election the close look decides, outside it the usual one."""
    if election is None or not is_closely:
        return alerts
    inside = [one for one in alerts if election.start_ms <= one[0].raised_ms < election.end_ms]
    if watch is not None:
        return [(replace(one, election=True), around) for one, around in inside]
    return [one for one in alerts if one not in inside]


class _Part:
    """Series judged in slots of one length."""

    def __init__(
        self,
        slots: Slots,
        all_ms: NDArray[np.int64],
        at_ms: NDArray[np.int64],
        codes: NDArray[np.int64],
        count: int,
        gaps: Sequence[Gap],
        rule: Rule,
        seed: int,
    ) -> None:
        self._slots, self._rule = slots, rule
        self._totals = slots.counted(all_ms, np.zeros(len(all_ms), np.int64), 1)[0]
        self._counts = slots.counted(at_ms, codes, count)
        self._merge = max(1, rule.merge_ms // slots.slot_ms)
        self._thresholds = Thresholds(
            slots_per_day=slots.per_day,
            days_per_false_alarm=rule.days_per_false_alarm * len(rule.measures),
            merge_slots=self._merge,
            seed=seed,
        )
        missing = slots.touched(gaps)
        one = np.ones(slots.count)
        self._fit_of_all = fit(self._totals, one, missing, slots.per_day, slots.first)
        early = np.arange(slots.count) < rule.history_days * slots.per_day
        down = outages(self._totals, self._fit_of_all, self._counts, slots_per_day=slots.per_day)
        self._down = down & ~missing & ~early
        self._missing = missing | self._down
        self._quiet = self._missing | early
        learned = fit(self._totals, one, self._missing, slots.per_day, slots.first)
        usual = learned[:, USUAL]
        pattern = np.where(usual > 0, learned[:, EXPECTED] / np.where(usual > 0, usual, 1.0), 1.0)
        self._exposure: dict[Measure, NDArray[np.float64]] = {
            "count": np.maximum(pattern, PATTERN_LEAST),
            "share": self._totals,
        }

    @property
    def days_judged(self) -> float:
        return float((~self._quiet).sum()) * self._slots.slot_ms / DAY_MS

    def days_judged_between(self, start_ms: int, end_ms: int) -> float:
        at_ms = (self._slots.first + np.arange(self._slots.count)) * self._slots.slot_ms
        inside = (at_ms >= start_ms) & (at_ms < end_ms)
        return float((~self._quiet & inside).sum()) * self._slots.slot_ms / DAY_MS

    def outages(self) -> list[tuple[Alert, Timeline]]:
        found = outage_alerts(self._down, self._totals, self._fit_of_all, self._slots)
        return [(one, around(one, self._totals, self._fit_of_all, self._slots)) for one in found]

    def alerts(self, key: str, code: int) -> list[tuple[Alert, Timeline]]:
        counts = self._counts[code]
        judged = {measure: self._judged(counts, self._exposure[measure]) for measure in self._rule.measures}
        found = list(rises(key, counts, judged, self._slots, merge_slots=self._merge))
        if "count" in judged:
            found += silences(key, counts, judged["count"], self._slots, merge_slots=self._merge)
        return [(one, around(one, counts, judged[one.measures[0]].fitted, self._slots)) for one in found]

    def _judged(self, counts: NDArray[np.float64], exposure: NDArray[np.float64]) -> Judged:
        per_day = self._slots.per_day
        fitted = fit(counts, exposure, self._missing, per_day, self._slots.first)
        thresholds = np.zeros((len(counts), 3))
        loud = ~self._quiet
        thresholds[loud] = self._thresholds.of(fitted[loud])
        said = evidence(counts, fitted[:, EXPECTED].copy(), fitted[:, DISPERSION].copy(), self._quiet)
        scores = scored(said, thresholds, self._quiet, per_day)
        scores[self._quiet] = -1.0  # no alarm is given where nothing is judged
        return Judged(fitted=fitted, scores=scores, thresholds=thresholds)
