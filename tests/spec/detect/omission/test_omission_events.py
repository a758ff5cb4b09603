"""Events asked for by terms, in both languages and any script."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.detect.omission import languages_asked, matched, read_events
from vigie.detect.omission.events import EventsFileError
from vigie.terms.posts import POSTS

DAY_MS = 86_400_000
FILE = """
[[event]]
id = "flood"
terms.en = ["flood* Gatineau"]
terms.fr = ["crue Gatineau", "inondation* Gatineau"]
from = 2026-04-01
until = 2026-04-30

[[event]]
id = "dam"
terms.zh = ["大坝"]
terms.iu = ["ᐃᒫᓂ"]
terms.ar = ["السد"]
"""


def found(*texts, file=FILE, at_ms=1_775_000_000_000 + 5 * DAY_MS, title=None):
    rows = [
        {"post_id": f"p{n}", "author": "a", "created_ms": at_ms, "title": title, "body": text}
        for n, text in enumerate(texts)
    ]
    events = matched(pa.Table.from_pylist(rows, schema=POSTS), read_events(file, path="f"))
    return list(zip(events["event"].to_pylist(), events["post_id"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    "text",
    ["Flooding in GATINEAU!", "À Gatineau, la crue monte", "Gatineau : l’inondation", "flood #Gatineau"],
)
def test_a_term_is_found_in_either_language_whatever_its_case_and_accents(text):
    assert found(text) == [("flood", "p0")]


@pytest.mark.parametrize("text", ["Gatineau", "flood", "crues à Gatineau", "Gatineaux flood", None, ""])
def test_all_words_of_a_term_must_stand_there_as_they_are(text):
    assert found(text) == []


@pytest.mark.parametrize("text", ["赫尔松附近大坝被炸毁", "ᐃᒫᓂ 🌊", "انهار السد ليلا"])
def test_any_script_is_found(text):
    assert found(text) == [("dam", "p0")]


def test_a_title_is_read_too():
    assert found(None, title="Flood hits Gatineau") == [("flood", "p0")]


def test_outside_its_days_an_event_is_not_looked_for():
    assert found("flood Gatineau", at_ms=1_700_000_000_000) == []


def test_the_languages_of_terms_go_with_the_event():
    assert languages_asked(read_events(FILE, path="f")) == {
        "flood": frozenset({"en", "fr"}),
        "dam": frozenset({"zh", "iu", "ar"}),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "x = [",
        "x = 1",
        "event = 3",
        '[[event]]\nterms.en = ["a"]',
        '[[event]]\nid = "a"',
        '[[event]]\nid = "a"\nterms.en = "word"',
        '[[event]]\nid = "a"\nterms.en = ["!!"]',
        '[[event]]\nid = "a"\nterms.en = ["b"]\nfrom = "soon"',
        '[[event]]\nid = "a"\nterms.en = ["b"]\n[[event]]\nid = "a"\nterms.en = ["c"]',
        "x = " + "[" * 200_000,
        "x = " + "9" * 6_000,
        '[[event]]\nid = "a"\nterms.en = ["' + "b " * 10_001 + '"]',
        FILE + "#" * 1_000_000,
    ],
)
def test_a_list_that_cannot_be_read_is_refused(wrong):
    with pytest.raises(EventsFileError):
        read_events(wrong, path="f")
