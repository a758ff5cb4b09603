"""Run the benchmarks: `python benchmarks/run.py [NAME ...] [--quick] [--list]`.

Prints tables and writes benchmarks/work/results.json. The peers are installed into an environment of their
own under benchmarks/work the first time. Data sets that are not in ../shared/data are said and skipped.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from datetime import UTC, datetime

from peers_venv import ready
from places import WORK, AbsentDataError

BENCHMARKS = {  # name: (module, function, what it is)
    "equality": (
        "equality",
        "run",
        "counts, row for row, against coordination-network-toolkit and a plain reading",
    ),
    "accuracy": ("accuracy", "run", "precision and recall beside what others do, on data with known truth"),
    "bursts": ("bursts", "run", "false alarms and doublings of series, beside EARS-C2"),
    "narratives": (
        "narratives",
        "run",
        "topics found again, chance, dependence on the seed, CPU of a million",
    ),
    "media": ("media", "run", "a million picture hashes clustered, and changes of context told falsely"),
    "outlets": ("outlets", "run", "events not found at outlets: false alarms, and those taken out"),
    "exposure": ("exposure", "run", "channels that take an outlet's texts, and all others"),
    "pileon": ("pileon", "run", "pile-ons in both languages, and organic crowds that must not be flagged"),
    "synchrony": ("synchrony", "run", "accounts in step: false alarms, and planted groups found"),
    "vanished": ("vanished", "run", "posts that go: false alarms, and planted keys found"),
    "families": ("families", "run", "copy families: CPU, memory and accuracy beside rensa and datasketch"),
    "null": ("null", "run", "groups found where labels are shuffled, 100 runs"),
    "null_methods": ("null", "run_methods", "the other methods where there is nothing to find, 100 runs"),
    "second_generator": ("second_generator", "run", "the same on a generator of other assumptions"),
    "transplant": ("transplant", "run", "known operations put into organic backgrounds"),
    "synth1m": (
        "speed",
        "synth1m",
        "one million posts: CPU and memory beside the toolkit, DuckDB and Polars",
    ),
    "ten_million": ("speed", "ten_million", "ten million posts: CPU and memory beside DuckDB and Polars"),
    "coded": ("speed", "coded", "ten million posts as whole numbers: counting alone"),
    "stages": ("stages", "run", "where the time goes in a calibrated run of one million posts"),
    "pages": ("pages", "run", "pages and memory of a node with 10 million posts and 10,000 alerts"),
    "live_alerts": ("live_alerts", "run", "seconds from the post that makes a campaign cross to its alert"),
    "endurance": ("endurance", "run", "two analysts at work while the node is killed again and again"),
}
NEED_PEERS = {"equality", "synth1m", "ten_million"}
RESULTS = WORK / "results.json"


def arguments() -> argparse.Namespace:
    """Return what the person asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks (all when none is named)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    parser.add_argument("--quick", action="store_true", help="smaller or fewer runs, to see that all works")
    parser.add_argument("--times", type=int, default=3, help="how often each speed is measured (default: 3)")
    parser.add_argument(
        "--with-toolkit",
        action="store_true",
        help="ten_million: the toolkit too (about a quarter of an hour)",
    )
    given = parser.parse_args()
    unknown = set(given.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    """Run what was asked, one benchmark after another, and keep each result as soon as it is there."""
    given = arguments()
    if given.list:
        for name, (_module, _function, about) in BENCHMARKS.items():
            print(f"{name:<12} {about}")
        return
    names = given.names or list(BENCHMARKS)
    if NEED_PEERS & set(names):
        ready()
    for name in names:
        module, function, about = BENCHMARKS[name]
        print(f"\n=== {name}: {about}", flush=True)
        try:
            result = getattr(importlib.import_module(module), function)(
                quick=given.quick, times=given.times, with_toolkit=given.with_toolkit
            )
        except AbsentDataError as absent:
            print(f"skipped: {absent}")
            continue
        about_run = {"quick": given.quick, "processors": os.cpu_count(), "measured": today()}
        keep(name, {**about_run, **result})


def today() -> str:
    """Return the day, ISO."""
    return datetime.now(UTC).date().isoformat()


def keep(name: str, result: dict[str, object]) -> None:
    """Put a result beside those of other benchmarks."""
    WORK.mkdir(exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = result
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
