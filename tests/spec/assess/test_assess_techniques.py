"""Techniques of influence operations: found in either language; old identifiers lead to those of today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vigie.assess.techniques import current, retired, search, tactics, techniques

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "exchange" / "disarm_red_stix21.json"


def ids(text):
    return [one.id for one in search(text)]


def test_the_framework_has_sixteen_tactics_and_391_techniques_in_both_languages():
    assert (len(tactics()), len(techniques())) == (16, 391)
    for one in (*tactics().values(), *techniques().values()):
        assert all(one.names.values())
    assert {one.tactic for one in techniques().values()} <= set(tactics())


def test_identifiers_and_tactics_are_those_of_the_official_file():
    if not OFFICIAL.exists():
        pytest.skip(f"there is no {OFFICIAL.name} here")
    objects = json.loads(OFFICIAL.read_text(encoding="utf-8"))["objects"]

    def named(kind):
        return {one["external_references"][0]["external_id"]: one for one in objects if one["type"] == kind}

    short = {one["x_mitre_shortname"]: id_ for id_, one in named("x-mitre-tactic").items()}
    official = {
        id_: short[one["kill_chain_phases"][0]["phase_name"]] for id_, one in named("attack-pattern").items()
    }
    assert {one.id: one.tactic for one in techniques().values()} == official


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("T0049.004", "T0049.004"),
        ("t0049.004", "T0049.004"),
        ("spamouflage", "T0049.004"),
        ("hypertrucage vidéo", "T0087.001"),
        ("HYPERTRUCAGE VIDEO", "T0087.001"),
        ("deepfake audio", "T0088.001"),
        ("mot-clic existant", "T0015.001"),
        ("amplify exist conspir", "T0022.001"),
        ("T0099", "T0143.003"),
    ],
)
def test_words_of_either_language_find_a_technique(text, first):
    assert ids(text)[0] == first


@pytest.mark.parametrize("text", ["", "   ", "!?", "zzz", "T9999"])
def test_what_names_nothing_finds_nothing(text):
    assert search(text) == ()


def test_a_name_that_begins_so_comes_before_one_that_holds_it():
    names = [one.names["en"] for one in search("harass")]
    assert names[0] == "Harass"


def test_retired_identifiers_lead_to_techniques_of_today():
    for old in retired():
        assert old not in techniques()
        assert current(old) is not None
    assert current("T0002").id == "T0002"
    assert current("T9999") is None


def test_only_the_beginning_of_a_long_question_is_read():
    assert search("a " * 30_000) == search("a")
