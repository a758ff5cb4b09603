"""Which column of a file means which canonical column: the user's word, then a known layout, then hints."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from vigie.collect.errors import (
    LayoutColumnsError,
    RepeatedTargetError,
    UnknownSourceError,
    UnknownTargetError,
    UnsureLayoutError,
)
from vigie.collect.hints import HINTS
from vigie.collect.layouts import LAYOUTS, Layout
from vigie.terms.posts import MEDIUM, POSTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Decision = Literal["map", "layout", "hint"]
COLUMNS_ALONE = "columns"
"""What the user says for no layout at all: columns are taken by their names."""
TARGETS: tuple[str, ...] = (
    *POSTS.names,
    *(f"media.{part.name}" for part in MEDIUM if not pa.types.is_list(part.type)),
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a file, and what it was taken for."""

    source: str
    target: str | None = None  # a canonical column, dotted inside `media`
    decided: Decision | None = None


def plain_name(name: str) -> str:
    """Return `name` without case, accents, spaces and punctuation."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def map_columns(
    path: Path, schema: pa.Schema, mapping: Mapping[str, str], asked: str | None = None
) -> tuple[Layout | None, tuple[Column, ...]]:
    """Return the layout that was recognised, if any, and what each column of `schema` was taken for.

    Args:
        path: the file, for errors.
        schema: the file's columns, in its order.
        mapping: the user's word: source column -> canonical column.
        asked: the user's word: the layout's id; COLUMNS_ALONE for none.

    Raises:
        UnknownSourceError, UnknownTargetError, RepeatedTargetError: `mapping` makes no sense here.
        LayoutColumnsError: columns of the layout that the user asked for are not there.
        UnsureLayoutError: two layouts fit equally well.
    """
    _check(path, schema.names, mapping)
    found: dict[str, tuple[str, Decision]] = {source: (target, "map") for source, target in mapping.items()}
    layout = _layout(path, schema.names, asked)
    if layout is not None:
        _lay(found, schema, layout)
    if layout is None or not layout.is_whole:
        _hint(found, schema)
    return layout, tuple(_column(source, found) for source in schema.names)


def _column(source: str, found: Mapping[str, tuple[str, Decision]]) -> Column:
    target, decided = found.get(source, ("", None))
    return Column(source=source, target=target, decided=decided) if target else Column(source=source)


def _check(path: Path, names: Sequence[str], mapping: Mapping[str, str]) -> None:
    sources: dict[str, str] = {}
    for source, target in mapping.items():
        if source not in names:
            raise UnknownSourceError(path=path, source=source, target=target, columns=", ".join(names))
        if target not in TARGETS:
            raise UnknownTargetError(path=path, source=source, target=target, columns=", ".join(TARGETS))
        if target in sources:
            raise RepeatedTargetError(path=path, source=sources[target], other=source, target=target)
        sources[target] = source


def _layout(path: Path, names: Sequence[str], asked: str | None) -> Layout | None:
    """Return the layout that was asked for, else the one that fits with the most columns."""
    plain = {plain_name(name) for name in names}
    if asked is not None:
        layout = next((one for one in LAYOUTS if one.id == asked), None)
        missing = [] if layout is None else [name for name in _needs(layout) if plain_name(name) not in plain]
        if missing:
            raise LayoutColumnsError(path=path, layout=asked, columns=", ".join(missing))
        return layout
    fitting = [one for one in LAYOUTS if all(plain_name(name) in plain for name in _needs(one))]
    most = max((len(_needs(one)) for one in fitting), default=0)
    best = [one for one in fitting if len(_needs(one)) == most]
    if len(best) > 1:
        raise UnsureLayoutError(path=path, layouts=", ".join(one.id for one in best))
    return best[0] if best else None


def _needs(layout: Layout) -> tuple[str, ...]:
    """Return the columns without which a file is not of `layout`."""
    return (*layout.columns, *layout.beside)


def _lay(found: dict[str, tuple[str, Decision]], schema: pa.Schema, layout: Layout) -> None:
    """Take the columns that `layout` knows for what it says."""
    by_plain = {plain_name(name): name for name in reversed(schema.names)}
    for name, target in layout.columns.items():
        _take(found, by_plain[plain_name(name)], target, "layout")
    for name, target in layout.also.items():
        source = by_plain.get(plain_name(name))
        if source is not None and _fits(schema.field(source).type, target):
            _take(found, source, target, "layout")
    for name in layout.beside:
        found.setdefault(by_plain[plain_name(name)], ("", "layout"))


def _take(found: dict[str, tuple[str, Decision]], source: str, target: str, decided: Decision) -> None:
    """Take `source` for `target`, unless either is taken."""
    if source not in found and all(taken != target for taken, _ in found.values()):
        found[source] = (target, decided)


def _hint(found: dict[str, tuple[str, Decision]], schema: pa.Schema) -> None:
    for name in schema.names:  # a canonical name means itself, `url` beside no links excepted: see `hints`
        if name in POSTS.names and name != "url" and _fits(schema.field(name).type, name):
            _take(found, name, name, "hint")
    by_plain = {plain_name(name): name for name in reversed(schema.names)}  # of two alike, the first
    for target, hints in HINTS.items():
        for hint in hints:
            source = by_plain.get(plain_name(hint))
            if source is not None and _fits(schema.field(source).type, target):
                _take(found, source, target, "hint")


def _fits(kind: pa.DataType, target: str) -> bool:
    """Return whether values of type `kind` can be read as `target`.

    Lists of bare texts are no media: they may be addresses, platform keys or hashes, and we do not guess
    which.
    """
    if target.startswith("counts."):
        return not (_is_list(kind) or pa.types.is_struct(kind))
    if target in {"media", "counts"}:
        return pa.types.is_null(kind) or (_is_list(kind) and pa.types.is_struct(kind.value_type))
    if target in {"hashtags", "mentions", "links"} or target.startswith("media."):
        return not pa.types.is_struct(kind)
    return not (_is_list(kind) or pa.types.is_struct(kind))


def _is_list(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType)
