"""What an importer is: one small module that maps a record of a platform's export to the canonical schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vigie.collect.formats import Format, Shape
    from vigie.collect.rejects import FileRejects
    from vigie.terms.languages import Message

Record = Mapping[str, object]
Post = dict[str, object]

AROUND = "(around)"
"""Where a record out of a JSON document finds the texts and figures that stand beside its array."""


class Skip(NamedTuple):
    """What an importer yields for a record that is no post, and is none on purpose."""

    kind: str  # "account": `rejects.SKIPS` says what "skip.account" means


class Entry(NamedTuple):
    """A record, and where it stands in its file."""

    number: int  # from 1; a physical line of NDJSON, else a row
    record: Record
    original: object  # what is shown of it when it is set aside
    taken: int  # bytes of the file that were read so far


@dataclass(frozen=True, kw_only=True)
class Importer:
    """How the records of one export become posts.

    Args:
        id: short name, stored as the layout of an intake.
        title: what people call the export.
        formats: in which its records come.
        items: where the records stand in a JSON document, as prefixes of ijson ("item" for an array,
            "messages.item", "" for the whole document). Where the first object met stands at the top of the
            document, its array alone is read; else all that the document has, in its order.
        has_surroundings: whether records need what stands around their array; costs speed.
        source: address of the page that documents the format.
        sure: how sure the first records are of this format, 0 to 1.
        posts: the posts of one record, canonical column -> value; see `importers.rows` for the forms that
            values may have. What is no post on purpose yields `Skip`.
        records: reads the records of a format that is neither NDJSON nor JSON.
    """

    id: str
    title: Message | str
    formats: tuple[Format, ...]
    items: tuple[str, ...] = ()
    has_surroundings: bool = False
    source: str
    sure: Callable[[Sequence[Record]], float]
    posts: Callable[[Record], Iterator[Post | Skip]]
    records: Callable[[Shape, FileRejects], Iterator[Entry]] | None = None
