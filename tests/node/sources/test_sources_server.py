"""Backup and restore of a node on PostgreSQL; without it these say so and skip."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from vigie.terms.progress import silent
from vigie_node import backup
from vigie_node.ledger.models import Entry
from vigie_node.sources.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def empty_database() -> str:
    """Return the address of a new, empty database on the server of the test's."""
    if connection.vendor != "postgresql":
        pytest.skip("the tests' database is not PostgreSQL")
    name = f"restored_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


def test_rows_of_a_server_restore_into_another_that_verifies(
    empty_database, take, posts, node, settings, tmp_path
):
    done = take(posts)
    out, home = tmp_path / "copy.tar.zst", tmp_path / "back"
    manifest = backup.take(out, progress=silent)
    assert manifest.database == "rows"
    assert manifest.ledger_seq == Entry.objects.count()
    restore = ["restore", out, "--home", home, "--keys", settings.HOME.keys]
    told = node.run(restore, ["store", "verify"], ["ledger", "verify"], DATABASE_URL=empty_database)
    assert [one.status for one in told] == [0, 0, 0], [one.out + one.err for one in told]
    again = node.run(
        ["restore", out, "--home", tmp_path / "more", "--keys", settings.HOME.keys],
        DATABASE_URL=empty_database,
    )
    assert again[0].status != 0
    assert "holds a node already" in again[0].err
    assert Batch.objects.get().sha256 == done.batches.get().sha256


def test_rows_of_a_server_restore_into_sqlite_too(empty_database, take, posts, node, settings, tmp_path):
    take(posts)
    out, home = tmp_path / "copy", tmp_path / "back"
    backup.take(out, progress=silent)
    restore = ["restore", out, "--home", home, "--keys", settings.HOME.keys]
    told = node.run(restore, ["store", "verify"], ["ledger", "verify"])
    assert [one.status for one in told] == [0, 0, 0], [one.out + one.err for one in told]
    back = type(node)(home)
    assert back.rows("SELECT name FROM people_organisation") == [("Unité d’essai",)]
    assert back.rows("SELECT count(*) FROM sources_batch") == [(1,)]
