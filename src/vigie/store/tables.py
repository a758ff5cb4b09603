"""Arrow tables as Parquet files whose bytes depend on their rows alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ROWS_PER_GROUP = 1 << 20


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table to `path`: zstd, dictionaries kept."""
    pq.write_table(table, path, compression="zstd", row_group_size=ROWS_PER_GROUP)


def write_batches(
    batches: Iterable[pa.RecordBatch], path: Path, *, schema: pa.Schema, told: Callable[[int], None]
) -> int:
    """Write batches to `path` as they come, tell the rows written so far, and return how many there were."""
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
            told(rows)
    return rows


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
