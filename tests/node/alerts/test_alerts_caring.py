"""Alerts given to somebody, and alerts set aside: who may, what the inbox then counts, what is recorded."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie_node.alerts.actions import assign_alerts, review_alert, snooze_alerts, wake_alerts
from vigie_node.alerts.actions.keeping import show
from vigie_node.alerts.errors import NoMomentError, NoReasonError, NotAReviewerError
from vigie_node.alerts.inbox import ME, NEEDS_PERSON, NOBODY, SNOOZED, Filters, counts, inbox, needs_of
from vigie_node.alerts.models import Alert
from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.people.duty_times import shown_at

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOUR_MS = 3_600_000
OPEN = Filters(status=NEEDS_PERSON)


@pytest.fixture
def colleague(make_person):
    return make_person("analyst")


@pytest.fixture
def rows(organisation) -> list[Alert]:
    """Three new alerts, the newest first."""
    return fill(organisation, alert_count=3, full_count=1, statuses=("new",)).alerts


def at(name: str, **kwargs: object) -> str:
    with translation.override("en"):
        return reverse(name, kwargs=kwargs)


def kinds() -> list[str]:
    wanted = ("alert.assigned", "alert.unassigned", "alert.snoozed", "alert.woken")
    return list(Entry.objects.filter(kind__in=wanted).order_by("seq").values_list("kind", flat=True))


def numbers(person, **filters: str) -> list[int]:
    return [row.number for row in inbox(person, Filters(**filters))]


def test_alerts_are_given_to_a_colleague_and_taken_back(rows, analyst, colleague):
    assign_alerts(rows[:2], by=analyst, to=colleague.pk)
    assert numbers(colleague, assigned=ME) == [3, 2]
    assert numbers(colleague, assigned=NOBODY) == [1]
    assert numbers(analyst, assigned=ME) == []
    assign_alerts(rows[:1], by=colleague, to=None)
    assert numbers(colleague, assigned=ME) == [2]
    assert kinds() == ["alert.assigned", "alert.assigned", "alert.unassigned"]


def test_giving_twice_is_one_act(rows, analyst):
    assert len(assign_alerts(rows, by=analyst, to=analyst.pk)) == 3
    assert assign_alerts(rows, by=analyst, to=analyst.pk) == []
    assert len(kinds()) == 3


def test_alerts_are_given_only_to_who_may_review_them(rows, analyst, make_person, other_organisation):
    for person in (make_person("auditor"), make_person("analyst", of=other_organisation)):
        with pytest.raises(NotAReviewerError):
            assign_alerts(rows, by=analyst, to=person.pk)
    with pytest.raises(NotAReviewerError):
        assign_alerts(rows, by=analyst, to=uuid4())
    assert kinds() == []


def test_who_may_not_review_gives_and_sets_aside_nothing(rows, make_person, other_organisation):
    reader, stranger = make_person("focal_point"), make_person("analyst", of=other_organisation)
    acts = (
        lambda by: assign_alerts(rows, by=by, to=None),
        lambda by: snooze_alerts(rows, by=by, until_ms=now_ms() + HOUR_MS, reason="Attendre."),
        lambda by: wake_alerts(rows, by=by),
    )
    for act in acts:
        with pytest.raises(PermissionDenied):
            act(reader)
        with pytest.raises(Alert.DoesNotExist):
            act(stranger)


def test_what_is_set_aside_needs_nobody_until_then(rows, analyst, monkeypatch):
    until = now_ms() + HOUR_MS
    snooze_alerts(rows[:2], by=analyst, until_ms=until, reason="Attendre la réponse de la plateforme.")
    assert numbers(analyst, status=NEEDS_PERSON) == [1]
    assert numbers(analyst, status=SNOOZED) == [3, 2]
    found = counts(analyst, Filters())
    assert (found[NEEDS_PERSON], found[SNOOZED], found["new"]) == (1, 2, 3)
    assert needs_of(analyst).total == 1
    monkeypatch.setattr("vigie_node.alerts.inbox.now_ms", lambda: until)
    assert numbers(analyst, status=NEEDS_PERSON) == [3, 2, 1]
    assert (counts(analyst, Filters())[SNOOZED], needs_of(analyst).total) == (0, 3)


def test_the_reason_for_setting_aside_is_not_in_the_ledger(rows, analyst):
    snooze_alerts(rows[:1], by=analyst, until_ms=now_ms() + HOUR_MS, reason="Attendre Mme Tremblay.")
    entry = Entry.objects.get(kind="alert.snoozed")
    assert entry.said["minutes"] in {59, 60}
    assert "Tremblay" not in str(entry.said)


def test_a_new_signal_takes_an_alert_back(rows, analyst):
    snooze_alerts(rows[:1], by=analyst, until_ms=now_ms() + HOUR_MS, reason="Attendre.")
    alert = Alert.objects.get(pk=rows[0].pk)
    show(alert, alert.latest)
    assert numbers(analyst, status=NEEDS_PERSON) == [3, 2, 1]


def test_a_verdict_takes_an_alert_back_for_the_second_person(rows, analyst, colleague):
    snooze_alerts(rows[:1], by=analyst, until_ms=now_ms() + HOUR_MS, reason="Attendre.")
    review_alert(rows[0], by=analyst, verdict="confirm", reason="Mêmes textes, mêmes secondes.")
    assert needs_of(colleague).second == 1


def test_setting_aside_twice_is_one_act_and_taking_back_another(rows, analyst):
    until = now_ms() + HOUR_MS
    assert len(snooze_alerts(rows, by=analyst, until_ms=until, reason="Attendre.")) == 3
    assert snooze_alerts(rows, by=analyst, until_ms=until, reason="Attendre.") == []
    assert len(wake_alerts(rows[:1], by=analyst)) == 1
    assert wake_alerts(rows[:1], by=analyst) == []
    assert kinds() == ["alert.snoozed"] * 3 + ["alert.woken"]


@pytest.mark.parametrize("ahead_ms", [0, -HOUR_MS, 91 * 24 * HOUR_MS])
def test_a_moment_past_or_too_far_is_refused(rows, analyst, ahead_ms):
    with pytest.raises(NoMomentError):
        snooze_alerts(rows, by=analyst, until_ms=now_ms() + ahead_ms, reason="Attendre.")
    with pytest.raises(NoReasonError):
        snooze_alerts(rows, by=analyst, until_ms=now_ms() + HOUR_MS, reason=" … ")
    assert inbox(analyst, OPEN).count() == 3


def test_the_pages_give_one_alert_and_lead_back_to_it(browser_of, rows, analyst, colleague):
    browser = browser_of(analyst)
    one = str(rows[0].pk)
    page = browser.get(at("alerts:caring"), {"alert": one}).content.decode()
    assert f"{analyst.name} (You)" in page
    assert colleague.name in page
    answer = browser.post(at("alerts:assign"), {"alert": one, "to": str(colleague.pk)})
    assert answer.url == at("alerts:alert", alert=one)
    assert f"Given to {colleague.name}." in browser.get(answer.url).content.decode()
    assert f"Given to {colleague.name}." in browser.get(at("alerts:inbox")).content.decode()
    browser.post(at("alerts:assign"), {"alert": one, "to": NOBODY})
    assert "Nobody in particular." in browser.get(answer.url).content.decode()


def test_the_pages_set_several_aside_and_take_them_back(browser_of, rows, analyst):
    browser = browser_of(analyst)
    some = [str(row.pk) for row in rows[:2]]
    said = {"alert": some, "until": shown_at(now_ms() + 24 * HOUR_MS, analyst.zone), "reason": "Attendre."}
    for _ in range(2):
        assert browser.post(at("alerts:snooze"), said).url == at("alerts:inbox")
    assert len(kinds()) == 2
    assert "Attendre." in browser.get(at("alerts:alert", alert=some[0])).content.decode()
    aside = browser.get(at("alerts:inbox"), {"status": SNOOZED}).content.decode()
    assert aside.count("Set aside until") == 2
    browser.post(at("alerts:snooze"), {"alert": some, "wake": "1"})
    assert numbers(analyst, status=NEEDS_PERSON) == [3, 2, 1]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alerts:assign", {"to": str(uuid4())}),
        ("alerts:assign", {}),
        ("alerts:snooze", {"until": "yesterday", "reason": "Attendre."}),
        ("alerts:snooze", {"until": "2020-01-01T10:00", "reason": "Attendre."}),
        ("alerts:snooze", {"until": "2999-01-01T10:00", "reason": ""}),
    ],
)
def test_what_will_not_do_is_said_at_the_form_and_nothing_changes(browser_of, rows, analyst, name, said):
    answer = browser_of(analyst).post(at(name), {"alert": str(rows[0].pk), **said})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert kinds() == []
