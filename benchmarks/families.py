"""Copy families beside rensa and datasketch: CPU seconds, memory, precision and recall on planted copies.

`python benchmarks/families.py [--texts 50000] [--seed 21] [--any-order] [--alone]`. Whole processes are
measured, from a file to families or pairs. A pair is right if both texts were planted from one source; pairs
of which neither text was planted are not judged. The invented background holds texts of one mould that differ
in a clause: what is found of these counts as wrong. D3lta 1.0.2 is not here: it imports TensorFlow 2.18 at
once and takes its two models from the network.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from collections import Counter, defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from measure import Run, measured
from peers_venv import ready
from places import HERE, VIGIE, WORK
from planted import planted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WANTED = HERE / "requirements-peers-families.txt"
HOME = WORK / "peers-families"
PEERS = ("rensa", "datasketch")


def main() -> None:
    """Measure, and print a line for each contender."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--any-order", action="store_true", help="copies may stand before their source")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    chosen = parser.parse_args()
    compared(chosen.texts, chosen.seed, source_first=not chosen.any_order, peers=not chosen.alone)


def run(*, quick: bool = False, **_given: object) -> dict[str, object]:
    """Measure on a fresh seed, for run.py."""
    texts, seed = 5_000 if quick else 50_000, secrets.randbelow(1_000_000)
    print(f"{texts:,} texts, seed {seed}")
    return {"texts": texts, "seed": seed, **compared(texts, seed)}


def compared(texts: int, seed: int, *, source_first: bool = True, peers: bool = True) -> dict[str, object]:
    """Print and return what each contender took, and how right it was."""
    folder = WORK / f"families-{texts}-{seed}"
    planted(folder, texts, seed, source_first=source_first)
    ours, grouped = of_vigie(folder)
    right = judged(((one, other) for one, other in pairs_of(grouped)), truth(folder))
    told: dict[str, object] = {"vigie": tell("vigie", ours, right, ours)}
    told["method_cpu_s"] = alone(folder)
    print(f"the method alone, once it is loaded: {told['method_cpu_s']:.2f} s CPU", flush=True)
    if peers:
        ready(WANTED, HOME)
        for peer in PEERS:
            taken, pairs = of_peer(peer, folder)
            told[peer] = tell(peer, taken, judged(pairs, truth(folder)), ours)
    return told


def tell(name: str, taken: Run, right: tuple[float, float], ours: Run) -> dict[str, float]:
    """Print and return one contender's figures, and its CPU time as a multiple of ours."""
    ratio = taken.cpu_s / ours.cpu_s
    print(
        f"{name:<12} {taken.cpu_s:7.2f} s CPU ({ratio:4.1f} x) {taken.memory_bytes / 2**20:8.0f} MiB   "
        f"precision {right[0]:.3f}  recall {right[1]:.3f}",
        flush=True,
    )
    return {**asdict(taken), "ratio": ratio, "precision": right[0], "recall": right[1]}


def of_vigie(folder: Path) -> tuple[Run, list[list[str]]]:
    """Return what `vigie detect families` took, and the posts of each family."""
    out = folder / "ours"
    texts = folder / "texts.parquet"
    command = [VIGIE, "detect", "families", texts, "--out", out, "--quiet", "--threads", "1"]
    measured(command)  # once for numba, which compiles at the first use after an installation
    taken = measured(command)
    table = pq.read_table(out / "members.parquet", columns=["family", "post_id"])
    grouped = defaultdict(list)
    for family, post in zip(table["family"].to_pylist(), table["post_id"].to_pylist(), strict=True):
        grouped[family].append(post)
    return taken, list(grouped.values())


def alone(folder: Path) -> float:
    """Return the CPU seconds of the second of two runs in this process, languages not looked for."""
    from vigie.detect import families

    posts = pq.read_table(folder / "texts.parquet")
    families.detect(posts)
    before = time.process_time()
    families.detect(posts)
    return time.process_time() - before


def pairs_of(grouped: list[list[str]]) -> Iterable[tuple[str, str]]:
    """Yield each pair of posts that stand together."""
    for posts in grouped:
        for place, one in enumerate(posts):
            for other in posts[place + 1 :]:
                yield one, other


def of_peer(peer: str, folder: Path) -> tuple[Run, list[tuple[str, str]]]:
    """Return what a peer took, and the pairs it found."""
    pairs = folder / f"{peer}.json"
    script = HERE / "peers" / "near_duplicates.py"
    taken = measured([HOME / "bin" / "python", script, peer, folder / "texts.ndjson", pairs])
    return taken, [(f"t{one}", f"t{other}") for one, other in json.loads(pairs.read_text())]


def truth(folder: Path) -> dict[str, str | None]:
    """Return what each post was copied from."""
    table = pq.read_table(folder / "truth.parquet")
    return dict(zip(table["post_id"].to_pylist(), table["source"].to_pylist(), strict=True))


def judged(pairs: Iterable[tuple[str, str]], source: dict[str, str | None]) -> tuple[float, float]:
    """Return precision, of pairs with a planted text, and recall, of pairs of one source."""
    right = wrong = 0
    for one, other in pairs:
        if source[one] is not None or source[other] is not None:
            same = source[one] == source[other]
            right, wrong = right + same, wrong + (not same)
    sizes = Counter(one for one in source.values() if one is not None)
    total = sum(size * (size - 1) // 2 for size in sizes.values())
    return right / max(right + wrong, 1), right / max(total, 1)


if __name__ == "__main__":
    main()
