"""Similar alerts: same subject or many of the same accounts, with what people said of each."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie_node.alerts.models import Alert, SignalMember
from vigie_node.alerts.similar import SHOWN_MAX, similar_to

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def rows(organisation, analyst) -> dict[int, Alert]:
    """Four alerts by number, each with ten accounts of its own; 1 was dismissed."""
    made = fill(organisation, people=[analyst], alert_count=4, statuses=("new", "new", "new", "dismissed"))
    by_number = {alert.number: alert for alert in made.alerts}
    for alert in by_number.values():
        with_accounts(alert, [f"{alert.number}-{at}" for at in range(10)])
    return by_number


def with_accounts(alert: Alert, accounts: list[str]) -> None:
    """Let the latest signal of an alert be of these accounts."""
    alert.latest.members.all().delete()
    SignalMember.objects.bulk_create(
        SignalMember(signal=alert.latest, account=one, partner_count=1, object_count=1, action_count=1)
        for one in accounts
    )
    Alert.objects.filter(pk=alert.pk).update(account_count=len(accounts))
    alert.account_count = len(accounts)


def found(alert: Alert, person) -> list[tuple[int, bool, float]]:
    return [(one.alert.number, one.same_subject, one.overlap) for one in similar_to(alert, person)]


def test_alerts_without_anything_in_common_are_not_similar(rows, analyst):
    assert found(rows[4], analyst) == []


def test_the_more_accounts_two_alerts_share_the_more_similar_they_are(rows, analyst):
    with_accounts(rows[2], [f"4-{at}" for at in range(5)] + [f"2-{at}" for at in range(5)])
    with_accounts(rows[3], [f"4-{at}" for at in range(8)])
    with_accounts(rows[1], ["4-0", *(f"1-{at}" for at in range(9))])  # 1 of 19: too few
    assert found(rows[4], analyst) == [(3, False, 0.8), (2, False, pytest.approx(1 / 3))]


def test_the_same_subject_comes_first_even_without_an_account_in_common(rows, analyst, organisation):
    other = fill(organisation, alert_count=0, project="Autre")
    with_accounts(rows[3], [f"4-{at}" for at in range(10)])
    Alert.objects.filter(pk=rows[4].pk).update(subject_key="clé")
    Alert.objects.filter(pk=rows[1].pk).update(subject_key="clé", declaration=other.declaration)
    rows[4].subject_key = "clé"
    assert found(rows[4], analyst) == [(1, True, 0), (3, False, 1)]


def test_at_most_ten_are_shown_and_none_of_another_organisation(organisation, other_organisation, analyst):
    here = fill(organisation, alert_count=14, full_count=0, statuses=("new",)).alerts
    there = fill(other_organisation, alert_count=1, full_count=0, statuses=("new",)).alerts
    for alert in (*here, *there):
        with_accounts(alert, ["a", "b"])
    assert len(found(here[0], analyst)) == SHOWN_MAX
    assert {one.alert.organisation_id for one in similar_to(here[0], analyst)} == {organisation.pk}


def test_as_many_queries_whatever_the_number_of_alerts(organisation, analyst, django_assert_num_queries):
    here = fill(organisation, people=[analyst], alert_count=9, full_count=0, statuses=("dismissed",)).alerts
    for alert in here:
        with_accounts(alert, ["a", "b"])
    with django_assert_num_queries(
        6
    ):  # what one may, accounts, signals, alerts, their reviews, who gave them
        similar_to(here[0], analyst)


def test_the_page_says_what_is_in_common_and_what_people_concluded(browser_of, rows, analyst):
    with_accounts(rows[1], [f"4-{at}" for at in range(10)])
    review = rows[1].reviews.get()
    with translation.override("en"):
        address = reverse("alerts:alert", kwargs={"alert": rows[4].pk})
    page = browser_of(analyst).get(address).content.decode()
    assert "Similar alerts" in page
    assert "100% of the accounts in either are in both." in page
    assert f"{analyst.name} dismissed it on" in page
    assert review.reason[:40] in page
