"""Whether the database still refuses to alter the ledger (the triggers of the second migration)."""

from __future__ import annotations

from django.db import connection

QUERIES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'",
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger_entry'::regclass AND NOT tgisinternal "
        "AND tgenabled <> 'D'"
    ),
}
EVERYWHERE = frozenset({"ledger_entry_no_update", "ledger_entry_no_delete", "ledger_entry_in_order"})
WANTED = {"sqlite": EVERYWHERE, "postgresql": EVERYWHERE | {"ledger_entry_no_truncate"}}


def is_guarded() -> bool:
    """Tell whether every trigger is there."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[connection.vendor])
        return WANTED[connection.vendor] <= {name for (name,) in cursor.fetchall()}
