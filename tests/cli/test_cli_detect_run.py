"""`vigie detect run`: several methods over the same posts; only what is new is done, and nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vigie.detect.methods import METHODS
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import Words
from vigie.terms.posts import POSTS
from vigie_cli import exits, main

HOUR_MS = 3_600_000
START_MS = 1_760_000_000_000
WORDS = Words("en", packages=("vigie_cli", "vigie"))


def posts(path, *, more=0):
    """Write posts of eight accounts, one of which has a post seen out of all proportion."""
    rows = []
    for account in range(8):
        for number in range(12):
            views = 1_000 + 37 * ((account * 7 + number * 5) % 11)
            rows.append((account, number, views))
    rows.append((0, 12, 2_000_000))
    rows += [(account, 20, 1_100) for account in range(more)]
    table = [
        {
            "post_id": f"{account}-{number}",
            "platform": "x",
            "author": f"a{account}",
            "author_followers": 1_500,
            "created_ms": START_MS + (account * 12 + number) * HOUR_MS,
            "collected_ms": START_MS + (account * 12 + number + 5) * HOUR_MS,
            "body": f"Message {account} {number}",
            "counts": [
                {"name": "views", "value": views, "at_ms": START_MS + (account * 12 + number + 5) * HOUR_MS}
            ],
        }
        for account, number, views in rows
    ]
    pq.write_table(pa.Table.from_pylist(table, schema=POSTS), path)
    return path


@pytest.fixture
def file(tmp_path):
    return posts(tmp_path / "posts.parquet")


def run(file, out, *options):
    return main.main(["detect", "run", str(file), "--out", str(out), *options])


def summary(capsys, file, out, *options):
    capsys.readouterr()
    status = run(file, out, "--json", "--quiet", *options)
    return status, json.loads(capsys.readouterr().out)


QUICK = "--methods=engagement,rhythm"


def test_each_method_is_run_and_its_signals_stand_together(file, tmp_path, capsys):
    status, told = summary(capsys, file, tmp_path / "r", QUICK)
    assert status == exits.DONE
    assert told["run_now"] == list(told["methods"]) == ["rhythm", "engagement"]
    assert told["methods"]["engagement"]["signals"] == 1
    assert told["posts"] == 97
    table = pq.read_table(tmp_path / "r" / "signals.parquet")
    whole = json.loads((tmp_path / "r" / "signals.json").read_text())["signals"]
    assert table.column("subject").to_pylist() == [one["subject"] for one in whole] == ["a0"]
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["read"]["inputs"][0]["file"] == "posts.parquet"
    assert set(manifest["fingerprints"]) == {"rhythm", "engagement"}


def test_a_second_run_does_nothing_and_says_so(file, tmp_path, capsys):
    run(file, tmp_path / "r", QUICK)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(file, tmp_path / "r", QUICK, "--quiet") == exits.DONE
    assert run(file, tmp_path / "r", QUICK) == exits.DONE
    assert "Nothing to do" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert summary(capsys, file, tmp_path / "r", QUICK)[1]["run_now"] == []


def test_a_method_more_is_the_only_one_run(file, tmp_path, capsys):
    run(file, tmp_path / "r", "--methods=rhythm")
    _, told = summary(capsys, file, tmp_path / "r", QUICK)
    assert told["run_now"] == ["engagement"]
    assert set(told["methods"]) == {"rhythm", "engagement"}


def test_other_posts_or_other_options_are_looked_at_anew(file, tmp_path, capsys):
    run(file, tmp_path / "r", "--methods=engagement")
    _, told = summary(capsys, file, tmp_path / "r", "--methods=engagement", "--hours=10000")
    assert told["run_now"] == ["engagement"]
    posts(file, more=3)
    _, told = summary(capsys, file, tmp_path / "r", "--methods=engagement", "--hours=10000")
    assert (told["run_now"], told["posts"]) == (["engagement"], 100)


def test_the_result_is_that_of_one_run_to_the_last_byte(file, tmp_path):
    run(file, tmp_path / "once", QUICK)
    run(file, tmp_path / "twice", "--methods=rhythm")
    run(file, tmp_path / "twice", QUICK)
    for name in ("signals.json", "signals.parquet"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()


def broken(name):
    def fail(_posts, _seed, _progress):
        raise ZeroDivisionError("by zero")

    tools = replace(METHODS[name].tools(), run=fail)
    return replace(METHODS[name], tools=lambda: tools)


def test_a_method_that_fails_is_told_and_the_others_go_on(file, tmp_path, capsys, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(METHODS, "rhythm", broken("rhythm"))
        assert run(file, tmp_path / "r", QUICK) == exits.BROKEN
        said = capsys.readouterr()
        assert "rhythm failed: ZeroDivisionError: by zero" in said.err
        assert "Engagement out of proportion: 1 signal" in said.out
    status, told = summary(capsys, file, tmp_path / "r", QUICK)
    assert (status, told["run_now"], told["failed"]) == (exits.DONE, ["rhythm"], {})


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(file, tmp_path, capsys, monkeypatch):
    def stopped(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        tools = replace(METHODS["engagement"].tools(), run=stopped)
        patched.setitem(METHODS, "engagement", replace(METHODS["engagement"], tools=lambda: tools))
        given = ["detect", "run", str(file), "--out", str(tmp_path / "r"), QUICK, "--quiet"]
        chosen = main.parser(WORDS).parse_args(given)
        with pytest.raises(KeyboardInterrupt):
            chosen.run(chosen, WORDS)
    assert not (tmp_path / "r" / "manifest.json").exists()
    _, told = summary(capsys, file, tmp_path / "r", QUICK)
    assert told["run_now"] == ["engagement"]


def test_only_posts_of_the_time_asked_for_are_read(file, tmp_path, capsys):
    _, last_day = summary(capsys, file, tmp_path / "a", "--methods=rhythm", "--hours=23")
    assert last_day["posts"] == 24
    _, some = summary(
        capsys, file, tmp_path / "b", "--methods=rhythm", "--since=2025-10-10", "--until=2025-10-10"
    )
    assert some["posts"] == 24
    _, none = summary(capsys, file, tmp_path / "c", "--methods=rhythm", "--since=2030-01-01")
    assert none["posts"] == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--hours=9000000000000000",),
        ("--methods=tarot",),
        ("--hours=0",),
        ("--hours=3", "--since=2025-10-10"),
        ("--since=2025-10-10", "--until=2025-10-09"),
    ],
)
def test_options_that_mean_nothing_are_refused(file, tmp_path, options):
    assert run(file, tmp_path / "r", *options) == exits.status_of(BadOptionError.code)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("name", ["pile-on", "pileon", "posting-drop", "posting_drop"])
def test_a_method_is_asked_for_by_its_command_or_by_the_name_in_files(file, tmp_path, capsys, name):
    _, told = summary(capsys, file, tmp_path / "r", f"--methods={name}")
    assert told["run_now"] == [name.replace("pile-on", "pileon").replace("-", "_")]


def test_help_names_methods_as_their_own_commands_are_named(capsys):
    with pytest.raises(SystemExit):
        main.parser(WORDS).parse_args(["detect", "run", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "pile-on, bursts" in said
    for method in METHODS.values():
        with pytest.raises(SystemExit) as left:
            main.parser(WORDS).parse_args(["detect", method.command, "--help"])
        assert left.value.code == exits.DONE


def test_each_file_is_planned_and_hashed_once(file, tmp_path, monkeypatch):
    from vigie import intake, store

    asked, plan_all, digest = [], intake.plan_all, store.digest
    monkeypatch.setattr(intake, "plan_all", lambda *given: (asked.append("plan"), plan_all(*given))[1])
    monkeypatch.setattr(store, "digest", lambda *given: (asked.append("digest"), digest(*given))[1])
    run(file, tmp_path / "r", "--methods=rhythm")
    assert asked == ["plan", "digest"]


def test_a_folder_of_somebody_elses_is_left_alone(file, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "mine.txt").write_text("keep")
    assert run(file, tmp_path / "r", QUICK) == exits.OUTPUT
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["mine.txt"]


def test_a_folder_that_has_a_folder_of_the_same_name_is_left_alone(file, tmp_path):
    notes = tmp_path / "r" / "methods" / "rhythm.json"
    notes.parent.mkdir(parents=True)
    notes.write_text("{}")
    assert run(file, tmp_path / "r", QUICK) == exits.OUTPUT
    assert notes.read_text() == "{}"
    assert [path.name for path in (tmp_path / "r").rglob("*")] == ["methods", "rhythm.json"]


@pytest.mark.parametrize("name", ["signals.json", "manifest.json.partial", "methods/rhythm.json", "methods"])
def test_nothing_is_written_through_a_link(file, tmp_path, name):
    run(file, tmp_path / "r", "--methods=rhythm")
    link, elsewhere = tmp_path / "r" / name, tmp_path / "elsewhere"
    if link.exists():
        link.rename(elsewhere)
    else:
        elsewhere.write_text("mine")
    link.symlink_to(elsewhere)
    before = content(elsewhere)
    assert run(file, tmp_path / "r", "--methods=rhythm", "--seed=1") == exits.OUTPUT
    assert content(elsewhere) == before


def content(place):
    paths = [place, *place.rglob("*")] if place.is_dir() else [place]
    return {path: path.read_bytes() for path in paths if path.is_file()}


def test_what_others_put_beside_the_results_of_methods_stays(file, tmp_path):
    run(file, tmp_path / "r", QUICK)
    methods = tmp_path / "r" / "methods"
    (methods / "mine.json").write_text("{}")
    (methods / "pileon.json").write_text('{"mine": 1}')
    assert run(file, tmp_path / "r", "--methods=rhythm") == exits.DONE
    assert {path.name for path in methods.glob("*.json")} == {"mine.json", "pileon.json", "rhythm.json"}


@pytest.mark.parametrize("name", ["manifest.json", "methods/rhythm.json"])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff", b"[]", b"[" * 100_000, b'{"kind": "vigie detect run"}']
)
def test_what_is_damaged_is_done_again(file, tmp_path, name, damage):
    run(file, tmp_path / "r", "--methods=rhythm")
    whole = content(tmp_path / "r")
    (tmp_path / "r" / name).write_bytes(damage)
    if name != "manifest.json":
        (tmp_path / "r" / "manifest.json").unlink()
    assert run(file, tmp_path / "r", "--methods=rhythm") == exits.DONE
    assert content(tmp_path / "r").keys() == whole.keys()
    assert content(tmp_path / "r")[tmp_path / "r" / name] != damage


def test_a_manifest_of_somebody_elses_is_left_alone(file, tmp_path):
    run(file, tmp_path / "r", "--methods=rhythm")
    manifest = tmp_path / "r" / "manifest.json"
    manifest.write_text('{"name": "my app"}')
    assert run(file, tmp_path / "r", "--methods=rhythm") == exits.OUTPUT
    assert manifest.read_text() == '{"name": "my app"}'


def test_files_without_a_row_are_an_error_of_input_and_leave_nothing_behind(tmp_path):
    (tmp_path / "head.csv").write_text("author,created_ms,body\n")
    assert run(tmp_path / "head.csv", tmp_path / "r", QUICK) == exits.INPUT
    assert not (tmp_path / "r").exists()


def test_a_file_that_is_not_there_is_an_error_of_input(tmp_path):
    assert run(tmp_path / "none.csv", tmp_path / "r", QUICK) == exits.INPUT


def test_both_languages_say_what_was_noticed(file, tmp_path, capsys):
    run(file, tmp_path / "r", "--methods=engagement", "--lang=fr")
    assert "2 000 000" in capsys.readouterr().out.replace("\u202f", " ").replace("\u00a0", " ")


REGISTER = (
    "identifier,kind,tier,state,name,criterion,source_url,source_date\nx:a0,account,unclassified,,Un,,,\n"
)


def test_methods_that_compare_with_a_register_are_said_not_to_be_run_without_one(file, tmp_path, capsys):
    assert run(file, tmp_path / "r") == exits.DONE
    told = capsys.readouterr().out
    assert told.count("not run: no register of outlets") == 2
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert not {"exposure", "omission"} & manifest["methods"].keys()
    assert manifest["not_run"] == {"exposure": ["register"], "omission": ["register"]}
    assert run(file, tmp_path / "r") == exits.DONE
    assert capsys.readouterr().out.count("not run: no register of outlets") == 2
    assert run(file, tmp_path / "x", "--methods=exposure") == exits.OPTION


def test_with_a_register_they_are_run_again_only_where_it_is_another(file, tmp_path, capsys):
    (tmp_path / "outlets.csv").write_text(REGISTER)
    options = ("--methods=exposure,omission,rhythm", f"--register={tmp_path / 'outlets.csv'}")
    _, told = summary(capsys, file, tmp_path / "r", *options)
    assert told["run_now"] == ["rhythm", "exposure", "omission"]
    assert summary(capsys, file, tmp_path / "r", *options)[1]["run_now"] == []
    (tmp_path / "outlets.csv").write_text(REGISTER + "x:a1,account,unclassified,,Deux,,,\n")
    assert summary(capsys, file, tmp_path / "r", *options)[1]["run_now"] == ["exposure", "omission"]
