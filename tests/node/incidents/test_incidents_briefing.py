"""The briefing note of an incident: from what stands, in both languages, taken out by a recorded act."""

from __future__ import annotations

import io
from hashlib import sha256
from http import HTTPStatus

import pytest
from django.urls import reverse
from docx import Document

from vigie_node.incidents.actions import Said, answer_gate, claim, stand_behind, write_passage
from vigie_node.incidents.briefing import briefing_of
from vigie_node.ledger.models import Entry

UNFIT = 422
AT_MS = 1_800_000_000_000


def at(incident, form="", language="en"):
    name, more = ("briefing-file", {"form": form}) if form else ("briefing", {})
    address = reverse(f"incidents:{name}", kwargs={"incident": incident.pk, **more})
    return address.replace("/en/", f"/{language}/")


def of(incident):
    return briefing_of(incident, marking="TLP:AMBER", deadline_ms=AT_MS, zone="America/Toronto", at_ms=AT_MS)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_shows_both_languages_whatever_its_own(browser_of, analyst, told, language):
    page = browser_of(analyst).get(at(told, language=language)).content.decode()
    assert page.count("Quarante comptes.") == 1
    assert "Not written in English." in page
    assert '<section lang="fr">' in page
    assert '<section lang="en">' in page
    assert "TLP:AMBER · PFC:AMBRE" in page


def test_what_is_written_in_one_language_is_not_put_into_the_other(told):
    french, english = of(told).sides
    assert french.parts[0].text == "Quarante comptes."
    assert not english.parts[0].is_written
    assert english.claims[0].text.endswith("Ils copient un texte.")
    assert english.claims[0].text != french.claims[0].text  # it says in which language it is


def test_the_three_claims_with_the_best_ground_stand_in_it(incident, analyst):
    for text, low, high, confidence in (
        ("Faible.", 90, 95, "low"),
        ("Incertaine.", 45, 55, "high"),
        ("Sûre.", 80, 95, "high"),
        ("Contraire.", 1, 5, "high"),
    ):
        said = Said(
            aspect="actor", language="fr", text=text, low=low, high=high, confidence=confidence, basis="Vu."
        )
        claim(incident, said, by=analyst)
    claim(
        incident,
        Said(
            aspect="actor", language="fr", text="Retirée.", low=99, high=100, confidence="high", basis="Vu."
        ),
        by=analyst,
    )
    incident.claims.filter(number=5).update(withdrawn=True)
    assert [one.text for one in of(incident).sides[0].claims] == ["Contraire.", "Sûre.", "Incertaine."]
    assert "80" in of(incident).sides[1].claims[1].name


def test_it_says_who_stands_behind_it_and_how_the_test_came_out(told, analyst, colleague):
    facts = [value for _, value in of(told).sides[1].facts]
    assert "nobody yet" in facts
    assert "open: too little is known" in facts
    for one in (analyst, colleague):
        stand_behind(told, stands=True, reason="Vu.", by=one)
    answer_gate(told, question="secrecy", answer="no", reason="Vu.", by=analyst)
    answer_gate(told, question="foreign_direction", answer="no", reason="Vu.", by=analyst)
    told.refresh_from_db()
    facts = [value for _, value in of(told).sides[1].facts]
    assert any(analyst.name in one and colleague.name in one for one in facts)
    assert (
        "Enough people stand behind calling this an incident: two, or the only one there is, twice." in facts
    )
    assert "it does not hold by the answers given" in facts
    stand_behind(told, stands=False, reason="Non.", by=colleague)
    assert not any(colleague.name in value for _, value in of(told).sides[1].facts)


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_a_file_taken_out_is_recorded_with_its_hash(browser_of, analyst, told, form, begins):
    answer = browser_of(analyst).post(at(told, form), {"marking": "TLP:RED", "deadline": "2027-01-15T12:00"})
    assert answer.status_code == HTTPStatus.OK
    assert answer.content.startswith(begins)
    assert f'filename="vigie-incident-1.{form}"' in answer["Content-Disposition"]
    entry = Entry.objects.get(kind="incident.briefed")
    assert sha256(answer.content).hexdigest() in str(entry.facts)
    assert "TLP:RED" in str(entry.facts)


def test_the_deadline_stands_in_the_file_in_both_ways_of_writing(browser_of, analyst, told):
    answer = browser_of(analyst).post(
        at(told, "docx"), {"marking": "TLP:GREEN", "deadline": "2027-01-15T12:00"}
    )
    french, english = (cell.text for cell in Document(io.BytesIO(answer.content)).tables[0].rows[0].cells)
    assert "15 janv. 2027" in french
    assert "Jan 15, 2027" in english or "Jan. 15, 2027" in english


def test_looking_at_the_page_takes_nothing_out(browser_of, analyst, told):
    before = Entry.objects.count()
    browser_of(analyst).get(at(told), {"marking": "TLP:CLEAR", "deadline": ""})
    assert Entry.objects.count() == before


@pytest.mark.parametrize("said", [{"marking": "TLP:PINK"}, {"marking": "TLP:RED", "deadline": "soon"}])
def test_what_is_no_marking_or_no_moment_takes_nothing_out(browser_of, analyst, told, said):
    answer = browser_of(analyst).post(at(told, "pdf"), said)
    assert answer.status_code == UNFIT
    assert not Entry.objects.filter(kind="incident.briefed").exists()


def test_there_are_no_other_forms_and_another_organisation_gets_none(
    browser_of, analyst, told, make_person, other_organisation
):
    marking = {"marking": "TLP:RED"}
    assert browser_of(analyst).post(at(told, "odt"), marking).status_code == HTTPStatus.NOT_FOUND
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert stranger.post(at(told, "pdf"), marking).status_code == HTTPStatus.NOT_FOUND
    assert stranger.get(at(told)).status_code == HTTPStatus.NOT_FOUND


def test_what_people_wrote_is_text_on_the_page_and_in_the_files(browser_of, analyst, incident):
    evil = "<script>alert(1)</script> <b>&"
    write_passage(incident, section="summary", language="en", text=evil, seen=0, why="", by=analyst)
    browser = browser_of(analyst)
    assert "<script>alert" not in browser.get(at(incident)).content.decode()
    assert browser.post(at(incident, "pdf"), {"marking": "TLP:RED"}).content.startswith(b"%PDF-")
