"""What is recorded about where observations come from, and what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from django.db import transaction

from vigie.terms.errors import tell
from vigie.terms.languages import LANGUAGES
from vigie_node.jobs.models import Job
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.access import (
    batches_held,
    batches_readable,
    batches_visible_to,
    declarations_visible_to,
    intakes_visible_to,
    rejected_rows_visible_to,
)
from vigie_node.sources.errors import (
    DeclarationClosedError,
    EmptyAnswerError,
    NoRoomError,
    RetentionError,
    StoreFullError,
)
from vigie_node.sources.keys import salt_file
from vigie_node.sources.models import Batch, Declaration, Erasure, Project
from vigie_node.sources.room import room_now
from vigie_node.web.words import words_in

pytestmark = pytest.mark.django_db

BLANKS = ["", " ", "\n\t", "\u200b", "—", "…"]


@dataclass(frozen=True)
class Written:
    """A batch as the store would describe it."""

    sha256: str = "a" * 64
    row_count: int = 10
    byte_count: int = 1_000
    start_ms: int = 1
    end_ms: int = 2
    look_count: int = 0


@pytest.fixture
def waiting(begin, posts):
    """Return an intake that has not been read yet."""
    return begin(posts)


def kinds() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


# --- Declarations ---


@pytest.mark.parametrize("answer", ["purpose", "legal_basis", "responsible"])
@pytest.mark.parametrize("blank", BLANKS)
def test_a_declaration_without_one_of_its_answers_is_refused(kit, organisation, answer, blank):
    with pytest.raises(EmptyAnswerError) as refused:
        actions.declare(organisation=organisation, by=None, **kit.ANSWERS | {answer: blank})
    assert not Declaration.objects.exists()
    assert not Project.objects.exists()
    assert all(tell(refused.value, words_in(language)) for language in LANGUAGES)


@pytest.mark.parametrize("days", [0, -1, 3651, 10**9])
def test_nothing_is_kept_for_no_time_or_for_ever(kit, organisation, days):
    with pytest.raises(RetentionError):
        actions.declare(organisation=organisation, by=None, **kit.ANSWERS | {"retention_days": days})


def test_a_project_has_a_salt_of_its_own_that_its_owner_alone_may_read(organisation, analyst):
    one = actions.make_project(organisation=organisation, name="Un", by=analyst)
    other = actions.make_project(organisation=organisation, name="Deux", by=analyst)
    assert salt_file(one.id).stat().st_mode & 0o777 == 0o600
    assert salt_file(one.id).read_text() != salt_file(other.id).read_text()


def test_the_same_project_is_not_made_twice(kit, organisation):
    first = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project="Élections")
    second = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project=" Élections ")
    assert first.project == second.project
    assert kinds().count("project.made") == 1


def test_the_ledger_holds_no_word_of_a_declaration_or_a_file_name(
    kit, organisation, analyst, begin, tmp_path
):
    path = tmp_path / "canary-file.csv"
    path.write_text("x")
    begin(path)
    actions.declare(organisation=organisation, by=analyst, **kit.ANSWERS)
    said = " ".join(Entry.objects.values_list("facts", flat=True))
    for secret in (kit.ANSWERS["purpose"], kit.ANSWERS["legal_basis"], kit.ANSWERS["responsible"], "canary"):
        assert secret not in said


def test_what_fails_halfway_leaves_neither_row_nor_entry(kit, organisation):
    with transaction.atomic():
        actions.declare(organisation=organisation, by=None, **kit.ANSWERS)
        transaction.set_rollback(True)
    assert not Declaration.objects.exists()
    assert kinds() == []


def test_nothing_comes_in_under_a_closed_declaration(declaration, begin, posts, waiting, analyst):
    actions.close_declaration(declaration, by=analyst)
    actions.close_declaration(declaration, by=analyst)
    assert kinds().count("declaration.closed") == 1
    with pytest.raises(DeclarationClosedError):
        begin(posts)
    with pytest.raises(DeclarationClosedError):
        actions.record_batch(waiting, Written())
    assert not Batch.objects.exists()


# --- Intakes ---


def test_an_upload_asks_for_one_job(declaration, analyst):
    intake = actions.begin_intake(
        declaration=declaration, by=analyst, file_name="x.csv", path="/nowhere", byte_count=1, is_upload=True
    )
    (job,) = Job.objects.all()
    assert (job.id, job.arguments, job.organisation) == (
        intake.job,
        {"intake": str(intake.id)},
        declaration.organisation_id,
    )
    assert job.by == f"person:{analyst.id}"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        (r"D:\dossiers\x\posts.csv", "posts.csv"),
        ("a\x1b[31mb\u202egnp.csv", "a\ufffd[31mb\ufffdgnp.csv"),
        ("", "…"),
        ("x" * 400 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_a_file_name_is_shown_without_folder_or_command(given, shown):
    assert actions.shown_name(given) == shown


def test_a_batch_recorded_twice_is_one(waiting):
    first = actions.record_batch(waiting, Written())
    again = actions.record_batch(waiting, Written())
    waiting.refresh_from_db()
    assert first == again
    assert waiting.new_count == 10
    assert kinds().count("batch.recorded") == 1


def test_a_batch_is_to_be_erased_when_its_declaration_says(waiting, declaration):
    batch = actions.record_batch(waiting, Written())
    assert batch.erase_by_ms - waiting.created_ms == declaration.retention_days * actions.DAY_MS


def test_an_erasure_says_what_stands_in_the_batchs_place(waiting):
    old = actions.record_batch(waiting, Written())
    left = Written(sha256="b" * 64, row_count=7)
    first = actions.record_erasure(old, new=left, erased_count=3, reason="request")
    again = actions.record_erasure(old, new=left, erased_count=3, reason="request")
    assert first == again
    assert (first.new.sha256, first.erased_count) == ("b" * 64, 3)
    assert [batch.sha256 for batch in batches_held(waiting.declaration)] == ["b" * 64]
    entry = Entry.objects.get(kind="batch.erased")
    assert json.loads(entry.facts)["new_sha256"] == "b" * 64
    assert Erasure.objects.count() == 1


# --- Room ---


def test_people_are_warned_before_the_quota_is_used_up_and_stopped_when_it_is(
    settings, waiting, begin, posts
):
    actions.record_batch(waiting, Written(byte_count=850))
    settings.NODE = replace(settings.NODE, store_bytes_max=1_000)
    assert room_now().state == "near"
    begin(posts)
    settings.NODE = replace(settings.NODE, store_bytes_max=850)
    assert room_now().state == "full"
    with pytest.raises(StoreFullError):
        begin(posts)


def test_what_is_erased_makes_room(settings, waiting):
    settings.NODE = replace(settings.NODE, store_bytes_max=1_000)
    batch = actions.record_batch(waiting, Written())
    assert room_now().state == "full"
    actions.record_erasure(batch, new=None, erased_count=10, reason="retention")
    assert room_now().state == "ok"


def test_nothing_comes_in_when_the_disk_is_nearly_full(settings, begin, posts):
    settings.NODE = replace(settings.NODE, disk_free_bytes_min=10**15)
    assert room_now().state == "full"
    with pytest.raises(NoRoomError):
        begin(posts)


# --- Who may see what ---


def test_another_organisation_sees_nothing(take, make_person, other_organisation, tmp_path, kit):
    path = tmp_path / "partly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(3), ",2026-01-01,x,y,z"]))
    intake = take(path)
    stranger = make_person("analyst", "approver", "administrator", "auditor", of=other_organisation)
    for visible in (
        declarations_visible_to,
        intakes_visible_to,
        batches_visible_to,
        rejected_rows_visible_to,
    ):
        assert not visible(stranger).exists()
        assert visible(make_person("analyst")).exists()
    assert not batches_readable(stranger, intake.declaration).exists()


@pytest.mark.parametrize(
    ("role", "reads"), [("analyst", True), ("approver", True), ("auditor", False), ("administrator", False)]
)
def test_only_who_may_read_posts_is_given_their_batches(take, posts, make_person, role, reads):
    declaration = take(posts).declaration
    assert batches_readable(make_person(role), declaration).exists() is reads


def test_a_suspended_person_is_given_nothing(take, posts, make_person):
    declaration = take(posts).declaration
    gone = make_person("analyst", is_active=False)
    assert not batches_readable(gone, declaration).exists()
    assert not intakes_visible_to(gone).exists()
