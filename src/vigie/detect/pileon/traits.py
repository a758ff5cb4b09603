"""What the accounts that answer within a window have in common, against what is usual.

An account is *marked* for a trait; a crowd shows a trait when more of its accounts are marked than usual. The
usual part is that of the target's own windows at other times, drawn towards that of all targets; its scatter
is learned from all windows. Each trait adds -log10 of the chance of so many marked accounts, up to a cap: a
trait that organic crowds have too (newcomers when a post goes viral) cannot decide alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from vigie.detect.pileon.replies import MANY_TARGETS, WINDOW_MS
from vigie.detect.pileon.wordings import OTHERS_MIN, common_part, shared_by
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.pileon.replies import Bools, Ints, Replies
    from vigie.detect.pileon.wordings import Wordings

    Floats = NDArray[np.float64]

# The most that each trait may add to the score.
CAPS = {
    "copied": 8.0,  # says nearly what several others say here, hardly anybody elsewhere, and little besides
    "age": 5.0,  # made within thirty days of several others, more than chance would have it
    "repeated": 4.0,  # three replies or more
    "many_targets": 3.0,  # answers five targets or more within these hours
    "young": 3.0,  # made in the last thirty days
    "foreign": 2.0,  # writes another language than the target does
    "quick": 2.0,  # answers within two minutes
    "newcomer": 1.0,  # never answered this target before
}
TRAITS = tuple(CAPS)
OF_THE_CROWD = ("copied", "age")  # seen among the accounts of the window only
BY_ITSELF = tuple(name for name in TRAITS if name not in OF_THE_CROWD)
CROWD_LEAST, CROWD_PART = (
    1.0,
    0.002,
)  # accounts that an organic crowd may well have marked: so many and this part
BORROWED = 20.0  # accounts of all targets that draw a target's own part
RATE_LEAST = 0.005
REPEATED = 3
AGE_SPAN_MS = 15 * DAY_MS  # to each side
AGE_OTHERS_MIN, AGE_CHANCE = 3, 1e-5
COPIED_CHANCE = 1e-6  # of so many others who say nearly the same, for a crowd to be flagged for it
JOINING_CHANCE = 1e-3  # likewise, for an account to belong to a crowd flagged for it
COMMON_PART = 2 / 3  # of a reply that others say too: less is a slogan within words of one's own
FOCUS = 3.0  # times likelier that two say the same where a crowd speaks of one thing
SCATTER_LEAST = 1.0  # accounts that must be expected for a window to tell of scatter
SCATTER_WINDOWS = 20


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """The accounts that answer within a window.

    Args:
        accounts: their numbers, sorted.
        marks: for each account and trait whether it is marked.
        joins: which accounts belong to the crowd once it is flagged for what it copies.
        copied: which replies (of those of the window, in their order) others say nearly too.
        alike: how many others say nearly what each reply says.
    """

    accounts: Ints
    marks: Bools
    joins: Bools
    copied: Bools
    alike: Ints

    def marked(self) -> Floats:
        """Return how many accounts are marked for each trait."""
        return np.asarray(self.marks.sum(axis=0), np.float64)


class Ages:
    """When the accounts that answer anybody were made.

    Args:
        replies: all of them.
    """

    def __init__(self, replies: Replies) -> None:
        known = replies.created_ms >= 0
        _, first = np.unique(replies.author[known], return_index=True)
        self._all = np.sort(replies.created_ms[known][first])

    def clustered(self, created_ms: Ints) -> Bools:
        """Return which of these accounts were made together with too many others of them."""
        marked = np.zeros(len(created_ms), np.bool_)
        known = created_ms >= 0
        own = np.sort(created_ms[known])
        if len(own) <= AGE_OTHERS_MIN:
            return marked
        here = _within(own, created_ms[known]) - 1
        part = (_within(self._all, created_ms[known]) + 0.5) / (len(self._all) + 1)
        chance = _at_least(here, (len(own) - 1) * part)
        marked[known] = (here >= AGE_OTHERS_MIN) & (chance <= AGE_CHANCE)
        return marked


def _within(of: Ints, around: Ints) -> Ints:
    low = np.searchsorted(of, around - AGE_SPAN_MS, side="left")
    return np.asarray(np.searchsorted(of, around + AGE_SPAN_MS, side="right") - low)


def _at_least(count: Ints, due: Floats) -> Floats:
    """Return the chance of at least `count` where `due` are expected (Poisson)."""
    return np.where(count > 0, special.pdtrc(np.maximum(count - 1, 0), due), 1.0)


def crowd_of(replies: Replies, words: Wordings, ages: Ages, rows: Ints, since: Ints, is_out: Bools) -> Crowd:
    """Return the accounts of some replies and what they have in common.

    Args:
        replies: all of them.
        words: of all.
        ages: of all.
        rows: which replies.
        since: when the window of each of them began.
        is_out: which replies of the pool of wordings are of the same burst.
    """
    order = rows[np.argsort(replies.author[rows], kind="stable")]
    accounts, starts, count = np.unique(replies.author[order], return_index=True, return_counts=True)
    is_out = is_out | np.isin(replies.author[words.pool], accounts)  # who says it here may say it to others
    among, elsewhere = shared_by(words, rows, replies.author[rows], is_out)
    here, there = _of_its_language(replies, rows), _of_its_language(replies, words.pool[~is_out], rows)
    due = FOCUS * np.minimum(here, len(accounts) - 1) * (elsewhere + 0.5) / (there + 1)
    chance = np.where(among >= OTHERS_MIN, _at_least(among, due), 1.0)
    copied = chance <= JOINING_CHANCE
    copied[copied] = common_part(words, rows[copied], replies.author[rows[copied]]) >= COMMON_PART
    flags = {
        "copied": copied & (chance <= COPIED_CHANCE),
        "many_targets": replies.reach[rows] >= MANY_TARGETS,
        "young": replies.is_young[rows],
        "foreign": replies.is_foreign[rows],
        "quick": replies.is_quick[rows],
        "newcomer": replies.first_ms[rows] >= since,
    }
    marks = np.zeros((len(accounts), len(TRAITS)), np.bool_)
    who = np.searchsorted(accounts, replies.author[rows])
    for name, flag in flags.items():
        marks[who[flag], TRAITS.index(name)] = True
    marks[:, TRAITS.index("repeated")] = count >= REPEATED
    marks[:, TRAITS.index("age")] = ages.clustered(replies.created_ms[order[starts]])
    joins = np.zeros(len(accounts), np.bool_)
    joins[who[copied]] = True
    return Crowd(accounts=accounts, marks=marks, joins=joins, copied=copied, alike=among)


def _of_its_language(replies: Replies, among: Ints, rows: Ints | None = None) -> Ints:
    """Return for each of `rows` how many replies `among` are in its language, all where that is unknown."""
    said = replies.said[among]
    count = np.bincount(said[said >= 0], minlength=int(replies.said.max(initial=-1)) + 2)
    own = said if rows is None else replies.said[rows]
    return np.asarray(np.where(own >= 0, count[own], len(among)))


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """One account's replies to one target within one slot of six hours: a block, as a crowd is made of them.

    Args:
        row: replies in the order of blocks.
        starts: where each begins in `row`, and the end.
        target: of each.
        slot: number of its six hours since 1970.
        marks: for each block and trait of `BY_ITSELF` whether it is marked.
    """

    row: Ints
    starts: Ints
    target: Ints
    slot: Ints
    marks: Bools


def blocks_of(replies: Replies) -> Blocks:
    """Return the blocks of all replies."""
    slot = replies.at_ms // WINDOW_MS
    row = np.lexsort((slot, replies.author, replies.target))
    t, a, s = replies.target[row], replies.author[row], slot[row]
    begins = np.ones(len(row), np.bool_)
    begins[1:] = (t[1:] != t[:-1]) | (a[1:] != a[:-1]) | (s[1:] != s[:-1])
    starts = np.concatenate([np.flatnonzero(begins), [len(row)]])
    number = np.cumsum(begins) - 1
    flags = {
        "repeated": np.diff(starts)[number] >= REPEATED,
        "many_targets": replies.reach[row] >= MANY_TARGETS,
        "young": replies.is_young[row],
        "foreign": replies.is_foreign[row],
        "quick": replies.is_quick[row],
        "newcomer": replies.first_ms[row] >= s * WINDOW_MS,
    }
    marks = np.zeros((len(starts) - 1, len(BY_ITSELF)), np.bool_)
    for place, name in enumerate(BY_ITSELF):
        marks[number[flags[name]], place] = True
    first = starts[:-1]
    return Blocks(row=row, starts=starts, target=t[first], slot=s[first], marks=marks)


class Usuals:
    """The usual part of marked accounts, by target, and how much windows scatter around it.

    Args:
        blocks: of all replies.
        target_count: how many names there are.
    """

    def __init__(self, blocks: Blocks, target_count: int) -> None:
        self._blocks = blocks
        self.all = (blocks.marks.sum(axis=0) + 1.0) / (len(blocks.target) + 2.0)
        self._edges = np.searchsorted(blocks.target, np.arange(target_count + 1))
        self._by_slot = np.argsort(blocks.slot, kind="stable")
        self._slots = blocks.slot[self._by_slot]
        self.scatter = self._scatter()

    def of(self, target: int, start_ms: int) -> Floats:
        """Return the part of marked accounts for each of `TRAITS` that is usual for a target at a time.

        It is the higher of two: what the target sees on other days, and what others see in these very hours,
        since on the evening of a debate everybody is quick and answers many.
        """
        low, high = self._edges[target], self._edges[target + 1]
        slot = self._blocks.slot[low:high]
        own = self._blocks.marks[low:high][np.abs(slot * WINDOW_MS - start_ms) > DAY_MS]
        first, last = np.searchsorted(self._slots, [start_ms // WINDOW_MS, -(-start_ms // WINDOW_MS) + 1])
        now = self._by_slot[first:last]
        now = now[(now < low) | (now >= high)]
        at_once = self._blocks.marks[now]
        return self.whole(np.maximum(self._rate(own), self._rate(at_once)))

    def _rate(self, marks: Bools) -> Floats:
        return np.asarray((marks.sum(axis=0) + BORROWED * self.all) / (len(marks) + BORROWED))

    @staticmethod
    def whole(rate: Floats) -> Floats:
        """Return rates of `TRAITS` where those of `BY_ITSELF` are given, the rest 0."""
        full = np.zeros(len(TRAITS))
        full[[TRAITS.index(name) for name in BY_ITSELF]] = np.maximum(rate, RATE_LEAST)
        return full

    def _scatter(self) -> Floats:
        """Return for each of `TRAITS` the variance of windows over that of chance, 1 or more: a median."""
        blocks = self._blocks
        scatter = np.ones(len(TRAITS))
        if not len(blocks.target):
            return scatter
        key = np.stack([blocks.target, blocks.slot], axis=1)
        _, which, size = np.unique(key, axis=0, return_inverse=True, return_counts=True)
        for place, name in enumerate(BY_ITSELF):
            p = self.all[place]
            marked = np.bincount(which.ravel(), weights=blocks.marks[:, place], minlength=len(size))
            variance = size * p * (1 - p)
            told = variance >= SCATTER_LEAST
            if told.sum() >= SCATTER_WINDOWS:
                square = (marked[told] - size[told] * p) ** 2 / variance[told]
                scatter[TRAITS.index(name)] = max(1.0, float(np.median(square)) / MEDIAN_OF_SQUARE)
        return scatter


MEDIAN_OF_SQUARE = 0.4549  # of a squared standard normal law


def evidence(crowd: Crowd, usual: Floats, scatter: Floats) -> Floats:
    """Return for each of `TRAITS` what it adds: -log10 of the chance of so many marked accounts, capped."""
    size = max(1, len(crowd.accounts))
    usual = np.maximum(
        usual, [CROWD_PART + CROWD_LEAST / size if name in OF_THE_CROWD else 0 for name in TRAITS]
    )
    usual = np.minimum(usual, 1 - 1e-9)
    marked, count = crowd.marked() / scatter, size / scatter
    chance = np.where(marked > 0, special.betainc(np.maximum(marked, 1e-9), count - marked + 1, usual), 1.0)
    added = -np.log10(np.maximum(chance, 1e-300))
    above = marked > count * usual
    return np.where(above, np.minimum(added, np.array(list(CAPS.values()))), 0.0)
