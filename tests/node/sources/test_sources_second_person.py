"""The second person, for declarations, ties, holds, identities and keys: not of the first one's making."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vigie_node.clock import now_ms
from vigie_node.ledger.actions import HOST, person
from vigie_node.people import actions as people
from vigie_node.people.access import NotApartError, NotIndependentError, is_alone
from vigie_node.people.actions import recovery
from vigie_node.people.models import Grant
from vigie_node.sources import actions
from vigie_node.sources.actions import key_destruction as keys
from vigie_node.sources.actions import public_actors, unmasking
from vigie_node.sources.actions.two_persons import NoSecondPersonError
from vigie_node.sources.errors import DecidedError, SamePersonError

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


# Two puppets of one administrator (decision 0016)


@pytest.fixture
def invited(administrator, make_person):
    """Return how to make a person whom the only administrator invited."""

    def make(*roles: str, by=administrator):
        made = make_person(*roles)
        Grant.objects.filter(person=made).update(granted_by=by)
        return made

    return make


@pytest.fixture
def two(invited):
    """Two persons whom one administrator invited, and who could be that administrator."""
    return invited("analyst", "approver"), invited("administrator", "approver")


def test_an_organisation_whose_administrator_invited_all_works_for_ordinary_acts(organisation, two):
    one, other = two
    made = actions.ask_declaration(ANSWERS, organisation=organisation, by=one)
    assert actions.approve_declaration(made, by=other).state == "in_force"
    hold = actions.set_hold(made, by=one, kind="other", reason="Vérification")
    assert actions.lift_hold(actions.ask_lift(hold, by=one, reason="Fait"), by=other).lifted_by == other


def test_two_puppets_of_one_administrator_unmask_nobody(declaration, two, other):
    one, second = two
    asked = unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=one)
    with pytest.raises(NotApartError):
        unmasking.approve_unmasking(asked, by=second)
    assert unmasking.approve_unmasking(asked, by=other).state == "approved"


def test_where_one_administrator_invited_all_nothing_is_asked_that_nobody_could_approve(declaration, two):
    with pytest.raises(NoSecondPersonError):
        unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=two[0])


def test_two_puppets_of_one_administrator_destroy_no_key(declaration, invited, other):
    project, (one, second) = declaration.project, (invited("approver"), invited("approver"))
    asked = keys.ask_destruction(project, typed=project.name, reason="Fin", by=one)
    with pytest.raises(NotApartError):
        keys.approve_destruction(asked, typed=project.name, by=second)
    assert keys.approve_destruction(asked, typed=project.name, by=other).key_destroyed_ms


def test_two_puppets_put_no_account_in_clear_and_no_party_under_watch(organisation, two, other):
    one, second = two
    line = public_actors.Line(
        platform="x",
        account="mairie",
        name="M",
        office="Mairesse",
        from_ms=1,
        until_ms=None,
        source="gazette",
    )
    made = public_actors.add_actor(line, by=one)
    with pytest.raises(NotApartError):
        public_actors.agree_actor(made, seen_ms=made.changed_ms, by=second)
    assert public_actors.agree_actor(made, seen_ms=made.changed_ms, by=other).agreed_by == other
    party = actions.ask_declaration(PARTY, organisation=organisation, by=one)
    with pytest.raises(NotApartError):
        actions.approve_declaration(party, by=second)
    tie = actions.record_tie(party, by=one, reason="Même hébergeur")
    with pytest.raises(NotApartError):
        actions.approve_tie(tie, by=second)


def test_two_administrators_of_one_making_give_nobody_a_new_way_in(invited, analyst, other):
    one, second = invited("administrator"), invited("administrator")
    asked = recovery.ask_recovery(analyst, reason="Téléphone perdu", by=person(one.pk))
    with pytest.raises(NotApartError):
        recovery.approve_recovery(asked, by=person(second.pk))
    assert recovery.approve_recovery(asked, by=person(other.pk))


@pytest.mark.usefixtures("other")
def test_a_longer_chain_of_invitations_makes_no_second_person(declaration, invited):
    between = invited("administrator")
    one, second = invited("analyst"), invited("approver", by=between)
    asked = unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=one)
    with pytest.raises(NotApartError):
        unmasking.approve_unmasking(asked, by=second)


def test_the_operator_vouches_for_one_of_the_two(declaration, two):
    one, second = two
    people.change_roles(second, roles=second.role_ids, by=HOST)
    asked = unmasking.ask_unmasking(declaration.project, pseudonym=PSEUDONYM, reason=REASON, by=one)
    assert unmasking.approve_unmasking(asked, by=second).state == "approved"


def test_an_administrator_who_says_the_same_roles_again_vouches_for_nobody(invited, administrator):
    puppet = invited("approver")
    people.change_roles(puppet, roles=puppet.role_ids, by=person(administrator.pk))
    assert puppet.grants.get().granted_by == administrator


# Alone


@pytest.fixture
def boss(make_person):
    """Somebody who manages people, asks and approves."""
    return make_person("administrator", "analyst", "approver")


@pytest.fixture
def colleague(make_person):
    """Their only colleague, who was never there."""
    return make_person("approver")


def asked_by(somebody):
    return actions.ask_declaration(ANSWERS, organisation=somebody.organisation, by=somebody)


def test_one_person_who_never_had_a_colleague_is_alone(boss):
    assert is_alone(boss)
    assert actions.approve_declaration(asked_by(boss), by=boss).starts_ms > now_ms()


def test_nobody_becomes_alone_by_suspending_the_others(boss, colleague):
    people.suspend(colleague, by=person(boss.pk))
    made = asked_by(boss)
    with pytest.raises(SamePersonError):
        actions.approve_declaration(made, by=boss)
    hold = actions.ask_lift(
        actions.set_hold(made, by=boss, kind="other", reason="Fin"), by=boss, reason="Fin"
    )
    with pytest.raises(SamePersonError):
        actions.lift_hold(hold, by=boss)


def test_nobody_becomes_alone_by_having_their_own_account_suspend_the_others(boss, colleague, invited):
    puppet = invited("administrator", by=boss)
    people.suspend(colleague, by=person(puppet.pk))
    people.suspend(puppet, by=HOST)
    assert not is_alone(boss)


def test_taking_a_colleagues_roles_leaves_nobody_alone(boss, colleague):
    people.change_roles(colleague, roles=[], by=person(boss.pk))
    assert not is_alone(boss)


def test_whom_the_operator_suspended_leaves_the_other_alone_even_after_somebody_else_did(boss, colleague):
    people.suspend(colleague, by=person(boss.pk))
    people.suspend(colleague, by=HOST)
    assert is_alone(boss)


@pytest.mark.parametrize(("days", "alone"), [(29, False), (31, True)])
def test_who_was_there_in_the_last_thirty_days_leaves_nobody_alone(boss, colleague, days, alone):
    colleague.signed_in_ms = now_ms() - days * actions.DAY_MS
    colleague.save()
    people.suspend(colleague, by=HOST)
    assert is_alone(boss) is alone


def test_colleagues_of_other_organisations_count_for_nothing(boss, make_person, other_organisation):
    make_person("approver", of=other_organisation)
    assert is_alone(boss)
