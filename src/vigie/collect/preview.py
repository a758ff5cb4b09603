"""What a file would become, before the long work: its columns, what they are taken for, its first posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.collect.plans import AskedUnit, plan
from vigie.collect.reading import canonical
from vigie.terms.languages import say
from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from vigie.collect.formats import Format
    from vigie.collect.hints import TimeUnit
    from vigie.collect.mapping import Column, Decision
    from vigie.collect.plans import Plan
    from vigie.collect.streams import Compression
    from vigie.terms.languages import Message

DECISIONS: Mapping[Decision, str] = {
    "map": say("by your instruction"),
    "layout": say("known tool’s layout"),
    "hint": say("by its name"),
}


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A file as it was understood.

    Args:
        path: the file.
        format: what it is.
        compression: how it is packed, if at all.
        encoding: of text formats.
        layout: id of the known tool whose export it is, if any.
        columns: each column of the file in order: its canonical target, and how that was decided; none
            where records are turned into posts by an importer.
        time_units: per canonical column of moments that holds figures, what they count.
        posts: the first rows in the canonical columns that the file has; moments and authors may be null
            here.
        title: what people call such a file.
        sure: how sure that is, 0 to 1; 1 where the user said it.
    """

    path: Path
    format: Format
    compression: Compression | None
    encoding: str
    layout: str | None
    columns: tuple[Column, ...]
    time_units: Mapping[str, TimeUnit | None]
    posts: pa.RecordBatch
    title: Message | str
    sure: float

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The file's columns that will not be read."""
        return tuple(column.source for column in self.columns if column.target is None)


def preview(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    time_unit: AskedUnit = "auto",
    layout: str | None = None,
    rows: int = 5,
) -> Preview:
    """Return what the file at `path` would become; the arguments are those of `plan`."""
    one = plan(path, mapping=mapping, encoding=encoding, time_unit=time_unit, layout=layout)
    posts = canonical(one, one.sample.slice(0, rows), _held(one))
    return Preview(
        path=path,
        format=one.shape.format,
        compression=one.shape.compression,
        encoding=one.shape.encoding,
        layout=one.layout,
        columns=one.columns,
        time_units=one.time_units,
        posts=posts,
        title=one.title,
        sure=one.sure,
    )


def _held(one: Plan) -> list[str]:
    """Return the canonical columns that the file has, as far as its first rows tell."""
    if one.importer is not None:
        return [name for name in POSTS.names if one.sample.column(name).null_count < one.sample.num_rows]
    has = {column.target.partition(".")[0] for column in one.columns if column.target is not None}
    return [name for name in POSTS.names if name in has or name in one.given]
