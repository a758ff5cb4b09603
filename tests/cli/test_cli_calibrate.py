"""`vigie detect calibrate` on a small file: a file that completes method cards."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.detect.nulls import NULLS
from vigie.terms.cards import read_measures
from vigie_cli import exits

START_MS = 1_767_225_600_000


@pytest.fixture
def quiet(tmp_path):
    """Return posts of a quiet day."""
    rows = [
        {"post_id": str(n), "author": f"a{n % 7}", "created_ms": START_MS + n * 61_000} for n in range(90)
    ]
    path = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_what_was_measured_completes_a_card_in_both_languages(vigie, quiet, tmp_path):
    out = tmp_path / "out"
    asked = ("--methods", "rhythm,engagement", "--runs", 3)
    told = vigie("detect", "calibrate", quiet, "--out", out, *asked, "--lang", "en")
    assert told.status == exits.DONE
    assert "rhythm/1: false alarms in 0 of 3 copies" in told.out
    measures = read_measures(out / "card-measures.toml")
    assert set(measures) == {"rhythm/1", "engagement/2"}
    one = measures["rhythm/1"]
    assert (one.runs, one.with_groups, set(one.data)) == (3, 0, {"en", "fr"})
    assert "at least that" in one.data["en"]
    assert one.high == pytest.approx(0.7076, abs=1e-4)
    assert {path.name for path in out.iterdir()} == {
        "card-measures.toml", "calibration.json", "manifest.json"
    }  # fmt: skip


def test_methods_of_which_no_copies_can_be_made_are_named(vigie, quiet, tmp_path):
    told = vigie("detect", "calibrate", quiet, "--out", tmp_path / "out", "--runs", 1, "--lang", "en")
    assert told.status == exits.DONE
    assert "families/" in told.out
    assert "narratives/" in told.out
    (line,) = [one for one in told.out.splitlines() if one.startswith("Not measured")]
    assert "Reused pictures, Posts that are gone, Posting drop" in line


def test_machines_are_told_the_same(vigie, quiet, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "calibrate", quiet, "--out", out, "--methods", "rhythm", "--runs", 2, "--json")
    (one,) = json.loads(told.out)["methods"]
    assert (one["method"], one["runs"], one["with_signals"], one["found_as_is"]) == ("rhythm/1", 2, 0, 0)
    assert json.loads((out / "manifest.json").read_text())["parameters"]["runs"] == 2


@pytest.mark.parametrize("wrong", [("--methods", "magic"), ("--runs", 0)])
def test_what_means_nothing_is_refused_before_the_work(vigie, quiet, tmp_path, wrong):
    told = vigie("detect", "calibrate", quiet, "--out", tmp_path / "out", *wrong)
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


def test_a_method_without_copies_is_told(vigie, quiet, tmp_path, monkeypatch):
    monkeypatch.delitem(NULLS, "rhythm")
    told = vigie(
        "detect", "calibrate", quiet, "--out", tmp_path / "out", "--methods", "rhythm", "--lang", "en"
    )
    assert told.status == exits.OPTION
    assert "rhythm" in told.err
    assert "no copies are made for it yet" in told.err
