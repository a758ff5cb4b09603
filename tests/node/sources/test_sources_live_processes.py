"""The collector as a process: small, told to stop, and killed under load."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from node.sources.live_servers import Jetstream, Running
from trial.waiting import PATIENCE_S, until

pytestmark = pytest.mark.any_database  # homes of their own, and so their own SQLite
HEAVY = ("numpy", "pyarrow", "scipy", "numba", "networkit", "altair", "lxml")
LOOK = """
import sys
import django
django.setup()
import vigie_node.sources.collector
import vigie_node.sources.live.collecting
import vigie.outbound.websocket
print(sorted(set(sys.argv[1:]) & set(sys.modules)))
"""
BEGIN = """
import sys
import django
django.setup()
from vigie_node.people.models import Organisation
from vigie_node.sources.actions import declare
from vigie_node.sources.actions.live import begin_source
from vigie_node.sources.guards import Source
declaration = declare(
    organisation=Organisation.objects.get(), by=None, purpose="essai", legal_basis="essai",
    responsible="essai", retention_days=30, method="live", sources=[Source(kind="site", place="127.0.0.1")],
)
begin_source(declaration=declaration, kind="jetstream", name="essai", address=sys.argv[1], by=None)
"""
BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "live.py"


def python(node, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return a command in a node and its environment."""
    return [sys.executable, *arguments], node.environment() | {
        "DJANGO_SETTINGS_MODULE": "vigie_node.settings"
    }


def test_the_collector_imports_nothing_scientific(node):
    command, environment = python(node, "-c", LOOK, *HEAVY)
    told = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.enable_socket
def test_told_to_stop_it_closes_what_it_wrote_and_hands_it_in(node):
    running = Running()
    with running.stack:
        address = running.websocket(Jetstream(count=100, portion=100).talk)
        with (node.home / "vigie.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[outbound]\npeers = ["{address.replace("ws:", "http:")} 127.0.0.0/8"]\n')
        command, environment = python(node, "-c", BEGIN, address)
        subprocess.run(command, check=True, env=environment)
        command, environment = python(node, "-m", "vigie_node.sources.collector")
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        until(lambda: parts_of(node.home) and b'"k99"' in parts_of(node.home)[0].read_bytes())
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (0, b"")
    assert parts_of(node.home) == []
    (row,) = node.rows("SELECT i.path, s.cursor_sealed FROM sources_intake i, sources_source s")
    assert len(Path(row[0]).read_bytes().splitlines()) == 100
    assert row[1]
    assert b"time_us" not in row[1]


def parts_of(home: Path) -> list[Path]:
    return list((home / "spool").glob("live/*/*.part"))


@pytest.mark.slow
@pytest.mark.enable_socket
def test_under_load_killed_and_cut_again_and_again_nothing_is_lost_or_doubled():
    chosen = ("--seconds=15", "--rate=400", "--kill-every=4", "--cut-every=1500")
    command = [sys.executable, str(BENCHMARK), *chosen]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "lost 0, doubled 0" in told.stdout
    assert int(re.search(r"kills +(\d+)", told.stdout)[1]) >= 3
