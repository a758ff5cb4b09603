"""`vigie ledger verify` and `vigie ledger export`, as their functions are called."""

from __future__ import annotations

import argparse
import hashlib

import pytest
from django.db import connection, transaction
from ledger_guard import statements_off, statements_on

from vigie.terms.languages import Words
from vigie_cli import ledger
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def some_entries(monkeypatch):
    """Write three entries; Django is set up already."""
    monkeypatch.setattr("vigie_cli.node.set_up", lambda: None)
    with transaction.atomic():
        for number in range(3):
            record("test.done", of="test:1", by=NODE, number=number, name="é")


@pytest.fixture(params=["en", "fr"])
def words(request):
    return Words(request.param, packages=("vigie_cli", "vigie_node", "vigie"))


def test_a_ledger_that_holds_is_said_to(words, capsys):
    assert ledger.run_verify(argparse.Namespace(), words) == 0
    assert Entry.objects.get(seq=3).hash in capsys.readouterr().out


def test_each_problem_is_a_line_and_the_exit_status_tells(words, capsys):
    with connection.cursor() as cursor:
        for statement in (
            *statements_off(),
            "UPDATE ledger_entry SET actor = 'x' WHERE seq = 2",
            *statements_on(),
        ):
            cursor.execute(statement)
    assert ledger.run_verify(argparse.Namespace(), words) == 6
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_export_is_a_chain_up_to_its_own_entry(words, tmp_path):
    file = tmp_path / "ledger.ndjson"
    assert ledger.run_export(argparse.Namespace(out=file), words) == 0
    hashes = [hashlib.sha256(line).hexdigest() for line in file.read_bytes().splitlines()]
    assert hashes == list(Entry.objects.values_list("hash", flat=True))
    assert Entry.objects.get(seq=4).said == {"entries": 4}


def test_without_a_file_it_goes_to_standard_output_as_utf_8(words, capfdbinary):
    ledger.run_export(argparse.Namespace(out=None), words)
    assert len(capfdbinary.readouterr().out.decode("utf-8").splitlines()) == 4


def test_a_file_that_exists_is_never_replaced(words, tmp_path):
    file = tmp_path / "ledger.ndjson"
    file.write_text("something", encoding="utf-8")
    with pytest.raises(ledger.UnwritableExportError):
        ledger.run_export(argparse.Namespace(out=file), words)
    assert file.read_text(encoding="utf-8") == "something"
