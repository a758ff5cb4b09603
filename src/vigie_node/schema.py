"""Bring the database's tables to this version: `python -m vigie_node.schema`, before anything else runs.

A database that a newer version has altered is refused: this version would write what that one no longer
expects. Before an SQLite database that holds something is altered, a copy of it is kept beside it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie_node.tied import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DONE, NEWER, UNREACHABLE = 0, 3, 4  # exit statuses
COPY = "node.db.before-upgrade"
ADVISORY = 0x7669676965  # PostgreSQL: one process migrates, on whatever machine ("vigie" in ASCII)
ONLY_OWNER = 0o600


@dataclass(frozen=True)
class Schema:
    """How far the tables are.

    Attributes:
        applied: how many migrations were.
        pending: how many are to be.
        unknown: those that this version does not know, as `app.name`.
    """

    applied: int
    pending: int
    unknown: tuple[str, ...]


def main() -> int:
    """Do it and return an exit status."""
    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
    import django  # noqa: PLC0415 (the supervisor reads the statuses without Django)
    from django.db import OperationalError  # noqa: PLC0415

    django.setup()
    try:
        with alone():
            return bring_up_to_date()
    except OperationalError as error:
        print(type(error).__name__, str(error).splitlines()[0], file=sys.stderr)  # noqa: T201 (a command)
        return UNREACHABLE


def bring_up_to_date() -> int:
    """Migrate if needed; return DONE or NEWER."""
    from django.conf import settings  # noqa: PLC0415 (see main)
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    schema = look()
    if schema.unknown:
        print(*schema.unknown, file=sys.stderr)  # noqa: T201 (a command)
        return NEWER
    if schema.pending:
        if schema.applied and connection.vendor == "sqlite":
            keep_copy(settings.HOME.database)
        call_command("migrate", verbosity=0, interactive=False)
    return DONE


def look() -> Schema:
    """Return how far the tables are."""
    from django.db import connection  # noqa: PLC0415 (see main)
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    loader = executor.loader
    applied = loader.applied_migrations or {}
    known = loader.disk_migrations or {}
    strange = [name for name in applied if name[0] in loader.migrated_apps and name not in known]
    pending = [] if strange else executor.migration_plan(loader.graph.leaf_nodes())
    unknown = sorted(f"{app}.{name}" for app, name in strange)
    return Schema(applied=len(applied), pending=len(pending), unknown=tuple(unknown))


def keep_copy(database: Path) -> Path:
    """Copy an SQLite database beside itself, in the place of an older copy, and return where."""
    copy = database.with_name(COPY)
    draft = copy.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=ONLY_OWNER)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    draft.replace(copy)
    return copy


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time do this."""
    from django.conf import settings  # noqa: PLC0415 (see main)
    from django.db import connection  # noqa: PLC0415

    with (settings.HOME.folder / "schema.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY])


if __name__ == "__main__":
    sys.exit(main())
