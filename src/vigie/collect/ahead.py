"""What comes next is made ready by a thread while the last is worked on."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import pyarrow as pa

Item = TypeVar("Item", bound="pa.RecordBatch")


def ahead(items: Iterator[Item], *, depth: int) -> Generator[Item, None, None]:
    """Yield `items`, which one thread makes, in order, at most `depth` of them before they are asked for.

    An error is raised in its turn. Whoever stops before the end closes this iterator: once that returns, the
    thread has ended.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        coming = deque(pool.submit(next, items, None) for _ in range(depth))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
