"""The acts of all behaviours, gathered from posts batch by batch: texts become codes, and the posts can go.

Memory grows with the acts and with the distinct accounts and objects, not with what people wrote. What some
objects are shows only once all posts are known: these are settled when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.behaviours import (
    OTHER_LOOKS,
    Behaviour,
    Known,
    Settled,
    objects_of,
    other_looks,
    post_codes,
    themselves,
)
from vigie.detect.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.detect.behaviours import LooksOf

SITE = r"^[a-z][a-z0-9+.-]*://(?:www\.)?(?P<site>[^/:?#]+)"
DAY = r"^(?P<account>.*) \(\d{4}-\d\d-\d\d\)$"
POSTS_ANSWERED = frozenset({"repost", "reply"})  # their objects are ids of posts


class Gathering:
    """What some posts hold of some behaviours.

    Args:
        behaviours: which.
        with_origins: remember who wrote each post, so that `origins` can tell.
        looks_of: tells which pictures look alike.
    """

    def __init__(
        self,
        behaviours: Sequence[Behaviour],
        *,
        with_origins: bool = True,
        looks_of: LooksOf = themselves,
    ) -> None:
        self.behaviours = tuple(behaviours)
        self.post_count = 0
        self.start_ms: int | None = None
        self.end_ms: int | None = None
        self._accounts = Names()
        self._objects = {behaviour.id: Names() for behaviour in behaviours}
        self._acts: dict[str, list[tuple[NDArray[Any], ...]]] = {one.id: [] for one in behaviours}
        self._held: dict[str, pa.Table] = {}
        self._taken_for = looks_of
        self._other_looks = [OTHER_LOOKS.empty_table()]
        self._known = Known(authors_of=self._authors_of, looks_of=self._looks_of)
        self._with_origins = with_origins or any(one.settle for one in behaviours)
        self._written: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        self._index: tuple[NDArray[np.int64], NDArray[np.int32], pa.Array] | None = None

    @property
    def account_count(self) -> int:
        """How many accounts wrote at least one post."""
        return len(self._accounts)

    def add(self, posts: pa.RecordBatch) -> None:
        """Take in the acts of some posts, with the columns that `columns_for` names."""
        if not posts.num_rows:
            return
        times = pc.min_max(posts.column("created_ms"))
        low, high = times["min"].as_py(), times["max"].as_py()
        self.start_ms = low if self.start_ms is None else min(low, self.start_ms)
        self.end_ms = high if self.end_ms is None else max(high, self.end_ms)
        table = pa.Table.from_batches([posts])
        if "media" in posts.schema.names:
            self._other_looks.append(other_looks(table))
        author = self._accounts.codes(posts.column("author"))
        post = post_codes(table.column("post_id"), first_row=self.post_count)
        at_ms = posts.column("created_ms").to_numpy()
        if self._with_origins:
            self._written.append((post, author))
            self._index = None
        for behaviour in self.behaviours:
            rows, objects = objects_of(table, behaviour)
            codes = self._codes(behaviour.id, objects)
            rows, codes = rows[codes >= 0], codes[codes >= 0]
            self._acts[behaviour.id].append((author[rows], codes, at_ms[rows], post[rows]))
        self.post_count += posts.num_rows

    def hold(self, behaviour: str, actions: pa.Table) -> None:
        """Take in acts that another method found among the same posts, such as copies of one text.

        Args:
            behaviour: what to call them.
            actions: `account`, `object` and `at_ms`; see `behaviours.actions`.
        """
        self._held[behaviour] = actions
        self._objects[behaviour], self._acts[behaviour] = Names(), []
        self.behaviours = (*self.behaviours, Behaviour(id=behaviour, columns=(), objects=_nothing))

    def _codes(self, behaviour: str, objects: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
        chunks = objects.chunks if isinstance(objects, pa.ChunkedArray) else [objects]
        codes = [self._objects[behaviour].codes(chunk) for chunk in chunks]
        return np.concatenate([np.empty(0, np.int32), *codes])

    def actions(self, behaviour: Behaviour) -> pa.Table:
        """Return all acts of one behaviour, see `behaviours.actions`; names as dictionaries."""
        if behaviour.id in self._held:
            return self._held[behaviour.id]
        empty = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))
        acts = tuple(np.concatenate(parts) for parts in zip(empty, *self._acts[behaviour.id], strict=True))
        accounts, names = self._accounts.array(), self._objects[behaviour.id].array()
        if behaviour.settle and len(names):
            names, acts = self._settled(behaviour.settle(names.cast(pa.string()), self._known), acts)
        account, objects, at_ms, post = acts
        return pa.table(
            {
                "account": pa.DictionaryArray.from_arrays(pa.array(account), accounts),
                "object": pa.DictionaryArray.from_arrays(pa.array(objects), names),
                "at_ms": at_ms,
                "post": post,
            }
        )

    def _settled(
        self, found: Settled, acts: tuple[NDArray[Any], ...]
    ) -> tuple[pa.Array, tuple[NDArray[Any], ...]]:
        """Return the names of objects as they turn out, and the acts that remain."""
        coded = found.objects.dictionary_encode()
        account, raw = acts[:2]
        objects = _codes_of(coded.indices)[raw]
        owner = _codes_of(pc.index_in(found.owners, self._accounts.array().cast(pa.string())))[raw]
        counts = (objects >= 0) & (owner != account)
        settled = (account, objects, *acts[2:])
        return coded.dictionary, tuple(part[counts] for part in settled)

    def origins(self, behaviour: str, objects: pa.Array) -> pa.Array:
        """Return where objects come from: the author of a post gathered here, the site of a link, or null.

        An account that is answered is where the answers to it come from.
        """
        if behaviour in POSTS_ANSWERED:
            return self._authors_of(objects)
        if behaviour == "reply_target":
            return pc.struct_field(pc.extract_regex(objects, DAY), "account").cast(pa.string())
        if behaviour == "link":
            return pc.struct_field(pc.extract_regex(pc.utf8_lower(objects), SITE), "site").cast(pa.string())
        return pa.nulls(len(objects), pa.string())

    def _looks_of(self, hashes: pa.Array) -> pa.Array:
        others = pa.concat_tables(self._other_looks)
        return self._taken_for(hashes, others.group_by(others.column_names).aggregate([]))

    def _authors_of(self, post_ids: pa.Array) -> pa.Array:
        if not self._written:
            return pa.nulls(len(post_ids), pa.string())
        codes, authors, names = self._written_in_order()
        wanted = post_codes(pa.chunked_array([post_ids]))
        place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        found = codes[place] == wanted
        return names.take(pa.array(np.where(found, authors[place], 0), mask=~found)).cast(pa.string())

    def _written_in_order(self) -> tuple[NDArray[np.int64], NDArray[np.int32], pa.Array]:
        """Return the codes of all posts, ascending, their authors, and the authors' names; sorted once."""
        if self._index is None:
            codes, authors = (np.concatenate(parts) for parts in zip(*self._written, strict=True))
            order = np.argsort(codes, kind="stable")
            self._index = codes[order], authors[order], self._accounts.array()
        return self._index


def _codes_of(indices: pa.Array) -> NDArray[np.int32]:
    """Return indices as codes, -1 for null."""
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False))


def _nothing(posts: pa.Table) -> tuple[pa.Array, None]:
    """Return that posts themselves do not tell these objects."""
    return pa.nulls(posts.num_rows, pa.string()), None
