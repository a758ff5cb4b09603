"""Copies of a node, taken while it works, that restore to a node that verifies.

Held in this order: (1) the database as it was at one moment, (2) the vault as it was after that, so that it
knows every batch of (1), (3) the batches that (1) names, which never change, (4) configuration and evidence,
(5) a manifest with the SHA-256 of each file, and a tag of it under the node's key. Never the keys: whoever
has a backup and the keys has everything.

SQLite is copied by its own online backup, page by page in one transaction. PostgreSQL is read in one
REPEATABLE READ snapshot into lines of JSON, one file a table: that restores with no program but ours, into
either database.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

import vigie
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import tag
from vigie_node.archives import writing
from vigie_node.clock import now_ms
from vigie_node.ledger.models import Head
from vigie_node.sources.models import Batch
from vigie_node.sources.turns import SameWorkError, alone, copying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

    from vigie.terms.progress import Progress
    from vigie_node.archives import Member, Writer

FORMAT = 1
MANIFEST, TAG, KEY_USE = "manifest.json", "manifest.tag", "backup"
DATABASE, VAULT, CONFIGURATION = "node.db", "vault.db", "vigie.toml"
NOT_OURS = frozenset({"contenttypes", "auth", "sessions"})  # made anew by a migration, or better ended
BUSY_S = 60.0
ROWS_AT_ONCE = 1_000


class BackupRunningError(VigieError):
    """Another backup is being taken."""

    code = "output.backup_running"
    sentence = say("Another backup of this node is being taken now.")
    remedy = say("Wait for it to end.")


class BatchAlteredError(VigieError):
    """A batch is not what was recorded: a backup of it would be worth nothing."""

    code = "store.altered"
    sentence = say("The batch {sha256} was altered, or cannot be read: it is not backed up.")
    remedy = say("Run `vigie store verify`, and restore the batch from an earlier backup.")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Args:
        format: of backups; another number, another meaning.
        vigie: the version that took it.
        node: the node's id.
        made_ms: when.
        database: `sqlite` (a file) or `rows` (tables as lines of JSON).
        migrations: the state of the tables, as `app.name`.
        ledger_seq: the last entry of the ledger.
        ledger_hash: its hash.
        files: every file but the manifest and its tag.
        missing: batches that were recorded and not there.
    """

    format: int
    vigie: str
    node: str
    made_ms: int
    database: str
    migrations: list[str]
    ledger_seq: int
    ledger_hash: str
    files: list[dict[str, Any]]
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _State:
    """What the copied database says of itself."""

    migrations: list[str]
    ledger: tuple[int, str]
    batches: list[tuple[str, int]]  # SHA-256 and size of each that stands


def take(target: Path, *, progress: Progress) -> Manifest:
    """Write a backup of this node to a folder, or to an archive where the name ends in .tar.zst.

    Args:
        target: where; nothing may stand there.
        progress: told how many bytes of all were copied.

    Raises:
        BackupRunningError: another is being taken.
        ArchiveExistsError: something stands at `target`.
        ArchiveUnwritableError: it cannot be written.
        BatchAlteredError: a batch is not what was recorded.
    """
    try:
        with (
            alone("backup"),
            copying(),
            tempfile.TemporaryDirectory(prefix="backup-", dir=settings.HOME.spool) as drafts,
            writing(target) as writer,
        ):
            return _take(writer, Path(drafts), progress)
    except SameWorkError as error:
        raise BackupRunningError from error


def _take(writer: Writer, drafts: Path, progress: Progress) -> Manifest:
    state = _copy_rows(drafts) if connection.vendor == "postgresql" else _copy_sqlite(drafts)  # (1)
    _copy_vault(drafts)  # (2)
    present = [(sha, size) for sha, size in state.batches if _batch_file(sha).is_file()]
    rest = [(name, path) for name, path in _rest(drafts)]
    told = _Told(progress, sum(size for _, size in present) + sum(path.stat().st_size for _, path in rest))
    members = [told.of(_add(writer, name, path)) for name, path in rest]  # (1), (2), (4)
    members += [told.of(_add_batch(writer, sha)) for sha, _ in present]  # (3)
    manifest = Manifest(
        format=FORMAT,
        vigie=vigie.__version__,
        node=settings.NODE.id,
        made_ms=now_ms(),
        database="rows" if connection.vendor == "postgresql" else "sqlite",
        migrations=state.migrations,
        ledger_seq=state.ledger[0],
        ledger_hash=state.ledger[1],
        files=[asdict(member) for member in members],
        missing=sorted({sha for sha, _ in state.batches} - {sha for sha, _ in present}),
    )
    text = json.dumps(asdict(manifest), indent=1).encode()
    sealed = tag(settings.HOME.key(KEY_USE), text).encode()
    for name, content in ((MANIFEST, text), (TAG, sealed)):  # (5)
        writer.add(name, BytesIO(content), len(content))
    return manifest


def _copy_sqlite(drafts: Path) -> _State:
    """Copy the database as it is at one moment, whoever writes meanwhile."""
    _copied(Path(connection.settings_dict["NAME"]), drafts / DATABASE)
    with _opened(drafts / DATABASE) as copy:
        applied = copy.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        head = copy.execute(f"SELECT seq, hash FROM {Head._meta.db_table}").fetchone()  # noqa: S608, SLF001
        batches = copy.execute(
            f"SELECT sha256, byte_count FROM {Batch._meta.db_table}"  # noqa: S608, SLF001 (our own table's name)
            " WHERE erased_ms IS NULL ORDER BY sha256"
        ).fetchall()
    return _State(
        migrations=[f"{app}.{name}" for app, name in applied], ledger=head or (0, ""), batches=batches
    )


def _copy_vault(drafts: Path) -> None:
    if settings.HOME.vault.exists():
        _copied(settings.HOME.vault, drafts / VAULT)


def _copied(source: Path, target: Path) -> None:
    with _opened(source) as old, _opened(target) as new:
        old.backup(new)  # all pages in one go: a reader of a write-ahead log keeps nobody waiting


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    rows = sqlite3.connect(path, timeout=BUSY_S)
    try:
        yield rows
    finally:
        rows.close()


def _copy_rows(drafts: Path) -> _State:
    """Write every table as lines of JSON, all as they are at one moment."""
    folder = drafts / "tables"
    folder.mkdir()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for model in our_models():
            _dump(model, folder / f"{model._meta.db_table}.ndjson")  # noqa: SLF001 (Django's documented door)
        applied = MigrationRecorder.Migration.objects.order_by("app", "name").values_list("app", "name")
        head = Head.objects.values_list("seq", "hash").first()
        return _State(
            migrations=[f"{app}.{name}" for app, name in applied],
            ledger=head or (0, ""),
            batches=list(
                Batch.objects.filter(erased_ms=None).order_by("sha256").values_list("sha256", "byte_count")
            ),
        )


def our_models() -> list[type[Model]]:
    """Return the tables that a backup of rows holds, links between tables too."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in NOT_OURS and model._meta.managed and not model._meta.proxy  # noqa: SLF001
    ]


def _dump(model: type[Model], path: Path) -> None:
    rows = model._base_manager.order_by("pk").iterator(ROWS_AT_ONCE)  # noqa: SLF001
    names = [one.name for one in model._meta.local_fields]  # noqa: SLF001 (links stand in tables of their own)
    with path.open("w", encoding="utf-8") as file:
        serializers.serialize("jsonl", rows, stream=file, fields=names, ensure_ascii=False)


def _rest(drafts: Path) -> Iterator[tuple[str, Path]]:
    """Yield all files but batches: name in the backup, and where they stand."""
    for path in sorted(drafts.rglob("*")):
        if path.is_file():
            yield path.relative_to(drafts).as_posix(), path
    yield CONFIGURATION, settings.HOME.configuration_file
    evidence = settings.HOME.folder / "evidence"
    for path in sorted(evidence.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".draft":  # of a sealing under way
            yield f"evidence/{path.relative_to(evidence).as_posix()}", path


def _batch_file(sha256: str) -> Path:
    folder: Path = settings.HOME.store
    return folder / sha256[:2] / f"{sha256}.parquet"  # as `vigie.store.batches.Store.path`


def _add_batch(writer: Writer, sha256: str) -> Member:
    try:
        member = _add(writer, f"store/{sha256[:2]}/{sha256}.parquet", _batch_file(sha256))
    except FileNotFoundError as error:
        raise BatchAlteredError(sha256=sha256) from error
    if member.sha256 != sha256:
        raise BatchAlteredError(sha256=sha256)
    return member


def _add(writer: Writer, name: str, path: Path) -> Member:
    with path.open("rb") as file:
        return writer.add(name, file, path.stat().st_size)


class _Told:
    """Tells how many bytes were copied."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def of(self, member: Member) -> Member:
        """Count one file."""
        self._done += member.bytes
        self._progress(self._done, self._total)
        return member
