"""Whole nodes, used through their commands: killed, backed up under load, restored, looked at.

These nodes have a home of their own each, and so their own SQLite, whatever database the other tests use.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tarfile
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from vigie.terms.progress import silent
from vigie_cli import exits
from vigie_node.archives import ArchiveDamagedError, ArchiveStrangeError, reading
from vigie_node.restore import DatabaseInUseError, OtherKeysError, bring_back

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.any_database  # homes of their own, and so their own SQLite
PATIENCE_S = 60


def until(true, what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def observations(home: Path) -> list[bytes]:
    """Return the keys of all observations that a node's database says are held, sorted."""
    import pyarrow.parquet as pq

    database = sqlite3.connect(home / "node.db")
    shas = [row[0] for row in database.execute("SELECT sha256 FROM sources_batch WHERE erased_ms IS NULL")]
    database.close()
    return sorted(
        key
        for sha in shas
        for key in pq.read_table(home / "store" / sha[:2] / f"{sha}.parquet", columns=["observation"])
        .column(0)
        .to_pylist()
    )


VERIFIED = (["store", "verify"], ["ledger", "verify"])


def fine(told: list[object]) -> None:
    """Check that every command ended well."""
    for one in told:
        assert one.status == 0, one.out + one.err


def altered(path: Path) -> None:
    """Alter one byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# --- Killed ---


def test_collecting_killed_at_any_moment_and_run_again_is_the_plain_result(node, kit, tmp_path):
    chance = random.Random(20261122)  # noqa: S311 (where to cut, nothing secret)
    path, slow = tmp_path / "posts.csv", kit.SMALL_BATCHES.format(rows=50)
    path.write_text(kit.csv_of([*kit.rows_of(1_000), "x,,i,p,t"]))
    for _ in range(3):
        least = len(batches_of(node)) + chance.randrange(1, 6)
        process = node.start("collect", path, *kit.answers(), "--quiet", first=slow)
        until(
            lambda process=process, least=least: process.poll() is not None or len(batches_of(node)) >= least,
            "no batch was written",
        )
        time.sleep(chance.random() / 50)
        process.kill()
        process.wait()
        assert len(batches_of(node)) >= least
    told = node.run(["collect", path, *kit.answers()], *VERIFIED, first=slow)
    fine(told)
    assert "1,000 posts read, 1,000 new, 0 held already, 1 rows set aside" in told[0].out
    keys = observations(node.home)
    assert len(keys) == len(set(keys)) == 1_000
    assert node.rows("SELECT state, new_count FROM sources_intake") == [("done", 1_000)]


def batches_of(node) -> list[Path]:
    return list(node.home.glob("store/*/*.parquet"))


# --- Nothing personal outside the vault ---


def test_the_names_in_a_file_stand_nowhere_but_sealed(node, kit, tmp_path):
    import pyarrow.parquet as pq

    path, bare = tmp_path / "posts.csv", tmp_path / "bare.csv"
    path.write_text(kit.csv_of([*kit.rows_of(300), "canary-odd,,i,p,canary-text"]))
    bare.write_text("canary-one,canary-two\n1,2\n")
    folder, archive = tmp_path / "copy", tmp_path / "copy.tar.zst"
    told = node.run(
        ["collect", path, *kit.answers()],
        ["collect", bare, *kit.answers()],
        ["backup", folder],
        ["backup", archive],
    )
    assert [one.status for one in told] == [exits.DONE, exits.INPUT, exits.DONE, exits.DONE]
    with pa.input_stream(str(archive), compression="zstd") as packed:
        (tmp_path / "copy.tar").write_bytes(packed.read())
    searched = [file for whole in (node.home, folder) for file in whole.rglob("*") if file.is_file()]
    assert {"node.db", "vault.db"} <= {file.name for file in searched}
    for file in [*searched, tmp_path / "copy.tar"]:
        assert b"canary" not in file.read_bytes(), file
    tables = [file for file in searched if file.suffix == ".parquet"]
    assert len(tables) == 2
    for file in tables:  # packed, so that a search of bytes alone proves nothing
        assert "canary" not in str(pq.read_table(file).to_pylist())


# --- Commands ---


def test_the_command_takes_in_once_and_says_what_is_wrong(node, kit, posts):
    first, second, half, unknown = node.run(
        ["collect", posts, *kit.answers()],
        ["collect", posts, *kit.answers()],
        ["collect", posts, "--purpose", "x"],
        ["collect", posts, "--declaration", "none"],
    )
    assert "100 new" in first.out
    assert "Nothing was added" in second.out
    assert (half.status, unknown.status) == (exits.OPTION, exits.NODE)
    assert "--legal-basis" in half.err
    assert "no open declaration" in unknown.err
    assert node.rows("SELECT count(*) FROM sources_declaration") == [(1,)]
    assert node.rows("SELECT count(*) FROM sources_batch") == [(1,)]
    (batch,) = batches_of(node)
    altered(batch)
    (node.home / "keys" / "master.key").chmod(0o644)
    verified, doctor, plain = node.run(["store", "verify"], ["doctor"], ["doctor", "--json"])
    assert (verified.status, doctor.status) == (exits.UNSOUND, exits.UNSOUND)
    assert batch.stem in verified.out
    assert "chmod 600" in doctor.out
    found = {one["check"] for one in json.loads(plain.out) if one["state"] == "problem"}
    assert found <= {"Keys", "Pages"}  # without a build of the pages there are none


# --- Backup and restore ---


@pytest.fixture(scope="module")
def backed_up(fresh_home, tmp_path_factory, session_kit):
    """Return a node, and an archive of it taken before more came in; the keys were witnessed after that."""
    folder = tmp_path_factory.mktemp("backed-up")
    shutil.copytree(fresh_home, folder / "node")
    node = session_kit.Node(folder / "node")
    for name, start in (("posts", 0), ("later", 900)):
        (folder / f"{name}.csv").write_text(session_kit.csv_of(session_kit.rows_of(100, start=start)))
    told = node.run(
        ["collect", folder / "posts.csv", *session_kit.answers()],
        ["backup", folder / "copy.tar.zst"],
        ["collect", folder / "later.csv", *session_kit.answers()],
        ["ledger", "verify"],
    )
    fine(told)
    assert "keys" in told[1].out
    return node, folder / "copy.tar.zst"


@pytest.mark.slow
def test_a_backup_taken_under_load_restores_to_a_node_that_verifies(node, kit, tmp_path):
    path, slow = tmp_path / "posts.csv", kit.SMALL_BATCHES.format(rows=50)
    path.write_text(kit.csv_of(kit.rows_of(2_500)))
    process = node.start("collect", path, *kit.answers(), "--quiet", first=slow)
    until(lambda: len(batches_of(node)) >= 2 or process.poll() is not None, "no batch was written")
    out, home = tmp_path / "copy", tmp_path / "back"
    fine(node.run(["backup", out]))
    still_writing = process.poll() is None
    assert process.wait(PATIENCE_S) == 0
    fine(node.run(["restore", out, "--home", home, "--keys", node.home / "keys"], *VERIFIED))
    held = observations(home)
    assert 0 < len(held) <= 2_500
    assert len(held) < 2_500 or not still_writing
    fine(node.run(["collect", path, *kit.answers()], *VERIFIED, home=home))  # the copy's own intake goes on
    assert observations(home) == observations(node.home)


def test_an_older_copy_put_back_verifies_and_the_ledger_says_what_is_lost(backed_up, tmp_path):
    node, archive = backed_up
    home = tmp_path / "back"
    fine(node.run(["restore", archive, "--home", home, "--keys", node.home / "keys"], *VERIFIED))
    assert len(observations(home)) == 100
    database = sqlite3.connect(home / "node.db")
    kinds = [row[0] for row in database.execute("SELECT kind FROM ledger_entry ORDER BY seq")]
    database.close()
    assert kinds[-3:] == ["ledger.restored", "node.restored", "ledger.verified"]
    assert home.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in (home / "keys").rglob("*"))


def test_a_backup_holds_no_key_and_is_its_owners_alone(backed_up):
    _node, archive = backed_up
    assert archive.stat().st_mode & 0o077 == 0
    with (
        pa.input_stream(str(archive), compression="zstd") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        names = tar.getnames()
    assert {"node.db", "vault.db", "vigie.toml", "manifest.json", "manifest.tag"} <= set(names)
    assert not [name for name in names if "key" in name or "salt" in name]


def test_other_keys_or_an_altered_file_restore_nothing(backed_up, tmp_path):
    node, archive = backed_up
    keys, other = node.home / "keys", tmp_path / "other"
    shutil.copytree(keys, other)
    (other / "master.key").write_text("ab" * 32)
    with pytest.raises(OtherKeysError):
        bring_back(archive, folder=tmp_path / "home", keys=other, has_server=False, progress=silent)
    folder = unpacked(archive, tmp_path / "copy")
    altered(next(folder.glob("store/*/*.parquet")))
    with pytest.raises(ArchiveDamagedError):
        bring_back(folder, folder=tmp_path / "home", keys=keys, has_server=False, progress=silent)
    (folder / "extra.db").write_text("x")
    with pytest.raises(ArchiveStrangeError):
        bring_back(folder, folder=tmp_path / "home", keys=keys, has_server=False, progress=silent)
    assert not (tmp_path / "home").exists()


def unpacked(archive: Path, folder: Path) -> Path:
    """Return the folder that an archive holds."""
    for name, _size, content in reading(archive, bytes_max=10**9):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read())
    return folder


def test_an_sqlite_backup_is_not_restored_beside_a_database_server(backed_up, tmp_path):
    node, archive = backed_up
    with pytest.raises(DatabaseInUseError):
        bring_back(
            archive, folder=tmp_path / "home", keys=node.home / "keys", has_server=True, progress=silent
        )
    assert not (tmp_path / "home").exists()
