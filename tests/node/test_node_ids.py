"""Identifiers of rows (RFC 9562)."""

from __future__ import annotations

import time
from itertools import pairwise
from threading import Thread

from vigie_node.ids import new_id


def test_an_identifier_begins_with_its_moment():
    before_ms = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before_ms <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_later_ones_sort_later_within_a_millisecond_too():
    made = [new_id() for _ in range(5_000)]
    assert all(one < other for one, other in pairwise(made))
    assert len({one.int >> 80 for one in made}) < len(made)


def test_a_clock_that_was_set_back_makes_none_that_sorts_earlier(monkeypatch):
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000)
    assert first < new_id() < new_id()


def test_threads_make_no_two_alike():
    made = []
    threads = [Thread(target=lambda: made.extend(new_id() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000
