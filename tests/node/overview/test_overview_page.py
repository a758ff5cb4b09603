"""The first page: what needs a person, what came in, how the node is; the first steps on a new node."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie_node.clock import now_ms
from vigie_node.jobs.models import Worker
from vigie_node.ledger.actions import NODE, record
from vigie_node.overview.intake import came_in
from vigie_node.sources.models import Batch
from vigie_node.web.words import words_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

pytestmark = pytest.mark.django_db
ALARM = "The worker has not been seen for more than a minute"


@pytest.fixture
def filled(organisation, analyst):
    return fill(organisation, people=[analyst], full_count=0, now_ms=now_ms())


@pytest.fixture
def worker(db) -> Worker:
    from vigie_node.ids import new_id

    return Worker.objects.create(id=new_id(), started_ms=now_ms(), seen_ms=now_ms())


@pytest.fixture
def browser(browser_of, analyst) -> Client:
    return browser_of(analyst)


def at(language: str = "en") -> str:
    with translation.override(language):
        return reverse("overview:first-page")


def text_of(response: HttpResponse) -> str:
    markup = response.content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup)))


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "en",
            ["3 alerts need you: 2 new and 1 waiting for a second person.", "What came in", "Alarm budget"],
        ),
        (
            "fr",
            [
                "3 alertes vous attendent : 2 nouvelles et 1 en attente d’une deuxième personne.",
                "Ce qui est arrivé",
                "Budget de fausses alertes",
            ],
        ),
    ],
)
def test_the_first_line_says_what_needs_the_reader(browser_of, make_person, filled, language, wanted):
    page = text_of(browser_of(make_person("analyst")).get(at(language)))
    assert [one for one in wanted if one not in page] == []


def test_open_alerts_are_named_and_lead_to_their_pages(browser, filled):
    page = browser.get(at()).content.decode()
    for alert in filled.alerts:
        leads = reverse("alerts:alert", kwargs={"alert": alert.pk})[3:]
        assert (f'{leads}"' in page) == (alert.status in {"new", "in_review"})


def test_a_calm_night_says_so(browser, filled):
    filled.alerts[0].__class__.objects.update(status="dismissed")
    page = text_of(browser.get(at()))
    assert "No alert needs you now." in page
    assert "People have settled every alert." in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_new_node_says_the_first_three_steps(browser_of, make_person, language):
    page = browser_of(make_person("analyst", "approver")).get(at(language))
    words = words_in(language)
    assert words("This node is ready. Three steps lead to the first alert.") in text_of(page)
    for route in ("sources:declaration-new", "sources:intake-new", "alerts:runs"):
        with translation.override(language):
            assert f'href="{reverse(route)}"' in page.content.decode()


def test_a_step_that_is_not_the_readers_to_take_is_no_link(browser_of, auditor):
    page = browser_of(auditor).get(at()).content.decode()
    assert "Declare why you collect" in page
    assert reverse("sources:declaration-new")[3:] not in page


def test_steps_that_are_done_are_marked_and_go_with_the_last(browser, filled):
    assert "Three steps" not in text_of(browser.get(at()))
    for run in filled.runs:
        run.batches.clear()
    filled.alerts[0].reviews.all()
    page = text_of(browser.get(at()))
    assert "What needs a person" in page


def test_the_administrator_is_answered_about_the_node_and_sees_no_alert(
    browser_of, administrator, filled, worker
):
    page = text_of(browser_of(administrator).get(at()))
    assert "The node works; something needs care soon." in page  # the ledger was never verified
    assert "What needs a person" not in page
    assert "used by posts" in page


def test_a_worker_that_is_gone_is_said_at_the_head_with_what_to_do(browser, filled):
    page = text_of(browser.get(at()))
    assert ALARM in page
    assert "vigie up" in page


def test_a_worker_at_work_is_well(browser, filled, worker):
    page = text_of(browser.get(at()))
    assert ALARM not in page
    assert "At work" in page


@pytest.mark.parametrize(
    ("problems", "said"), [(0, "Verified"), (2, "The ledger does not verify: 2 problems")]
)
def test_when_the_ledger_was_verified_and_how_it_was(browser, filled, worker, problems, said):
    with transaction.atomic():
        record("ledger.verified", of="ledger", by=NODE, entries=12, problems=problems)
    assert said in text_of(browser.get(at()))


def test_only_who_looks_after_the_node_sees_how_full_it_is(browser, filled, worker):
    page = text_of(browser.get(at()))
    assert "Room enough" in page or "Nearly full" in page
    assert "used by posts" not in page


def test_what_came_in_is_counted_in_batches_by_the_readers_days(analyst, filled):
    from vigie.report.format import Voice

    seen = came_in(analyst, Voice(words_in("en"), analyst.zone))
    assert seen is not None
    assert seen.held_count == sum(batch.row_count for batch in filled.batches)
    assert len(seen.days) == 14
    assert sum(seen.days) == seen.held_count
    Batch.objects.update(stored_ms=now_ms())
    seen = came_in(analyst, Voice(words_in("en"), analyst.zone))
    assert seen.days[-1] == seen.held_count


def test_what_came_in_elsewhere_is_not_counted(browser_of, make_person, other_organisation, filled, worker):
    stranger = make_person("analyst", of=other_organisation)
    page = text_of(browser_of(stranger).get(at()))
    assert "bluesky-0001.ndjson" not in page
    assert "Three steps" in page
