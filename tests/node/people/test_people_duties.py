"""Teams, and who is on duty when: planned by clocks of the organisation, shown in UTC too."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions
from vigie_node.people.access import duties_visible_to, on_duty, teams_visible_to
from vigie_node.people.duty_times import local, moment_of, name_of_week, shown_at, week_days
from vigie_node.people.models import Duty, Organisation, Team

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROSTER, TEAMS = "/en/duty", "/en/settings/teams"

pytestmark = pytest.mark.any_database


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def planner(make_person):
    return make_person("approver")


@pytest.fixture
def plan(organisation, planner, analyst):
    """Return a function that plans a turn."""

    def make(begins: str, ends: str, **more):
        given = {"person": analyst, "from_ms": at(begins), "to_ms": at(ends), "by": actor(planner.pk)}
        return actions.plan_duty(organisation, **{**given, **more})

    return make


# --- Who is on duty ---


def test_a_turn_begins_with_its_first_moment_and_ends_before_its_last(organisation, analyst, plan):
    plan("2026-11-23T08:00", "2026-11-23T16:00")
    found = {
        text: list(on_duty(organisation, at(text)))
        for text in ("2026-11-23T07:59", "2026-11-23T08:00", "2026-11-23T15:59", "2026-11-23T16:00")
    }
    assert list(found.values()) == [[], [analyst], [analyst], []]


def test_nobody_is_on_duty_for_another_organisation_or_while_suspended(
    organisation, other_organisation, analyst, administrator, plan
):
    plan("2026-11-23T08:00", "2026-11-23T16:00")
    assert not on_duty(other_organisation, at("2026-11-23T09:00"))
    actions.suspend(analyst, by=actor(administrator.pk))
    assert not on_duty(organisation, at("2026-11-23T09:00"))


@pytest.mark.parametrize("ends", ["2026-11-23T08:00", "2026-11-23T07:00", "2026-12-07T08:01"])
def test_a_turn_lasts_and_not_for_ever(plan, ends):
    with pytest.raises(actions.BadDutyError):
        plan("2026-11-23T08:00", ends)
    assert not Duty.objects.exists()


def test_nobody_is_on_duty_twice_at_once(plan, make_person):
    plan("2026-11-23T08:00", "2026-11-23T16:00")
    for begins, ends in (("07:00", "08:01"), ("15:59", "17:00"), ("09:00", "10:00"), ("07:00", "17:00")):
        with pytest.raises(actions.DutyOverlapsError):
            plan(f"2026-11-23T{begins}", f"2026-11-23T{ends}")
    plan("2026-11-23T16:00", "2026-11-23T17:00")
    plan("2026-11-23T09:00", "2026-11-23T10:00", person=make_person("analyst"))


def test_a_form_sent_twice_makes_one_turn(plan):
    id_ = uuid4()
    plan("2026-11-23T08:00", "2026-11-23T16:00", id_=id_)
    plan("2026-11-23T08:00", "2026-11-23T16:00", id_=id_)
    assert Duty.objects.get().pk == id_
    assert Entry.objects.filter(kind="duty.planned").count() == 1


def test_a_turn_of_another_organisation_is_not_overwritten(plan, other_organisation, make_person):
    stranger = make_person("approver", of=other_organisation)
    own = plan("2026-11-23T08:00", "2026-11-23T16:00")
    times = {"from_ms": at("2026-11-24T08:00"), "to_ms": at("2026-11-24T16:00")}
    with pytest.raises(PermissionDenied):
        actions.plan_duty(other_organisation, person=stranger, **times, id_=own.pk, by=actor(stranger.pk))
    assert Duty.objects.get().from_ms == own.from_ms


@pytest.mark.parametrize("role", ["analyst", "focal_point", "auditor", "panel_member"])
def test_only_who_plans_plans(plan, make_person, role):
    somebody = actor(make_person(role).pk)
    with pytest.raises(PermissionDenied):
        plan("2026-11-23T08:00", "2026-11-23T16:00", by=somebody)
    duty = plan("2026-11-23T08:00", "2026-11-23T16:00")
    with pytest.raises(PermissionDenied):
        actions.drop_duty(duty, by=somebody)


def test_nobody_plans_with_people_or_teams_of_another_organisation(plan, other_organisation, make_person):
    team = Team.objects.create(organisation=other_organisation, name="Autre", made_ms=0)
    for more in ({"person": make_person("analyst", of=other_organisation)}, {"team": team}):
        with pytest.raises(PermissionDenied):
            plan("2026-11-23T08:00", "2026-11-23T16:00", **more)
    with pytest.raises(PermissionDenied):
        plan(
            "2026-11-23T08:00",
            "2026-11-23T16:00",
            by=actor(make_person("approver", of=other_organisation).pk),
        )


def test_a_turn_is_altered_and_taken_away_with_an_entry_for_each(plan, planner, analyst):
    duty = plan("2026-11-23T08:00", "2026-11-23T16:00")
    times = {"from_ms": at("2026-11-23T09:00"), "to_ms": at("2026-11-23T17:00")}
    actions.change_duty(duty, person=analyst, **times, by=actor(planner.pk))
    actions.drop_duty(duty, by=actor(planner.pk))
    said = list(Entry.objects.filter(kind__startswith="duty.").order_by("seq").values_list("kind", "subject"))
    assert said == [(f"duty.{verb}", f"person:{analyst.pk}") for verb in ("planned", "changed", "dropped")]
    assert not Duty.objects.exists()


def test_rows_are_seen_by_who_may_alone(plan, make_person, other_organisation):
    plan("2026-11-23T08:00", "2026-11-23T16:00")
    seen = {role: duties_visible_to(make_person(role)).count() for role in ("analyst", "panel_member")}
    assert seen == {"analyst": 1, "panel_member": 0}
    assert not duties_visible_to(make_person("analyst", of=other_organisation)).exists()


# --- Clocks ---


def test_an_hour_that_clocks_skip_is_no_moment_and_one_that_comes_twice_is_the_first():
    assert moment_of("2026-03-08T02:30", "America/Toronto") is None
    assert moment_of("2026-03-08T03:00", "America/Toronto") == at("2026-03-08T07:00")
    assert moment_of("2026-11-01T01:30", "America/Toronto") == at("2026-11-01T05:30")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01T00:00", "2026-01-01", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_what_no_clock_shows_is_no_moment(text):
    assert moment_of(text, "America/Toronto") is None


@given(at_ms=st.integers(at("2000-01-01"), at("2099-01-01")).map(lambda ms: ms // 60_000 * 60_000),
       zone=st.sampled_from(["America/St_Johns", "America/Toronto", "America/Vancouver", "UTC"]))  # fmt: skip
def test_a_moment_that_is_shown_is_read_again(at_ms, zone):
    read = moment_of(shown_at(at_ms, zone), zone)
    assert read in {at_ms, at_ms - HOUR_MS}  # the hour that comes twice


@given(now_ms=st.integers(0, 4_000_000_000_000))
def test_a_week_has_seven_days_without_gaps(now_ms):
    days = week_days("", "America/St_Johns", now_ms=now_ms)
    assert days[0].date.weekday() == 0
    assert days[0].from_ms <= now_ms < days[-1].to_ms
    assert [one.to_ms for one in days[:-1]] == [one.from_ms for one in days[1:]]
    assert week_days(name_of_week(days[3].date), "America/St_Johns", now_ms=0) == days


def test_days_on_which_clocks_change_are_longer_or_shorter():
    spring, autumn = (week_days(one, "America/Toronto", now_ms=0)[-1] for one in ("2026-W10", "2026-W44"))
    assert [one.to_ms - one.from_ms for one in (spring, autumn)] == [23 * HOUR_MS, 25 * HOUR_MS]


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "0000-W01", "9999-W53", "x", "2026-48", "٢٠٢٦-W٤٨"])
def test_a_week_that_there_is_not_is_the_present_one(week):
    now_ms = at("2026-11-25T12:00")
    assert name_of_week(week_days(week, "UTC", now_ms=now_ms)[0].date) == "2026-W48"


# --- The pages ---


def test_a_turn_is_planned_and_shown_in_both_times(browser_of, planner, analyst, hand):
    hand.at_ms = at("2026-11-23T15:00")
    browser = browser_of(planner)
    sent = {"person": analyst.pk, "team": "", "begins": "2026-11-23T08:00", "ends": "2026-11-24T06:00"}
    answer = browser.post(ROSTER, {**sent, "id_": uuid4()})
    assert answer.url == f"{ROSTER}?week=2026-W48"
    shown = browser.get(ROSTER).content.decode()
    assert f"On duty now: {analyst.name}" in shown
    for line in ("08:00 – 11-24 06:00", "13:00 – 11-24 11:00", "11-23 08:00 – 06:00"):
        assert line in shown
    assert f"On duty now: {analyst.name}" in browser.get("/en/").content.decode()
    assert "Nobody is on duty now" not in shown


def test_who_reads_the_roster_sees_no_form(browser_of, analyst, plan):
    plan("2026-11-23T08:00", "2026-11-23T16:00")
    shown = browser_of(analyst).get(f"{ROSTER}?week=2026-W48").content.decode()
    assert "03:00 – 11:00" in shown
    assert "Plan the turn" not in shown
    assert browser_of(analyst).post(ROSTER, {}).status_code == 403


def test_a_turn_that_cannot_be_is_told_at_the_form(browser_of, planner, analyst, plan):
    duty = plan("2026-11-23T13:00", "2026-11-23T21:00")
    browser = browser_of(planner)
    sent = {"person": analyst.pk, "begins": "2026-03-08T02:30", "ends": "2026-11-23T16:00"}
    assert "that clocks show there" in browser.post(ROSTER, sent).content.decode()
    sent["begins"] = "2026-11-23T10:00"
    assert "is on duty already" in browser.post(ROSTER, sent).content.decode()
    shown = browser.get(f"{ROSTER}/{duty.pk}").content.decode()
    assert 'value="2026-11-23T08:00"' in shown
    assert browser.post(f"{ROSTER}/{duty.pk}", sent).url == ROSTER
    assert Duty.objects.get().from_ms == at("2026-11-23T15:00")
    browser.post(f"{ROSTER}/{duty.pk}/drop")
    assert not Duty.objects.exists()


def test_a_team_is_made_changed_and_removed(browser_of, administrator, analyst, organisation):
    browser = browser_of(administrator)
    assert browser.post(TEAMS, {"name": "Nuit", "members": [analyst.pk]}).url == TEAMS
    team = Team.objects.get()
    assert (team.organisation, list(team.members.all())) == (organisation, [analyst])
    assert "There is a team named" in browser.post(TEAMS, {"name": "Nuit"}).content.decode()
    browser.post(f"{TEAMS}/{team.pk}", {"name": "Jour", "members": []})
    assert list(Team.objects.values_list("name", "members")) == [("Jour", None)]
    browser.post(f"{TEAMS}/{team.pk}/remove")
    kinds = Entry.objects.filter(kind__startswith="team.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["team.kept", "team.kept", "team.removed"]


def test_a_team_takes_nobody_of_another_organisation(
    browser_of, administrator, other_organisation, make_person, organisation
):
    stranger = make_person("analyst", of=other_organisation)
    answer = browser_of(administrator).post(TEAMS, {"name": "Nuit", "members": [stranger.pk]})
    assert answer.status_code == 422
    with pytest.raises(PermissionDenied):
        actions.keep_team(organisation, name="Nuit", members=[stranger], by=actor(administrator.pk))
    assert not teams_visible_to(stranger).exists()


def test_the_organisation_plans_in_a_zone_of_its_own(browser_of, administrator, plan, planner):
    plan("2026-11-23T16:00", "2026-11-23T20:00")
    browser_of(administrator).post(f"{TEAMS}/zone", {"zone": "America/Vancouver"})
    assert Organisation.objects.get().zone == "America/Vancouver"
    assert "08:00 – 12:00" in browser_of(planner).get(f"{ROSTER}?week=2026-W48").content.decode()
    browser_of(administrator).post(f"{TEAMS}/zone", {"zone": "Mars/Olympus"})
    assert Organisation.objects.get().zone == "America/Vancouver"


def test_moments_are_kept_in_utc(plan):
    duty = plan("2026-11-23T16:00", "2026-11-23T20:00")
    assert local(duty.from_ms, "UTC").hour == 16
    assert duty.to_ms - duty.from_ms < DAY_MS
