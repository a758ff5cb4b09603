"""An export of records is taken in as the posts that it holds; what is none on purpose is told apart."""

from __future__ import annotations

from pathlib import Path

from vigie_node.sources.models import Intake

SAMPLES = Path(__file__).parents[2] / "spec" / "collect" / "samples"


def test_an_export_is_taken_in_under_its_name(take):
    done = take(SAMPLES / "bluesky-jetstream.ndjson")
    assert (done.state, done.layout, done.format) == (Intake.State.DONE, "bluesky-jetstream", "ndjson")
    assert (done.read_count, done.new_count, done.rejected_count) == (5, 5, 0)
    assert {reason["code"]: reason["count"] for reason in done.reasons} == {
        "skip.account": 2,
        "skip.reaction": 1,
        "skip.other": 1,
    }


def test_taken_in_again_it_adds_nothing(take):
    take(SAMPLES / "zeeschuimer.ndjson")
    again = take(SAMPLES / "zeeschuimer.ndjson")
    assert (again.read_count, again.new_count, again.held_count) == (13, 0, 13)


def test_the_layout_that_was_named_is_kept_and_used(take):
    done = take(SAMPLES / "reddit.ndjson", layout="columns")
    assert (done.layout, done.read_count) == ("", 5)
