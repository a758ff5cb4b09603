"""A post that was erased for good stays away: no older file brings it back; a keyed hash alone is kept."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.conf import settings

from vigie.store.batches import Store
from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions, erasing_posts, verifying
from vigie_node.sources import tombstones as matching
from vigie_node.sources.actions import holds, tombstones
from vigie_node.sources.console.brought import brought_by
from vigie_node.sources.models import Batch, Tombstone
from vigie_node.sources.verifying import flaws

HEAD = "author,created_at,post_id,body,platform,deleted_seen_ms\n"
PLAIN = f"{HEAD}canary-1,2026-01-05,i1,bonjour,x,\ncanary-2,2026-01-05,i2,bonsoir,x,\n"
GONE = f"{HEAD}canary-1,2026-01-05,i1,,x,2026-01-06T00:00:00Z\n"
KILLED = """
import os, signal, django
django.setup()
from vigie_node.sources import erasing_posts
erasing_posts._erase = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
erasing_posts.erase_deleted(lambda: None)
"""
ERASE = """
import django
django.setup()
from vigie_node.sources.erasing_posts import erase_deleted
print(erase_deleted(lambda: None))
"""


@pytest.fixture
def plain(tmp_path):
    """Return a file of two posts."""
    path = tmp_path / "plain.csv"
    path.write_text(PLAIN)
    return path


@pytest.fixture
def gone(tmp_path):
    """Return a file that says that the first of them was seen deleted."""
    path = tmp_path / "gone.csv"
    path.write_text(GONE)
    return path


@pytest.fixture
def erased(db, take, plain, gone):
    """Take both in, erase what was deleted, and return the declaration."""
    declaration = take(plain).declaration
    take(gone)
    assert erasing_posts.erase_deleted(lambda: None) == 2
    return declaration


def bodies() -> list[str]:
    held = list(Batch.objects.filter(erased_ms=None).values_list("sha256", flat=True))
    return [
        row["body"] for rows in Store(settings.HOME.store).read(held, ("body",)) for row in rows.to_pylist()
    ]


def wrong() -> list[str]:
    return [flaw.sentence.format(**flaw.facts) for flaw in flaws(lambda *_: None)]


def rewritten(plain):
    """Return the older file with one more post: another file than was taken in."""
    plain.write_text(f"{PLAIN}canary-3,2026-01-05,i3,merci,x,\n")
    return plain


def test_an_older_file_does_not_bring_a_deleted_post_back(erased, take, plain):
    intake = take(rewritten(plain))
    assert sorted(bodies()) == ["bonsoir", "merci"]
    assert (intake.read_count, intake.new_count, intake.held_count) == (2, 1, 1)
    (skipped,) = intake.skips
    assert (skipped["code"], skipped["count"]) == ("skip.erased", 1)
    assert wrong() == []


def test_nor_does_it_under_another_declaration_of_the_project(erased, take, plain, kit, organisation):
    other = actions.declare(organisation=organisation, by=None, **{**kit.ANSWERS, "purpose": "autre essai"})
    intake = take(plain, under=other)
    assert (intake.new_count, intake.skips[0]["count"]) == (1, 1)


def test_in_another_project_it_is_another_post(erased, take, plain, kit, organisation):
    other = actions.declare(organisation=organisation, by=None, **{**kit.ANSWERS, "project": "ailleurs"})
    assert take(plain, under=other).new_count == 2


def test_what_says_once_more_that_it_was_deleted_is_passed_over_too(erased, take, gone):
    gone.write_text(GONE.replace("01-06", "01-07"))
    assert take(gone).new_count == 0


def test_only_a_keyed_hash_is_remembered_as_long_as_the_declaration_keeps_things(erased):
    row = Tombstone.objects.get()
    assert len(row.post) == 16
    assert "i1" not in row.post
    assert row.forget_ms - row.set_ms == erased.retention_days * actions.DAY_MS
    columns = {field.name for field in Tombstone._meta.get_fields()}
    assert columns == {"id", "declaration", "project", "post", "set_ms", "forget_ms"}
    (entry,) = Entry.objects.filter(kind="tombstone.set")
    assert entry.said == {"count": 1}


def test_it_is_counted_for_the_declaration_and_once(erased):
    assert brought_by(erased, now_ms()).remembered == 1
    assert tombstones.remember_erased(erased, [Tombstone.objects.get().post]) == 0
    assert Entry.objects.filter(kind="tombstone.set").count() == 1


def test_what_the_law_keeps_is_not_remembered_as_gone(take, plain, gone, make_person):
    declaration = take(plain).declaration
    take(gone)
    holds.set_hold(declaration, by=make_person("approver"), kind="other", reason="Vérification")
    assert erasing_posts.erase_deleted(lambda: None) == 0
    assert not Tombstone.objects.exists()


def test_once_its_time_is_over_it_is_forgotten_and_until_then_told(erased, take, plain, monkeypatch):
    later = now_ms() + 31 * actions.DAY_MS
    monkeypatch.setattr(verifying, "now_ms", lambda: later)
    assert "1 erased posts are past their date and still remembered." in wrong()
    monkeypatch.setattr(matching, "now_ms", lambda: later)
    assert take(rewritten(plain)).skips == []
    monkeypatch.setattr(tombstones, "now_ms", lambda: later)
    tombstones.forget_erased()
    tombstones.forget_erased()
    assert not Tombstone.objects.exists()
    assert Entry.objects.get(kind="tombstone.forgotten").said == {"count": 1}


def test_a_deleted_post_that_is_back_is_told(take, plain, gone, monkeypatch):
    declaration = take(plain).declaration
    take(gone)
    (deleted,) = Store(settings.HOME.store).seen_deleted(
        list(Batch.objects.values_list("sha256", flat=True)), by_ms=now_ms()
    )
    tombstones.remember_erased(declaration, [deleted])
    assert wrong() == []  # the sweep of the day is yet to come
    later = now_ms() + 3 * actions.DAY_MS
    monkeypatch.setattr(verifying, "now_ms", lambda: later)
    assert [said for said in wrong() if "posts that were erased for good" in said] != []


def test_killed_between_remembering_and_erasing_it_is_done_by_the_next_run(node, plain, gone, kit):
    declare = ["collect", *kit.answers(), "--quiet"]
    (took, again) = node.run([*declare, plain], [*declare, gone])
    assert (took.status, again.status) == (0, 0)
    environment = node.environment() | {"DJANGO_SETTINGS_MODULE": "vigie_node.settings"}

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )

    assert run(KILLED).returncode == -signal.SIGKILL
    assert node.rows("SELECT count(*) FROM sources_tombstone") == [(1,)]
    assert run(ERASE).stdout.strip() == "2"
    (back, verified) = node.run([*declare, rewritten(plain)], ["store", "verify"])
    assert (back.status, verified.status) == (0, 0), verified.err
    assert node.rows("SELECT new_count FROM sources_intake ORDER BY id DESC LIMIT 1") == [(1,)]
    assert node.rows("SELECT count(*) FROM sources_tombstone") == [(1,)]
