"""Runs: what was looked for, how, over what, and what came of it; starting and stopping one."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import CALIBRATIONS, HOUR, NOW_MS, fill

from vigie.detect.methods import METHODS
from vigie_node.alerts.models import Plan, Run
from vigie_node.alerts.plans import USUAL
from vigie_node.jobs.models import Job
from vigie_node.people.models import Person
from vigie_node.sources.models import Batch, Declaration

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def filled(organisation, analyst):
    return fill(organisation, people=[analyst], alert_count=2, full_count=1)


@pytest.fixture
def browser(browser_of, analyst) -> Client:
    return browser_of(analyst)


def at(name: str, language: str = "en", **kwargs: object) -> str:
    with translation.override(language):
        return reverse(name, kwargs=kwargs)


def text_of(response: HttpResponse) -> str:
    markup = response.content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup)))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "3 runs so far; the latest: 3 groups of accounts moved together more often than chance allows.",
        ),
        ("fr", "3 exécutions jusqu’ici. La dernière : 3 groupes de comptes ont agi de concert plus souvent"),
    ],
)
def test_the_list_says_first_what_the_latest_run_found(browser, filled, language, said):
    assert said in text_of(browser.get(at("alerts:runs", language)))


def test_an_empty_list_says_how_a_run_comes_about(browser, analyst):
    page = text_of(browser.get(at("alerts:runs")))
    assert "Nothing was looked for yet." in page
    assert "No run yet" in page
    assert "There is no open declaration." in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_of_a_run_holds_enough_to_make_it_again(browser, filled, language):
    run = filled.runs[-1]
    page = text_of(browser.get(at("alerts:run", language, run=run.pk)))
    wanted = [
        run.method,
        str(run.manifest["seed"]),
        run.manifest["inputs"][0]["sha256"],
        filled.batches[-1].sha256[:12],
        run.card["failures"][0][language],
        run.declaration.purpose,
        *run.parameters,
    ]
    assert [one for one in wanted if one not in page] == []


def test_each_layer_tells_how_its_threshold_was_set(browser, filled):
    page = browser.get(at("alerts:run", run=filled.runs[-1].pk)).content.decode()
    table = page.partition('aria-labelledby="calibrations"')[2].partition("</section>")[0]
    assert table.count('<tr role="row">') == 1 + len(CALIBRATIONS)
    assert "none holds" in table
    assert "7.42" in table


def test_the_signals_of_a_run_lead_to_their_alerts(browser, filled):
    page = browser.get(at("alerts:run", run=filled.runs[-1].pk)).content.decode()
    for alert in filled.alerts:
        assert f"{at('alerts:alert', alert=alert.pk)}?signal={alert.latest_id}" in page


def test_the_auditor_sees_the_run_but_no_content(browser_of, auditor, filled):
    page = text_of(browser_of(auditor).get(at("alerts:run", run=filled.runs[-1].pk)))
    assert filled.runs[-1].method in page
    assert "moved together on" not in page
    assert "Start a run" not in text_of(browser_of(auditor).get(at("alerts:runs")))


def test_a_run_that_failed_says_why_and_what_to_do(browser, filled):
    Run.objects.filter(pk=filled.runs[1].pk).update(
        error_code="run.nothing_held",
        error_sentence="Nothing is held under this declaration.",
        error_remedy="Take a file in first.",
    )
    page = text_of(browser.get(at("alerts:run", run=filled.runs[1].pk)))
    assert "This run failed: nothing is known from it." in page
    assert "Nothing is held under this declaration. Take a file in first." in page


def test_a_run_that_found_nothing_does_not_say_that_nothing_was_there(browser, filled):
    Run.objects.filter(pk=filled.runs[0].pk).update(group_count=0)
    page = text_of(browser.get(at("alerts:run", run=filled.runs[0].pk)))
    assert "It does not mean that nothing was coordinated" in page


def test_a_run_of_another_organisation_does_not_exist(browser_of, make_person, other_organisation, filled):
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert stranger.get(at("alerts:run", run=filled.runs[0].pk)).status_code == 404
    assert stranger.post(at("alerts:cancel-run", run=filled.runs[0].pk)).status_code == 404


def test_somebody_starts_a_run_and_sees_it_wait(browser, filled):
    only_one_method(filled.declaration)
    answer = browser.post(at("alerts:begin-run"), {"declaration": filled.declaration.pk}, follow=True)
    run = Run.objects.order_by("-created_ms").first()
    assert run.state == "waiting"
    assert Job.objects.filter(pk=run.job).exists()
    page = text_of(answer)
    assert "This run waits for the worker." in page
    assert "Cancel this run" in page


def only_one_method(declaration):
    """Let co-action alone look at what a declaration brings."""
    Plan.objects.create(
        declaration=declaration, methods=["coaction"], by=Person.objects.first(), changed_ms=NOW_MS
    )


def test_each_method_of_the_declaration_makes_a_run(browser, filled):
    before = Run.objects.count()
    answer = browser.post(at("alerts:begin-run"), {"declaration": filled.declaration.pk}, follow=True)
    looking = [name for name in USUAL if not METHODS[name].needs]  # there is no register of outlets
    assert Run.objects.count() == before + len(looking)
    assert f"{len(looking)} runs were asked for, one by each method." in text_of(answer)


def test_the_same_run_asked_for_twice_is_one(browser, filled):
    only_one_method(filled.declaration)
    before = Run.objects.count()
    for _ in range(2):
        assert browser.post(at("alerts:begin-run"), {"declaration": filled.declaration.pk}).status_code == 302
    assert Run.objects.count() == before + 1


def test_a_run_that_waits_can_be_stopped(browser, filled):
    only_one_method(filled.declaration)
    browser.post(at("alerts:begin-run"), {"declaration": filled.declaration.pk})
    run = Run.objects.get(state="waiting")
    page = text_of(browser.post(at("alerts:cancel-run", run=run.pk), follow=True))
    assert "The run was asked to stop." in page
    assert Run.objects.get(pk=run.pk).state == "cancelled"


@pytest.mark.parametrize("named", ["", "7", "01a20303-4ee3-7fd3-880d-71a293f85801"])
def test_a_declaration_that_is_not_ones_own_starts_nothing(browser, filled, named):
    before = Run.objects.count()
    answer = browser.post(at("alerts:begin-run"), {"declaration": named})
    assert answer.status_code == 422
    assert "Choose one of your organisation’s open declarations." in text_of(answer)
    assert Run.objects.count() == before


def test_a_declaration_of_another_organisation_starts_nothing(
    browser, other_organisation, make_person, filled
):
    stranger = make_person("analyst", of=other_organisation)
    theirs = fill(other_organisation, people=[stranger], alert_count=1).declaration
    before = Run.objects.count()
    assert browser.post(at("alerts:begin-run"), {"declaration": theirs.pk}).status_code == 422
    assert Run.objects.count() == before


def test_a_declaration_under_which_nothing_is_held_says_so(browser, filled):
    Batch.objects.update(erased_ms=NOW_MS)
    answer = browser.post(at("alerts:begin-run"), {"declaration": filled.declaration.pk})
    assert answer.status_code == 422
    assert "Nothing is held under this declaration." in text_of(answer)


def test_a_closed_declaration_is_not_offered(browser, filled):
    Declaration.objects.update(closed_ms=NOW_MS)
    assert "There is no open declaration." in text_of(browser.get(at("alerts:runs")))


def test_the_list_of_runs_is_paged_and_asks_as_often_for_many(browser, filled):
    counts = []
    for _ in range(2):
        browser.get(at("alerts:runs"))
        with CaptureQueriesContext(connection) as asked:
            browser.get(at("alerts:runs"))
        counts.append(len(asked))
        _more_runs(filled.runs[-1])
    assert counts[0] == counts[1]
    second = text_of(browser.get(at("alerts:runs"), {"page": 2}))
    assert f"Runs 26 to 50 of {Run.objects.count()}" in second
    last = text_of(browser.get(at("alerts:runs"), {"page": 999}))
    assert f"to {Run.objects.count()} of {Run.objects.count()}" in last


def _more_runs(like: Run) -> None:
    have = Run.objects.count()
    Run.objects.bulk_create(
        Run(
            organisation_id=like.organisation_id,
            declaration_id=like.declaration_id,
            method=like.method,
            fingerprint=f"{have}-{at}",
            state="done",
            by=like.by,
            created_ms=like.created_ms - at * HOUR,
        )
        for at in range(1, 40)
    )
