"""What an intake costs: exercise posts through reading, tokens, known observations, batches and vault.

    python benchmarks/intake.py [POSTS] [--heavy]

Prints CPU seconds and peak memory of the whole process, start of Python and imports included, for the first
import of a file and for the same file again. `--heavy` adds to each text two mentions and a post's address,
as in exports of microblogs; the exercise itself has none.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import measured
from places import WORK
from stages import made

from vigie.collect import Rejects
from vigie.pipeline import Reading, plan_all, take_in
from vigie.store.batches import Batch, Store
from vigie.store.observations import Known
from vigie.store.pseudonyms import ProjectKey
from vigie.store.vault import Vault

MIB, MILLION = 1 << 20, 1_000_000
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


def take(path: Path, home: Path) -> None:
    """Take a file in as a node does; its record of batches is a file of their names and times."""
    record = home / "batches.jsonl"
    record.touch()
    batches = [Batch(**json.loads(line)) for line in record.read_text().splitlines()]
    key, store = ProjectKey.derive(MASTER, b"benchmark"), Store(home / "store")
    with Vault(home / "vault.db", key) as vault, record.open("a") as file:
        portions = take_in(
            plan_all([path], Reading()),
            store=store,
            vault=vault,
            key=key,
            known=Known.of(store, batches),
            collection_id="benchmark",
            collected_ms=1_800_000_000_000,
            rejects=Rejects(),
        )
        for portion in portions:
            if portion.batch is not None:
                file.write(json.dumps(asdict(portion.batch)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", type=int, nargs="?", default=MILLION)
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--take", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.take:
        take(*asked.take)
        return
    path, home = made(asked.posts), Path(tempfile.mkdtemp(dir=WORK))
    path = with_names(path) if asked.heavy else path
    try:
        for name in ("first import", "the same again"):
            run = measured([sys.executable, __file__, "--take", path, home])
            print(f"{name}: {run.cpu_s:.1f} CPU s, {run.memory_bytes / MIB:,.0f} MiB, {run.wall_s:.1f} s")
        size = sum(file.stat().st_size for file in (home / "store").rglob("*.parquet"))
        vault = (home / "vault.db").stat().st_size
        sizes = {"read": path.stat().st_size, "of batches": size, "of vault": vault}
        print(", ".join(f"{count / MIB:,.0f} MiB {what}" for what, count in sizes.items()))
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
