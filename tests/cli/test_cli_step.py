"""`vigie detect rhythm`, `deletions` and `vanished`, and `coaction --families`, on small files."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

MINUTE_MS, DAY_MS, START_MS = 60_000, 86_400_000, 1_767_225_630_000
TEXT = "They said that the bridge was safe, and it was not safe at all, number "


@pytest.fixture
def posts(tmp_path):
    """Return posts of three accounts that act in one second, twelve times, and are deleted in one."""
    rows = [
        {"post_id": f"{who}{n}", "author": who, "body": f"{TEXT}{n}",
         "created_ms": START_MS + n * 7 * MINUTE_MS, "source_kind": "stream",
         "deleted_seen_ms": START_MS + DAY_MS + n * 7 * MINUTE_MS}
        for n in range(12) for who in ("ana", "bo", "cy")
    ]  # fmt: skip
    rows += [
        {"post_id": f"x{n}", "author": f"x{n % 50}", "body": f"own {n}", "source_kind": "stream",
         "created_ms": START_MS + n * 97_000, "deleted_seen_ms": START_MS + DAY_MS + n * 97_000}
        for n in range(1_000)
    ]  # fmt: skip
    path = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("method", ["rhythm", "deletions"])
def test_accounts_in_step_are_told_and_written(vigie, posts, tmp_path, method):
    out = tmp_path / "out"
    told = vigie("detect", method, posts, "--out", out, "--lang", "en")
    assert told.status == exits.DONE
    assert "1 group in step" in told.out
    names = {"pairs.parquet", "groups.parquet", "moments.parquet", f"{method}.json", "manifest.json"}
    assert {path.name for path in out.iterdir()} == names
    assert pq.read_table(out / "groups.parquet")["account"].to_pylist() == ["ana", "bo", "cy"]
    (signal,) = json.loads((out / f"{method}.json").read_text())["signals"]
    assert signal["account_count"] == 3
    assert json.loads((out / "manifest.json").read_text())["method"] == f"{method}/1"


def test_posts_that_a_file_says_are_gone_without_telling_when_are_only_counted(vigie, posts, tmp_path):
    table = pq.read_table(posts)
    pq.write_table(table.drop_columns(["source_kind"]), posts)
    told = vigie("detect", "deletions", posts, "--out", tmp_path / "out", "--json")
    summary = json.loads(told.out)
    assert (summary["deleted"], summary["found_gone_later"], summary["groups"]) == (1_036, 1_036, 0)
    told = vigie("detect", "deletions", posts, "--out", tmp_path / "more", "--json", "--exact-times")
    assert json.loads(told.out)["groups"] == 1


def test_times_told_by_the_day_are_said_to_be_too_coarse(vigie, tmp_path):
    path = tmp_path / "days.parquet"
    rows = [{"author": f"a{n % 3}", "created_ms": n * DAY_MS} for n in range(1, 60)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    told = vigie("detect", "rhythm", path, "--out", tmp_path / "out", "--lang", "en")
    assert "Not judged" in told.out


@pytest.mark.parametrize(
    "wrong",
    [
        ("rhythm", "--fdr", 2),
        ("rhythm", "--within", "5s"),
        ("deletions", "--meetings-min", 1),
        ("vanished", "--by", "hat"),
        ("posting-drop", "--days", 2),
        ("vanished", "--authors-min", 1),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_the_work(vigie, posts, tmp_path, wrong):
    told = vigie("detect", wrong[0], posts, "--out", tmp_path / "out", *wrong[1:])
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


def test_a_hashtag_whose_posts_are_gone_is_told_without_a_cause(vigie, tmp_path):
    rows = [
        {"post_id": f"p{n}", "author": f"a{n}", "created_ms": START_MS, "collected_ms": START_MS + 1_000,
         "hashtags": ["Vote" if n < 40 else "other"], "platform": "x",
         "deleted_seen_ms": START_MS + DAY_MS if n < 20 or n % 50 == 0 else None}
        for n in range(600)
    ]  # fmt: skip
    path, out = tmp_path / "posts.parquet", tmp_path / "out"
    pq.write_table(pa.Table.from_pylist(rows), path)
    told = vigie("detect", "vanished", path, "--out", out, "--lang", "en", "--watched-until", "2026-01-09")
    assert told.status == exits.DONE
    assert "hashtag vote are gone" in told.out
    assert "cause is unknown" in told.out
    assert {path.name for path in out.iterdir()} == {
        "vanished.parquet", "gone.parquet", "vanished.json", "manifest.json",
    }  # fmt: skip
    told = vigie("detect", "vanished", path, "--out", tmp_path / "once", "--json")
    assert json.loads(told.out)["posts_watched"] == 0


def test_groups_come_from_a_list(vigie, tmp_path):
    path, groups = tmp_path / "posts.parquet", tmp_path / "groups.csv"
    pq.write_table(pa.Table.from_pylist([{"author": "a", "created_ms": START_MS}]), path)
    groups.write_text("account,label\na,b\n")
    told = vigie("detect", "vanished", path, "--out", tmp_path / "out", "--groups", groups)
    assert told.status == exits.DONE
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["accounts_in_groups"] == 1


def test_copy_families_are_a_behaviour(vigie, posts, tmp_path):
    families, out = tmp_path / "families", tmp_path / "out"
    assert vigie("detect", "families", posts, "--out", families).status == exits.DONE
    asked = ("--behaviour", "reply_target", "--families", families, "--all-pairs", "--objects-min", 1)
    assert vigie("detect", "coaction", posts, "--out", out, *asked).status == exits.DONE
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["behaviours"] == ["reply_target", "text_of_family"]
    assert manifest["families"]["method"] == "families/1"
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()
    assert {row["behaviour"] for row in pairs} == {"text_of_family"}
    assert {(row["account_a"], row["account_b"]) for row in pairs} == {
        ("ana", "bo"), ("ana", "cy"), ("bo", "cy"),
    }  # fmt: skip


def test_families_of_other_files_and_no_families_are_refused(vigie, posts, tmp_path):
    families = tmp_path / "families"
    assert vigie("detect", "families", posts, "--out", families).status == exits.DONE
    pq.write_table(pq.read_table(posts).slice(1), posts)
    for folder in (families, tmp_path / "none"):
        told = vigie("detect", "coaction", posts, "--out", tmp_path / "out", "--families", folder)
        assert told.status == exits.INPUT
        assert not (tmp_path / "out").exists()


def test_a_named_target_that_falls_silent_is_told_without_a_reason(vigie, tmp_path):
    rows = [
        {"post_id": f"{who}{day}-{n}", "author": who, "created_ms": START_MS + day * DAY_MS + n * MINUTE_MS}
        for day in range(60)
        for who in ("mp", "other", "another")
        for n in range(5)
        if who != "mp" or not 40 <= day < 52
    ]
    path, out = tmp_path / "posts.parquet", tmp_path / "out"
    pq.write_table(pa.Table.from_pylist(rows), path)
    told = vigie("detect", "posting-drop", path, "--out", out, "--target", "mp", "--lang", "en")
    assert told.status == exits.DONE
    assert "mp: This account posted 0 times in 7 days" in told.out
    assert "Why is unknown" in told.out
    assert {path.name for path in out.iterdir()} == {
        "drops.parquet", "daily.parquet", "posting-drop.json", "manifest.json",
    }  # fmt: skip
    told = vigie("detect", "posting-drop", path, "--out", tmp_path / "nobody", "--lang", "en")
    assert "No public actor is marked" in told.out
