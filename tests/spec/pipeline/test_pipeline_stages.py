"""The stages joined: how files become findings, and how a run says how it was made."""

from __future__ import annotations

import pytest

from vigie.collect import Rejects
from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.coaction import METHOD, Rule
from vigie.intake import Reading
from vigie.pipeline import count_coaction, detect_coaction, read
from vigie.store import digest

REPOST = (BEHAVIOURS[0],)
HEADER = "author,created_at,share_of,post_id"
LINES = [f"{who},2026-01-0{n} 10:00:0{at},p{n},{who}{n}" for n in range(1, 6) for at, who in enumerate("abc")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("\n".join([HEADER, *LINES, ""]))
    return path


def posts_of(*paths):
    return read(paths, REPOST, Reading(), rejects=Rejects())


def test_counts_are_labelled_by_behaviour_and_window(file):
    counted = count_coaction(posts_of(file), windows_ms=(1_000, 2_000), objects_min=1, threads=1)
    told = [(row["account_a"], row["account_b"], row["window_ms"]) for row in counted.to_pylist()]
    near, far = [("a", "b"), ("b", "c")], [("a", "b"), ("a", "c"), ("b", "c")]
    assert told == [*((a, b, 1_000) for a, b in near), *((a, b, 2_000) for a, b in far)]
    assert set(counted["behaviour"].to_pylist()) == {"repost"}


def test_no_acts_at_all_are_counted_as_an_empty_table_of_the_same_columns(file, tmp_path):
    none = tmp_path / "none.csv"
    none.write_text(HEADER + "\n")
    full, empty = (
        count_coaction(posts_of(path), windows_ms=(1_000,), objects_min=1, threads=1) for path in (file, none)
    )
    assert empty.num_rows == 0
    assert empty.schema.equals(full.schema)


def test_the_manifest_tells_files_parameters_and_seed_but_no_clock_folder_or_threads(file):
    runs = [
        detect_coaction(posts_of(file), rule=Rule(permutations=2, threads=threads), seed=7)[1]
        for threads in (1, 2)
    ]
    manifest = dict(runs[0].manifest)
    assert runs[0].manifest == runs[1].manifest
    assert str(file.parent) not in repr(manifest)
    assert (manifest["method"], manifest["seed"], manifest["posts"]) == (METHOD, 7, 15)
    assert "threads" not in manifest["parameters"]
    assert manifest["parameters"]["permutations"] == 2
    (told,) = manifest["inputs"]
    assert (told["file"], told["sha256"]) == ("posts.csv", digest(file))
    assert told["bytes"] == file.stat().st_size
    assert told["columns"]["created_at"] == "created_ms"


def test_findings_tell_how_much_was_read_and_from_when_to_when(file):
    _found, findings = detect_coaction(posts_of(file), rule=Rule(permutations=2), seed=0)
    assert (findings.post_count, findings.account_count, findings.rejected_count) == (15, 3, 0)
    assert findings.start_ms == 1_767_261_600_000
    assert findings.end_ms - findings.start_ms == 4 * 86_400_000 + 2_000
