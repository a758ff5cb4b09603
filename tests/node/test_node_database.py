"""The node's own database: how SQLite is asked to keep it."""

from __future__ import annotations

import sqlite3

import pytest

from vigie_node.database import PRAGMAS


@pytest.mark.any_database
def test_what_is_deleted_is_overwritten_in_the_file(tmp_path):
    rows = sqlite3.connect(tmp_path / "node.db")
    rows.executescript(PRAGMAS)
    rows.execute("CREATE TABLE said (body TEXT)")
    rows.executemany("INSERT INTO said VALUES (?)", [("zqcanary " * 100,)] * 50)
    rows.commit()
    rows.execute("DELETE FROM said")
    rows.commit()
    rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows.close()
    assert b"zqcanary" not in (tmp_path / "node.db").read_bytes()
