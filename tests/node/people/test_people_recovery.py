"""A new way in by two administrators: who asks, who decides, when it lapses."""

from __future__ import annotations

import json
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions
from vigie_node.people.access import NotIndependentError, recoveries_managed_by
from vigie_node.people.actions.persons import OnlyTwoRecoverError, SuspendedError
from vigie_node.people.actions.recovery import (
    NoReasonError,
    NoSecondAdministratorError,
    RecoveryOpenError,
    RecoveryOverError,
)
from vigie_node.people.models import Grant, Link, Person, Recovery

GOOD = "trois moineaux sur le toit"
REASON = "A téléphoné; je connais sa voix."


@pytest.fixture
def second(make_person) -> Person:
    """Another administrator of the organisation."""
    return make_person("administrator")


@pytest.fixture
def asked(administrator, second, known, hand):
    """Return a request that waits; the clock stands still."""
    return actions.ask_recovery(known.person, reason=REASON, by=actor(administrator.pk))


def of(recovery: Recovery, act: str) -> str:
    with override("fr"):
        return reverse(f"people:recovery-{act}", kwargs={"recovery": recovery.pk})


def page_of(person: Person) -> str:
    with override("fr"):
        return reverse("people:person", kwargs={"person": person.pk})


def kinds() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


# --- Asking ---


def test_asking_changes_nothing_for_the_person(asked, known):
    now = Person.objects.get(pk=known.person.pk)
    assert now.has_usable_password()
    assert now.session_key == known.person.session_key
    assert not Link.objects.exists()
    assert kinds() == ["person.recovery_asked"]


def test_the_reason_is_not_in_the_ledger(asked):
    assert "voix" not in json.dumps(list(Entry.objects.values("facts", "subject")))
    assert asked.reason == REASON


@pytest.mark.parametrize("reason", ["", "  ", "…"])
def test_a_request_without_a_word_is_refused(administrator, second, analyst, reason):
    with pytest.raises(NoReasonError):
        actions.ask_recovery(analyst, reason=reason, by=actor(administrator.pk))


def test_where_there_is_one_administrator_only_the_host_gives_a_new_way_in(administrator, analyst):
    with pytest.raises(NoSecondAdministratorError):
        actions.ask_recovery(analyst, reason=REASON, by=actor(administrator.pk))
    assert not Recovery.objects.exists()
    assert actions.recover(analyst, by=HOST)


def test_of_two_administrators_one_cannot_ask_for_the_other(administrator, second):
    with pytest.raises(NoSecondAdministratorError):
        actions.ask_recovery(second, reason=REASON, by=actor(administrator.pk))


def test_a_suspended_administrator_or_one_of_elsewhere_is_no_second(
    administrator, make_person, other_organisation, analyst
):
    make_person("administrator", of=other_organisation)
    make_person("administrator", is_active=False)
    with pytest.raises(NoSecondAdministratorError):
        actions.ask_recovery(analyst, reason=REASON, by=actor(administrator.pk))


def test_nobody_asks_twice(asked, second):
    with pytest.raises(RecoveryOpenError):
        actions.ask_recovery(asked.person, reason="Encore.", by=actor(second.pk))


def test_for_who_is_suspended_nobody_asks(administrator, second, make_person):
    whom = make_person("analyst", is_active=False)
    with pytest.raises(SuspendedError):
        actions.ask_recovery(whom, reason=REASON, by=actor(administrator.pk))


def test_one_administrator_alone_gives_no_new_way_in(administrator, analyst):
    with pytest.raises(OnlyTwoRecoverError):
        actions.recover(analyst, by=actor(administrator.pk))


# --- Deciding ---


def test_another_administrator_approves_and_gets_the_link(asked, known, second):
    secret = actions.approve_recovery(asked, by=actor(second.pk))
    now = Person.objects.get(pk=known.person.pk)
    assert not now.has_usable_password()
    assert now.session_key != known.person.session_key
    assert now.has_second_factor
    assert actions.accept_link(secret, password=GOOD).pk == now.pk
    entry = Entry.objects.get(kind="person.recovered")
    assert entry.actor == actor(second.pk)
    assert entry.said["asked_by"] == actor(asked.asked_by_id)


def test_a_lost_second_factor_goes_when_the_request_said_so(administrator, second, known):
    asked = actions.ask_recovery(known.person, reason=REASON, second_factor=True, by=actor(administrator.pk))
    actions.approve_recovery(asked, by=actor(second.pk))
    assert not Person.objects.get(pk=known.person.pk).has_second_factor


def test_who_asked_cannot_approve(asked, administrator):
    with pytest.raises(PermissionDenied):
        actions.approve_recovery(asked, by=actor(administrator.pk))
    assert not Link.objects.exists()


def test_the_person_concerned_cannot_approve(asked):
    """Abuse case 8: somebody who is made administrator meanwhile."""
    Grant.objects.create(person=asked.person, role="administrator", granted_ms=0)
    with pytest.raises(PermissionDenied):
        actions.approve_recovery(asked, by=actor(asked.person_id))


@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_who_does_not_manage_people_decides_nothing(asked, make_person, role):
    for act in (actions.approve_recovery, actions.refuse_recovery):
        with pytest.raises(PermissionDenied):
            act(asked, by=actor(make_person(role).pk))


def test_an_administrator_of_elsewhere_sees_and_decides_nothing(asked, make_person, other_organisation):
    stranger = make_person("administrator", of=other_organisation)
    assert not recoveries_managed_by(stranger).exists()
    with pytest.raises(PermissionDenied):
        actions.approve_recovery(asked, by=actor(stranger.pk))


def test_the_host_approves_nothing_it_has_its_own_command(asked):
    with pytest.raises(PermissionDenied):
        actions.approve_recovery(asked, by=HOST)


def test_the_rank_at_the_moment_of_approving_counts(asked, second):
    Grant.objects.create(person=asked.person, role="auditor", granted_ms=0)
    with pytest.raises(PermissionDenied):
        actions.approve_recovery(asked, by=actor(second.pk))


def test_a_request_of_somebody_who_no_longer_manages_people_is_void(asked, administrator, second):
    actions.suspend(administrator, by=HOST)
    with pytest.raises(RecoveryOverError):
        actions.approve_recovery(asked, by=actor(second.pk))


def test_a_request_is_approved_once(asked, second):
    actions.approve_recovery(asked, by=actor(second.pk))
    with pytest.raises(RecoveryOverError):
        actions.approve_recovery(asked, by=actor(second.pk))
    assert Link.objects.count() == 1


def test_a_refusal_and_a_withdrawal_are_recorded(asked, administrator, second):
    assert actions.refuse_recovery(asked, by=actor(second.pk)).state == "refused"
    again = actions.ask_recovery(asked.person, reason=REASON, by=actor(administrator.pk))
    assert actions.refuse_recovery(again, by=actor(administrator.pk)).state == "withdrawn"
    assert kinds()[1::2] == ["person.recovery_refused", "person.recovery_withdrawn"]
    with pytest.raises(RecoveryOverError):
        actions.approve_recovery(again, by=actor(second.pk))


def test_after_a_day_a_request_is_over_and_may_be_made_anew(asked, second, hand):
    hand.turn(hours=24)
    with pytest.raises(RecoveryOverError):
        actions.approve_recovery(asked, by=actor(second.pk))
    assert not recoveries_managed_by(second).exists()
    actions.ask_recovery(asked.person, reason=REASON, by=actor(second.pk))
    assert kinds() == ["person.recovery_asked", "person.recovery_lapsed", "person.recovery_asked"]


def test_the_sweep_lets_requests_lapse_once(asked, hand):
    assert actions.lapse_recoveries() == 0
    hand.turn(hours=25)
    assert (actions.lapse_recoveries(), actions.lapse_recoveries()) == (1, 0)
    asked.refresh_from_db()
    assert asked.state == "lapsed"
    assert Entry.objects.get(kind="person.recovery_lapsed").actor == "node"


# --- A second person of the first one's making ---


@pytest.fixture
def invited(organisation):
    """Return a way to invite an administrator, who chooses a password at once."""

    def make(by: Person, username: str) -> Person:
        made = actions.invite_person(
            organisation=organisation,
            username=username,
            name=username,
            roles=["administrator"],
            by=actor(by.pk),
        )
        return actions.accept_link(made.secret, password=GOOD)

    return make


def test_an_account_of_the_askers_making_does_not_approve(administrator, second, known, invited):
    puppet = invited(administrator, "marionnette")
    asked = actions.ask_recovery(known.person, reason=REASON, by=actor(administrator.pk))
    with pytest.raises(NotIndependentError):
        actions.approve_recovery(asked, by=actor(puppet.pk))
    assert not Recovery.objects.filter(state="approved").exists()
    assert actions.approve_recovery(asked, by=actor(second.pk))


def test_nor_does_one_that_such_an_account_has_made(administrator, second, known, invited):
    puppet = invited(invited(administrator, "marionnette"), "poupee")
    asked = actions.ask_recovery(known.person, reason=REASON, by=actor(administrator.pk))
    with pytest.raises(NotIndependentError):
        actions.approve_recovery(asked, by=actor(puppet.pk))


def test_two_puppets_that_have_their_roles_from_each_other_are_still_puppets(
    administrator, second, known, invited
):
    puppet = invited(administrator, "marionnette")
    other = invited(puppet, "poupee")
    Grant.objects.filter(person=puppet).update(granted_by=other)
    asked = actions.ask_recovery(known.person, reason=REASON, by=actor(administrator.pk))
    with pytest.raises(NotIndependentError):
        actions.approve_recovery(asked, by=actor(other.pk))


def test_who_made_the_asker_does_not_approve(administrator, second, known, invited):
    puppet = invited(administrator, "marionnette")
    asked = actions.ask_recovery(known.person, reason=REASON, by=actor(puppet.pk))
    with pytest.raises(NotIndependentError):
        actions.approve_recovery(asked, by=actor(administrator.pk))
    assert actions.approve_recovery(asked, by=actor(second.pk))


def test_a_role_that_is_newer_than_the_request_does_not_approve_it(asked, analyst, hand):
    hand.turn(minutes=1)
    late = actions.change_roles(analyst, roles=["administrator"], by=HOST)
    with pytest.raises(NotIndependentError):
        actions.approve_recovery(asked, by=actor(late.pk))
    assert not Link.objects.exists()


def test_who_has_no_password_yet_or_was_made_by_the_asker_is_no_second(
    administrator, analyst, invited, organisation
):
    invited(administrator, "marionnette")
    actions.invite_person(
        organisation=organisation, username="absente", name="Absente", roles=["administrator"], by=HOST
    )
    with pytest.raises(NoSecondAdministratorError):
        actions.ask_recovery(analyst, reason=REASON, by=actor(administrator.pk))


def test_a_grant_says_who_gave_it(administrator, invited, analyst):
    assert invited(administrator, "nouvelle").grants.get().granted_by == administrator
    actions.change_roles(analyst, roles=["approver"], by=HOST)
    assert analyst.grants.get(role="approver").granted_by is None


def test_the_page_says_why_an_account_of_the_askers_making_cannot_approve(
    browser_of, administrator, second, known, invited
):
    puppet = invited(administrator, "marionnette")
    asked = actions.ask_recovery(known.person, reason=REASON, by=actor(administrator.pk))
    with override("en"):
        approve = reverse("people:recovery-approve", kwargs={"recovery": asked.pk})
    answer = browser_of(puppet).post(approve, follow=True).content.decode()
    assert "Whoever decides has their role from whoever asked" in answer
    assert not Link.objects.filter(person=known.person).exists()


# --- Pages ---


def test_the_pages_lead_from_asking_to_a_link_that_works(browser_of, administrator, second, known):
    client, other = browser_of(administrator), browser_of(second)
    with override("fr"):
        ask = reverse("people:person-recover", kwargs={"person": known.person.pk})
    assert client.post(ask, {"reason": REASON, "second_factor": "on"}).url == page_of(known.person)
    recovery = Recovery.objects.get()
    assert of(recovery, "approve") not in client.get(page_of(known.person)).content.decode()
    shown = other.get(page_of(known.person)).content.decode()
    assert REASON in shown
    assert of(recovery, "approve") in shown
    with override("fr"):
        assert page_of(known.person) in other.get(reverse("people:persons")).content.decode()
    answer = other.post(of(recovery, "approve")).content.decode()
    secret = re.search(r"/welcome/([\w-]{43})", answer)[1]
    assert Client().get(f"/en/welcome/{secret}").status_code == 200
    assert not Person.objects.get(pk=known.person.pk).has_second_factor
    assert other.post(of(recovery, "approve")).status_code == 404


def test_where_nobody_else_could_approve_the_page_names_the_command(browser_of, administrator, analyst):
    shown = browser_of(administrator).get(page_of(analyst)).content.decode()
    assert f"vigie user recover {analyst.username}" in shown
    assert "/recover" not in shown


def test_a_request_without_reason_is_shown_again_with_what_is_wrong(
    browser_of, administrator, second, analyst
):
    with override("fr"):
        ask = reverse("people:person-recover", kwargs={"person": analyst.pk})
    answer = browser_of(administrator).post(ask, {"reason": ""})
    assert answer.status_code == 422
    assert 'id="id_reason_error"' in answer.content.decode()


def test_approving_too_late_says_so(browser_of, second, asked, administrator):
    actions.suspend(administrator, by=HOST)
    answer = browser_of(second).post(of(asked, "approve"), follow=True)
    assert answer.redirect_chain[-1][0] == page_of(asked.person)
    assert not Link.objects.exists()
