"""The vault: who stands behind a token, for those alone who hold the project's key."""

from __future__ import annotations

import sqlite3

import pyarrow as pa
import pytest

from vigie.store.batches import Store
from vigie.store.folders import DiskFullError
from vigie.store.pseudonyms import IDENTITIES, ProjectKey, pseudonymise
from vigie.store.vault import (
    Vault,
    VaultDamagedError,
    VaultKeyError,
    VaultMissingError,
    VaultUnusableError,
)

BATCH, OTHER = "a" * 64, "b" * 64


def identities(**raws):
    rows = [{"kind": "account", "pseudonym": token, "raw": raw} for token, raw in raws.items()]
    return pa.Table.from_pylist(rows, schema=IDENTITIES)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.db"


@pytest.fixture
def vault(path, key):
    with Vault(path, key) as opened:
        yield opened


def content(path):
    """Return all bytes of the vault, those of its journal too."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob("vault.db*")))


def test_what_was_sealed_opens_by_pseudonym_within_the_batches_asked(vault):
    vault.seal(BATCH, identities(aa="Bob", bb="Al"))
    vault.seal(OTHER, identities(cc="Eve"))
    assert vault.open(["aa", "cc", "zz"], [BATCH]) == {"aa": "Bob"}
    assert vault.open(["aa", "cc"], [BATCH, OTHER, "c" * 64]) == {"aa": "Bob", "cc": "Eve"}


def test_of_several_names_of_one_account_the_first_in_order_is_told(vault):
    table = pa.concat_tables([identities(aa="bob"), identities(aa="@Bob"), identities(aa="BOB")])
    vault.seal(BATCH, table)
    assert vault.open(["aa"], [BATCH]) == {"aa": "@Bob"}


def test_what_posts_lost_is_found_again(vault, key, posts):
    table, behind = pseudonymise(posts({"platform": "x", "author": "Bob", "post_id": "17"}), key)
    vault.seal(BATCH, behind)
    (row,) = table.to_pylist()
    assert vault.open([row["author"], row["post_id"]], [BATCH]) == {
        row["author"]: "Bob",
        row["post_id"]: "17",
    }


def test_it_outlives_the_process_and_no_name_stands_in_its_bytes(path, key):
    with Vault(path, key) as vault:
        vault.seal(BATCH, identities(aa="zqbob" * 50))
        vault.seal_rejects("intake", b"line 3: zqbob")
        assert b"zqbob" not in content(path)
    with Vault(path, key) as vault:
        assert vault.open(["aa"], [BATCH]) == {"aa": "zqbob" * 50}
        assert vault.open_rejects("intake") == b"line 3: zqbob"
    assert b"zqbob" not in content(path)


def test_only_its_owner_may_read_the_file(vault, path):
    vault.seal(BATCH, identities(aa="Bob"))
    assert {file.stat().st_mode & 0o777 for file in path.parent.glob("vault.db*")} == {0o600}


def test_a_batch_sealed_twice_stays_as_it_was_first(vault):
    vault.seal(BATCH, identities(aa="Bob", bb="Al"))
    vault.forget(BATCH, ["bb"])
    vault.seal(BATCH, identities(aa="Bob", bb="Al"))
    assert vault.open(["aa", "bb"], [BATCH]) == {"aa": "Bob"}


def test_the_same_names_are_sealed_anew_each_time(vault, path):
    vault.seal(BATCH, identities(aa="Bob"))
    vault.seal(OTHER, identities(aa="Bob"))
    with sqlite3.connect(path) as rows:
        first, second = (blob for (blob,) in rows.execute("SELECT blob FROM sealed"))
    rows.close()
    assert first != second


# Forgetting


def test_what_is_forgotten_is_gone_from_the_file_and_the_rest_stays(vault, path):
    vault.seal(BATCH, identities(aa="Bob", bb="Al"))
    with sqlite3.connect(path) as rows:
        ((before,),) = rows.execute("SELECT blob FROM sealed")
    rows.close()
    assert vault.forget(BATCH, ["aa", "zz"]) == 1
    assert vault.open(["aa", "bb"], [BATCH]) == {"bb": "Al"}
    assert before not in content(path)


def test_a_dropped_batch_is_gone_whole(vault):
    vault.seal(BATCH, identities(aa="Bob"))
    vault.seal(OTHER, identities(aa="Bob"))
    vault.drop(BATCH)
    assert vault.batches() == [OTHER]
    assert vault.open(["aa"], [BATCH]) == {}


def test_an_erased_batchs_successor_keeps_what_it_still_needs(vault):
    vault.seal(BATCH, identities(aa="Bob", bb="Al"))
    assert vault.carry(BATCH, OTHER, forgotten=["aa"]) == 1
    assert vault.open(["aa", "bb"], [OTHER]) == {"bb": "Al"}
    assert vault.open(["aa"], [BATCH]) == {"aa": "Bob"}  # until the caller has recorded the new batch
    assert vault.verify() == []


def test_a_sweep_drops_what_is_neither_recorded_nor_in_the_store(vault, tmp_path, seen):
    store = Store(tmp_path / "store")
    written = store.write(seen({"post_id": "p"})).sha256
    for batch in (written, BATCH, OTHER):
        vault.seal(batch, identities(aa="Bob"))
    assert vault.sweep([BATCH], store) == [OTHER]
    assert vault.batches() == sorted([written, BATCH])


# Rows set aside


def test_an_intakes_later_word_about_rows_set_aside_replaces_the_earlier(vault):
    vault.seal_rejects("one", b"first")
    vault.seal_rejects("one", b"second")
    vault.seal_rejects("two", b"")
    assert [vault.open_rejects(intake) for intake in ("one", "two", "three")] == [b"second", b"", None]
    assert vault.intakes() == ["one", "two"]
    vault.drop_rejects("one")
    assert vault.intakes() == ["two"]
    assert vault.open_rejects("one") is None


# What can be wrong


def test_another_key_is_told_as_such(vault, path):
    vault.seal(BATCH, identities(aa="Bob"))
    wrong = ProjectKey.derive(b"0" * 32, b"project")
    with Vault(path, wrong) as other:
        with pytest.raises(VaultKeyError) as told:
            other.open(["aa"], [BATCH])
        assert [type(problem) for problem in other.verify([BATCH])] == [VaultKeyError]
        assert other.batches() == []
    assert told.value.code == "vault.key"


def test_projects_share_a_file_and_each_verifies_its_own(vault, path):
    vault.seal(BATCH, identities(aa="Bob"))
    with Vault(path, ProjectKey.derive(bytes(range(32)), b"another")) as other:
        other.seal(OTHER, identities(aa="Eve"))
        assert other.verify([OTHER]) == []
    assert vault.verify([BATCH]) == []


@pytest.mark.parametrize("place", [0, 20, -1])
def test_one_altered_byte_is_found(vault, path, place):
    vault.seal(BATCH, identities(aa="Bob"))
    with sqlite3.connect(path) as rows:
        ((blob,),) = rows.execute("SELECT blob FROM sealed")
        altered = bytearray(blob)
        altered[place] ^= 1
        rows.execute("UPDATE sealed SET blob = ?", [bytes(altered)])
    rows.close()
    (problem,) = vault.verify()
    assert isinstance(problem, VaultDamagedError)
    assert problem.facts["entry"] == BATCH
    with pytest.raises(VaultDamagedError):
        vault.open(["aa"], [BATCH])


def test_a_blob_passed_off_as_another_batchs_is_found(vault, path):
    vault.seal(BATCH, identities(aa="Bob"))
    with sqlite3.connect(path) as rows:
        rows.execute("UPDATE sealed SET id = ?", [OTHER])
    rows.close()
    assert [type(problem) for problem in vault.verify([BATCH])] == [VaultDamagedError, VaultMissingError]


def test_a_file_that_is_no_vault_is_told(path, key):
    path.write_bytes(b"no database" * 500)
    with pytest.raises(VaultDamagedError):
        Vault(path, key)


def test_a_place_that_cannot_be_is_told(tmp_path, key):
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultUnusableError):
        Vault(tmp_path / "file" / "vault.db", key)
    with pytest.raises(VaultUnusableError):
        Vault(tmp_path, key)


def test_a_full_disk_is_told(small_disk, key):
    with Vault(small_disk / "vault.db", key) as vault:
        with pytest.raises(DiskFullError):
            vault.seal_rejects("one", bytes(1 << 21))
        assert vault.open_rejects("one") is None
