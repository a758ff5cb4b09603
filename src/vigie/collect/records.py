"""Rows that come one by one (JSON objects, cells of a sheet) as Arrow columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

DEPTH_MAX = 4  # objects in objects, told apart by dotted names


def columns_of(records: Sequence[Mapping[str, object]], wanted: Collection[str] | None) -> pa.RecordBatch:
    """Return the columns `wanted` of `records`; objects inside objects have dotted names: `user.id`."""
    names = list(
        dict.fromkeys(name for record in records for name in _names(record)) if wanted is None else wanted
    )
    arrays = [column(_values(records, name)) for name in names]
    if not names:
        return pa.record_batch({"": pa.nulls(len(records))})
    return pa.record_batch(arrays, names=names)


def _names(record: Mapping[str, object], before: str = "", depth: int = 1) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < DEPTH_MAX:
            yield from _names(value, f"{before}{name}.", depth + 1)
        else:
            yield before + name


def _values(records: Sequence[Mapping[str, object]], name: str) -> list[object]:
    """Return what stands under `name` in each record; most names have no dot and need no second look."""
    if "." in name:
        return [_value(record, name) for record in records]
    return [record.get(name) for record in records]


def _value(record: object, name: str) -> object:
    """Return what stands under `name`, a key or a dotted way through objects; None where nothing does."""
    if not isinstance(record, dict):
        return None
    if name in record:
        return record[name]
    first, dot, rest = name.partition(".")
    return _value(record.get(first), rest) if dot else None


def column(values: list[object]) -> pa.Array:
    """Return `values` as an Arrow array; where their types do not go together, as texts."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return _texts(values)
    if kinds <= {bool} or kinds <= {int}:
        return _array(values)
    if kinds <= {int, float, Decimal} and not any(isinstance(v, int) and abs(v) >> 53 for v in values):
        return pa.array([float(v) if isinstance(v, Decimal) else v for v in values], pa.float64())
    if kinds <= {dt.datetime, dt.date}:
        return _texts([v.isoformat() if isinstance(v, dt.date) else None for v in values])
    if kinds <= {list}:
        return _lists(values)
    return _texts([as_text(v) for v in values])


def _array(values: list[object]) -> pa.Array:
    try:
        return pa.array(values)
    except OverflowError:  # integers longer than 64 bits
        return _texts([as_text(v) for v in values])


def _lists(values: list[object]) -> pa.Array:
    """Return lists as lists of one type, else as JSON texts; Arrow infers the type of their entries."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return _texts([as_text(v) for v in values])


def _texts(values: Iterable[object]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair, written as \ud83d
        whole = (v.encode("utf-8", "replace").decode() if isinstance(v, str) else None for v in values)
        return pa.array(whole, pa.string())


def as_text(value: object) -> str | None:
    """Return one value as text: whole numbers exactly, in digits; what has parts as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return str(int(value)) if value == value // 1 else str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _json(value)
    return str(value)


def _json(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return str(value)
