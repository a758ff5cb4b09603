"""`vigie detect pile-on` on an exercise with planted campaigns."""

from __future__ import annotations

import json

import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

WRITTEN = {
    "piles.parquet", "traits.parquet", "members.parquet", "replies.parquet", "reach.parquet", "pileon.json",
    "manifest.json",
}  # fmt: skip


def test_the_planted_pile_on_is_found_and_written_with_its_accounts(vigie, exercise, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "pile-on", exercise / "posts.parquet", "--out", out, "--json")
    assert told.status == exits.DONE
    truth = pq.read_table(exercise / "truth.parquet").to_pylist()
    planted = {one["account"] for one in truth if one["kind"] == "pile_on"}
    members = set(pq.read_table(out / "members.parquet")["account"].to_pylist())
    assert {path.name for path in out.iterdir()} == WRITTEN
    assert len(planted & members) >= 0.9 * len(planted)
    assert members <= planted
    assert json.loads(told.out)["piles"] == 1


@pytest.mark.parametrize(("language", "said"), [("en", "Found: 1 crowd"), ("fr", "")])
def test_what_was_found_is_said_in_both_languages(vigie, exercise, tmp_path, language, said):
    told = vigie("detect", "pile-on", exercise / "posts.parquet", "--out", tmp_path / "o", "--lang", language)
    assert told.status == exits.DONE
    assert said in told.out


def test_the_same_run_gives_the_same_bytes(vigie, exercise, tmp_path):
    for name in ("one", "two"):
        vigie("detect", "pile-on", exercise / "posts.parquet", "--out", tmp_path / name, "--quiet")
    for name in WRITTEN:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("wrong", [("--organic-part", 0), ("--accounts-min", 2), ("--replies-min", 3)])
def test_a_pile_on_option_that_means_nothing_is_refused_before_the_work(vigie, exercise, tmp_path, wrong):
    told = vigie("detect", "pile-on", exercise / "posts.parquet", "--out", tmp_path / "out", *wrong)
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()
