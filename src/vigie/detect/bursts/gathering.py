"""What posts speak of, batch by batch: a row per post and hashtag, address, domain, target and so on.

A post that another passes on counts again: what rises is attention. A post read twice counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.behaviours import post_codes
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Callable

By = Literal["hashtag", "link", "domain", "target", "lang", "narrative"]
BYS: tuple[By, ...] = get_args(By)
ALWAYS = ("post_id", "created_ms", "author")
COLUMNS: dict[By, tuple[str, ...]] = {
    "hashtag": ("hashtags",),
    "link": ("links",),
    "domain": ("links",),
    "target": ("mentions", "in_reply_to"),
    "lang": ("lang",),
    "narrative": (),
}
NO_NARRATIVE = "none"
TOLD = pa.schema([("post_id", pa.string()), ("narrative", pa.string())])
OCCURRENCES = pa.schema([("post", pa.int64()), ("at_ms", pa.int64()), ("key", pa.string())])


class Mentions:
    """Collects who or what posts speak of.

    Args:
        by: what a series is counted by.
        narratives: where it is counted by narrative, which post tells which one: `post_id` and `narrative`
            (`none` where it tells none), as the method `narratives` hands them over.

    Raises:
        UnfitTableError: `narratives` is needed and lacks a column.
    """

    def __init__(self, by: By, *, narratives: pa.Table | None = None) -> None:
        self.by: By = by
        self._narratives = _told(narratives) if by == "narrative" else TOLD.empty_table()
        self.post_count = 0
        self._moments: list[pa.Table] = []
        self._keys: list[pa.Table] = []
        self._answers: list[pa.Table] = []

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that `add` needs."""
        return (*ALWAYS, *COLUMNS[self.by])

    def add(self, posts: pa.RecordBatch) -> None:
        """Take in some posts."""
        table = pa.Table.from_batches([posts])
        code = pa.array(post_codes(table.column("post_id"), first_row=self.post_count))
        at_ms = table.column("created_ms")
        self._moments.append(
            pa.table(
                {
                    "post": code,
                    "at_ms": at_ms,
                    "author": table.column("author").cast(pa.string()),
                    "id": table.column("post_id").cast(pa.string()),
                }
                if self.by == "target"
                else {"post": code, "at_ms": at_ms}
            )
        )
        keys, rows = self._in_narratives(table) if self.by == "narrative" else READERS[self.by](table)
        taken = pa.table({"post": code.take(rows), "at_ms": at_ms.take(rows), "key": keys.cast(pa.string())})
        self._keys.append(taken.cast(OCCURRENCES))
        if self.by == "target":
            parent = table.column("in_reply_to").cast(pa.string())
            self._answers.append(pa.table({"post": code, "at_ms": at_ms, "parent": parent}))
        self.post_count += posts.num_rows

    def moments(self) -> pa.Array:
        """Return when each post was written, milliseconds."""
        if not self._moments:
            return pa.array([], pa.int64())
        whole = pa.concat_tables(self._moments).select(["post", "at_ms"])
        return whole.group_by("post").aggregate([("at_ms", "min")]).column("at_ms_min").combine_chunks()

    def occurrences(self) -> pa.Table:
        """Return `key` text and `at_ms` int64, one row for each post and key, the first moment of each."""
        whole = pa.concat_tables([OCCURRENCES.empty_table(), *self._keys, *self._answered()])
        said = pc.fill_null(pc.not_equal(whole.column("key"), ""), fill_value=False)
        first = whole.filter(said).group_by(["post", "key"]).aggregate([("at_ms", "min")])
        return first.select(["key", "at_ms_min"]).rename_columns(["key", "at_ms"])

    def rows(self) -> pa.Table:
        """Return `key`, `at_ms` and `row`, a post's place among those added, once for each post and key."""
        whole = pa.concat_tables([OCCURRENCES.empty_table(), *self._keys, *self._answered()])
        said = pc.fill_null(pc.not_equal(whole.column("key"), ""), fill_value=False)
        first = whole.filter(said).group_by(["post", "key"]).aggregate([("at_ms", "min")])
        place = pc.index_in(first["post"], pa.concat_tables(self._moments)["post"].combine_chunks())
        return pa.table({"key": first["key"], "at_ms": first["at_ms_min"], "row": place})

    def _in_narratives(self, posts: pa.Table) -> tuple[pa.Array, pa.Array]:
        told = self._narratives
        ids = posts.column("post_id").cast(pa.string()).combine_chunks()
        place = pc.index_in(ids, told.column("post_id").combine_chunks(), skip_nulls=True)
        return told.column("narrative").combine_chunks().take(place), pa.array(np.arange(posts.num_rows))

    def _answered(self) -> list[pa.Table]:
        """Return who is answered, where the post that is answered is among those gathered."""
        if not self._answers:
            return []
        written = pa.concat_tables(self._moments).select(["id", "author"])
        written = written.filter(pc.is_valid(written.column("id")))
        written = written.group_by("id").aggregate([("author", "min")])
        joined = pa.concat_tables(self._answers).join(
            written, keys="parent", right_keys="id", join_type="inner"
        )
        return [
            joined.select(["post", "at_ms", "author_min"])
            .rename_columns(["post", "at_ms", "key"])
            .cast(OCCURRENCES)
        ]


def _hashtags(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    tags = posts.column("hashtags").combine_chunks()
    return pc.utf8_lower(pc.list_flatten(tags)), pc.list_parent_indices(tags)


def _of_links(field: str) -> Callable[[pa.Table], tuple[pa.Array, pa.Array]]:
    def read(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
        links = posts.column("links").combine_chunks()
        return pc.struct_field(pc.list_flatten(links), field), pc.list_parent_indices(links)

    return read


def _mentions(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    names = posts.column("mentions").combine_chunks()
    return pc.list_flatten(names), pc.list_parent_indices(names)


def _languages(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    return posts.column("lang").combine_chunks(), pa.array(np.arange(posts.num_rows))


def _told(narratives: pa.Table | None) -> pa.Table:
    """Return which post tells which narrative, those that tell none left out."""
    table = TOLD.empty_table().select([]) if narratives is None else narratives
    for name in TOLD.names:
        if name not in table.column_names:
            raise UnfitTableError(column=name, stage="bursts/2", expected=say("text"))
    told = table.select(TOLD.names).cast(TOLD)
    return told.filter(pc.fill_null(pc.not_equal(told["narrative"], NO_NARRATIVE), fill_value=False))


READERS: dict[By, Callable[[pa.Table], tuple[pa.Array, pa.Array]]] = {
    "hashtag": _hashtags,
    "link": _of_links("url"),
    "domain": _of_links("domain"),
    "target": _mentions,
    "lang": _languages,
}
