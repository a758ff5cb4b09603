"""What each command does, on files that are as they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie_cli import exits
from vigie_cli.main import main

COUNTED = {
    "account_a", "account_b", "object_count", "post_count_ab", "post_count_ba", "behaviour",
    "window_ms",
}  # fmt: skip
QUICK = ("--behaviour", "repost", "--permutations", "20", "--quiet")


def rows(folder, name="pairs.parquet"):
    return pq.read_table(folder / name).to_pylist()


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def counted(vigie, out, *arguments):
    told = vigie("detect", "coaction", *arguments, "--out", out, "--all-pairs", "--quiet")
    assert (told.status, told.out, told.err) == (0, "", "")
    return {(row["account_a"], row["account_b"]): row["object_count"] for row in rows(out)}


ALL_THREE = {("a", "b"): 5, ("a", "c"): 5, ("b", "c"): 5}


# exercise


def test_an_exercise_keeps_the_truth_apart(exercise):
    assert {path.name for path in exercise.iterdir()} == {
        "posts.parquet",
        "truth.parquet",
        "campaigns.parquet",
    }
    assert pq.read_metadata(exercise / "posts.parquet").num_rows == 20_000
    names = pq.read_schema(exercise / "posts.parquet").names
    assert not {"role", "campaign"} & set(names)


def test_the_same_seed_is_the_same_exercise_and_another_is_another(vigie, tmp_path):
    made = {}
    for folder, seed in (("one", 1), ("two", 1), ("three", 2)):
        told = vigie("exercise", "generate", "--posts", 1000, "--seed", seed, "--out", tmp_path / folder)
        assert told.status == exits.DONE
        assert str(tmp_path / folder) in told.out
        made[folder] = contents(tmp_path / folder)
    assert made["one"] == made["two"]
    assert made["one"]["posts.parquet"] != made["three"]["posts.parquet"]


@pytest.mark.parametrize(
    ("option", "value"), [("--posts", 999), ("--posts", 10**9), ("--days", 0), ("--days", 367)]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_exercise_that_means_nothing_is_refused(vigie, tmp_path, option, value, language):
    told = vigie("exercise", "generate", option, value, "--out", tmp_path / "x", "--lang", language)
    assert told.status == exits.OPTION
    assert option in told.err
    assert not (tmp_path / "x").exists()


def test_a_folder_with_somebodys_own_posts_is_not_replaced(vigie, tmp_path):
    mine = tmp_path / "data" / "posts.parquet"
    mine.parent.mkdir()
    pq.write_table(pa.table({"author": ["me"], "created_at": ["2026-01-01"]}), mine)
    before = mine.read_bytes()
    vigie("exercise", "generate", "--posts", 1000, "--out", mine.parent, "--quiet")
    assert mine.read_bytes() == before


# preview


@pytest.mark.parametrize(("language", "format_is"), [("en", "Format: csv"), ("fr", "Format : csv")])
def test_a_preview_tells_format_columns_and_first_posts(vigie, posts, language, format_is):
    told = vigie("preview", posts, "--rows", 2, "--lang", language)
    assert told.status == exits.DONE
    assert format_is in told.out.replace("\xa0", " ").replace("\u202f", " ")
    for word in ("author", "created_at", "created_ms", "share_of"):
        assert word in told.out
    assert told.out.count("2026-01-0") == 0  # times are shown as they are understood
    assert "1767261600000" in told.out
    assert " b " in told.out
    assert " c " not in told.out  # the third post is not shown


def test_a_preview_shows_no_command_to_the_terminal(vigie, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("author,created_at,text\n\x1b[31mred\x1b]0;title\x07,2026-01-01,[bold]plain[/bold]\n")
    told = vigie("preview", path)
    assert told.status == exits.DONE
    assert "\x1b]" not in told.out
    assert "\x1b[31m" not in told.out
    assert "[bold]plain[/bold]" in told.out


# detect coaction


@pytest.fixture(scope="module")
def results(exercise, tmp_path_factory):
    out = tmp_path_factory.mktemp("detect") / "out"
    assert main(["detect", "coaction", str(exercise / "posts.parquet"), "--out", str(out), *QUICK]) == 0
    return out


def test_the_results_are_the_files_that_were_promised(results):
    assert {path.name for path in results.iterdir()} == {
        "pairs.parquet", "groups.parquet", "findings.json", "manifest.json", "report.html"
    }  # fmt: skip
    pairs = pq.read_table(results / "pairs.parquet")
    assert pairs.column_names[:5] == [
        "account_a", "account_b", "object_count", "post_count_ab", "post_count_ba"
    ]  # fmt: skip
    assert {"gap_ms_max", "behaviour", "window_ms", "surprise", "q_value"} < set(pairs.column_names)
    assert pq.read_table(results / "groups.parquet").column_names == ["account", "group"]
    assert pq.read_table(results / "groups.parquet").num_rows > 0


def test_the_manifest_tells_how_to_make_the_run_again(results, exercise):
    from vigie.store import digest

    manifest = json.loads((results / "manifest.json").read_text())
    (read,) = manifest["inputs"]
    assert manifest["method"] == "coaction/2"
    assert manifest["behaviours"] == ["repost"]
    assert manifest["posts"] == 20_000
    assert manifest["seed"] == 0
    assert manifest["parameters"]["permutations"] == 20
    assert (read["file"], read["sha256"]) == ("posts.parquet", digest(exercise / "posts.parquet"))
    assert str(exercise) not in (results / "manifest.json").read_text()


def test_the_findings_and_the_groups_are_the_same_accounts(results):
    findings = json.loads((results / "findings.json").read_text())
    members = {(m["account"], group["group"]) for group in findings["groups"] for m in group["members"]}
    assert members == {(row["account"], row["group"]) for row in rows(results, "groups.parquet")}
    assert findings["calibrations"]


def test_the_report_is_one_page_that_fetches_nothing(results):
    page = (results / "report.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "<script src" not in page
    assert '<link rel="stylesheet"' not in page


def test_planted_accounts_are_found_and_others_are_not(results, exercise):
    from vigie.exercise.scoring import score

    found = [row["account"] for row in rows(results, "groups.parquet")]
    scored = score(found, pq.read_table(exercise / "truth.parquet"))
    assert scored.recall_by_kind["fast"][0] >= 0.8 * scored.recall_by_kind["fast"][1]
    assert scored.wrong_by_role["organic"][0] == 0


def test_the_same_command_writes_the_same_bytes(vigie, results, exercise, tmp_path):
    assert (
        vigie("detect", "coaction", exercise / "posts.parquet", "--out", tmp_path / "o", *QUICK).status == 0
    )
    assert contents(tmp_path / "o") == contents(results)


def test_neither_hashes_nor_threads_of_libraries_change_a_byte(process, results, exercise, tmp_path):
    environment = {
        "PYTHONHASHSEED": "7", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TZ": "Asia/Tokyo",
    }  # fmt: skip
    out = tmp_path / "o"
    run = process("detect", "coaction", exercise / "posts.parquet", "--out", out, *QUICK, **environment)
    assert (*run.communicate(), run.returncode) == ("", "", 0)
    assert contents(out) == contents(results)


def test_a_summary_for_machines_is_all_that_is_printed(vigie, exercise, results, tmp_path):
    arguments = [word for word in QUICK if word != "--quiet"]
    told = vigie(
        "detect", "coaction", exercise / "posts.parquet", "--out", tmp_path / "o", *arguments, "--json"
    )
    summary = json.loads(told.out)
    assert summary["method"] == "coaction/2"
    assert summary["posts"] == 20_000
    assert [group["group"] for group in summary["groups"]] == list(range(1, len(summary["groups"]) + 1))
    assert sum(group["accounts"] for group in summary["groups"]) == len(rows(results, "groups.parquet"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_found_is_told_in_the_language_asked(vigie, posts, tmp_path, language):
    out = tmp_path / "o"
    told = vigie("detect", "coaction", posts, "--out", out, "--permutations", 20, "--lang", language)
    assert told.status == exits.DONE
    assert str(out / "report.html") in told.out
    assert ("Read: 15 posts of 3 accounts." in told.out) == (language == "en")
    assert f'lang="{language}' in (out / "report.html").read_text()


def test_quiet_is_quiet(vigie, posts, tmp_path):
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "o", *QUICK)
    assert (told.status, told.out, told.err) == (0, "", "")


def test_known_accounts_are_marked_in_the_findings(vigie, exercise, results, tmp_path):
    account = rows(results, "groups.parquet")[0]["account"]
    known = tmp_path / "known.csv"
    known.write_text(f"\ufeffaccount,label\n{account},Radio « Havre »\nnobody,CBC\n", encoding="utf-8")
    told = vigie(
        "detect", "coaction", exercise / "posts.parquet", "--out", tmp_path / "o", *QUICK, "--known", known
    )
    assert told.status == exits.DONE
    findings = json.loads((tmp_path / "o" / "findings.json").read_text())
    labels = {m["account"]: m["known_as"] for group in findings["groups"] for m in group["members"]}
    assert {name: label for name, label in labels.items() if label} == {account: "Radio « Havre »"}


def test_a_column_can_be_named_by_hand(vigie, posts, tmp_path):
    odd = tmp_path / "odd.csv"
    odd.write_text(posts.read_text().replace("author,created_at,share_of,post_id", "Qui,Quand,Quoi,No"))
    mapped = [
        "--map",
        "Qui=author",
        "--map",
        "Quand=created_ms",
        "--map",
        "Quoi=share_of",
        "--map",
        "No=post_id",
    ]
    assert counted(vigie, tmp_path / "o", odd, *mapped) == ALL_THREE


# only counting


def test_all_pairs_are_counted_without_judgement(vigie, posts, tmp_path):
    assert counted(vigie, tmp_path / "o", posts, "--objects-min", 1) == ALL_THREE
    assert {path.name for path in (tmp_path / "o").iterdir()} == {"pairs.parquet", "manifest.json"}
    assert set(pq.read_schema(tmp_path / "o" / "pairs.parquet").names) == COUNTED
    assert json.loads((tmp_path / "o" / "manifest.json").read_text())["parameters"]["objects_min"] == 1


def test_one_object_in_common_is_a_pair_only_when_asked(vigie, posts, tmp_path):
    once = tmp_path / "once.csv"
    once.write_text(posts.read_text() + "d,2026-01-01 10:00:03,p1,d1\n")
    assert counted(vigie, tmp_path / "two", once) == ALL_THREE
    one = counted(vigie, tmp_path / "one", once, "--objects-min", 1)
    assert one == {**ALL_THREE, ("a", "d"): 1, ("b", "d"): 1, ("c", "d"): 1}


@pytest.mark.parametrize(("window", "pairs"), [("0s", 0), ("500ms", 0), ("1s", 2), ("2s", 3), ("1s,2s", 5)])
def test_windows_are_written_as_people_write_times(vigie, posts, tmp_path, window, pairs):
    counted(vigie, tmp_path / "o", posts, "--window", window)
    assert len(rows(tmp_path / "o")) == pairs


def test_counts_are_told_in_both_languages_and_for_machines(vigie, posts, tmp_path):
    def count(*more):
        return vigie("detect", "coaction", posts, "--out", tmp_path / "o", "--all-pairs", *more)

    assert count("--lang", "en").out.startswith("3 pairs counted: ")
    assert count("--lang", "fr").out.startswith("3 paires ")
    assert json.loads(count("--json").out)["pairs"] == 3


def test_several_files_are_one_collection(vigie, posts, tmp_path):
    header, *lines = posts.read_text().splitlines(keepends=True)
    parts = [tmp_path / "1.csv", tmp_path / "2.csv"]
    for number, path in enumerate(parts):
        path.write_text(header + "".join(lines[number::2]))
    assert counted(vigie, tmp_path / "o", *parts) == ALL_THREE
    assert len(json.loads((tmp_path / "o" / "manifest.json").read_text())["inputs"]) == 2


def test_the_same_file_twice_adds_nothing_where_posts_have_ids(vigie, posts, tmp_path):
    counted(vigie, tmp_path / "once", posts)
    counted(vigie, tmp_path / "twice", posts, posts)
    assert rows(tmp_path / "once") == rows(tmp_path / "twice")


COORTWEET = "object_id,account_id,content_id,timestamp_share\n" + "".join(
    f"o{n},{who},{who}{n},{1_700_000_000 + 100_000 * n + at}\n"
    for n in range(5)
    for at, who in enumerate("abc")
)
TOOLKIT = "message_id,user_id,username,repost_id,reply_id,message,timestamp,urls\n" + "".join(
    f"{who}{n},{who},{who.upper()},o{n},,hello,{1_700_000_000 + 100_000 * n + at},\n"
    for n in range(5)
    for at, who in enumerate("abc")
)


@pytest.mark.parametrize(
    ("name", "content"), [("CooRTweet", COORTWEET), ("coordination-network-toolkit", TOOLKIT)]
)
def test_layouts_of_other_tools_are_read_as_they_are(vigie, tmp_path, name, content):
    path = tmp_path / "posts.csv"
    path.write_text(content)
    assert counted(vigie, tmp_path / "o", path) == ALL_THREE
    assert json.loads((tmp_path / "o" / "manifest.json").read_text())["inputs"][0]["layout"] == name
    assert {row["behaviour"] for row in rows(tmp_path / "o")} == {"repost"}  # an empty address is no link


def test_results_are_replaced_whole_by_another_run(vigie, posts, tmp_path):
    out = tmp_path / "o"
    assert vigie("detect", "coaction", posts, "--out", out, *QUICK).status == exits.DONE
    assert (out / "report.html").exists()
    counted(vigie, out, posts)
    assert {path.name for path in out.iterdir()} == {"pairs.parquet", "manifest.json"}


def test_a_home_that_cannot_be_written_costs_time_only(process, posts, tmp_path):
    environment = {"VIGIE_HOME": "/dev/null/vigie", "NUMBA_CACHE_DIR": "/dev/null/vigie/numba"}
    run = process(
        "detect", "coaction", posts, "--out", tmp_path / "o", "--all-pairs", "--quiet", **environment
    )
    assert (*run.communicate(), run.returncode) == ("", "", 0)


def test_a_file_whose_name_is_no_utf_8_is_read(vigie, posts, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/donn\xe9es.csv")
    posts.rename(odd)
    assert (
        vigie("detect", "coaction", odd, "--out", tmp_path / "o", "--all-pairs", "--quiet").status
        == exits.DONE
    )


def test_a_closed_standard_error_is_no_fault(posts, tmp_path):
    script = f"{sys.executable} -c 'from vigie_cli.main import run; run()' detect coaction --all-pairs"
    script += f" {posts} --out {tmp_path}/o 2>&-"
    done = subprocess.run(["sh", "-c", script], check=False, capture_output=True)
    assert done.returncode == exits.DONE
