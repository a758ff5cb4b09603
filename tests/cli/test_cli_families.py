"""`vigie detect families`: what it writes, says and refuses."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from tiny_model import write_model

from vigie_cli import exits

FERRY = "The ferry to the island was cancelled again this morning, nobody told the people waiting."
WRITTEN = {"families.parquet", "members.parquet", "links.parquet", "families.json", "manifest.json"}


@pytest.fixture
def copies(tmp_path):
    path = tmp_path / "copies.csv"
    lines = [
        f'a,2026-01-01 10:00:00,p1,"{FERRY}"',
        f'b,2026-01-01 10:05:00,p2,"{FERRY}"',
        f'c,2026-01-01 10:09:00,p3,"{FERRY.replace("island", "mainland")}"',
        'd,2026-01-01 10:10:00,p4,"Good morning to all!"',
    ]
    path.write_text("\n".join(["author,created_at,post_id,body", *lines, ""]), encoding="utf-8")
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_families_are_written_with_members_differences_and_manifest(vigie, copies, tmp_path):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out")
    assert told.status == exits.DONE
    assert "1 family of copies, 3 posts" in told.out
    assert "other words, other language" in told.out
    assert set(contents(tmp_path / "out")) == WRITTEN
    members = pq.read_table(tmp_path / "out" / "members.parquet").to_pylist()
    assert [(one["post_id"], one["tier"]) for one in members] == [
        ("p1", "exact"), ("p2", "exact"), ("p3", "near"),
    ]  # fmt: skip
    (family,) = json.loads((tmp_path / "out" / "families.json").read_text())["largest"]
    (edited,) = family["differences"]
    assert ["removed", "island"] in edited["pieces"]
    assert ["added", "mainland"] in edited["pieces"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["method"] == "families/1"
    assert manifest["tiers_not_run"] == ["rewording", "translation"]
    assert manifest["inputs"][0]["file"] == "copies.csv"


def test_the_same_files_give_the_same_bytes_with_any_number_of_threads(vigie, copies, tmp_path):
    for threads in (1, 3):
        out = tmp_path / str(threads)
        told = vigie("detect", "families", copies, "--out", out, "--threads", threads, "--quiet")
        assert (told.status, told.out, told.err) == (0, "", "")
    assert contents(tmp_path / "1") == contents(tmp_path / "3")


def test_a_summary_for_machines(vigie, copies, tmp_path):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out", "--json", "--quiet")
    assert json.loads(told.out)["families"] == 1
    assert json.loads(told.out)["posts_compared"] == 3


@pytest.mark.parametrize("options", [("--similarity-min", "1.5"), ("--posts-min", "1")])
def test_an_option_that_means_nothing_is_refused_and_nothing_is_written(vigie, copies, tmp_path, options):
    told = vigie("detect", "families", copies, "--out", tmp_path / "out", *options)
    assert told.status == exits.OPTION
    assert options[1] in told.err
    assert not (tmp_path / "out").exists()


def test_a_file_without_texts_has_no_families(vigie, posts, tmp_path):
    told = vigie("detect", "families", posts, "--out", tmp_path / "out", "--json", "--quiet")
    assert (told.status, json.loads(told.out)["families"]) == (exits.DONE, 0)


# Later posts


def written(path, lines):
    path.write_text("\n".join(["author,created_at,post_id,body", *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def halves(tmp_path):
    lines = [
        f'u{n},2026-01-01 10:0{n}:00,p{n},"{FERRY.replace("again", word)}"'
        for n, word in enumerate(("again", "again", "twice", "thrice"))
    ]
    return [
        written(tmp_path / f"{name}.csv", some)
        for name, some in (("early", lines[:2]), ("late", lines[2:]), ("all", lines))
    ]


def test_a_later_run_goes_on_and_finds_what_one_run_would(vigie, halves, tmp_path):
    early, late, every = halves
    vigie("detect", "families", every, "--out", tmp_path / "once", "--keep", "--quiet")
    vigie("detect", "families", early, "--out", tmp_path / "a", "--keep", "--quiet")
    told = vigie("detect", "families", late, "--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert told.status == exits.DONE
    once, after = contents(tmp_path / "once"), contents(tmp_path / "b")
    assert once.keys() == after.keys() == WRITTEN | {"held-posts.parquet", "held-texts.parquet"}
    assert all(once[name] == after[name] for name in once.keys() - {"manifest.json"})
    assert json.loads(after["manifest.json"])["posts_compared"] == 4


def test_a_run_that_kept_nothing_cannot_be_gone_on_from(vigie, halves, tmp_path):
    early, late, _every = halves
    vigie("detect", "families", early, "--out", tmp_path / "a", "--quiet")
    told = vigie("detect", "families", late, "--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert told.status == exits.INPUT
    assert "--keep" in told.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("options", [("--seed", "3"), ("--similarity-min", "0.8")])
def test_an_earlier_run_of_another_make_is_refused(vigie, halves, tmp_path, options):
    early, late, _every = halves
    vigie("detect", "families", early, "--out", tmp_path / "a", "--keep", "--quiet")
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "a", *options)
    assert vigie("detect", "families", late, *again, "--quiet").status == exits.INPUT


@pytest.mark.parametrize("broken", ["held-posts.parquet", "held-texts.parquet", "manifest.json"])
def test_an_earlier_run_with_a_broken_file_is_refused(vigie, halves, tmp_path, broken):
    early, late, _every = halves
    vigie("detect", "families", early, "--out", tmp_path / "a", "--keep", "--quiet")
    (tmp_path / "a" / broken).write_bytes(b"nonsense")
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert vigie("detect", "families", late, *again).status == exits.INPUT


@pytest.mark.parametrize(
    "told",
    ['"posts_with_text": 1e400', '"posts_with_text": -1', '"posts_compared": 1', '"x": ' + "[" * 200_000],
)
def test_an_earlier_run_whose_manifest_cannot_be_is_refused(vigie, halves, tmp_path, told):
    early, late, _every = halves
    vigie("detect", "families", early, "--out", tmp_path / "a", "--keep", "--quiet")
    path = tmp_path / "a" / "manifest.json"
    path.write_text(path.read_text().rstrip().removesuffix("}") + f", {told}}}")
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert vigie("detect", "families", late, *again).status == exits.INPUT


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        *(("texts", "letters", ""), ("texts", "letters", "a" * 4_001), ("texts", "letters", None)),
        *(("texts", "apart", -(2**31)), ("texts", "apart", 9_999)),
        *(("posts", "author", None), ("posts", "created_ms", None), ("posts", "body", None)),
    ],
)
def test_an_earlier_run_with_values_that_no_run_leaves_is_refused(
    vigie, halves, tmp_path, name, column, value
):
    _early, late, every = halves
    vigie("detect", "families", every, "--out", tmp_path / "a", "--keep", "--quiet")
    path = tmp_path / "a" / f"held-{name}.parquet"
    table = pq.read_table(path)
    place, values = table.column_names.index(column), table[column].to_pylist()
    forged = pa.array([value, *values[1:]], table.schema.field(column).type)
    pq.write_table(table.set_column(place, table.schema.field(column), forged), path)
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert vigie("detect", "families", late, *again).status == exits.INPUT


def test_files_of_another_run_do_not_fit(vigie, halves, copies, tmp_path):
    early, late, _every = halves
    vigie("detect", "families", early, "--out", tmp_path / "a", "--keep", "--quiet")
    vigie("detect", "families", copies, "--out", tmp_path / "c", "--keep", "--quiet")
    (tmp_path / "a" / "held-texts.parquet").write_bytes((tmp_path / "c" / "held-texts.parquet").read_bytes())
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "a", "--quiet")
    assert vigie("detect", "families", late, *again).status == exits.INPUT


# A language model


@pytest.fixture
def reworded(tmp_path):
    return written(
        tmp_path / "reworded.csv",
        [
            'a,2026-01-01 10:00:00,p0,"The ferry was cancelled this morning, nobody warned the passengers."',
            'b,2026-01-01 10:01:00,p1,"At dawn they scrapped the boat and none of us travellers were told!"',
        ],
    )


def test_with_a_model_other_words_are_found_and_the_run_says_so(vigie, reworded, tmp_path):
    model = write_model(tmp_path / "model")
    told = vigie("detect", "families", reworded, "--out", tmp_path / "out", "--model", model, "--keep")
    assert told.status == exits.DONE
    assert "1 family of copies, 2 posts" in told.out
    assert "other words, other language." in told.out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["tiers_not_run"] == []
    assert len(manifest["model_sha256"]) == 64
    assert "held-meaning.parquet" in contents(tmp_path / "out")
    again = ("--out", tmp_path / "b", "--earlier", tmp_path / "out", "--model", model, "--quiet")
    assert vigie("detect", "families", reworded, *again).status == exits.DONE
    both, one = contents(tmp_path / "b"), contents(tmp_path / "out")
    assert all(both[name] == one[name] for name in WRITTEN - {"manifest.json"})
    assert vigie("detect", "families", reworded, *again[:4], "--quiet").status == exits.INPUT


def test_a_folder_without_a_model_is_refused_and_nothing_is_written(vigie, reworded, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "none"):
        told = vigie("detect", "families", reworded, "--out", tmp_path / "o", "--model", tmp_path / folder)
        assert told.status == exits.INPUT
        assert folder in told.err
        assert not (tmp_path / "o").exists()
