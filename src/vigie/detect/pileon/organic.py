"""What a crowd that nobody arranged would score: bursts drawn from this data's own repliers.

Half of the bursts mix what any account wrote to any target in some six hours; the other half are viral: only
accounts that had never answered their target before. Both have the usual mixture of wordings, ages, languages
and speeds. From the scores of bursts of one size follows the score that a stated part of them would exceed:
beyond the tenth that scored highest, scores fall off exponentially (Pickands 1975,
https://doi.org/10.1214/aos/1176343003, with shape 0). No threshold lies below the highest score drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.pileon.replies import WINDOW_MS
from vigie.detect.pileon.traits import BY_ITSELF, crowd_of, evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.pileon.replies import Ints, Replies
    from vigie.detect.pileon.traits import Ages, Blocks, Usuals
    from vigie.detect.pileon.wordings import Wordings

    Floats = NDArray[np.float64]

SIZES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)  # accounts of a burst
TAIL = 0.1
FALL_LEAST = 0.25  # of scores beyond the tail, on average: a few equal scores must not make it sharp
ACCOUNTS_ALL = 60_000  # drawn for one size, so that large bursts are drawn fewer times
DRAWN_LEAST = 40
FLOOR = 3.0  # no crowd is flagged whose marks together have a chance above one in a thousand


@dataclass(frozen=True, kw_only=True)
class Organic:
    """Scores of organic bursts.

    Args:
        sizes: accounts of the bursts drawn.
        thresholds: what the stated part of bursts of each size exceeds.
        highest: the highest score drawn for each size.
        drawn: how many bursts of each size.
    """

    sizes: tuple[int, ...]
    thresholds: tuple[float, ...]
    highest: tuple[float, ...]
    drawn: tuple[int, ...]

    def threshold(self, accounts: int) -> float:
        """Return the threshold for a crowd of so many accounts, between those of two sizes."""
        return float(np.interp(np.log(max(accounts, 1)), np.log(self.sizes), self.thresholds))


class Drawer:
    """Draws organic bursts.

    Args:
        replies: all of them.
        words: of all.
        ages: of all.
        blocks: of all.
        usuals: of all.
        seed: of all chance.
    """

    def __init__(
        self, replies: Replies, words: Wordings, ages: Ages, blocks: Blocks, usuals: Usuals, *, seed: int
    ) -> None:
        self._replies, self._words, self._ages, self._blocks = replies, words, ages, blocks
        self._usual, self._scatter = usuals.whole(usuals.all), usuals.scatter
        self._chance = np.random.default_rng([seed, 3])
        self._any = np.arange(len(blocks.target))
        self._new = np.flatnonzero(blocks.marks[:, BY_ITSELF.index("newcomer")])

    def organic(self, *, accounts_max: int, simulations: int, part: float) -> Organic:
        """Return the thresholds that `part` of organic bursts exceed, for crowds up to `accounts_max`."""
        sizes = [size for size in SIZES if size < 2 * accounts_max] or [SIZES[0]]
        thresholds, highest, drawn = [], [], []
        for size in sizes:
            times = min(simulations, max(DRAWN_LEAST, ACCOUNTS_ALL // size))
            scores = np.array([self._score(size, is_viral=bool(n % 2)) for n in range(times)])
            thresholds.append(exceeded_by(scores, part))
            highest.append(float(scores.max()))
            drawn.append(times)
        return Organic(
            sizes=tuple(sizes), thresholds=tuple(thresholds), highest=tuple(highest), drawn=tuple(drawn)
        )

    def _score(self, size: int, *, is_viral: bool) -> float:
        pool = self._new if is_viral and len(self._new) >= size else self._any
        drawn = np.sort(self._chance.choice(pool, min(size, len(pool)), replace=False))
        rows, since = self._rows(drawn)
        crowd = crowd_of(self._replies, self._words, self._ages, rows, since, np.isin(self._words.pool, rows))
        return float(evidence(crowd, self._usual, self._scatter).sum())

    def _rows(self, drawn: Ints) -> tuple[Ints, Ints]:
        starts, ends = self._blocks.starts[drawn], self._blocks.starts[drawn + 1]
        size = ends - starts
        place = np.repeat(starts - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        return self._blocks.row[place], np.repeat(self._blocks.slot[drawn] * WINDOW_MS, size)


def exceeded_by(scores: Floats, part: float) -> float:
    """Return the score that `part` of bursts would exceed, never below the highest seen."""
    begins = float(np.quantile(scores, 1 - TAIL))
    beyond = scores[scores > begins] - begins
    falls = max(FALL_LEAST, float(beyond.mean()) if len(beyond) else 0.0)
    tail = (
        begins + falls * float(np.log(TAIL / part)) if part < TAIL else float(np.quantile(scores, 1 - part))
    )
    return max(FLOOR, tail, float(scores.max()) if part < 1 / len(scores) else 0.0)
