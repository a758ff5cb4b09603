"""From a post to an alert: seconds from the post that makes a campaign cross until its alert is there.

A server of this script's own sends Jetstream events: first some at a low rate, from which the node makes its
first full look; then people and planted campaigns at the full rate. `vigie up` runs whole, in its usual
processes. Afterwards the links that were sent go through the core's live look one by one: that says which
post made each campaign cross.

    python benchmarks/live_alerts.py                        # 180 s at 2,000 posts a second, 10 campaigns
    python benchmarks/live_alerts.py --seconds 60 --campaigns 3
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live import HERE, MAKE, rows, until
from nodes import TICKS_S, made, modules_below
from places import WORK
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from nodes import Node
    from websockets.asyncio.server import ServerConnection

GOAL_S = 5.0
WARM, WARM_RATE = 12_000, 400
ACCOUNTS, PAGES = 40_000, 6_000
SIZE, LINKS, STEP_S = 8, 8, 1.2  # of a campaign: accounts, links, seconds from one link to the next
TICK_S = 0.02
Act = tuple[str, str, int]
CHOOSE = """
import django
django.setup()
from vigie_node.alerts.models import Plan
from vigie_node.people.models import Person
from vigie_node.sources.models import Declaration
Plan.objects.create(
    declaration=Declaration.objects.get(), methods=["coaction"], by=Person.objects.get(), changed_ms=0
)
"""


class Sender:
    """The server; what it sent of links is kept, with when."""

    def __init__(self, *, rate: int, seconds: int, campaigns: int, seed: int) -> None:
        self.rate, self.count = rate, rate * seconds
        self.chance = random.Random(seed)  # noqa: S311 (invented posts)
        self.begun_s: float | None = None
        self.go_s: float | None = None
        self.next = self.port = 0
        self.links: list[tuple[Act, int | None]] = []  # with the campaign, None for people
        self.waiting: list[tuple[float, int, int, int]] = sorted(
            (
                (number + 0.5) * (seconds - 20) / campaigns + STEP_S * link + 0.1 * account,
                number,
                account,
                link,
            )
            for number in range(campaigns)
            for account in range(SIZE)
            for link in range(LINKS)
        )

    def due(self) -> int:
        """Return how many events should have been sent by now."""
        now_s = time.monotonic()
        if self.go_s is not None:
            return WARM + min(self.count, int((now_s - self.go_s) * self.rate))
        return min(WARM, int((now_s - (self.begun_s or now_s)) * WARM_RATE))

    def event(self) -> str:
        """Return the next event: of a campaign, where one is due, else of somebody."""
        since_s = -1.0 if self.go_s is None else time.monotonic() - self.go_s
        if self.waiting and self.waiting[0][0] <= since_s:
            _, campaign, account, link = self.waiting.pop(0)
            return self._post(campaign * SIZE + account, f"https://campagne{campaign}.test/{link}", campaign)
        who = min(int(self.chance.paretovariate(0.9) * 40), ACCOUNTS - 1)
        page = min(int(self.chance.paretovariate(0.8) * 10), PAGES)
        has_link = self.chance.random() < 0.12  # about as on Bluesky
        return self._post(who, f"https://site{page % 400}.test/{page}" if has_link else None, None)

    def _post(self, who: int, link: str | None, campaign: int | None) -> str:
        number, at_ms = self.next, time.time_ns() // 1_000_000
        self.next += 1
        did = f"did:plc:{who:024d}"
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "createdAt": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
            "langs": ["fr"],
            "text": f"Une publication d’essai, avec de quoi faire une longueur ordinaire, numéro {number}",
        }
        if link:
            record["facets"] = [{"features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}]}]
            self.links.append(((did, link, at_ms), campaign))
        commit = {
            "rev": "3",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": f"k{number}",
            "record": record,
            "cid": "bafyrei" + "a" * 52,
        }
        return json.dumps({"did": did, "time_us": at_ms * 1000, "kind": "commit", "commit": commit})

    async def handle(self, connection: ServerConnection) -> None:
        """Send what is due; whoever connects again goes on from there."""
        self.begun_s = self.begun_s or time.monotonic()
        with suppress(ConnectionClosed):
            while True:
                for _ in range(self.due() - self.next):
                    await connection.send(self.event())
                await asyncio.sleep(TICK_S)

    def serve(self, ready: threading.Event) -> None:
        """Serve until the process ends; `port` is known when `ready` is set."""

        async def run() -> None:
            async with serve(self.handle, HERE, 0, compression=None) as server:
                self.port = server.sockets[0].getsockname()[1]
                ready.set()
                await asyncio.get_running_loop().create_future()

        asyncio.run(run())


def crossings(sender: Sender, bars_in: Any) -> dict[int, int]:
    """Return for each campaign when the post was sent that made it cross, by the core's live look."""
    import pyarrow as pa

    from vigie.detect.coaction.live import Lookout

    look, crossed, waiting = Lookout(), dict[int, int](), list[Act]()
    look.bars = bars_in
    for act, campaign in sender.links:
        waiting.append(act)
        if campaign is None and len(waiting) < 500:  # people, some hundreds at once
            continue
        table = pa.table(
            dict(zip(("account", "object", "at_ms"), map(list, zip(*waiting, strict=True)), strict=True))
        )
        waiting.clear()
        for one in look.append({"link": table}, now_ms=act[2]):
            if campaign is not None and act[0] in one.accounts:
                crossed.setdefault(campaign, act[2])
    return crossed


def used(pid: int) -> tuple[float, int]:
    """Return the CPU seconds of a process and its ended children, and its most memory in MiB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    memory = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    return sum(map(int, fields[11:15])) / TICKS_S, memory


def prepare(node: Node, port: int) -> None:
    """Let the node read our server."""
    with (node.home / "vigie.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[outbound]\npeers = ["http://{HERE}:{port} 127.0.0.0/8"]\n')
    environment = node.environment() | {"DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
    command = [sys.executable, "-c", MAKE, f"ws://{HERE}:{port}/subscribe"]
    subprocess.run(command, check=True, env=environment)
    subprocess.run([sys.executable, "-c", CHOOSE], check=True, env=environment)  # the method measured, alone


LOOKS = (
    "SELECT calibrations, start_ms, end_ms, finished_ms FROM alerts_run "
    "WHERE method LIKE 'coaction/%' AND state = 'done' AND calibrations != '[]' ORDER BY finished_ms"
)
NOTICES = (
    "SELECT s.created_ms, s.last_ms, s.alert_id, s.account_count FROM alerts_signal s "
    "WHERE s.kind = 'first_notice' ORDER BY s.created_ms"
)


def bars_of(look: tuple[Any, ...]) -> Any:
    """Return what a full look allows."""
    from vigie.detect.coaction.live import REMEMBER_MS, bars
    from vigie.terms.findings import Calibration

    layers = [Calibration(**one) for one in json.loads(look[0])]
    return bars(layers, period_ms=look[2] - look[1], fdr=0.01, remember_ms=REMEMBER_MS)


def measure(*, seconds: int, rate: int, campaigns: int) -> dict[str, Any]:
    """Run a node under load, and return what was measured."""
    sender = Sender(rate=rate, seconds=seconds, campaigns=campaigns, seed=time.time_ns() % 2**32)
    ready = threading.Event()
    threading.Thread(target=sender.serve, args=(ready,), daemon=True).start()
    ready.wait()
    with tempfile.TemporaryDirectory(prefix="vigie-live-alerts-") as folder:
        node = made(Path(folder))
        prepare(node, sender.port)
        with node.start() as up:
            up.wait_ready()
            until(lambda: bool(rows(node.home, LOOKS)), "the first full look")
            time.sleep(8)  # the lookout asks for it every few seconds
            pids = {module.rpartition(".")[2]: pid for pid, module in modules_below(up.pid)}
            names = [name for name in ("serving", "worker", "collector", "lookout") if name in pids]
            before, sender.go_s = {name: used(pids[name])[0] for name in names}, time.monotonic()
            while sender.next < WARM + sender.count:
                time.sleep(0.5)
            wall_s = time.monotonic() - sender.go_s
            after = {name: used(pids[name]) for name in names}
            time.sleep(15)
            looks, notices = rows(node.home, LOOKS), rows(node.home, NOTICES)
    crossed = crossings(sender, bars_of(looks[0]))
    told: dict[int, list[tuple[Any, ...]]] = {number: [] for number in range(campaigns)}
    false_count = 0
    for notice in notices:
        begun = [number for number, at_ms in crossed.items() if at_ms <= notice[1] + STEP_S * 1_000]
        last = max(begun, key=crossed.__getitem__, default=None)  # they come one after the other
        if last is None or notice[1] - crossed[last] > LINKS * STEP_S * 1_000:
            false_count += 1
        else:
            told[last].append(notice)
    delays = [
        (min(one[0] for one in told[number]) - at_ms) / 1000
        for number, at_ms in crossed.items()
        if told[number]
    ]
    return {
        "campaigns": campaigns,
        "crossed": len(crossed),
        "told": len(delays),
        "alerts_a_campaign_max": max((len({one[2] for one in many}) for many in told.values()), default=0),
        "false": false_count,
        "seconds_median": statistics.median(delays) if delays else None,
        "seconds_max": max(delays, default=None),
        "rate": sender.count / wall_s,
        "full_looks": len(looks),
        "processes": {name: ((after[name][0] - before[name]) / wall_s, after[name][1]) for name in names},
    }


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    seconds, campaigns = (60, 3) if given.quick else (180, 10)
    return shown(measure(seconds=seconds, rate=2_000, campaigns=campaigns))


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Print what was measured."""
    print(f"sent       {found['rate']:,.0f} posts a second; {found['full_looks']} full looks meanwhile")
    print(f"campaigns  {found['campaigns']}; {found['crossed']} crossed, {found['told']} of them were told")
    print(f"alerts     at most {found['alerts_a_campaign_max']} a campaign; {found['false']} notices of none")
    if found["told"]:
        median, most = found["seconds_median"], found["seconds_max"]
        print(f"seconds    median {median:.2f}, at most {most:.2f} (goal {GOAL_S:g})")
    for name, (share, memory) in found["processes"].items():
        print(f"{name:<10} {share:6.0%} of one core, {memory} MiB at most")
    return found


def main() -> int:
    """Measure, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--rate", type=int, default=2_000, help="posts a second")
    parser.add_argument("--campaigns", type=int, default=10)
    chosen = parser.parse_args()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(WORK / "numba"))
    found = shown(measure(seconds=chosen.seconds, rate=chosen.rate, campaigns=chosen.campaigns))
    return 0 if found["told"] == found["crossed"] == chosen.campaigns and not found["false"] else 1


if __name__ == "__main__":
    sys.exit(main())
