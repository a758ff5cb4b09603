"""Lines of JSON as Arrow reads them: whole columns at once, four times as fast as row by row.

Only a plain block of lines is read so: each an object of its own, in UTF-8, its values of the kinds that the
beginning of the file showed. Whatever might mean anything else here than to the reader of rows
(`json_rows`) is left to that reader, which stays the judge of what a line says and which one is set aside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from vigie.collect.chunks import place_of
from vigie.collect.links import domains
from vigie.collect.lists import INNER_NAMES, cleaned
from vigie.terms.posts import LINK, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vigie.collect.mapping import Column
    from vigie.collect.rejects import Place

LISTS_OF_TEXTS = frozenset({"hashtags", "mentions", "links"})
LISTS_OF_OBJECTS = frozenset({"media", "counts"})
# What an entry of a list of links may hold besides: names that come before its address say another one.
BEFORE_URL = INNER_NAMES[: INNER_NAMES.index("url")]
ENTRY = pa.struct([*LINK, *(pa.field(name, pa.string()) for name in BEFORE_URL)])
# Arrow lets these pass where it skips a value; JSON has no such words.
STRANGE_STARTS = (b"Na", b"In")
STRANGE_FIGURE = re.compile(rb"(?<=[:,\[\s-])(?:NaN|Inf(?:inity)?)(?=[\s,}\]])")
OPENING, CLOSING, LINE_END = b"{}\n"
DIGITS = b"0123456789"
# Lines so long may be nested more deeply, or hold longer figures, than the reader of rows takes.
LINE_BYTES, OPENINGS, FIGURES = 1000, 400, 1000


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Whole lines of a file, each ended, and where they stand: see `chunks.Chunk.places`.

    Args:
        data: the lines, line ends included.
        first: the number of the first line, from 1.
    """

    data: bytes
    first: int

    def __call__(self, indices: Sequence[int]) -> list[Place]:
        """Return where the lines at `indices` stand."""
        lines = self.data.split(b"\n") if indices else []
        return [place_of(self.first + i, lines[i]) for i in indices]


def kinds_of(columns: Sequence[Column], sample: pa.Schema) -> Mapping[str, pa.DataType] | None:
    """Return of what kind Arrow is to read each column that is taken for something; None where it cannot."""
    taken = [column for column in columns if column.target is not None]
    kinds = {
        column.source: _kind(column.source, column.target or "", sample.field(column.source).type)
        for column in taken
    }
    return None if None in kinds.values() else kinds


def _kind(source: str, target: str, sampled: pa.DataType) -> pa.DataType | None:
    if "." in source:  # a way through objects
        return None
    if pa.types.is_string(sampled) or pa.types.is_int64(sampled) or pa.types.is_boolean(sampled):
        return sampled
    if not pa.types.is_list(sampled):
        return pa.string() if pa.types.is_null(sampled) else None
    inner = sampled.value_type
    if target in LISTS_OF_OBJECTS:
        return POSTS.field(target).type
    if target in LISTS_OF_TEXTS and (pa.types.is_string(inner) or pa.types.is_null(inner)):
        return pa.list_(pa.string())
    return pa.list_(ENTRY) if target == "links" and pa.types.is_struct(inner) else None


def columns_read(data: bytes, kinds: Mapping[str, pa.DataType]) -> pa.RecordBatch | None:
    """Return the columns of lines of JSON, one row a line; None where the lines are not plain.

    Args:
        data: whole lines, each ended.
        kinds: the columns wanted, and their kinds as `kinds_of` tells them.
    """
    if not kinds or not _is_plain(data):
        return None
    try:
        table = arrow_json.read_json(
            pa.BufferReader(data),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=pa.schema(list(kinds.items())), unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:  # a value of another kind, or a line that is no JSON
        return None
    if table.num_rows != data.count(b"\n"):  # two objects on one line
        return None
    columns = [_settled(table.column(name).combine_chunks()) for name in kinds]
    return None if None in columns else pa.record_batch(columns, names=list(kinds))


def _is_plain(data: bytes) -> bool:
    """Return whether each line is one object in UTF-8 that the reader of rows would take too.

    After a `}` no object goes on with a `{`, so a line end between the two is one between objects.
    """
    if not (data.startswith(b"{") and data.endswith(b"}\n")):
        return False
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(text == LINE_END)
    starts = np.concatenate([[0], ends[:-1] + 1])
    return (
        bool((text[starts] == OPENING).all() and (text[ends - 1] == CLOSING).all())
        and _is_utf8(data)
        and not _has_strange_figure(data, text)
        and not any(_is_odd(data[start:end]) for start, end in _long(starts, ends))
    )


def _is_utf8(data: bytes) -> bool:
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _has_strange_figure(data: bytes, text: NDArray[np.uint8]) -> bool:
    """Return whether a STRANGE_FIGURE may stand outside a text: numpy finds the few that begin so."""
    for first, second in STRANGE_STARTS:
        places = np.flatnonzero(text[:-1] == first)
        if any(STRANGE_FIGURE.match(data, place) for place in places[text[places + 1] == second].tolist()):
            return True
    return False


def _long(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    long = ends - starts > LINE_BYTES
    return zip(starts[long].tolist(), ends[long].tolist(), strict=True)


def _is_odd(line: bytes) -> bool:
    figures = len(line) - len(line.translate(None, DIGITS))
    return line.count(b"[") + line.count(b"{") > OPENINGS or (
        figures > FIGURES and re.search(rb"[0-9]{%d}" % FIGURES, line) is not None
    )


def _settled(column: pa.Array) -> pa.Array | None:
    """Return a column as the reader of rows might have read it; None where it may mean something else."""
    if not pa.types.is_list(column.type) or not pa.types.is_struct(column.type.value_type):
        return column
    entries = pc.list_flatten(column)
    if entries.null_count:
        return None
    return _links(column, entries) if column.type.value_type == ENTRY else _objects(column, entries)


def _objects(column: pa.Array, entries: pa.StructArray) -> pa.Array | None:
    """Return lists of objects; None where a text is empty or a figure does not fit: both are unknown."""
    for part in entries.flatten():
        if pa.types.is_list(part.type):
            texts = pc.list_flatten(part)
            if pc.min(pc.list_value_length(part)).as_py() == 0 or texts.null_count or _has_empty(texts):
                return None
        elif pa.types.is_string(part.type):
            if _has_empty(part):
                return None
        elif pc.min(part).as_py() == -(1 << part.type.bit_width - 1):
            return None
    return column


def _has_empty(texts: pa.Array) -> bool:
    return bool(pc.min(pc.binary_length(texts)).as_py() == 0)


def _links(column: pa.Array, entries: pa.StructArray) -> pa.Array | None:
    """Return lists of links; None unless all are canonical, so that it is the same who looks at them."""
    urls, told, *others = entries.flatten()
    if urls.null_count or any(one.null_count < len(one) for one in others):
        return None
    if any(cleaned([url], "links") != [url] for url in pc.unique(urls).to_pylist()):
        return None
    if told.null_count < len(told) and not told.equals(domains(urls)):
        return None
    links = pa.StructArray.from_arrays([urls, told], fields=list(LINK))
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, links, mask=pc.is_null(column))
