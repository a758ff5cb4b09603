"""From the posts that importers yield to Arrow columns in the canonical schema.

What an importer may put into a canonical column: texts (whole numbers are taken as their digits) for texts;
whole UTC milliseconds for moments, `values.UNREADABLE` for one that could not be read; lists of texts for
hashtags and mentions; lists of addresses, or of objects with `url`, for links (they are brought into
canonical form with all others, later); lists of objects for media and counts. A value of another kind is
unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from vigie.collect.importers.frame import Post


def rows_of(posts: Sequence[Post], columns: Collection[str] | None = None) -> pa.RecordBatch:
    """Return canonical `columns` of posts, all when None; links as lists of addresses."""
    names = [name for name in POSTS.names if columns is None or name in columns]
    held = {name for post in posts for name in post}
    arrays = [
        _array(name, [post.get(name) for post in posts]) if name in held else _nulls(name, len(posts))
        for name in names
    ]
    return pa.record_batch(arrays, names=names) if names else pa.record_batch({"": pa.nulls(len(posts))})


def _nulls(name: str, count: int) -> pa.Array:
    return pa.nulls(count, pa.list_(pa.string()) if name == "links" else POSTS.field(name).type)


def _array(name: str, values: list[object]) -> pa.Array:
    kind = POSTS.field(name).type
    if name == "links":
        return pa.array([_texts(value, "url") for value in values], pa.list_(pa.string()))
    if pa.types.is_list(kind):
        inner = kind.value_type
        if pa.types.is_struct(inner):
            return _objects(values, inner).cast(kind)
        return pa.array([_texts(value) for value in values], kind)
    return _column(values, kind)


def _column(values: list[object], kind: pa.DataType) -> pa.Array:
    """Return values as a column of texts, figures, truths or lists; at once where all are of its kind."""
    if pa.types.is_list(kind):
        return pa.array([_texts(value) for value in values], kind)
    if set(map(type, values)) <= {type(None), str if pa.types.is_string(kind) else int}:
        try:
            return pa.array(values, kind)
        except (OverflowError, UnicodeEncodeError, pa.ArrowException):
            pass  # one is too big, or half of a surrogate pair
    fitting = _small(kind)
    return pa.array([None if value is None else fitting(value) for value in values], kind)


def _fitting(kind: pa.DataType) -> Callable[[object], object]:
    if pa.types.is_string(kind):
        return _text
    if pa.types.is_boolean(kind):
        return _truth
    return _number if pa.types.is_floating(kind) else _whole


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < 1 << 63
    return value if fits else None  # type: ignore[return-value]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and abs(value) < 1 << 53 else None


def _texts(value: object, inner: str = "") -> list[str] | None:
    """Return the texts of a list; None where there is none."""
    if not isinstance(value, list | tuple):
        return None
    some = (_text(one.get(inner) if isinstance(one, dict) else one) for one in value)
    return [text for text in some if text] or None


def _objects(values: list[object], kind: pa.StructType) -> pa.Array:
    """Return lists of objects, part by part; None where there is no list, or no object in it."""
    flat: list[dict[str, object]] = []
    offsets: list[int | None] = []
    for value in values:
        some = [one for one in value if isinstance(one, dict)] if isinstance(value, list | tuple) else []
        offsets.append(len(flat) if some else None)
        flat += some
    columns = [_column([one.get(part.name) for one in flat], part.type) for part in kind]
    structs = pa.StructArray.from_arrays(columns, fields=list(kind))
    return pa.ListArray.from_arrays(pa.array([*offsets, len(flat)], pa.int32()), structs)


def _small(kind: pa.DataType) -> Callable[[object], object]:
    if not pa.types.is_int16(kind):
        return _fitting(kind)
    return lambda value: value if isinstance(value, int) and -(1 << 15) <= value < 1 << 15 else None
