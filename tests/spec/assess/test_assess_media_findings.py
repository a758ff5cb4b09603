"""What people may find of a medium, and on what grounds: words in both languages."""

from __future__ import annotations

import tomllib
from importlib import resources

from vigie.assess.media_findings import UNDETERMINED, vocabulary


def test_every_word_is_there_in_both_languages():
    words = vocabulary()
    for one in (*words.findings.values(), *words.bases.values()):
        assert set(one.names) == set(one.means) == {"en", "fr"}
        assert all(one.names.values())
        assert all(text.endswith(".") for text in one.means.values())


def test_the_findings_are_those_a_person_makes_and_undetermined_is_one():
    ids = ["authentic", "altered", "out_of_context", "synthetic", UNDETERMINED]
    assert list(vocabulary().findings) == ids


def test_no_two_words_have_one_id():
    raw = tomllib.loads((resources.files("vigie.assess") / "media_findings.toml").read_text(encoding="utf-8"))
    for kind in ("finding", "basis"):
        ids = [one["id"] for one in raw[kind]]
        assert len(set(ids)) == len(ids)


def test_what_rests_on_a_search_credentials_an_expert_or_the_source_can_be_said():
    assert {"earlier_copy", "credentials", "expert", "source"} <= set(vocabulary().bases)
