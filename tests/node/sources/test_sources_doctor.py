"""What the doctor finds, each beside a node where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from vigie.terms.languages import LANGUAGES
from vigie_node import doctor
from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job, Worker
from vigie_node.ledger.models import Cursor, Head
from vigie_node.ledger.outbox import subscribe
from vigie_node.web.words import words_in

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]  # it asks who listens on the node's port
BUILD = {"The pages’ scripts and fonts are missing from this installation."}  # where nobody built them


@pytest.fixture(autouse=True)
def tidy(monkeypatch):
    """Give the node the folders that it lacks here, and a worker."""
    for name in ("keys", "logs"):
        (node_settings.HOME.folder / name).mkdir(mode=0o700, exist_ok=True)
    node_settings.HOME.folder.chmod(0o700)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(node_settings.HOME.cache / "numba"))
    Worker.objects.create(started_ms=now_ms(), seen_ms=now_ms())


def found() -> set[str]:
    """Return what the doctor says, in English; every finding can be said in both languages."""
    said = set()
    for looked in doctor.look():
        for finding in looked.findings:
            for language in LANGUAGES:
                words = words_in(language)
                assert words(finding.sentence, **finding.facts)
                assert words(finding.remedy, **finding.facts)
            said.add(finding.sentence.format(**finding.facts))
    return said - BUILD


def test_a_well_kept_node_has_no_finding(take, posts):
    take(posts)
    assert found() == set()


def test_open_doors_are_found(take, posts):
    take(posts)
    node_settings.HOME.folder.chmod(0o755)
    assert [one for one in found() if "may look into" in one]


def test_a_missing_folder_and_key_are_found(declaration):
    from vigie_node.sources.keys import salt_file

    (node_settings.HOME.folder / "evidence").rmdir()
    salt_file(declaration.project_id).unlink()
    said = found()
    assert [one for one in said if "evidence" in one]
    assert [one for one in said if str(declaration.project_id) in one]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"address": "http://vigie.example.org"}, "without encryption"),
        ({"address": "http://127.0.0.1:8000"}, "passkeys"),
        ({"second_factor": "optional", "exercise": False}, "No second factor"),
        ({"disk_free_bytes_min": 10**15}, "has"),
        ({"store_bytes_max": 1}, "of 1,"),
    ],
)
def test_what_the_configuration_or_the_disk_does_not_allow_is_found(settings, take, posts, change, said):
    take(posts)
    settings.NODE = replace(settings.NODE, **change)
    assert [one for one in found() if said in one]


def test_a_worker_that_is_gone_is_found():
    Worker.objects.all().delete()
    assert [one for one in found() if "No worker" in one]


def test_work_that_waits_too_long_is_found():
    Job.objects.create(kind="x", key="x", by="node", created_ms=now_ms() - 10**7)
    assert [one for one in found() if "more than ten minutes" in one]


def test_a_stalled_reader_of_the_ledger_is_found():
    subscribe("sources.doctor_try", "never")(print)
    Cursor.objects.create(name="sources.doctor_try", seq=3, failure_count=2, fault="KeyError")
    assert [one for one in found() if "KeyError" in one]


def test_a_ledger_that_was_cut_is_found(declaration):
    assert declaration
    Head.objects.update(seq=1)
    assert [one for one in found() if "last entry" in one]


def test_a_clock_that_went_back_is_found(declaration, monkeypatch):
    assert declaration
    monkeypatch.setattr(doctor, "now_ms", lambda: now_ms() - 10**7)
    assert [one for one in found() if "clock" in one]


def test_somebody_elses_program_on_the_port_is_found(settings):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.NODE = replace(settings.NODE, host="127.0.0.1", port=other.getsockname()[1])
        assert not [one for one in found() if "listens" in one]  # the worker runs: it is ours
        Worker.objects.all().delete()
        assert [one for one in found() if "listens" in one]
