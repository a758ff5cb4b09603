"""`vigie collect` and watch-lists: recognised among files of posts, taken in, listed, superseded."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vigie_cli import exits

pytestmark = pytest.mark.any_database  # homes of their own, and so their own SQLite
META = "indicator_type,indicator_value\ndomain_name,evil.example\nusername,@canary-bob\nphone,5\n"
BUNDLE = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [{"type": "url", "value": "https://evil.example/a"}],
}


def test_a_watch_list_is_told_apart_taken_in_superseded_and_names_nobody_in_clear(node, kit, tmp_path):
    meta, later, bundle = tmp_path / "meta.csv", tmp_path / "later.csv", tmp_path / "bundle.json"
    meta.write_text(META)
    later.write_text(META + "username,@canary-ann\n")
    bundle.write_text(json.dumps(BUNDLE))
    posts = tmp_path / "posts.csv"
    posts.write_text(kit.csv_of(kit.rows_of(5)))
    as_posts, bundle_as_posts, taken, again, listed, no_list, two = node.run(
        ["collect", meta, *kit.answers()],
        ["collect", bundle, *kit.answers()],
        ["collect", "watch-list", meta, "--title", "Liste inventée", "--publisher", "Service"],
        ["collect", "watch-list", meta],
        ["collect", "watch-lists"],
        ["collect", "watch-list", posts],
        ["collect", "watch-list", meta, bundle],
    )
    assert (as_posts.status, bundle_as_posts.status) == (exits.INPUT, exits.INPUT)
    assert f"vigie collect watch-list {meta}" in " ".join(as_posts.err.split())
    assert "Meta" in as_posts.err
    assert "STIX" in bundle_as_posts.err
    assert taken.status == exits.DONE, taken.err
    assert "sure: 95 %" in taken.err
    assert "line 4: " in taken.err
    id_ = taken.out.strip()
    assert (again.status, again.out.strip()) == (exits.DONE, id_)
    assert "nothing was added" in again.err
    assert listed.out.split() == [id_, "2", "indicators", "Liste", "inventée"]
    assert (no_list.status, two.status) == (exits.INPUT, exits.OPTION)

    newer, other, checked, copied = node.run(
        ["collect", "watch-list", later, "--replaces", id_, "--party", "Parti inventé"],
        ["collect", "watch-list", later, "--replaces", "nothing"],
        ["ledger", "verify"],
        ["backup", tmp_path / "copy"],
    )
    assert newer.out.strip() == id_, newer.err
    assert "Version 2. Indicators: 3; added: 1; removed: 0" in newer.err
    assert other.status == exits.OPTION
    assert (checked.status, copied.status) == (exits.DONE, exits.DONE), copied.err
    assert meta.exists()  # a file on the node's own disks stays theirs
    for place in (node.home, tmp_path / "copy"):
        for file in (one for one in place.rglob("*") if one.is_file()):
            assert b"canary" not in file.read_bytes(), file


def test_a_file_of_posts_with_a_domain_is_still_a_file_of_posts(node, kit, tmp_path):
    table = pa.table(
        {"author": ["a"], "created_at": ["2026-01-01"], "url": ["https://a.example"], "body": ["x"]}
    )
    pq.write_table(table, tmp_path / "posts.parquet")
    (taken,) = node.run(["collect", tmp_path / "posts.parquet", *kit.answers()])
    assert taken.status == exits.DONE, taken.err
