"""Tables as files whose bytes depend on their rows alone, and the fingerprint of a file."""

from __future__ import annotations

import hashlib
import subprocess

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.store import digest, write_batches, write_table

TABLE = pa.table({"name": pa.array(["a", "b", None, "a"]).dictionary_encode(), "n": [1, 2, 3, 4]})


@pytest.mark.parametrize("content", [b"", b"abc", b"\x00" * 300_000])
def test_the_fingerprint_is_sha256(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert digest(path) == hashlib.sha256(content).hexdigest()


def test_the_fingerprint_is_that_of_sha256sum(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"vigie")
    told = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
    assert told.split()[0] == digest(path)


def test_a_table_comes_back_as_it_was(tmp_path):
    write_table(TABLE, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(TABLE)


def test_the_same_rows_are_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_table(TABLE, tmp_path / name)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_however_the_rows_were_cut_the_bytes_are_the_same(tmp_path):
    write_table(TABLE, tmp_path / "one")
    write_table(pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]), tmp_path / "two")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_batches_are_written_as_they_come_and_each_is_told(tmp_path):
    told = []
    batches = TABLE.to_batches(max_chunksize=3)
    count = write_batches(batches, tmp_path / "t", schema=TABLE.schema, told=told.append)
    assert (count, told) == (4, [3, 4])
    assert pq.read_table(tmp_path / "t").equals(TABLE)


def test_no_batch_at_all_is_a_table_without_rows(tmp_path):
    assert write_batches([], tmp_path / "t", schema=TABLE.schema, told=lambda _rows: None) == 0
    assert pq.read_table(tmp_path / "t").schema.equals(TABLE.schema)
