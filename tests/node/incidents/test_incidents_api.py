"""Incidents for machines: what the pages do, by the same access and actions."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from vigie_node.clock import now_ms
from vigie_node.people.models import Token
from vigie_node.people.proofs import hash_of, new_token

CONFLICT, CREATED, UNFIT = 409, 201, 422


@pytest.fixture
def machine(analyst):
    """Ask as an analyst's token."""
    secret = new_token()
    Token.objects.create(
        person=analyst,
        name="essai",
        secret_hash=hash_of(secret),
        permissions=["incident.read", "incident.write"],
        created_ms=now_ms(),
        expires_ms=now_ms() + 60_000,
    )
    client = Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "fr"})

    def ask(method, path, body=None):
        answer = client.generic(method, f"/api/v1{path}", json.dumps(body or {}), "application/json")
        return answer.status_code, answer.json()

    return ask


def test_an_incident_is_opened_written_and_read(machine):
    status, opened = machine("POST", "/incidents", {"title": "Essai", "language": "fr", "gate": "canada"})
    assert status == CREATED
    path = f"/incidents/{opened['id']}"
    machine("PUT", f"{path}/passages/summary/fr", {"text": "Un texte.", "seen": 0})
    machine(
        "POST",
        f"{path}/claims",
        {"aspect": "actor", "language": "fr", "text": "On agit.", "low": 5, "high": 20},
    )
    _, whole = machine("GET", path)
    assert [(one["section"], one["text"]) for one in whole["passages"]] == [
        ("summary", "Un texte."),
        ("title", "Essai"),
    ]
    assert [(one["number"], one["low"], one["high"]) for one in whole["claims"]] == [(1, 5, 20)]
    assert machine("GET", "/incidents?state=open")[1][0]["id"] == opened["id"]


def test_what_was_written_since_is_answered_with_409_and_kept(machine, incident):
    path = f"/incidents/{incident.pk}/passages/summary/fr"
    machine("PUT", path, {"text": "Un texte.", "seen": 0})
    status, said = machine("PUT", path, {"text": "Un autre.", "seen": 0})
    assert (status, said["code"], said["version"]) == (CONFLICT, "incident.changed_meanwhile", 1)
    assert "Quelqu’un a changé" in said["detail"]
    assert incident.passages.get(section="summary").text == "Un texte."


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("claims", {"aspect": "actor", "language": "fr", "text": "On agit.", "low": 90, "high": 10}),
        ("claims", {"aspect": "actor", "language": "fr", "text": "On agit.", "low": 10**30, "high": 10**30}),
        ("claims", {"aspect": "mood", "language": "fr", "text": "On agit."}),
        ("claims", {"aspect": "actor", "language": "fr"}),
        (
            "exhibits",
            {
                "kind": "alert",
                "ref": "x",
                "language": "fr",
                "text": "Vu.",
                "reliability": "A",
                "credibility": "1",
            },
        ),
        ("standings", {"stands": True, "reason": "Vu."}),
    ],
)
def test_what_means_nothing_is_refused_and_changes_nothing(machine, incident, path, body):
    assert machine("POST", f"/incidents/{incident.pk}/{path}", body)[0] == UNFIT
    assert not incident.claims.exists()
    assert not incident.exhibits.exists()
    assert not incident.standings.exists()


def test_techniques_are_found_in_either_language(machine):
    _, found = machine("GET", "/techniques?words=hypertrucage")
    assert {"T0087.001", "T0088.001"} <= {one["id"] for one in found}
    assert {one["version"] for one in found} == {"1.6"}
