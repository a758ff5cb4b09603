"""What people conclude: who may, with which reason, what it makes of an alert; nothing said is lost."""

from __future__ import annotations

import threading
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from vigie.assess import COOLING_OFF_MS, again_from_ms
from vigie.terms.errors import BadOptionError
from vigie_node.alerts.access import REVIEW
from vigie_node.alerts.actions import review_alert, review_alerts, verdicts
from vigie_node.alerts.errors import LongReasonError, NoReasonError, UnreadableReasonError
from vigie_node.alerts.inbox import history
from vigie_node.alerts.models import Alert, Review
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions as people
from vigie_node.people.access import is_the_only_one_who_may
from vigie_node.sources.models import Declaration, Project

if TYPE_CHECKING:
    from vigie_node.people.models import Organisation

DAY_MS = 24 * 3_600_000


def new_alert(organisation: Organisation) -> Alert:
    """Return an alert that nobody has looked at."""
    project, _ = Project.objects.get_or_create(
        organisation=organisation, name="Essai", defaults={"created_ms": now_ms()}
    )
    declaration = Declaration.objects.create(
        organisation=organisation, project=project, retention_days=30, created_ms=now_ms()
    )
    return Alert.objects.create(
        organisation=organisation,
        declaration=declaration,
        number=1 + Alert.objects.filter(organisation=organisation).count(),
        signal_count=1,
        unreviewed_signal_count=1,
        opened_ms=now_ms(),
        changed_ms=now_ms(),
    )


@pytest.fixture
def alert(organisation) -> Alert:
    return new_alert(organisation)


@pytest.fixture
def second_analyst(make_person):
    return make_person("analyst")


def said(alert: Alert, person, verdict: str, reason: str = "Vu les heures.") -> str:
    """Review an alert and return its status."""
    return review_alert(alert, by=person, verdict=verdict, reason=reason).status


def test_two_people_confirm(alert, analyst, second_analyst):
    assert said(alert, analyst, "confirm") == "in_review"
    assert said(alert, second_analyst, "confirm") == "confirmed"


@pytest.mark.usefixtures("second_analyst")
def test_one_person_dismisses(alert, analyst):
    assert said(alert, analyst, "dismiss") == "dismissed"


@pytest.mark.usefixtures("second_analyst")
def test_the_same_person_twice_is_one_person(alert, analyst):
    said(alert, analyst, "confirm")
    assert said(alert, analyst, "confirm") == "in_review"


def test_disagreement_is_shown_and_ends_when_somebody_gives_way(alert, analyst, second_analyst):
    said(alert, analyst, "confirm")
    assert said(alert, second_analyst, "dismiss") == "disputed"
    assert said(alert, second_analyst, "confirm", "J’avais mal lu.") == "confirmed"
    assert [(one.by_id, one.verdict) for one in history(alert)] == [
        (analyst.id, "confirm"),
        (second_analyst.id, "dismiss"),
        (second_analyst.id, "confirm"),
    ]


def test_alone_one_waits_a_day_to_confirm(alert, analyst):
    assert said(alert, analyst, "confirm") == "in_review"
    assert said(alert, analyst, "confirm") == "in_review"
    assert again_from_ms(verdicts(history(alert)), by=str(analyst.id)) == (
        history(alert)[0].at_ms + COOLING_OFF_MS
    )
    Review.objects.filter(alert=alert).update(at_ms=now_ms() - DAY_MS)
    assert said(alert, analyst, "confirm") == "confirmed"
    assert Entry.objects.order_by("seq").last().said["alone"] is True


def test_somebody_suspended_or_in_another_role_is_no_second_person(
    alert, other_organisation, analyst, make_person
):
    make_person("analyst", is_active=False)
    make_person("auditor")
    make_person("analyst", of=other_organisation)
    make_person("analyst", "approver", is_active=False)
    assert is_the_only_one_who_may(analyst, REVIEW)
    Review.objects.create(alert=alert, by=analyst, verdict="confirm", reason="Vu.", at_ms=now_ms() - DAY_MS)
    assert said(alert, analyst, "confirm") == "confirmed"


def test_nobody_becomes_alone_by_suspending_the_others(alert, make_person):
    """Abuse case 8: an administrator who is an analyst too cannot confirm alone by their own hand."""
    patron, colleague = make_person("administrator", "analyst"), make_person("approver")
    people.suspend(colleague, by=actor(patron.pk))
    Review.objects.create(alert=alert, by=patron, verdict="confirm", reason="Vu.", at_ms=now_ms() - DAY_MS)
    assert not is_the_only_one_who_may(patron, REVIEW)
    assert said(alert, patron, "confirm") == "in_review"


def test_a_verdict_resets_what_was_not_looked_at(alert, analyst):
    review_alert(alert, by=analyst, verdict="unsure", reason="À revoir.")
    alert.refresh_from_db()
    assert alert.unreviewed_signal_count == 0
    assert alert.reviewed_ms == alert.changed_ms == history(alert)[0].at_ms


def test_the_ledger_has_the_verdict_and_not_the_reason(alert, analyst):
    said(alert, analyst, "dismiss", "Mme Tremblay m’a dit que c’est son club.")
    entry = Entry.objects.get(kind="alert.reviewed")
    assert entry.subject == f"alert:{alert.id}"
    assert entry.actor == f"person:{analyst.id}"
    assert entry.said == {"number": 1, "verdict": "dismiss", "status": "dismissed"}
    assert "Tremblay" not in "".join(map(str, Entry.objects.values_list()))


def test_a_form_sent_twice_is_one_review(alert, analyst):
    form = new_id()
    for _ in range(2):
        review_alert(alert, by=analyst, verdict="confirm", reason="Vu.", review_id=form)
    assert Review.objects.count() == 1
    assert Entry.objects.filter(kind="alert.reviewed").count() == 1


def test_a_form_of_another_person_or_alert_is_refused(alert, organisation, analyst, second_analyst):
    form = new_id()
    review_alert(alert, by=analyst, verdict="confirm", reason="Vu.", review_id=form)
    with pytest.raises(PermissionDenied):
        review_alert(alert, by=second_analyst, verdict="confirm", reason="Vu.", review_id=form)
    with pytest.raises(PermissionDenied):
        review_alert(new_alert(organisation), by=analyst, verdict="confirm", reason="Vu.", review_id=form)
    assert Review.objects.count() == 1


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_may_not_review_is_refused(alert, make_person, role):
    with pytest.raises(PermissionDenied):
        said(alert, make_person(role), "dismiss")


def test_somebody_suspended_is_refused(alert, make_person):
    with pytest.raises(PermissionDenied):
        said(alert, make_person("analyst", is_active=False), "dismiss")


def test_anothers_alert_does_not_exist(alert, other_organisation, make_person):
    with pytest.raises(Alert.DoesNotExist):
        said(alert, make_person("analyst", of=other_organisation), "dismiss")


def test_a_verdict_that_there_is_not_is_refused(alert, analyst):
    with pytest.raises(BadOptionError):
        said(alert, analyst, "bot")


@pytest.mark.parametrize("reason", ["", "   ", "\n\t\r\n"])
def test_a_verdict_without_a_reason_is_refused(alert, analyst, reason):
    with pytest.raises(NoReasonError):
        said(alert, analyst, "dismiss", reason)
    assert not Review.objects.exists()


def test_a_reason_of_4_000_characters_is_taken_and_one_more_is_not(alert, analyst):
    said(alert, analyst, "unsure", "é" * 4_000)
    with pytest.raises(LongReasonError):
        said(alert, analyst, "unsure", "é" * 4_001)


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ud800"])
def test_a_reason_with_signs_that_act_is_refused(alert, analyst, sign):
    with pytest.raises(UnreadableReasonError) as refused:
        said(alert, analyst, "unsure", f"Vu{sign} par moi.")
    assert refused.value.facts == {"sign": f"U+{ord(sign):04X}"}


@pytest.mark.parametrize("reason", ["Deux\nlignes", "ਪੰਜਾਬੀ", "می‌خواهم", "👩‍💻 vu", "عربي\u200f."])
def test_reasons_in_any_script_are_kept_as_they_are(alert, analyst, reason):
    said(alert, analyst, "unsure", f"  {reason}\r\n")
    assert Review.objects.get().reason == reason


@pytest.mark.django_db(transaction=True)
def test_verdicts_given_at_the_same_moment_are_all_kept(organisation, make_person):
    alert = new_alert(organisation)
    people = [make_person("analyst") for _ in range(8)]
    together = threading.Barrier(len(people))
    failed: list[BaseException] = []

    def give(person) -> None:
        try:
            together.wait(timeout=60)
            review_alert(alert, by=person, verdict="confirm", reason="Vu en même temps.")
        except BaseException as error:  # noqa: BLE001 (another thread must tell this one)
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Review.objects.filter(alert=alert).count() == len(people)
    assert Entry.objects.filter(kind="alert.reviewed").count() == len(people)
    alert.refresh_from_db()
    assert alert.status == "confirmed"


def test_one_verdict_on_several_alerts_is_one_review_of_each_and_of_none_when_one_is_anothers(
    organisation, other_organisation, analyst
):
    own = [new_alert(organisation) for _ in range(3)]
    form = new_id()
    for _ in range(2):  # sent twice
        review_alerts(own, by=analyst, verdict="dismiss", reason="Un club.", form_id=form)
    assert sorted(Review.objects.values_list("alert__number", "verdict")) == [
        (1, "dismiss"),
        (2, "dismiss"),
        (3, "dismiss"),
    ]
    assert Entry.objects.filter(kind="alert.reviewed").count() == 3
    with pytest.raises(Alert.DoesNotExist):
        review_alerts([own[0], new_alert(other_organisation)], by=analyst, verdict="unsure", reason="Et ça ?")
    assert Review.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_people_who_review_overlapping_sets_at_once_never_wait_for_each_other(organisation, make_person):
    alerts = [new_alert(organisation) for _ in range(3)]
    sets = [list(reversed(pair)) for pair in combinations(alerts, 2)] + [alerts, *([one] for one in alerts)]
    people = [make_person("analyst") for _ in sets]
    rounds = 4
    together = threading.Barrier(len(people))
    failed: list[BaseException] = []

    def give(person, chosen) -> None:
        try:
            for _ in range(rounds):
                together.wait(timeout=60)
                review_alerts(chosen, by=person, verdict="confirm", reason="Vu en même temps.")
        except BaseException as error:  # noqa: BLE001 (another thread must tell this one)
            together.abort()
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=pair) for pair in zip(people, sets, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Review.objects.count() == rounds * sum(map(len, sets))
    assert Entry.objects.filter(kind="alert.reviewed").count() == Review.objects.count()
