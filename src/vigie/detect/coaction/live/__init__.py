"""A first notice while posts still come in: who crossed, within minutes, what the last full look allows.

The full look reads two days, shuffles them many times and so knows how often it is wrong. This one has no
time for that: it keeps the acts of the last minutes as figures, and each time some are added it counts
again the pairs whose accounts they touch, exactly, with the full look's own kernel, expectation and surprise.
A pair crosses when it is more surprising than any pair of any shuffled copy of the last full look, and than
chance would give once among all pairs of its accounts (`bars`). Nothing is calibrated here: without a full
look nothing is said, and whoever is told hears that the full look follows.

1. acts are added, what is too old goes (`memory`)
2. accounts that acted near others where acts were added are candidates; all acts on their objects are read
3. pairs of candidates are counted, weighed and compared with the bar (`crossing`)
4. accounts with enough partners make groups; one is told when it is new, or twice as large as when last told
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.coaction.groups import kind_of, with_partners
from vigie.detect.coaction.live.bars import Bar, bars
from vigie.detect.coaction.live.crossing import crossing
from vigie.detect.coaction.live.memory import Memory
from vigie.detect.coaction.rule import Rule
from vigie.detect.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from vigie.detect.behaviours import Behaviour
    from vigie.detect.coaction.live.crossing import Pair

__all__ = ["ACTS_MAX", "LIVE", "METHOD", "REMEMBER_MS", "Bar", "Crossing", "Lookout", "bars"]

METHOD = "first_notice/1"  # new meaning, new number
REMEMBER_MS = 15 * 60_000
ACTS_MAX = 2_000_000  # 20 bytes each
AHEAD_MS = 60_000  # clocks differ; what says that it comes later is not believed
FORGET_MS = 15_000  # what is too old goes so often, all at once
NAMES_IDLE = 1 << 16  # names of accounts that no act needs any more, before they go
# Of two readings of one kind the looser: both see the same evidence.
LIVE: tuple[Behaviour, ...] = tuple({kind_of(one.id): one for one in BEHAVIOURS}.values())


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A group of accounts that crossed just now.

    Args:
        accounts: who, sorted.
        pair_count: pairs among them that crossed.
        object_count: distinct objects on which at least two of them acted.
        behaviour: in which their pairs are most surprising, all added up.
        window_ms: the widest of its windows in which pairs crossed.
        observed: common objects over these pairs.
        expected: the same by chance.
        surprise_min: of the least surprising pair.
        first_ms: their first act on a common object that is remembered.
        last_ms: the last.
    """

    accounts: tuple[str, ...]
    pair_count: int
    object_count: int
    behaviour: str
    window_ms: int
    observed: int
    expected: float
    surprise_min: float
    first_ms: int
    last_ms: int


class Lookout:
    """The acts of the last minutes, and who crossed in them.

    Args:
        rule: the parameters of the full look.
        remember_ms: how long an act is remembered.
        acts_max: how many are, of each kind of act; the oldest go first.
    """

    def __init__(
        self, *, rule: Rule | None = None, remember_ms: int = REMEMBER_MS, acts_max: int = ACTS_MAX
    ) -> None:
        self.rule = rule or Rule()
        self.bars: tuple[Bar, ...] = ()  # as the last full look has them; empty: nothing is said
        self._remember_ms, self._acts_max = remember_ms, acts_max
        self._names = Names()
        self._acts = {one.id: Memory() for one in LIVE}
        self._pairs: dict[tuple[str, str, str], tuple[Pair, int]] = {}  # with when each crossed last
        self._told: list[tuple[frozenset[str], int]] = []
        self._oldest_ms = 0  # acts are later

    @property
    def act_count(self) -> int:
        """How many acts are remembered."""
        return sum(memory.size for memory in self._acts.values())

    @property
    def since_ms(self) -> int | None:
        """When the earliest act was that is remembered."""
        return min((memory.since_ms for memory in self._acts.values() if memory.size), default=None)

    def append(self, actions: Mapping[str, pa.Table], *, now_ms: int) -> tuple[Crossing, ...]:
        """Take in acts, and return the groups that crossed by them.

        Args:
            actions: of each behaviour, see `behaviours.actions`; of those that are not of `LIVE` nothing is
                looked at.
            now_ms: what older or later is than it can be remembered is left out.
        """
        oldest_ms = now_ms // FORGET_MS * FORGET_MS - self._remember_ms
        if oldest_ms != self._oldest_ms:
            self._forget(oldest_ms)
        for behaviour, memory in self._acts.items():
            table = actions.get(behaviour)
            if table is not None and table.num_rows:
                touched = self._added(memory, table, now_ms)
                for pair in self._crossing(behaviour, memory, touched):
                    self._pairs[pair.behaviour, pair.a, pair.b] = pair, now_ms
        return tuple(self._groups(now_ms)) if self._pairs else ()

    def _added(self, memory: Memory, table: pa.Table, now_ms: int) -> np.ndarray:
        """Add the acts of a table that are young enough; return the objects that they are on."""
        at_ms = table.column("at_ms")
        recent = pc.and_(pc.greater(at_ms, self._oldest_ms), pc.less_equal(at_ms, now_ms + AHEAD_MS))
        table = table.filter(recent)
        accounts = [self._names.codes(chunk) for chunk in table.column("account").chunks]
        return memory.add(
            np.concatenate([np.empty(0, np.int32), *accounts]),
            table.column("object"),
            table.column("at_ms").to_numpy(),
        )

    def _crossing(self, behaviour: str, memory: Memory, touched: np.ndarray) -> list[Pair]:
        """Return the pairs that the objects touched make cross."""
        asked = [bar for bar in self.bars if bar.behaviour == behaviour]
        if not asked or not len(touched):
            return []
        return crossing(memory, touched, asked, rule=self.rule, names=self._names)

    def _forget(self, oldest_ms: int) -> None:
        """Let go what is too old or too much."""
        self._oldest_ms = oldest_ms
        for memory in self._acts.values():
            memory.forget(oldest_ms, self._acts_max)
        self._pairs = {key: kept for key, kept in self._pairs.items() if kept[1] > oldest_ms}
        self._told = [one for one in self._told if one[1] > oldest_ms]
        used = np.zeros(len(self._names), np.bool_)
        for memory in self._acts.values():
            used[memory.account] = True
        needed = np.flatnonzero(used)
        if len(used) - len(needed) > max(NAMES_IDLE, len(needed)):
            self._rename(needed)

    def _rename(self, needed: np.ndarray) -> None:
        """Keep only the names that are needed."""
        code = np.full(len(self._names), -1, np.int32)
        names = self._names.array().take(needed)
        self._names = Names()
        code[needed] = self._names.codes(names)
        for memory in self._acts.values():
            memory.rename(code)

    def _groups(self, now_ms: int) -> Iterator[Crossing]:
        """Yield the groups of those who crossed lately that were not told, the largest first."""
        edges = list({(a, b) for _, a, b in self._pairs})
        for accounts in _components(edges, self.rule):
            if all(2 * len(accounts & told) <= len(accounts) for told, _ in self._told):
                self._told.append((accounts, now_ms))
                yield self._told_of(accounts, now_ms)

    def _told_of(self, accounts: frozenset[str], now_ms: int) -> Crossing:
        """Return what a group did."""
        inside = [pair for pair, _ in self._pairs.values() if {pair.a, pair.b} <= accounts]
        weight: dict[str, float] = {}
        for pair in inside:
            weight[pair.behaviour] = weight.get(pair.behaviour, 0.0) + pair.surprise
        main = max(sorted(weight), key=weight.__getitem__)
        pairs = [pair for pair in inside if pair.behaviour == main]
        together = [self._acts[one].together(self._codes(accounts)) for one in sorted(weight)]
        at_ms = np.concatenate([one.at_ms for one in together])
        return Crossing(
            accounts=tuple(sorted(accounts)),
            pair_count=len({(pair.a, pair.b) for pair in inside}),
            object_count=sum(one.object_count for one in together),
            behaviour=main,
            window_ms=max(pair.window_ms for pair in pairs),
            observed=sum(pair.observed for pair in pairs),
            expected=sum(pair.expected for pair in pairs),
            surprise_min=min(pair.surprise for pair in inside),
            first_ms=int(at_ms.min(initial=now_ms)),
            last_ms=int(at_ms.max(initial=0)) or now_ms,
        )

    def _codes(self, accounts: Iterable[str]) -> np.ndarray:
        import pyarrow as pa  # noqa: PLC0415 (one use)

        return self._names.codes(pa.array(sorted(accounts), pa.string()))


def _components(edges: Sequence[tuple[str, str]], rule: Rule) -> list[frozenset[str]]:
    """Return who is joined, of accounts with enough partners, the largest first."""
    accounts = sorted({account for edge in edges for account in edge})
    code = {account: number for number, account in enumerate(accounts)}
    coded = [(code[a], code[b]) for a, b in edges]
    core = with_partners(coded, rule.partners_min)
    head = {account: account for account in core}

    def of(account: int) -> int:
        while head[account] != account:
            head[account] = account = head[head[account]]
        return account

    for a, b in coded:
        if a in core and b in core:
            head[of(a)] = of(b)
    parts: dict[int, set[str]] = {}
    for account in sorted(core):
        parts.setdefault(of(account), set()).add(accounts[account])
    large = [frozenset(part) for part in parts.values() if len(part) >= rule.group_size_min]
    return sorted(large, key=lambda part: (-len(part), min(part)))
