"""Moments as counts in slots of equal length, and the time that nobody collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Gap = tuple[int, int]  # from, until: milliseconds since 1970


@dataclass(frozen=True, kw_only=True)
class Slots:
    """A span of time in slots, all of them whole.

    Args:
        slot_ms: the length of a slot, which divides a day; slots of a day begin at midnight UTC.
        first: the number since 1970 of the first slot.
        count: how many there are.
    """

    slot_ms: int
    first: int
    count: int

    @property
    def per_day(self) -> int:
        """How many slots a day has."""
        return DAY_MS // self.slot_ms

    def start_ms(self, slot: int) -> int:
        """Return when a slot of this span begins."""
        return (self.first + slot) * self.slot_ms

    def counted(
        self, at_ms: NDArray[np.int64], codes: NDArray[np.int64], code_count: int
    ) -> NDArray[np.float64]:
        """Return how many moments of each code fall into each slot; what lies outside is left out."""
        slot = at_ms // self.slot_ms - self.first
        inside = (slot >= 0) & (slot < self.count) & (codes >= 0)
        flat = codes[inside] * self.count + slot[inside]
        counts = np.bincount(flat, minlength=code_count * self.count).astype(np.float64)
        return counts.reshape(code_count, self.count)

    def touched(self, gaps: Sequence[Gap]) -> NDArray[np.bool_]:
        """Return which slots a gap touches: what is missing for a while makes the whole slot too low."""
        touched = np.zeros(self.count, np.bool_)
        for start_ms, end_ms in gaps:
            low = max(0, start_ms // self.slot_ms - self.first)
            high = -(-end_ms // self.slot_ms) - self.first
            touched[low : max(low, high)] = True
        return touched


def slots_between(start_ms: int, until_ms: int, slot_ms: int) -> Slots:
    """Return the slots from the one that holds `start_ms` to the last that is over by `until_ms`."""
    first = start_ms // slot_ms
    return Slots(slot_ms=slot_ms, first=first, count=max(0, until_ms // slot_ms - first))


def runs(marked: NDArray[np.bool_], *, apart_max: int = 1) -> list[tuple[int, int]]:
    """Return the first and last place of each run of marks; marks no further apart are one run."""
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > apart_max)
    firsts = places[np.concatenate(([0], breaks + 1))]
    lasts = places[np.concatenate((breaks, [len(places) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
