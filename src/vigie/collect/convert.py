"""From a file's columns to canonical columns, whole columns at a time.

An empty text is unknown everywhere; in ids and links the words of UNKNOWN_IDS are too. A value that cannot
be read (a number of followers that is no number, say) is unknown; only author and date set a row aside.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from vigie.collect.hints import UNKNOWN_IDS
from vigie.collect.links import SEEN_THROUGH, SIMPLE_LINK, domains
from vigie.collect.lists import cleaned, inner_value, split
from vigie.collect.times import to_ms
from vigie.terms.posts import LINK, MEDIUM, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vigie.collect.hints import TimeUnit

IDS = (
    *("post_id", "thread_id", "in_reply_to", "share_of", "quote_of"),
    *("channel_id", "collection_id", "evidence_id", "raw_ref", "url"),
)
LISTS = ("hashtags", "mentions", "links")
WHOLE_MAX = float(1 << 63)
TRUE_WORDS, FALSE_WORDS = ("true", "1", "yes", "oui", "vrai"), ("false", "0", "no", "non", "faux")


def batch_schema(columns: Iterable[str] | None = None) -> pa.Schema:
    """Return the schema of the batches of posts: `columns` in canonical order."""
    wanted = set(POSTS.names if columns is None else columns)
    if strange := wanted.difference(POSTS.names):
        raise ValueError(f"not columns of posts: {sorted(strange)}")  # the caller's mistake, not a file's
    return pa.schema([field for field in POSTS if field.name in wanted])


def convert(
    name: str, sources: Mapping[str, pa.Array], row_count: int, units: Mapping[str, TimeUnit | None]
) -> pa.Array:
    """Return the canonical column `name` made of `sources` (by dotted target), nulls where there are none."""
    kind = batch_schema([name]).field(0).type
    if not sources:
        return pa.nulls(row_count, kind)
    column = sources.get(name)
    if column is None:
        parts = {target.partition(".")[2]: part for target, part in sources.items()}
        return _media(parts, row_count) if name == "media" else _counts(parts)
    if name.endswith("_ms"):
        return to_ms(column, units.get(name))
    if name in LISTS:
        return _list(column, name)
    return _other(column, name, kind)


def _other(column: pa.Array, name: str, kind: pa.DataType) -> pa.Array:
    if name in {"media", "counts"}:
        return column.cast(kind) if _is_like(column.type, kind) else _structs(column, kind)
    if pa.types.is_string(kind):
        return known(to_text(column), _unknown(name))
    if pa.types.is_boolean(kind):
        return _boolean(column)
    return _number(column, kind)


def _unknown(name: str) -> tuple[str, ...]:
    """Return the texts that mean "no value" in column `name`; an account may well be named null."""
    return UNKNOWN_IDS if name in IDS else ("",)


def to_text(column: pa.Array) -> pa.Array:
    """Return `column` as text: whole numbers exactly, in digits; what has parts as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_text(column.cast(kind.value_type))
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        return _float_text(column.cast(pa.float64()))
    if pa.types.is_nested(kind):
        texts = (None if v is None else msgspec.json.encode(v).decode() for v in column.to_pylist())
        return pa.array(texts, pa.string())
    return column.cast(pa.string())


def _float_text(column: pa.Array) -> pa.Array:
    """Return whole floats in digits (pandas turns ids with gaps into floats), NaN as null."""
    column = pc.if_else(pc.is_nan(column), None, column)
    whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), WHOLE_MAX))
    digits = pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(digits, column.cast(pa.string()))


def known(column: pa.Array, unknown: tuple[str, ...]) -> pa.Array:
    """Return `column` with null for the texts that mean "no value"; untouched where there are none."""
    shortest = pc.min(pc.binary_length(column)).as_py()
    if shortest is None or shortest > max(map(len, unknown)):
        return column
    blank = pc.is_in(column, pa.array(unknown, pa.string()))
    return pc.if_else(blank, None, column) if pc.any(blank).as_py() else column


def _boolean(column: pa.Array) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return column
    words = pc.utf8_lower(to_text(column))
    true = pc.is_in(words, pa.array(TRUE_WORDS))
    return pc.if_else(pc.or_(true, pc.is_in(words, pa.array(FALSE_WORDS))), true, None)


def _number(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    texts = to_text(column)
    shaped = pc.match_substring_regex(texts, r"^-?\d{1,18}(\.\d+)?$")
    figures = pc.if_else(shaped, texts, None).cast(pa.float64())
    return figures.cast(kind) if pa.types.is_floating(kind) else pc.round(figures).cast(kind)


def _list(column: pa.Array, name: str) -> pa.Array:
    """Return lists of texts or links; each distinct text is read once."""
    kind = POSTS.field(name).type
    if column.type == kind and name == "links":
        return _with_domains(column)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _from_lists(column, name)
    coded = column if pa.types.is_dictionary(column.type) else to_text(column).dictionary_encode()
    texts = to_text(coded.dictionary)
    simple = _is_simple(texts, name)
    parts = [
        [text] if ready else split(text or "", name) or None
        for text, ready in zip(texts.to_pylist(), simple.to_pylist(), strict=True)
    ]
    return _texts_or_links(pa.array(parts, pa.list_(pa.string())), kind).take(coded.indices)


def _with_domains(links: pa.Array) -> pa.Array:
    """Return canonical links with their registrable domains, where the file tells none."""
    inner = links.values
    if pc.struct_field(inner, "domain").null_count < len(inner):
        return links
    urls = pc.struct_field(inner, "url")
    filled = pa.StructArray.from_arrays([urls, domains(urls)], fields=list(LINK), mask=pc.is_null(inner))
    return pa.ListArray.from_arrays(links.offsets, filled, type=links.type, mask=pc.is_null(links))


def _is_simple(texts: pa.Array, name: str) -> pa.Array:
    """Return where a text is one address that is canonical already: no need to look closer."""
    if name != "links":
        return pa.repeat(pa.scalar(value=False), len(texts))
    seen_through = pc.match_substring_regex(texts, SEEN_THROUGH)
    return pc.and_not(pc.match_substring_regex(texts, SIMPLE_LINK), seen_through)


def _from_lists(column: pa.Array, name: str) -> pa.Array:
    """Return lists whose entries may be texts, numbers or objects; each distinct text is read once."""
    kind = POSTS.field(name).type
    if pa.types.is_string(column.type.value_type) or pa.types.is_large_string(column.type.value_type):
        coded = to_text(column.flatten()).dictionary_encode()
        entries = [cleaned([text], name) for text in coded.dictionary.to_pylist()]
        if coded.null_count == 0 and all(entries):
            flat = pa.array([entry for (entry,) in entries], pa.string()).take(coded.indices)
            return _texts_or_links(_lists_of(flat, pc.list_value_length(column)), kind)
    parts = []
    for entries in column.to_pylist():
        texts = None if entries is None else (text for text in map(inner_value, entries) if text is not None)
        parts.append(None if texts is None else cleaned(texts, name))
    return _texts_or_links(pa.array(parts, pa.list_(pa.string())), kind)


def _lists_of(flat: pa.Array, lengths: pa.Array) -> pa.Array:
    """Return lists that hold the values of `flat` in order; a null in `lengths` is a null list."""
    ends = pc.cumulative_sum(pc.fill_null(lengths, 0).cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, flat, mask=pc.is_null(lengths))


def _texts_or_links(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return lists of texts as they are, or as lists of links with their registrable domains."""
    if kind.value_type != LINK:
        return texts
    links = pa.StructArray.from_arrays([texts.values, domains(texts.values)], fields=list(LINK))
    return pa.ListArray.from_arrays(texts.offsets, links, type=kind, mask=pc.is_null(texts))


def _is_like(told: pa.DataType, kind: pa.DataType) -> bool:
    """Tell whether lists of objects have canonical parts alone, all or some: what lacks is unknown."""
    if not (pa.types.is_list(told) and pa.types.is_struct(told.value_type)):
        return False
    parts = {part.name: part.type for part in kind.value_type}
    own = [(part.name, part.type) for part in told.value_type]
    return bool(own) and all(parts.get(name) == of for name, of in own)


def _structs(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return lists of objects with exactly the canonical parts; entries that do not fit are unknown."""
    rows = map(_entries, column.to_pylist())
    fitted = (row and [_fitting(entry, kind.value_type) for entry in row] for row in rows)
    return pa.array(fitted, kind)


def _entries(value: object) -> list[object] | None:
    """Return a list, also one that stands as JSON in a column of texts; None for anything else."""
    if isinstance(value, str) and value.startswith("["):
        with suppress(msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            value = msgspec.json.decode(value)
    return value if isinstance(value, list) else None


def _fitting(entry: object, kind: pa.DataType) -> dict[str, object]:
    """Return the parts of `entry` that `kind` names, each as its type or None."""
    fitted: dict[str, object] = {}
    for part in kind:
        value = entry.get(part.name) if isinstance(entry, dict) else None
        if pa.types.is_string(part.type):
            fitted[part.name] = inner_value(value)
        elif pa.types.is_list(part.type):
            texts = map(inner_value, value) if isinstance(value, list) else ()
            fitted[part.name] = [text for text in texts if text] or None
        else:
            fits = isinstance(value, int) and value.bit_length() < part.type.bit_width
            fitted[part.name] = value if fits and not isinstance(value, bool) else None
    return fitted


def _media(parts: Mapping[str, pa.Array], row_count: int) -> pa.Array:
    """Return one medium per row from columns that each hold one of its parts; none where all are unknown."""
    columns = []
    for part in MEDIUM:
        column = parts.get(part.name)
        if column is None:
            columns.append(pa.nulls(row_count, part.type))
        elif pa.types.is_string(part.type):
            columns.append(known(to_text(column), UNKNOWN_IDS))
        else:
            columns.append(_number(column, part.type))
    told = [column.cast(pa.string()) for column in columns if not pa.types.is_list(column.type)]
    some = pc.is_valid(pc.coalesce(*told))
    media = pa.StructArray.from_arrays(columns, fields=list(MEDIUM)).filter(some)
    return _lists_of(media, pc.if_else(some, 1, None)).cast(POSTS.field("media").type)


def _counts(parts: Mapping[str, pa.Array]) -> pa.Array:
    """Return readings of counters from columns that each hold one; their moment is that of collection.

    What is no number is unknown, and no reading.
    """
    values = {name: _number(column, pa.int64()) for name, column in parts.items()}
    rows = zip(*(column.to_pylist() for column in values.values()), strict=True)
    kind = POSTS.field("counts").type
    readings = (
        [
            {"at_ms": None, "name": name, "value": value}
            for name, value in zip(values, row, strict=True)
            if value is not None
        ]
        for row in rows
    )
    return pa.array((row or None for row in readings), kind)
