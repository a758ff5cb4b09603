"""Accounts whose moments fall together, again and again, more closely than what moves them all explains.

Day and night, time zones, a debate on television: all of these change how much is done from minute to
minute, none says in which second. So each moment is compared with its own minute: had it fallen anywhere else
within it, how often would two accounts still have met in one second? An interval counts once for a pair,
however much was done in it. This is the interval jitter of neuroscience, exact for moments without finer
structure:
Amarasingham et al. 2012, https://doi.org/10.1152/jn.00633.2011; Platkiewicz et al. 2017,
https://doi.org/10.1162/NECO_a_00927. That people cannot long act in the same second, and machines do:
Chavoshi et al. 2016, https://doi.org/10.1109/ICDM.2016.0096.

Set apart are moments right after each fifth minute of the clock, to which schedulers and people set their
posts, and those that many accounts share. Apart too are accounts whose times are told more coarsely than one
moment, for all that happens in a minute seems to meet there: platforms differ. If the typical account meets
others more often than chance allows, all times here are so (times of visits, say), and each pair has to do
better than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse, special

from vigie.detect.false_discovery import q_values
from vigie.detect.jit import jit
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

CLOCK_MS = 300_000  # schedulers offer full five minutes
COARSE_MS = 60_000  # times that are told no finer than this say little
UNITS_MS = (1_000, COARSE_MS, CLOCK_MS)  # in which times are told
MOST = 0.5  # more of an account's moments fall on full units: so its times are told
PAIR = 2  # accounts
ROWS_AT_ONCE = 2_000_000  # entries of a product that are held
PAIRS = pa.schema(
    [
        pa.field("account_a", pa.string()),
        pa.field("account_b", pa.string()),  # account_a < account_b
        pa.field("meetings", pa.int32()),  # intervals in which both did something in the same moment
        pa.field("occasions", pa.int32()),  # intervals in which both did something
        pa.field("expected", pa.float64()),  # meetings by chance
        pa.field("p_value", pa.float64()),
        pa.field("q_value", pa.float64()),
    ]
)
MEMBERS = pa.schema(
    [
        pa.field("group", pa.int32()),  # 1 is the strongest
        pa.field("account", pa.string()),
        pa.field("partners", pa.int32()),
        pa.field("meetings", pa.int32()),  # moments at which another member was there
        pa.field("moments", pa.int32()),  # of its own
        pa.field("round_moments", pa.int32()),  # of its own that were set apart by the clock
    ]
)
MOMENTS = pa.schema(
    [
        pa.field("group", pa.int32()),
        pa.field("at_ms", pa.int64()),
        pa.field("accounts", pa.list_(pa.string())),  # members, sorted
        pa.field("others", pa.int32()),  # accounts outside the group at the same moment
    ]
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When accounts are said to be in step.

    Args:
        bin_ms: what is one moment; where the typical account's times are told more coarsely, it is longer,
            up to a minute.
        interval_ms: within it a moment might as well have fallen elsewhere; several bins.
        round_ms: after each fifth minute of the clock moments are set apart for so long; 0: none are.
        moments_min: fewest moments of an account.
        meetings_min: fewest intervals in which two accounts met.
        crowd_max: a moment that more accounts share is set apart.
        group_size_min: fewest accounts of a group; where 3 or more, each has two partners.
        fdr: largest part of false pairs among those kept, 0-1.
    """

    bin_ms: int = 1_000
    interval_ms: int = 60_000
    round_ms: int = 10_000
    moments_min: int = 10
    meetings_min: int = 5
    crowd_max: int = 50
    group_size_min: int = 3
    fdr: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 < self.fdr < 1:
            raise BadOptionError(
                option="--fdr", value=self.fdr, expected=say("a part between 0 and 1, such as 0.01")
            )
        if self.bin_ms < 1 or self.interval_ms < 10 * self.bin_ms or self.interval_ms > CLOCK_MS:
            raise BadOptionError(
                option="--same, --within",
                value=(self.bin_ms, self.interval_ms),
                expected=say(
                    "times of which the second is ten times the first or more, at most five minutes"
                ),
            )
        if not 0 <= self.round_ms <= self.interval_ms // PAIR:
            raise BadOptionError(
                option="--round", value=self.round_ms, expected=say("a time, at most half of --within")
            )
        if self.meetings_min < PAIR or self.moments_min < PAIR or self.crowd_max < PAIR:
            raise BadOptionError(
                option="--meetings-min, --moments-min, --crowd-max",
                value=(self.meetings_min, self.moments_min, self.crowd_max),
                expected=say("whole numbers, 2 or more"),
            )
        if self.group_size_min < PAIR:
            raise BadOptionError(
                option="--group-size-min",
                value=self.group_size_min,
                expected=say("a whole number, 2 or more"),
            )


@dataclass(frozen=True, kw_only=True)
class Synchrony:
    """Who is in step, and what was looked at.

    Args:
        pairs: see `PAIRS`, the most surprising first.
        members: see `MEMBERS`.
        moments: see `MOMENTS`: those at which two members or more met, the earliest first.
        moment_count: all moments of accounts whose times are told finely enough.
        round_count: of them, set apart by the clock.
        crowd_count: of them, set apart since many shared them.
        account_count: accounts with enough moments to judge.
        coarse_count: accounts not judged, since their times are told more coarsely than one moment.
        test_count: pairs of these.
        crowd_factor: how many times more often than by chance the typical account met others; at least 1.
        bin_ms: what was one moment; 0 where times were too coarse to judge.
        interval_ms: within it a moment might as well have fallen elsewhere.
        round_ms: so long after each fifth minute of the clock moments were set apart.
    """

    pairs: pa.Table
    members: pa.Table
    moments: pa.Table
    moment_count: int
    round_count: int
    crowd_count: int
    account_count: int
    test_count: int
    coarse_count: int
    crowd_factor: float
    bin_ms: int
    interval_ms: int
    round_ms: int


@dataclass(frozen=True, kw_only=True)
class _Ticks:
    """Distinct moments of the accounts to judge, sorted by account and tick."""

    starts: Ints  # of each account, one more than accounts
    tick: Ints
    interval: Ints
    names: pa.Array  # of the accounts, sorted
    bins: int  # in an interval, at the least


def in_step(account: pa.Array | pa.ChunkedArray, at_ms: Ints, rule: Rule) -> Synchrony:
    """Find accounts whose moments fall together.

    Args:
        account: who did something, text; null is nobody.
        at_ms: when, milliseconds since 1970 UTC; in any order.
        rule: the parameters.
    """
    names, code = _coded(account)
    code, at_ms = code[code >= 0], at_ms[code >= 0]
    told_ms = _told_ms(code, at_ms, len(names), rule)
    bin_ms = _bin_ms(told_ms, rule)
    if not bin_ms:
        return _nothing(len(at_ms), coarse_count=int((told_ms > 0).sum()), rule=rule)
    is_coarse = told_ms > bin_ms
    code, at_ms = code[~is_coarse[code]], at_ms[~is_coarse[code]]
    interval_ms = max(rule.interval_ms, CLOCK_MS if bin_ms > rule.bin_ms else 0)
    round_ms = max(rule.round_ms, bin_ms if bin_ms > rule.bin_ms else 0) if rule.round_ms else 0
    cells = np.stack(_distinct(code, at_ms // bin_ms)[:2])
    is_round = (cells[1] * bin_ms) % CLOCK_MS < round_ms
    others = np.unique(cells[1], return_inverse=True, return_counts=True)
    is_crowd = others[2][others[1]] > rule.crowd_max
    kept = cells[:, ~is_round & ~is_crowd]
    ticks = _ticks(kept, names, rule, bin_ms=bin_ms, interval_ms=interval_ms, round_ms=round_ms)
    factor = _crowd_factor(ticks)
    pairs = _pairs(ticks, factor, rule)
    members, moments = _groups(pairs, cells, is_round, is_crowd, names, rule, bin_ms=bin_ms)
    count = len(ticks.names)
    return Synchrony(
        pairs=pairs,
        members=members,
        moments=moments,
        moment_count=cells.shape[1],
        round_count=int(is_round.sum()),
        crowd_count=int((is_crowd & ~is_round).sum()),
        account_count=count,
        coarse_count=int(is_coarse.sum()),
        test_count=count * (count - 1) // PAIR,
        crowd_factor=factor,
        bin_ms=bin_ms,
        interval_ms=interval_ms,
        round_ms=round_ms,
    )


def _nothing(moment_count: int, *, coarse_count: int, rule: Rule) -> Synchrony:
    return Synchrony(
        pairs=PAIRS.empty_table(),
        members=MEMBERS.empty_table(),
        moments=MOMENTS.empty_table(),
        moment_count=moment_count,
        round_count=0,
        crowd_count=0,
        account_count=0,
        coarse_count=coarse_count,
        test_count=0,
        crowd_factor=1.0,
        bin_ms=0,
        interval_ms=rule.interval_ms,
        round_ms=rule.round_ms,
    )


def _distinct(code: Ints, number: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the distinct pairs of code and number, sorted, the place of each row's, and each one's rows."""
    low = int(number.min()) if len(number) else 0
    width = (int(number.max()) if len(number) else 0) - low + 1
    key, place, count = np.unique(code * width + (number - low), return_inverse=True, return_counts=True)
    return key // width, key % width + low, place, count


def _coded(account: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """Return the names of accounts, sorted by their bytes, and the code of each row, -1 for none."""
    names = pc.unique(account.cast(pa.string())).drop_null().sort()
    code = pc.fill_null(pc.index_in(account.cast(pa.string()), names), -1)
    return names, np.asarray(code.to_numpy(zero_copy_only=False), np.int64)


def _told_ms(code: Ints, at_ms: Ints, count: int, rule: Rule) -> Ints:
    """Return how coarsely each account's times are told, 1 or more; 0 where it has too few moments."""
    who, when = _distinct(code, at_ms)[:2]
    moments = np.bincount(who, minlength=count)
    told_ms = np.full(count, np.gcd.reduce(at_ms) if len(when) > 1 else 1)  # a step that all have in common
    for unit_ms in UNITS_MS:
        on_unit = np.bincount(who[when % unit_ms == 0], minlength=count)
        told_ms = np.where(on_unit > MOST * moments, np.maximum(told_ms, unit_ms), told_ms)
    return np.where(moments >= rule.moments_min, told_ms, 0)


def _bin_ms(told_ms: Ints, rule: Rule) -> int:
    """Return one moment, as finely as the typical account's times are told; 0 where all are too coarse."""
    judged = told_ms[told_ms > 0]
    fine = np.sort(judged[judged <= COARSE_MS])
    if not len(fine):
        return 0 if len(judged) else rule.bin_ms
    return max(rule.bin_ms, int(fine[(len(fine) - 1) // 2]))


def _ticks(
    cells: Ints, names: pa.Array, rule: Rule, *, bin_ms: int, interval_ms: int, round_ms: int
) -> _Ticks:
    enough = np.bincount(cells[0], minlength=len(names)) >= rule.moments_min
    code, tick = cells[:, enough[cells[0]]]
    new = np.cumsum(enough) - 1
    counts = np.bincount(new[code], minlength=int(enough.sum()))
    return _Ticks(
        starts=np.concatenate(([0], np.cumsum(counts))),
        tick=tick,
        interval=tick * bin_ms // interval_ms,
        names=names.filter(pa.array(enough)),
        bins=max((interval_ms - round_ms) // bin_ms, 1),
    )


def _accounts(ticks: _Ticks) -> Ints:
    return np.repeat(np.arange(len(ticks.names)), np.diff(ticks.starts))


def _crowd_factor(ticks: _Ticks) -> float:
    """Return how many times more often than by chance the typical account shares a moment with another."""
    account, count = _accounts(ticks), len(ticks.names)
    if count < PAIR:
        return 1.0
    _, at, sharers = np.unique(ticks.tick, return_inverse=True, return_counts=True)
    _, interval, busy = np.unique(ticks.interval, return_inverse=True, return_counts=True)
    _, _, place, own = _distinct(account, interval)
    seen = np.bincount(account, weights=sharers[at] - 1, minlength=count)
    chance = np.bincount(account, weights=(busy[interval] - own[place]) / ticks.bins, minlength=count)
    ratio = np.divide(seen, chance, out=np.zeros(count), where=chance > 0)
    return max(1.0, float(np.median(ratio)))


def _pairs(ticks: _Ticks, factor: float, rule: Rule) -> pa.Table:
    a, b = _candidates(ticks, rule.meetings_min)
    meetings, occasions, expected = _compared(
        a, b, ticks.starts, ticks.tick, ticks.interval, ticks.bins, factor
    )
    count = len(ticks.names)
    p_value = special.gammainc(np.maximum(meetings, 1), np.maximum(expected, 1e-300))
    every = q_values(p_value, tests=count * (count - 1) // 2)  # over all pairs there are
    kept = np.flatnonzero((meetings >= rule.meetings_min) & (every <= rule.fdr))
    q_value = every[kept]
    names = ticks.names
    table = pa.table(
        [
            names.take(pa.array(a[kept])),
            names.take(pa.array(b[kept])),
            meetings[kept].astype(np.int32),
            occasions[kept].astype(np.int32),
            expected[kept],
            p_value[kept],
            q_value,
        ],
        schema=PAIRS,
    )
    return table.sort_by([("p_value", "ascending"), ("account_a", "ascending"), ("account_b", "ascending")])


def _candidates(ticks: _Ticks, least: int) -> tuple[Ints, Ints]:
    """Return the pairs of accounts, a < b, that share so many ticks or more."""
    _, column, sharers = np.unique(ticks.tick, return_inverse=True, return_counts=True)
    shared = sharers[column] > 1
    account, column = _accounts(ticks)[shared], column[shared]
    ones = np.ones(len(account), np.int32)
    whole = sparse.csr_matrix((ones, (account, column)), shape=(len(ticks.names), len(sharers)))
    turned = whole.T.tocsr()
    work = np.concatenate(([0], np.cumsum(np.bincount(account, weights=sharers[column], minlength=1))))
    parts_a, parts_b = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    first = 0
    while first < len(work) - 1:
        last = max(first + 1, int(np.searchsorted(work, work[first] + ROWS_AT_ONCE)))
        product = (whole[first:last] @ turned).tocoo()
        a = product.row.astype(np.int64) + first
        good = (product.data >= least) & (a < product.col)
        parts_a.append(a[good])
        parts_b.append(product.col[good].astype(np.int64))
        first = last
    a, b = np.concatenate(parts_a), np.concatenate(parts_b)
    order = np.lexsort((b, a))
    return a[order], b[order]


@jit
def _compared(
    a: Ints, b: Ints, starts: Ints, tick: Ints, interval: Ints, bins: int, factor: float
) -> tuple[Ints, Ints, Floats]:
    """Return for each pair in how many intervals both met, in how many both were, how many chance gives."""
    meetings, occasions = np.zeros(len(a), np.int64), np.zeros(len(a), np.int64)
    expected = np.zeros(len(a), np.float64)
    for pair in range(len(a)):
        i, j = starts[a[pair]], starts[b[pair]]
        end_i, end_j = starts[a[pair] + 1], starts[b[pair] + 1]
        while i < end_i and j < end_j:
            if interval[i] < interval[j]:
                i += 1
            elif interval[j] < interval[i]:
                j += 1
            else:
                here = interval[i]
                first_i, first_j, met = i, j, False
                while i < end_i and interval[i] == here:
                    while j < end_j and interval[j] == here and tick[j] < tick[i]:
                        j += 1
                    if j < end_j and tick[j] == tick[i]:
                        met = True
                    i += 1
                while j < end_j and interval[j] == here:
                    j += 1
                missed = 1.0  # none of the one's moments is among the other's
                for drawn in range(j - first_j):
                    missed *= max(0.0, bins - (i - first_i) - drawn) / max(1.0, bins - drawn)
                occasions[pair] += 1
                meetings[pair] += met
                expected[pair] += 1 - missed**factor
    return meetings, occasions, expected


def _groups(
    pairs: pa.Table,
    cells: Ints,
    is_round: NDArray[np.bool_],
    is_crowd: NDArray[np.bool_],
    names: pa.Array,
    rule: Rule,
    *,
    bin_ms: int,
) -> tuple[pa.Table, pa.Table]:
    """Return the groups' members and the moments at which they met."""
    a, b = (_places(pairs.column(name), names) for name in ("account_a", "account_b"))
    a, b, weight = _core(a, b, -np.log10(np.maximum(pairs.column("p_value").to_numpy(), 1e-300)), rule)
    parts = _parts(a, b, weight, len(names), rule)
    members: list[dict[str, Any]] = []
    moments: list[dict[str, Any]] = []
    tested = ~is_round & ~is_crowd
    by_tick = np.argsort(cells[1][tested], kind="stable")
    crowd_tick, crowd_size = np.unique(cells[1], return_counts=True)
    for group, accounts in enumerate(parts, start=1):
        inside = np.zeros(len(names), np.bool_)
        inside[accounts] = True
        code, tick = cells[:, tested][:, by_tick]
        code, tick = code[inside[code]], tick[inside[code]]
        _, at, size = np.unique(tick, return_inverse=True, return_counts=True)
        met = size[at] >= PAIR
        met_tick, met_code = tick[met], code[met]
        partners = np.bincount(np.concatenate((a[inside[a]], b[inside[b]])), minlength=len(names))
        of_account = np.bincount(met_code, minlength=len(names))
        own = np.bincount(cells[0][inside[cells[0]]], minlength=len(names))
        own_round = np.bincount(cells[0][is_round & inside[cells[0]]], minlength=len(names))
        members += [
            {
                "group": group,
                "account": names[int(one)].as_py(),
                "partners": int(partners[one]),
                "meetings": int(of_account[one]),
                "moments": int(own[one]),
                "round_moments": int(own_round[one]),
            }
            for one in sorted(accounts, key=lambda one: (-partners[one], -of_account[one], one))
        ]
        when, first = np.unique(met_tick, return_index=True)
        around = crowd_size[np.searchsorted(crowd_tick, when)]
        for place, (moment, everyone) in enumerate(zip(when.tolist(), around.tolist(), strict=True)):
            last = first[place + 1] if place + 1 < len(first) else len(met_code)
            there = np.sort(met_code[first[place] : last])
            moments.append(
                {
                    "group": group,
                    "at_ms": moment * bin_ms,
                    "accounts": names.take(pa.array(there)).to_pylist(),
                    "others": everyone - len(there),
                }
            )
    return pa.Table.from_pylist(members, MEMBERS), pa.Table.from_pylist(moments, MOMENTS)


def _places(column: pa.ChunkedArray, names: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, names).to_numpy(), np.int64)


def _core(a: Ints, b: Ints, weight: Floats, rule: Rule) -> tuple[Ints, Ints, Floats]:
    """Return the pairs whose accounts both have partners enough, those left out not counting."""
    least = min(PAIR, rule.group_size_min - 1)
    while len(a):
        partners = np.bincount(np.concatenate((a, b)))
        good = (partners[a] >= least) & (partners[b] >= least)
        if good.all():
            break
        a, b, weight = a[good], b[good], weight[good]
    return a, b, weight


def _parts(a: Ints, b: Ints, weight: Floats, count: int, rule: Rule) -> list[list[int]]:
    """Return the accounts of each group, the strongest group first."""
    if not len(a):
        return []
    graph = sparse.csr_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    _, part = sparse.csgraph.connected_components(graph, directed=False)
    strength = np.bincount(part[a], weights=weight, minlength=int(part.max()) + 1)
    accounts: dict[int, list[int]] = {}
    for one in np.unique(np.concatenate((a, b))).tolist():
        accounts.setdefault(int(part[one]), []).append(one)
    large = [each for each in accounts if len(accounts[each]) >= rule.group_size_min]
    return [accounts[each] for each in sorted(large, key=lambda each: (-strength[each], accounts[each][0]))]
