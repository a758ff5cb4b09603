"""`vigie demo`: a node with an exercise in it, from nothing to what was found, as a stranger runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from vigie_cli import exits


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


def test_the_demo_leaves_a_node_that_is_no_exercise_alone(tmp_path):
    from vigie_node.making import make_home

    make_home(tmp_path / "demo" / "node", name="Vraie unité", address="http://localhost:8000")
    command = [sys.executable, "-m", "vigie_cli", "--lang", "en", "demo", "--out", str(tmp_path / "demo")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == exits.OPTION
    assert "is no exercise" in told.stderr
