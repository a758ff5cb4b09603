"""What a person is told about the export that a file is, and how to say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie_cli import exits

SAMPLES = Path(__file__).parents[1] / "spec" / "collect" / "samples"


def test_a_preview_says_which_export_a_file_is_and_how_sure(vigie):
    told = vigie("preview", SAMPLES / "telegram.json")
    assert told.status == exits.DONE
    assert "Read as: Telegram Desktop, sure: 99 %" in told.out
    assert "First posts" in told.out
    assert "column of the file" not in told.out  # an export of records has none


def test_a_preview_of_a_known_table_shows_its_columns(vigie):
    told = vigie("preview", SAMPLES / "4cat-x.csv")
    assert "Read as: 4CAT, X, sure: 97 %" in told.out
    assert "counts.likes" in told.out


def test_the_layout_is_the_users_to_say(vigie):
    told = vigie("preview", SAMPLES / "reddit.ndjson", "--layout", "columns")
    assert "Read as: a table of posts, by the names of its columns, sure: 100 %" in told.out
    assert "author_fullname" in told.out


@pytest.mark.parametrize("command", [["preview"], ["detect", "coaction", "--out", "o"]])
def test_an_unknown_layout_is_refused_with_those_that_are_known(vigie, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    told = vigie(*command, SAMPLES / "reddit.ndjson", "--layout", "?")
    assert told.status == exits.INPUT
    for layout in ("telegram", "4cat-x", "crowdtangle-facebook", "columns"):
        assert layout in told.err


def test_a_detection_reads_an_export_and_says_so_in_its_manifest(vigie, tmp_path):
    told = vigie("detect", "coaction", SAMPLES / "zeeschuimer.ndjson", "--out", tmp_path / "o")
    assert told.status == exits.DONE
    manifest = (tmp_path / "o" / "manifest.json").read_text(encoding="utf-8")
    assert '"layout": "zeeschuimer"' in manifest
