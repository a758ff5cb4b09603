"""What is recorded, when it counts, and that the database itself refuses changes."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from ledger_guard import statements_off

from vigie_node.ids import new_id
from vigie_node.ledger.actions import HOST, NODE, record
from vigie_node.ledger.chain import FIRST
from vigie_node.ledger.models import Entry, Head

pytestmark = pytest.mark.django_db

OUT_OF_TURN = (
    "INSERT INTO ledger_entry (seq, at_ms, actor, kind, subject, facts, previous, hash, tag) "
    "VALUES (4, 0, '', '', '', '', '', '', '')"
)


def say_hello(number: int = 1, **facts: object) -> Entry:
    with transaction.atomic():
        return record("test.hello", of="test:1", by=NODE, number=number, **facts)


def test_the_first_entry_is_number_one_and_follows_nothing():
    entry = say_hello()
    assert (entry.seq, entry.previous) == (1, FIRST)


def test_an_entry_holds_the_hash_of_the_one_before():
    first, second = say_hello(), say_hello()
    assert (second.seq, second.previous) == (2, first.hash)


def test_facts_are_read_as_they_were_given():
    facts = {"number": 3, "names": ["é", "<b>"], "ok": True, "none": None, "deep": {"b": [1], "a": 2}}
    with transaction.atomic():
        entry = record("test.hello", of="test:1", by=NODE, organisation=new_id(), **facts)
    assert Entry.objects.get(seq=entry.seq).said == facts


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded():
    with pytest.raises(transaction.TransactionManagementError):
        record("test.hello", of="test:1", by=NODE)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_leaves_no_entry_and_no_gap():
    def record_in_vain() -> None:
        with transaction.atomic():
            record("test.lost", of="test:1", by=NODE)
            raise ZeroDivisionError

    say_hello()
    with pytest.raises(ZeroDivisionError):
        record_in_vain()
    say_hello()
    assert list(Entry.objects.values_list("seq", "kind")) == [(1, "test.hello"), (2, "test.hello")]


@pytest.mark.parametrize("fact", [0.5, {1, 2}, b"x", object()])
def test_a_fact_that_not_every_reader_understands_alike_is_refused(fact):
    with pytest.raises(TypeError):
        say_hello(fact=fact)


@pytest.mark.parametrize(("fact", "why"), [(2**53, "too large"), ("\ud800", "surrogates")])
def test_a_value_that_cannot_be_written_everywhere_is_refused(fact, why):
    with pytest.raises(ValueError, match=why):
        say_hello(fact=fact)


@pytest.mark.parametrize("names", [{"of": "x" * 97}, {"by": "x" * 65}, {"of": ""}])
def test_a_name_that_does_not_fit_its_column_is_refused_on_every_database(names):
    with pytest.raises(ValueError, match="characters"), transaction.atomic():
        record("test.hello", **{"of": "test:1", "by": HOST, **names})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET actor = 'x'",
        "UPDATE ledger_entry SET seq = seq",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_entry WHERE seq = 2",
        OUT_OF_TURN,
    ],
)
def test_the_database_refuses_what_is_not_the_next_entry(statement):
    say_hello()
    say_hello()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 2


def test_the_database_refuses_to_replace_an_entry():
    say_hello()
    if connection.vendor == "sqlite":
        statement = "REPLACE INTO ledger_entry SELECT * FROM ledger_entry WHERE seq = 1"
    else:
        statement = "TRUNCATE ledger_entry"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 1


def test_without_the_guard_the_same_statement_goes_through():
    say_hello()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (*statements_off(), "DELETE FROM ledger_entry"):
            cursor.execute(statement)
    assert Entry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_append_without_a_gap():
    def append() -> None:
        try:
            for number in range(10):
                say_hello(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = list(Entry.objects.values_list("seq", "previous", "hash"))
    assert [seq for seq, _, _ in rows] == list(range(1, 41))
    assert [previous for _, previous, _ in rows] == [FIRST, *(hash_ for _, _, hash_ in rows[:-1])]
    assert (Head.objects.get().seq, Head.objects.get().hash) == (40, rows[-1][2])
