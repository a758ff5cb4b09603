"""The ledger as outbox: in order, once, and one subscriber's failure is nobody else's."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from trial.logged import lines

from vigie_node.clock import now_ms
from vigie_node.ledger import outbox
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.models import Cursor, Entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_other_subscribers(monkeypatch):
    monkeypatch.setattr(outbox, "_subscribers", {})


def write(*kinds: str) -> None:
    for kind in kinds:
        with transaction.atomic():
            record(kind, of="test:1", by=NODE)


def subscriber(name: str, *kinds: str) -> list[int]:
    """Subscribe and return the list of numbers that will be handed over."""
    got: list[int] = []

    @outbox.subscribe(name, *kinds)
    def note(entry: Entry) -> None:
        got.append(entry.seq)

    return got


def deliver_all() -> int:
    """Deliver until nothing is left: a new subscriber gets its cursor first."""
    return outbox.deliver() + outbox.deliver()


def let_time_pass() -> None:
    Cursor.objects.update(not_before_ms=0)


def test_each_gets_the_kinds_it_wants_in_order_and_once():
    first, second = subscriber("first", "a"), subscriber("second", "a", "b")
    write("a", "b", "c", "a")
    deliver_all()
    deliver_all()
    assert (first, second) == ([1, 4], [1, 2, 4])


def test_what_was_recorded_before_anybody_subscribed_is_handed_over_too():
    write("a", "a")
    got = subscriber("late", "a")
    assert (deliver_all(), got) == (2, [1, 2])


def test_a_subscriber_that_is_up_to_date_costs_no_write():
    subscriber("first", "a")
    write("a", "b")
    deliver_all()
    assert Cursor.objects.get().seq == 2


def test_what_it_writes_stands_or_falls_with_its_cursor():
    @outbox.subscribe("writer", "a")
    def answer(entry: Entry) -> None:
        record("answered", of=f"entry:{entry.seq}", by=NODE)
        if broken:
            raise OSError

    broken = True
    write("a")
    deliver_all()
    assert not Entry.objects.filter(kind="answered").exists()
    broken = False
    let_time_pass()
    deliver_all()
    assert Entry.objects.filter(kind="answered").count() == 1


def test_a_failing_subscriber_stops_alone_is_seen_and_goes_on_where_it_stopped():
    @outbox.subscribe("broken", "a")
    def fail(entry: Entry) -> None:
        if broken and entry.seq == 2:
            message = "Somebody’s name"
            raise RuntimeError(message)
        got.append(entry.seq)

    got: list[int] = []
    broken, sound = True, subscriber("sound", "a")
    write("a", "a", "a")
    deliver_all()
    stalled = outbox.stalled().get()
    assert (got, sound) == ([1], [1, 2, 3])
    assert (stalled.name, stalled.seq, stalled.failure_count, stalled.fault) == (
        "broken",
        1,
        1,
        "RuntimeError",
    )
    broken = False
    let_time_pass()
    deliver_all()
    assert (got, list(outbox.stalled())) == ([1, 2, 3], [])


def test_it_waits_longer_after_each_failure():
    @outbox.subscribe("broken", "a")
    def fail(_entry: Entry) -> None:
        raise RuntimeError

    write("a")
    waits = []
    for _ in range(3):
        let_time_pass()
        deliver_all()
        waits.append(Cursor.objects.get().not_before_ms - now_ms())
    assert waits[0] < waits[1] < waits[2]
    assert outbox.deliver() == 0  # it is not its time


def test_the_log_of_a_failure_holds_nothing_that_people_wrote(caplog):
    @outbox.subscribe("broken", "a")
    def fail(_entry: Entry) -> None:
        message = "Jean Untel"
        raise RuntimeError(message)

    write("a")
    deliver_all()
    (line,) = lines(caplog)
    assert (line["event"], line["subscriber"], line["error"]) == (
        "subscriber failed",
        "broken",
        "RuntimeError",
    )
    assert "Untel" not in str(line)


def test_workers_at_the_same_time_hand_over_once():
    @outbox.subscribe("counter", "a")
    def count(entry: Entry) -> None:
        record("counted", of=f"entry:{entry.seq}", by=NODE)

    write(*["a"] * 12)
    outbox.deliver()

    def work() -> None:
        try:
            for _ in range(6):
                outbox.deliver()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_all()
    subjects = list(Entry.objects.filter(kind="counted").values_list("subject", flat=True))
    assert sorted(subjects) == sorted(
        {f"entry:{seq}" for seq in Entry.objects.filter(kind="a").values_list("seq", flat=True)}
    )


def test_a_name_is_taken_once():
    subscriber("name", "a")
    with pytest.raises(ValueError, match="name"):
        subscriber("name", "b")
