"""The briefing note: one page whatever people wrote, and honest about what it leaves out."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from docx import Document

from vigie.report.briefing import MARKINGS, Briefing, Part, Side, docx, fitted, pdf
from vigie.report.briefing.note import Marking
from vigie.report.briefing.page import drawable, undrawn
from vigie.report.format import Voice
from vigie.terms.languages import Words

ORDINARY = "Quarante comptes ont copié un même texte en vingt minutes, à Laval. " * 4


def side(language="fr", text=ORDINARY, **more):
    return Side(
        voice=Voice(Words(language)),
        head="Note – incident 12",
        title=Part(name="", text="Vague de réponses à « Œuvre »"),
        facts=(("Norme\u00a0:", "tient"), ("Échéance\u00a0:", "le 3 décembre")),
        parts=tuple(Part(name=name, text=text) for name in ("Quoi", "Et alors", "Inconnu", "Options")),
        claims_name="Affirmations",
        claims=(Part(name="(probable, 55\u00a0% à 80\u00a0%)", text=text[:200]),),
        foot="Un signal n’est pas un verdict.",
        whole="Le tout\u00a0: incident 12.",
        **more,
    )


def note(text=ORDINARY, marking="TLP:AMBER"):
    return Briefing(marking=marking, sides=(side("fr", text), side("en", text)))


def pages(file):
    return len(re.findall(rb"/Type /Page\b(?!s)", file))


def test_an_ordinary_note_fits_uncut():
    made = fitted(note())
    assert [one.cut for one in made.sides] == [(), ()]
    assert made.sides[0].parts[0].text == ORDINARY
    assert made.points >= 9
    assert pages(pdf(made)) == 1


@pytest.mark.parametrize("length", [3_000, 10_000])
def test_a_long_note_is_cut_between_words_and_says_what_and_where_the_whole_is(length):
    made = fitted(note((ORDINARY * 60)[:length]))
    for one in made.sides:
        assert one.cut == ("Quoi", "Et alors", "Inconnu", "Options")
        assert all(re.search(r"\w […]$|\. \[…\]$|\w \[…\]$", part.text) for part in one.parts)
        assert "incident 12" in next(one.feet())
        assert len(one.parts[0].text) > 400  # as much as fits
    assert pages(pdf(made)) == 1


def test_only_the_longest_part_is_cut():
    long = side(text="Court.")
    long = replace(long, parts=(Part(name="Quoi", text=ORDINARY * 40), *long.parts[1:]))
    made = fitted(Briefing(marking="TLP:RED", sides=(long, side("en", "Short."))))
    assert made.sides[0].cut == ("Quoi",)
    assert made.sides[1].cut == ()


def test_the_same_note_makes_the_same_pdf():
    assert pdf(fitted(note())) == pdf(fitted(note()))


@pytest.mark.parametrize("text", ["", "a" * 9_999, "<b>&amp;</font>" * 50, "\n" * 400 + "fin"])
def test_whatever_was_written_makes_one_page(text):
    made = fitted(note(text))
    assert pages(pdf(made)) == 1
    assert docx(made, at_ms=0)[:2] == b"PK"


def test_french_greek_and_cyrillic_letters_are_drawn():
    assert not undrawn("« Œuvre » ’ – − … é à ç ù ï % 55\u202f% Ελλάδα Україна\u2068x\u2069 […] · €")


def test_signs_that_cannot_be_drawn_are_named_never_drawn_as_boxes():
    assert drawable("avant سلام après 你好") == "avant [?] après [?]"
    assert undrawn("\u4f60") == {"\u4f60"}
    feet = list(side().feet(undrawn("\u4f60\u597d")))
    assert "U+4F60, U+597D" in feet[0]


def test_the_word_document_holds_both_languages_and_the_marking():
    made = fitted(note(marking="TLP:AMBER+STRICT"))
    document = Document(io.BytesIO(docx(made, at_ms=1_800_000_000_000)))
    french, english = (cell.text for cell in document.tables[0].rows[0].cells)
    assert ORDINARY.strip() in french
    assert "Affirmations" in english
    assert "TLP:AMBER+STRICT · PFC:AMBRE+STRICT" in document.sections[0].header.paragraphs[0].text
    assert "TLP:AMBER+STRICT" in document.sections[0].footer.paragraphs[0].text
    assert document.core_properties.created.year == 2027


def test_the_markings_are_those_of_the_protocol():
    assert list(MARKINGS) == ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"]
    assert MARKINGS["TLP:AMBER"] == Marking(tlp="TLP:AMBER", pfc="PFC:AMBRE", colour="#FFC000")
