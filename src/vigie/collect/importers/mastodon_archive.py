"""A Mastodon account's archive as its server hands it over: a zip whose `outbox.json` holds what it said.

Source: https://docs.joinmastodon.org/user/moving/#export
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.collect.documents import document_entries
from vigie.collect.formats import Shape
from vigie.collect.importers.frame import Importer
from vigie.collect.importers.mastodon import MASTODON
from vigie.collect.importers.zipped import zipped_text

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Sequence

    from vigie.collect.importers.frame import Entry
    from vigie.collect.importers.zipped import ZippedText
    from vigie.collect.rejects import FileRejects

OUTBOX = "outbox.json"
ITEMS = ("orderedItems.item",)


@dataclass(frozen=True, kw_only=True)
class _Outbox(Shape):
    """The document in the archive, read as a file of its own would be."""

    @contextmanager
    def text(self) -> Iterator[ZippedText]:  # type: ignore[override]
        with zipped_text(self, _outbox_of) as text:
            yield text


def _outbox_of(entries: Sequence[zipfile.ZipInfo]) -> zipfile.ZipInfo | None:
    return next((one for one in entries if one.filename.rpartition("/")[2] == OUTBOX), None)


def _records(shape: Shape, rejects: FileRejects) -> Iterator[Entry]:
    outbox = _Outbox(path=shape.path, format="json", byte_count=shape.byte_count)
    yield from document_entries(outbox, ITEMS, has_surroundings=False, rejects=rejects)


MASTODON_ARCHIVE = Importer(
    id="mastodon-archive",
    title="Mastodon, archive",
    formats=("zip",),
    source="https://docs.joinmastodon.org/user/moving/#export",
    sure=MASTODON.sure,
    posts=MASTODON.posts,
    records=_records,
)
