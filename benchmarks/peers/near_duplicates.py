"""Find near-duplicates with a peer: `python near_duplicates.py rensa|datasketch TEXTS.ndjson PAIRS.json`.

As their documentation shows: the set of a text's runs of five letters, 128 permutations, an LSH index at a
Jaccard similarity of 0.5, each text asked for its neighbours; pairs whose estimate is below that are dropped.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PERMUTATIONS, JACCARD_MIN, BANDS, RUN = 128, 0.5, 32, 5


def runs(text: str) -> list[str]:
    """Return the runs of five signs of a text."""
    text = text.lower()
    return list({text[k : k + RUN] for k in range(max(len(text) - RUN, 0) + 1)})


def with_rensa(texts: list[str]) -> set[tuple[int, int]]:
    """Return pairs of similar texts."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=JACCARD_MIN, num_perm=PERMUTATIONS, num_bands=BANDS)
    signed = []
    for number, text in enumerate(texts):
        one = RMinHash(num_perm=PERMUTATIONS, seed=1)
        one.update(runs(text))
        index.insert(number, one)
        signed.append(one)
    return {
        (other, number)
        for number, one in enumerate(signed)
        for other in index.query(one)
        if other < number and one.jaccard(signed[other]) >= JACCARD_MIN
    }


def with_datasketch(texts: list[str]) -> set[tuple[int, int]]:
    """Return pairs of similar texts."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=JACCARD_MIN, num_perm=PERMUTATIONS)
    signed = []
    for number, text in enumerate(texts):
        one = MinHash(num_perm=PERMUTATIONS, seed=1)
        one.update_batch([run.encode() for run in runs(text)])
        index.insert(number, one)
        signed.append(one)
    return {
        (other, number)
        for number, one in enumerate(signed)
        for other in index.query(one)
        if other < number and one.jaccard(signed[other]) >= JACCARD_MIN
    }


def main(peer: str, texts: Path, pairs: Path) -> None:
    """Read texts, write pairs."""
    said = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    found = {"rensa": with_rensa, "datasketch": with_datasketch}[peer](said)
    pairs.write_text(json.dumps(sorted(found)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
