"""Three dates of retention: the earliest, legal holds, the latest; and what is dropped at an expiry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.errors import CoolingError, DecidedError, HeldError, InTheTeamError, SamePersonError
from vigie_node.sources.models import Batch, Declaration, Erasure

pytestmark = pytest.mark.django_db
ANSWERS = actions.Answers(
    purpose="essai",
    legal_basis="consentement",
    responsible="Veille",
    retention_days=30,
    retention_days_min=20,
)
PARTY = replace(
    ANSWERS,
    subject="party",
    hypothesis="Des comptes créés hors du pays.",
    retention_days=300,
    retention_days_min=0,
)


@pytest.fixture
def approver(make_person):
    return make_person("approver")


@pytest.fixture
def asked(organisation, analyst, approver):
    """Return a way to have a declaration in force."""

    def ask(answers: actions.Answers) -> Declaration:
        made = actions.ask_declaration(answers, organisation=organisation, by=analyst)
        return actions.approve_declaration(made, by=approver)

    return ask


@pytest.fixture
def sweep(monkeypatch):
    """Return a way to sweep some days later, and to ask `vigie store verify` right after."""
    from vigie_node.sources import erasing, verifying

    def swept(days: float) -> int:
        later = now_ms() + int(days * actions.DAY_MS)
        monkeypatch.setattr(erasing, "now_ms", lambda: later)
        monkeypatch.setattr(verifying, "now_ms", lambda: later)
        gone = erasing.erase_what_is_past(lambda: None)
        assert list(verifying.flaws(lambda *_: None)) == []
        return gone

    return swept


def flaws_after(days: float, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from vigie_node.sources import verifying

    later = now_ms() + int(days * actions.DAY_MS)
    monkeypatch.setattr(verifying, "now_ms", lambda: later)
    return [str(one.sentence) for one in verifying.flaws(lambda *_: None)]


def files() -> int:
    return len(list(node_settings.HOME.store.glob("*/*.parquet")))


@pytest.fixture
def partly(kit, tmp_path):
    """Return a file with a row that is set aside."""
    path = tmp_path / "partly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(5), ",2026-01-01,i,p,t"]))
    return path


def test_a_hold_keeps_all_of_it_past_the_latest_date_until_two_persons_lift_it(
    asked, take, partly, sweep, approver, make_person, monkeypatch
):
    declaration = asked(ANSWERS)
    take(partly, under=declaration)
    hold = actions.set_hold(declaration, by=approver, kind="proceeding", reason="Dossier en cour")
    assert sweep(40) == 0
    assert files() == 1
    hold = actions.ask_lift(hold, by=approver, reason="Jugement rendu")
    with pytest.raises(DecidedError):
        actions.ask_lift(hold, by=approver, reason="encore")
    with pytest.raises(SamePersonError):
        actions.lift_hold(hold, by=approver)
    assert sweep(40) == 0
    actions.lift_hold(hold, by=make_person("approver"))
    assert flaws_after(40, monkeypatch) != []  # lifted, past its date, and not swept yet
    assert sweep(40) == 1
    assert files() == 0
    said = set(Entry.objects.filter(kind__startswith="hold.").values_list("kind", flat=True))
    assert said == {"hold.set", "hold.lift_asked", "hold.lifted"}


def test_posts_are_not_erased_on_request_while_a_hold_stands(asked, take, posts, approver):
    from vigie_node.sources import erasing

    declaration = asked(ANSWERS)
    batch = take(posts, under=declaration).batches.get()
    actions.set_hold(declaration, by=approver, kind="access", reason="Demande 12")
    with pytest.raises(HeldError):
        erasing.erase_posts(batch, authors=["x"], reason="request", by="host", waiting=lambda: None)


def test_a_person_alone_lifts_a_hold_a_day_after_asking(asked, approver, analyst, clock_of_holds):
    declaration = asked(ANSWERS)
    hold = actions.set_hold(declaration, by=approver, kind="other", reason="Vérification")
    hold = actions.ask_lift(hold, by=approver, reason="Fait")
    analyst.is_active = False
    analyst.save()
    with pytest.raises(CoolingError):
        actions.lift_hold(hold, by=approver)
    clock_of_holds(1.01)
    assert actions.lift_hold(hold, by=approver).lifted_by == approver
    assert Entry.objects.order_by("seq").last().kind == "hold.lifted_alone"


@pytest.fixture
def clock_of_holds(monkeypatch):
    """Return a way to let time pass for holds."""
    from vigie_node.sources.actions import holds

    def pass_by(days: float) -> None:
        later = now_ms() + int(days * actions.DAY_MS)
        monkeypatch.setattr(holds, "now_ms", lambda: later)

    return pass_by


def test_the_latest_date_alone_erases(asked, take, partly, sweep):
    take(partly, under=asked(ANSWERS))
    assert sweep(29) == 0
    assert sweep(31) == 1
    assert Erasure.objects.get().reason == "retention"


def test_what_a_sensitive_declaration_swept_in_is_dropped_at_its_expiry(
    asked, take, partly, sweep, monkeypatch
):
    declaration = asked(PARTY)
    take(partly, under=declaration)
    assert sweep(29) == 0
    assert len(flaws_after(31, monkeypatch)) == 2  # the batch, and the rows set aside
    assert sweep(31) == 1
    assert Erasure.objects.get().reason == "expiry"
    assert files() == 0
    declaration.refresh_from_db()
    assert declaration.state == "expired"


def test_withdrawing_a_sensitive_declaration_does_not_save_what_it_swept_in(
    asked, take, partly, sweep, analyst
):
    declaration = asked(PARTY)
    take(partly, under=declaration)
    actions.close_declaration(declaration, by=analyst)
    assert sweep(31) == 1


def test_no_earliest_date_stands_against_the_drop_of_what_is_sensitive(asked, take, partly, sweep):
    declaration = asked(replace(PARTY, retention_days_min=45))
    assert declaration.retention_days_min == 0
    take(partly, under=declaration)
    assert sweep(31) == 1


def test_a_command_gives_what_is_sensitive_no_earliest_date_either(organisation):
    made = actions.declare(organisation=organisation, by=None, **vars(replace(PARTY, retention_days_min=45)))
    assert (made.state, made.retention_days_min) == ("asked", 0)


def test_a_tie_counts_once_somebody_outside_the_team_has_agreed(
    asked, take, partly, sweep, analyst, approver, make_person
):
    declaration = asked(PARTY)
    take(partly, under=declaration)
    tie = actions.record_tie(declaration, by=analyst, reason="Adresses du même hébergeur étranger")
    with pytest.raises(DecidedError):
        actions.record_tie(declaration, by=analyst, reason="encore")
    inside = make_person("approver")
    actions.ask_declaration(ANSWERS, organisation=declaration.organisation, by=inside)
    with pytest.raises(InTheTeamError):
        actions.approve_tie(tie, by=inside)
    actions.approve_tie(tie, by=approver)
    assert sweep(31) == 0
    assert Batch.objects.get().erased_ms is None
    assert sweep(301) == 1  # its own retention


def test_a_tie_that_nobody_agreed_to_changes_nothing(asked, take, partly, sweep, analyst):
    declaration = asked(PARTY)
    take(partly, under=declaration)
    actions.record_tie(declaration, by=analyst, reason="Adresses du même hébergeur étranger")
    assert sweep(31) == 1


def test_an_intake_that_runs_when_its_declaration_expires_stops_and_keeps_nothing_more(
    asked, take, begin, kit, posts, monkeypatch
):
    from vigie_node.sources import taking
    from vigie_node.sources.actions import declarations
    from vigie_node.sources.errors import DeclarationClosedError

    monkeypatch.setattr(taking, "ROWS_PER_BATCH", 40)
    intake = begin(posts, under=asked(replace(ANSWERS, days_in_force=1)))
    later = now_ms() + 2 * actions.DAY_MS

    class Expiring(kit.Quiet):
        """Lets the declaration expire after the first batch."""

        def check(self) -> None:
            if Batch.objects.exists():
                monkeypatch.setattr(declarations, "now_ms", lambda: later)

    with pytest.raises(DeclarationClosedError):
        taking.take_in_file(intake, Expiring())
    intake.refresh_from_db()
    assert (intake.state, intake.new_count, intake.error_code) == ("failed", 40, "declaration.closed")
    assert Batch.objects.count() == 1


def test_the_page_says_what_was_brought_erased_and_what_blocks(
    asked, take, partly, sweep, approver, browser_of, make_person
):
    declaration = asked(ANSWERS)
    batch = take(partly, under=declaration).batches.get()
    actions.set_hold(declaration, by=approver, kind="archives", reason="Calendrier de conservation")
    browser = browser_of(make_person("analyst", "approver"))
    page = browser.get(f"/en/watch/declarations/{declaration.pk}").content.decode()
    for said in (
        "5 observations came in",
        "Calendrier de conservation",
        "Legal hold",
        "is not erased before",
    ):
        assert said in page
    assert "<svg viewBox" in page
    page = browser.get(f"/fr/watch/batches/{batch.pk}").content.decode()
    assert "Calendrier de conservation" in page
