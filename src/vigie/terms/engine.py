"""Where heavy counting runs: in memory, part by part through a disk, or on a cluster. The result is the same.

A method describes its counting as `Work`; an `Engine` does it. Everything that is added up is a whole number
and every result is sorted by its keys, so that no engine can change a byte. The engines that touch the world
are in `vigie.store.engines`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa


class Part(Protocol):
    """Counts in a part of the rows. It must be picklable: a cluster sends it to its workers by name."""

    def __call__(self, rows: pa.Table) -> Iterator[pa.Table]:
        """Yield what `rows` hold, in tables of `Work.schema`, in any order, however little of each key."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """Counting that can be done at once, or part by part and added up.

    Args:
        whole: does all of it at once, told of progress; sorted by `keys`, only what reaches `least`.
        rows: what is counted, for engines that part it; whole numbers only.
        split_by: a column of `rows`: rows with one value stay together.
        part: counts in a part.
        schema: of what is counted: `keys`, then what is added up; whole numbers.
        keys: columns that say what is counted.
        reaching: the column that must reach `least` in the end.
        least: how much it must reach.
        memory_bytes: what `whole` takes, about.
        row_count_max: how many rows all parts may yield together, at most.
    """

    whole: Callable[[Progress], pa.Table]
    rows: Callable[[], pa.Table]
    split_by: str
    part: Part
    schema: pa.Schema
    keys: tuple[str, ...]
    reaching: str
    least: int
    memory_bytes: int
    row_count_max: int


class Engine(Protocol):
    """Does work somewhere."""

    def summed(self, work: Work, *, progress: Progress = silent) -> pa.Table:
        """Return one row per key that reaches the least, sorted by keys, in columns of `work.schema`."""


class InMemory:
    """Does all at once in the memory of this process."""

    def summed(self, work: Work, *, progress: Progress = silent) -> pa.Table:
        """Return what the work gives."""
        return work.whole(progress)


IN_MEMORY = InMemory()
