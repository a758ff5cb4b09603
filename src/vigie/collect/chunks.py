"""What every reader of a format hands over: some rows as Arrow columns, and where each stands in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vigie.collect.records import as_text
from vigie.collect.rejects import Place, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import pyarrow as pa

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import FileRejects

ROW_BYTES_MAX = 16 << 20  # no post is near; a field without end must not fill the memory


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of a file, in order.

    Args:
        rows: the file's own columns, by their names.
        places: where rows (by index) stand; costly, so asked only for rows that are set aside.
        taken: how many bytes of the file were read so far.
    """

    rows: pa.RecordBatch
    places: Callable[[Sequence[int]], list[Place]]
    taken: int


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, shape: Shape, wanted: Collection[str] | None, rejects: FileRejects) -> Iterator[Chunk]:
        """Yield the columns `wanted` (all when None) in chunks; rows that are none go to `rejects`."""


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """Rows that were read one by one, each with the number and the form in which it was met."""

    numbers: list[int] = field(default_factory=list)
    originals: list[object] = field(default_factory=list)

    def add(self, number: int, original: object) -> None:
        """Note the next row."""
        self.numbers.append(number)
        self.originals.append(original)

    def __call__(self, indices: Sequence[int]) -> list[Place]:
        """Return where the rows at `indices` stand."""
        return [place_of(self.numbers[i], self.originals[i]) for i in indices]


def place_of(number: int, original: object) -> Place:
    """Return the place of one row, with the beginning of what stands there."""
    text = original if isinstance(original, bytes) else as_text(original)
    return Place(number=number, excerpt=excerpt(text or ""))
