"""Django empties the tables after a test that commits. The ledger's triggers refuse that, as they should.

So the triggers are dropped just before the tables are emptied and put back in the same transaction. Only the
tests do this: the product has no way around its guard.
"""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection


def statements_off() -> list[str]:
    """Return what drops the triggers."""
    where = " ON ledger_entry" if connection.vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{where}" for name in _triggers()]


def statements_on() -> list[str]:
    """Return what puts them back."""
    return list(_triggers().values())


def _triggers() -> dict[str, str]:
    return import_module("vigie_node.ledger.migrations.0002_guard").triggers_of(connection.vendor)


@pytest.fixture(autouse=True, scope="session")
def guard_set_aside_when_emptying():
    """Let Django empty the ledger's table between tests."""
    operations = type(connection.ops)
    plain = operations.sql_flush

    def around(self, *arguments, **options):
        statements = plain(self, *arguments, **options)
        return [*statements_off(), *statements, *statements_on()] if statements else statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", around)
        yield
