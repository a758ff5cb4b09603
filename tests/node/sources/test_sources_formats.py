"""An export of records is taken in as the posts that it holds; what is none on purpose is told apart."""

from __future__ import annotations

from pathlib import Path

from vigie.collect import layouts_known
from vigie_node.sources import taking
from vigie_node.sources.layouts import TITLES
from vigie_node.sources.models import Intake

SAMPLES = Path(__file__).parents[2] / "spec" / "collect" / "samples"


def test_an_export_is_taken_in_under_its_name(take):
    done = take(SAMPLES / "bluesky-jetstream.ndjson")
    assert (done.state, done.layout, done.format) == (Intake.State.DONE, "bluesky-jetstream", "ndjson")
    assert (done.read_count, done.new_count, done.rejected_count) == (5, 5, 0)
    assert (done.sure_percent, done.reasons) == (99, [])
    assert {one["code"]: one["count"] for one in done.skips} == {
        "skip.account": 2,
        "skip.reaction": 1,
        "skip.other": 1,
    }


def test_taken_in_again_it_adds_nothing(take):
    take(SAMPLES / "zeeschuimer.ndjson")
    again = take(SAMPLES / "zeeschuimer.ndjson")
    assert (again.read_count, again.new_count, again.held_count) == (27, 0, 27)


def test_each_time_step_of_a_post_is_kept_once(take):
    done = take(SAMPLES / "crowdtangle-api.json")
    assert (done.layout, done.read_count, done.new_count, done.rejected_count) == ("crowdtangle-api", 4, 4, 0)
    again = take(SAMPLES / "crowdtangle-api.json")
    assert (again.new_count, again.held_count) == (0, 4)


def test_the_layout_that_was_named_is_kept_and_used(take):
    done = take(SAMPLES / "reddit.ndjson", layout="columns")
    assert (done.layout, done.read_count) == ("", 5)


def test_the_layouts_that_a_form_offers_are_those_of_the_engine():
    said = {id_: str(title) for id_, title in TITLES.items()}
    known = {id_: str(title) for id_, title in layouts_known().items()}
    assert said | {"columns": ""} == known | {"columns": ""}


def test_the_first_row_of_every_reason_is_kept_however_many_came_before(take, kit, tmp_path, monkeypatch):
    monkeypatch.setattr(taking, "ROWS_SHOWN_MAX", 2)
    path = tmp_path / "many.csv"
    path.write_text(kit.csv_of([*kit.rows_of(2), *[",2026-01-01,i,p,t"] * 5, "x,never,i,p,t"]))
    done = take(path)
    assert [(row.code, row.number) for row in done.rejected_rows.order_by("number")] == [
        ("row.author", 4),
        ("row.author", 5),
        ("row.time", 9),
    ]
