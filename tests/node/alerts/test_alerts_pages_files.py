"""Pictures, figures for islands, and tables to keep: what a page of an alert refers to."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie_node.alerts.free_text import UNREAD
from vigie_node.people import roles
from vigie_node.web.csv_answers import csv_answer, harmless

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from vigie_node.alerts.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TABLES = ("timeline", "lags", "links", "members", "objects", "acts")


@pytest.fixture
def alert(organisation, analyst) -> Alert:
    return fill(organisation, people=[analyst], alert_count=1).alerts[0]


@pytest.fixture
def browser(browser_of, analyst) -> Client:
    return browser_of(analyst)


def at(name: str, alert: Alert, which: str | None = None, language: str = "en") -> str:
    kwargs = {"alert": alert.pk} | ({"which": which} if which else {})
    with translation.override(language):
        return reverse(name, kwargs=kwargs)


def rows_of(response: HttpResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("which", TABLES)
def test_each_table_is_a_file_that_a_spreadsheet_reads(browser, alert, which):
    answer = browser.get(at("alerts:figures", alert, which))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="alert-1-{which}.csv"'
    head, *rows = rows_of(answer)
    assert rows
    assert {len(row) for row in rows} == {len(head)}


def test_the_table_of_the_timeline_holds_the_figures_of_the_evidence(browser, alert):
    line = alert.latest.evidence.group["timeline"]
    _, *rows = rows_of(browser.get(at("alerts:figures", alert, "timeline")))
    assert [int(row[1]) for row in rows] == line["observed"]
    assert [float(row[2]) for row in rows] == line["expected"]
    assert int(rows[0][0]) == line["start_ms"]


def test_a_table_that_is_none_has_no_page(browser, alert):
    assert browser.get(at("alerts:figures", alert, "passwords")).status_code == 404


def is_text(cell: str, formula: str) -> bool:
    """Return whether a cell says the formula behind an apostrophe, and nothing else."""
    return cell.startswith("'") and cell.replace("'", "") == formula.replace("'", "")


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0"]
)
def test_formulas_in_a_table_are_text(browser, organisation, analyst, formula):
    """Abuse case 33."""
    made = fill(organisation, people=[analyst], alert_count=1, hostile=formula).alerts[0]
    evidence = made.latest.evidence
    evidence.group["objects"][0]["object"] = formula
    evidence.save()
    _, *rows = rows_of(browser.get(at("alerts:figures", made, "objects")))
    assert is_text(rows[0][2], formula)
    _, *rows = rows_of(browser.get(at("alerts:figures", made, "members")))
    assert any(is_text(row[4], formula) for row in rows)


@pytest.mark.parametrize("value", [-3, -0.5, 0, "a-b", "https://a.example/=1", "", None])
def test_numbers_and_harmless_texts_stay_what_they_are(value):
    assert harmless(value) is value


def test_a_table_keeps_line_breaks_and_quotes_within_its_cells():
    answer = csv_answer("x", ("a", "b"), [('say "hi"\nagain', 1)])
    assert rows_of(answer) == [["a", "b"], ['say "hi"\nagain', "1"]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_picture_is_a_document_that_runs_and_fetches_nothing(browser, alert, language):
    """Abuse case 27: a picture opened by itself is a page of ours."""
    answer = browser.get(at("alerts:picture", alert, "timeline", language))
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert f'lang="{language}"'.encode() in answer.content


@pytest.mark.parametrize("name", ["alerts:picture", "alerts:chart"])
def test_a_picture_that_was_not_drawn_has_no_page(browser, alert, name):
    assert browser.get(at(name, alert, "secrets")).status_code == 404


def test_a_chart_that_only_stands_as_a_picture_has_no_specification(browser, alert):
    assert browser.get(at("alerts:chart", alert, "strip")).status_code == 404
    assert browser.get(at("alerts:chart", alert, "timeline")).json()["$schema"].startswith("https://vega")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "moved together with"), ("fr", "a agi de concert avec")]
)
def test_the_network_speaks_the_language_of_the_page(browser, alert, language, said):
    graph = browser.get(at("alerts:network", alert, language=language)).json()
    members = [node for node in graph["nodes"] if not node.get("organic")]
    assert len(members) == alert.account_count
    assert all(said in node["sentence"] for node in members)
    assert graph["edges"]
    assert all(0 <= one < other < len(members) for one, other, *_ in graph["edges"])
    assert {group["id"] for group in graph["groups"]} == {node["group"] for node in members}


def test_those_outside_the_group_stay_nameless_in_the_network(browser, alert):
    graph = browser.get(at("alerts:network", alert)).json()
    others = [node for node in graph["nodes"] if node.get("organic")]
    assert len(others) == 12
    assert {node["label"] for node in others} == {""}
    assert not any("href" in node for node in others)


def test_a_group_of_one_part_has_no_parts(browser, alert):
    evidence = alert.latest.evidence
    evidence.network["communities"] = evidence.network["communities"][:1]
    evidence.save()
    graph = browser.get(at("alerts:network", alert)).json()
    assert graph["groups"] == []
    assert not any("group" in node for node in graph["nodes"])


@pytest.mark.parametrize("name", ["alerts:network", "alerts:picture", "alerts:figures", "alerts:chart"])
def test_figures_of_an_earlier_signal_can_be_asked_for_but_not_of_another_alert(
    browser, alert, analyst, name
):
    which = {"alerts:network": None, "alerts:figures": "timeline"}.get(name, "timeline")
    own = browser.get(at(name, alert, which), {"signal": alert.latest_id})
    assert own.status_code == 200
    assert browser.get(at(name, alert, which), {"signal": alert.pk}).status_code == 404
    assert browser.get(at(name, alert, which), {"signal": "1; drop table"}).status_code == 404


def test_a_chart_takes_the_colours_of_the_page(browser, alert):
    written = browser.get(at("alerts:chart", alert, "timeline")).content.decode()
    assert '"var(--accent)"' in written
    assert "#33465c" not in written


def test_what_a_group_acted_on_is_only_for_who_may_read_posts(browser_of, make_person, alert, monkeypatch):
    plain = roles.roles()["analyst"]
    narrower = replace(plain, permissions=plain.permissions - {"post.read"})
    monkeypatch.setitem(roles.roles(), "analyst", narrower)
    reader = browser_of(make_person("analyst"))
    _, *rows = rows_of(reader.get(at("alerts:figures", alert, "objects")))
    assert {row[2] for row in rows} == {UNREAD}
    page = reader.get(reverse("alerts:alert", kwargs={"alert": alert.pk})).content.decode()
    assert not [one for one in alert.latest.evidence.group["objects"] if one["object"] in page]
    assert reader.get(at("alerts:picture", alert, "strip")).status_code == 404
