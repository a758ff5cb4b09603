"""The evidence package: standard tools verify it, and it holds no more than its reader may see."""

from __future__ import annotations

import io
import json
import subprocess
from hashlib import sha256
from http import HTTPStatus
from zipfile import ZipFile

import pytest
from django.urls import reverse
from node.alerts.test_alerts_engine_reviews import new_alert

from vigie_node.incidents.actions import comment, explain, join_alert, take_package, weigh
from vigie_node.incidents.packing import package_of
from vigie_node.ledger.models import Entry


@pytest.fixture
def folder(told, analyst, organisation, tmp_path):
    """A package that was taken out and unpacked."""
    join_alert(told, new_alert(organisation), by=analyst)
    with ZipFile(io.BytesIO(take_package(told, by=analyst))) as packed:
        packed.extractall(tmp_path)
    return tmp_path / "vigie-incident-1"


def read(folder, name):
    return json.loads((folder / "data" / name).read_text())


@pytest.mark.parametrize("manifest", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_the_tool_of_every_system_verifies_it_and_sees_one_changed_byte(folder, manifest):
    def verify():
        return subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=folder, check=False).returncode

    assert verify() == 0
    file = folder / (folder / manifest).read_text().split()[1]
    file.write_bytes(file.read_bytes() + b" ")
    assert verify() != 0


def test_every_file_stands_in_a_manifest(folder):
    listed = {line.split("  ")[1] for line in (folder / "manifest-sha256.txt").read_text().splitlines()}
    assert listed == {f"data/{file.name}" for file in (folder / "data").iterdir()}
    assert (folder / "bagit.txt").read_text().startswith("BagIt-Version: 1.0\n")
    size = sum(file.stat().st_size for file in (folder / "data").iterdir())
    assert f"Payload-Oxum: {size}.4" in (folder / "bag-info.txt").read_text()


def test_it_holds_all_parts_and_versions(folder, told):
    parts = read(folder, "incident.json")
    assert parts["incident"]["id"] == str(told.pk)
    assert [one["text"] for one in parts["passages"] if one["section"] == "summary"] == ["Quarante comptes."]
    assert len(parts["revisions"]) == told.revisions.count()
    assert read(folder, "exhibits.json")[0]["text"] == "Une capture."
    assert [one["id"] for one in read(folder, "alerts.json")] == [str(told.alert_links.get().alert_id)]


def test_a_line_of_its_ledger_has_the_hash_of_the_entry(folder, told):
    lines = (folder / "data/ledger.ndjson").read_bytes().splitlines()
    entries = Entry.objects.filter(subject=f"incident:{told.pk}").exclude(kind="incident.packed")
    assert [sha256(line).hexdigest() for line in lines] == [one.hash for one in entries.order_by("seq")]


def test_what_colleagues_said_among_themselves_and_unfinished_matrices_of_others_are_not_in_it(
    told, analyst, colleague
):
    comment(told, text="Entre nous seulement.", by=colleague)
    explain(told, kind="organic", language="fr", text="Spontané.", by=colleague)
    weigh(told, {(1, 1): "neutral"}, by=colleague)
    with ZipFile(io.BytesIO(package_of(told, reader=analyst))) as packed:
        held = {name: packed.read(name).decode() for name in packed.namelist()}
    assert not any("Entre nous" in text for text in held.values())
    assert json.loads(held["vigie-incident-1/data/incident.json"])["matrices"] == []


def test_the_same_incident_makes_the_same_bytes(told, analyst):
    assert package_of(told, reader=analyst) == package_of(told, reader=analyst)


def test_it_leaves_by_a_recorded_act_for_who_may_write(browser_of, analyst, make_person, told):
    address = reverse("incidents:package", kwargs={"incident": told.pk})
    answer = browser_of(analyst).post(address)
    assert answer.status_code == HTTPStatus.OK
    assert sha256(answer.content).hexdigest() in Entry.objects.get(kind="incident.packed").facts
    assert browser_of(make_person("focal_point")).post(address).status_code == HTTPStatus.FORBIDDEN
