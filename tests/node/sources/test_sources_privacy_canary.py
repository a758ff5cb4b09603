"""Names planted in a whole node stand nowhere after unmasking, requests, erasure and the end of a key."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vigie_cli import exits

pytestmark = pytest.mark.any_database  # a home of its own, and so its own SQLite
PEOPLE = """
import sys
from vigie_cli.node import set_up
set_up()
from vigie_node.clock import now_ms
from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.people.models import Grant, Organisation, Person
from vigie_node.sources.actions import key_destruction, person_requests, public_actors, unmasking
from vigie_node.sources.models import Batch, Opening, PersonRequest, Project

def person(role):
    made, new = Person.objects.get_or_create(
        username=role, defaults={"organisation": Organisation.objects.get(), "name": role, "created_ms": 0}
    )
    if new:
        Grant.objects.create(person=made, role=role, granted_ms=0)
    return Person.objects.get(pk=made.pk)

def work():
    while (job := leases.claim()) is not None:
        do(job)

analyst, approver, administrator = (person(role) for role in ("analyst", "approver", "administrator"))
project = Project.objects.get()
"""
ASKED = """
made = public_actors.add_actor(
    public_actors.Line(platform="x", account="clair-1", name="En fonction", office="Ministre", from_ms=0,
    until_ms=1_769_904_000_000, source="essai"), by=approver)
other = Person.objects.create(
    username="other", organisation=Organisation.objects.get(), name="other", created_ms=0)
Grant.objects.create(person=other, role="approver", granted_ms=0)
public_actors.agree_actor(made, seen_ms=made.changed_ms, by=other)
from vigie.store.batches import Store
from django.conf import settings
(rows,) = Store(settings.HOME.store).read([Batch.objects.get().sha256], ["author"])
pseudonym = rows.column("author")[0].as_py()
asked = unmasking.ask_unmasking(project, pseudonym=pseudonym, reason="essai", by=analyst)
unmasking.approve_unmasking(asked, by=approver)
shown = unmasking.open_identity(asked, by=analyst)
work()
assert unmasking.show_opened(shown, by=analyst)[0].startswith("canary-")
unmasking.open_identity(asked, by=analyst)
for number in (3, 4):
    about = person_requests.About(platform="", handle=f"canary-{number}", contact=f"canary-contact-{number}")
    person_requests.receive_request(about, keep_until_ms=now_ms() + 86_400_000, by=approver)
work()
first, second = PersonRequest.objects.order_by("number")
assert first.found and second.found
person_requests.ask_erasure(first, by=approver)
work()
first.refresh_from_db()
assert first.erased_count == 15, first.erased_count
person_requests.close_request(first, outcome="erased", note="", by=approver)
assert Opening.objects.filter(state="ready").count() == 1
"""
DESTROYED = """
asked = key_destruction.ask_destruction(project, typed=project.name, reason="essai", by=approver)
key_destruction.approve_destruction(asked, typed=project.name, by=administrator)
work()
"""


def searched(*places):
    """Return every file below some places."""
    return [file for place in places for file in place.rglob("*") if file.is_file()]


def assert_no_canary(files):
    for file in files:
        assert b"canary" not in file.read_bytes(), file
        if file.suffix == ".parquet":  # packed, so that a search of bytes alone proves nothing
            assert "canary" not in str(pq.read_table(file).to_pylist()), file


def test_after_all_that_two_persons_may_do_no_name_stands_outside_a_seal(node, kit, tmp_path):
    path, folder, archive = tmp_path / "posts.csv", tmp_path / "copy", tmp_path / "copy.tar.zst"
    path.write_text(kit.csv_of(kit.rows_of(300)))
    (collected,) = node.run(["collect", path, *kit.answers()])
    assert collected.status == exits.DONE, collected.err
    told = node.run(
        ["store", "verify"],
        ["ledger", "verify"],
        ["backup", folder],
        ["backup", archive],
        first=PEOPLE + ASKED,
    )
    assert [one.status for one in told] == [exits.DONE] * 4, told
    with pa.input_stream(str(archive), compression="zstd") as packed:
        (tmp_path / "copy.tar").write_bytes(packed.read())
    files = searched(node.home, folder)
    assert {"node.db", "vault.db"} <= {file.name for file in files}
    assert_no_canary([*files, tmp_path / "copy.tar"])
    jobs = node.rows("SELECT arguments FROM jobs_job")
    assert len(jobs) >= 5
    assert "canary" not in str(jobs)

    verified, ledger = node.run(["store", "verify"], ["ledger", "verify"], first=PEOPLE + DESTROYED)
    assert (verified.status, ledger.status) == (exits.DONE, exits.DONE), verified.out
    assert not list((node.home / "keys" / "projects").glob("*.salt"))
    assert_no_canary(searched(node.home))
    assert node.rows("SELECT count(*) FROM sources_declaration WHERE closed_ms IS NULL") == [(0,)]
    (again,) = node.run(["collect", path, *kit.answers()])
    assert again.status == exits.NODE
    assert "destroyed" in again.err
