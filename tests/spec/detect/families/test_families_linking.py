"""Families of two languages are linked by what is not translated, weakly; differences are shown in pieces."""

from __future__ import annotations

import pytest
from copies import Post, found
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.families import Piece, Rule, differences
from vigie.detect.families.linking import gazetteer, names_in, numbers_in

EN = "The Prime Minister hid 1,250 letters from the House of Commons since 2019, share before they delete."
FR = "Le premier ministre a caché 1 250 lettres à la Chambre des communes depuis 2019, partagez avant."
PLAIN_EN = "The ferry to the island was cancelled again this morning, nobody told the people waiting."
PLAIN_FR = (
    "La traverse vers l’île a encore été annulée ce matin, personne n’a prévenu les gens qui attendent."
)


def pairs(*posts, **given_):
    return found(*posts, **given_).links.to_pylist()


def twice(text, lang, **given_):
    return [Post(text, lang=lang, who=who, **given_) for who in "ab"]


def test_numbers_and_names_link_a_text_and_its_translation():
    (link,) = pairs(*twice(EN, "en"), *twice(FR, "fr"))
    assert {link["language_a"], link["language_b"]} == {"en", "fr"}
    assert link["numbers"] == ["1250", "2019"]
    assert link["names"] == ["house-of-commons", "prime-minister"]


def test_one_address_is_enough():
    (link,) = pairs(
        *twice(PLAIN_EN, "en", links=("https://a.example/x",)),
        *twice(PLAIN_FR, "fr", links=("https://a.example/x",)),
    )
    assert link["addresses"] == ["https://a.example/x"]


def test_one_image_is_enough():
    (link,) = pairs(*twice(PLAIN_EN, "en", media=("m",)), *twice(PLAIN_FR, "fr", media=("m",)))
    assert link["media"] == ["m"]


def test_two_hashtags_are_too_few_and_three_enough():
    two, three = ("Vote", "Traverse"), ("Vote", "Traverse", "Île")
    assert pairs(*twice(PLAIN_EN, "en", hashtags=two), *twice(PLAIN_FR, "fr", hashtags=two)) == []
    (link,) = pairs(*twice(PLAIN_EN, "en", hashtags=three), *twice(PLAIN_FR, "fr", hashtags=three))
    assert link["hashtags"] == ["traverse", "vote", "île"]


def test_families_of_one_language_or_of_none_known_are_not_linked():
    address = ("https://a.example/x",)
    for language in ("en", None):
        posts = [*twice(PLAIN_EN, language, links=address), *twice(PLAIN_FR, language, links=address)]
        assert pairs(*posts) == []


def test_what_stands_in_many_families_links_none():
    posts = [*twice(PLAIN_EN, "en", links=("u",)), *twice(PLAIN_FR, "fr", links=("u",))]
    assert len(pairs(*posts, rule=Rule(common_max=2))) == 1
    assert pairs(*posts, rule=Rule(common_max=1)) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,000 or 1 000 or 1\u202f000", {"1000"}),
        ("3.5 and 3,5", {"3.5"}),
        ("٢٠١٩", {"2019"}),
        ("3 cats, B52", set()),
        ("in 2019, 2020", {"2019", "2020"}),
    ],
)
def test_numbers_are_written_one_way(text, numbers):
    assert numbers_in(text) == numbers


def test_every_name_of_the_gazetteer_is_found_in_both_languages():
    ids = {of for _form, of in gazetteer()}
    assert len(ids) >= 30
    assert all(of in set(names_in(form.strip())) for form, of in gazetteer())


def test_a_difference_is_told_by_words():
    assert differences("The ferry is late.", "The last ferry is late!") == (
        Piece("same", "The"),
        Piece("added", " last"),
        Piece("same", " ferry is late"),
        Piece("removed", "."),
        Piece("added", "!"),
    )


def test_a_difference_is_told_by_signs_where_no_spaces_are():
    assert differences("明天投票", "今天投票") == (
        Piece("removed", "明"),
        Piece("added", "今"),
        Piece("same", "天投票"),
    )


@given(specimen=st.text(max_size=60), member=st.text(max_size=60))
def test_pieces_make_up_both_texts(specimen, member):
    pieces = differences(specimen, member)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == specimen
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == member
