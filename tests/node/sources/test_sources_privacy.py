"""Privacy as code: public actors, unmasking, the end of a key, requests about oneself, platform deletes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.core.exceptions import PermissionDenied

from vigie.store.batches import Store
from vigie.store.vault import Vault, VaultKeyError
from vigie_node.clock import now_ms
from vigie_node.jobs import leases, registry
from vigie_node.jobs.child import do
from vigie_node.jobs.models import Job
from vigie_node.ledger.models import Entry
from vigie_node.ledger.outbox import deliver
from vigie_node.sources import actions, erasing, erasing_posts, looking, privacy_tasks, taking, unlinking
from vigie_node.sources.actions import holds, unmasking
from vigie_node.sources.actions import key_destruction as keys
from vigie_node.sources.actions import person_requests as requests
from vigie_node.sources.actions import public_actors as actors
from vigie_node.sources.actions.public_actors import ActorExistsError, Line, TermError
from vigie_node.sources.actions.two_persons import DAYS_OPEN, NoSecondPersonError, NothingSaidError
from vigie_node.sources.errors import (
    DecidedError,
    DeclarationClosedError,
    HeldError,
    KeyDestroyedError,
    NoProjectKeyError,
    SamePersonError,
)
from vigie_node.sources.keys import key_of, salt_file
from vigie_node.sources.models import (
    Batch,
    Erasure,
    Hold,
    Opening,
    PersonRequest,
    Project,
    PublicActor,
    Unmasking,
)
from vigie_node.sources.verifying import flaws

pytestmark = pytest.mark.django_db
DAY_MS = actions.DAY_MS
IN_JANUARY = 1_768_780_800_000  # 2026-01-19
REASON = "Trois comptes à signaler."


@pytest.fixture
def approver(make_person):
    """Somebody who approves."""
    return make_person("approver")


@pytest.fixture
def later(monkeypatch):
    """Return a way to let time pass for everything here."""

    def pass_by(*, days: float = 0, hours: float = 0) -> None:
        at_ms = now_ms() + int(days * DAY_MS + hours * 3_600_000)
        for module in (actors, unmasking, keys, requests, erasing, erasing_posts):
            monkeypatch.setattr(module, "now_ms", lambda: at_ms)
        from vigie_node.sources.actions import two_persons

        monkeypatch.setattr(two_persons, "now_ms", lambda: at_ms)

    return pass_by


def stored_rows(columns=None):
    """Return all stored observations."""
    store = Store(node_settings.HOME.store)
    shas = Batch.objects.filter(erased_ms=None).order_by("sha256").values_list("sha256", flat=True)
    return [row for batch in store.read(list(shas), columns) for row in batch.to_pylist()]


def work() -> None:
    """Do the jobs that wait, as the worker does."""
    registry.load()
    while (job := leases.claim()) is not None:
        do(job)
    assert set(Job.objects.values_list("state", flat=True)) <= {"done"}


def wrong() -> list[str]:
    """Return what verifying finds."""
    return [flaw.sentence.format(**flaw.facts) for flaw in flaws(lambda _done, _total: None)]


def line(**changed) -> Line:
    said = {
        "platform": "X",
        "account": "@canary-3",
        "name": "Ministre d’essai",
        "office": "Ministre",
        "from_ms": 0,
        "until_ms": IN_JANUARY,
        "source": "https://example.org/ministres",
    }
    return Line(**said | changed)


# --- Public actors ---


def agreed(made, by) -> PublicActor:
    return actors.agree_actor(made, seen_ms=made.changed_ms, by=by)


def test_an_account_is_in_clear_for_posts_of_its_time_in_office_alone(take, approver, make_person, tmp_path):
    agreed(actors.add_actor(line(), by=approver), make_person("approver"))
    path = tmp_path / "x.csv"
    rows = [f"canary-3,2026-01-{day:02d} 10:00:00,i{day},p,bonjour,x" for day in (5, 25)]
    path.write_text("author,created_at,post_id,share_of,body,platform\n" + "\n".join(rows) + "\n")
    take(path)
    before, after = sorted(stored_rows(), key=lambda row: row["created_ms"])
    assert (before["author"], before["is_public_actor"]) == ("canary-3", True)
    assert "canary" not in str(after)
    assert wrong() == []


def test_the_list_of_another_organisation_opens_nothing(take, posts, make_person, other_organisation):
    stranger = make_person("approver", of=other_organisation)
    made = actors.add_actor(line(platform="x", until_ms=None), by=stranger)
    agreed(made, make_person("approver", of=other_organisation))
    take(posts)
    assert "canary" not in str(stored_rows())


def offices(person) -> list[str]:
    return [one.account for one in taking.offices_of(person.organisation_id)]


def test_one_person_alone_puts_no_account_in_clear(approver, make_person):
    made = actors.add_actor(line(), by=approver)
    with pytest.raises(SamePersonError):
        agreed(made, approver)
    assert offices(approver) == []
    agreed(made, make_person("approver"))
    assert offices(approver) == ["canary-3"]
    assert Entry.objects.filter(kind="actor.agreed").count() == 1


def test_a_line_that_one_person_changes_or_imports_waits_again(approver, make_person):
    second = make_person("approver")
    made = agreed(actors.add_actor(line(), by=approver), second)
    changed = actors.change_actor(made, line(account="autre"), by=second)
    assert offices(approver) == []
    with pytest.raises(SamePersonError):
        agreed(changed, second)
    agreed(changed, approver)
    actors.import_actors([line(account="autre", office="Députée"), line(account="neuf")], by=approver)
    assert offices(approver) == []


def test_nobody_agrees_to_a_line_that_changed_since_they_read_it_nor_twice(approver, make_person):
    second = make_person("approver")
    made = actors.add_actor(line(), by=approver)
    changed = actors.change_actor(made, line(account="autre"), by=approver)
    with pytest.raises(DecidedError):
        agreed(made, second)
    agreed(changed, second)
    with pytest.raises(DecidedError):
        agreed(changed, second)


def test_only_who_keeps_the_list_of_the_organisation_agrees(
    approver, analyst, make_person, other_organisation
):
    made = actors.add_actor(line(), by=approver)
    for somebody in (analyst, make_person("approver", of=other_organisation)):
        with pytest.raises(PermissionDenied):
            agreed(made, somebody)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"until_ms": 0}, TermError),
        ({"name": " "}, NothingSaidError),
        ({"account": "@"}, NothingSaidError),
        ({"source": "–"}, NothingSaidError),
    ],
)
def test_a_line_that_means_nothing_is_refused(approver, changed, error):
    with pytest.raises(error):
        actors.add_actor(line(**changed), by=approver)
    assert not PublicActor.objects.exists()


def test_a_line_is_there_once_and_may_be_corrected_and_removed(approver):
    made = actors.add_actor(line(), by=approver)
    assert (made.platform, made.account) == ("x", "canary-3")
    with pytest.raises(ActorExistsError):
        actors.add_actor(line(account="canary-3"), by=approver)
    assert actors.change_actor(made, line(office="Députée"), by=approver).office == "Députée"
    actors.remove_actor(made, by=approver)
    assert [entry.kind for entry in Entry.objects.order_by("seq")] == [
        "actor.added", "actor.changed", "actor.removed",
    ]  # fmt: skip


def test_importing_adds_corrects_and_says_nothing_twice(approver):
    lines = [line(), line(account="autre"), line(account="autre")]
    assert actors.import_actors(lines, by=approver) == (2, 0)
    assert actors.import_actors([line(name="Autre nom"), line(account="autre")], by=approver) == (0, 1)
    assert actors.import_actors([line(name="Autre nom")], by=approver) == (0, 0)
    assert Entry.objects.filter(kind="actors.imported").count() == 2


def test_of_a_bad_import_nothing_is_kept(approver):
    with pytest.raises(TermError):
        actors.import_actors([line(), line(until_ms=-1)], by=approver)
    assert not PublicActor.objects.exists()


def test_only_who_keeps_the_list_alters_it(analyst, approver, make_person, other_organisation):
    made = actors.add_actor(line(), by=approver)
    with pytest.raises(PermissionDenied):
        actors.add_actor(line(account="x"), by=analyst)
    with pytest.raises(PermissionDenied):
        actors.remove_actor(made, by=make_person("approver", of=other_organisation))


# --- Unmasking ---


@pytest.fixture
def taken(take, posts):
    """Return an intake whose posts are held."""
    return take(posts)


@pytest.fixture
def asked(taken, analyst, approver):
    """Return a request about a pseudonym that is held; an approver is there."""
    pseudonym = stored_rows(["author"])[0]["author"]
    return unmasking.ask_unmasking(taken.declaration.project, pseudonym=pseudonym, reason=REASON, by=analyst)


def test_one_asks_another_approves_and_the_first_sees_once_per_opening(asked, analyst, approver):
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    assert unmasking.open_identity(asked, by=analyst) == opening
    work()
    opening.refresh_from_db()
    assert b"canary" not in bytes(opening.sealed)
    (raw,) = unmasking.show_opened(opening, by=analyst)
    assert raw.startswith("canary-")
    opening.refresh_from_db()
    assert (opening.state, opening.sealed) == ("shown", None)
    with pytest.raises(unmasking.NotOpenError):
        unmasking.show_opened(opening, by=analyst)
    unmasking.open_identity(asked, by=analyst)
    told = Entry.objects.filter(subject=f"unmasking:{asked.pk}").order_by("seq")
    assert [entry.kind for entry in told] == [
        "identity.asked", "identity.approved", "identity.opened", "identity.opened",
    ]  # fmt: skip
    assert "canary" not in json.dumps([entry.said for entry in told])


def test_nobody_looks_before_another_approved(asked, analyst):
    with pytest.raises(unmasking.NotOpenError):
        unmasking.open_identity(asked, by=analyst)
    assert not Opening.objects.exists()


def test_who_asked_cannot_approve_whatever_their_roles(taken, make_person, approver):
    both = make_person("analyst", "approver")
    asked = unmasking.ask_unmasking(taken.declaration.project, pseudonym="a" * 16, reason=REASON, by=both)
    with pytest.raises(SamePersonError):
        unmasking.approve_unmasking(asked, by=both)


def test_on_a_node_of_one_person_nobody_is_unmasked(taken, make_person):
    alone = make_person("analyst", "approver")
    with pytest.raises(NoSecondPersonError):
        unmasking.ask_unmasking(taken.declaration.project, pseudonym="a" * 16, reason=REASON, by=alone)
    assert not Unmasking.objects.exists()


def test_only_who_asked_looks(asked, approver, make_person):
    unmasking.approve_unmasking(asked, by=approver)
    with pytest.raises(PermissionDenied):
        unmasking.open_identity(asked, by=approver)
    with pytest.raises(unmasking.NotOpenError):
        unmasking.open_identity(asked, by=make_person("analyst"))


def test_people_of_elsewhere_neither_ask_nor_decide(asked, make_person, other_organisation):
    stranger = make_person("analyst", "approver", of=other_organisation)
    with pytest.raises(PermissionDenied):
        unmasking.approve_unmasking(asked, by=stranger)
    with pytest.raises(PermissionDenied):
        unmasking.ask_unmasking(asked.project, pseudonym="a" * 16, reason=REASON, by=stranger)


def test_a_refusal_needs_a_reason_and_is_the_end(asked, analyst, approver):
    with pytest.raises(NothingSaidError):
        unmasking.refuse_unmasking(asked, reason=" ", by=approver)
    unmasking.refuse_unmasking(asked, reason="Rien ne le justifie.", by=approver)
    with pytest.raises(DecidedError):
        unmasking.approve_unmasking(asked, by=approver)
    with pytest.raises(unmasking.NotOpenError):
        unmasking.open_identity(asked, by=analyst)


def test_a_request_lapses_and_so_does_an_approval(asked, analyst, approver, later):
    later(days=DAYS_OPEN)
    with pytest.raises(DecidedError):
        unmasking.approve_unmasking(asked, by=approver)
    unmasking.lapse_unmaskings()
    assert Unmasking.objects.get().state == "lapsed"
    assert Entry.objects.get(kind="identity.lapsed").actor == "node"


def test_what_was_opened_and_not_looked_at_goes_after_an_hour(asked, analyst, approver, later):
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    work()
    later(hours=1)
    with pytest.raises(unmasking.NotOpenError):
        unmasking.show_opened(opening, by=analyst)
    unmasking.lapse_unmaskings()
    opening.refresh_from_db()
    assert (opening.state, opening.sealed) == ("lapsed", None)


def test_a_pseudonym_that_no_vault_knows_says_so(taken, analyst, approver):
    asked = unmasking.ask_unmasking(taken.declaration.project, pseudonym="a" * 16, reason=REASON, by=analyst)
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    work()
    opening.refresh_from_db()
    assert opening.state == "absent"


@pytest.mark.parametrize("pseudonym", ["", "canary-3", "A" * 16, "a" * 17])
def test_only_a_pseudonym_is_asked_about(taken, analyst, approver, pseudonym):
    with pytest.raises(Exception, match="pseudonym"):
        unmasking.ask_unmasking(taken.declaration.project, pseudonym=pseudonym, reason=REASON, by=analyst)
    assert approver.is_active


# --- The end of a key ---


@pytest.fixture
def doomed(taken, approver, administrator):
    """Return a request to destroy the key of a project that holds posts."""
    project = taken.declaration.project
    return keys.ask_destruction(project, typed=project.name, reason="Fin du mandat.", by=approver)


def test_two_persons_destroy_a_key_and_nobody_is_behind_its_pseudonyms_any_more(
    doomed, taken, administrator, analyst, take, posts, begin
):
    project, before = doomed.project, key_of(doomed.project)
    pseudonym = stored_rows(["author"])[0]["author"]
    keys.approve_destruction(doomed, typed=project.name, by=administrator)
    work()
    project.refresh_from_db()
    assert not salt_file(project.id).exists()
    with pytest.raises(NoProjectKeyError):
        key_of(project)
    with Vault(node_settings.HOME.vault, before) as vault:  # even with the key of before
        assert vault.open([pseudonym], [taken.batches.get().sha256]) == {}
    assert len(stored_rows()) == 100
    assert wrong() == []
    with pytest.raises(DeclarationClosedError):
        begin(posts, under=taken.declaration)
    with pytest.raises(KeyDestroyedError):
        actions.project_named(project.name, organisation=project.organisation, by=None)
    with pytest.raises(KeyDestroyedError):
        unmasking.ask_unmasking(project, pseudonym=pseudonym, reason=REASON, by=analyst)
    assert Entry.objects.filter(kind="key.destroyed", subject=f"project:{project.pk}").count() == 1


def test_a_legal_hold_keeps_the_key(doomed, taken, approver, administrator):
    """Governance, retention: what a proceeding needs is not made unreadable."""
    project = doomed.project
    hold = holds.set_hold(
        taken.declaration, by=approver, kind="proceeding", reason="Une procédure est en cours."
    )
    with pytest.raises(keys.HeldProjectError):
        keys.approve_destruction(doomed, typed=project.name, by=administrator)
    keys.refuse_destruction(doomed, reason="Un gel est en place.", by=administrator)
    with pytest.raises(keys.HeldProjectError):
        keys.ask_destruction(project, typed=project.name, reason=REASON, by=approver)
    project.refresh_from_db()
    assert project.key_destroyed_ms is None
    assert key_of(project) is not None
    type(hold).objects.filter(pk=hold.pk).update(lifted_ms=1)
    assert keys.ask_destruction(project, typed=project.name, reason=REASON, by=approver).reason == REASON


def test_the_other_projects_keep_their_names(doomed, administrator, kit, take, posts, organisation):
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project="Autre")
    done = take(posts, under=other)
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    work()
    with Vault(node_settings.HOME.vault, key_of(other.project)) as vault:
        assert vault.batches() == [done.batches.get().sha256]
        assert vault.verify(vault.batches()) == []


def test_retention_goes_on_without_a_key(doomed, administrator, days_later):
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    work()
    days_later(31)
    assert erasing.erase_what_is_past(lambda: None) == 1
    assert stored_rows() == []


@pytest.mark.parametrize("typed", ["", "unité d’essai", "UNITÉ D’ESSAI"])
def test_the_name_is_typed_letter_for_letter(doomed, administrator, typed):
    with pytest.raises(keys.OtherNameError):
        keys.approve_destruction(doomed, typed=typed, by=administrator)
    assert salt_file(doomed.project_id).exists()


def test_one_person_alone_destroys_no_key(doomed, approver, make_person, declaration):
    with pytest.raises(SamePersonError):
        keys.approve_destruction(doomed, typed=doomed.project.name, by=approver)
    with pytest.raises(PermissionDenied):
        keys.approve_destruction(doomed, typed=doomed.project.name, by=make_person("analyst"))


def test_with_nobody_to_agree_it_cannot_even_be_asked(declaration, approver):
    project = declaration.project
    with pytest.raises(NoSecondPersonError):
        keys.ask_destruction(project, typed=project.name, reason=REASON, by=approver)


def test_a_refused_or_lapsed_request_leaves_the_key(doomed, approver, administrator, later):
    keys.refuse_destruction(doomed, reason="Une procédure est en cours.", by=administrator)
    again = keys.ask_destruction(
        doomed.project, typed=doomed.project.name, reason="Encore.", by=administrator
    )
    later(days=DAYS_OPEN)
    with pytest.raises(DecidedError):
        keys.approve_destruction(again, typed=doomed.project.name, by=approver)
    keys.lapse_destructions()
    assert salt_file(doomed.project_id).exists()
    assert Entry.objects.filter(kind="key.destruction_lapsed").count() == 1


def test_a_removal_that_was_lost_is_told_and_asked_for_again(doomed, administrator, monkeypatch):
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    Job.objects.all().delete()
    from vigie_node.sources import verifying

    now = now_ms() + verifying.LATE_MS + 1
    monkeypatch.setattr(verifying, "now_ms", lambda: now)
    assert any("destroyed" in said for said in wrong())
    keys.ask_removals_again()
    work()
    assert wrong() == []
    keys.ask_removals_again()
    assert not Job.objects.exclude(state="done").exists()


def test_a_key_that_stands_is_never_unlinked(declaration):
    with pytest.raises(ValueError, match="stands"):
        unlinking.unlink(declaration.project, lambda: None)
    assert salt_file(declaration.project_id).exists()


def test_a_removal_cut_between_overwriting_and_removing_the_key_goes_on(doomed, administrator):
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    salt = salt_file(doomed.project_id)
    salt.write_bytes(bytes(salt.stat().st_size))
    work()
    assert not salt.exists()


def test_what_was_opened_and_not_seen_ends_with_the_key(asked, doomed, analyst, approver, administrator):
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    work()
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    opening.refresh_from_db()
    assert (opening.state, opening.sealed) == ("lapsed", None)
    with pytest.raises(unmasking.NotOpenError):
        unmasking.show_opened(opening, by=analyst)


def test_nobody_looks_once_the_key_is_destroyed_though_its_file_stands(asked, analyst, approver):
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    work()
    Project.objects.update(key_destroyed_ms=1)
    with pytest.raises(KeyDestroyedError):
        unmasking.show_opened(opening, by=analyst)
    asked.project.refresh_from_db()
    with pytest.raises(KeyDestroyedError):
        looking.identity_behind(asked)


def test_an_opening_that_ended_with_the_key_is_not_looked_up(asked, doomed, analyst, approver, administrator):
    unmasking.approve_unmasking(asked, by=approver)
    opening = unmasking.open_identity(asked, by=analyst)
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    work()
    opening.refresh_from_db()
    assert (opening.state, opening.sealed) == ("lapsed", None)


def test_a_removal_cut_short_goes_on(doomed, administrator, monkeypatch):
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    with monkeypatch.context() as cut:
        cut.setattr(unlinking, "destroy_salt", lambda _id: (_ for _ in ()).throw(KeyboardInterrupt))
        project = doomed.project
        project.refresh_from_db()
        with pytest.raises(KeyboardInterrupt):
            unlinking.unlink(project, lambda: None)
    work()
    assert not salt_file(doomed.project_id).exists()


# --- What is held on me? ---


def ask(by, *, handle="canary-3", platform="", days=40):
    about = requests.About(platform=platform, handle=handle, contact="dossier canary-2026-117")
    return requests.receive_request(about, keep_until_ms=now_ms() + days * DAY_MS, by=by)


def test_a_request_is_searched_and_answered_by_counts_and_dates(taken, approver):
    asked = ask(approver)
    work()
    asked.refresh_from_db()
    assert asked.state == "answerable"
    (found,) = asked.found
    rows = [row for row in stored_rows() if row["author"] and row["body"]]
    own = {row["author"] for row in rows}
    assert len(own) == 20
    assert (found["declaration"], found["own_count"], found["naming_count"]) == (
        str(taken.declaration_id), 5, 5,
    )  # fmt: skip
    assert found["first_ms"] < found["last_ms"]
    assert asked.due_ms == asked.received_ms + 30 * DAY_MS


def test_an_account_that_is_not_held_has_no_counts(taken, approver):
    asked = ask(approver, handle="personne")
    work()
    asked.refresh_from_db()
    assert (asked.state, asked.found) == ("answerable", [])


def test_what_another_organisation_holds_is_not_searched(taken, make_person, other_organisation):
    asked = ask(make_person("approver", of=other_organisation))
    work()
    asked.refresh_from_db()
    assert asked.found == []


def test_posts_in_public_office_are_found_too(take, approver, make_person, tmp_path):
    agreed(actors.add_actor(line(until_ms=None), by=approver), make_person("approver"))
    path = tmp_path / "x.csv"
    path.write_text("author,created_at,post_id,body,platform\ncanary-3,2026-01-05,i1,bonjour,x\n")
    take(path)
    asked = ask(approver, platform="Twitter")
    work()
    asked.refresh_from_db()
    assert asked.found[0]["own_count"] == 1


def test_a_project_whose_key_was_destroyed_is_named_as_unreadable(doomed, approver, administrator):
    keys.approve_destruction(doomed, typed=doomed.project.name, by=administrator)
    work()
    asked = ask(approver)
    work()
    asked.refresh_from_db()
    assert (asked.found, asked.unread) == ([], [doomed.project.name])


def test_handle_and_contact_are_sealed_and_go_when_the_request_is_closed(taken, approver):
    asked = ask(approver)
    work()
    row = PersonRequest.objects.values().get()
    assert b"canary" not in bytes(row.pop("sealed"))
    assert "canary" not in json.dumps(row, default=str)
    assert requests.about_of(PersonRequest.objects.get()).handle == "canary-3"
    closed = requests.close_request(asked, outcome="given", note="", by=approver)
    assert requests.about_of(closed) is None
    assert Entry.objects.get(kind="request.closed").said["outcome"] == "given"
    with pytest.raises(DecidedError):
        requests.close_request(asked, outcome="given", note="", by=approver)


def test_past_its_date_a_request_lapses_and_nothing_of_it_is_kept(taken, approver, later):
    asked = ask(approver, days=1)
    work()
    later(days=1)
    requests.lapse_requests()
    asked.refresh_from_db()
    assert (asked.outcome, asked.sealed, asked.state) == ("lapsed", None, "closed")


@pytest.mark.parametrize("days", [-1, 0, 200])
def test_nothing_is_kept_longer_than_the_procedure(approver, days):
    with pytest.raises(requests.KeptTooLongError):
        ask(approver, days=days)


def test_a_refusal_of_a_request_says_why(taken, approver):
    asked = ask(approver)
    work()
    with pytest.raises(NothingSaidError):
        requests.close_request(asked, outcome="refused", note=" ", by=approver)


def test_nothing_is_called_erased_that_is_not(taken, approver):
    asked = ask(approver)
    work()
    with pytest.raises(DecidedError):
        requests.close_request(asked, outcome="erased", note="", by=approver)


def test_a_persons_posts_are_erased_and_counts_stay(taken, approver):
    asked = ask(approver)
    work()
    requests.ask_erasure(asked, by=approver)
    work()
    asked.refresh_from_db()
    assert (asked.erased_count, asked.held_count, asked.state) == (5, 0, "answerable")
    assert len(stored_rows()) == 95
    assert {row["author"] for row in stored_rows()}.__len__() == 19
    assert Erasure.objects.get().erased_count == 5
    assert requests.close_request(asked, outcome="erased", note="", by=approver).outcome == "erased"
    assert wrong() == []


def test_what_a_person_had_erased_does_not_come_back_from_an_older_file(taken, take, kit, approver, tmp_path):
    asked = ask(approver)
    work()
    requests.ask_erasure(asked, by=approver)
    work()
    path = tmp_path / "longer.csv"
    path.write_text(kit.csv_of(kit.rows_of(101)))
    intake = take(path)
    assert {one["code"]: one["count"] for one in intake.skips} == {"skip.erased": 5}
    assert intake.new_count == 1
    assert wrong() == []


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_erasure_cut_short_goes_on_and_counts_everything(
    take, begin, kit, approver, tmp_path, monkeypatch, after
):
    for part in range(3):
        path = tmp_path / f"{part}.csv"
        path.write_text(kit.csv_of(kit.rows_of(40, start=40 * part)))
        take(path)
    asked = ask(approver)
    work()
    asked = requests.ask_erasure(asked, by=approver)
    left = iter([True] * after)
    real = erasing_posts.erase_posts

    def cut(*arguments, **named):
        if next(left, None) is None:
            raise kit.Stopped
        return real(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(erasing_posts, "erase_posts", cut)
        with pytest.raises(kit.Stopped):
            erasing_posts.erase_of_person(asked, lambda: None)
    work()
    asked.refresh_from_db()
    assert asked.erased_count == 6
    assert len(stored_rows()) == 114
    assert wrong() == []


def test_what_a_hold_keeps_is_not_erased_and_said(taken, approver):
    hold_on(taken.declaration, approver)
    asked = ask(approver)
    work()
    requests.ask_erasure(asked, by=approver)
    work()
    asked.refresh_from_db()
    assert (asked.erased_count, asked.held_count) == (0, 1)
    assert len(stored_rows()) == 100


def test_a_hold_set_while_posts_are_being_erased_keeps_them(taken, approver, monkeypatch):
    batch, store, real = taken.batches.get(), Store(node_settings.HOME.store), Store.erase
    author = stored_rows(["author"])[0]["author"]
    written = []

    def hold_meanwhile(self, *arguments, **named):
        erased = real(self, *arguments, **named)
        written.append(erased.new.sha256)
        actions.set_hold(taken.declaration, by=approver, kind="access", reason=REASON)
        return erased

    monkeypatch.setattr(Store, "erase", hold_meanwhile)
    with pytest.raises(HeldError):
        erasing.erase_posts(batch, authors=[author], reason="request", by="host", waiting=lambda: None)
    assert len(stored_rows()) == 100
    assert not Erasure.objects.exists()
    assert not store.path(written[0]).exists()
    with Vault(node_settings.HOME.vault, key_of(batch.declaration.project)) as vault:
        assert vault.batches() == [batch.sha256]
    assert wrong() == []


def fail_for_good() -> None:
    """Let the job that waits fail for good, and what follows from it happen."""
    Job.objects.filter(state="queued").update(attempts_max=1)
    job = leases.claim()
    leases.try_again(job.id, job.lease, fault="MemoryError")
    Job.objects.all().delete()  # swept away since
    while deliver():
        pass


def test_a_search_that_failed_says_so_and_is_tried_again(taken, approver):
    registry.load()
    asked = ask(approver)
    fail_for_good()
    asked.refresh_from_db()
    assert (asked.state, asked.searched_ms) == ("answerable", None)
    assert Entry.objects.filter(kind="request.search_failed").count() == 1
    requests.search_again(asked, by=approver)
    with pytest.raises(DecidedError):
        requests.search_again(asked, by=approver)
    work()
    asked.refresh_from_db()
    assert asked.found[0]["own_count"] == 5
    with pytest.raises(DecidedError):
        requests.search_again(asked, by=approver)


def test_an_erasure_that_failed_says_so_blocks_nobody_and_is_tried_again(taken, approver):
    asked, other = ask(approver), ask(approver, handle="canary-4")
    work()
    requests.ask_erasure(asked, by=approver)
    fail_for_good()
    asked.refresh_from_db()
    assert (asked.state, asked.is_erased) == ("answerable", False)
    assert Entry.objects.get(kind="request.erasure_failed").said["rows"] == 0
    with pytest.raises(DecidedError):
        requests.close_request(asked, outcome="erased", note="", by=approver)
    requests.ask_erasure(other, by=approver)
    work()
    requests.ask_erasure(asked, by=approver)
    work()
    asked.refresh_from_db()
    assert (asked.erased_count, asked.is_erased) == (5, True)


def test_an_erasure_that_failed_after_another_ended_is_not_called_erased(taken, approver):
    asked = ask(approver)
    work()
    requests.ask_erasure(asked, by=approver)
    work()
    PersonRequest.objects.update(erased_ms=1)
    requests.ask_erasure(asked, by=approver)
    fail_for_good()
    with pytest.raises(DecidedError):
        requests.close_request(asked, outcome="erased", note="", by=approver)


def test_posts_that_went_before_an_erasure_failed_are_counted(taken, approver):
    asked = ask(approver)
    work()
    asked = requests.ask_erasure(asked, by=approver)
    erasing_posts.erase_of_person(asked, lambda: None)
    fail_for_good()
    asked.refresh_from_db()
    assert (asked.erased_count, asked.is_erased) == (5, False)


def test_a_request_that_is_being_erased_lapses_after_that(taken, approver, later):
    asked = ask(approver, days=1)
    work()
    requests.ask_erasure(asked, by=approver)
    later(days=1)
    requests.lapse_requests()
    asked.refresh_from_db()
    assert asked.state == "erasing"
    work()
    assert Erasure.objects.get().erased_count == 5
    requests.lapse_requests()
    asked.refresh_from_db()
    assert (asked.outcome, asked.sealed) == ("lapsed", None)


def test_a_request_closed_before_its_search_failed_stays_closed(taken, approver, later):
    registry.load()
    asked = ask(approver, days=1)
    later(days=1)
    requests.lapse_requests()
    fail_for_good()
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == ("closed", "lapsed")


def hold_on(declaration, by) -> Hold:
    return Hold.objects.create(
        organisation=declaration.organisation,
        declaration=declaration,
        kind="proceeding",
        reason=REASON,
        by=by,
        created_ms=now_ms(),
    )


def test_one_request_erases_after_the_other(taken, approver):
    first, second = ask(approver), ask(approver, handle="canary-4")
    work()
    requests.ask_erasure(first, by=approver)
    with pytest.raises(requests.OneAtATimeError):
        requests.ask_erasure(second, by=approver)


def test_only_who_answers_people_does(taken, analyst, approver):
    with pytest.raises(PermissionDenied):
        ask(analyst)
    asked = ask(approver)
    work()
    for act in (
        lambda: requests.ask_erasure(asked, by=analyst),
        lambda: requests.close_request(asked, outcome="given", note="", by=analyst),
    ):
        with pytest.raises(PermissionDenied):
            act()


# --- Deleted on the platform ---


@pytest.fixture
def deleted(take, tmp_path):
    """Return an intake of two posts, and one that says that the first was seen deleted."""
    head = "author,created_at,post_id,body,platform,deleted_seen_ms\n"
    plain, gone = tmp_path / "plain.csv", tmp_path / "gone.csv"
    plain.write_text(head + "canary-1,2026-01-05,i1,bonjour,x,\ncanary-2,2026-01-05,i2,bonsoir,x,\n")
    gone.write_text(head + "canary-1,2026-01-05,i1,,x,2026-01-06T00:00:00Z\n")
    return take(plain), take(gone)


def test_a_post_seen_deleted_goes_after_the_grace_with_all_that_is_held_of_it(deleted, days_later, settings):
    assert len(stored_rows()) == 3
    assert erasing_posts.erase_deleted(lambda: None) == 2
    (left,) = stored_rows()
    assert left["body"] == "bonsoir"
    assert {erasure.reason for erasure in Erasure.objects.all()} == {"deleted"}
    assert erasing_posts.erase_deleted(lambda: None) == 0
    assert wrong() == []


def test_before_the_grace_is_over_nothing_goes(deleted, settings):
    settings.NODE = replace(settings.NODE, deleted_posts_days=100_000)
    assert erasing_posts.erase_deleted(lambda: None) == 0
    assert len(stored_rows()) == 3


def test_evidence_under_hold_stays_though_its_platform_deleted_it(deleted, approver):
    hold_on(deleted[0].declaration, approver)
    assert erasing_posts.erase_deleted(lambda: None) == 0
    assert len(stored_rows()) == 3


def test_deleted_posts_go_where_the_key_is_destroyed(deleted, approver, administrator):
    project = deleted[0].declaration.project
    asked = keys.ask_destruction(project, typed=project.name, reason=REASON, by=approver)
    keys.approve_destruction(asked, typed=project.name, by=administrator)
    work()
    assert erasing_posts.erase_deleted(lambda: None) == 2


def test_the_sweeps_are_scheduled():
    assert {"sources.privacy", "sources.deleted_posts"} <= set(registry.schedules())
    assert registry.handler_of(unmasking.OPEN) is privacy_tasks.open_identity


def test_a_vault_of_another_project_is_not_opened(taken, kit, take, posts, organisation):
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project="Autre")
    take(posts, under=other)
    with Vault(node_settings.HOME.vault, key_of(other.project)) as vault, pytest.raises(VaultKeyError):
        vault.open(["a" * 16], [taken.batches.get().sha256])
