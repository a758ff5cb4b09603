"""Batches: immutable files of observations, whole or not there, each named by its SHA-256."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.store.batches import BatchMissingError, Store
from vigie.store.folders import DiskFullError, OutputError
from vigie.store.observations import OBSERVATIONS
from vigie.terms.errors import UnfitTableError

HOUR_MS = 3_600_000


def id_of(name):
    """Return `name` as long as a token is."""
    return name.rjust(16, "a")


def rows_of(batches):
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def files(store):
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


# Writing


def test_a_batch_is_named_by_the_sha256_of_its_bytes_and_tells_what_it_holds(store, seen):
    batch = store.write(seen({"post_id": "b", "created_ms": 7}, {"post_id": "a", "created_ms": 3}))
    path = store.folder / batch.sha256[:2] / f"{batch.sha256}.parquet"
    assert files(store) == [path] == [store.path(batch.sha256)]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == batch.sha256
    assert (batch.row_count, batch.byte_count) == (2, path.stat().st_size)
    assert (batch.start_ms, batch.end_ms) == (3, 7)
    assert store.verify(batch) == []


@given(order=st.permutations(range(6)))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_observations_in_any_order_are_the_same_bytes(store, seen, order):
    rows = [
        {"post_id": f"p{n}", "created_ms": n // 3, "body": f"b{n}", "hashtags": ["h"] * n} for n in range(6)
    ]
    assert store.write(seen(*(rows[n] for n in order))) == store.write(seen(*rows))
    assert len(files(store)) == 1


def test_everything_comes_back_in_the_schema_of_observations_by_moment(store, seen):
    table = seen({"post_id": "b", "created_ms": 2, "links": [{"url": "u", "domain": None}]}, {"post_id": "a"})
    batch = store.write(table)
    (back,) = store.read([batch.sha256])
    assert back.schema.equals(OBSERVATIONS)
    assert back.to_pylist() == table.take([1, 0]).to_pylist()


def test_only_asked_columns_are_read_batch_after_batch(store, seen):
    shas = [store.write(seen({"post_id": name})).sha256 for name in "ba"]
    rows = rows_of(store.read(shas, ("post_id", "created_ms")))
    assert rows == [{"post_id": id_of(name), "created_ms": 0} for name in "ba"]


def test_names_that_repeat_are_kept_once(store, seen):
    batch = store.write(
        seen(*({"post_id": str(n), "author": "a" * 500, "hashtags": ["h" * 500]} for n in range(200)))
    )
    assert batch.byte_count < 20_000
    group = pq.ParquetFile(store.path(batch.sha256)).metadata.row_group(0)
    encodings = {group.column(n).path_in_schema: group.column(n).encodings for n in range(group.num_columns)}
    for column in ("author", "platform", "lang", "hashtags.list.element", "links.list.element.url"):
        assert "RLE_DICTIONARY" in encodings[column], column
    assert "RLE_DICTIONARY" not in encodings["observation"]


@pytest.mark.parametrize("change", [{"post_id": "raw id"}, {"created_ms": None}])
def test_rows_that_are_no_observations_are_refused(store, seen, change):
    table = seen({"post_id": "p"})
    for name, value in change.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.field(name), pa.array([value], table.field(name).type))
    with pytest.raises(UnfitTableError) as told:
        store.write(table)
    assert told.value.facts["column"] in change
    assert not store.folder.exists()


def test_a_full_disk_is_told_and_nothing_half_written_is_left(small_disk, seen):
    store = Store(small_disk / "store")
    kept = store.write(seen({"post_id": "kept"}))
    noise = (os.urandom(2_000).hex() for _ in range(1_000))
    with pytest.raises(DiskFullError):
        store.write(seen(*({"post_id": str(n), "body": body} for n, body in enumerate(noise))))
    assert files(store) == [store.path(kept.sha256)]


def test_a_place_that_cannot_be_written_is_told(tmp_path, seen):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        Store(tmp_path / "file" / "store").write(seen({"post_id": "p"}))


# The latest view

ROWS = st.lists(
    st.fixed_dictionaries(
        {"post_id": st.sampled_from("abc"), "collected_ms": st.none() | st.integers(0, 3),
         "deleted_seen_ms": st.none() | st.integers(5, 6), "body": st.sampled_from("xyz")}
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def latest_by_hand(rows):
    """Return the latest observation of each post of rows in their order."""
    latest = {}
    for row in sorted(rows, key=lambda row: -1 if row["collected_ms"] is None else row["collected_ms"]):
        before = latest.get(row["post_id"], row)
        deleted = before["deleted_seen_ms"] if row["deleted_seen_ms"] is None else row["deleted_seen_ms"]
        latest[row["post_id"]] = {**row, "deleted_seen_ms": deleted}
    return latest


@given(batches=st.lists(ROWS, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_latest_view_agrees_with_a_plain_reading(store, seen, batches):
    shas = [store.write(seen(*rows)).sha256 for rows in batches]
    everything = rows_of(store.read(shas))
    found = rows_of(store.latest(shas))
    assert {row["post_id"]: row for row in found} == latest_by_hand(everything)
    assert len({row["post_id"] for row in found}) == len(found)
    some = rows_of(store.latest(shas, ("post_id", "body")))
    assert some == [{"post_id": row["post_id"], "body": row["body"]} for row in found]


def test_a_later_collection_wins_whatever_the_order_of_batches(store, seen):
    shas = [
        store.write(seen({"post_id": "p", "collected_ms": when, "body": body})).sha256
        for when, body in ((9, "late"), (5, "early"))
    ]
    (row,) = rows_of(store.latest(shas))
    assert row["body"] == "late"


def test_a_deletion_seen_once_stays_on_the_latest_view(store, seen):
    shas = [
        store.write(seen({"post_id": "p", "collected_ms": when, "deleted_seen_ms": gone})).sha256
        for when, gone in ((1, None), (2, 77), (3, None))
    ]
    (row,) = rows_of(store.latest(shas))
    assert (row["collected_ms"], row["deleted_seen_ms"]) == (3, 77)


# Verifying


def problems(store, batch):
    return [problem.code for problem in store.verify(batch)]


def test_a_batch_that_is_missing_is_found(store, seen):
    batch = store.write(seen({"post_id": "p"}))
    store.remove(batch.sha256)
    assert problems(store, batch) == ["missing"]
    with pytest.raises(BatchMissingError):
        list(store.read([batch.sha256]))
    store.remove(batch.sha256)  # none there is no error


@pytest.mark.parametrize("place", [10, -10])
def test_one_altered_byte_is_found(store, seen, place):
    batch = store.write(seen({"post_id": "p"}))
    data = bytearray(store.path(batch.sha256).read_bytes())
    data[place] ^= 1
    store.path(batch.sha256).write_bytes(data)
    assert "altered" in problems(store, batch)


def test_what_is_no_parquet_is_found(store, seen):
    batch = store.write(seen({"post_id": "p"}))
    store.path(batch.sha256).write_bytes(b"")
    assert problems(store, batch) == ["altered", "unreadable"]


def test_another_batch_under_the_name_is_found_with_its_rows_and_moments(store, seen):
    batch = store.write(seen({"post_id": "p"}))
    other = store.write(seen({"post_id": "p", "created_ms": 1}, {"post_id": "q", "created_ms": 2}))
    store.path(other.sha256).replace(store.path(batch.sha256))
    assert problems(store, batch) == ["altered", "rows", "range"]
    assert "{sha256}" in store.verify(batch)[0].sentence


# Sweeping


def old(path, now_ms, age_ms):
    os.utime(path, ns=(0, (now_ms - age_ms) * 1_000_000))


def test_a_sweep_removes_old_files_that_no_record_holds_and_nothing_else(store, seen):
    now_ms = 1_800_000_000_000
    held, orphan, young = (store.write(seen({"post_id": name})) for name in "hoy")
    draft, fresh = store.folder / ".dead.partial", store.folder / ".alive.partial"
    other = store.folder / "README"
    for path in (draft, fresh, other):
        path.write_bytes(b"")
    for path in (store.path(held.sha256), store.path(orphan.sha256), draft, other):
        old(path, now_ms, 2 * HOUR_MS)
    for path in (store.path(young.sha256), fresh):
        old(path, now_ms, HOUR_MS - 1)
    removed = store.sweep([held.sha256], older_than_ms=HOUR_MS, now_ms=now_ms)
    assert sorted(removed) == sorted([store.path(orphan.sha256), draft])
    assert files(store) == sorted([store.path(held.sha256), store.path(young.sha256), fresh, other])


def test_an_old_orphan_written_again_is_young_again(store, seen):
    table = seen({"post_id": "p"})
    path = store.path(store.write(table).sha256)
    now_ms = path.stat().st_mtime_ns // 1_000_000
    old(path, now_ms, 9 * HOUR_MS)
    store.write(table)
    assert store.sweep([], older_than_ms=HOUR_MS, now_ms=now_ms) == []


def test_a_sweep_of_a_store_without_folder_finds_nothing(store):
    assert store.sweep([], older_than_ms=0, now_ms=0) == []


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    import pyarrow as pa
    from vigie.store.batches import Store
    from vigie.store.observations import observed

    for n in range(5):
        post = {"post_id": [str(n).rjust(16, "a")], "author": ["somebody"], "created_ms": [0]}
        Store(Path(sys.argv[1])).write(observed(pa.table(post)))
    """
)


def test_processes_that_write_the_same_at_once_leave_one_whole_file_each(store, seen):
    command = [sys.executable, "-c", WRITER, store.folder]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    written = files(store)
    batches = [store.write(seen({"post_id": str(n)})) for n in range(5)]
    assert [store.verify(batch) for batch in batches] == [[]] * 5
    assert files(store) == written == sorted(store.path(batch.sha256) for batch in batches)


# Erasing


def test_erasing_posts_writes_a_new_batch_beside_the_old_and_tells_what_to_forget(store, seen):
    token, other = id_of("bob"), id_of("al")
    batch = store.write(
        seen(
            {"post_id": "one", "author": token, "body": f"@{id_of('eve')} bonjour"},
            {"post_id": "two", "author": other, "mentions": [token]},
            {"post_id": "three", "author": other},
        )
    )
    erasure = store.erase(batch.sha256, posts=[id_of("one"), id_of("three"), id_of("nowhere")])
    assert (erasure.old, erasure.erased_count) == (batch.sha256, 2)
    assert [row["post_id"] for row in rows_of(store.read([erasure.new.sha256]))] == [id_of("two")]
    assert erasure.forgotten == {id_of("one"), id_of("three"), id_of("eve")}  # bob is mentioned still
    assert store.verify(batch) == store.verify(erasure.new) == []
    store.remove(batch.sha256)
    assert problems(store, batch) == ["missing"]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"before_ms": 5}, "bc"),
        ({"due_ms": 20}, "ab"),
        ({"authors": ["x"]}, "bc"),
        ({"before_ms": 5, "due_ms": 20}, "b"),
        ({}, "abc"),
    ],
)
def test_posts_are_erased_by_author_age_or_date_due(store, seen, asked, left):
    batch = store.write(
        seen(
            {"post_id": "a", "created_ms": 4, "author": "x"},
            {"post_id": "b", "created_ms": 5, "delete_by_ms": 21},
            {"post_id": "c", "created_ms": 6, "delete_by_ms": 20},
        )
    )
    erasure = store.erase(batch.sha256, **asked)
    assert [row["post_id"][-1] for row in rows_of(store.read([erasure.new.sha256]))] == list(left)
    assert erasure.erased_count == 3 - len(left)
    assert (erasure.new == batch) == (left == "abc")


def test_a_batch_erased_whole_has_no_successor(store, seen):
    batch = store.write(seen({"post_id": "p"}))
    erasure = store.erase(batch.sha256, before_ms=1)
    assert (erasure.new, erasure.erased_count, erasure.forgotten) == (None, 1, {id_of("p"), "somebody"})


def test_a_batch_written_before_a_column_was_invented_reads_as_not_knowing_it(store, seen):
    batch = store.write(seen({"post_id": "p", "place": "QC"}))
    path = store.path(batch.sha256)
    older = pq.read_table(path).drop_columns(["place"])
    pq.write_table(older, path)
    (rows,) = store.read([batch.sha256])
    assert rows.schema.equals(OBSERVATIONS)
    assert rows.to_pylist()[0]["place"] is None
    assert rows_of(store.read([batch.sha256], ("place", "body"))) == [{"body": None, "place": None}]
