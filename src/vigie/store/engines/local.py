"""Counting on this machine: in memory, or part by part through a disk when memory is short.

1. rows go to part files, by a hash of what keeps them together
2. each part is counted; what it yields goes to sum files, by a hash of the first key
3. each sum file is added up by itself; what does not reach the least is dropped
4. what is left is sorted by its keys

The files have no names (they are unlinked as they are opened): the system takes their room back when the
process ends, however it ends, so a killed run leaves nothing behind.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import IO, TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.engines.errors import SpillError
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.terms.engine import Work

ROWS_AT_ONCE = 1 << 20
FILES_MAX = 200  # of a kind: most systems let a process open 1,024
COUNTED_BYTES = 4  # in memory, of one that is written: a dictionary of keys and its sums
HASH = np.uint64(0x9E3779B97F4A7C15)


class Local:
    """Counts on this machine.

    Args:
        memory_bytes: how much counting may take before it goes through the disk.
        threads: how many parts are counted side by side.
    """

    def __init__(self, *, memory_bytes: int, threads: int) -> None:
        self._memory_bytes = memory_bytes
        self._threads = threads

    def summed(self, work: Work, *, progress: Progress = silent) -> pa.Table:
        """Return one row per key that reaches the least, sorted by keys.

        Raises:
            SpillError: the disk cannot take what memory cannot.
        """
        if work.memory_bytes <= self._memory_bytes:
            return work.whole(progress)
        with _told_of_disk():
            return self._through_disk(work, progress)

    def _through_disk(self, work: Work, progress: Progress) -> pa.Table:
        share = max(self._memory_bytes // self._threads, 1)
        part_count = _files_for(work.memory_bytes, share)
        sum_count = _files_for(COUNTED_BYTES * _row_bytes(work.schema) * work.row_count_max, share)
        rows = work.rows()
        with _Files(part_count, rows.schema) as parts, _Files(sum_count, work.schema) as sums:
            for first in range(0, rows.num_rows, ROWS_AT_ONCE):  # (1)
                parts.add(rows.slice(first, ROWS_AT_ONCE), by=work.split_by)
            del rows

            def count(number: int) -> None:
                for table in work.part(parts.take(number)):
                    sums.add(table, by=work.keys[0])

            def add_up(number: int) -> pa.Table:
                return summed(sums.take(number), work)

            with ThreadPoolExecutor(self._threads) as pool:
                for done, _none in enumerate(pool.map(count, range(part_count)), start=1):  # (2)
                    progress(done, part_count + sum_count)
                tables = []
                for done, table in enumerate(pool.map(add_up, range(sum_count)), start=1):  # (3)
                    tables.append(table)
                    progress(part_count + done, part_count + sum_count)
        return in_order(pa.concat_tables(tables), work)  # (4)


def summed(table: pa.Table, work: Work) -> pa.Table:
    """Return one row for each key that reaches the least, in any order."""
    values = [name for name in work.schema.names if name not in work.keys]
    added = table.group_by(list(work.keys)).aggregate([(name, "sum") for name in values])
    named = added.rename_columns({f"{name}_sum": name for name in values})
    return named.filter(pc.greater_equal(named.column(work.reaching), work.least)).select(work.schema.names)


def in_order(table: pa.Table, work: Work) -> pa.Table:
    """Return a table sorted by its keys, in columns of the work's schema, one chunk each."""
    ordered = table.sort_by([(key, "ascending") for key in work.keys]).combine_chunks()
    return ordered.cast(work.schema)


class _Files:
    """Files without names that hold tables of one schema, each row in the file of its hash."""

    def __init__(self, count: int, schema: pa.Schema) -> None:
        self._count = count
        self._schema = schema
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._files: list[IO[bytes]] = [
                opening.enter_context(tempfile.TemporaryFile(prefix="vigie-"))
                for _number in range(self._count)
            ]
            self._writers = [pa.ipc.new_stream(file, self._schema) for file in self._files]
            self._locks = [Lock() for _file in self._files]
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, table: pa.Table, *, by: str) -> None:
        """Put each row into its file."""
        place = _hashed(table.column(by).to_numpy(), self._count)
        order = np.argsort(place, kind="stable")
        ends = np.concatenate(([0], np.cumsum(np.bincount(place, minlength=self._count))))
        ordered = table.cast(self._schema).take(pa.array(order))
        for number in np.flatnonzero(np.diff(ends)):
            with self._locks[number]:
                self._writers[number].write_table(
                    ordered.slice(ends[number], ends[number + 1] - ends[number]).combine_chunks()
                )

    def take(self, number: int) -> pa.Table:
        """Return what one file holds, and give its room back; nothing can be added to it afterwards."""
        self._writers[number].close()
        file = self._files[number]
        file.seek(0)
        table = pa.ipc.open_stream(file).read_all()
        file.close()
        return table


def _hashed(values: NDArray[np.int32], count: int) -> NDArray[np.uint8]:
    mixed = values.astype(np.uint64) * HASH
    return ((mixed >> np.uint64(40)) % np.uint64(count)).astype(np.uint8)


def _files_for(needed_bytes: int, share_bytes: int) -> int:
    """Return into how many files so much is cut, for each to be of that size."""
    return min(-(-needed_bytes // share_bytes) + 1, FILES_MAX)


def _row_bytes(schema: pa.Schema) -> int:
    return sum(field.type.bit_width // 8 for field in schema)


@contextmanager
def _told_of_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpillError(path=tempfile.gettempdir(), reason=error.strerror or os.strerror(0)) from error
