"""What is done about people: who may, what changes, what the ledger keeps of it."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied

from vigie.terms.errors import BadOptionError
from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions
from vigie_node.people.access import link_of, persons_managed_by, persons_visible_to, roles_given_by
from vigie_node.people.actions.persons import (
    OnlyHostError,
    OrganisationExistsError,
    PersonExistsError,
    SuspendedError,
)
from vigie_node.people.actions.proofs import DeadLinkError, WrongCodeError
from vigie_node.people.models import Grant, Link, Organisation, Person
from vigie_node.people.names import BadNameError
from vigie_node.people.passwords import WeakPasswordError
from vigie_node.people.proofs import hash_of

GOOD = "trois moineaux sur le toit"
ALTERING = {
    "roles": lambda whom, by: actions.change_roles(whom, roles=["analyst"], by=by),
    "suspend": lambda whom, by: actions.suspend(whom, by=by),
    "restore": lambda whom, by: actions.restore(whom, by=by),
    "recover": lambda whom, by: (
        actions.recover(whom, by=by, second_factor=True)
        if by == HOST
        else actions.ask_recovery(whom, reason="essai", by=by)
    ),
}


def invite(organisation, by=HOST, **changed):
    sent = {"username": "m.tremblay", "name": "Marie Tremblay", "roles": ["analyst"], **changed}
    return actions.invite_person(organisation=organisation, by=by, **sent)


def kinds() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


# --- Organisations ---


@pytest.mark.usefixtures("db")
def test_the_host_makes_an_organisation():
    made = actions.make_organisation(name=" Unité de veille ", by=HOST)
    assert made.name == "Unité de veille"
    assert kinds() == ["organisation.made"]
    assert Entry.objects.get().organisation == made.pk


def test_a_person_makes_no_organisation(administrator):
    with pytest.raises(OnlyHostError):
        actions.make_organisation(name="À moi", by=actor(administrator.pk))
    assert Organisation.objects.count() == 1


def test_two_organisations_have_two_names(organisation):
    with pytest.raises(OrganisationExistsError):
        actions.make_organisation(name=organisation.name, by=HOST)


# --- Inviting ---


def test_who_is_invited_cannot_sign_in_before_choosing_a_password(organisation):
    person = invite(organisation).person
    assert not person.has_usable_password()
    assert person.role_ids == ("analyst",)


def test_an_invitation_keeps_only_the_hash_of_its_secret(organisation):
    invited = invite(organisation)
    link = Link.objects.get()
    assert link.secret_hash == hash_of(invited.secret)
    assert invited.secret not in str(vars(link))


def test_no_name_and_no_secret_stands_in_the_ledger(organisation, administrator):
    """Abuse case 9."""
    by = actor(administrator.pk)
    invited = invite(organisation, by=by)
    person = actions.accept_link(invited.secret, password=GOOD)
    actions.change_profile(
        person, name="Marie T.", language="fr", zone="America/Halifax", by=actor(person.pk)
    )
    secret = actions.recover(person, by=HOST)
    told = json.dumps(list(Entry.objects.values("actor", "kind", "subject", "facts")))
    for personal in ("tremblay", "Marie", GOOD, invited.secret, secret, person.password, hash_of(secret)):
        assert personal not in told


def test_a_name_to_sign_in_with_is_taken_once_on_the_node(organisation, other_organisation):
    invite(organisation)
    with pytest.raises(PersonExistsError):
        invite(other_organisation, username="M.Tremblay")
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"roles": ["emperor"]}, BadOptionError),
        ({"language": "de"}, BadOptionError),
        ({"zone": "Laurentie/Lavaltrie"}, BadOptionError),
        ({"name": "a\u202eb"}, BadNameError),
    ],
)
def test_values_that_mean_nothing_make_nobody(organisation, changed, error):
    with pytest.raises(error):
        invite(organisation, **changed)
    assert not Person.objects.exists()
    assert not Entry.objects.exists()


def test_an_administrator_invites_into_their_own_organisation_only(administrator, other_organisation):
    """Abuse case 8."""
    with pytest.raises(PermissionDenied):
        invite(other_organisation, by=actor(administrator.pk))


@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_who_does_not_manage_people_invites_nobody(make_person, organisation, role):
    with pytest.raises(PermissionDenied):
        invite(organisation, by=actor(make_person(role).pk))


def test_an_administrator_gives_no_role_above_their_own(administrator, organisation):
    """Abuse case 8: an auditor watches over administrators, who therefore make none."""
    with pytest.raises(PermissionDenied):
        invite(organisation, by=actor(administrator.pk), roles=["analyst", "auditor"])
    given = {role.id for role in roles_given_by(administrator)}
    assert given == {"analyst", "approver", "focal_point", "panel_member", "administrator"}


# --- Altering others ---


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
def test_an_administrator_alters_people_of_their_own_organisation(act, administrator, analyst, make_person):
    make_person("administrator")  # whom a request for a new way in waits for
    act(analyst, actor(administrator.pk))
    assert Entry.objects.filter(actor=actor(administrator.pk), subject=f"person:{analyst.pk}").count() == 1


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
def test_an_administrator_alters_nobody_of_another_organisation(
    act, administrator, make_person, other_organisation
):
    """Abuse cases 1, 7 and 8."""
    whom = make_person("analyst", of=other_organisation)
    with pytest.raises(PermissionDenied):
        act(whom, actor(administrator.pk))
    assert not Entry.objects.exists()


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
def test_an_administrator_alters_nobody_above_them(act, administrator, auditor):
    """Abuse case 8: capturing a higher role by resetting its password (CVE-2019-12794)."""
    with pytest.raises(PermissionDenied):
        act(auditor, actor(administrator.pk))
    assert not Entry.objects.exists()


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_who_does_not_manage_people_alters_nobody(act, make_person, analyst, role):
    with pytest.raises(PermissionDenied):
        act(analyst, actor(make_person(role).pk))


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
def test_nobody_alters_themselves(act, administrator):
    with pytest.raises(PermissionDenied):
        act(administrator, actor(administrator.pk))


@pytest.mark.parametrize("act", ALTERING.values(), ids=ALTERING)
def test_the_host_alters_anybody(act, auditor):
    act(auditor, HOST)


@pytest.mark.parametrize(
    "by", ["person:", "person:1", "", "administrator", "person:00000000-0000-7000-8000-000000000000"]
)
def test_an_actor_that_is_nobody_may_nothing(by, analyst):
    with pytest.raises(PermissionDenied):
        actions.suspend(analyst, by=by)


def test_an_administrator_who_was_suspended_meanwhile_may_nothing(administrator, analyst):
    actions.suspend(administrator, by=HOST)
    with pytest.raises(PermissionDenied):
        actions.suspend(analyst, by=actor(administrator.pk))


def test_what_counts_is_the_rank_in_the_database_not_the_one_once_loaded(administrator, analyst):
    """Abuse case 1: the object authorised is the object changed."""
    assert analyst.rank == 1
    Grant.objects.create(person=analyst, role="auditor", granted_ms=0)
    with pytest.raises(PermissionDenied):
        actions.ask_recovery(analyst, reason="essai", by=actor(administrator.pk))


def test_roles_are_replaced_and_both_states_recorded(administrator, analyst):
    changed = actions.change_roles(analyst, roles=["approver", "approver"], by=actor(administrator.pk))
    assert changed.role_ids == ("approver",)
    assert json.loads(Entry.objects.get().facts) == {"after": ["approver"], "before": ["analyst"]}


def test_a_person_may_be_left_without_a_role(administrator, analyst):
    assert actions.change_roles(analyst, roles=[], by=actor(administrator.pk)).permissions == frozenset()


def test_who_is_suspended_may_nothing_and_their_links_are_dead(organisation):
    invited = invite(organisation)
    suspended = actions.suspend(invited.person, by=HOST)
    assert Person.objects.get(pk=suspended.pk).permissions == frozenset()
    assert link_of(invited.secret) is None


def test_who_is_restored_has_their_roles_again(analyst):
    actions.suspend(analyst, by=HOST)
    assert actions.restore(analyst, by=HOST).role_ids == ("analyst",)


# --- Links ---


def test_a_link_lets_choose_a_password_once(organisation):
    invited = invite(organisation)
    assert actions.accept_link(invited.secret, password=GOOD).check_password(GOOD)
    with pytest.raises(DeadLinkError):
        actions.accept_link(invited.secret, password="un autre mot de passe, long")  # noqa: S106


def test_a_link_dies_after_a_day(organisation, hand):
    invited = invite(organisation)
    hand.turn(hours=24, seconds=-1)
    assert link_of(invited.secret)
    hand.turn(seconds=1)
    with pytest.raises(DeadLinkError):
        actions.accept_link(invited.secret, password=GOOD)


def test_a_weak_password_leaves_the_link_alive(organisation):
    invited = invite(organisation)
    with pytest.raises(WeakPasswordError):
        actions.accept_link(invited.secret, password="court")  # noqa: S106
    assert link_of(invited.secret)


def test_a_new_link_kills_the_one_before(organisation):
    first = invite(organisation)
    second = actions.recover(first.person, by=HOST)
    assert link_of(first.secret) is None
    assert link_of(second)


@pytest.mark.parametrize("secret", ["", "x", "é", "\udcff"])
@pytest.mark.usefixtures("db")
def test_an_invented_link_is_dead(secret):
    with pytest.raises(DeadLinkError):
        actions.accept_link(secret, password=GOOD)


# --- Recovery ---


def test_recovery_ends_password_sessions_and_tokens_but_not_the_second_factor(known):
    _, token = actions.make_token(known.person, name="x", permissions=[], days=1, by=actor(known.person.pk))
    actions.recover(known.person, by=HOST)
    after = Person.objects.get(pk=known.person.pk)
    assert not after.has_usable_password()
    assert after.session_key != known.person.session_key
    assert after.has_second_factor
    assert actions.check_token(token) is None


def test_recovery_of_the_second_factor_too_ends_its_codes(known):
    actions.recover(known.person, by=HOST, second_factor=True)
    after = Person.objects.get(pk=known.person.pk)
    assert not after.has_second_factor
    assert not after.recovery_codes.exists()


def test_who_is_suspended_gets_no_new_link(analyst):
    actions.suspend(analyst, by=HOST)
    with pytest.raises(SuspendedError):
        actions.recover(analyst, by=HOST)


# --- What one does about oneself ---


def test_only_oneself_or_the_host_sets_a_password(administrator, analyst):
    """Abuse case 8."""
    with pytest.raises(PermissionDenied):
        actions.set_password(analyst, password=GOOD, by=actor(administrator.pk))
    assert actions.set_password(analyst, password=GOOD, by=actor(analyst.pk)).check_password(GOOD)


def test_a_new_password_ends_every_session(known):
    after = actions.set_password(known.person, password=GOOD, by=actor(known.person.pk))
    assert after.session_key != known.person.session_key


@pytest.mark.parametrize(
    "password",
    [
        "",
        "onze lettre",
        "123456789012",
        "Password2024",
        "passwordpassword",
        "MonkeyDragon",
        "ababababababab",
        "personne 1 !!",
        "trois moineaux, " * 9,
        "ﬃ un peu trop long quand on le compte bien " * 3,
    ],
)
def test_passwords_that_others_would_guess_are_refused(analyst, password):
    with pytest.raises(WeakPasswordError):
        actions.set_password(analyst, password=password, by=actor(analyst.pk))


@pytest.mark.parametrize(
    "password",
    [
        "une phrase de 128 lettres " * 4 + "et rien de plus, ma foi.",
        "ਪੰਜਾਬੀ ਵਿੱਚ ਇੱਕ ਵਾਕ",
        "mot de passe de la tante",
        "🦉🦉🦉 veille la nuit",
    ],
)
def test_long_ones_of_any_script_are_welcome(analyst, password):
    assert actions.set_password(analyst, password=password, by=actor(analyst.pk)).has_usable_password()


def test_a_password_is_kept_by_argon2(analyst):
    assert actions.set_password(analyst, password=GOOD, by=actor(analyst.pk)).password.startswith(
        "argon2$argon2id$"
    )


def test_a_second_factor_needs_a_code_of_its_secret(known, analyst, hand):
    by = actor(analyst.pk)
    with pytest.raises(WrongCodeError):
        actions.enrol_second_factor(analyst, secret=known.secret, code="000000", by=by)
    codes = actions.enrol_second_factor(analyst, secret=known.secret, code=known.code(hand.at_ms), by=by)
    after = Person.objects.get(pk=analyst.pk)
    assert after.has_second_factor
    assert len(codes) == after.recovery_codes.count() == 10


def test_the_code_that_enrolled_signs_nobody_in(known, analyst, hand):
    code = known.code(hand.at_ms)
    actions.enrol_second_factor(analyst, secret=known.secret, code=code, by=actor(analyst.pk))
    with pytest.raises(WrongCodeError):
        actions.check_code(Person.objects.get(pk=analyst.pk), code, address="")


def test_nobody_enrols_for_another(known, administrator, hand):
    """Abuse case 8."""
    with pytest.raises(PermissionDenied):
        actions.enrol_second_factor(
            known.person, secret=known.secret, code=known.code(hand.at_ms), by=actor(administrator.pk)
        )


@pytest.mark.usefixtures("hand")
def test_new_recovery_codes_replace_the_former(known):
    actions.make_recovery_codes(known.person, by=actor(known.person.pk))
    with pytest.raises(WrongCodeError):
        actions.check_code(known.person, known.recovery_code, address="")


def test_a_profile_that_does_not_change_is_not_recorded(analyst):
    same = {"name": analyst.name, "language": analyst.language, "zone": analyst.zone}
    actions.change_profile(analyst, **same, by=actor(analyst.pk))
    assert not Entry.objects.exists()


# --- Doors ---


def test_one_sees_the_people_of_ones_own_organisation(analyst, make_person, other_organisation):
    stranger = make_person("analyst", of=other_organisation)
    assert list(persons_visible_to(analyst)) == [analyst]
    assert list(persons_visible_to(stranger)) == [stranger]


def test_who_does_not_manage_people_finds_nobody_to_manage(analyst):
    assert not persons_managed_by(analyst).exists()


def test_every_kind_of_entry_of_the_app_has_a_sentence():
    from vigie_node.ledger.kinds import known_kinds
    from vigie_node.people.kinds import SENTENCES

    assert set(SENTENCES) <= set(known_kinds())
