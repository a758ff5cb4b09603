"""Reuse of pictures: how fast a million hashes are clustered, how many edits are found, how often it errs.

*Clusters*: random hashes, half of them edits of others (12 bits turned at random); beside a search with the
index of `vigie.media.near`, which looks up each hash among all and returns pairs. *Wrong*: posts of one
address stand for one picture in its own story; a change of context told there is a false alarm. Two such
pictures' posts put together, the second's three days after the first's, stand for a picture that came again.
"""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from places import data
from scipy.stats import beta
from tables import show

from vigie.detect.reuse import COLUMNS, Rule, detect
from vigie.detect.reuse.founding import as_numbers, clusters
from vigie.media.near import alike
from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from tables import Cell

DAY_MS = 86_400_000
EDITS = 12
BYTES = 32


def hashes(count: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return hashes, half of them edits of others, shuffled, and of which one each is an edit or itself."""
    own = rng.integers(0, 256, (count // 2, BYTES), dtype=np.uint8)
    of = rng.integers(0, max(count // 20, 1), count - len(own))
    edits = own[of].copy()
    for _ in range(EDITS):
        bit = rng.integers(0, 256, len(edits))
        edits[np.arange(len(edits)), bit // 8] ^= (1 << (bit % 8)).astype(np.uint8)
    order = rng.permutation(count)
    truth = np.concatenate([np.arange(len(own)), of])
    return np.concatenate([own, edits])[order], truth[order]


def cpu() -> float:
    """Return processor seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def clustered(count: int, seed: int) -> dict[str, Cell]:
    """Return a line of the table of clusters."""
    rows, truth = hashes(count, np.random.default_rng(seed))
    start, wall = cpu(), time.perf_counter()
    founder, _apart = clusters(as_numbers(rows))
    ours, wall = cpu() - start, time.perf_counter() - wall
    together = np.mean(truth[founder] == truth)
    edits = len(np.unique(truth)) / len(np.unique(founder))
    peer: Cell = None
    if count <= 100_000:
        start = cpu()
        alike(rows, rows)
        peer = cpu() - start
    return {
        "hashes": count,
        "CPU s": ours,
        "wall s": wall,
        "index of near, CPU s": peer,
        "with their original": float(together),
        "originals per cluster": edits,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def stories() -> list[list[dict[str, Any]]]:
    """Return the posts of each address that several accounts share, none a repost, without the address."""
    posts = pq.read_table(data("usc_x24_sample")).to_pylist()
    by_address: dict[str, list[dict[str, Any]]] = {}
    for post in posts:
        if post["repost_id"] or not post["text"]:
            continue
        for url in (post["urls"] or [])[:1]:
            by_address.setdefault(url, []).append(
                {
                    "author": post["username"],
                    "body": post["text"],
                    "lang": post["lang"],
                    "at": 1_000 * post["ts"],
                }
            )
    return [of for _url, of in sorted(by_address.items()) if len({one["author"] for one in of}) >= 2]


def album(pictures: list[list[dict[str, Any]]], rng: np.random.Generator) -> pa.Table:
    """Return posts in which the posts of each story carry one picture."""
    rows = []
    for posts in pictures:
        look = np.packbits(rng.permutation(256) % 2).tobytes().hex()
        rows += [
            {
                **{name: post[name] for name in ("author", "body", "lang")},
                "post_id": f"{len(rows)}-{number}",
                "created_ms": post["at"],
                "media": [{"pdq": look, "pdq_quality": 100}],
            }
            for number, post in enumerate(posts)
        ]
    return pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in COLUMNS]))


def wrongs(seed: int) -> list[dict[str, Cell]]:
    """Return the lines of the table of what is told of one story, and of two put together."""
    rng = np.random.default_rng(seed)
    alone = stories()
    mixed = []
    order = rng.permutation(len(alone))
    for one, other in zip(order[::2], order[1::2], strict=False):
        last = max(post["at"] for post in alone[one])
        first = min(post["at"] for post in alone[other])
        later = [{**post, "at": post["at"] - first + last + 3 * DAY_MS} for post in alone[other]]
        mixed.append([*alone[one], *later])
    rows: list[dict[str, Cell]] = []
    for name, pictures in (("one story", alone), ("two stories", mixed)):
        for least in (0.1, 0.15, 0.2):
            found = detect(album(pictures, rng), rule=Rule(alike_min=least))
            told = found.changes.num_rows
            low, high = beta.ppf(
                [0.025, 0.975], [told, told + 1], [len(pictures) - told + 1, len(pictures) - told]
            )
            rows.append(
                {
                    "picture of": name,
                    "alike_min": least,
                    "pictures": len(pictures),
                    "told": told,
                    "part": told / len(pictures),
                    "95 % interval": f"{np.nan_to_num(low):.3f}-{np.nan_to_num(high, nan=1.0):.3f}",
                }
            )
    return rows


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure clusters, and changes of context that are told where there are none."""
    clustered(10_000, 1)  # compiles
    sizes = (100_000,) if quick else (100_000, 1_000_000)
    fast = [clustered(count, seed) for seed, count in enumerate(sizes, start=2)]
    show("Clusters of pictures by PDQ, half of them edits of 12 bits", fast)
    wrong = wrongs(7)
    show("Changes of context, told of real texts", wrong)
    return {"clusters": fast, "changes": wrong}


if __name__ == "__main__":
    run(quick=False)
