"""`vigie detect narratives` on small files."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

DAY_MS, START_MS = 86_400_000, 1_767_225_600_000
FILES = {
    "narratives.parquet",
    "members.parquet",
    "river.parquet",
    "links.parquet",
    "narratives.json",
    "manifest.json",
}


@pytest.fixture
def posts(tmp_path):
    """Return a file of posts of two weeks, a third of which tell one story that begins on the last day."""
    rng = np.random.default_rng(4)
    words = ["".join(rng.choice(list("bcdfglmnprstaeiou"), 6)) for _ in range(900)]
    rows = []
    for number in range(180):
        is_told = number % 3 == 0
        said = [*rng.choice(words[:15], 6 if is_told else 0), *rng.choice(words[100:], 6 if is_told else 12)]
        at = 13 * DAY_MS + number * 60_000 if is_told else int(rng.integers(0, 14 * DAY_MS))
        rows.append(
            {"post_id": str(number), "author": f"a{number % 40}", "created_ms": START_MS + at, "lang": "en",
             "body": " ".join(rng.permutation(said))}
        )  # fmt: skip
    path = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_what_begins_to_be_told_is_found_and_called_new(vigie, posts, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "narratives", posts, "--out", out, "--lang", "en")
    assert told.status == exits.DONE
    assert {path.name for path in out.iterdir()} == FILES
    said = json.loads((out / "narratives.json").read_text())
    assert (said["narratives"], said["new"]) == (1, 1)
    assert said["found"][0]["specimens"]
    assert "new" in told.out


def test_the_same_files_give_the_same_bytes_and_earlier_results_keep_ids(vigie, posts, tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for out, more in ((one, ()), (two, ()), (three, ("--earlier", one))):
        assert vigie("detect", "narratives", posts, "--out", out, "--quiet", *more).status == exits.DONE
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in FILES)
    ids = [pq.read_table(out / "narratives.parquet")["narrative"].to_pylist() for out in (one, three)]
    assert ids[0] == ids[1]
    assert json.loads((three / "manifest.json").read_text())["earlier"]["members.parquet"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--texts-min", 1),
        ("--resolution", 0),
        ("--slot", "7h"),
        ("--recent", "5h"),
        ("--history", "1d"),
        ("--fdr", 2),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_the_work(vigie, posts, tmp_path, wrong):
    told = vigie("detect", "narratives", posts, "--out", tmp_path / "out", *wrong)
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


def test_a_folder_without_earlier_results_is_refused(vigie, posts, tmp_path):
    told = vigie("detect", "narratives", posts, "--out", tmp_path / "out", "--earlier", tmp_path)
    assert told.status == exits.INPUT
    assert not (tmp_path / "out").exists()


def test_narratives_are_series_for_early_warning(vigie, posts, tmp_path):
    told, out = tmp_path / "told", tmp_path / "out"
    assert vigie("detect", "narratives", posts, "--out", told, "--quiet").status == exits.DONE
    more = ("--by", "narrative", "--narratives", told, "--history-days", 60)
    watched = vigie("detect", "bursts", posts, "--out", out, "--json", *more)
    assert watched.status == exits.DONE
    assert json.loads(watched.out)["series_watched"] == 1
