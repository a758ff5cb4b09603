"""Keys to the API: never more than their person may, never longer than a year."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.terms.errors import BadOptionError
from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import tokens_of
from vigie_node.people.models import Token
from vigie_node.people.roles import permissions, roles


def make(person, allowed=("alert.read",), days=30, by=None):
    return actions.make_token(
        person, name="Tableau", permissions=allowed, days=days, by=by or actor(person.pk)
    )


def test_a_token_speaks_for_its_person(analyst):
    _, secret = make(analyst)
    bearer = actions.check_token(secret)
    assert bearer.person == analyst
    assert bearer.permissions == {"alert.read"}


def test_only_the_hash_of_a_token_is_kept(analyst):
    token, secret = make(analyst)
    assert secret.startswith("vigie_")
    assert secret not in str(vars(Token.objects.get(pk=token.pk)))


@given(st.sets(st.sampled_from(sorted(permissions()))), st.sets(st.sampled_from(sorted(roles()))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_token_never_allows_more_than_its_person_may_now(make_person, asked, later):
    person = make_person("analyst", "administrator")
    if asked <= person.permissions:
        _, secret = make(person, asked)
        now = actions.change_roles(person, roles=later, by=HOST)
        assert actions.check_token(secret).permissions == asked & now.permissions
    else:
        with pytest.raises(PermissionDenied):
            make(person, asked)


def test_nobody_makes_a_token_for_another(analyst, administrator):
    with pytest.raises(PermissionDenied):
        make(analyst, by=actor(administrator.pk))


def test_who_may_not_make_tokens_makes_none(auditor):
    with pytest.raises(PermissionDenied):
        make(auditor, ())


@pytest.mark.parametrize("days", [0, -1, 366, 100_000])
def test_a_token_lives_a_day_to_a_year(analyst, days):
    with pytest.raises(BadOptionError):
        make(analyst, days=days)


def test_a_token_dies_on_its_day(analyst, hand):
    _, secret = make(analyst, days=365)
    hand.turn(days=365, seconds=-1)
    assert actions.check_token(secret)
    hand.turn(seconds=1)
    assert actions.check_token(secret) is None
    assert not tokens_of(analyst)


def test_a_revoked_token_is_dead(analyst):
    token, secret = make(analyst)
    actions.revoke_token(token, by=actor(analyst.pk))
    assert actions.check_token(secret) is None


def test_nobody_revokes_anothers_token(analyst, administrator):
    token, _ = make(analyst)
    with pytest.raises(PermissionDenied):
        actions.revoke_token(token, by=actor(administrator.pk))


def test_a_suspended_persons_token_is_dead_at_once(analyst):
    _, secret = make(analyst)
    actions.suspend(analyst, by=HOST)
    assert actions.check_token(secret) is None


@pytest.mark.parametrize("secret", ["", "vigie_", "vigie_x", "x", "vigie_\x00", "vigie_é"])
@pytest.mark.usefixtures("db")
def test_an_invented_token_is_nobodys(secret):
    assert actions.check_token(secret) is None
