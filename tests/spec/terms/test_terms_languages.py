"""French and English: which language is spoken, and how numbers bend a sentence."""

from __future__ import annotations

import pytest

from vigie.terms.errors import BadOptionError, VigieError, tell
from vigie.terms.languages import Words, language_from, say


@pytest.mark.parametrize(
    ("preferences", "spoken"),
    [
        ([], "en"),
        ([None, "", "C", "POSIX", "de_DE.UTF-8"], "en"),
        (["fr_CA.UTF-8"], "fr"),
        (["fr"], "fr"),
        (["FR-ca"], "fr"),
        (["fr.UTF-8"], "fr"),
        (["de", "fr", "en"], "fr"),
        (["en_CA", "fr_CA"], "en"),
        (["frisian", "french"], "en"),  # a name that only begins alike is another language
    ],
)
def test_the_first_language_that_we_speak_is_spoken(preferences, spoken):
    assert language_from(*preferences) == spoken


def test_a_message_is_its_own_english():
    assert say("Some sentence.") == "Some sentence."
    assert Words("en")("A sentence that nobody translated, about {thing}.", thing="x").endswith("about x.")


def test_french_counts_nothing_as_one_and_english_as_many():
    def counted(language, number):
        words = Words(language, packages=("vigie_cli", "vigie"))
        return words.count("{number} group found.", "{number} groups found.", number)

    assert [counted("en", number) for number in (0, 1, 2)] == [
        "0 groups found.", "1 group found.", "2 groups found."
    ]  # fmt: skip
    none, one, two = (counted("fr", number).split(maxsplit=1)[1] for number in (0, 1, 2))
    assert none == one != two


def test_an_error_tells_what_happened_and_what_to_do_wholly_in_one_language():
    error = BadOptionError(option="--fdr", value="2", expected=say("a part between 0 and 1, such as 0.01"))
    english, french = tell(error, Words("en")), tell(error, Words("fr"))
    assert english == "“2” is not a value for --fdr. Give a part between 0 and 1, such as 0.01."
    assert "--fdr" in french
    assert "a part between" not in french


def test_an_error_keeps_its_facts_for_machines():
    class OwnError(VigieError):
        code, sentence, remedy = "file.own", "“{path}” is odd.", "Mend {path}."

    error = OwnError(path="a.csv")
    assert (error.code, error.facts, str(error)) == ("file.own", {"path": "a.csv"}, "“a.csv” is odd.")


def test_braces_in_what_people_typed_are_left_alone():
    error = BadOptionError(option="--zone", value="{path} {0}", expected="{x}")
    assert "{path} {0}" in tell(error, Words("en"))
