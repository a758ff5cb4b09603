"""`vigie demo`: a node with an exercise in it, from nothing to what was found, as a stranger runs it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys

import pytest

from vigie_cli import exits

# With the printed passwords and by forms alone: one asks, another approves, a file and a capture come in.
WALK = """
import json, re, sys
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile as File
from django.test import Client
from vigie_node.home import Home
from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.sources.models import Declaration, Intake, Visit

host = re.sub("^https?://", "", Home.here().configuration.address)

def signed_in(name):
    browser = Client(headers={"host": host})
    sent = browser.post("/fr/sign-in", {"username": name, "password": json.loads(sys.argv[1])[name]})
    assert sent.status_code == 302, sent.content.decode()
    return browser

def send(browser, path, **fields):
    sent = browser.post(f"/fr/watch/{path}", fields)
    assert sent.status_code == 302, (sent.status_code, sent.content.decode())

amelie, simone = signed_in("amelie"), signed_in("simone")
why = {"purpose": "Essai", "legal_basis": "Exercice", "responsible": "Amélie", "retention_days": "30"}
send(amelie, "declarations/new", **why)
asked = Declaration.objects.get(purpose="Essai")
send(simone, f"declarations/{asked.pk}/approve")
rows = b"author,created_at,body\\na,2026-01-01,oui\\nb,2026-01-02,non\\n"
send(amelie, "intakes/new", declaration=str(asked.pk), file=File("p.csv", rows))
seen = {"platform": "wechat", "kind": "post", "account_name": "Compte", "posted": "2026-01-02T09:00"}
seen |= {"body": "bonjour", "seen": "2026-01-02T10:00", "how": "eye"}
counters = {"count-TOTAL_FORMS": "0", "count-INITIAL_FORMS": "0"}
send(amelie, "captures/new", declaration=str(asked.pk), **seen, **counters)
while (job := leases.claim()) is not None:
    do(job)
intake, visit = Intake.objects.get(file_name="p.csv"), Visit.objects.get()
print(json.dumps({
    "intake": [intake.state, intake.new_count],
    "visit": [visit.state, visit.intake.state],
    "coverage": amelie.get("/fr/watch/coverage").status_code,
}))
"""


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.mark.enable_socket
def test_the_demo_fills_a_node_and_holds_what_it_found_against_the_truth(tmp_path):
    environment = {**os.environ, "VIGIE_LANG": "fr"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "vigie_cli", "demo", "--posts", "5000", "--no-serve"]
    command += ["--out", str(tmp_path / "demo"), "--port", str(free_port())]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert told.returncode == exits.DONE, told.stderr
    assert "fast" in told.stdout
    assert "précision" in told.stdout.lower()
    assert "amelie" in told.stdout
    assert "http://localhost:" in told.stdout
    assert (tmp_path / "demo" / "node" / "node.db").exists()
    passwords = dict(re.findall(r"(amelie|simone)\W+([\w-]{16})\b", told.stdout))
    environment |= {
        "VIGIE_HOME": str(tmp_path / "demo" / "node"),
        "DJANGO_SETTINGS_MODULE": "vigie_node.settings",
    }
    walked = subprocess.run(
        [sys.executable, "-c", WALK, json.dumps(passwords)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert walked.returncode == 0, walked.stderr
    assert json.loads(walked.stdout.splitlines()[-1]) == {
        "intake": ["done", 2],
        "visit": ["done", "done"],
        "coverage": 200,
    }


def test_the_demo_leaves_a_node_that_is_no_exercise_alone(tmp_path):
    from vigie_node.making import make_home

    make_home(tmp_path / "demo" / "node", name="Vraie unité", address="http://localhost:8000")
    command = [sys.executable, "-m", "vigie_cli", "--lang", "en", "demo", "--out", str(tmp_path / "demo")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == exits.OPTION
    assert "is no exercise" in told.stderr
