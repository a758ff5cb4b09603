"""Files taken in: what is new, what is held, what is set aside; cut short, failed, erased."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from vigie.store.batches import Store
from vigie.store.vault import Vault
from vigie.terms.errors import VigieError
from vigie.terms.languages import LANGUAGES
from vigie_node.jobs import actions as jobs
from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.jobs.models import Job, State
from vigie_node.ledger.actions import record
from vigie_node.ledger.models import Entry
from vigie_node.ledger.outbox import deliver, stalled
from vigie_node.sources import actions, erasing, taking, tasks, uploads
from vigie_node.sources.console.showing import failure_of, reason_of
from vigie_node.sources.errors import IntakeRunningError, NoProjectKeyError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Batch, Erasure, Intake
from vigie_node.sources.turns import copying, turn_of
from vigie_node.sources.verifying import flaws
from vigie_node.web.words import words_in

pytestmark = pytest.mark.django_db


def stored_rows() -> list[dict[str, object]]:
    """Return all stored observations."""
    store = Store(node_settings.HOME.store)
    shas = Batch.objects.filter(erased_ms=None).order_by("sha256").values_list("sha256", flat=True)
    return [row for batch in store.read(list(shas)) for row in batch.to_pylist()]


def names_behind(declaration, pseudonyms: list[str]) -> set[str]:
    """Return what the vault says of some pseudonyms."""
    with Vault(node_settings.HOME.vault, key_of(declaration.project)) as vault:
        return set(vault.open(pseudonyms, vault.batches()).values())


def wrong() -> list[str]:
    """Return what verifying finds."""
    return [flaw.sentence.format(**flaw.facts) for flaw in flaws(lambda _done, _total: None)]


# --- What comes in ---


def test_a_file_becomes_observations_without_names(take, posts):
    done = take(posts)
    assert (done.state, done.read_count, done.new_count, done.held_count) == ("done", 100, 100, 0)
    rows = stored_rows()
    assert len(rows) == 100
    assert not [row for row in rows if "canary" in str(row)]
    assert {row["collection_id"] for row in rows} == {str(done.declaration_id)}
    assert {row["delete_by_ms"] for row in rows} == {done.created_ms + 30 * actions.DAY_MS}
    assert names_behind(done.declaration, [rows[0]["author"]]) <= {f"canary-{n}" for n in range(20)}
    assert wrong() == []


def test_a_file_taken_in_twice_adds_nothing(take, posts):
    first, second = take(posts), take(posts)
    assert (second.new_count, second.held_count) == (0, 100)
    assert list(second.batches.all()) == []
    assert first.batches.count() == 1


def test_a_later_state_adds_what_changed_alone(kit, take, posts, tmp_path):
    take(posts)
    later = tmp_path / "later.csv"
    edited = kit.rows_of(100)
    edited[3] += " et davantage"
    later.write_text(kit.csv_of([*edited, *kit.rows_of(5, start=100)]))
    done = take(later)
    assert (done.new_count, done.held_count) == (6, 99)


def test_what_is_held_under_one_declaration_is_not_lent_to_another(kit, take, posts, organisation):
    take(posts)
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS | {"purpose": "autre but"})
    assert take(posts, under=other).new_count == 100


def test_the_pseudonyms_of_two_projects_have_nothing_in_common(kit, take, posts, organisation):
    take(posts)
    here = {row["author"] for row in stored_rows()}
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project="Autre")
    take(posts, under=other)
    everywhere = {row["author"] for row in stored_rows()}
    assert len(here) == 20
    assert len(everywhere) == 40


def test_rows_set_aside_keep_their_place_and_reason_and_their_words_go_to_the_vault(kit, take, tmp_path):
    path = tmp_path / "partly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(2), ",2026-01-01,canary-id,p,canary-text", "canary,,i,p,t"]))
    done = take(path)
    assert done.rejected_count == 2
    rows = list(done.rejected_rows.order_by("number"))
    assert [(row.unit, row.number, row.code) for row in rows] == [
        ("line", 4, "row.author"),
        ("line", 5, "row.time_missing"),
    ]
    assert [(reason["code"], reason["count"]) for reason in done.reasons] == [
        ("row.author", 1),
        ("row.time_missing", 1),
    ]
    said = {language: reason_of(rows[0], done, words_in(language)) for language in LANGUAGES}
    assert said["en"] == "The author is missing."
    assert said["fr"] != said["en"]
    assert "canary" not in json.dumps(list(done.rejected_rows.values()), default=str)
    with Vault(node_settings.HOME.vault, key_of(done.declaration.project)) as vault:
        assert b"canary-text" in vault.open_rejects(str(done.id))


def test_of_many_rows_set_aside_the_first_thousand_are_shown_and_all_are_counted(kit, take, tmp_path):
    path = tmp_path / "mostly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(1), *["x,,i,p,t"] * 1_200]))
    done = take(path)
    assert (done.rejected_count, done.rejected_rows.count()) == (1_200, 1_000)


def test_columns_may_be_named(take, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("wer,wann,was\nx,2026-01-01 10:00,hallo\n")
    done = take(path, mapping={"wer": "author", "wann": "created_ms", "was": "body"})
    assert done.new_count == 1


# --- What cannot come in ---


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "file.empty"),
        ("page.csv", b"<!doctype html><html>log in", "file.web_page"),
        ("archive.zip", b"PK\x03\x04" + bytes(100), "file.damaged"),
        ("noise.bin", bytes(range(256)) * 20, "file.unknown_format"),
        ("bare.csv", b"canary_one,2026-01-01 10:00,hello\ncanary_two,2026-01-02,x\n", "file.no_column"),
        ("allbad.csv", b"author,created_at\ncanary,never\n", "file.all_bad"),
        ("cut.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "file.damaged"),
    ],
)
def test_a_file_that_is_none_fails_with_a_sentence_in_both_languages_and_no_name(
    begin, tmp_path, name, content, code, kit
):
    path = tmp_path / name
    path.write_bytes(content)
    intake = begin(path)
    with pytest.raises(VigieError):
        taking.take_in_file(intake, kit.Quiet())
    intake.refresh_from_db()
    assert (intake.state, intake.error_code) == ("failed", code)
    kept = json.dumps(Intake.objects.values().get(pk=intake.pk), default=str).replace(str(path), "")
    assert "canary" not in kept
    english, french = (failure_of(intake, words_in(language)) for language in LANGUAGES)
    assert english != french
    assert name in english.happened
    assert str(tmp_path) not in english.happened + english.remedy
    assert Entry.objects.filter(kind="intake.failed").count() == 1


def test_a_file_that_is_gone_fails_with_a_sentence(begin, tmp_path, kit):
    intake = begin(tmp_path / "gone.csv")
    with pytest.raises(Exception, match="no file"):
        taking.take_in_file(intake, kit.Quiet())
    intake.refresh_from_db()
    assert intake.error_code == "file.missing"


def test_a_file_that_breaks_off_keeps_what_came_before(begin, kit, tmp_path, monkeypatch):
    import gzip

    monkeypatch.setattr(taking, "ROWS_PER_BATCH", 5_000)
    path = tmp_path / "cut.csv.gz"
    long = [f"{row} {'x' * 1_000}" for row in kit.rows_of(20_000)]  # more than is sampled
    packed = gzip.compress(kit.csv_of(long).encode(), 1)
    path.write_bytes(packed[: len(packed) * 19 // 20])
    intake = begin(path)
    with pytest.raises(Exception, match="damaged"):
        taking.take_in_file(intake, kit.Quiet())
    intake.refresh_from_db()
    assert intake.state == "failed"
    assert intake.new_count > 0
    assert intake.new_count == len(stored_rows())


def test_an_intake_stops_when_the_store_is_full(begin, kit, tmp_path, settings, monkeypatch):
    monkeypatch.setattr(taking, "ROWS_PER_BATCH", 100)
    path = tmp_path / "posts.csv"
    path.write_text(kit.csv_of(kit.rows_of(1_000)))
    intake = begin(path)
    settings.NODE = replace(settings.NODE, store_bytes_max=20_000)
    with pytest.raises(Exception, match="full"):
        taking.take_in_file(intake, kit.Quiet())
    intake.refresh_from_db()
    assert intake.error_code == "output.quota"
    assert 0 < intake.new_count < 1_000
    settings.NODE = replace(settings.NODE, store_bytes_max=0)
    again = actions.retry_intake(intake, by=None)
    assert taking.take_in_file(again, kit.Quiet()).new_count == 1_000


def test_a_file_that_changed_since_its_intake_began_is_refused(begin, posts, kit):
    intake = begin(posts)
    Intake.objects.filter(pk=intake.pk).update(file_sha256="0" * 64)
    with pytest.raises(Exception, match="changed"):
        taking.take_in_file(intake, kit.Quiet())


# --- Cut short ---


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_intake_that_was_cut_short_goes_on_to_the_plain_result(
    begin, kit, organisation, tmp_path, monkeypatch, after
):
    monkeypatch.setattr(taking, "ROWS_PER_BATCH", 100)
    path = tmp_path / "posts.csv"
    path.write_text(kit.csv_of([*kit.rows_of(350), "x,,i,p,t"]))
    cut = begin(path)
    with pytest.raises(kit.Stopped):
        taking.take_in_file(cut, kit.Quiet(checks_max=after))
    assert cut.batches.count() == after
    done = taking.take_in_file(Intake.objects.get(pk=cut.pk), kit.Quiet())
    assert (done.read_count, done.new_count, done.held_count, done.rejected_count) == (350, 350, 0, 1)
    assert done.batches.count() == 4
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS | {"purpose": "contrôle"})
    plain = taking.take_in_file(begin(path, under=other), kit.Quiet())
    assert sorted(keys_of(done)) == sorted(keys_of(plain))
    assert wrong() == []


def keys_of(intake: Intake) -> list[bytes]:
    """Return the keys of the observations that an intake brought."""
    shas = intake.batches.filter(erased_ms=None).values_list("sha256", flat=True)
    store = Store(node_settings.HOME.store)
    return [key for rows in store.read(list(shas), ["observation"]) for key in rows.column(0).to_pylist()]


def test_an_intake_that_is_done_is_not_done_again(begin, posts, kit):
    intake = begin(posts)
    taking.take_in_file(intake, kit.Quiet())
    taking.take_in_file(intake, kit.Quiet())
    assert Entry.objects.filter(kind="intake.finished").count() == 1


def test_the_same_intake_twice_at_once_is_refused(begin, posts, kit):
    intake = begin(posts)
    with (
        turn_of(intake.declaration.project_id, work=str(intake.id), waiting=lambda: None),
        pytest.raises(IntakeRunningError),
    ):
        taking.take_in_file(intake, kit.Quiet())


def test_another_intake_of_the_project_waits_and_may_be_stopped_meanwhile(begin, posts, kit):
    intake = begin(posts)

    class Impatient(kit.Quiet):
        def progress(self, stage, done, total):  # noqa: ARG002 (the listener's form)
            raise kit.Stopped

    with (
        turn_of(intake.declaration.project_id, work="another", waiting=lambda: None),
        pytest.raises(kit.Stopped),
    ):
        taking.take_in_file(intake, Impatient())
    assert taking.take_in_file(intake, kit.Quiet()).new_count == 100


# --- As jobs ---


@pytest.fixture
def spooled(declaration, analyst, posts):
    """Return the intake of an upload, and where its file lies."""
    path = node_settings.HOME.spool / "x.upload.csv"
    path.write_bytes(posts.read_bytes())
    intake = actions.begin_intake(
        declaration=declaration,
        by=analyst,
        file_name="posts.csv",
        path=str(path),
        byte_count=path.stat().st_size,
        is_upload=True,
    )
    return intake, path


def test_the_worker_takes_an_upload_in_and_removes_its_file(spooled):
    intake, path = spooled
    do(leases.claim())
    intake.refresh_from_db()
    assert (intake.state, intake.new_count) == ("done", 100)
    assert Job.objects.get(pk=intake.job).state == State.DONE
    assert not path.exists()


def test_a_job_remembers_nothing_that_the_file_said(spooled):
    intake, path = spooled
    path.write_text("canary_one,canary_two\n1,2\n")
    do(leases.claim())
    job = Job.objects.values().get(pk=intake.job)
    assert job["error_code"] == "file.no_column"
    assert "canary" not in json.dumps(job, default=str)
    assert not path.exists()


def test_the_intake_of_a_cancelled_job_is_stopped(spooled, analyst):
    intake, _path = spooled
    from vigie_node.jobs import registry

    registry.load()
    jobs.cancel(Job.objects.get(pk=intake.job), by=f"person:{analyst.id}")
    while deliver():
        pass
    intake.refresh_from_db()
    assert intake.state == "cancelled"
    assert Entry.objects.get(kind="intake.cancelled").actor == f"person:{analyst.id}"


def test_the_intake_of_a_job_that_died_fails_with_the_jobs_words(spooled):
    from vigie_node.jobs import registry

    registry.load()
    intake, _path = spooled
    Job.objects.update(attempts_max=1)
    job = leases.claim()
    leases.try_again(job.id, job.lease, fault="MemoryError")
    while deliver():
        pass
    intake.refresh_from_db()
    assert (intake.state, intake.error_code) == ("failed", "job.fault")
    assert "MemoryError" in failure_of(intake, words_in("en")).happened


def test_a_job_waits_for_a_process_that_lost_it_longer_than_its_attempts_would_last(spooled, monkeypatch):
    intake, path = spooled
    Job.objects.update(attempts_max=1)
    old = ExitStack()
    old.enter_context(turn_of(intake.declaration.project_id, work=str(intake.id), waiting=lambda: None))
    waits = iter([lambda: None, lambda: None, old.close])
    monkeypatch.setattr(tasks, "sleep", lambda _s: next(waits)())
    do(leases.claim())
    intake.refresh_from_db()
    assert list(waits) == []
    assert (intake.state, intake.new_count) == ("done", 100)
    assert Job.objects.get(pk=intake.job).state == State.DONE
    assert not path.exists()


def test_a_job_that_waits_for_such_a_process_can_be_cancelled(spooled, monkeypatch):
    intake, _path = spooled
    monkeypatch.setattr(tasks, "sleep", lambda _s: Job.objects.update(cancel_asked=True))
    with turn_of(intake.declaration.project_id, work=str(intake.id), waiting=lambda: None):
        do(leases.claim())
    assert Job.objects.get(pk=intake.job).state == State.CANCELLED


@pytest.mark.parametrize("kind", ["job.cancelled", "job.failed"])
def test_the_end_of_a_job_that_was_swept_away_stops_nobody(spooled, kind):
    intake, _path = spooled
    job = Job.objects.get(pk=intake.job)
    record(kind, of=f"job:{job.id}", by="node", organisation=None, work=job.kind, key=job.key, code="x")
    job.delete()
    while deliver():
        pass
    assert not stalled().exists()
    intake.refresh_from_db()
    assert intake.state == "waiting"


def test_an_old_forgotten_upload_is_cleared_away_and_a_waiting_one_stays(spooled):
    import os

    _intake, path = spooled
    stray = node_settings.HOME.spool / "tmpabc.upload.csv"
    stray.write_text("x")
    for each in (path, stray):
        os.utime(each, (1, 1))
    uploads.sweep()
    assert path.exists()
    assert not stray.exists()


# --- Erased ---


def test_what_is_past_its_date_is_erased_from_store_and_vault(take, posts, days_later):
    done = take(posts)
    author = stored_rows()[0]["author"]
    days_later(29.9)
    assert erasing.erase_what_is_past(lambda: None) == 0
    days_later(30.1)
    assert erasing.erase_what_is_past(lambda: None) == 1
    assert erasing.erase_what_is_past(lambda: None) == 0
    (erasure,) = Erasure.objects.all()
    assert (erasure.new, erasure.erased_count, erasure.reason) == (None, 100, "retention")
    assert not list(node_settings.HOME.store.glob("*/*.parquet"))
    assert names_behind(done.declaration, [author]) == set()
    assert wrong() == []


def rejects_held(declaration) -> list[str]:
    """Return the intakes whose rows set aside are sealed in the vault."""
    with Vault(node_settings.HOME.vault, key_of(declaration.project)) as vault:
        return vault.intakes()


def test_rows_set_aside_go_with_the_time_even_of_intakes_that_brought_nothing(
    kit, begin, take, tmp_path, days_later
):
    partly, none = tmp_path / "partly.csv", tmp_path / "none.csv"
    partly.write_text(kit.csv_of([*kit.rows_of(2), "x,,i,p,t"]))
    none.write_text(kit.csv_of(["x,never,i,p,t"]))
    done, failed = take(partly), begin(none)
    with pytest.raises(VigieError):
        taking.take_in_file(failed, kit.Quiet())
    assert rejects_held(done.declaration) == sorted([str(done.id), str(failed.id)])
    days_later(29.9)
    erasing.erase_what_is_past(lambda: None)
    assert len(rejects_held(done.declaration)) == 2
    days_later(30.1)
    erasing.erase_what_is_past(lambda: None)
    assert rejects_held(done.declaration) == []


def test_rows_set_aside_that_no_intake_knows_go_too(declaration):
    with Vault(node_settings.HOME.vault, key_of(declaration.project)) as vault:
        vault.seal_rejects("of no intake", b"x")
    erasing.erase_what_is_past(lambda: None)
    assert rejects_held(declaration) == []


def test_a_lost_key_is_told_and_stops_no_erasure(kit, take, posts, organisation, days_later, monkeypatch):
    lost = take(posts)
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS, project="Autre")
    take(posts, under=other)
    (batch,) = lost.batches.all()

    def key_but_one(project):
        if project.id == lost.declaration.project_id:
            raise NoProjectKeyError(project=project.name, path="keys")
        return key_of(project)

    days_later(31)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(erasing, "key_of", key_but_one)
        with pytest.raises(NoProjectKeyError):
            erasing.erase_what_is_past(lambda: None)
    assert Erasure.objects.count() == 2
    assert not list(node_settings.HOME.store.glob("*/*.parquet"))
    with Vault(node_settings.HOME.vault, key_of(lost.declaration.project)) as vault:
        assert vault.batches() == [batch.sha256]
    erasing.erase_what_is_past(lambda: None)  # the key is back
    with Vault(node_settings.HOME.vault, key_of(lost.declaration.project)) as vault:
        assert vault.batches() == []


def test_nothing_is_removed_while_a_backup_copies_and_all_of_it_after(take, posts, days_later):
    take(posts)
    days_later(31)
    with copying():
        assert erasing.erase_what_is_past(lambda: None) == 1
        (file,) = node_settings.HOME.store.glob("*/*.parquet")
    import os

    os.utime(file, (1, 1))
    erasing.erase_what_is_past(lambda: None)
    assert not file.exists()


def test_a_project_at_work_is_erased_another_time(take, posts, days_later):
    done = take(posts)
    days_later(31)
    with turn_of(done.declaration.project_id, work="an intake", waiting=lambda: None):
        assert erasing.erase_what_is_past(lambda: None) == 0
    assert erasing.erase_what_is_past(lambda: None) == 1


def test_the_posts_of_one_author_can_be_erased(take, posts):
    done = take(posts)
    author = stored_rows()[0]["author"]
    (batch,) = done.batches.all()
    gone = erasing.erase_posts(
        batch, authors=[author], reason="request", by="host", waiting=lambda: pytest.fail("nobody else")
    )
    assert gone == 5
    rows = stored_rows()
    assert len(rows) == 95
    assert author not in {row["author"] for row in rows}
    assert names_behind(done.declaration, [row["author"] for row in rows])
    assert (Erasure.objects.get().new.row_count, Erasure.objects.get().erased_count) == (95, 5)
    assert wrong() == []


# --- Verified ---


def test_an_altered_a_missing_and_a_stray_batch_are_each_named(take, posts, kit, tmp_path):
    import os

    take(posts)
    other = tmp_path / "other.csv"
    other.write_text(kit.csv_of(kit.rows_of(50, start=500)))
    take(other)
    altered, missing = sorted(node_settings.HOME.store.glob("*/*.parquet"))
    data = bytearray(altered.read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    stray = missing.with_name("f" * 64 + ".parquet")
    missing.rename(stray)
    os.utime(stray, (1, 1))
    found = wrong()
    assert len([line for line in found if altered.stem in line]) >= 1
    assert len([line for line in found if missing.stem in line]) == 1
    assert len([line for line in found if stray.name in line]) == 1


def test_rows_set_aside_past_their_date_are_named(kit, take, tmp_path):
    path = tmp_path / "partly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(2), "x,,i,p,t"]))
    done = take(path)
    assert wrong() == []
    Intake.objects.update(created_ms=done.created_ms - 31 * actions.DAY_MS)
    assert [line for line in wrong() if str(done.id) in line]


def test_a_batch_past_its_date_is_named(take, posts):
    take(posts)
    Batch.objects.update(erase_by_ms=0)
    assert [line for line in wrong() if "past its date" in line]
