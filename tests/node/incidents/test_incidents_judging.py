"""Claims, exhibits, gates, explanations, attribution: who may say what, and what it makes of an incident."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from node.alerts.test_alerts_engine_reviews import new_alert

from vigie.assess.likelihood import BadLikelihoodError
from vigie.terms.errors import BadOptionError
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.access import matrices_visible_to
from vigie_node.incidents.actions import (
    Said,
    answer_gate,
    bear,
    claim,
    comment,
    exhibit,
    explain,
    finish_task,
    hand_in,
    join_alert,
    judge_attribution,
    open_incident,
    part_alert,
    propose_attribution,
    read_breakout,
    relate,
    see_technique,
    set_task,
    stand_behind,
    take_back,
    weigh,
    withdraw_breakout,
    withdraw_exhibit,
    withdraw_technique,
)
from vigie_node.incidents.errors import (
    ChangedMeanwhileError,
    HandedInError,
    LaterThanNowError,
    NothingWrittenError,
    NotYetComparedError,
    OwnProposalError,
    UnknownThingError,
)
from vigie_node.incidents.models import Exhibit
from vigie_node.people.access import NotIndependentError
from vigie_node.people.models import Person

SAID = Said(aspect="actor", language="en", text="They act for a company.", low=55, high=80)


def show(incident, by, **columns):
    said = {
        "kind": "other",
        "ref": "",
        "language": "en",
        "text": "A capture.",
        "reliability": "C",
        "credibility": "3",
        **columns,
    }
    return exhibit(incident, by=by, **said)


def test_a_claim_is_said_anew_and_every_version_kept(incident, analyst, colleague):
    made = claim(incident, SAID, by=analyst)
    weaker = Said(aspect="actor", language="en", text=SAID.text, low=45, high=55)
    again = claim(incident, weaker, by=colleague, claim_id=made.pk, seen=1, why="A source withdrew")
    assert (again.number, again.version, again.low, again.by) == (1, 2, 45, analyst)
    assert [
        one.said["low"] for one in incident.revisions.filter(part=f"claim:{made.pk}").order_by("version")
    ] == [55, 45]
    with pytest.raises(ChangedMeanwhileError):
        claim(incident, SAID, by=analyst, claim_id=made.pk, seen=1)


def test_a_form_sent_twice_makes_one_claim(incident, analyst):
    form = new_id()
    claim(incident, SAID, by=analyst, claim_id=form)
    claim(incident, SAID, by=analyst, claim_id=form)
    assert incident.claims.count() == 1


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"low": 80, "high": 55}, BadLikelihoodError),
        ({"low": 10, "high": None}, BadLikelihoodError),
        ({"low": 0, "high": 101}, BadLikelihoodError),
        ({"confidence": "high"}, NothingWrittenError),
        ({"confidence": "total", "basis": "We know."}, BadOptionError),
        ({"aspect": "mood"}, BadOptionError),
        ({"language": "tlh"}, BadOptionError),
        ({"text": "?"}, NothingWrittenError),
    ],
)
def test_a_claim_that_means_nothing_is_refused(incident, analyst, columns, error):
    said = {"aspect": "actor", "language": "en", "text": "They act.", **columns}
    with pytest.raises(error):
        claim(incident, Said(**said), by=analyst)


def test_an_exhibit_names_only_what_one_may_see(incident, analyst, organisation, other_organisation):
    own, others = new_alert(organisation), new_alert(other_organisation)
    assert show(incident, analyst, kind="alert", ref=f" {own.pk} ").ref == str(own.pk)
    for ref in (str(others.pk), "nonsense", ""):
        with pytest.raises(UnknownThingError):
            show(incident, analyst, kind="alert", ref=ref)
        with pytest.raises(UnknownThingError):
            show(incident, analyst, kind="original", ref=ref)
    assert Exhibit.objects.count() == 1


def test_exhibits_are_numbered_and_bear_on_claims(incident, analyst):
    claim(incident, SAID, by=analyst)
    show(incident, analyst)
    show(incident, analyst, kind="address", ref="https://example.org/a")
    bear(incident, exhibit_number=2, claim_number=1, speaks_for=True, by=analyst)
    bear(incident, exhibit_number=2, claim_number=1, speaks_for=False, by=analyst)
    (found,) = incident.claims.get().supports.all()
    assert (found.exhibit.number, found.speaks_for) == (2, False)
    withdraw_exhibit(incident, 1, by=analyst)
    assert [one.withdrawn for one in incident.exhibits.order_by("number")] == [True, False]


def test_the_questions_of_the_incidents_gate_are_answered(incident, analyst):
    answer_gate(incident, question="secrecy", answer="unknown", reason="Nobody asked.", by=analyst)
    answer_gate(incident, question="secrecy", answer="yes", reason="False names.", by=analyst)
    assert [one.answer for one in incident.gate_answers.order_by("at_ms", "id")] == ["unknown", "yes"]
    with pytest.raises(BadOptionError):
        answer_gate(incident, question="interests_harmed", answer="yes", reason="Another gate.", by=analyst)
    with pytest.raises(BadOptionError):
        answer_gate(incident, question="secrecy", answer="perhaps", reason="No answer.", by=analyst)


def test_an_incident_says_how_far_it_broke_out_at_the_furthest(incident, analyst):
    for category in ("2", "4", "3"):
        read_breakout(incident, category=category, reached_ms=1, reason="Vu.", by=analyst)
    incident.refresh_from_db()
    assert incident.breakout == "4"
    withdraw_breakout(incident, incident.breakouts.get(category="4").pk, by=analyst)
    incident.refresh_from_db()
    assert incident.breakout == "3"
    with pytest.raises(LaterThanNowError):
        read_breakout(incident, category="5", reached_ms=now_ms() + 60_000, reason="Demain.", by=analyst)


@pytest.fixture
def weighed(incident, analyst):
    """An incident with three explanations and two exhibits."""
    for kind in ("organic", "domestic_or_commercial", "foreign"):
        explain(incident, kind=kind, language="en", text=f"It was {kind}.", by=analyst)
    for _ in range(2):
        show(incident, analyst)
    return incident


def every_cell(bearing):
    return {(exhibit_, hypothesis): bearing for exhibit_ in (1, 2) for hypothesis in (1, 2, 3)}


def seen_by(person, incident):
    return {matrix.by for matrix in matrices_visible_to(person, incident)}


def test_two_analysts_judge_apart_until_both_have_handed_in(
    weighed, analyst, colleague, approver, make_person
):
    reader = make_person("focal_point")
    weigh(weighed, every_cell("neutral"), by=analyst)
    hand_in(weighed, by=analyst)
    assert seen_by(colleague, weighed) == set()
    weigh(weighed, every_cell("consistent"), by=colleague)
    assert seen_by(colleague, weighed) == {colleague}
    assert seen_by(analyst, weighed) == {analyst}
    hand_in(weighed, by=colleague)
    assert seen_by(colleague, weighed) == seen_by(analyst, weighed) == {analyst, colleague}
    assert seen_by(reader, weighed) == {analyst, colleague}
    assert seen_by(approver, weighed) == set()  # they may still fill one of their own
    with pytest.raises(HandedInError):
        weigh(weighed, every_cell("consistent"), by=colleague)
    take_back(weighed, by=colleague)
    assert seen_by(analyst, weighed) == {analyst}


def test_a_matrix_with_a_hole_is_not_handed_in(weighed, analyst):
    weigh(weighed, {**every_cell("neutral"), (2, 3): ""}, by=analyst)
    with pytest.raises(NotYetComparedError):
        hand_in(weighed, by=analyst)


def test_without_an_organic_explanation_nothing_is_handed_in(incident, analyst):
    for number in range(3):
        explain(incident, kind="foreign", language="en", text=f"State {number}.", by=analyst)
    show(incident, analyst)
    weigh(incident, {(1, number): "neutral" for number in (1, 2, 3)}, by=analyst)
    with pytest.raises(NotYetComparedError):
        hand_in(incident, by=analyst)


@pytest.mark.parametrize("cell", [{(9, 1): "neutral"}, {(1, 9): "neutral"}, {(1, 1): "proof"}])
def test_a_cell_that_is_not_there_is_refused(weighed, analyst, cell):
    with pytest.raises(BadOptionError):
        weigh(weighed, cell, by=analyst)


def propose(incident, by, **columns):
    said = {
        "rung": "state_linked",
        "to_whom": "A company of the state",
        "language": "en",
        "reasoning": "The numbers match.",
        "dissent": "Nobody dissents.",
        **columns,
    }
    return propose_attribution(incident, by=by, **said)


def judge(incident, proposed, by, *, approves=True):
    return judge_attribution(incident, proposed.pk, approves=approves, reason="Read.", by=by).standing


def test_two_others_approve_an_attribution(incident, analyst, approver, make_person):
    second = make_person("approver")
    proposed = propose(incident, analyst)
    assert judge(incident, proposed, approver) == "proposed"
    incident.refresh_from_db()
    assert incident.rung == "behaviour_only"
    assert judge(incident, proposed, second) == "approved"
    incident.refresh_from_db()
    assert incident.rung == "state_linked"
    assert judge(incident, proposed, second, approves=False) == "refused"
    incident.refresh_from_db()
    assert incident.rung == "behaviour_only"


def test_its_author_does_not_decide_on_an_attribution(incident, approver):
    with pytest.raises(OwnProposalError):
        judge(incident, propose(incident, approver), approver)


def test_an_analyst_does_not_decide_on_an_attribution(incident, analyst, colleague):
    with pytest.raises(PermissionDenied):
        judge(incident, propose(incident, analyst), colleague)


def test_nobody_approves_who_got_the_role_from_the_author(incident, analyst, approver):
    approver.grants.update(granted_by=analyst)
    with pytest.raises(NotIndependentError):
        judge(incident, propose(incident, analyst), approver)


@pytest.mark.parametrize("lacking", ["dissent", "reasoning", "to_whom"])
def test_an_attribution_says_whom_why_and_who_dissents(incident, analyst, lacking):
    with pytest.raises(NothingWrittenError):
        propose(incident, analyst, **{lacking: " "})


def test_the_lowest_rung_is_where_everything_begins_and_nobody_proposes_it(incident, analyst):
    with pytest.raises(BadOptionError):
        propose(incident, analyst, rung="behaviour_only")


def test_what_was_approved_last_counts_not_what_was_proposed_last(incident, analyst, approver, make_person):
    second = make_person("approver")
    older, newer = propose(incident, analyst), propose(incident, analyst, rung="foreign_nexus")
    for proposed in (newer, older):
        for by in (approver, second):
            judge(incident, proposed, by)
    incident.refresh_from_db()
    assert incident.rung == "state_linked"


def test_a_form_of_another_incidents_claim_makes_none_here(incident, analyst):
    other = open_incident(title="Un autre", language="fr", gate="canada", by=analyst)
    made = claim(other, SAID, by=analyst)
    with pytest.raises(PermissionDenied):
        claim(incident, SAID, by=analyst, claim_id=made.pk)
    assert not incident.claims.exists()


def test_an_alert_is_named_by_its_number_too(incident, analyst, organisation):
    alert = new_alert(organisation)
    assert show(incident, analyst, kind="alert", ref=str(alert.number)).ref == str(alert.pk)


def test_alerts_are_joined_once_and_taken_out(incident, analyst, organisation, other_organisation):
    alert = new_alert(organisation)
    join_alert(incident, alert, by=analyst)
    join_alert(incident, alert, by=analyst)
    assert incident.alert_links.count() == 1
    part_alert(incident, alert, by=analyst)
    assert not incident.alert_links.exists()
    with pytest.raises(type(alert).DoesNotExist):
        join_alert(incident, new_alert(other_organisation), by=analyst)


def test_an_incident_is_not_related_to_itself_or_to_a_strangers(incident, analyst):
    for number in (incident.number, 99):
        with pytest.raises(UnknownThingError):
            relate(incident, number=number, how="The same accounts.", by=analyst)


def test_a_task_is_given_to_somebody_of_ones_own(
    incident, analyst, colleague, make_person, other_organisation
):
    task = set_task(incident, text="Call the platform", assignee=colleague.pk, due_ms=None, by=analyst)
    assert finish_task(incident, task.pk, by=colleague).done_by == colleague
    stranger = make_person("analyst", of=other_organisation)
    with pytest.raises(Person.DoesNotExist):
        set_task(incident, text="Call", assignee=stranger.pk, due_ms=None, by=analyst)


def test_a_comment_sent_twice_is_one(incident, analyst, colleague):
    form = new_id()
    comment(incident, text="À revoir.", by=analyst, comment_id=form)
    comment(incident, text="À revoir.", by=analyst, comment_id=form)
    assert incident.comments.count() == 1
    with pytest.raises(PermissionDenied):
        comment(incident, text="À revoir.", by=colleague, comment_id=form)


def test_a_technique_is_kept_with_the_version_that_names_it(incident, analyst):
    seen = see_technique(incident, technique="T0099", reason="A false ministry.", by=analyst)
    assert (seen.technique, seen.framework, seen.framework_version) == ("T0143.003", "disarm", "1.6")
    withdraw_technique(incident, seen.pk, by=analyst)
    assert incident.techniques.get().withdrawn
    with pytest.raises(UnknownThingError):
        see_technique(incident, technique="T9999", reason="Nothing.", by=analyst)


def test_two_accounts_of_one_person_do_not_both_approve(incident, analyst, make_person):
    maker = make_person("approver", "administrator")
    made = make_person("approver")
    made.grants.update(granted_by=maker)
    proposed = propose(incident, analyst)
    judge(incident, proposed, maker)
    with pytest.raises(NotIndependentError):
        judge(incident, proposed, made)


def test_nobody_holds_a_refusal_back_by_approving_first(incident, analyst, make_person):
    maker = make_person("approver", "administrator")
    made = make_person("approver")
    made.grants.update(granted_by=maker)
    proposed = propose(incident, analyst)
    judge(incident, proposed, maker)
    assert judge(incident, proposed, made, approves=False) == "refused"


def test_a_further_approval_does_not_make_an_attribution_newer(incident, analyst, make_person):
    others = [make_person("approver") for _ in range(3)]
    older, newer = propose(incident, analyst), propose(incident, analyst, rung="foreign_nexus")
    for proposed in (older, newer):
        for by in others[:2]:
            judge(incident, proposed, by)
    judge(incident, older, others[2])
    incident.refresh_from_db()
    assert incident.rung == "foreign_nexus"


def test_an_established_incident_that_lost_its_ground_is_a_working_file_again(told, analyst, colleague):
    for by in (analyst, colleague):
        stand_behind(told, stands=True, reason="Vu.", by=by)
    withdraw_exhibit(told, 1, by=analyst)
    told.refresh_from_db()
    assert told.state == "open"
