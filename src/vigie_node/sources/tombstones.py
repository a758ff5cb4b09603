"""Posts that were erased for good, told from those that may come in. Imports the core's heavy stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.observations import NO_DAY, Known
from vigie_node.clock import now_ms
from vigie_node.sources.models import Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from vigie.store.batches import Batch as StoredBatch
    from vigie.store.batches import Store
    from vigie_node.sources.models import Batch, Declaration

LEFT_OUT = "skip.erased"


class Remembering(Known):
    """The observations that are held, and the posts that were erased: neither is kept anew.

    Attributes:
        erased: ids of erased posts, as the store writes them.
        left_out: how many observations of erased posts came by.
    """

    def __init__(self) -> None:
        super().__init__()
        self.erased = pa.array([], pa.string())
        self.left_out = 0

    @classmethod
    def under(cls, declaration: Declaration, store: Store, batches: Iterable[StoredBatch]) -> Self:
        """Return what a declaration holds, and what was erased of all that its project ever held."""
        known = cls.of(store, batches)
        rows = Tombstone.objects.filter(project=declaration.project_id, forget_ms__gt=now_ms())
        known.erased = pa.array(list(rows.values_list("post", flat=True).distinct()), pa.string())
        return known

    def new_rows(self, table: pa.Table) -> pa.Array:
        """Return a mask of the rows that are to be kept: not held, and of no erased post."""
        new = super().new_rows(table)
        if not len(self.erased):
            return new
        gone = self._gone(table)
        self.left_out += gone.true_count
        return pc.and_not(new, gone)

    def days(self, table: pa.Table) -> NDArray[np.int64]:
        """Return on which day each observation was made; NO_DAY: it is not held, or its post was erased."""
        days = super().days(table)
        if len(self.erased):
            days[self._gone(table).to_numpy(zero_copy_only=False)] = NO_DAY
        return days

    def _gone(self, table: pa.Table) -> pa.Array:
        return pc.is_in(table.column("post_id").combine_chunks(), value_set=self.erased)


def returned(store: Store, batch: Batch, before_ms: int) -> int:
    """Return how many observations a batch has of posts that should have been erased before a moment."""
    rows = Tombstone.objects.filter(declaration=batch.declaration_id, set_ms__lte=before_ms)
    posts = pa.array(list(rows.values_list("post", flat=True)), pa.string())
    return sum(_counts(store, batch, posts)) if len(posts) else 0


def _counts(store: Store, batch: Batch, posts: pa.Array) -> Iterator[int]:
    for found in store.read([batch.sha256], ("post_id",)):
        yield pc.is_in(found.column("post_id"), value_set=posts).true_count
