"""What people find of media: words of a vocabulary with their basis, kept beside each other for ever."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import override

from vigie.assess.media_findings import UNDETERMINED, vocabulary
from vigie.terms.errors import BadOptionError
from vigie_node.ledger.models import Entry
from vigie_node.sources.actions.media import NoBasisError, find_of_medium
from vigie_node.sources.actions.two_persons import NothingSaidError
from vigie_node.sources.models import MediumFinding

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FILE = "ab" * 32


def at(name: str, language: str = "fr", **parameters: object) -> str:
    with override(language):
        return reverse(f"sources:{name}", kwargs=parameters)


def said(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def browser(browser_of, analyst):
    return browser_of(analyst)


def found(by, **more) -> MediumFinding:
    words = {"finding": "altered", "bases": ["source", "earlier_copy"], "reason": "Le son vient d’ailleurs."}
    return find_of_medium(FILE, **(words | more), by=by)


def test_a_finding_says_on_what_it_rests_and_who_found_it(analyst):
    made = found(analyst)
    assert made.bases == ["earlier_copy", "source"]  # in the order of the vocabulary
    entry = Entry.objects.get(kind="medium.found")
    assert entry.said == {"sha256": FILE, "finding": "altered", "bases": ["earlier_copy", "source"]}
    assert "ailleurs" not in str(entry.said)


def test_nobodys_finding_replaces_anothers_nor_an_earlier_one(analyst, make_person):
    found(analyst)
    found(analyst, finding="authentic")
    found(make_person("approver"), finding="synthetic")
    assert MediumFinding.objects.count() == 3


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"bases": []}, NoBasisError),
        ({"finding": "deepfake"}, BadOptionError),
        ({"bases": ["a feeling"]}, BadOptionError),
        ({"reason": " — "}, NothingSaidError),
    ],
)
def test_a_finding_without_ground_is_refused(analyst, more, error):
    with pytest.raises(error):
        found(analyst, **more)
    assert not MediumFinding.objects.exists()
    assert not Entry.objects.filter(kind="medium.found").exists()


def test_that_nothing_could_be_concluded_needs_no_basis(analyst):
    assert found(analyst, finding=UNDETERMINED, bases=[]).bases == []


def test_who_may_not_review_records_nothing(auditor, analyst, make_person, other_organisation):
    with pytest.raises(PermissionDenied):
        found(auditor)
    form = uuid4()
    found(analyst, finding_id=form)
    assert found(analyst, finding_id=form).by == analyst  # the same form twice
    with pytest.raises(PermissionDenied):  # a form that was another's
        found(make_person("analyst", of=other_organisation), finding_id=form)
    assert MediumFinding.objects.count() == 1


def test_a_finding_goes_from_the_form_to_its_page_and_the_list(browser):
    page = browser.get(at("medium", sha256=FILE))
    form_id = re.search(r'name="form_id" value="([^"]+)"', page.content.decode()).group(1)
    sent = {"form_id": form_id, "finding": "out_of_context", "bases": ["place_and_time"], "reason": "Ombres."}
    assert browser.post(at("medium-find", sha256=FILE), sent).status_code == 302
    assert browser.post(at("medium-find", sha256=FILE), sent).status_code == 302  # sent twice
    assert "Hors contexte" in said(browser.get(at("medium", sha256=FILE)))
    assert "Out of context" in said(browser.get(at("media", "en")))
    assert MediumFinding.objects.count() == 1


def test_the_form_says_what_is_missing(browser):
    answer = browser.post(
        at("medium-find", "en", sha256=FILE), {"form_id": uuid4(), "finding": "altered", "reason": "x"}
    )
    assert answer.status_code == 422
    assert "A finding needs what it rests on." in said(answer)


def test_a_file_is_found_by_the_sha256_that_somebody_pastes(browser):
    answer = browser.get(at("media"), {"sha256": f" {FILE.upper()} "})
    assert answer["Location"] == at("medium", sha256=FILE)
    assert browser.get(at("media"), {"sha256": "abc"}).status_code == 422
    assert browser.get(at("medium", sha256="abc")).status_code == 404


def test_another_organisation_sees_none_of_it(analyst, browser_of, make_person, other_organisation):
    found(analyst)
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert "Le son vient" not in said(stranger.get(at("medium", sha256=FILE)))
    assert "Altéré" not in said(stranger.get(at("media")))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_word_has_a_name_in_both_languages_and_none_says_how_false(language):
    words = vocabulary()
    names = [one.names[language] for one in (*words.findings.values(), *words.bases.values())]
    assert all(names)
    assert len(set(names)) == len(names)
    assert all(one.means[language] for one in words.findings.values())
    assert not any("fake" in name.lower() or "hypertruc" in name.lower() for name in names)
