"""`vigie detect bursts` and `vigie detect engagement` on small files."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

DAY_MS, START_MS = 86_400_000, 1_767_225_600_000


@pytest.fixture
def month(tmp_path):
    """Return posts of 40 days: five a day speak of one thing, sixty of it on the 35th."""
    rows = [
        {"post_id": f"{day}-{number}", "author": "a", "hashtags": ["Vote"],
         "created_ms": START_MS + day * DAY_MS + number * 1_000_000}
        for day in range(40)
        for number in range(60 if day == 35 else 5)
    ]  # fmt: skip
    path = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_a_day_on_which_much_is_said_is_a_rise(vigie, month, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "bursts", month, "--out", out, "--slot", "6h", "--measure", "count")
    assert told.status == exits.DONE
    assert "vote" in told.out
    assert {path.name for path in out.iterdir()} == {"bursts.parquet", "bursts.json", "manifest.json"}
    alerts = json.loads((out / "bursts.json").read_text())["alerts"]
    assert [one["kind"] for one in alerts if one["raised_ms"] // DAY_MS == START_MS // DAY_MS + 35] == [
        "rise"
    ]
    assert json.loads((out / "manifest.json").read_text())["parameters"]["by"] == "hashtag"


def test_too_little_history_is_said(vigie, month, tmp_path):
    told = vigie("detect", "bursts", month, "--out", tmp_path / "out", "--history-days", 60, "--lang", "en")
    assert told.status == exits.DONE
    assert "Not enough history" in told.out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--slot", "7h"),
        ("--by", "narrative"),
        ("--narratives", "x"),
        ("--days-per-false-alarm", 0),
        ("--watch", "x"),
        ("--history-days", 1),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_the_work(vigie, month, tmp_path, wrong):
    told = vigie("detect", "bursts", month, "--out", tmp_path / "out", *wrong)
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["a,b\n", "from,until\nsoon,later\n", "from,until\n2026-01-01\n"])
def test_a_list_of_gaps_that_cannot_be_read_is_refused(vigie, month, tmp_path, content):
    gaps = tmp_path / "gaps.csv"
    gaps.write_text(content)
    told = vigie("detect", "bursts", month, "--out", tmp_path / "out", "--gaps", gaps)
    assert told.status == exits.INPUT


def test_engagement_says_what_it_could_not_compare(vigie, tmp_path):
    rows = [
        {"post_id": str(n), "author": "a", "created_ms": START_MS,
         "counts": [{"at_ms": START_MS + 1, "name": "likes", "value": n}]}
        for n in range(3)
    ]  # fmt: skip
    path = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    told = vigie("detect", "engagement", path, "--out", tmp_path / "out", "--lang", "en")
    assert told.status == exits.DONE
    assert "Not enough to compare: 3" in told.out
    assert pq.read_table(tmp_path / "out" / "engagement.parquet").num_rows == 0
