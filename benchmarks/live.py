"""Live collection under load and kill -9: is everything that was sent held, exactly once?

A server of this script's own on loopback sends Jetstream events at a steady rate, from the cursor that it is
asked for, and cuts the connection now and then. A node of its own collects them, in its usual processes; the
collector is killed with SIGKILL again and again, and started anew. In the end the posts in the store are
compared with those that were sent, one by one.

    python benchmarks/live.py                       # 60 s at 2,000 events a second, killed every 20 s
    python benchmarks/live.py --seconds 600         # the ten minutes of the issue
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.server import ServerConnection

HERE = "127.0.0.1"
PATIENCE_S = 600
TICK_S = 0.02
MAKE = """
import sys
import django
django.setup()
from django.core.management import call_command
from vigie_node.clock import now_ms
from vigie_node.people.models import Organisation
call_command("migrate", verbosity=0)
from vigie_node.sources.actions import declare
from vigie_node.sources.actions.live import begin_source
from vigie_node.sources.guards import Source
organisation = Organisation.objects.create(name="Essai", created_ms=now_ms())
declaration = declare(
    organisation=organisation, by=None, purpose="mesure", legal_basis="aucune personne", responsible="essai",
    retention_days=30, method="live", sources=[Source(kind="site", place="127.0.0.1")],
)
begin_source(declaration=declaration, kind="jetstream", name="essai", address=sys.argv[1], by=None)
"""
READ = """
import json, sqlite3, sys
from pathlib import Path
import pyarrow.parquet as pq
home = Path(sys.argv[1])
shas = [row[0] for row in sqlite3.connect(home / "node.db").execute("SELECT sha256 FROM sources_batch")]
bodies = [
    body for sha in shas
    for body in pq.read_table(home / "store" / sha[:2] / f"{sha}.parquet")["body"].to_pylist()
]
print(json.dumps([int(body.rpartition(" ")[2]) for body in bodies]))
"""


class Sender:
    """The server: event `k` is due `k / rate` seconds after the first connection."""

    def __init__(self, *, rate: int, count: int, cut_every: int) -> None:
        self.rate, self.count, self.cut_every = rate, count, cut_every
        self.begun_s: float | None = None
        self.begun_us = 0
        self.connections = 0
        self.sent = 0  # repeated ones too
        self.furthest = 0
        self.port = 0

    def event(self, number: int) -> str:
        """Return one event: what a Jetstream says, with a text that names its number."""
        at_us = self.begun_us + number * 1_000_000 // self.rate
        record = {
            "$type": "app.bsky.feed.post",
            "createdAt": "2026-11-22T12:00:00.000Z",
            "langs": ["fr"],
            "text": f"Une publication d’essai, avec de quoi faire une longueur ordinaire, numéro {number}",
        }
        commit = {
            "rev": "3",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": f"k{number}",
            "record": record,
            "cid": "bafyrei" + "a" * 52,
        }
        did = f"did:plc:{number % 5_000:024d}"
        return json.dumps({"did": did, "time_us": at_us, "kind": "commit", "commit": commit})

    async def handle(self, connection: ServerConnection) -> None:
        """Deal with one connection; that the collector is killed is what this is about."""
        with suppress(ConnectionClosed):
            await self.talk(connection)

    async def talk(self, connection: ServerConnection) -> None:
        """Send what is due to one connection, from where it asks."""
        if self.begun_s is None:
            self.begun_s, self.begun_us = time.monotonic(), time.time_ns() // 1000
        asked = parse_qs(urlsplit(connection.request.path).query)
        cursor_us = int(asked.get("cursor", ["0"])[0])
        number = max(0, -(-(cursor_us - self.begun_us) * self.rate // 1_000_000))
        self.connections += 1
        cut_at = number + self.cut_every if self.connections % 2 else self.count + 1
        while True:
            due = min(self.count, int((time.monotonic() - self.begun_s) * self.rate))
            for number_now in range(number, min(due, cut_at)):
                await connection.send(self.event(number_now))
            self.sent += max(0, min(due, cut_at) - number)
            number = max(number, min(due, cut_at))
            self.furthest = max(self.furthest, number)
            if number >= cut_at:
                connection.transport.abort()
                return
            await asyncio.sleep(TICK_S)

    def serve(self, ready: threading.Event) -> None:
        """Serve until the process ends; `port` is known when `ready` is set."""

        async def run() -> None:
            async with serve(self.handle, HERE, 0, compression=None) as server:
                self.port = server.sockets[0].getsockname()[1]
                ready.set()
                await asyncio.get_running_loop().create_future()

        asyncio.run(run())


def environment(home: Path) -> dict[str, str]:
    """Return the environment of the node: SQLite, and no other settings."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "VIGIE_PARENT"}}
    return kept | {"VIGIE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "vigie_node.settings"}


def start(home: Path, module: str) -> subprocess.Popen[bytes]:
    """Start a part of the node."""
    log = (home / "logs" / f"{module.rpartition('.')[2]}.log").open("ab")
    return subprocess.Popen([sys.executable, "-m", module], env=environment(home), stdout=log, stderr=log)


def make(home: Path, port: int) -> None:
    """Make a node that may read our server, and a source."""
    from vigie_node.making import make_home

    made = make_home(home, name="Essai", address="http://localhost:8000", exercise=True)
    with made.configuration_file.open("a", encoding="utf-8") as file:
        file.write(f'\n[outbound]\npeers = ["http://{HERE}:{port} 127.0.0.0/8"]\n')
    command = [sys.executable, "-c", MAKE, f"ws://{HERE}:{port}/subscribe"]
    subprocess.run(command, check=True, env=environment(home))


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what the node's database answers."""
    database = sqlite3.connect(home / "node.db", timeout=PATIENCE_S)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain: {what}")
        time.sleep(0.1)


def collect(home: Path, sender: Sender, *, kill_every: float) -> tuple[int, int, float]:
    """Collect until all is sent, killing the collector now and then; return kills, memory, CPU seconds."""
    kills = memory = 0
    busy_s = 0.0
    collector = start(home, "vigie_node.sources.collector")
    next_s = time.monotonic() + kill_every
    while sender.furthest < sender.count:
        time.sleep(0.1)
        if time.monotonic() >= next_s:
            collector.kill()
            _, _, used = os.wait4(collector.pid, 0)
            collector.returncode = -signal.SIGKILL
            kills, memory = kills + 1, max(memory, used.ru_maxrss)
            busy_s += used.ru_utime + used.ru_stime
            collector = start(home, "vigie_node.sources.collector")
            next_s = time.monotonic() + kill_every
    time.sleep(2)  # what is on its way arrives
    collector.terminate()
    _, status, used = os.wait4(collector.pid, 0)
    collector.returncode = os.waitstatus_to_exitcode(status)
    if collector.returncode:
        raise SystemExit(f"the collector ended with status {collector.returncode}")
    return kills, max(memory, used.ru_maxrss), busy_s + used.ru_utime + used.ru_stime


def taken_in(home: Path) -> bool:
    """Tell whether all that was handed in is taken in."""
    states = dict(rows(home, "SELECT state, count(*) FROM sources_intake GROUP BY state"))
    if states.keys() & {"failed", "cancelled"}:
        raise SystemExit(f"an intake failed: {states}")
    return bool(states) and not states.keys() & {"waiting", "running"}


def main() -> int:
    """Measure, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=2_000, help="events a second")
    parser.add_argument("--kill-every", type=float, default=20.0, help="seconds")
    parser.add_argument("--cut-every", type=int, default=20_000, help="events; every other connection is cut")
    chosen = parser.parse_args()
    sender = Sender(rate=chosen.rate, count=chosen.rate * chosen.seconds, cut_every=chosen.cut_every)
    ready = threading.Event()
    threading.Thread(target=sender.serve, args=(ready,), daemon=True).start()
    ready.wait(PATIENCE_S)
    with tempfile.TemporaryDirectory(prefix="vigie-live-") as folder:
        home = Path(folder) / "home"
        make(home, sender.port)
        worker = start(home, "vigie_node.jobs.worker")
        try:
            kills, memory, busy_s = collect(home, sender, kill_every=chosen.kill_every)
            until(lambda: taken_in(home), "all segments taken in")
        finally:
            worker.terminate()
            worker.wait()
        done = subprocess.run(
            [sys.executable, "-c", READ, str(home)], check=True, capture_output=True, env=environment(home)
        )
        held = json.loads(done.stdout)
        intakes, read = rows(home, "SELECT count(*), sum(read_count) FROM sources_intake")[0]
        entries = rows(home, "SELECT count(*) FROM ledger_entry")[0][0]
    lost, doubled = sender.count - len(set(held)), len(held) - len(set(held))
    print(
        f"sent      {sender.count:>10,} events at {chosen.rate:,} a second, {sender.sent:,} with repetitions"
    )
    print(f"kills     {kills:>10,} (SIGKILL); {sender.connections:,} connections")
    print(f"held      {len(held):>10,} posts; lost {lost:,}, doubled {doubled:,}")
    print(f"intakes   {intakes:>10,}; {read:,} posts read, {entries:,} entries of the ledger")
    print(f"collector {busy_s:>10.1f} CPU s, {memory / 1024:.0f} MiB at most")
    return 0 if not lost and not doubled and set(held) == set(range(sender.count)) else 1


if __name__ == "__main__":
    sys.exit(main())
