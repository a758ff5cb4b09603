"""The parameters of the method, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must hold before accounts are said to have moved together.

    Args:
        windows_ms: longest times between two acts on one object; each is a layer of its own.
        objects_min: fewest distinct objects a pair must share so, 2 or more.
        fdr: largest part of false pairs among those kept in each layer, 0-1.
        permutations: shuffled copies per window; 0 lets the size of the data decide (20 to 200).
        rare_actors_max: an object with at most so many acts is rare.
        rare_objects_min: fewest rare common objects that make timing unnecessary.
        close_surprise_min: else, the least surprise of closeness in time on shared objects.
        group_size_min: fewest accounts of a group.
        partners_min: fewest members with whom each member moved.
        threads: how many threads count; no result depends on it.
    """

    windows_ms: tuple[int, ...] = (60_000,)
    objects_min: int = 2
    fdr: float = 0.01
    permutations: int = 0
    rare_actors_max: int = 60
    rare_objects_min: int = 2
    close_surprise_min: float = 4.0
    group_size_min: int = 3
    partners_min: int = 2
    threads: int = 2

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if (
            not self.windows_ms
            or min(self.windows_ms) < 0
            or len(set(self.windows_ms)) < len(self.windows_ms)
        ):
            raise BadOptionError(
                option="--window",
                value=self.windows_ms,
                expected=say("one or more different times, such as 60s"),
            )
        if self.objects_min < 2:  # noqa: PLR2004 (anyone may repeat a neighbour once)
            raise BadOptionError(
                option="--objects-min", value=self.objects_min, expected=say("a whole number, 2 or more")
            )
        if self.permutations < 0 or self.threads < 1:
            raise BadOptionError(
                option="--permutations, --threads",
                value=(self.permutations, self.threads),
                expected=say("whole numbers, at least 1 thread"),
            )
        if not 0 < self.fdr < 1:
            raise BadOptionError(
                option="--fdr", value=self.fdr, expected=say("a part between 0 and 1, such as 0.01")
            )
