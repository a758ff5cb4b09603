"""Observations: what a platform said about a post at one moment, kept once however often it is brought.

An edit, a new counter reading, a deletion is a new observation; a *post* is the latest view of its
observations.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.columns import like
from vigie.store.tokens import TOKEN_BYTES, texts_of
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.posts import POSTS, conform
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vigie.store.batches import Batch, Store

KEY_BYTES = 16
OBSERVATIONS = pa.schema([*POSTS, pa.field("observation", pa.binary(KEY_BYTES))])
# How and when we came to know it, not what was said.
CIRCUMSTANCES = frozenset(
    {"collected_ms", "collection_id", "source_kind", "evidence_id", "raw_ref", "delete_by_ms", "checked_ms"}
)
DERIVED_PARTS = frozenset({"looks"})  # of a medium: its bytes, which another part names, tell them
CONTENT = tuple(name for name in POSTS.names if name not in CIRCUMSTANCES)
# What tells two posts without a native id apart.
ORIGIN = (
    "platform", "kind", "thread_id", "in_reply_to", "share_of", "quote_of", "author", "channel_id",
    "created_ms", "title", "body", "hashtags", "links",
)  # fmt: skip
ROWS_PER_LOOK = 1 << 15  # texts that are Python's at one time
KEYS_PER_RUN = 1 << 22  # 64 MB: to join two of them takes as much again
NO_DAY = np.iinfo(np.int32).min  # nobody can tell which
DERIVED = "0"  # begins a derived id: base32 has no 0, so that none is taken for a native id's token


def observed(posts: pa.Table) -> pa.Table:
    """Return pseudonymous `posts` as observations: ids filled in, each row with its key.

    A post without native id gets a derived one, `0` and 15 characters of base32: BLAKE2b of its address where
    it has one, else of platform, kind, thread, what it answers or passes on, author, channel, moment, title,
    body, hashtags and links. Two such posts that agree in all of these are one post; an edit of one is
    another post.

    The key is the BLAKE2b of the id and of every canonical column but those that say how it was collected
    (https://www.rfc-editor.org/rfc/rfc7693), 128 bits. An unknown value contributes nothing, so a file
    with more columns tells more, and is a new observation.
    """
    table = conform(posts).combine_chunks()
    table = table.set_column(0, POSTS.field("post_id"), _ids(table))
    return table.append_column(OBSERVATIONS.field("observation"), _keys(table))


def _keys(table: pa.Table) -> pa.Array:
    blake2b = hashlib.blake2b
    digests = (
        blake2b(text, digest_size=KEY_BYTES).digest()
        for start in range(0, table.num_rows, ROWS_PER_LOOK)
        for text in told(table.slice(start, ROWS_PER_LOOK), CONTENT)
    )
    data = pa.py_buffer(b"".join(digests))
    return pa.Array.from_buffers(pa.binary(KEY_BYTES), table.num_rows, [None, data])


def _ids(table: pa.Table) -> pa.Array:
    ids = table.column("post_id").combine_chunks()
    missing = pc.is_null(ids)
    if not pc.any(missing).as_py():
        return ids
    return pc.replace_with_mask(ids, missing, _derived(table.filter(missing)))


def _derived(table: pa.Table) -> pa.Array:
    by_origin, by_url = told(table, ORIGIN), told(table, ("platform", "url"))
    has_url = table.column("url").is_valid().to_pylist()
    digests = [
        hashlib.blake2b(url if known else origin, digest_size=TOKEN_BYTES).digest()
        for url, origin, known in zip(by_url, by_origin, has_url, strict=True)
    ]
    tail = pc.utf8_slice_codeunits(texts_of(digests), 1)
    return pc.binary_join_element_wise(DERIVED, tail, "")


def told(table: pa.Table, columns: Sequence[str]) -> list[bytes]:
    """Return what `columns` say in each row as bytes that no other values give.

    A known value is its column's name, its length and its text; an unknown one is nothing.
    """
    held = [name for name in columns if table.column(name).null_count < table.num_rows]
    parts = [piece for name in held for piece in _pieces(name, table.column(name).combine_chunks())]
    if not parts:
        return [b""] * table.num_rows
    joined: list[bytes] = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary())).to_pylist()
    return joined


def _pieces(name: str, column: pa.Array) -> list[pa.Array | pa.Scalar]:
    """Return the texts that, joined, tell one column; one text, empty for null, where it has nulls."""
    values = _text(column)
    lengths = pc.binary_length(values)
    shortest, longest = pc.min_max(lengths).as_py().values()
    if shortest == longest:  # tokens, moments, flags: one text begins them all
        pieces = [pa.scalar(f"{name}:{longest}:"), values]
    else:
        pieces = [pa.scalar(f"{name}:"), lengths.cast(pa.string()), pa.scalar(":"), values]
    if values.null_count:
        pieces = [pc.fill_null(pc.binary_join_element_wise(*pieces, ""), "")]
    return [piece.cast(pa.large_binary()) for piece in pieces]


def _text(values: pa.Array) -> pa.Array:
    """Return values as texts; lists and their parts with their lengths before them."""
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind):
        return values.view(pa.int32()).cast(pa.string())  # the bits: no rounding of texts
    if not pa.types.is_list(kind):
        return values.cast(pa.string())
    entries = pc.list_flatten(values)
    texts = _struct_text(entries) if pa.types.is_struct(entries.type) else _with_length(entries)
    return pc.binary_join(like(values, texts), "")


def _with_length(values: pa.Array) -> pa.Array:
    texts = _text(values)
    length = pc.binary_length(texts).cast(pa.string())
    return pc.fill_null(pc.binary_join_element_wise(length, ":", texts, ""), "-")


def _struct_text(entries: pa.StructArray) -> pa.Array:
    parts = [field.name for field in entries.type if field.name not in DERIVED_PARTS]
    fields = [_with_length(pc.struct_field(entries, name)) for name in parts]
    return pc.binary_join_element_wise(*fields, "")


class _Run(NamedTuple):
    """Keys, sorted by their first half, and the day on which each observation was made."""

    keys: NDArray[np.uint64]  # (n, 2)
    days: NDArray[np.int32]


class Known:
    """The observations that a data set holds, by their keys; exact on all 128 bits.

    Keys of stored batches are read when a post of their time comes by: an observation has its post's moment,
    so batches of other times cannot hold it. Memory: 20 bytes for each key read.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._store: Store | None = None
        self._unread: list[Batch] = []

    @classmethod
    def of(cls, store: Store, batches: Iterable[Batch]) -> Self:
        """Return what these batches of a store hold; only keys and days are read, when they are needed."""
        known = cls()
        known._store, known._unread = store, list(batches)
        return known

    def __len__(self) -> int:
        """How many keys were read or added."""
        return sum(len(run.keys) for run in self._runs)

    def new_rows(self, table: pa.Table) -> pa.Array:
        """Return a mask of the rows whose observation is not held, the first of equal rows alone.

        Args:
            table: observations, with at least `observation` and `created_ms`.
        """
        if not table.num_rows:
            return pa.array([], pa.bool_())
        self._read_around(table)
        keys = halves(_column(table, "observation"))
        new = first_of_each(keys)
        for run in self._runs:
            new &= _place(run.keys, keys) < 0
        return pa.array(new)

    def days(self, table: pa.Table) -> NDArray[np.int64]:
        """Return on which day each observation of `table` was made, NO_DAY for one that is not held.

        Args:
            table: observations that `new_rows` was asked about.
        """
        keys = halves(_column(table, "observation"))
        found = np.full(len(keys), NO_DAY, np.int64)
        for run in self._runs:
            place = _place(run.keys, keys)
            held = place >= 0
            found[held] = run.days[place[held]]
        return found

    def add(self, table: pa.Table) -> None:
        """Hold the observations of `table` too."""
        self._add(halves(_column(table, "observation")), days_of(_made(table)))

    def _add(self, keys: NDArray[np.uint64], days: NDArray[np.int64]) -> None:
        """Take keys in; runs of like size are joined, so that there are few, and none too large to sort."""
        run = _Run(keys, days.astype(np.int32))
        while self._runs and len(self._runs[-1].keys) <= min(2 * len(run.keys), KEYS_PER_RUN - len(run.keys)):
            last = self._runs.pop()
            run = _Run(np.concatenate([last.keys, run.keys]), np.concatenate([last.days, run.days]))
        if len(run.keys):
            order = np.argsort(run.keys[:, 0], kind="stable")
            self._runs.append(_Run(run.keys[order], run.days[order]))

    def _read_around(self, table: pa.Table) -> None:
        if not self._unread or self._store is None:
            return
        times = np.sort(_column(table, "created_ms").to_numpy(zero_copy_only=False))
        places = ((times.searchsorted(batch.start_ms), batch) for batch in self._unread)
        near = [batch for place, batch in places if place < len(times) and times[place] <= batch.end_ms]
        self._unread = [batch for batch in self._unread if batch not in near]
        for batch in near:
            for rows in self._store.rows([batch.sha256], columns=("observation", "collected_ms")):
                self._add(halves(rows.column("observation")), days_of(rows.column("collected_ms")))


def days_of(moments: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return on which day (UTC, since 1970) each moment is, NO_DAY for none."""
    column = moments.combine_chunks() if isinstance(moments, pa.ChunkedArray) else moments
    days = column.fill_null(0).to_numpy().astype(np.int64) // DAY_MS
    # a day that no calendar has is none
    told = column.is_valid().to_numpy(zero_copy_only=False) & (np.abs(days) < -NO_DAY)
    return np.where(told, days, NO_DAY)


def _made(table: pa.Table) -> pa.Array | pa.ChunkedArray:
    is_told = "collected_ms" in table.column_names
    return table.column("collected_ms") if is_told else pa.nulls(table.num_rows, pa.int64())


def _column(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        raise UnfitTableError(column=name, stage=say("the store"), expected=say("a column of observations"))
    column = table.column(name)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def halves(keys: pa.Array) -> NDArray[np.uint64]:
    """Return keys of 16 bytes as two whole numbers each."""
    whole = pa.concat_arrays(keys.chunks) if isinstance(keys, pa.ChunkedArray) else keys
    data = np.frombuffer(whole.buffers()[1] or b"", np.uint64)
    start = 2 * whole.offset
    return data[start : start + 2 * len(whole)].reshape(-1, 2)


def repeated(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the rows that share the first half of their key with another row, ascending: few, as a rule."""
    order = np.argsort(keys[:, 0], kind="stable")
    same = keys[order[1:], 0] == keys[order[:-1], 0]
    some = np.zeros(len(keys), np.bool_)
    some[order[1:][same]] = True
    some[order[:-1][same]] = True
    return np.flatnonzero(some)


def first_of_each(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return where a key stands for the first time."""
    rows = repeated(keys)
    order = rows[np.lexsort((rows, keys[rows, 1], keys[rows, 0]))]
    first = np.ones(len(keys), np.bool_)
    first[order[1:]] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    return first


def _place(run: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return where each key stands in a run that is sorted by its first half, -1 for nowhere."""
    place = np.searchsorted(run[:, 0], keys[:, 0])
    found = np.full(len(keys), -1, np.int64)
    open_ = np.flatnonzero(place < len(run))
    while len(open_):
        there = run[place[open_]]
        open_ = open_[there[:, 0] == keys[open_, 0]]
        same = open_[(run[place[open_]] == keys[open_]).all(axis=1)]
        found[same] = place[same]
        place[open_] += 1
        open_ = open_[(found[open_] < 0) & (place[open_] < len(run))]
    return found
