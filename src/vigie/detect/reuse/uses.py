"""Who used which picture in which post: one row per post and medium, the earliest first.

A file is known by its SHA-256, what it shows by its PDQ. Hashes that tell nothing are left out and counted:
those of low quality, flat ones, and those of an operator's list of placeholders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.reuse.founding import as_numbers
from vigie.detect.reuse.nearness import Rows, nearest
from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS, conform

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from vigie.detect.reuse.rule import Rule

COLUMNS = (
    *("post_id", "platform", "author", "created_ms", "lang", "title", "body"),
    *("hashtags", "mentions", "links", "media", "share_of"),
)
NEEDED = ("post_id", "author", "created_ms", "media")
PDQ = "^[0-9a-f]{64}$"
SHA256 = "^[0-9a-f]{64}$"
SET_MIN, SET_MAX = 64, 192  # of 256 bits: PDQ halves them, and a flat picture cannot be halved
ORDER = [(name, "ascending") for name in ("created_ms", "post_id", "author", "title", "body", "lang")]


@dataclass(frozen=True, kw_only=True)
class Uses:
    """The uses of media.

    Args:
        posts: those that carry at least one medium, each once, in canonical order.
        table: one row per use: `post` (its row in `posts`), `medium` (its number), `sha256`, `c2pa`.
        names: of each medium, numbered in the order of first use: `pdq:…`, else `sha256:…`.
        pdq: of each medium, null where there is none to rely on.
        unhashed_count: media without any hash.
        flat_count: media whose hash tells nothing.
        ignored_count: media on the list of placeholders.
    """

    posts: pa.Table
    table: pa.Table
    names: pa.Array
    pdq: pa.Array
    unhashed_count: int
    flat_count: int
    ignored_count: int


def uses_of(posts: pa.Table, *, rule: Rule, ignored: Collection[str] = ()) -> Uses:
    """Return the uses of media in posts that are not shared posts of others.

    Args:
        posts: canonical posts; see `COLUMNS`, of which `NEEDED` must be there.
        rule: which hashes tell something.
        ignored: SHA-256 or PDQ of pictures that mean nothing, such as placeholders of platforms.

    Raises:
        UnfitTableError: a column is missing.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage="reuse/1", expected=str(POSTS.field(name).type))
    own, post = _own(conform(posts, columns=COLUMNS))
    flat = _flattened(own["media"].combine_chunks(), post)
    hashed = flat.filter(pc.or_(pc.is_valid(flat["sha256"]), pc.is_valid(flat["pdq"])))
    telling = _telling(hashed, rule)
    flat_count = hashed.num_rows - int(pc.sum(telling).as_py() or 0)
    kept = _named(hashed.filter(telling))
    is_ignored = _ignored(kept, ignored, rule)
    order = [(name, "ascending") for name in ("post", "name", "sha256", "c2pa")]
    kept = kept.filter(pc.invert(is_ignored)).sort_by(order)
    kept = kept.combine_chunks()
    codes = kept["name"].combine_chunks().dictionary_encode()
    first = np.unique(codes.indices.to_numpy(), return_index=True)[1]
    return Uses(
        posts=own.take(pa.array(np.unique(post, return_index=True)[1])),
        table=kept.select(["post", "sha256", "c2pa"]).append_column(
            "medium", pc.cast(codes.indices, pa.int32())
        ),
        names=codes.dictionary,
        pdq=kept["pdq"].combine_chunks().take(pa.array(first)),
        unhashed_count=flat.num_rows - hashed.num_rows,
        flat_count=flat_count,
        ignored_count=int(pc.sum(is_ignored).as_py() or 0),
    )


def looks_in(posts: pa.Table, more: pa.Table | None = None) -> pa.Table:
    """Return `sha256`, `look`: how else the files of posts look, as the posts hold it, and `more` of it."""
    flat = pc.list_flatten(conform(posts, columns=("media",))["media"].combine_chunks())
    looks = pc.struct_field(flat, "looks")
    sha256 = _hash(flat, "sha256", SHA256).take(pc.list_parent_indices(looks))
    told = pa.table({"sha256": sha256, "look": pc.list_flatten(looks)})
    if more is not None:
        told = pa.concat_tables([told, more.select(told.column_names).cast(told.schema)])
    return told.group_by(told.column_names).aggregate([])


def _own(posts: pa.Table) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return posts that are no shares of others' and carry media, in canonical order, and the post of each.

    A post that was observed several times has several rows; its number counts posts alone.
    """
    chosen = pc.and_(pc.is_null(posts["share_of"]), pc.is_valid(posts["created_ms"]))
    own = posts.filter(chosen)
    has = pc.greater(pc.fill_null(pc.list_value_length(own["media"]), 0), 0)
    own = own.filter(has).sort_by(ORDER).combine_chunks()
    ids = own["post_id"].combine_chunks().dictionary_encode().indices.fill_null(-1)
    code = ids.to_numpy().astype(np.int64)
    same = np.where(code >= 0, code, -1 - np.arange(len(code)))
    _values, first, inverse = np.unique(same, return_index=True, return_inverse=True)
    number = np.searchsorted(np.sort(first), first)
    return own, number[inverse].astype(np.int64)


def _flattened(lists: pa.Array, post: NDArray[np.int64]) -> pa.Table:
    """Return one row per post and medium: `post`, `sha256`, `pdq`, `pdq_quality`, `c2pa`; each once."""
    flat = pc.list_flatten(lists)
    table = pa.table(
        {
            "post": pa.array(post[pc.list_parent_indices(lists).to_numpy()], pa.int64()),
            "sha256": _hash(flat, "sha256", SHA256),
            "pdq": _hash(flat, "pdq", PDQ),
            "pdq_quality": pc.struct_field(flat, "pdq_quality"),
            "c2pa": pc.fill_null(pc.struct_field(flat, "c2pa"), ""),
        }
    )
    return table.group_by(table.column_names).aggregate([])


def _hash(media: pa.Array, name: str, pattern: str) -> pa.Array:
    told = pc.utf8_lower(pc.struct_field(media, name))
    return pc.if_else(pc.match_substring_regex(told, pattern), told, pa.scalar(None, pa.string()))


def bits_of(pdq: pa.Array) -> NDArray[np.uint64]:
    """Return hashes of 64 hexadecimal digits as four whole numbers a row."""
    digits = "".join(pdq.to_pylist())
    return as_numbers(np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 32))


def _telling(table: pa.Table, rule: Rule) -> pa.Array:
    """Return which media have a hash to rely on: a PDQ that is good enough, or none at all."""
    distinct = table["pdq"].combine_chunks().dictionary_encode()
    count = np.bitwise_count(bits_of(distinct.dictionary)).sum(axis=1)
    halved = pa.array((count >= SET_MIN) & (count <= SET_MAX), pa.bool_()).take(distinct.indices)
    good = pc.greater_equal(pc.fill_null(table["pdq_quality"], 100), rule.quality_min)
    return pc.or_(pc.is_null(table["pdq"]), pc.and_(good, pc.fill_null(halved, fill_value=False)))


def _named(table: pa.Table) -> pa.Table:
    """Return media with `name`; what a file shows is known wherever the same file is."""
    files = table.group_by("sha256").aggregate([("pdq", "min")])
    files = files.filter(pc.is_valid(files["sha256"]))
    place = pc.index_in(table["sha256"], files["sha256"].combine_chunks())
    known = files["pdq_min"].combine_chunks().take(_one(place))
    pdq = pc.coalesce(known, _one(table["pdq"]))
    name = pc.if_else(
        pc.is_valid(pdq),
        pc.binary_join_element_wise("pdq", pdq, ":"),
        pc.binary_join_element_wise("sha256", _one(table["sha256"]), ":"),
    )
    named = table.drop_columns(["pdq", "pdq_quality"]).append_column("pdq", pdq).append_column("name", name)
    return named.group_by(named.column_names).aggregate([])


def _ignored(table: pa.Table, ignored: Collection[str], rule: Rule) -> pa.Array:
    """Return which media are on a list: the same file, or a picture that looks like one of it."""
    listed = pa.array(sorted({one.lower() for one in ignored}), pa.string())
    same = pc.is_in(table["sha256"], listed)
    looks = listed.filter(pc.match_substring_regex(listed, PDQ))
    distinct = table["pdq"].combine_chunks().dictionary_encode()
    if not len(looks) or not len(distinct.dictionary):
        return same
    count, all_count = len(looks), len(looks) + len(distinct.dictionary)
    owners = np.arange(all_count, dtype=np.int32)
    best, _apart = nearest(
        Rows(bits_of(distinct.dictionary), owners[count:]),
        Rows(bits_of(looks), owners[:count]),
        all_count,
        distance_max=rule.distance_max,
    )
    near = pa.array(best[count:] >= 0).take(distinct.indices)
    return pc.or_(same, pc.fill_null(near, fill_value=False))


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
