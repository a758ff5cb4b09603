"""Which importer a file is for: by its first records, or by the user's word."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from vigie.collect.documents import head_of, objects_in, prefixes_in
from vigie.collect.errors import (
    AlteredArchiveError,
    FileError,
    LayoutFormatError,
    OversizedArchiveError,
    UnsureLayoutError,
)
from vigie.collect.importers import IMPORTERS
from vigie.collect.importers.reading import entries_of
from vigie.collect.rejects import FileRejects, Rejects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Importer, Record

SAMPLED_RECORDS = 100
HEAD_BYTES = 4 << 20  # of a JSON document
SURE_ENOUGH = 0.5
EQUALLY = 0.05  # two that are so near claim a file equally


def importer_of(shape: Shape) -> tuple[Importer, float] | None:
    """Return the importer whose format a file has and how sure that is, 0 to 1; None where it is nobody's.

    Raises:
        UnsureLayoutError: several fit equally well.
    """
    asked = [one for one in IMPORTERS if shape.format in one.formats]
    samples = _samples(shape, asked)
    claims = sorted(((one.sure(records), one) for one, records in samples), key=lambda claim: -claim[0])
    if not claims or claims[0][0] < SURE_ENOUGH:
        return None
    best, importer = claims[0]
    equal = [one.id for sure, one in claims if sure > best - EQUALLY]
    if len(equal) > 1:
        raise UnsureLayoutError(path=shape.path, layouts=", ".join(equal))
    return importer, best


def importer_named(name: str, shape: Shape) -> Importer | None:
    """Return the importer that the user named; None where it is none's name.

    Raises:
        LayoutFormatError: the file has another format.
    """
    importer = next((one for one in IMPORTERS if one.id == name), None)
    if importer is not None and shape.format not in importer.formats:
        raise LayoutFormatError(
            path=shape.path, layout=name, format=shape.format, formats=", ".join(importer.formats)
        )
    return importer


def _samples(shape: Shape, asked: Iterable[Importer]) -> Iterator[tuple[Importer, list[Record]]]:
    """Yield the first records of a file as each importer would meet them, where it meets any."""
    own = [one for one in asked if one.records is not None]
    plain = [one for one in asked if one.records is None]
    if plain and shape.format == "ndjson":
        records = _first(plain[0], shape)
        yield from ((one, records) for one in plain if records)
    elif plain:
        yield from _of_document(shape, plain)
    for one in own:
        if records := _first(one, shape):
            yield one, records


def _first(importer: Importer, shape: Shape) -> list[Record]:
    """Return the first records; none where the file is not what the importer reads."""
    entries = entries_of(importer, shape, FileRejects(shape.path, "row", Rejects()))
    try:
        return [entry.record for entry in itertools.islice(entries, SAMPLED_RECORDS)]
    except (AlteredArchiveError, OversizedArchiveError):
        raise  # what it is, is known: it is not to be read
    except FileError:
        return []


def _of_document(shape: Shape, asked: Iterable[Importer]) -> Iterator[tuple[Importer, list[Record]]]:
    head = head_of(shape, HEAD_BYTES)
    prefixes = prefixes_in(head)
    for one in asked:
        if prefixes.intersection(one.items):
            found = objects_in(head, one.items, has_surroundings=one.has_surroundings)
            if records := [*itertools.islice(found, SAMPLED_RECORDS)]:
                yield one, records
