"""Moments in all the ways that files write them, as whole milliseconds since 1970 UTC; null where impossible.

A time without a zone is taken as UTC. Day and month in figures only (03/04/2024) mean different days in
different
countries: such a text is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.collect.hints import TimeUnit

TEXT_MAX = 64  # characters; no date is longer
LAST_MS = 4_102_444_800_000  # 2100-01-01
PER_MS: dict[TimeUnit, tuple[int, int]] = {
    "s": (1000, 1),
    "ms": (1, 1),
    "us": (1, 1000),
    "ns": (1, 1_000_000),
}
# A moment of our days has 10 digits in seconds, 13 in milliseconds, 16 and 19 in the others.
UNIT_LIMITS: tuple[tuple[float, TimeUnit], ...] = ((1e11, "s"), (1e14, "ms"), (1e17, "us"))

# Shapes that Arrow reads for certain (days after the 28th depend on the month): one bad row costs little.
SURE_DAY = r"^(19[7-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
SURE_DATE = SURE_DAY + r"([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
SURE_NAIVE, SURE_ZONED = SURE_DATE + ")?$", SURE_DATE + r"(Z|[+-](0\d|1[0-4]):[0-5]\d))$"
FORMATS = (
    "%a %b %d %H:%M:%S +0000 %Y",  # X API v1
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S +0000",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y/%m/%d %H:%M:%S",
)

# Zones that tools name by letters (https://www.rfc-editor.org/rfc/rfc5322#section-4.3), hours from UTC.
ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "GMT": 0}
DAY_AND_TIME = "%Y-%m-%d %H:%M:%S"


def unit_of(column: pa.Array) -> TimeUnit | None:
    """Return the unit of the figures in `column`, by their median's size; None where it has none."""
    figures = _figures(column)
    if figures is None or figures.null_count == len(figures):
        return None
    middle = abs(float(np.nanmedian(pc.drop_null(figures).cast(pa.float64(), safe=False).to_numpy())))
    return next((unit for limit, unit in UNIT_LIMITS if middle < limit), "ns")


def to_ms(column: pa.Array, unit: TimeUnit | None) -> pa.Array:
    """Return the moments in `column`, null where unknown, unreadable, before 1970 or after 2099.

    Args:
        column: integers, floats, texts, dates or timestamps.
        unit: what figures count; None takes the unit that their size suggests.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _bounded(column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _text_to_ms(column, unit)
    figures = _figures(column)
    if figures is None:
        return pa.nulls(len(column), pa.int64())
    return _figures_to_ms(figures, unit or unit_of(figures) or "ms")


def _figures(column: pa.Array) -> pa.Array | None:
    """Return `column` as integers or floats, None where that is not what it mostly holds."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _read_figures(column)
    return None


def _read_figures(column: pa.Array) -> pa.Array | None:
    shaped = pc.match_substring_regex(column, r"^-?\d{1,19}(\.\d*)?([eE]\+?\d{1,2})?$")
    if not pc.any(shaped).as_py():
        return None
    kept = pc.if_else(shaped, column, pa.scalar(None, column.type))
    try:
        return kept.cast(pa.int64())
    except pa.ArrowInvalid:
        return kept.cast(pa.float64())


def _figures_to_ms(figures: pa.Array, unit: TimeUnit) -> pa.Array:
    factor, divisor = PER_MS[unit]
    if pa.types.is_floating(figures.type):
        scaled = pc.divide(pc.multiply(figures.cast(pa.float64()), float(factor)), float(divisor))
        possible = pc.and_(pc.greater_equal(scaled, 0.0), pc.less(scaled, float(LAST_MS)))
        return pc.if_else(possible, pc.round(scaled), None).cast(pa.int64())
    if pa.types.is_uint64(figures.type):
        figures = pc.if_else(pc.less(figures, 1 << 62), figures, None)
    figures = _bounded(figures.cast(pa.int64()), last=LAST_MS * divisor // factor)
    if factor > 1:
        return pc.multiply(figures, factor)
    return pc.divide(figures, divisor) if divisor > 1 else figures


def _bounded(figures: pa.Array, *, last: int = LAST_MS) -> pa.Array:
    """Return `figures` with null where they are below 0 or not below `last`; untouched where all fit."""
    ends = pc.min_max(figures).as_py()
    if ends["min"] is None or (ends["min"] >= 0 and ends["max"] < last):
        return figures
    possible = pc.and_(pc.greater_equal(figures, 0), pc.less(figures, last))
    return pc.if_else(possible, figures, None)


def _text_to_ms(column: pa.Array, unit: TimeUnit | None) -> pa.Array:
    """Read texts: all at once where they are alike, else the sure shapes first, the rest one by one."""
    likely = _likely_type(next((value for value in column if value.is_valid), pa.scalar("")).as_py())
    if likely is not None:
        try:
            return _bounded(_to_whole_ms(column.cast(likely)))
        except pa.ArrowInvalid:
            pass  # not all are alike
    found = pa.nulls(len(column), pa.int64())
    readers = (
        partial(_read_figure_texts, unit=unit), _read_sure, _read_formats, _read_zones, _read_singly,
    )  # fmt: skip
    for read in readers:
        if found.null_count == 0:
            break
        left = pc.if_else(pc.is_null(found), column, pa.scalar(None, column.type))
        if left.null_count < len(left):
            found = pc.coalesce(found, read(left))
    return found


def _likely_type(text: str) -> pa.DataType | None:
    """Return the type that a whole column like `text` can be cast to; a cast that fails costs seconds."""
    if re.match(SURE_NAIVE, text):
        return pa.timestamp("ns")
    return pa.timestamp("ns", "UTC") if re.match(SURE_ZONED, text) else None


def _to_whole_ms(moments: pa.Array) -> pa.Array:
    return moments.cast(pa.timestamp("ms", moments.type.tz), safe=False).cast(pa.int64())


def _read_figure_texts(column: pa.Array, *, unit: TimeUnit | None) -> pa.Array:
    figures = _read_figures(column)
    if figures is None:
        return pa.nulls(len(column), pa.int64())
    return _figures_to_ms(figures, unit or unit_of(figures) or "ms")


def _read_sure(column: pa.Array) -> pa.Array:
    read = []
    for shape, kind in ((SURE_NAIVE, pa.timestamp("ns")), (SURE_ZONED, pa.timestamp("ns", "UTC"))):
        sure = pc.if_else(pc.match_substring_regex(column, shape), column, pa.scalar(None, column.type))
        read.append(_to_whole_ms(sure.cast(kind)))
    return _bounded(pc.coalesce(*read))


def _read_formats(column: pa.Array) -> pa.Array:
    read = [pc.strptime(column, format=form, unit="s", error_is_null=True) for form in FORMATS]
    return _bounded(_to_whole_ms(pc.coalesce(*read)))


def _read_zones(column: pa.Array) -> pa.Array:
    """Read a day and time with the letters of a zone behind: 2020-10-31 22:59:02 EDT."""
    found = pa.nulls(len(column), pa.int64())
    for zone, hours in ZONES.items():
        named = pc.if_else(pc.ends_with(column, f" {zone}"), column, None)
        if named.null_count < len(named):
            local = pc.utf8_slice_codeunits(named, 0, -len(f" {zone}"))
            moments = _to_whole_ms(pc.strptime(local, format=DAY_AND_TIME, unit="s", error_is_null=True))
            found = pc.coalesce(found, pc.subtract(moments, hours * HOUR_MS))
    return _bounded(found)


def _read_singly(column: pa.Array) -> pa.Array:
    moments = pc.unique(column)
    read = pa.array([moment_ms(text) for text in moments.to_pylist()], pa.int64())
    return _bounded(read.take(pc.index_in(column, moments)))


def moment_ms(text: str | None) -> int | None:
    """Return one moment written as text, None where it is unreadable or impossible."""
    readers: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)
    if text is None or len(text) > TEXT_MAX:
        return None
    for read in readers:
        try:
            moment = read(text.strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return int(moment.timestamp() * 1000)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
