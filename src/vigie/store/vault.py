"""The vault: which raw name stands behind a token, sealed per batch, in one SQLite file.

Each blob is the identities of one batch (Arrow IPC, zstd) under AES-256-GCM with the project's sealing key;
the batch's SHA-256 is part of what is authenticated, so that no blob can be passed off as another's. Several
projects may share the file: each opens its own. What is forgotten is overwritten in the file (SQLite's
`secure_delete`), not in backups made before.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.folders import DiskFullError
from vigie.store.tokens import IDENTITIES
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import WrongKeyError, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from vigie.store.batches import Store
    from vigie.store.tokens import ProjectKey

What = Literal["identities", "rejects"]
BUSY_S = 30.0
SCHEMA = """
    CREATE TABLE IF NOT EXISTS sealed (
        what TEXT NOT NULL,    -- identities of a batch, rejects of an intake
        id TEXT NOT NULL,      -- the batch's SHA-256, the intake's id
        key_id TEXT NOT NULL,  -- which project's key opens it
        blob BLOB NOT NULL,
        PRIMARY KEY (what, id)
    ) STRICT
"""
ADD = "INSERT OR IGNORE INTO sealed (what, id, key_id, blob) VALUES (?, ?, ?, ?)"
PUT = "INSERT OR REPLACE INTO sealed (what, id, key_id, blob) VALUES (?, ?, ?, ?)"


class VaultUnusableError(VigieError):
    """The vault cannot be read or written."""

    code = "vault.unusable"
    sentence = say("The vault “{path}” cannot be used: {reason}.")
    remedy = say("Check that the file may be read and written by this account, and that its disk works.")


class VaultDamagedError(VigieError):
    """The vault's file is no vault any more, or something in it was altered."""

    code = "vault.damaged"
    sentence = say("The vault “{path}” is damaged at “{entry}”.")
    remedy = say("Restore the vault from a backup; what it holds cannot be read otherwise.")


class VaultKeyError(VigieError):
    """The vault's content was sealed with another key."""

    code = "vault.key"
    sentence = say("“{entry}” in the vault “{path}” was sealed with another key.")
    remedy = say(
        "Use the key of the project that it belongs to; check that the node’s master key is the right one."
    )


class VaultMissingError(VigieError):
    """The vault knows nothing about a batch that it should."""

    code = "vault.missing"
    sentence = say("The vault “{path}” holds nothing about “{entry}”.")
    remedy = say("Restore the vault from a backup made after that batch came in.")


class Vault:
    """One project's door to the vault file.

    Args:
        path: the file, made when missing, readable by its owner alone.
        key: the project's.

    Raises:
        VaultUnusableError: it cannot be opened.
        VaultDamagedError: it is no vault.
    """

    def __init__(self, path: Path, key: ProjectKey) -> None:
        self.path = path
        self._key = key
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._rows = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._rows.execute(f"PRAGMA {pragma}")
            self._rows.execute(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()

    def seal(self, batch_sha: str, identities: pa.Table) -> None:
        """Keep what stands behind the tokens of a batch; a batch that is sealed already stays as it is.

        Args:
            batch_sha: the batch's SHA-256.
            identities: `kind`, `pseudonym`, `raw`, as `pseudonymise` returns them.
        """
        self._put("identities", batch_sha, _packed(identities))

    def open(self, pseudonyms: Collection[str], batches: Iterable[str]) -> dict[str, str]:
        """Return the raw name behind each pseudonym that these batches know.

        To record and approve this act is the caller's. Of several raw names of one account (@Bob, bob) the
        first in order of text is told.

        Raises:
            VaultKeyError: a batch was sealed with another key.
            VaultDamagedError: a batch's blob was altered.
        """
        wanted, found = pa.array(sorted(pseudonyms), pa.string()), dict[str, str]()
        for batch in batches:
            table = self._identities(batch)
            if table is None:
                continue
            rows = table.filter(pc.is_in(table.column("pseudonym"), wanted)).sort_by("raw")
            for pseudonym, raw in zip(rows["pseudonym"].to_pylist(), rows["raw"].to_pylist(), strict=True):
                found.setdefault(pseudonym, raw)
        return found

    def forget(self, batch_sha: str, pseudonyms: Collection[str]) -> int:
        """Remove what stands behind some tokens of a batch and return how many raw names went."""
        return self._replace(batch_sha, batch_sha, pseudonyms)

    def carry(self, old_sha: str, new_sha: str, *, forgotten: Collection[str] = ()) -> int:
        """Seal what an erased batch's successor still needs, and return how many raw names it does not.

        The old batch's blob stays until `drop`: the caller records the new batch first.
        """
        return self._replace(old_sha, new_sha, forgotten)

    def drop(self, batch_sha: str) -> None:
        """Remove everything that stands behind the tokens of a batch."""
        self._drop("identities", batch_sha)

    def batches(self) -> list[str]:
        """Return the batches that are sealed with this key, in order."""
        return self._entries("identities")

    def seal_rejects(self, intake_id: str, rejects: bytes) -> None:
        """Keep the rows that an intake set aside, whose excerpts are raw; its later word replaces it."""
        self._put("rejects", intake_id, rejects, again=True)

    def drop_rejects(self, intake_id: str) -> None:
        """Remove the rows that an intake set aside."""
        self._drop("rejects", intake_id)

    def intakes(self) -> list[str]:
        """Return the intakes whose rows set aside are sealed with this key, in order."""
        return self._entries("rejects")

    def open_rejects(self, intake_id: str) -> bytes | None:
        """Return the rows that an intake set aside, None where it sealed none."""
        return self._get("rejects", intake_id)

    def verify(self, batches: Iterable[str] = ()) -> list[VigieError]:
        """Open everything that was sealed with this key, and return what is wrong.

        Args:
            batches: the project's recorded batches: each must be there and open.
        """
        with self._told():
            held = self._rows.execute(
                "SELECT what, id FROM sealed WHERE key_id = ? ORDER BY what, id", [self._key.id]
            ).fetchall()
        recorded = [("identities", batch) for batch in batches]
        found = (self._problem(what, entry) for what, entry in dict.fromkeys([*held, *recorded]))
        return [problem for problem in found if problem is not None]

    def sweep(self, held: Collection[str], store: Store) -> list[str]:
        """Drop what belongs to batches that are neither recorded nor in the store, and return these.

        A batch stands in the store before it is sealed here, so that one without a file is no longer about to
        be recorded. Call it after `Store.sweep`.
        """
        gone = [batch for batch in self.batches() if batch not in held and not store.path(batch).exists()]
        for batch in gone:
            self.drop(batch)
        return gone

    def _entries(self, what: What) -> list[str]:
        query = "SELECT id FROM sealed WHERE what = ? AND key_id = ? ORDER BY id"
        with self._told():
            return [entry for (entry,) in self._rows.execute(query, [what, self._key.id])]

    def _problem(self, what: What, entry: str) -> VigieError | None:
        try:
            found = self._get(what, entry)
        except (VaultDamagedError, VaultKeyError) as error:
            return error
        return VaultMissingError(path=self.path, entry=entry) if found is None else None

    def _replace(self, old_sha: str, new_sha: str, pseudonyms: Collection[str]) -> int:
        table = self._identities(old_sha)
        if table is None:
            return 0
        gone = pc.is_in(table.column("pseudonym"), pa.array(sorted(pseudonyms), pa.string()))
        self._put("identities", new_sha, _packed(table.filter(pc.invert(gone))), again=True)
        return int(pc.sum(gone).as_py() or 0)

    def _put(self, what: What, entry: str, plain: bytes, *, again: bool = False) -> None:
        """Seal an entry; one that is there stays, or with `again` is replaced."""
        blob = seal(self._key.sealing, plain, about=_about(what, entry))
        with self._told():
            self._rows.execute(
                PUT if again else ADD,
                [what, entry, self._key.id, blob],
            )
            if again:
                self._settle()

    def _drop(self, what: What, entry: str) -> None:
        with self._told():
            self._rows.execute("DELETE FROM sealed WHERE what = ? AND id = ?", [what, entry])
            self._settle()

    def _get(self, what: What, entry: str) -> bytes | None:
        with self._told():
            row = self._rows.execute(
                "SELECT key_id, blob FROM sealed WHERE what = ? AND id = ?", [what, entry]
            ).fetchone()
        if row is None:
            return None
        key_id, blob = row
        if key_id != self._key.id:
            raise VaultKeyError(path=self.path, entry=entry)
        try:
            return unseal(self._key.sealing, blob, about=_about(what, entry))
        except WrongKeyError as error:
            raise VaultDamagedError(path=self.path, entry=entry) from error

    def _identities(self, batch: str) -> pa.Table | None:
        plain = self._get("identities", batch)
        return None if plain is None else pa.ipc.open_stream(plain).read_all()

    def _settle(self) -> None:
        """Move what was removed out of the journal too."""
        self._rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite or the system refuses into our errors."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise DiskFullError(path=self.path) from error
            raise VaultUnusableError(path=self.path, reason=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise VaultDamagedError(path=self.path, entry=self.path.name) from error
        except OSError as error:
            raise VaultUnusableError(path=self.path, reason=error.strerror or str(error)) from error


def _about(what: What, entry: str) -> str:
    return f"vigie vault 1 {what} {entry}"


def _packed(identities: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    table = identities.select(IDENTITIES.names).cast(IDENTITIES).combine_chunks()
    with pa.ipc.new_stream(sink, IDENTITIES, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
