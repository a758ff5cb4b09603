"""Parity in the node: what alerts are about, the page, the table, the API; figures alone."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill
from node.alerts.signals_seed import notice

from vigie.store.tokens import Tokens
from vigie.terms.errors import BadOptionError
from vigie_node.alerts import actions, concerning, parity_tasks
from vigie_node.alerts.models import Alert, CitedPost, Concern, SignalMember
from vigie_node.alerts.parity import Period, figures, quarter_of
from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job
from vigie_node.ledger import outbox
from vigie_node.ledger.actions import person
from vigie_node.people.actions.tokens import make_token
from vigie_node.sources import watchlist_reading
from vigie_node.sources.actions import watchlists
from vigie_node.sources.keys import key_of, make_salt, salt_file
from vigie_node.sources.models import Batch, BatchCoverage, Declaration, Facet

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TODAY = Period.last_days(30, now_ms=now_ms())


def at(name: str, language: str = "en", **kwargs: object) -> str:
    with translation.override(language):
        return reverse(f"alerts:{name}", kwargs=kwargs)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def alert(organisation, declaration, status: str, languages: list[str], lists: tuple = ()) -> Alert:
    """Make an alert of today whose languages are known."""
    number = Alert.objects.filter(organisation=organisation).count() + 1
    made = Alert.objects.create(
        organisation=organisation,
        declaration=declaration,
        number=number,
        status=status,
        opened_ms=now_ms(),
        changed_ms=now_ms(),
    )
    Concern.objects.create(alert=made, languages=languages, watchlists=list(lists), signal_count=0)
    return made


@pytest.fixture
def declaration(organisation, analyst) -> Declaration:
    fill(organisation, people=[analyst], alert_count=1, full_count=1)
    Alert.objects.filter(organisation=organisation).update(opened_ms=1)
    return Declaration.objects.get(organisation=organisation)


@pytest.fixture
def counted(organisation, declaration) -> Declaration:
    """A node with sixty alerts of today and the posts of two languages."""
    for status, number in (("dismissed", 20), ("confirmed", 10), ("new", 10)):
        for _ in range(number):
            alert(organisation, declaration, status, ["fr"])
    for status, number in (("dismissed", 5), ("confirmed", 5), ("new", 10)):
        for _ in range(number):
            alert(organisation, declaration, status, ["en"])
    batch = Batch.objects.filter(declaration=declaration).first()
    Batch.objects.filter(pk=batch.pk).update(stored_ms=now_ms())
    for language, count in (("fr", 4_000), ("en", 90_000)):
        BatchCoverage.objects.create(
            batch=batch, facet=Facet.LANGUAGE, value=language, hour_ms=0, count=count
        )
    return declaration


def listed(text: str, organisation, tmp_path: Path, party: str):
    """Take a list in as a party's."""
    path = tmp_path / f"{party}.csv"
    path.write_text("indicator_type,indicator_value,platform\n" + text)
    version = watchlists.hand_in(
        watchlists.File(
            name=path.name,
            path=str(path),
            sha256=watchlist_reading.sha256_of(path),
            byte_count=path.stat().st_size,
            is_upload=False,
        ),
        organisation=organisation,
        by=None,
        about=watchlists.About(title=f"Liste de {party}", party=party),
        queued=False,
    )
    watchlists.take_in(watchlist_reading.read(version, lambda *_told: None), by=None)
    return version.watchlist


# --- What alerts are about ---


def test_the_languages_of_an_alert_are_those_of_the_posts_it_cites(organisation, declaration):
    notice(declaration, subjects=1)
    concerning.note_languages(organisation.id, check=lambda: None)
    latest = Concern.objects.get(alert__method="pileon")
    assert latest.languages == ["fr"]
    assert latest.signal_count == latest.alert.signal_count


def test_an_alert_that_cites_nothing_is_of_no_language_that_can_be_told(organisation, declaration):
    CitedPost.objects.all().delete()
    concerning.note_languages(organisation.id, check=lambda: None)
    assert {tuple(one.languages) for one in Concern.objects.all()} == {("und",)}


def test_only_alerts_that_grew_are_looked_at_again_and_keep_what_they_had(organisation, declaration):
    concerning.note_languages(organisation.id, check=lambda: None)
    first = Concern.objects.order_by("alert").first()
    actions.note_languages(first.alert, languages={"iu"}, signal_count=first.signal_count)
    concerning.note_languages(organisation.id, check=lambda: None)
    first.refresh_from_db()
    assert first.languages == ["iu"]
    Alert.objects.filter(pk=first.alert_id).update(signal_count=first.signal_count + 1)
    concerning.note_languages(organisation.id, check=lambda: None)
    first.refresh_from_db()
    assert {"iu", "fr"} <= set(first.languages)


def test_an_alert_meets_a_partys_list_by_a_member_a_target_or_a_link(organisation, declaration, tmp_path):
    if not salt_file(declaration.project_id).exists():
        make_salt(declaration.project_id)
    tokens = Tokens(key_of(declaration.project))
    notice(declaration, subjects=3)
    by_member, by_link, none = Alert.objects.filter(method="pileon").order_by("number")
    SignalMember.objects.filter(signal__alert=by_member).update(
        account=tokens.shown("account", "x", "parti-a")
    )
    CitedPost.objects.filter(signal__alert=by_link).update(links=["https://www.parti-a.example/tract"])
    own = listed("username,@parti-a,X\ndomain_name,parti-a.example,\n", organisation, tmp_path, "Parti A")
    other = listed("domain_name,parti-b.example,\n", organisation, tmp_path, "Parti B")
    concerning.note_languages(organisation.id, check=lambda: None)
    concerning.note_parties(organisation.id, check=lambda: None)
    met = {one.alert_id: one.watchlists for one in Concern.objects.filter(alert__method="pileon")}
    assert met == {by_member.id: [str(own.id)], by_link.id: [str(own.id)], none.id: []}

    watchlists.mark_party(own, party="", by=None)
    concerning.note_parties(organisation.id, check=lambda: None)
    assert not Concern.objects.exclude(watchlists=[]).exists()
    assert other.party == "Parti B"


def test_a_run_that_found_something_and_a_changed_list_ask_for_one_job(organisation, declaration, tmp_path):
    outbox.deliver()
    Job.objects.all().delete()
    notice(declaration, subjects=1)
    listed("domain_name,parti-b.example,\n", organisation, tmp_path, "Parti B")
    outbox.deliver()
    job = Job.objects.get(kind=parity_tasks.CONCERNS)
    assert job.arguments == {"organisation": str(organisation.id)}


# --- Figures ---


def test_alerts_and_posts_of_the_period_are_counted_and_no_others(auditor, counted):
    found = figures(auditor, TODAY).parity
    rows = {row.group: (row.looked_at, row.alerts) for row in found.languages}
    assert rows == {"fr": (4_000, 40), "en": (90_000, 20)}
    assert found.whole.alerts == 60
    nothing = figures(auditor, Period.quarter(2020, 1)).parity
    assert (nothing.whole.alerts, nothing.languages) == (0, ())


def test_alerts_whose_languages_are_not_found_yet_are_told(auditor, counted, organisation):
    Concern.objects.filter(alert__number__in=[5, 6]).delete()
    assert figures(auditor, TODAY).waiting == 2


def test_another_organisations_alerts_are_in_no_figure(make_person, other_organisation, counted):
    stranger = make_person("auditor", of=other_organisation)
    assert figures(stranger, TODAY).parity.whole.alerts == 0


def test_an_administrator_sees_no_figures(administrator, counted):
    assert figures(administrator, TODAY) is None


@pytest.mark.parametrize(
    ("said", "first", "last"), [("2026-Q3", "2026-07-01", "2026-09-30"), ("", "2026-10-01", "2026-12-31")]
)
def test_a_quarter_is_its_three_months_and_the_last_that_is_over_by_default(said, first, last):
    period = quarter_of(said, now_ms=1_800_000_000_000)  # 15 January 2027
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize("said", ["2027-Q1", "2026-Q5", "Q3", "2026-07"])
def test_what_is_no_quarter_that_is_over_is_refused(said):
    with pytest.raises(BadOptionError):
        quarter_of(said, now_ms=1_800_000_000_000)


# --- The page ---


def test_the_page_says_first_whether_languages_lie_apart_and_what_that_may_mean(browser_of, auditor, counted):
    page = text_of(browser_of(auditor).get(at("parity")))
    assert "the intervals of “English” and “French” lie apart, the second is higher." in page
    assert "A higher rate is no proof of bias, nor is its absence a proof of fairness." in page
    assert "1,000, between" in page


def test_the_page_speaks_french(browser_of, auditor, counted):
    page = browser_of(auditor).get(at("parity", "fr"))
    assert page.status_code == 200
    assert "français" in text_of(page)


def test_small_counts_are_withheld_on_the_page_and_in_the_table(browser_of, analyst, counted, organisation):
    for _ in range(3):
        alert(organisation, counted, "dismissed", ["iu"])
    page = text_of(browser_of(analyst).get(at("parity")))
    assert "not shown" in page
    table = browser_of(analyst).get(at("parity-figures", which="languages")).content.decode()
    rows = {line.split(",")[0]: line.split(",") for line in table.split("\r\n")}
    assert rows["iu"][2] == "withheld"
    assert rows["all"][2] == "withheld"  # else the others would give it away
    assert rows["fr"][2] == "40"


def test_a_period_may_be_named_by_its_days(browser_of, analyst, counted):
    browser = browser_of(analyst)
    assert "No alert was opened" in text_of(browser.get(at("parity") + "?from=2020-01-01&until=2020-02-01"))
    assert browser.get(at("parity") + "?days=90").status_code == 200
    for wrong in ("days=7", "from=2020-02-01&until=2020-01-01", "from=1&until=2"):
        assert browser.get(f"{at('parity')}?{wrong}").status_code in {400, 422}


def test_who_may_not_read_alerts_comes_to_the_figures_by_the_navigation(browser_of, auditor, counted):
    page = browser_of(auditor).get(at("parity")).content.decode()
    assert f'href="{at("parity")}"' in page
    assert f'href="{at("inbox")}"' not in page


def test_the_inbox_leads_to_the_figures(browser_of, analyst, declaration):
    assert f'href="{at("parity")}"' in browser_of(analyst).get(at("inbox")).content.decode()


def test_a_page_of_parties_names_them_beside_their_indicators(
    browser_of, analyst, counted, organisation, tmp_path
):
    own = listed("domain_name,parti-a.example,\n", organisation, tmp_path, "Parti A")
    for _ in range(6):
        alert(organisation, counted, "dismissed", ["fr"], (str(own.id),))
    table = browser_of(analyst).get(at("parity-figures", which="parties")).content.decode()
    assert "Parti A,withheld,6," in table  # a list of one indicator
    assert "Parti A" in text_of(browser_of(analyst).get(at("parity")))


# --- The API ---


def test_machines_read_the_same_and_less_of_what_is_made_to_be_published(analyst, counted):
    secret = make_token(analyst, name="parity", permissions=["parity.read"], days=1, by=person(analyst.id))[1]
    ask = {"authorization": f"Bearer {secret}"}
    inside = Client().get("/api/v1/parity", headers=ask).json()
    assert inside["least"] == 5
    assert inside["languages"][0]["alerts"] == 20
    assert inside["languages"][1]["alert_rate"]["value"] == 0.01
    public = Client().get("/api/v1/parity/public?quarter=2020-Q1", headers=ask).json()
    assert (public["least"], public["first"], public["whole"]["alerts"]) == (11, "2020-01-01", 0)
    assert Client().get("/api/v1/parity/public?quarter=2099-Q1", headers=ask).status_code == 422
