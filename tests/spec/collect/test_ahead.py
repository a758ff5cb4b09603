"""What comes next is made by a thread: in order, not too far ahead, and no longer than it is wanted."""

from __future__ import annotations

import threading
from contextlib import closing

import pyarrow as pa
import pytest

from vigie.collect.ahead import ahead


def batch(number):
    return pa.record_batch({"n": [number]})


def counted(made, last, *, error=None):
    """Yield batches up to `last`, noting each; then raise."""
    for number in range(last):
        made.append((number, threading.current_thread()))
        yield batch(number)
    if error is not None:
        raise error


@pytest.mark.parametrize("depth", [1, 3, 20])
def test_all_come_in_order_and_from_one_other_thread(depth):
    made = []
    found = [rows.column("n")[0].as_py() for rows in ahead(counted(made, 10), depth=depth)]
    assert found == list(range(10))
    assert len({thread for _number, thread in made} - {threading.current_thread()}) == 1


def test_an_error_comes_in_its_turn():
    coming = ahead(counted([], 3, error=ValueError("torn")), depth=8)
    assert [next(coming).column("n")[0].as_py() for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="torn"):
        next(coming)


def test_no_more_is_made_than_was_asked_for_and_the_depth():
    made = []
    with closing(ahead(counted(made, 100), depth=2)) as coming:
        next(coming)
    assert len(made) <= 3
    assert not made[0][1].is_alive()
