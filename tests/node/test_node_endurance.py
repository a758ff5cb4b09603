"""Two analysts at work while the node is killed again and again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ENDURANCE = Path(__file__).parents[2] / "benchmarks" / "endurance.py"
SECONDS = 120


@pytest.mark.slow
def test_what_was_acknowledged_survives_kills_at_any_moment_and_is_in_every_backup(tmp_path):
    result = tmp_path / "result.json"
    own = {name: value for name, value in os.environ.items() if name not in {"VIGIE_HOME", "VIGIE_PARENT"}}
    command = [sys.executable, str(ENDURANCE), "--seconds", str(SECONDS), "--result", str(result)]
    subprocess.run(command, check=True, env=own)
    endured = json.loads(result.read_text(encoding="utf-8"))
    assert endured["findings"] == [], f"seed {endured['seed']}"
    assert all(one["acknowledged"] for one in endured["acts"])
    assert len(endured["acts"]) == 5
    assert {"the web process", "the worker", "the whole of vigie up"} <= endured["killed"].keys()
    assert len(endured["backups"]) >= 2
