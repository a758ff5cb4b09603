"""The pages of incidents: from an alert to what two people stand behind, in both languages."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from node.alerts.test_alerts_engine_reviews import new_alert

from vigie_node.ids import new_id
from vigie_node.incidents.actions import explain, open_incident, stand_behind, write_passage
from vigie_node.incidents.models import Incident

CONFLICT, UNFIT = 409, 422


@pytest.fixture
def as_analyst(analyst, browser_of):
    return browser_of(analyst)


@pytest.fixture
def as_colleague(colleague, browser_of):
    return browser_of(colleague)


def at(name, incident=None, **more):
    return reverse(f"incidents:{name}", kwargs={"incident": incident.pk, **more} if incident else more)


def once(**said):
    return {"form_id": str(new_id()), **said}


def test_an_alert_becomes_an_incident_that_two_people_stand_behind(as_analyst, as_colleague, organisation):
    alert = new_alert(organisation)
    opening = once(title="Vague de réponses", language="fr", gate="canada", alert=str(alert.pk))
    as_analyst.post(at("new"), opening)
    as_analyst.post(at("new"), opening)  # sent twice
    incident = Incident.objects.get()
    assert incident.alert_links.get().alert == alert
    as_analyst.post(at("write", incident, section="summary", language="fr"), {"seen": 0, "text": "Un texte."})
    as_analyst.post(
        at("new-claim", incident),
        once(seen=0, aspect="actor", language="fr", text="Un groupe agit.", low=55, high=80),
    )
    as_analyst.post(
        at("exhibits", incident),
        once(kind="alert", ref=alert.pk, text="Vu.", language="fr", reliability="B", credibility="2"),
    )
    as_analyst.post(at("bear", incident, number=1), {"claim": 1, "speaks": "for"})
    for browser in (as_analyst, as_colleague):
        browser.post(at("stand", incident), once(stands="yes", reason="Vu."))
    page = as_colleague.get(at("incident", incident)).content.decode()
    incident.refresh_from_db()
    assert incident.state == "established"
    assert "Un groupe agit." in page
    assert "55" in page


def test_who_writes_over_another_sees_both_versions_and_loses_nothing(as_analyst, as_colleague, incident):
    address = at("write", incident, section="summary", language="fr")
    as_analyst.post(address, {"seen": 0, "text": "Quarante comptes ont copié un texte."})
    as_colleague.post(address, {"seen": 1, "text": "Quarante et un comptes ont copié un texte."})
    answer = as_analyst.post(address, {"seen": 1, "text": "Quarante comptes ont copié un texte hier."})
    page = answer.content.decode()
    assert answer.status_code == CONFLICT
    assert "Quarante et un comptes ont copié un texte hier." in page  # joined
    assert re.search(r'name="seen" value="2"', page)
    as_analyst.post(address, {"seen": 2, "text": "Quarante et un comptes ont copié un texte hier."})
    assert incident.passages.get(section="summary").version == 3


def test_a_claim_changed_by_two_is_shown_to_the_second(as_analyst, as_colleague, incident):
    said = {"aspect": "actor", "language": "en", "text": "A group acts."}
    as_analyst.post(at("new-claim", incident), once(seen=0, **said))
    address = at("claim", incident, number=1)
    as_colleague.post(address, once(seen=1, **{**said, "text": "A large group acts."}))
    answer = as_analyst.post(address, once(seen=1, **{**said, "text": "A group acts today."}))
    assert answer.status_code == CONFLICT
    assert "A large group acts today." in answer.content.decode()


def test_what_only_the_other_changed_of_a_claim_is_kept(as_analyst, as_colleague, incident):
    said = {"aspect": "actor", "language": "en", "text": "A group acts.", "low": 55, "high": 80}
    as_analyst.post(at("new-claim", incident), once(seen=0, **said))
    address = at("claim", incident, number=1)
    as_colleague.post(address, once(seen=1, **{**said, "low": 20, "high": 45}))
    page = as_analyst.post(address, once(seen=1, **{**said, "text": "A group acts today."})).content.decode()
    assert re.search(r'name="low" value="20"', page)
    assert "A group acts today." in page


def test_an_explanation_is_said_anew_and_taken_away(as_analyst, incident):
    as_analyst.post(
        at("explanations", incident), once(seen=0, kind="foreign", language="en", text="A state.")
    )
    address = at("explanation", incident, number=1)
    as_analyst.post(address, once(seen=1, kind="foreign", language="en", text="An agency."))
    assert incident.hypotheses.get().text == "An agency."
    stale = as_analyst.post(address, once(seen=1, kind="other", language="en", text="A firm."))
    assert stale.status_code == CONFLICT
    as_analyst.post(address, once(seen=2, kind="foreign", language="en", text="An agency.", withdrawn="on"))
    assert incident.hypotheses.get().withdrawn


@pytest.mark.parametrize("language", ["en", "fr"])
def test_words_and_numbers_that_disagree_are_told(as_analyst, incident, language):
    as_analyst.post(
        at("new-claim", incident),
        once(seen=0, aspect="actor", language="en", text="It is very unlikely.", low=60, high=70),
    )
    page = as_analyst.get(at("incident", incident).replace("/en/", f"/{language}/")).content.decode()
    assert {"en": "means 5% to 20%", "fr": "de 5\u00a0% à 20\u00a0%"}[language] in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new", {"title": "…", "language": "fr", "gate": "canada"}),
        ("new", {"title": "Un titre", "language": "fr"}),
    ],
)
def test_a_form_that_will_not_do_comes_back_with_what_was_written(as_analyst, name, said):
    answer = as_analyst.post(at(name), once(**said))
    assert answer.status_code == UNFIT
    assert said["title"] in answer.content.decode()
    assert not Incident.objects.exists()


def test_what_people_wrote_is_shown_as_text(as_analyst, incident, analyst):
    evil = "<script>alert(1)</script> javascript:alert(2)"
    for section in ("summary", "options"):
        write_passage(incident, section=section, language="fr", text=evil, seen=0, why=evil, by=analyst)
    explain(incident, kind="foreign", language="fr", text=evil, by=analyst)
    as_analyst.post(at("comment", incident), once(text=evil))
    for name in ("incident", "explanations", "follow-up", "history"):
        page = as_analyst.get(at(name, incident)).content.decode()
        assert "<script>alert" not in page
        assert 'href="javascript' not in page


def test_an_address_on_the_web_is_never_a_link(as_analyst, incident):
    as_analyst.post(
        at("exhibits", incident),
        once(
            kind="address",
            ref="https://evil.example/a",
            text="Un site.",
            language="fr",
            reliability="F",
            credibility="6",
        ),
    )
    page = as_analyst.get(at("exhibits", incident)).content.decode()
    assert "https://evil.example/a" in page
    assert 'href="https://evil' not in page


def test_a_matrix_is_filled_handed_in_and_taken_back(as_analyst, told):
    for kind in ("organic", "domestic_or_commercial", "foreign"):
        as_analyst.post(
            at("explanations", told), once(seen=0, kind=kind, language="en", text=f"It was {kind}.")
        )
    cells = {f"cell-1-{number}": "neutral" for number in (1, 2, 3)}
    answer = as_analyst.post(at("weigh", told), {"cell-1-1": "neutral", "then": "hand_in"})
    assert answer.status_code == UNFIT  # two cells are empty
    assert as_analyst.post(at("weigh", told), {**cells, "then": "hand_in"}).status_code == HTTPStatus.FOUND
    assert told.matrices.get().handed_in_ms
    as_analyst.post(at("weigh", told), {"then": "take_back"})
    assert told.matrices.get().handed_in_ms is None


def test_the_list_asks_for_no_more_queries_with_more_incidents(
    as_analyst, incident, analyst, django_assert_max_num_queries
):
    for number in range(20):
        open_incident(title=f"Essai {number}", language="en", gate="france", by=analyst)
    with django_assert_max_num_queries(12):
        assert as_analyst.get(at("incidents")).content.decode().count("Essai") == 20


def test_the_page_asks_for_no_more_queries_with_more_claims(as_analyst, told, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as before:
        as_analyst.get(at("incident", told))
    asked = len(before)
    for number in range(15):
        as_analyst.post(
            at("new-claim", told), once(seen=0, aspect="effect", language="fr", text=f"Essai {number}.")
        )
        as_analyst.post(at("bear", told, number=1), {"claim": 1 + number, "speaks": "for"})
    with django_assert_max_num_queries(asked):
        as_analyst.get(at("incident", told))


def test_a_technique_is_found_in_either_language_and_named(as_analyst, incident):
    address = at("technique", incident)
    for asked in ("spamouflage", "T0049.004", "recourir spam"):
        assert "T0049.004" in as_analyst.get(address, {"q": asked}).content.decode()
    as_analyst.post(address, once(technique="T0049.004", reason="Des milliers de réponses."))
    assert "Utilise Spamouflage" in as_analyst.get(at("incident", incident)).content.decode()
    assert as_analyst.post(address, once(technique="T9999", reason="Rien.")).status_code == UNFIT


def test_words_that_changed_after_the_last_confirmation_are_told(as_analyst, told, analyst, colleague):
    for by in (analyst, colleague):
        stand_behind(told, stands=True, reason="Vu.", by=by)
    warning = "changed after the last person stood behind it"
    assert warning not in as_analyst.get(at("incident", told)).content.decode()
    as_analyst.post(
        at("write", told, section="summary", language="fr"), {"seen": 1, "text": "Tout autre chose."}
    )
    assert warning in as_analyst.get(at("incident", told)).content.decode()
