"""How long to wait before the next attempt: longer each time, and never all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

FIRST_S, MOST_S = 1.0, 300.0


class Backoff:
    """Doubles the wait with each failure in a row, and takes away up to half of it by chance.

    Args:
        chance: where chance comes from; a seeded one in tests.
        first_s: the wait after the first failure, at most.
        most_s: the longest wait.
    """

    def __init__(self, chance: Random, *, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self._chance, self._first_s, self._most_s = chance, first_s, most_s
        self._wait_s = first_s

    def next_s(self) -> float:
        """Return how long to wait now."""
        wait_s = self._wait_s
        self._wait_s = min(self._most_s, 2 * wait_s)
        return wait_s * (1 - self._chance.random() / 2)

    def reset(self) -> None:
        """It went well: begin anew."""
        self._wait_s = self._first_s
