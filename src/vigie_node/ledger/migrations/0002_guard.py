"""The database itself refuses to alter or remove entries, and to take one out of its turn.

Whoever owns the database can drop these triggers: `ledger.verify` finds what is done then, and that
they are gone.
"""

from django.db import migrations

SQLITE = {
    "ledger_entry_no_update": """
        CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "ledger_entry_no_delete": """
        CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    # Also what keeps REPLACE INTO from removing a row: that fires no DELETE trigger.
    "ledger_entry_in_order": """
        CREATE TRIGGER ledger_entry_in_order BEFORE INSERT ON ledger_entry
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger_entry)
        BEGIN SELECT RAISE(ABORT, 'an entry out of its turn'); END""",
}
POSTGRESQL_FUNCTIONS = """
    CREATE FUNCTION ledger_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION ledger_entry_next() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM ledger_entry) THEN
            RAISE EXCEPTION 'an entry out of its turn' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
"""
POSTGRESQL = {
    "ledger_entry_no_update": """
        CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse()""",
    "ledger_entry_no_delete": """
        CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse()""",
    "ledger_entry_no_truncate": """
        CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_refuse()""",
    "ledger_entry_in_order": """
        CREATE TRIGGER ledger_entry_in_order BEFORE INSERT ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_next()""",
}


def triggers_of(vendor):
    """Return the triggers by name, as one kind of database writes them."""
    return {"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor]


def put_on(_apps, schema_editor):
    """Create the triggers."""
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTIONS)
    for statement in triggers_of(vendor).values():
        schema_editor.execute(statement)


def take_off(_apps, schema_editor):
    """Drop the triggers."""
    vendor = schema_editor.connection.vendor
    for name in triggers_of(vendor):
        schema_editor.execute(f"DROP TRIGGER {name}" + (" ON ledger_entry" if vendor == "postgresql" else ""))
    if vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION ledger_entry_refuse()")
        schema_editor.execute("DROP FUNCTION ledger_entry_next()")


class Migration(migrations.Migration):
    """Guard the ledger."""

    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(put_on, take_off)]
