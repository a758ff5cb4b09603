"""How much CPU and memory counting takes: whole processes, from file to file, one after another in turn.

The toolkit reads CSV, so it is given one, made beforehand and not measured; its figures are of one import
and one network in two processes. The others read Parquet and write Parquet. What they count is compared
afterwards.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import MAXRSS_UNIT, Run, in_turn, measured
from places import HERE, PEERS_PYTHON, VIGIE, WORK, data, fresh
from tables import costs, show

WINDOW_S = 60
OBJECTS_MIN = 2
THREADS = 2
TEN_MILLION, QUICK = 10_000_000, 200_000
OURS = "vigie detect coaction --all-pairs"
TOOLKIT = "coordination-network-toolkit"
COUNT_CODED = """
import resource, sys, time
import numpy as np
from vigie.detect.coaction.counting import Coded, count_pairs, in_question, neighbours
acts = Coded(**np.load(sys.argv[1]), account_count=int(sys.argv[2]), window_ms=int(sys.argv[3]))
for _time in range(2):  # the first compiles, or reads what was compiled
    began = time.process_time()
    near = neighbours(acts, window_ms=acts.window_ms)
    found = count_pairs(in_question(acts, near, window_ms=acts.window_ms, objects_min=2), objects_min=2)
    print(time.process_time() - began, len(found.a), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Speed:
    """One file of posts, and everyone who counts its reposts.

    Args:
        name: of the benchmark; results go to work/NAME.
        posts: the file.
        columns: its account, object and time columns.
        unit: how many units of its time column a second has.
    """

    def __init__(self, name: str, posts: Path, *, columns: tuple[str, str, str], unit: int) -> None:
        self.name, self.posts, self.columns, self.window = name, posts, columns, WINDOW_S * unit

    def ours(self) -> Run:
        """Run our command."""
        out = self.pairs(OURS).parent
        options = ("--all-pairs", "--behaviour", "repost", "--window", f"{WINDOW_S}s", "--quiet")
        least = ("--objects-min", str(OBJECTS_MIN), "--threads", str(THREADS))
        return measured([VIGIE, "detect", "coaction", self.posts, "--out", out, *options, *least])

    def join(self, peer: str) -> Run:
        """Run a join of a peer."""
        account, thing, at = self.columns
        named = ("--account", account, "--object", thing, "--time", at, "--window", str(self.window))
        least = ("--objects-min", str(OBJECTS_MIN), "--threads", str(THREADS))
        command = (
            PEERS_PYTHON,
            HERE / "peers" / f"{peer}_join.py",
            self.posts,
            self.pairs(peer),
            *named,
            *least,
        )
        return measured(["env", f"POLARS_MAX_THREADS={THREADS}", *command])

    def toolkit(self) -> Run:
        """Run the toolkit on the same reposts as CSV."""
        csv = WORK / self.name / "posts.csv"
        if not csv.exists():
            self._script("as_csv", self.posts, csv, *self.columns, str(self.window // WINDOW_S))
        database = fresh(self.name, "toolkit.db")
        for beside in ("toolkit.db-wal", "toolkit.db-shm"):
            fresh(self.name, beside)
        return measured(
            [
                PEERS_PYTHON,
                HERE / "peers" / "cnt.py",
                csv,
                database,
                "co_retweet",
                str(WINDOW_S),
                str(OBJECTS_MIN),
            ]
        )

    def pairs(self, contender: str) -> Path:
        """Return where a contender's pairs go, a fresh place."""
        return fresh(self.name, "ours" if contender == OURS else contender, "pairs.parquet")

    def differing(self, contender: str) -> str:
        """Return in how many rows a contender's pairs differ from ours, in words."""
        home = WORK / self.name
        ours = home / "ours" / "pairs.parquet"
        if contender == TOOLKIT:
            return self._script("same_toolkit", ours, home / "toolkit.db", str(OBJECTS_MIN))
        return self._script("same_pairs", ours, home / contender / "pairs.parquet")

    @staticmethod
    def _script(name: str, *arguments: str | Path) -> str:
        """Run a helper in the peers' environment, this process staying small, and return what it says."""
        command = [PEERS_PYTHON, HERE / "peers" / f"{name}.py", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def synth1m(*, quick: bool, times: int, **_options: object) -> dict[str, object]:
    """Measure on one million posts; `quick` measures once."""
    posts = data("synth1m_posts")
    speed = Speed("synth1m", posts, columns=("account_id", "repost_id", "ts"), unit=1)
    return _measured(speed, times=1 if quick else times, with_toolkit=True)


def ten_million(*, quick: bool, times: int, with_toolkit: bool, **_options: object) -> dict[str, object]:
    """Measure on ten million posts of our own generator, made once; `quick` takes 200,000, once."""
    count = QUICK if quick else TEN_MILLION
    posts = WORK / f"exercise-{count}" / "posts.parquet"
    if not posts.exists():
        print(f"Making {count:,} posts (once)", flush=True)
        making = ("exercise", "generate", "--seed", "1", "--days", "14", "--posts", str(count), "--quiet")
        subprocess.run([VIGIE, *making, "--out", posts.parent], check=True)
    speed = Speed(f"exercise-{count}", posts, columns=("author", "share_of", "created_ms"), unit=1000)
    return _measured(speed, times=1 if quick else times, with_toolkit=with_toolkit)


def coded(*, quick: bool, times: int, **_options: object) -> dict[str, object]:
    """Measure counting alone: reposts of ten million posts as whole numbers, sorted, in memory already."""
    count = QUICK if quick else TEN_MILLION
    codes = WORK / f"exercise-{count}" / "codes.npz"
    # In a process of its own: Linux counts the memory of the process that starts another as the other's peak.
    making = [sys.executable, __file__, WORK / f"exercise-{count}" / "posts.parquet", codes]
    account_count = subprocess.run(making, check=True, capture_output=True, text=True).stdout.strip()
    rows = []
    for _time in range(times):
        command = [sys.executable, "-c", COUNT_CODED, codes, account_count, str(1000 * WINDOW_S)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-3:]
        cpu_s, pairs, memory = float(told[0]), int(told[1]), int(told[2]) * MAXRSS_UNIT
        rows.append({"CPU s": round(cpu_s, 2), "pairs": pairs, "peak MB": round(memory / 1e6)})
    show(f"{count:,} posts as whole numbers, {WINDOW_S} s, at least 2, 2 threads, counting alone", rows)
    return {"rows": rows}


def _as_codes(posts: Path, codes: Path) -> int:
    """Write the reposts of posts as codes, sorted; return how many accounts there are."""
    import numpy as np
    import pyarrow.parquet as pq

    from vigie.detect.coaction.acts import acts_from

    table = pq.read_table(posts, columns=["author", "share_of", "created_ms"])
    acts = acts_from(table.rename_columns(["account", "object", "at_ms"]))
    np.savez(codes, account=acts.account, object=acts.object, at_ms=acts.at_ms)
    return acts.account_count


def _measured(speed: Speed, *, times: int, with_toolkit: bool) -> dict[str, object]:
    """Measure all, show the medians and compare the pairs."""
    contenders = {
        OURS: speed.ours,
        "duckdb": lambda: speed.join("duckdb"),
        "polars": lambda: speed.join("polars"),
    }
    speed.ours()  # compiled kernels are kept from here on, as in use; the very first run takes longer
    runs = in_turn(contenders, times)
    if with_toolkit:  # far slower than the rest: once
        runs[TOOLKIT] = speed.toolkit()
    rows = costs(runs, ours=OURS)
    for row, name in zip(rows, runs, strict=True):
        row["pairs"] = "reference" if name == OURS else speed.differing(name)
    show(f"{speed.name}, {WINDOW_S} s, at least {OBJECTS_MIN}, {THREADS} threads, median of {times}", rows)
    sys.stdout.flush()
    return {"times": times, "rows": rows}


if __name__ == "__main__":
    print(_as_codes(Path(sys.argv[1]), Path(sys.argv[2])))
