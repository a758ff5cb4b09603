"""The languages of a batch's texts, in a file beside it: made later, made again at will, gone with the batch.

A batch never changes, so a row is known by its place. A file that was begun and not ended is kept apart, so
that whoever goes on need not begin again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from vigie.store.batches import BESIDE

if TYPE_CHECKING:
    from pathlib import Path

    from vigie.store.batches import Store

BEGUN = ".begun"


def write_languages(store: Store, sha256: str, languages: pa.Table, *, method: str, is_whole: bool) -> None:
    """Keep the languages of a batch's rows, all of them or the first ones, in place of what was kept.

    Args:
        store: where the batch is.
        sha256: the batch.
        languages: one row for each of its rows, in their order.
        method: what found them: another method begins again.
        is_whole: whether these are all.
    """
    whole, begun = _path(store, sha256), _begun(store, sha256)
    target = whole if is_whole else begun
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    table = languages.replace_schema_metadata({"method": method})
    pq.write_table(table, draft, compression="zstd")
    draft.rename(target)
    if is_whole:
        begun.unlink(missing_ok=True)


def read_languages(store: Store, sha256: str) -> pa.Table | None:
    """Return the languages of a batch's rows in their order; None where they are not known yet."""
    return _read(_path(store, sha256))


def languages_so_far(store: Store, sha256: str, *, method: str) -> pa.Table | None:
    """Return what this method found of a batch until now, all rows or the first ones; None for nothing."""
    for path in (_path(store, sha256), _begun(store, sha256)):
        found = _read(path)
        if found is not None and (found.schema.metadata or {}).get(b"method") == method.encode():
            return found
    return None


def _read(path: Path) -> pa.Table | None:
    try:
        return pq.read_table(path)
    except (FileNotFoundError, pa.ArrowInvalid):  # torn by a crash of the machine: it is made again
        return None


def _path(store: Store, sha256: str) -> Path:
    return store.path(sha256).with_suffix(BESIDE)


def _begun(store: Store, sha256: str) -> Path:
    return store.path(sha256).with_suffix(BESIDE + BEGUN)
