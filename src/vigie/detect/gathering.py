"""The acts of all behaviours, gathered from posts batch by batch: texts become codes, and the posts can go.

Memory grows with the acts and with the distinct accounts and objects, not with what people wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.behaviours import objects_of, post_codes
from vigie.detect.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.detect.behaviours import Behaviour

SITE = r"^[a-z][a-z0-9+.-]*://(?:www\.)?(?P<site>[^/:?#]+)"
POSTS_ANSWERED = frozenset({"repost", "reply"})  # their objects are ids of posts


class Gathering:
    """What some posts hold of some behaviours.

    Args:
        behaviours: which.
        with_origins: remember who wrote each post, so that `origins` can tell.
    """

    def __init__(self, behaviours: Sequence[Behaviour], *, with_origins: bool = True) -> None:
        self.behaviours = tuple(behaviours)
        self.post_count = 0
        self.start_ms: int | None = None
        self.end_ms: int | None = None
        self._accounts = Names()
        self._objects = {behaviour.id: Names() for behaviour in behaviours}
        self._acts: dict[str, list[tuple[NDArray[Any], ...]]] = {one.id: [] for one in behaviours}
        self._with_origins = with_origins
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

    def _codes(self, behaviour: str, objects: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
        chunks = objects.chunks if isinstance(objects, pa.ChunkedArray) else [objects]
        codes = [self._objects[behaviour].codes(chunk) for chunk in chunks]
        return np.concatenate([np.empty(0, np.int32), *codes])

    def actions(self, behaviour: Behaviour) -> pa.Table:
        """Return all acts of one behaviour, see `behaviours.actions`; names as dictionaries."""
        empty = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))
        account, objects, at_ms, post = (
            np.concatenate(parts) for parts in zip(empty, *self._acts[behaviour.id], strict=True)
        )
        accounts, names = self._accounts.array(), self._objects[behaviour.id].array()
        return pa.table(
            {
                "account": pa.DictionaryArray.from_arrays(pa.array(account), accounts),
                "object": pa.DictionaryArray.from_arrays(pa.array(objects), names),
                "at_ms": at_ms,
                "post": post,
            }
        )

    def origins(self, behaviour: str, objects: pa.Array) -> pa.Array:
        """Return where objects come from: the author of a post gathered here, the site of a link, or null."""
        if behaviour in POSTS_ANSWERED and self._written:
            return self._authors_of(objects)
        if behaviour == "link":
            return pc.struct_field(pc.extract_regex(pc.utf8_lower(objects), SITE), "site").cast(pa.string())
        return pa.nulls(len(objects), pa.string())

    def _authors_of(self, post_ids: pa.Array) -> pa.Array:
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
