"""`vigie detect families`: what it writes, says and refuses."""

from __future__ import annotations

import json

import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

FERRY = "The ferry to the island was cancelled again this morning, nobody told the people waiting."
WRITTEN = {"families.parquet", "members.parquet", "links.parquet", "families.json", "manifest.json"}


@pytest.fixture
def copies(tmp_path):
    path = tmp_path / "copies.csv"
    lines = [
        f'a,2026-01-01 10:00:00,p1,"{FERRY}"',
        f'b,2026-01-01 10:05:00,p2,"{FERRY}"',
        f'c,2026-01-01 10:09:00,p3,"{FERRY.replace("island", "mainland")}"',
        'd,2026-01-01 10:10:00,p4,"Good morning to all!"',
    ]
    path.write_text("\n".join(["author,created_at,post_id,body", *lines, ""]), encoding="utf-8")
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_families_are_written_with_members_differences_and_manifest(vigie, copies, tmp_path):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out")
    assert told.status == exits.DONE
    assert "1 family of copies, 3 posts" in told.out
    assert "rewording, translation" in told.out
    assert set(contents(tmp_path / "out")) == WRITTEN
    members = pq.read_table(tmp_path / "out" / "members.parquet").to_pylist()
    assert [(one["post_id"], one["tier"]) for one in members] == [
        ("p1", "exact"), ("p2", "exact"), ("p3", "near"),
    ]  # fmt: skip
    (family,) = json.loads((tmp_path / "out" / "families.json").read_text())["largest"]
    (edited,) = family["differences"]
    assert ["removed", "island"] in edited["pieces"]
    assert ["added", "mainland"] in edited["pieces"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["method"] == "families/1"
    assert manifest["tiers_not_run"] == ["rewording", "translation"]
    assert manifest["inputs"][0]["file"] == "copies.csv"


def test_the_same_files_give_the_same_bytes_with_any_number_of_threads(vigie, copies, tmp_path):
    for threads in (1, 3):
        out = tmp_path / str(threads)
        told = vigie("detect", "families", copies, "--out", out, "--threads", threads, "--quiet")
        assert (told.status, told.out, told.err) == (0, "", "")
    assert contents(tmp_path / "1") == contents(tmp_path / "3")


def test_a_summary_for_machines(vigie, copies, tmp_path):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out", "--json", "--quiet")
    assert json.loads(told.out)["families"] == 1
    assert json.loads(told.out)["posts_compared"] == 3


@pytest.mark.parametrize("options", [("--similarity-min", "1.5"), ("--posts-min", "1")])
def test_an_option_that_means_nothing_is_refused_and_nothing_is_written(vigie, copies, tmp_path, options):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out", *options)
    assert told.status == exits.OPTION
    assert options[1] in told.err
    assert not (tmp_path / "out").exists()


def test_a_file_without_texts_has_no_families(vigie, posts, tmp_path):
    told = vigie("detect", "families", posts, "--out", tmp_path / "out", "--json", "--quiet")
    assert (told.status, json.loads(told.out)["families"]) == (exits.DONE, 0)
