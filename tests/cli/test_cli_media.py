"""`vigie detect reuse` and `vigie detect omission` on small files."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.terms.posts import POSTS
from vigie_cli import exits

DAY_MS, START_MS = 86_400_000, 1_767_225_600_000
PICTURE = "0f" * 16 + "3c" * 16
FLOOD = "Spring flood in the streets of Gatineau, the river rises again"
BOMBS = "Dam destroyed near Kherson, thousands flee bombs"


def written(path, rows):
    pq.write_table(pa.Table.from_pylist(rows, schema=POSTS), path)
    return path


@pytest.fixture
def album(tmp_path):
    """Return posts with one picture, beside a flood and a year later beside bombs."""
    rows = [
        {"post_id": f"p{n}", "author": f"a{n}", "created_ms": START_MS + day * DAY_MS,
         "body": text, "lang": "en",
         "media": [{"pdq": PICTURE, "pdq_quality": 90, "c2pa": "absent"}]}
        for n, (day, text) in enumerate([(0, FLOOD), (1, FLOOD), (400, BOMBS), (401, BOMBS + "!")])
    ]  # fmt: skip
    return written(tmp_path / "album.parquet", rows)


@pytest.fixture
def press(tmp_path):
    """Return posts of twelve outlets that report a flood, and of one as large that does not."""
    rows = [
        {"post_id": f"{outlet}-{day}-{n}", "author": f"o{outlet}", "lang": "en", "kind": "article",
         "created_ms": START_MS + day * DAY_MS + n,
         "body": "Flood in Gatineau" if outlet and 4 <= day < 7 and n < 20 else "Other news"}
        for outlet in range(13)
        for day in range(10)
        for n in range(60)
    ]  # fmt: skip
    return written(tmp_path / "press.parquet", rows)


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.toml"
    path.write_text('[[event]]\nid = "flood"\nterms.en = ["flood Gatineau"]\nterms.fr = ["crue Gatineau"]\n')
    return path


def test_an_old_picture_with_another_text_is_said(vigie, album, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "reuse", album, "--out", out, "--lang", "en")
    assert told.status == exits.DONE
    assert "old picture with another text" in told.out
    names = {"pictures.parquet", "uses.parquet", "contexts.parquet", "reuse.json", "manifest.json"}
    assert {path.name for path in out.iterdir()} == names
    (change,) = json.loads((out / "reuse.json").read_text())["changes"]
    assert change["kind"] == "old_picture"
    assert json.loads((out / "manifest.json").read_text())["parameters"]["old_days"] == 180


def test_a_picture_of_the_list_is_left_out(vigie, album, tmp_path):
    ignored = tmp_path / "ignored.txt"
    ignored.write_text(PICTURE + "\n")
    told = vigie("detect", "reuse", album, "--out", tmp_path / "out", "--ignore", ignored, "--json")
    assert (json.loads(told.out)["media_ignored"], json.loads(told.out)["pictures"]) == (4, 0)


def test_an_outlet_without_the_event_is_said(vigie, press, events, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "omission", press, "--out", out, "--events", events, "--lang", "en")
    assert told.status == exits.DONE
    assert "flood  o0: not found in our collection; 0 posts where" in told.out
    names = {"cells.parquet", "events.parquet", "gaps.parquet", "omission.json", "manifest.json"}
    assert {path.name for path in out.iterdir()} == names
    assert [one["outlet"] for one in json.loads((out / "omission.json").read_text())["told"]] == ["o0"]


def test_events_may_come_from_a_table_and_outlets_and_gaps_from_lists(vigie, press, tmp_path):
    members, outlets, gaps = tmp_path / "members.parquet", tmp_path / "outlets.txt", tmp_path / "gaps.csv"
    ids = [f"{outlet}-5-{n}" for outlet in range(1, 13) for n in range(55)]
    pq.write_table(pa.table({"post_id": ids, "family": ["f"] * len(ids)}), members)
    outlets.write_text("\n".join([*(f"o{n}" for n in range(13)), "nowhere"]))
    gaps.write_text("outlet,from,until\no0,2026-01-05,2026-01-08\n")
    out = tmp_path / "out"
    told = vigie(
        *("detect", "omission", press, "--out", out, "--members", members),
        *("--outlets", outlets, "--gaps", gaps, "--lang", "en"),
    )
    assert told.status == exits.DONE
    assert "Nothing was collected of: nowhere." in told.out
    states = pq.read_table(out / "cells.parquet").to_pylist()
    assert {one["state"] for one in states if one["outlet"] == "o0"} == {"not_collected"}


@pytest.mark.parametrize(
    "wrong",
    [
        ("reuse", "--distance-max", 40),
        ("reuse", "--quality-min", 101),
        ("reuse", "--alike-min", 0),
        ("omission", "--fdr", 2, "--events", "E"),
        ("omission", "--slot", "1h,2h", "--events", "E"),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_the_work(vigie, album, events, tmp_path, wrong):
    method, *options = (events if one == "E" else one for one in wrong)
    told = vigie("detect", method, album, "--out", tmp_path / "out", *options)
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("method", "option", "content"),
    [
        ("reuse", "--ignore", b"no hash\n"),
        ("reuse", "--ignore", b"\xff\xfe\xff"),
        ("omission", "--events", b"x = 1"),
        ("omission", "--events", b"\xff"),
        ("omission", "--members", b"no parquet"),
        ("omission", "--outlets", b"\n"),
        ("omission", "--gaps", b"a,b\n"),
        ("omission", "--gaps", b"from,until\nsoon,later\n"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(vigie, album, events, tmp_path, method, option, content):
    path = tmp_path / "list"
    path.write_bytes(content)
    more = ("--events", events) if option in {"--outlets", "--gaps"} else ()
    told = vigie("detect", method, album, "--out", tmp_path / "out", option, path, *more)
    assert told.status == exits.INPUT
