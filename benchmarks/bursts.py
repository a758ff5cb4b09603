"""Early warning on series: are false alarms as seldom as stated, and are doublings caught, beside EARS-C2?

*False alarms*: quiet series of several generators, only one of which resembles what the method fits; a rise
found there is a false alarm. *Doublings*: a series of 20 per 6 hours is doubled for 6 hours, or for a day;
it is caught if an alert is raised meanwhile. EARS-C2 (Hutwagner et al. 2003,
https://doi.org/10.1007/PL00022312) compares each slot with mean and standard deviation of 7 days that end 2
days before; its threshold is set on quiet series of the very generator it is then tried on, which favours it,
so that both have one false alarm in 60 days, alarms within a day counted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.stats import chi2
from tables import show

from vigie.detect.bursts import Rule, detect
from vigie.detect.bursts.slots import runs
from vigie.terms.times import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from tables import Cell

SLOT_MS = 6 * HOUR_MS
PER_DAY = 4
BUDGET_DAYS = 60
HISTORY_DAYS = 28
DAYS = 28 + 120
USUAL = 20.0
START_MS = 20_454 * DAY_MS  # a Thursday
NULL_SEED, DOUBLING_SEED, OWN_SEED = 811, 812, 813  # fresh: the method was tuned on 701 to 706
Counts = "NDArray[np.int64]"


def seasons(slots: int, per_day: int) -> NDArray[np.float64]:
    """Return a strong pattern of the day and the week, of mean 1."""
    t = np.arange(slots)
    day = 1 + 0.8 * np.sin(2 * np.pi * (t % per_day) / per_day)
    pattern = day * np.where((t // per_day) % 7 < 2, 0.6, 1.0)
    return np.asarray(pattern / pattern.mean())


def poisson(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """Even, without any pattern."""
    return rng.poisson(usual, shape)


def negative_binomial(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """Seasonal, each slot scattered by itself with dispersion 0.05."""
    return rng.poisson(usual * seasons(shape[1], PER_DAY) * rng.gamma(20, 1 / 20, shape))


def swings(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """Seasonal, with swings that last half a day or so."""
    level = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        level[:, t] = 0.6 * level[:, t - 1] + 0.8 * level[:, t]
    return rng.poisson(usual * seasons(shape[1], PER_DAY) * np.exp(0.25 * level - 0.03125))


def cascades(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """Seasonal; each post brings others within a day (a branching process), half of all on average."""
    slots = shape[1]
    own = rng.poisson(usual / 2 * seasons(slots, PER_DAY), shape)
    counts = np.zeros(shape, np.int64)
    born = own.astype(np.int64)
    while born.any():
        counts += born
        children = rng.poisson(0.5 * born)
        later = np.zeros(shape, np.int64)
        for delay, part in ((0, 0.6), (1, 0.3), (2, 0.1)):
            moved = rng.binomial(children, part)
            later[:, delay:] += moved[:, : slots - delay]
        born = later
    return counts


def drift(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """Seasonal, with a level that wanders by 3 % a slot and never comes back by itself."""
    level = np.cumsum(0.03 * rng.standard_normal(shape), axis=1)
    return rng.poisson(usual * seasons(shape[1], PER_DAY) * np.exp(level))


def weekday(shape: tuple[int, int], usual: float, rng: np.random.Generator) -> Counts:
    """A weekly rendezvous: six times as much on one evening of the week, which two weeks hardly teach."""
    t = np.arange(shape[1])
    return rng.poisson(usual * np.where(t % (7 * PER_DAY) == 3, 6.0, 1.0), shape)


GENERATORS: dict[str, Callable[[tuple[int, int], float, np.random.Generator], Counts]] = {
    "Poisson, even": poisson,
    "negative binomial, seasonal": negative_binomial,
    "swings of half a day, seasonal": swings,
    "cascades, seasonal": cascades,
    "wandering level, seasonal": drift,
    "weekly rendezvous": weekday,
}


@dataclass(frozen=True)
class Alarm:
    """An alarm of one series: in which slot it was raised, after the first."""

    series: int
    slot: int


def ours(counts: Counts, rule: Rule, *, seed: int) -> list[Alarm]:
    """Return the rises that Vigie finds, series by series."""
    series, slots = counts.shape
    of, at = np.nonzero(counts)
    times = counts[of, at]
    names = pa.array([f"s{n:04}" for n in range(series)])
    table = pa.table(
        {
            "key": names.take(pa.array(np.repeat(of, times))),
            "at_ms": START_MS + np.repeat(at, times) * SLOT_MS,
        }
    )
    found = detect(
        table,
        table.column("at_ms").combine_chunks(),
        rule=rule,
        until_ms=START_MS + slots * SLOT_MS,
        seed=seed,
    )
    return [
        Alarm(int(one.key[1:]), (one.raised_ms - START_MS) // SLOT_MS - 1)
        for one in found.alerts
        if one.kind == "rise"
    ]


def c2(counts: Counts) -> NDArray[np.float64]:
    """Return the statistic of EARS-C2 for each slot after the history."""
    slots = counts.shape[1]
    scores = np.zeros(counts.shape)
    for t in range(9 * PER_DAY, slots):
        past = counts[:, t - 9 * PER_DAY : t - 2 * PER_DAY]
        scores[:, t] = (counts[:, t] - past.mean(axis=1)) / np.maximum(past.std(axis=1, ddof=1), 0.5)
    scores[:, : HISTORY_DAYS * PER_DAY] = 0
    return scores


def alarms_of(scores: NDArray[np.float64], threshold: float) -> list[Alarm]:
    """Return where scores first pass a threshold, those within a day counted once."""
    return [
        Alarm(row, first)
        for row in range(len(scores))
        for first, _last in runs(scores[row] > threshold, apart_max=PER_DAY)
    ]


def threshold_of(scores: NDArray[np.float64], alarms: float) -> float:
    """Return the threshold that lets so many alarms through."""
    low, high = 0.0, 60.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if len(alarms_of(scores, middle)) > alarms else (low, middle)
    return high


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure false alarms on quiet series, and how many doublings are caught."""
    series = 40 if quick else 200
    nulls = [
        null_row(name, series, measures)
        for measures in (("count",), ("count", "share"))
        for name in GENERATORS
    ]
    show(f"False rises of quiet series, {USUAL:g} per 6 h, one per {BUDGET_DAYS} days allowed", nulls)
    doublings = [
        doubling_row(name, slots, series)
        for name in ("Poisson, even", "negative binomial, seasonal", "swings of half a day, seasonal")
        for slots in (1, 4)
    ]
    show(f"Doublings of {USUAL:g} per 6 h that are caught, same false alarms", doublings)
    return {"nulls": nulls, "doublings": doublings}


def null_row(name: str, series: int, measures: tuple[str, ...]) -> dict[str, Cell]:
    """Return a line of the table of false alarms."""
    rng = np.random.default_rng([NULL_SEED, *name.encode()])
    counts = GENERATORS[name]((series, DAYS * PER_DAY), USUAL, rng)
    found = len(ours(counts, rule(measures), seed=OWN_SEED))
    days = series * (DAYS - HISTORY_DAYS)
    low, high = poisson_interval(found)
    return {
        "quiet series": name,
        "watched": " and ".join(measures),
        "days": days,
        "allowed": days / BUDGET_DAYS,
        "found": found,
        "per 60 days": found * BUDGET_DAYS / days,
        "95 % interval": f"{low * BUDGET_DAYS / days:.2f}-{high * BUDGET_DAYS / days:.2f}",
    }


def rule(measures: tuple[str, ...]) -> Rule:
    """Return the rule that is measured."""
    return Rule(
        slot_ms=SLOT_MS,
        small_slot_ms=SLOT_MS,
        history_days=HISTORY_DAYS,
        days_per_false_alarm=BUDGET_DAYS,
        measures=measures,
    )


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a Poisson mean (Garwood 1936)."""
    return (float(chi2.ppf(0.025, 2 * count) / 2) if count else 0.0), float(
        chi2.ppf(0.975, 2 * count + 2) / 2
    )


def doubling_row(name: str, slots: int, series: int) -> dict[str, Cell]:
    """Return a line of the table of doublings: one in each series, after at least a week of judging."""
    rng = np.random.default_rng([DOUBLING_SEED, slots, *name.encode()])
    shape = (series, DAYS * PER_DAY)
    quiet = GENERATORS[name](shape, USUAL, rng)
    more = GENERATORS[name](shape, USUAL, rng)
    starts = rng.integers((HISTORY_DAYS + 7) * PER_DAY, (DAYS - 2) * PER_DAY, series)
    doubled = quiet.copy()
    for row, start in enumerate(starts):
        doubled[row, start : start + slots] += more[row, start : start + slots]
    wanted = series * (DAYS - HISTORY_DAYS) / BUDGET_DAYS
    limit = threshold_of(c2(quiet), wanted)
    stock = alarms_of(c2(quiet), 3.0)
    return {
        "doubled for": f"{6 * slots} h",
        "series": name,
        "Vigie": caught(ours(doubled, rule(("count",)), seed=OWN_SEED), starts, slots),
        "EARS-C2": caught(alarms_of(c2(doubled), limit), starts, slots),
        "its threshold": limit,
        "at its usual 3: caught": caught(alarms_of(c2(doubled), 3.0), starts, slots),
        "false per 60 days": len(stock) / wanted,
    }


def caught(alarms: list[Alarm], starts: NDArray[np.int64], slots: int) -> float:
    """Return the part of doublings during which an alarm was raised."""
    hit = {one.series for one in alarms if starts[one.series] <= one.slot < starts[one.series] + slots}
    return len(hit) / len(starts)


if __name__ == "__main__":
    run(quick=False)
