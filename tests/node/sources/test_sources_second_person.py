"""The second person, for declarations, ties, holds, identities and keys: not of the first one's making."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vigie_node.clock import now_ms
from vigie_node.people.access import NotIndependentError
from vigie_node.people.models import Grant
from vigie_node.sources import actions
from vigie_node.sources.actions import key_destruction as keys
from vigie_node.sources.actions import unmasking
from vigie_node.sources.actions.two_persons import NoSecondPersonError
from vigie_node.sources.errors import DecidedError

pytestmark = pytest.mark.django_db
ANSWERS = actions.Answers(
    purpose="essai", legal_basis="consentement", responsible="Veille", retention_days=30
)
PARTY = replace(ANSWERS, subject="party", hypothesis="Des comptes créés hors du pays.")
PSEUDONYM, REASON = "a" * 16, "Trois comptes à signaler."
MINUTE_MS = 60_000


@pytest.fixture
def asker(make_person):
    """Somebody who both asks and manages people."""
    return make_person("administrator", "analyst", "approver")


@pytest.fixture
def puppet(asker, make_person):
    """An account that the asker made."""
    made = make_person("administrator", "approver")
    Grant.objects.filter(person=made).update(granted_by=asker)
    return made


@pytest.fixture
def late(make_person):
    """Somebody whose roles are newer than any request here."""
    made = make_person("administrator", "approver")
    Grant.objects.filter(person=made).update(granted_ms=now_ms() + MINUTE_MS)
    return made


@pytest.fixture
def other(make_person):
    """Somebody who has their roles from the node's operator, long since."""
    return make_person("administrator", "approver")


@pytest.fixture
def strangers(puppet, late):
    """Who is refused as the second person."""
    return (puppet, late)


def test_a_declaration_is_not_approved_by_who_was_made_for_it(organisation, asker, strangers, other):
    for answers in (ANSWERS, PARTY):
        made = actions.ask_declaration(answers, organisation=organisation, by=asker)
        for somebody in strangers:
            with pytest.raises(NotIndependentError):
                actions.approve_declaration(made, by=somebody)
        assert actions.approve_declaration(made, by=other).state == "in_force"


def test_what_the_asker_made_still_refuses_a_declaration(organisation, asker, puppet):
    made = actions.ask_declaration(ANSWERS, organisation=organisation, by=asker)
    assert actions.refuse_declaration(made, by=puppet, reason="non").state == "refused"


def test_a_tie_is_not_approved_by_who_was_made_for_it(organisation, asker, strangers, other):
    made = actions.ask_declaration(PARTY, organisation=organisation, by=asker)
    tie = actions.record_tie(made, by=asker, reason="Même hébergeur")
    for somebody in strangers:
        with pytest.raises(NotIndependentError):
            actions.approve_tie(tie, by=somebody)
    assert actions.approve_tie(tie, by=other).approved_by == other


def test_a_hold_is_not_lifted_by_who_was_made_for_it(organisation, asker, strangers, other):
    made = actions.ask_declaration(ANSWERS, organisation=organisation, by=asker)
    hold = actions.set_hold(made, by=asker, kind="other", reason="Vérification")
    hold = actions.ask_lift(hold, by=asker, reason="Fait")
    for somebody in strangers:
        with pytest.raises(NotIndependentError):
            actions.lift_hold(hold, by=somebody)
    assert actions.lift_hold(hold, by=other).lifted_by == other


def test_an_identity_is_not_opened_by_leave_of_who_was_made_for_it(declaration, asker, strangers, other):
    asked = unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=asker)
    for somebody in strangers:
        with pytest.raises(NotIndependentError):
            unmasking.approve_unmasking(asked, by=somebody)
    assert unmasking.approve_unmasking(asked, by=other).state == "approved"


def test_a_key_is_not_destroyed_by_who_was_made_for_it(declaration, asker, strangers, other):
    project = declaration.project
    asked = keys.ask_destruction(project, typed=project.name, reason="Fin", by=asker)
    for somebody in strangers:
        with pytest.raises(NotIndependentError):
            keys.approve_destruction(asked, typed=project.name, by=somebody)
    assert keys.approve_destruction(asked, typed=project.name, by=other).key_destroyed_ms


def test_who_the_asker_made_or_has_no_password_is_no_second(declaration, asker, puppet, make_person):
    absent, project = make_person("administrator", "approver"), declaration.project
    absent.set_unusable_password()
    absent.save()
    with pytest.raises(NoSecondPersonError):
        unmasking.ask_unmasking(project, pseudonym=PSEUDONYM, reason=REASON, by=asker)
    with pytest.raises(NoSecondPersonError):
        keys.ask_destruction(project, typed=project.name, reason="Fin", by=asker)


def test_what_somebody_asked_who_may_no_longer_is_refused_but_not_approved(declaration, asker, other):
    project = declaration.project
    unmask = unmasking.ask_unmasking(project, pseudonym=PSEUDONYM, reason=REASON, by=asker)
    destroy = keys.ask_destruction(project, typed=project.name, reason="Fin", by=asker)
    asker.is_active = False
    asker.save()
    with pytest.raises(DecidedError):
        unmasking.approve_unmasking(unmask, by=other)
    with pytest.raises(DecidedError):
        keys.approve_destruction(destroy, typed=project.name, by=other)
    assert unmasking.refuse_unmasking(unmask, by=other, reason="partie").state == "refused"
    assert keys.refuse_destruction(destroy, by=other, reason="partie").state == "refused"


def test_what_somebody_asked_who_lost_the_role_is_not_approved(declaration, analyst, other):
    asked = unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=analyst)
    Grant.objects.filter(person=analyst).delete()
    with pytest.raises(DecidedError):
        unmasking.approve_unmasking(asked, by=other)
