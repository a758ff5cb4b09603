"""Django empties the tables after a test that commits. The ledger's triggers refuse that, as they should.

So the triggers are dropped just before the tables are emptied and put back in the same transaction. Only the
tests do this: the product has no way around its guard.
"""

from __future__ import annotations

from importlib import import_module

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.db import connection

# Django fills these two when it migrates, nobody else writes to them: they stay, nothing fills them again.
KEPT = {ContentType._meta.db_table, Permission._meta.db_table}


def statements_off() -> list[str]:
    """Return what drops the triggers."""
    where = " ON ledger_entry" if connection.vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{where}" for name in _triggers()]


def statements_on() -> list[str]:
    """Return what puts them back."""
    return list(_triggers().values())


def _triggers() -> dict[str, str]:
    return import_module("vigie_node.ledger.migrations.0002_guard").triggers_of(connection.vendor)


def _deletions(tables: list[str]) -> list[str]:
    """Return what empties some small tables on PostgreSQL, in any order; TRUNCATE makes files for each."""
    deletions = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]  # noqa: S608 (our tables)
    return ["; ".join(["SET LOCAL session_replication_role = replica", *deletions])]


@pytest.fixture(autouse=True, scope="session")
def guard_set_aside_when_emptying():
    """Let Django empty the ledger's table between tests."""
    operations = type(connection.ops)
    plain = operations.sql_flush

    def around(self, style, tables, **options):
        tables = [table for table in tables if table not in KEPT]
        on_server = connection.vendor == "postgresql"
        emptying = _deletions(tables) if on_server else plain(self, style, tables, **options)
        return [*statements_off(), *emptying, *statements_on()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", around)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_arguments: None)
        yield
