"""From scores to alerts: one alert for each rise, each silence and each outage, with its figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
from scipy import stats

from vigie.detect.bursts.baseline import DISPERSION, EXPECTED
from vigie.detect.bursts.scores import DISPERSION_LEAST, FAST, SILENT, SLOW
from vigie.detect.bursts.slots import runs
from vigie.terms.findings import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vigie.detect.bursts.rule import Measure
    from vigie.detect.bursts.slots import Slots

Kind = Literal["rise", "silence", "outage"]
DAYS_BEFORE, DAYS_AFTER = 7, 1  # of the series that are shown around an alert
BEGAN_DAYS_MOST = 7  # a rise is not said to have begun longer before its alarm
FACTOR_EXPECTED_LEAST = 0.5  # so many posts expected at least: "four posts where 0.001 were due" is no factor
KEY_OF_ALL = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rise, silence or outage.

    Times are the beginnings of slots, but `end_ms`, the end of the last one.
    """

    kind: Kind
    key: str  # empty for an outage: all series
    slot_ms: int
    start_ms: int  # when it began, as far as can be told
    raised_ms: int  # the end of the slot at which the alarm was first given
    peak_ms: int
    end_ms: int
    is_open: bool  # may still go on at the end of the data
    measures: tuple[Measure, ...]  # which gave the alarm
    observed: int  # posts from start to end
    expected: float  # by the measure that alarmed first
    factor: float
    peak_observed: int
    peak_expected: float
    slow_score: float  # highest, and its threshold there
    slow_threshold: float
    fast_score: float
    fast_threshold: float
    election: bool = False  # watched more closely


SCHEMA = pa.schema(
    [
        pa.field(
            one.name,
            {
                "Kind": pa.string(),
                "str": pa.string(),
                "int": pa.int64(),
                "float": pa.float64(),
                "bool": pa.bool_(),
                "tuple[Measure, ...]": pa.list_(pa.string()),
            }[str(one.type)],
        )
        for one in fields(Alert)
    ]
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One series under one measure: what was expected, what it scored, against which thresholds."""

    fitted: NDArray[np.float64]
    scores: NDArray[np.float64]
    thresholds: NDArray[np.float64]


def rises(
    key: str,
    counts: NDArray[np.float64],
    judged: Mapping[Measure, Judged],
    slots: Slots,
    *,
    merge_slots: int,
) -> Iterator[Alert]:
    """Yield the rises of one series, the earliest first."""
    marks: dict[Measure, NDArray[np.bool_]] = {
        measure: np.any(one.scores[:, [SLOW, FAST]] > one.thresholds[:, [SLOW, FAST]], axis=1)
        for measure, one in judged.items()
    }
    earliest = 0
    for first, last in runs(np.any(list(marks.values()), axis=0), apart_max=merge_slots):
        measures = tuple(measure for measure, mark in marks.items() if mark[first : last + 1].any())
        lead = judged[next(measure for measure in measures if marks[measure][first])]
        score = SLOW if lead.scores[first, SLOW] > lead.thresholds[first, SLOW] else FAST
        start = _began(lead.scores[:, score], first, max(earliest, first - BEGAN_DAYS_MOST * slots.per_day))
        above = counts > lead.fitted[:, EXPECTED]
        yield _alert(
            "rise",
            key,
            (start + int(np.argmax(above[start : first + 1])), first, last),
            counts,
            lead,
            above,
            slots,
            measures=measures,
            merge_slots=merge_slots,
        )
        earliest = last + 1


def silences(
    key: str, counts: NDArray[np.float64], judged: Judged, slots: Slots, *, merge_slots: int
) -> Iterator[Alert]:
    """Yield the silences of one series, the earliest first."""
    earliest = 0
    below = counts < judged.fitted[:, EXPECTED]
    alarm = judged.scores[:, SILENT] > judged.thresholds[:, SILENT]
    for first, last in runs(alarm, apart_max=merge_slots):
        lowest = max(earliest, first - BEGAN_DAYS_MOST * slots.per_day)
        start = _began(judged.scores[:, SILENT], first, lowest)
        places = (start + int(np.argmax(below[start : first + 1])), first, last)
        yield _alert(
            "silence",
            key,
            places,
            counts,
            judged,
            below,
            slots,
            measures=("count",),
            merge_slots=merge_slots,
        )
        earliest = last + 1


def outage_alerts(
    down: NDArray[np.bool_], totals: NDArray[np.float64], fitted: NDArray[np.float64], slots: Slots
) -> Iterator[Alert]:
    """Yield the outages, the earliest first."""
    nothing = np.zeros((len(totals), 3))
    judged = Judged(fitted=fitted, scores=nothing, thresholds=nothing)
    for first, last in runs(down):
        places = (first, first, last)
        yield _alert(
            "outage", KEY_OF_ALL, places, totals, judged, down, slots, measures=("count",), merge_slots=1
        )


def _began(score: NDArray[np.float64], first: int, earliest: int) -> int:
    """Return the slot after the last at which the score knew of nothing."""
    before = np.flatnonzero(score[earliest:first] <= 0)
    return earliest + int(before[-1]) + 1 if len(before) else earliest


def _alert(
    kind: Kind,
    key: str,
    places: tuple[int, int, int],
    counts: NDArray[np.float64],
    judged: Judged,
    is_beyond: NDArray[np.bool_],
    slots: Slots,
    *,
    measures: tuple[Measure, ...],
    merge_slots: int,
) -> Alert:
    start, first, last = places
    is_open = last + merge_slots >= len(counts)
    end = first + int(np.flatnonzero(is_beyond[first : last + 1])[-1]) if is_beyond[first] else last
    span = slice(start, end + 1)
    expected = judged.fitted[:, EXPECTED]
    beyond = (counts - expected)[span]
    peak = start + int(np.argmax(beyond if kind == "rise" else -beyond))
    scores, thresholds = judged.scores, judged.thresholds
    highest = [start + int(np.argmax(scores[start : last + 1, one])) for one in (SLOW, FAST)]
    slow = SILENT if kind == "silence" else SLOW
    return Alert(
        kind=kind,
        key=key,
        slot_ms=slots.slot_ms,
        start_ms=slots.start_ms(start),
        raised_ms=slots.start_ms(first + 1),
        peak_ms=slots.start_ms(peak),
        end_ms=slots.start_ms(end + 1),
        is_open=is_open,
        measures=measures,
        observed=int(counts[span].sum()),
        expected=float(expected[span].sum()),
        factor=float(counts[span].sum() / max(expected[span].sum(), FACTOR_EXPECTED_LEAST)),
        peak_observed=int(counts[peak]),
        peak_expected=float(expected[peak]),
        slow_score=float(scores[start : last + 1, slow].max()),
        slow_threshold=float(thresholds[highest[0], slow]),
        fast_score=float(scores[highest[1], FAST]),
        fast_threshold=float(thresholds[highest[1], FAST]),
    )


def around(alert: Alert, counts: NDArray[np.float64], fitted: NDArray[np.float64], slots: Slots) -> Timeline:
    """Return the series around an alert: what was observed and expected, with the band that holds 95 %.

    Where a slot is judged late, so is its expectation: it rests on the slots before it.
    """
    first = max(0, alert.start_ms // slots.slot_ms - slots.first - DAYS_BEFORE * slots.per_day)
    last = min(slots.count, alert.end_ms // slots.slot_ms - slots.first + DAYS_AFTER * slots.per_day)
    expected, dispersion = fitted[first:last, EXPECTED], fitted[first:last, DISPERSION]
    size = 1.0 / np.maximum(dispersion, DISPERSION_LEAST)
    known = expected > 0
    part = np.where(known, size / (size + expected), 0.5)
    low, high = (np.where(known, stats.nbinom.ppf(chance, size, part), 0.0) for chance in (0.025, 0.975))
    return Timeline(
        start_ms=slots.start_ms(first),
        bin_ms=slots.slot_ms,
        observed=tuple(int(one) for one in counts[first:last]),
        expected=tuple(float(one) for one in expected),
        low=tuple(float(one) for one in low),
        high=tuple(float(one) for one in high),
    )


def table(alerts: Sequence[Alert]) -> pa.Table:
    """Return alerts as a table, a row each."""
    rows = [{**asdict(one), "measures": list(one.measures)} for one in alerts]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
