"""What people hand over by mistake: each time a status, the file, and a remedy, in their language."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie_cli import exits

HEADER = "author,created_at,share_of,post_id\n"


def parquet_bytes(rows):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"author": ["a"] * rows, "created_at": ["2026-01-01"] * rows}), sink)
    return sink.getvalue().to_pybytes()


def damaged(content):
    middle = bytearray(content)
    middle[10:60] = b"\xff" * 50
    return bytes(middle)


BAD = {  # name: content, what the message names beside the file
    "empty.csv": (b"", []),
    "spaces.csv": (b"  \n \n", []),
    "latin.csv": (
        "author,created_at,text\né,2026-01-01,Élections\n".encode("latin-1"),
        ["2", "--encoding cp1252"],
    ),
    "columns.csv": (b"foo,bar\n1,2\n", ["author", "foo, bar", "--map"]),
    "no_time.csv": (b"author,text\na,hello\n", ["created_ms", "--map"]),
    "dates.csv": (b"author,created_at\na,2026-02-30\nb,hello\n", ["2", "--map"]),
    "page.csv": (b"<!DOCTYPE html><html><body>Log in</body></html>", ["Log in", "Connectez-vous"]),
    "page2.csv": (b"\n\n <html lang='fr'>", []),
    "cut.csv.gz": (gzip.compress((HEADER + "a,2026-01-01,p,1\n" * 50_000).encode())[:-200], ["gzip"]),
    "head.csv.gz": (gzip.compress(b"x")[:8], ["gzip"]),
    "junk.csv.gz": (b"\x1f\x8b" + b"zzzz" * 100, ["gzip"]),
    "zeros.csv": (bytes(1_000), ["CSV"]),
    "paper.csv": (b"%PDF-1.4 ...", ["CSV"]),
    "cut.parquet": (parquet_bytes(1_000)[:-100], ["parquet"]),
    "damaged.parquet": (damaged(parquet_bytes(1_000)), ["parquet"]),
    "cut.json": (b'[{"author":"a","created_at":"2026-01-01"},{"auth', ["json"]),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_file_that_cannot_be_used_is_told_in_both_languages(vigie, tmp_path, name):
    content, named = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    told = {
        language: vigie("detect", "coaction", path, "--out", tmp_path / "o", "--quiet", "--lang", language)
        for language in ("en", "fr")
    }
    for one in told.values():
        assert one.status == exits.INPUT
        assert one.out == ""
        assert name in one.err
    both = told["en"].err + told["fr"].err
    assert [word for word in named if word not in both] == []
    assert told["en"].err != told["fr"].err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [name]  # nothing was left


@pytest.mark.parametrize("way", ["nowhere.csv", "folder"])
def test_what_is_no_file_is_told(vigie, tmp_path, way):
    (tmp_path / "folder").mkdir()
    for command in (["preview"], ["detect", "coaction", "--out", tmp_path / "o"]):
        english, french = (vigie(*command, tmp_path / way, "--lang", language) for language in ("en", "fr"))
        assert english.status == french.status == exits.INPUT
        assert way in english.err
        assert way in french.err
        assert english.err != french.err


def test_one_bad_file_among_good_ones_is_told_before_the_work(vigie, posts, tmp_path):
    told = vigie("detect", "coaction", posts, tmp_path / "nowhere.csv", "--out", tmp_path / "o", "--quiet")
    assert told.status == exits.INPUT
    assert "nowhere.csv" in told.err


def test_when_no_row_can_be_kept_it_can_be_seen_why(vigie, tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("author,created_at\na,2026-02-30\nb,hello\n")
    told = vigie("detect", "coaction", path, "--out", tmp_path / "o", "--quiet")
    assert "2026-02-30" in told.err or list(tmp_path.rglob("rejected.ndjson"))


# Rows that are set aside


def aside(folder):
    return [
        json.loads(line) for line in (folder / "rejected.ndjson").read_text(encoding="utf-8").splitlines()
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_row_with_an_impossible_date_is_set_aside_and_told_by_its_line(vigie, posts, tmp_path, language):
    posts.write_text(posts.read_text() + "a,2026-02-30 10:00:00,p9,x\nb,hello,p9,y\n")
    out = tmp_path / "o"
    told = vigie("detect", "coaction", posts, "--out", out, "--permutations", 20, "--lang", language)
    assert told.status == exits.DONE
    assert str(out / "rejected.ndjson") in told.out
    assert ("set aside" in told.out) == (language == "en")
    assert [row["line"] for row in aside(out)] == [17, 18]
    assert {row["code"] for row in aside(out)} == {"row.time"}


def test_rows_set_aside_are_told_when_only_counting_too(vigie, posts, tmp_path):
    posts.write_text(posts.read_text() + "a,2026-02-30 10:00:00,p9,x\n")
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--all-pairs")
    assert "rejected.ndjson" in told.out + told.err


def test_a_huge_field_is_set_aside_and_the_rest_is_read(vigie, posts, tmp_path):
    with posts.open("a") as file:
        file.write("a,2026-01-01 10:00:00," + "x" * 40_000_000 + ",huge\n")
        file.write("d,2026-01-01 10:00:00,p1,d1\n")
    out = tmp_path / "o"
    told = vigie("detect", "coaction", posts, "--out", out, "--all-pairs", "--objects-min", 1, "--quiet")
    assert told.status == exits.DONE
    assert "d" in pq.read_table(out / "pairs.parquet")["account_b"].to_pylist()
    (row,) = aside(out)
    assert row["line"] == 17
    assert len(row["excerpt"]) < 1_000


def test_posts_that_come_twice_count_once(vigie, posts, tmp_path):
    vigie("detect", "coaction", posts, "--out", tmp_path / "once", "--all-pairs", "--quiet")
    posts.write_text(posts.read_text() + posts.read_text().removeprefix(HEADER))
    vigie("detect", "coaction", posts, "--out", tmp_path / "twice", "--all-pairs", "--quiet")
    once, twice = (pq.read_table(tmp_path / name / "pairs.parquet") for name in ("once", "twice"))
    assert once.num_rows == 3
    assert once.equals(twice)


# Options


WRONG = [
    (["--window", "60"], exits.OPTION),
    (["--window", "soon"], exits.OPTION),
    (["--window", ""], exits.OPTION),
    (["--window", "60s,60s"], exits.OPTION),
    (["--window=-5s"], exits.OPTION),
    (["--objects-min", "1"], exits.OPTION),
    (["--objects-min", "0", "--all-pairs"], exits.OPTION),
    (["--fdr", "0"], exits.OPTION),
    (["--fdr", "1"], exits.OPTION),
    (["--fdr", "nan"], exits.OPTION),
    (["--zone", "Mars"], exits.OPTION),
    (["--zone", ""], exits.OPTION),
    (["--zone", "../../etc/passwd"], exits.OPTION),
    (["--zone", "Europe"], exits.OPTION),
    (["--map", "x"], exits.OPTION),
    (["--map", "=body"], exits.OPTION),
    (["--behaviour", "shout"], exits.OPTION),
    (["--map", "nowhere=body"], exits.INPUT),
    (["--map", "author=nowhere"], exits.INPUT),
    (["--encoding", "klingon"], exits.INPUT),
    (["--known", "nowhere.csv"], exits.INPUT),
    (["--fdr", "much"], exits.USAGE),
    (["--seed", "x"], exits.USAGE),
    (["--seed", "-1"], exits.USAGE),
    (["--threads", "two"], exits.USAGE),
    (["--permutations", "1.5"], exits.USAGE),
    (["--objects-min", "-1"], exits.USAGE),
    (["--time-unit", "h"], exits.USAGE),
    (["--out"], exits.USAGE),
]


@pytest.mark.parametrize(
    ("options", "status"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_value_that_means_nothing_is_told_in_both_languages(vigie, posts, tmp_path, options, status):
    english, french = (
        vigie("detect", "coaction", posts, "--out", tmp_path / "o", *options, "--quiet", "--lang", language)
        for language in ("en", "fr")
    )
    assert english.status == french.status == status
    assert english.err != french.err
    option, _, inline = options[0].partition("=")
    value = inline or (options[1] if len(options) > 1 else "")
    for told in (english, french):
        assert option in told.err or value in told.err
        assert told.out == ""
    assert not (tmp_path / "o").exists()


def test_a_wrong_value_is_shown_as_it_was_typed(vigie, posts, tmp_path):
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--window", "60s,60s")
    assert "60s,60s" in told.err


def test_a_wrong_number_is_told_by_a_sentence(vigie, posts, tmp_path):
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--seed", "x")
    assert told.err.splitlines()[-1].rpartition(": ")[2] != "x"


def test_a_seed_of_any_length_is_taken_or_refused(vigie, exercise, tmp_path):
    told = vigie(
        "detect", "coaction", exercise / "posts.parquet", "--out", tmp_path / "o", "--seed", 10**30,
        "--behaviour", "repost", "--permutations", 20, "--quiet",
    )  # fmt: skip
    assert told.status in {exits.DONE, exits.OPTION}


@pytest.mark.parametrize("content", [b"compte;nom\na;CBC\n", b"", "account,label\né,CBC\n".encode("latin-1")])
def test_a_list_of_known_accounts_that_is_none_is_told(vigie, posts, tmp_path, content):
    known = tmp_path / "known.csv"
    known.write_bytes(content)
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--known", known, "--quiet")
    assert told.status == exits.INPUT
    assert "known.csv" in told.err
    assert "account,label" in told.err


def test_a_list_of_known_accounts_that_is_missing_is_told_as_missing(vigie, posts, tmp_path):
    missing = vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--known", tmp_path / "nowhere.csv")
    assert "has no columns" not in missing.err


# Places to write


@pytest.mark.parametrize(
    "place",
    [
        "/proc/vigie",
        "/dev/null/vigie",
        ("/proc/new/newer/vigie"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_in_both_languages(vigie, posts, place):
    english, french = (
        vigie("detect", "coaction", posts, "--out", place, "--all-pairs", "--quiet", "--lang", language)
        for language in ("en", "fr")
    )
    assert english.status == french.status == exits.OUTPUT
    assert place in english.err
    assert place in french.err
    assert "--out" in french.err
    assert english.err != french.err


def test_a_folder_with_other_things_is_left_alone(vigie, posts):
    told = vigie("detect", "coaction", posts, "--out", posts.parent, "--all-pairs", "--quiet")
    assert told.status == exits.OUTPUT
    assert "posts.csv" in told.err
    assert [path.name for path in posts.parent.iterdir()] == ["posts.csv"]


def test_a_file_in_the_place_is_left_alone(vigie, posts):
    told = vigie("detect", "coaction", posts, "--out", posts, "--all-pairs", "--quiet")
    assert told.status == exits.OUTPUT
    assert posts.read_text().startswith(HEADER)


def test_results_can_be_written_twice_through_a_symbolic_link(vigie, posts, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("elsewhere")
    monkeypatch.chdir(tmp_path)
    for _run in range(2):
        told = vigie("detect", "coaction", posts, "--out", "out", "--all-pairs", "--quiet")
        assert told.status == exits.DONE


# In the middle


def in_the_middle(process, exercise, out, language="en"):
    """Start a run that would last for hours, and return it once it looks for accounts."""
    run = process(
        "detect", "coaction", exercise / "posts.parquet", "--out", out, "--permutations", 1_000_000,
        "--behaviour", "repost", "--lang", language,
    )  # fmt: skip
    run.stderr.readline()
    run.stderr.readline()  # the second stage has begun
    time.sleep(1.5)  # compiled code is loaded by then: it counts
    assert run.poll() is None
    return run


@pytest.mark.parametrize(
    ("number", "status", "language"),
    [
        (signal.SIGINT, exits.INTERRUPTED, "en"),
        (signal.SIGINT, exits.INTERRUPTED, "fr"),
        (signal.SIGTERM, exits.TERMINATED, "en"),
    ],
)
def test_a_run_that_is_stopped_leaves_nothing(process, exercise, tmp_path, number, status, language):
    run = in_the_middle(process, exercise, tmp_path / "o", language)
    run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, "fault" in err) == (status, False), err
    assert out == ""
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == []
    if number == signal.SIGINT:
        assert ("Interrupted" in err) == (language == "en")


FAILS_BY_A_STOP = """
import argparse
import os
import signal
from vigie_cli import main

class Compiled:
    def __del__(self):
        os.kill(os.getpid(), NUMBER)
        raise AssertionError("the signal came before")

def lost(chosen, words):  # as numba: what the callback was to do was not done
    Compiled()
    raise RuntimeError("no compiled object yet")

def turned(chosen, words):  # as C: "returned a result with an exception set"
    try:
        os.kill(os.getpid(), NUMBER)
    except BaseException as stop:
        raise SystemError("CPUDispatcher") from stop

main.parser = lambda words: argparse.Namespace(parse_args=lambda arguments: argparse.Namespace(run=RUN))
main.run()
"""


@pytest.mark.parametrize("how", ["lost", "turned"])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, exits.INTERRUPTED), (signal.SIGTERM, exits.TERMINATED)]
)
def test_what_fails_by_a_stop_is_told_as_stopped(number, status, how):
    code = FAILS_BY_A_STOP.replace("NUMBER", str(int(number))).replace("RUN", how)
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == status, run.stderr
    assert "fault" not in run.stderr


STOPPED_IN_A_DESTRUCTOR = """
import argparse
import time
from vigie_cli import main

class Slow:
    def __del__(self):
        print("here", flush=True)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            pass

def run(chosen, words):
    Slow()
    time.sleep(60)
    return 0

main.parser = lambda words: argparse.Namespace(parse_args=lambda arguments: argparse.Namespace(run=run))
main.run()
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, exits.INTERRUPTED), (signal.SIGTERM, exits.TERMINATED)]
)
def test_a_stop_that_falls_in_a_destructor_still_stops(number, status):
    started = [sys.executable, "-c", STOPPED_IN_A_DESTRUCTOR]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "here\n"
        run.send_signal(number)
        _out, err = run.communicate(timeout=30)
    assert run.returncode == status
    assert "Traceback" not in err


def test_a_run_that_is_stopped_leaves_earlier_results(process, vigie, exercise, posts, tmp_path):
    out = tmp_path / "o"
    vigie("detect", "coaction", posts, "--out", out, "--all-pairs", "--quiet")
    before = (out / "pairs.parquet").read_bytes()
    run = in_the_middle(process, exercise, out)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=30)
    assert (out / "pairs.parquet").read_bytes() == before


def test_while_one_run_writes_another_is_told_to_wait_and_after_a_kill_it_may(
    process, vigie, exercise, posts, tmp_path
):
    out = tmp_path / "o"
    run = in_the_middle(process, exercise, out)
    busy = vigie("detect", "coaction", posts, "--out", out, "--all-pairs", "--quiet")
    assert busy.status == exits.OUTPUT
    assert str(out) in busy.err
    run.kill()
    run.communicate(timeout=30)
    assert not out.exists()
    assert vigie("detect", "coaction", posts, "--out", out, "--all-pairs", "--quiet").status == exits.DONE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "o"]
