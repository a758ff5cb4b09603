"""Where the time goes: a calibrated run of one million posts from file to report, function by function.

The product is not changed for it: functions are wrapped where they are called, and each stage is told the
time of its own, without that of stages inside it. CPU seconds count all threads. `python stages.py POSTS
OUT WINDOWS` does one run, `copies` meaning all work on shuffled copies; a function that is no longer there
is said.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections import defaultdict
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import measured
from places import VIGIE, WORK, fresh
from tables import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from tables import Cell

POSTS, QUICK, WARM = 1_000_000, 200_000, 50_000
RUNS = {"60 s": "60s", "five windows": "10s,60s,10min,30min,1h"}
PERMUTATIONS = 20
FUNCTIONS = (
    ("read", "vigie.pipeline", "read"),
    ("gather", "vigie.detect.gathering.Gathering", "add"),
    ("gather", "vigie.detect.gathering.Gathering", "actions"),
    ("acts", "vigie.detect.coaction", "acts_from"),
    ("interests", "vigie.detect.coaction.layers", "interests"),
    ("neighbours", "vigie.detect.coaction.layers", "neighbours"),
    ("neighbours", "vigie.detect.coaction.layers", "crowd"),
    ("shuffle", "vigie.detect.coaction.calibration.Shuffling", "copy"),
    ("count pairs", "vigie.detect.coaction.layers", "counted"),
    ("expected", "vigie.detect.coaction.chance.Chance", "__init__"),
    ("expected", "vigie.detect.coaction.chance.Chance", "expected"),
    ("surprise", "vigie.detect.coaction.layers", "surprising"),
    ("surprise", "vigie.detect.coaction.layers", "surprise"),
    ("closeness", "vigie.detect.coaction.layers", "closeness"),
    ("sittings", "vigie.detect.coaction.layers", "sittings"),
    ("threshold", "vigie.detect.coaction.layers", "threshold"),
    ("groups", "vigie.detect.coaction", "fused"),
    ("groups", "vigie.detect.coaction", "parted"),
    ("evidence", "vigie.detect.coaction", "groups_with_evidence"),
    ("pairs by name", "vigie.detect.coaction", "significant_pairs"),
    ("other of detection", "vigie.pipeline", "detect_coaction"),
)


class Clock:
    """CPU and wall seconds of each stage, without the stages inside it."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = defaultdict(float)
        self.wall_s: dict[str, float] = defaultdict(float)
        self.copying = False  # between a shuffled copy and the next window
        self._inside: list[list[float]] = []

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed."""

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self.copying = stage == "shuffle" or (
                self.copying and stage not in {"neighbours", "interests", "threshold"}
            )
            label = f"copies: {stage}" if self.copying else stage
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            self._inside.append([0.0, 0.0])
            try:
                return function(*args, **kwargs)
            finally:
                cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
                inside_cpu_s, inside_wall_s = self._inside.pop()
                self.cpu_s[label] += cpu_s - inside_cpu_s
                self.wall_s[label] += wall_s - inside_wall_s
                if self._inside:
                    self._inside[-1][0] += cpu_s
                    self._inside[-1][1] += wall_s

        return wrapper

    def wrap_all(self) -> None:
        """Wrap the functions where they are called."""
        for stage, module_name, name in FUNCTIONS:
            module = found(module_name)
            if hasattr(module, name):
                setattr(module, name, self.timed(stage, getattr(module, name)))
            else:
                print(f"no longer there: {module_name}.{name}", file=sys.stderr)


def found(name: str) -> Any:
    """Return a module, or a class of one."""
    module, _dot, last = name.rpartition(".")
    return getattr(import_module(module), last) if last[0].isupper() else import_module(name)


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Run with one window and with five, and show the stages; `quick` takes 200,000 posts and one window."""
    count = QUICK if quick else POSTS
    posts = made(count)
    measured(
        [sys.executable, __file__, made(WARM), fresh("stages", "warm.json"), RUNS["60 s"]]
    )  # compiles kernels
    results: dict[str, object] = {}
    for name, windows in list(RUNS.items())[: 1 if quick else None]:
        out = fresh("stages", f"{name}.json")
        whole = measured([sys.executable, __file__, posts, out, windows])
        stages = json.loads(out.read_text())
        rows = [
            *stages,
            {"stage": "whole process", "CPU s": round(whole.cpu_s, 2), "wall s": round(whole.wall_s, 2)},
        ]
        show(f"{count:,} posts, {name}, {PERMUTATIONS} copies; peak {whole.memory_bytes / 1e6:,.0f} MB", rows)
        results[name] = {"rows": rows, "memory_bytes": whole.memory_bytes}
    return results


def made(count: int) -> Path:
    """Return posts of our own generator, made once."""
    posts = WORK / f"exercise-{count}" / "posts.parquet"
    if not posts.exists():
        making = ("exercise", "generate", "--seed", "1", "--posts", str(count), "--quiet")
        subprocess.run([VIGIE, *making, "--out", posts.parent], check=True)
    return posts


def _main(posts: Path, out: Path, windows: str) -> None:
    """Do one run, every stage timed, and write the times."""
    started = time.process_time(), time.perf_counter()
    from vigie import pipeline
    from vigie.collect import Rejects
    from vigie.detect.behaviours import BEHAVIOURS
    from vigie.detect.coaction import Rule
    from vigie.report.render import render
    from vigie.terms.languages import Words
    from vigie_cli.values import windows_ms

    clock = Clock()
    clock.wrap_all()
    clock.cpu_s["import"], clock.wall_s["import"] = (
        time.process_time() - started[0],
        time.perf_counter() - started[1],
    )
    rule = Rule(windows_ms=windows_ms(windows), permutations=PERMUTATIONS)
    rejects = Rejects(io.StringIO(), words=Words("en"))
    posts_read = pipeline.read([posts], BEHAVIOURS, pipeline.Reading(), rejects=rejects)
    _found, findings = pipeline.detect_coaction(posts_read, rule=rule, seed=0)
    clock.timed("report", render)(findings, language="en", zone="America/Toronto")
    out.write_text(json.dumps(rows_of(clock)))


def rows_of(clock: Clock) -> list[dict[str, Cell]]:
    """Return a row for each stage, in the order of the run."""
    total = sum(clock.cpu_s.values())
    return [
        {
            "stage": stage,
            "CPU s": round(cpu_s, 2),
            "% of CPU": round(100 * cpu_s / total, 1),
            "wall s": round(clock.wall_s[stage], 2),
        }
        for stage, cpu_s in clock.cpu_s.items()
    ]


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
