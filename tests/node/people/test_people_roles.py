"""Roles: one table of data."""

from __future__ import annotations

import pytest

from vigie_node.people import roles as module
from vigie_node.people.roles import allowed, permission_table, permissions, rank_of, roles


def test_everything_has_a_name_in_both_languages():
    for one in (*roles().values(), *permission_table().values()):
        assert set(one.names) == {"en", "fr"}
        assert all(one.names.values())


def test_every_permission_belongs_to_some_role():
    assert allowed(roles()) == permissions()


def test_a_role_that_is_gone_allows_nothing():
    assert allowed(["minister's friend"]) == frozenset()
    assert rank_of(["minister's friend"]) == 0


def test_a_role_with_an_unknown_permission_is_refused():
    row = {"id": "x", "en": "X", "fr": "X", "rank": 1, "permissions": ["post.falsify"]}
    with pytest.raises(ValueError, match=r"post\.falsify"):
        module._role(row)


def test_there_is_no_role_for_political_staff():
    assert set(roles()) == {
        "analyst", "approver", "focal_point", "panel_member", "administrator", "auditor", "independent"
    }  # fmt: skip


def test_a_panel_member_sees_what_the_panel_is_briefed_on_and_nothing_else():
    assert roles()["panel_member"].permissions == {"briefing.read"}


def test_a_focal_point_reads_alerts_and_incidents_but_no_post_and_writes_nothing():
    assert {"alert.read", "incident.read"} <= roles()["focal_point"].permissions
    assert {permission.partition(".")[2] for permission in roles()["focal_point"].permissions} == {"read"}
    assert "post.read" not in roles()["focal_point"].permissions


def test_who_manages_people_reads_no_content():
    assert not {"post.read", "alert.read"} & roles()["administrator"].permissions


def test_the_auditor_reads_no_content_and_changes_nothing():
    verbs = {permission.partition(".")[2] for permission in roles()["auditor"].permissions}
    assert verbs == {"read", "export", "audit"}
    assert not {"post.read", "alert.read"} & roles()["auditor"].permissions


def test_the_independent_approver_reads_no_content_and_is_given_by_the_operator_alone():
    independent = roles()["independent"]
    assert not {"post.read", "alert.read", "person.manage", "declaration.ask"} & independent.permissions
    assert independent.rank > roles()["administrator"].rank


def test_the_auditor_stands_above_the_administrator():
    assert roles()["auditor"].rank > roles()["administrator"].rank
