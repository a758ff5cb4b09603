"""Watch-lists from files: STIX bundles and tables, recognised by their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from vigie.collect.chunks import place_of
from vigie.collect.csv_rows import csv_chunks
from vigie.collect.errors import DamagedFileError, FileError
from vigie.collect.formats import recognise
from vigie.collect.json_rows import json_chunks, ndjson_chunks
from vigie.collect.parquet_rows import parquet_chunks
from vigie.collect.rejects import FileRejects
from vigie.collect.watchlists.stix import Refused, indicators
from vigie.collect.watchlists.tables import has_values, indicator_of
from vigie.collect.xlsx_rows import xlsx_chunks
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vigie.collect.formats import Shape
    from vigie.collect.rejects import Rejects
    from vigie.collect.watchlists.indicators import Indicator

BUNDLE_BYTES_MAX = 64 << 20
HEAD_BYTES = 1 << 16
READERS = {
    "csv": csv_chunks,
    "ndjson": ndjson_chunks,
    "json": json_chunks,
    "xlsx": xlsx_chunks,
    "parquet": parquet_chunks,
}


class NoWatchlistError(FileError):
    """The file holds nothing that we know as a watch-list."""

    code = "file.no_watchlist"
    sentence = say("“{path}” is no watch-list that can be read here.")
    remedy = say(
        "Give a STIX 2.1 bundle, or a table with a column named indicator, domain, url or account "
        "(CSV, XLSX, NDJSON or Parquet)."
    )


class BundleTooLargeError(FileError):
    """A STIX bundle is longer than we read at once."""

    code = "file.bundle_too_large"
    sentence = say("“{path}” is a STIX bundle of more than {bytes_max} bytes.")
    remedy = say("Ask its publisher for several smaller ones.")


def read_watchlist(path: Path, *, rejects: Rejects) -> Iterator[Indicator]:
    """Yield the entries of a watch-list, in order; rows that name nothing to compare go to `rejects`.

    Args:
        path: the file. What it names is never opened.
        rejects: takes the rows that are set aside.

    Raises:
        FileError: it cannot be read, or is no watch-list.
    """
    shape = recognise(path)
    own = FileRejects(path, "line" if shape.format in {"csv", "ndjson"} else "row", rejects)
    if shape.format in {"json", "ndjson"} and is_bundle(shape):
        return _of_bundle(shape, own)
    if shape.format not in READERS:
        raise NoWatchlistError(path=path)
    return _of_table(shape, own)


def is_bundle(shape: Shape) -> bool:
    """Return whether the file begins as a STIX bundle does."""
    with shape.text() as text:
        head = text.read(HEAD_BYTES)
    squeezed = b"".join(head.split())
    named = b'"type":"bundle"' in squeezed or (b'"objects":[' in squeezed and b'"spec_version"' in squeezed)
    return squeezed.startswith(b"{") and named


def _of_bundle(shape: Shape, rejects: FileRejects) -> Iterator[Indicator]:
    for number, found in enumerate(indicators(_objects(shape)), 1):
        if isinstance(found, Refused):
            rejects.add(found.code, place_of(number, found.original))
        else:
            yield found


def _objects(shape: Shape) -> list[object]:
    pieces, size = [], 0
    with shape.text() as text:
        while piece := text.read(1 << 20):
            size += len(piece)
            if size > BUNDLE_BYTES_MAX:
                raise BundleTooLargeError(path=shape.path, bytes_max=BUNDLE_BYTES_MAX)
            pieces.append(piece)
    try:
        bundle = msgspec.json.decode(b"".join(pieces))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(path=shape.path, format="STIX") from error
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    if not isinstance(objects, list):
        raise NoWatchlistError(path=shape.path)
    return objects


def _of_table(shape: Shape, rejects: FileRejects) -> Iterator[Indicator]:
    is_one = False
    for chunk in READERS[shape.format](shape, None, rejects):
        if (
            not is_one
            and not has_values(chunk.rows.schema.names)
            and (chunk.rows.num_rows or shape.format == "csv")
        ):
            raise NoWatchlistError(path=shape.path)
        is_one = True
        bad = []
        for number, row in enumerate(chunk.rows.to_pylist()):
            found = indicator_of(row)
            if found is None:
                bad.append(number)
            else:
                yield found
        if bad:
            rejects.add_all("row.indicator", chunk.places(bad))
