"""Whatever is done to the ledger behind the node's back is found."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as search
from hypothesis import strategies as st
from ledger_guard import statements_off, statements_on

from vigie_node.ids import new_id
from vigie_node.ledger import verify as verifying
from vigie_node.ledger.actions import (
    HOST,
    NODE,
    accept_restored_ledger,
    record,
    verify_and_record,
    witness,
)
from vigie_node.ledger.chain import Row, hash_of
from vigie_node.ledger.models import Entry
from vigie_node.ledger.verify import verify
from vigie_node.ledger.witness import BadWitnessError, read_witness

COLUMNS = ("seq", "at_ms", "actor", "kind", "subject", "organisation", "facts", "previous", "hash", "tag")
ENTRIES = 6
pytestmark = pytest.mark.django_db


@contextmanager
def no_guard():
    """Do something as the owner of the database could: without its triggers, for the moment."""
    with connection.cursor() as cursor:
        for statement in statements_off():
            cursor.execute(statement)
        yield cursor
        for statement in statements_on():
            cursor.execute(statement)


def write(entries: int = ENTRIES) -> None:
    with transaction.atomic():
        for number in range(entries):
            whose = new_id() if number % 2 else None
            record("test.done", of=f"test:{number}", by=NODE, organisation=whose, number=number, name="é")


def found():
    return verify(settings.HOME.key("ledger"), settings.HOME.keys / "ledger.head")


def sentences() -> list[str]:
    return [problem.sentence for problem in found().problems]


def test_an_empty_ledger_holds():
    assert found().holds


def test_a_ledger_that_nobody_touched_holds():
    write()
    assert (found().holds, found().entry_count, found().last.seq) == (True, ENTRIES, ENTRIES)


def test_it_is_read_in_pieces_to_its_end(monkeypatch):
    monkeypatch.setattr(verifying, "ROWS_AT_A_TIME", 2)
    write(ENTRIES + 1)
    assert (found().holds, found().entry_count) == (True, ENTRIES + 1)


other_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@st.composite
def alterations(draw):
    """A row, a column, and another value that the column can hold."""
    column = draw(st.sampled_from(COLUMNS))
    if column in {"seq", "at_ms"}:
        value = draw(st.integers(-(2**62), 2**62))
    elif column == "organisation":
        value = draw(st.none() | st.uuids())
    else:
        value = draw(other_texts | st.just("0" * 64))
    return draw(st.integers(1, ENTRIES)), column, value


@search(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alteration=alterations())
def test_any_row_altered_in_any_column_is_found(alteration):
    seq, column, value = alteration
    undo = transaction.savepoint()
    try:
        write()
        before = getattr(Entry.objects.get(seq=seq), column)
        if column == "organisation" and value is not None and connection.vendor == "sqlite":
            value = value.hex
            before = before and before.hex
        if before == value:
            return
        if column == "seq" and 1 <= value <= ENTRIES:
            value += ENTRIES  # the database lets no number stand twice
        with no_guard() as cursor:
            cursor.execute(f"UPDATE ledger_entry SET {column} = %s WHERE seq = %s", [value, seq])  # noqa: S608 (one of COLUMNS)
        assert not found().holds
    finally:
        transaction.savepoint_rollback(undo)


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_any_entry_removed_is_found(seq):
    write()
    with no_guard() as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE seq = %s", [seq])
    assert not found().holds


def test_entries_that_changed_places_are_found():
    write()
    with no_guard() as cursor:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            cursor.execute("UPDATE ledger_entry SET seq = %s WHERE seq = %s", [new, old])
    assert not found().holds


def test_one_altered_entry_is_named_and_no_other():
    write()
    with no_guard() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'person:other' WHERE seq = 3")
    assert [(one.sentence, one.facts) for one in found().problems] == [(verifying.ALTERED, {"seq": 3})]


def test_a_missing_stretch_is_named():
    write()
    with no_guard() as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE seq IN (3, 4)")
    assert (verifying.GAP, {"first": 3, "last": 4}) in [(one.sentence, one.facts) for one in found().problems]


def rewrite_from(cursor, seq: int) -> None:
    """Make the chain fit again after an alteration, as somebody without the key can."""
    before = Entry.objects.get(seq=seq - 1).hash
    for entry in Entry.objects.filter(seq__gte=seq).order_by("seq"):
        row = Row(
            seq=entry.seq,
            at_ms=entry.at_ms,
            actor=entry.actor,
            kind=entry.kind,
            subject=entry.subject,
            organisation=str(entry.organisation or ""),
            facts=entry.facts,
            previous=before,
        )
        before = hash_of(row)
        cursor.execute(
            "UPDATE ledger_entry SET previous = %s, hash = %s WHERE seq = %s", [row.previous, before, row.seq]
        )
    cursor.execute("UPDATE ledger_head SET hash = %s", [before])


def test_a_chain_rewritten_so_that_it_fits_is_found_by_its_tags():
    write()
    with no_guard() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'person:other' WHERE seq = 4")
        rewrite_from(cursor, 4)
    assert set(sentences()) == {verifying.FOREIGN}


def test_another_nodes_key_verifies_nothing(head_file):
    write()
    assert verify(b"x" * 32, head_file).problem_count == ENTRIES


def cut(cursor, seq: int) -> None:
    """Remove the tail and make the head fit."""
    cursor.execute("DELETE FROM ledger_entry WHERE seq > %s", [seq])
    cursor.execute(
        "UPDATE ledger_head SET seq = %s, hash = (SELECT hash FROM ledger_entry WHERE seq = %s)", [seq, seq]
    )


def test_a_tail_cut_off_is_found_by_what_was_witnessed():
    write()
    assert witness()
    with no_guard() as cursor:
        cut(cursor, 4)
    assert [(one.sentence, one.facts) for one in found().problems] == [
        (verifying.CUT, {"seq": 4, "witnessed": ENTRIES})
    ]


def test_a_tail_cut_off_and_grown_again_is_found():
    write()
    witness()
    with no_guard() as cursor:
        cut(cursor, 4)
    write(4)
    assert sentences() == [verifying.OTHER]


def test_a_ledger_emptied_altogether_is_found():
    write()
    witness()
    with no_guard() as cursor:
        cursor.execute("DELETE FROM ledger_entry")
        cursor.execute("DELETE FROM ledger_head")
    assert sentences() == [verifying.CUT]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_head SET seq = 4", "UPDATE ledger_head SET hash = 'x'", "DELETE FROM ledger_head"],
)
def test_a_head_that_names_another_entry_is_found(statement):
    write()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert sentences() == [verifying.HEAD]


def test_a_database_that_lost_its_guard_is_found():
    write()
    with connection.cursor() as cursor:
        cursor.execute(statements_off()[0])
    assert sentences() == [verifying.UNGUARDED]


@pytest.mark.parametrize("value", ["x'00ff'", "CAST(x'ff' AS TEXT)", "12.5", "'text'", "upper(organisation)"])
@pytest.mark.parametrize("column", ["seq", "at_ms", "organisation", "facts", "hash", "tag"])
def test_what_only_sqlite_lets_stand_in_a_column_is_found_too(column, value):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses a value of another type")
    write()
    if value.startswith("upper"):
        value = f"upper({column}) || ''" if column not in {"seq", "at_ms", "facts"} else f"-{column} - 7"
    with no_guard() as cursor:
        cursor.execute(f"UPDATE ledger_entry SET {column} = {value} WHERE seq = 4")  # noqa: S608 (the test's own)
    assert not found().holds


def test_many_problems_are_counted_and_the_first_ones_kept(monkeypatch):
    monkeypatch.setattr(verifying, "PROBLEMS_MAX", 3)
    write()
    with no_guard() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'x'")
    assert (found().problem_count, len(found().problems)) == (ENTRIES, 3)


def test_the_witness_goes_on_with_the_ledger_only(head_file):
    write()
    assert witness()
    with no_guard() as cursor:
        cut(cursor, 2)
    assert not witness()
    assert read_witness(head_file).seq == ENTRIES


def test_a_verification_is_recorded_and_what_holds_is_witnessed(head_file):
    write()
    result = verify_and_record(by=HOST)
    last = Entry.objects.get(kind="ledger.verified")
    assert (result.holds, last.said) == (True, {"entries": ENTRIES, "problems": 0})
    assert read_witness(head_file).seq == last.seq


def test_what_does_not_hold_is_recorded_but_not_witnessed(head_file):
    write()
    with no_guard() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'x' WHERE seq = 2")
    verify_and_record(by=HOST)
    assert Entry.objects.get(kind="ledger.verified").said == {"entries": ENTRIES, "problems": 1}
    assert not head_file.exists()


def test_an_older_copy_is_accepted_by_an_explicit_act_that_says_what_is_lost(head_file):
    write()
    witness()
    lost = read_witness(head_file)
    with no_guard() as cursor:
        cut(cursor, 3)
    entry = accept_restored_ledger(by=HOST)
    assert entry.said == {"kept": 3, "witnessed": ENTRIES, "witnessed_hash": lost.hash}
    assert found().holds


def test_a_copy_that_lost_nothing_needs_no_accepting():
    write()
    witness()
    assert accept_restored_ledger(by=HOST) is None
    assert found().holds


def test_a_witness_that_cannot_be_read_is_an_error(head_file):
    head_file.write_text("{}", encoding="utf-8")
    with pytest.raises(BadWitnessError):
        found()


def test_the_witness_is_readable_by_its_owner_alone(head_file):
    write()
    witness()
    assert head_file.stat().st_mode & 0o777 == 0o600


def test_the_export_is_verified_by_the_lines_that_document_it(tmp_path):
    from vigie_node.ledger import export

    write()
    file = tmp_path / "ledger.ndjson"
    file.write_text("".join(export.lines(Entry.objects.all())), encoding="utf-8", newline="\n")
    lines = [line[4:] for line in export.__doc__.splitlines() if line.startswith("    ")]
    program = (
        "\n".join(lines).replace('"ledger.ndjson"', repr(str(file))).replace("print(before)", "last = before")
    )
    names: dict[str, object] = {}
    exec(program, names)  # noqa: S102 (our own documentation)
    assert names["last"] == Entry.objects.get(seq=ENTRIES).hash


def test_each_exported_line_is_the_text_of_its_hash():
    from vigie_node.ledger import export

    write()
    for line in "".join(export.lines(Entry.objects.all())).splitlines():
        entry = Entry.objects.get(seq=json.loads(line)["seq"])
        assert hashlib.sha256(line.encode()).hexdigest() == entry.hash
