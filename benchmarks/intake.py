"""What an intake costs: exercise posts through reading, tokens, known observations, batches and vault.

    python benchmarks/intake.py [POSTS] [--heavy] [--lines] [--node] [--peers] [--gigabytes N]

Prints CPU seconds, posts a second on the clock and peak memory of whole processes, start of Python and
imports included, for the first import of a file and for the same file again.

`--heavy` adds to each text two mentions and a post's address, as in exports of microblogs; the exercise
itself has none. `--lines` takes the posts as NDJSON: an exercise of up to a million, again and again under
other ids. `--node` imports the lines with `vigie collect` on a fresh node too. `--peers` does what others do
with the very lines, in the same run: pandas reads them and writes Parquet; coordination-network-toolkit
imports them from the CSV it wants (whose writing is not counted). 4CAT's import runs only inside its server,
with its database: there is no package of it to install. `--gigabytes` makes lines for a file of that size in
a temporary folder.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import nodes
import peers_venv
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import measured
from places import HERE, PEERS_PYTHON, WORK
from stages import made

from vigie.collect import Rejects
from vigie.intake import Reading, plan_all, take_in
from vigie.store.batches import Batch, Store
from vigie.store.observations import Known
from vigie.store.pseudonyms import ProjectKey
from vigie.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measure import Run

MIB, MILLION, GIGABYTE = 1 << 20, 1_000_000, 10**9
TOOLKIT_COLUMNS = (
    "message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls",
)  # fmt: skip
MASTER = bytes(32)  # of a benchmark, no secret


def with_names(posts: Path) -> Path:
    """Return a file of the same posts whose texts all mention two accounts and pass on a post's address."""
    path = posts.with_name("heavy.parquet")
    with (
        pq.ParquetFile(posts) as file,
        pq.ParquetWriter(path, file.schema_arrow, compression="zstd") as writer,
    ):
        for batch in file.iter_batches():
            writer.write_batch(batch.set_column(batch.schema.names.index("body"), "body", named(batch)))
    return path


def named(batch: pa.RecordBatch) -> pa.Array:
    """Return the bodies of posts with two mentions and an address, another for every few posts."""
    others = pa.concat_arrays([batch.column("author")[1:], batch.column("author")[:1]])
    name = pc.replace_substring(others, "parlotte:", "")
    number = pc.replace_substring(batch.column("share_of"), "parlotte:", "")
    shared = pc.coalesce(number, pa.scalar("866333531398144"))
    body = pc.coalesce(batch.column("body"), pa.scalar("RT"))
    return pc.binary_join_element_wise(
        "@", name, " ", body, " https://x.com/", name, "/status/", shared, " @Vigie_Parlotte", ""
    )


def rounds(posts: Path, count: int) -> Iterator[dict[str, object]]:
    """Yield `count` posts: those of a file, again and again, each round with other ids and a moment later."""
    left, number = count, 0
    while left > 0:
        with pq.ParquetFile(posts) as file:
            for batch in file.iter_batches():
                for row in batch.slice(0, left).to_pylist():
                    post = {name: value for name, value in row.items() if value is not None}
                    if number:
                        post["post_id"] = f"{post['post_id']}r{number}"
                        post["created_ms"] += number
                    yield post
                left -= min(left, batch.num_rows)
        number += 1


def as_lines(posts: Path, path: Path, *, count: int, byte_count: int | None = None) -> int:
    """Write posts as NDJSON, `count` of them or until the file is that big; return how many there are."""
    encode, written, number = msgspec.json.Encoder().encode, 0, 0
    with path.open("wb", buffering=MIB) as file:
        for number, post in enumerate(rounds(posts, count), 1):  # noqa: B007 (how many there were)
            written += file.write(encode(post) + b"\n")
            if byte_count is not None and written >= byte_count:
                break
    return number


def as_toolkit_csv(lines: Path, path: Path) -> None:
    """Write NDJSON as the CSV that coordination-network-toolkit imports."""
    with lines.open("rb") as file, path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(TOOLKIT_COLUMNS)
        for post in map(msgspec.json.decode, file):
            links = " ".join(link["url"] for link in post.get("links", ()))
            shared, answered = post.get("share_of", ""), post.get("in_reply_to", "")
            who, when = post["author"], post["created_ms"] / 1000
            writer.writerow((post["post_id"], who, who, shared, answered, post.get("body", ""), when, links))


def take(path: Path, home: Path) -> None:
    """Take a file in as a node does; its record of batches is a file of their names and times."""
    record = home / "batches.jsonl"
    record.touch()
    batches = [Batch(**json.loads(line)) for line in record.read_text().splitlines()]
    key, store = ProjectKey.derive(MASTER, b"benchmark"), Store(home / "store")
    with Vault(home / "vault.db", key) as vault, record.open("a") as file:
        said = []
        portions = take_in(
            plan_all([path], Reading()),
            store=store,
            vault=vault,
            key=key,
            known=Known.of(store, batches),
            collection_id="benchmark",
            collected_ms=1_800_000_000_000,
            rejects=Rejects(),
            progress=lambda done, total: said.append((done, total)),
        )
        for portion in portions:
            if portion.batch is not None:
                file.write(json.dumps(asdict(portion.batch)) + "\n")
    (home / "said.json").write_text(json.dumps(said))


def told(name: str, run: Run, count: int, ours: Run | None = None) -> None:
    """Print what a run took, and how much more than ours."""
    rate = f"{count / run.wall_s:,.0f} posts/s, {run.cpu_s / count * 1e6:.1f} CPU µs a post"
    times = "" if ours is None else f"; {run.cpu_s / ours.cpu_s:.2f} x our CPU, "
    times += "" if ours is None else f"{run.wall_s / ours.wall_s:.2f} x our time"
    size = f"{run.memory_bytes / MIB:,.0f} MiB"
    print(f"{name}: {run.cpu_s:.1f} CPU s, {size}, {run.wall_s:.1f} s: {rate}{times}", flush=True)


def ours(path: Path, home: Path, count: int) -> Run:
    """Take a file in twice into an empty store and print both; return the first."""
    runs = []
    for name in ("first import", "the same again"):
        runs.append(measured([sys.executable, __file__, "--take", path, home]))
        told(name, runs[-1], count)
    said = json.loads((home / "said.json").read_text())
    print(f"progress: told {len(said)} times, at the end {said[-1][0]:,} of {said[-1][1]:,} bytes")
    size = sum(file.stat().st_size for file in (home / "store").rglob("*.parquet"))
    vault = (home / "vault.db").stat().st_size
    sizes = {"read": path.stat().st_size, "of batches": size, "of vault": vault}
    print(", ".join(f"{byte_count / MIB:,.0f} MiB {what}" for what, byte_count in sizes.items()))
    return runs[0]


def on_node(path: Path, home: Path) -> Run:
    """Import a file on a fresh node, as an operator does."""
    node = nodes.made(home)
    words = ["collect", path, "--purpose", "mesure", "--legal-basis", "mesure", "--responsible", "mesure"]
    start = ["env", *(f"{name}={value}" for name, value in node.environment().items() if "VIGIE" in name)]
    return measured([*start, sys.executable, "-c", nodes.START, *words, "--retention-days", "30"])


def beside(path: Path, home: Path, count: int, first: Run) -> None:
    """Run the peers on the same lines and print their costs as multiples of ours."""
    peers_venv.ready()
    script = HERE / "peers" / "imports.py"
    told("pandas", measured([PEERS_PYTHON, script, "pandas", path, home / "pandas.parquet"]), count, first)
    table = home / "toolkit.csv"
    as_toolkit_csv(path, table)
    toolkit = measured([PEERS_PYTHON, script, "toolkit", table, home / "toolkit.db"])
    told("coordination-network-toolkit", toolkit, count, first)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("posts", type=int, nargs="?", default=MILLION)
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--node", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--gigabytes", type=float)
    parser.add_argument("--take", nargs=2, type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    asked = _asked()
    if asked.take:
        take(*asked.take)
        return
    count = asked.posts if asked.gigabytes is None else sys.maxsize
    path, home = made(min(count, MILLION) if _wants_lines(asked) else count), Path(tempfile.mkdtemp(dir=WORK))
    try:
        path = with_names(path) if asked.heavy else path
        if _wants_lines(asked):
            lines, size = home / "posts.ndjson", asked.gigabytes and int(asked.gigabytes * GIGABYTE)
            count, path = as_lines(path, lines, count=count, byte_count=size), lines
        print(f"{count:,} posts, {path.stat().st_size / GIGABYTE:.2f} GB", flush=True)
        first = ours(path, home, count)
        if asked.node:
            told("vigie collect on a node", on_node(path, home), count, first)
        if asked.peers:
            beside(path, home, count, first)
    finally:
        shutil.rmtree(home)


def _wants_lines(asked: argparse.Namespace) -> bool:
    return bool(asked.lines or asked.node or asked.peers or asked.gigabytes)


if __name__ == "__main__":
    main()
