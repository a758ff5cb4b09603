"""A home made from a backup: files first, each checked against the manifest; then database and ledger.

The first half, `bring_back`, needs no Django: there is no node yet that it could be set up on. What was
brought back takes its place at the end, the configuration last: without it a folder is no home.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import derive, tag
from vigie_node.archives import ArchiveDamagedError, ArchiveStrangeError, copied, reading
from vigie_node.home import FOLDERS, Home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from vigie.terms.progress import Progress

FORMAT = 1
MANIFEST, TAG, KEY_USE = "manifest.json", "manifest.tag", "backup"
MANIFEST_BYTES_MAX = 256 << 20
ONLY_OWNER, ONLY_OWNER_FILE = 0o700, 0o600
TABLES = "tables"
ROWS_AT_ONCE = 500


class HomeNotEmptyError(VigieError):
    """Something stands where the node should go."""

    code = "home.not_empty"
    sentence = say("“{path}” holds “{name}” already.")
    remedy = say("Choose an empty folder, or one that holds the folder “keys” alone; nothing was touched.")


class NoBackupError(VigieError):
    """Nothing stands at the path."""

    code = "backup.absent"
    sentence = say("There is no backup “{path}”.")
    remedy = say("Check the spelling of the path, and that the disk that holds it is connected.")


class NoKeysError(VigieError):
    """The keys are not there, and without them a backup says nothing."""

    code = "key.backup"
    sentence = say("The node’s keys are neither in “{path}” nor named.")
    remedy = say("Name the folder that holds them with --keys: it is kept apart from backups.")


class OtherKeysError(VigieError):
    """The backup was taken with other keys, or its manifest was altered."""

    code = "backup.keys"
    sentence = say("The backup “{path}” does not fit these keys: others took it, or it was altered.")
    remedy = say("Name the keys of the node that took it with --keys. Nothing was changed.")


class BackupVersionError(VigieError):
    """The backup was taken by a version whose tables are others."""

    code = "backup.version"
    sentence = say("The backup “{path}” was taken by version {version} of Vigie, whose tables differ.")
    remedy = say("Restore it with that version, then upgrade.")


class DatabaseInUseError(VigieError):
    """The database named is not an empty one, or the backup is of the other kind."""

    code = "database.in_use"
    sentence = say("The database cannot take this backup in: {reason}.")
    remedy = say("Name an empty PostgreSQL database in DATABASE_URL, or unset it for SQLite.")


NOT_EMPTY = say("it holds a node already")
IS_FILE = say("the backup holds an SQLite file, and DATABASE_URL names a PostgreSQL database")


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What was brought back.

    Args:
        home: the node's folder.
        manifest: what the backup says of itself.
    """

    home: Home
    manifest: Mapping[str, Any]


def bring_back(
    source: Path, *, folder: Path, keys: Path | None, has_server: bool, progress: Progress
) -> Brought:
    """Make a home of a backup's files, whole or not at all.

    Args:
        source: the backup, a folder or an archive.
        folder: the new home; nothing may stand there but a folder `keys`.
        keys: where the keys are, when they do not stand there.
        has_server: whether DATABASE_URL names a database server.
        progress: told how many bytes were brought back.

    Raises:
        NoBackupError: there is none.
        HomeNotEmptyError, NoKeysError: there is no place for it, or no key.
        ArchiveDamagedError, ArchiveStrangeError, ArchiveOversizedError: the backup is not what was written.
        OtherKeysError: it was taken with other keys.
        BackupVersionError, DatabaseInUseError: it does not fit this version or database.
    """
    if not source.exists():
        raise NoBackupError(path=source)
    _check_place(folder, keys)
    draft, is_new = folder / ".restoring", not folder.exists()
    try:
        draft.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
        found = _unpacked(source, draft, progress)
        manifest = _checked_manifest(source, draft, found, keys or folder / "keys")
        if manifest["database"] == "sqlite" and has_server:
            raise DatabaseInUseError(reason=IS_FILE)
        _take_place(draft, folder, keys)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # it holds the node
                folder.rmdir()
    return Brought(home=Home(folder), manifest=manifest)


def _check_place(folder: Path, keys: Path | None) -> None:
    shutil.rmtree(folder / ".restoring", ignore_errors=True)  # of a restore that was killed
    for held in sorted(folder.iterdir()) if folder.is_dir() else ():
        if held.name != "keys" or keys is not None:
            raise HomeNotEmptyError(path=folder, name=held.name)
    if not ((keys or folder / "keys") / "master.key").is_file():
        raise NoKeysError(path=folder / "keys")


def _unpacked(source: Path, draft: Path, progress: Progress) -> dict[str, tuple[int, str]]:
    """Write every file of a backup below `draft`; return the size and SHA-256 of each."""
    found, done = {}, 0
    for name, size, content in reading(source, bytes_max=shutil.disk_usage(draft).free):
        path = draft / name
        path.parent.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
        with path.open("xb") as file:
            path.chmod(ONLY_OWNER_FILE)
            found[name] = (size, copied(content, file))
        done += size
        progress(done, None)
    return found


def _checked_manifest(
    source: Path, draft: Path, found: dict[str, tuple[int, str]], keys: Path
) -> Mapping[str, Any]:
    """Return the manifest, once every file is what it says and the keys are those that took it."""
    if not {MANIFEST, TAG} <= set(found) or found[MANIFEST][0] > MANIFEST_BYTES_MAX:
        raise ArchiveDamagedError(path=source)
    text = (draft / MANIFEST).read_bytes()
    sealed = (draft / TAG).read_bytes()[:128]
    if not compare_digest(sealed, tag(_key_of(keys), text).encode()):
        raise OtherKeysError(path=source)
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise BackupVersionError(path=source, version=manifest["vigie"])
    expected = {one["path"]: (one["bytes"], one["sha256"]) for one in manifest["files"]}
    held = {name: what for name, what in found.items() if name not in {MANIFEST, TAG}}
    if strange := sorted(set(held) - set(expected)):
        raise ArchiveStrangeError(path=source, name=strange[0])
    if held != expected:
        raise ArchiveDamagedError(path=source)
    return manifest


def _key_of(keys: Path) -> bytes:
    """Return the key that tags backups, of a node that is not there yet."""
    master = bytes.fromhex((keys / "master.key").read_text(encoding="ascii").strip())
    return derive(master, KEY_USE)


def _take_place(draft: Path, folder: Path, keys: Path | None) -> None:
    """Move what was unpacked to its place, the configuration last."""
    if keys is not None:
        shutil.copytree(keys, folder / "keys")
    for path in [folder / "keys", *(folder / "keys").rglob("*")]:
        path.chmod(ONLY_OWNER if path.is_dir() else ONLY_OWNER_FILE)
    for name in (MANIFEST, TAG):
        (draft / name).unlink()
    for path in sorted(draft.iterdir(), key=lambda one: one.name == "vigie.toml"):
        path.rename(folder / path.name)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(ONLY_OWNER)
    folder.chmod(ONLY_OWNER)


def finish(brought: Brought, *, source: Path) -> None:
    """Bring the database up to date, take rows in where the backup holds rows, and record it; needs Django.

    Raises:
        DatabaseInUseError: the database holds a node already.
        BackupVersionError: the rows are of other tables.
    """
    from django.contrib.sessions.models import Session  # noqa: PLC0415 (Django is set up on the new home)
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from vigie_node.ledger.actions import HOST, accept_restored_ledger, witness  # noqa: PLC0415
    from vigie_node.ledger.models import Entry  # noqa: PLC0415

    tables = brought.home.folder / TABLES
    call_command("migrate", verbosity=0, interactive=False)
    if tables.is_dir():
        if Entry.objects.exists():
            raise DatabaseInUseError(reason=NOT_EMPTY)
        _check_migrations(brought, source)
        with transaction.atomic():
            _load(tables)
        shutil.rmtree(tables)
    accept_restored_ledger(by=HOST)
    with transaction.atomic():
        Session.objects.all().delete()  # whoever was signed in then is not now
        _record(brought)
    witness()


def _check_migrations(brought: Brought, source: Path) -> None:
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415

    applied = {
        f"{app}.{name}" for app, name in MigrationRecorder.Migration.objects.values_list("app", "name")
    }
    if applied != set(brought.manifest["migrations"]):
        raise BackupVersionError(path=source, version=brought.manifest["vigie"])


def _load(tables: Path) -> None:
    """Take rows in; what points to what is checked when the transaction ends."""
    from django.core.management.color import no_style  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from vigie_node.backup import our_models  # noqa: PLC0415

    models = our_models()
    with connection.constraint_checks_disabled():
        for model in models:
            _load_one(tables / f"{model._meta.db_table}.ndjson")  # noqa: SLF001 (Django's documented door)
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _load_one(path: Path) -> None:
    from django.core import serializers  # noqa: PLC0415

    with path.open(encoding="utf-8") as file:
        waiting: list[Any] = []
        for row in serializers.deserialize("jsonl", file):
            waiting.append(row.object)
            if len(waiting) == ROWS_AT_ONCE:
                type(waiting[0])._base_manager.bulk_create(waiting)  # noqa: SLF001
                waiting = []
        if waiting:
            type(waiting[0])._base_manager.bulk_create(waiting)  # noqa: SLF001


def _record(brought: Brought) -> None:
    from vigie_node.ledger.actions import HOST, record  # noqa: PLC0415

    record(
        "node.restored",
        of=f"node:{brought.manifest['node']}",
        by=HOST,
        made_ms=brought.manifest["made_ms"],
        ledger_seq=brought.manifest["ledger_seq"],
        batches_missing=len(brought.manifest["missing"]),
    )
