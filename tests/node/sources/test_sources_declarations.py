"""Declarations: asked for, decided by a second person, guarded against partisan use.

Abuse cases of `governance.md`: a partisan request, one person doing both steps, a writ period.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from django.core.exceptions import PermissionDenied

from vigie_node.alerts.models import Alert, Review
from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.access import declarations_visible_to, standing
from vigie_node.sources.errors import (
    CaretakerError,
    DecidedError,
    DeclarationClosedError,
    EmptyAnswerError,
    EndWritError,
    InTheTeamError,
    LeastRetentionError,
    NotInForceError,
    SamePersonError,
    WindowError,
)
from vigie_node.sources.guards import COOLING_MS, Source, concerns, refusal
from vigie_node.sources.models import Batch, Declaration, DeclaredSource, Intake

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ANSWERS = actions.Answers(
    purpose="Suivre une amplification",
    legal_basis="Décret 1412-2026",
    responsible="Veille",
    retention_days=60,
)
PARTY = replace(ANSWERS, subject="party", hypothesis="Des comptes créés hors du pays l’amplifient.")
SENSITIVE = ("party", "candidate", "protest", "group", "person")


@dataclass(frozen=True)
class Written:
    """A batch as the store describes it."""

    sha256: str = "a" * 64
    row_count: int = 1
    byte_count: int = 1
    start_ms: int = 0
    end_ms: int = 0
    look_count: int = 0


@pytest.fixture
def asked(organisation, analyst):
    """Return a way to ask as the analyst."""

    def ask(answers: actions.Answers = ANSWERS, **more: object) -> Declaration:
        return actions.ask_declaration(replace(answers, **more), organisation=organisation, by=analyst)

    return ask


@pytest.fixture
def approver(make_person):
    return make_person("approver")


@pytest.fixture
def independent(make_person):
    return make_person("independent")


@pytest.fixture
def clock(monkeypatch):
    """Return a way to let time pass for declarations."""
    from vigie_node.sources.actions import approving, batches, declarations, holds, intakes, writs

    def pass_by(days: float) -> int:
        later = now_ms() + int(days * actions.DAY_MS)
        for module in (approving, batches, declarations, holds, intakes, writs):
            monkeypatch.setattr(module, "now_ms", lambda: later)
        return later

    return pass_by


def begun(declaration: Declaration, by=None) -> Intake:
    return actions.begin_intake(
        declaration=declaration, by=by, file_name="x.csv", path="x.csv", byte_count=1, queued=False
    )


def kinds(declaration: Declaration) -> list[str]:
    found = Entry.objects.filter(subject=f"declaration:{declaration.pk}").order_by("seq")
    return [entry.kind for entry in found]


# --- a second person ---


def test_nothing_comes_in_before_a_second_person_approves(asked, approver):
    declaration = asked()
    with pytest.raises(NotInForceError):
        begun(declaration)
    assert not Intake.objects.exists()
    actions.approve_declaration(declaration, by=approver)
    assert begun(declaration).declaration == declaration
    assert kinds(declaration) == ["declaration.asked", "declaration.approved"]


def test_who_asked_does_not_approve(organisation, approver, make_person):
    make_person("analyst")
    own = actions.ask_declaration(ANSWERS, organisation=organisation, by=approver)
    with pytest.raises(SamePersonError):
        actions.approve_declaration(own, by=approver)


@pytest.mark.parametrize("role", ["analyst", "administrator", "auditor"])
def test_without_the_permission_nobody_decides(asked, make_person, role):
    declaration = asked()
    with pytest.raises(PermissionDenied):
        actions.approve_declaration(declaration, by=make_person(role))
    with pytest.raises(PermissionDenied):
        actions.refuse_declaration(declaration, by=make_person(role), reason="non")


def test_another_organisation_does_not_decide(asked, make_person, other_organisation):
    with pytest.raises(PermissionDenied):
        actions.approve_declaration(asked(), by=make_person("approver", of=other_organisation))


def test_a_refusal_needs_a_reason_is_recorded_and_nothing_was_collected(asked, approver):
    declaration = asked()
    with pytest.raises(EmptyAnswerError):
        actions.refuse_declaration(declaration, by=approver, reason=" … ")
    refused = actions.refuse_declaration(declaration, by=approver, reason="Aucune base légale")
    assert (refused.state, refused.decision_reason) == ("refused", "Aucune base légale")
    assert kinds(declaration)[-1] == "declaration.refused"
    with pytest.raises(DeclarationClosedError):
        begun(declaration)
    with pytest.raises(DecidedError):
        actions.approve_declaration(declaration, by=approver)


def test_a_person_alone_waits_a_day_and_the_ledger_marks_it(organisation, make_person, clock):
    alone = make_person("approver")
    own = actions.ask_declaration(ANSWERS, organisation=organisation, by=alone)
    approved = actions.approve_declaration(own, by=alone)
    assert approved.starts_ms - approved.decided_ms == COOLING_MS
    assert kinds(own)[-1] == "declaration.approved_alone"
    with pytest.raises(NotInForceError):
        begun(own)
    clock(1.01)
    assert begun(own)


@pytest.mark.parametrize("subject", SENSITIVE)
def test_a_person_alone_never_approves_a_sensitive_subject(organisation, make_person, subject):
    alone = make_person("approver")
    own = actions.ask_declaration(replace(PARTY, subject=subject), organisation=organisation, by=alone)
    with pytest.raises(SamePersonError):
        actions.approve_declaration(own, by=alone)


# --- against partisan use ---


@pytest.mark.parametrize("subject", SENSITIVE)
def test_a_partisan_request_is_refused_recorded_and_seen_by_the_auditor(
    asked, approver, auditor, browser_of, subject
):
    declaration = asked(subject=subject, query="#opposition", hypothesis=" … ")
    assert (declaration.state, declaration.decision_code) == ("refused", "hypothesis")
    assert kinds(declaration) == ["declaration.asked", "declaration.guarded"]
    with pytest.raises(DeclarationClosedError):
        begun(declaration)
    with pytest.raises(DecidedError):
        actions.approve_declaration(declaration, by=approver)
    page = browser_of(auditor).get("/en/watch/declarations/review").content.decode()
    assert "#opposition" in page
    assert "Nothing says why a foreign hand is thought to be in it" in page
    assert not Batch.objects.exists()


@pytest.mark.parametrize("subject", SENSITIVE)
def test_a_sensitive_declaration_expires_within_thirty_days(asked, approver, subject):
    declaration = asked(PARTY, subject=subject, days_in_force=300)
    approved = actions.approve_declaration(declaration, by=approver)
    assert approved.expires_ms - approved.starts_ms == 30 * actions.DAY_MS


def test_an_ordinary_one_expires_when_it_was_asked_to(asked, approver):
    approved = actions.approve_declaration(asked(days_in_force=200), by=approver)
    assert approved.expires_ms - approved.starts_ms == 200 * actions.DAY_MS


def test_who_has_taken_a_file_in_is_inside_the_team(asked, approver, make_person):
    before = actions.approve_declaration(asked(), by=approver)
    inside = make_person("approver", "analyst")
    begun(before, by=inside)
    declaration = asked(PARTY)
    with pytest.raises(InTheTeamError):
        actions.approve_declaration(declaration, by=inside)
    assert actions.approve_declaration(declaration, by=approver).state == "in_force"


def test_who_has_given_a_verdict_is_inside_the_team(asked, approver, make_person, organisation):
    declaration, inside = asked(PARTY), make_person("approver")
    alert = Alert.objects.create(
        organisation=organisation,
        declaration=declaration,
        number=1,
        account_count=2,
        object_count=2,
        first_ms=0,
        last_ms=1,
        opened_ms=1,
        changed_ms=1,
    )
    Review.objects.create(alert=alert, by=inside, verdict="confirmed", reason="oui", at_ms=1)
    with pytest.raises(InTheTeamError):
        actions.approve_declaration(declaration, by=inside)


def test_work_on_a_project_where_the_asker_has_not_worked_is_no_work_in_the_team(
    asked, organisation, approver, make_person
):
    other = replace(ANSWERS, project="Autre")
    made = actions.ask_declaration(other, organisation=organisation, by=make_person("analyst"))
    somebody = make_person("approver", "analyst")
    begun(actions.approve_declaration(made, by=approver), by=somebody)
    assert actions.approve_declaration(asked(PARTY), by=somebody).state == "in_force"


def test_a_new_project_does_not_put_a_colleague_outside_the_team(asked, approver, make_person):
    shared = actions.approve_declaration(asked(project="Commun"), by=approver)
    colleague = make_person("approver", "analyst")
    begun(shared, by=colleague)
    declaration = asked(PARTY, project="Nouveau")
    with pytest.raises(InTheTeamError):
        actions.approve_declaration(declaration, by=colleague)
    assert actions.approve_declaration(declaration, by=approver).state == "in_force"


def test_a_person_is_watched_with_a_hypothesis_for_thirty_days_by_leave_of_somebody_outside(
    asked, approver, make_person
):
    refused = asked(subject="person")
    assert (refused.state, refused.decision_code) == ("refused", "hypothesis")
    inside = make_person("approver", "analyst")
    begun(actions.approve_declaration(asked(), by=approver), by=inside)
    declaration = asked(PARTY, subject="person", days_in_force=90)
    assert declaration.days_in_force == 30
    with pytest.raises(InTheTeamError):
        actions.approve_declaration(declaration, by=inside)


def test_the_host_asks_for_a_sensitive_declaration_as_anybody(organisation, approver):
    made = actions.declare(organisation=organisation, by=None, **vars(PARTY))
    assert made.state == "asked"
    with pytest.raises(NotInForceError):
        begun(made)
    assert actions.approve_declaration(made, by=approver).state == "in_force"


def test_in_a_writ_period_only_the_independent_role_decides_on_candidates(
    asked, approver, independent, administrator, organisation
):
    now = now_ms()
    actions.set_writ(
        organisation=organisation, name="Partielle", from_ms=now - 1, to_ms=now + 10**9, by=administrator
    )
    candidate = asked(PARTY, subject="candidate")
    with pytest.raises(CaretakerError):
        actions.approve_declaration(candidate, by=approver)
    assert actions.approve_declaration(candidate, by=independent).is_independent
    assert begun(candidate)
    assert (
        actions.approve_declaration(asked(PARTY), by=approver).state == "in_force"
    )  # a party, not a candidate


def test_an_administrator_alone_does_not_end_a_writ_period(organisation, administrator, independent, analyst):
    now = now_ms()
    period = {"organisation": organisation, "name": "Générale", "from_ms": now - 1, "to_ms": now + 10**9}
    writ = actions.set_writ(**period, by=administrator)
    with pytest.raises(EndWritError):
        actions.end_writ(writ, by=administrator)
    for somebody in (independent, analyst):
        with pytest.raises(PermissionDenied):
            actions.end_writ(writ, by=somebody)
        with pytest.raises(PermissionDenied):
            actions.set_writ(**period, by=somebody)
    assert actions.end_writ(writ, by=None).ended_ms


def test_a_writ_period_stops_what_was_approved_before_it(
    asked, approver, administrator, organisation, make_person
):
    candidate = actions.approve_declaration(asked(PARTY, subject="candidate"), by=approver)
    intake, now = begun(candidate), now_ms()
    writ = actions.set_writ(
        organisation=organisation, name="Générale", from_ms=now - 1, to_ms=now + 10**9, by=administrator
    )
    with pytest.raises(CaretakerError):
        actions.record_batch(intake, Written())
    actions.end_writ(writ, by=make_person("administrator", "independent"))
    assert actions.record_batch(intake, Written())


# --- the terms of sources ---


def test_a_source_whose_terms_forbid_it_refuses_the_request(asked):
    declaration = asked(
        sources=[Source(kind="site", place="example.org", allows="no", terms="No monitoring.")]
    )
    assert (declaration.state, declaration.decision_code) == ("refused", "terms")
    assert DeclaredSource.objects.get().place == "example.org"


@pytest.mark.parametrize(
    ("terms", "count"),
    [
        ("You may not use data for surveillance.", 1),
        ("Il est interdit d’en déduire une opinion politique.", 1),
        ("No surveillance; never infer political opinions.", 2),
        ("Research is welcome.", 0),
    ],
)
def test_terms_that_speak_of_surveillance_or_opinion_are_shown(terms, count):
    source = Source(kind="site", place="example.org", allows="yes", terms=terms)
    assert refusal("topic", "", [source]) == ""
    assert len(concerns([source])) == count


def test_terms_that_nobody_recorded_are_a_concern():
    (one,) = concerns([Source(kind="site", place="example.org")])
    assert not one.blocks


# --- states ---


def test_a_withdrawn_or_expired_declaration_stops_an_intake_at_its_next_batch(
    asked, approver, analyst, clock
):
    withdrawn = actions.approve_declaration(asked(), by=approver)
    expired = actions.approve_declaration(asked(days_in_force=1), by=approver)
    running = [begun(withdrawn), begun(expired)]
    actions.close_declaration(withdrawn, by=analyst)
    later = clock(1.5)
    for intake in running:
        with pytest.raises(DeclarationClosedError):
            actions.record_batch(intake, Written())
        with pytest.raises(DeclarationClosedError):
            begun(intake.declaration)
    assert not Batch.objects.exists()
    assert expired.standing_at(later) == "expired"  # before anything sweeps
    assert actions.expire_declarations(later) == 1
    assert actions.expire_declarations(later) == 0
    assert kinds(expired)[-1] == "declaration.expired"


def test_lists_say_the_same_as_each_declaration(asked, approver, analyst, make_person, clock):
    actions.approve_declaration(asked(), by=approver)
    actions.approve_declaration(asked(days_in_force=1), by=approver)
    actions.refuse_declaration(asked(), by=approver, reason="non")
    actions.close_declaration(asked(), by=analyst)
    cooling = asked()
    Declaration.objects.filter(pk=cooling.pk).update(
        state="in_force", starts_ms=now_ms() + 10 * actions.DAY_MS
    )
    for now in (now_ms(), clock(1.5)):
        for state in Declaration.State.values:
            listed = set(declarations_visible_to(analyst).filter(standing(state, now)))
            assert listed == {one for one in Declaration.objects.all() if one.standing_at(now) == state}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"retention_days_min": 61}, LeastRetentionError),
        ({"window_from_ms": 2, "window_to_ms": 1}, WindowError),
        ({"purpose": "…"}, EmptyAnswerError),
    ],
)
def test_answers_that_contradict_themselves_are_refused(asked, wrong, error):
    with pytest.raises(error):
        asked(**wrong)
    assert not Declaration.objects.exists()


def test_the_ledger_holds_no_word_of_what_was_asked(asked, approver):
    declaration = asked(
        PARTY, query="canari", sources=[Source(kind="site", place="canari.example", allows="yes")]
    )
    actions.approve_declaration(declaration, by=approver, reason="canari")
    said = " ".join(Entry.objects.values_list("facts", flat=True))
    assert "canari" not in said
    assert PARTY.hypothesis not in said
