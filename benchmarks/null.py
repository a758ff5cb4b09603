"""Does it find groups where there are none? Accounts shuffled among acts, then all of the method.

Shuffled *globally*, every account keeps how often it acts and every object its moments; shuffled *in
blocks* of six hours, accounts keep their days too. For the exercise, accounts change places among posts
(one shuffle for all behaviours) or among the acts of each behaviour apart. A false alarm is a run with any
group. The other methods are run on copies as `vigie detect calibrate` makes them (`null_methods`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from places import AbsentDataError, data
from samples import acts_of, exercise, gathered, synthfp
from tables import show

from vigie.detect import coaction
from vigie.detect.calibrating import calibrate, exact_interval
from vigie.detect.methods import METHODS
from vigie.terms.posts import POSTS as SCHEMA
from vigie.terms.posts import conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tables import Cell

RUNS = 100
BLOCK_MS = 6 * 3_600_000
SAMPLE = 100_000
POSTS = 50_000
CALIBRATED = 10_000
OTHERS = ("rhythm", "engagement", "pileon")  # an exercise holds no deletions, and too few days for bursts
Labels = dict[str, pa.Table]


@dataclass(frozen=True)
class Variant:
    """A data set and a way to shuffle it."""

    name: str
    shuffled: Callable[[np.random.Generator], Labels]
    origins: Callable[[str, pa.Array], pa.Array] = coaction.unknown_origins


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Run all variants in turn until there are enough runs; `quick` makes 8."""
    variants = list(all_variants())
    runs = 8 if quick else RUNS
    made, with_groups, with_pairs = Counter(), Counter(), Counter()
    alarms = []
    for seed in range(runs):
        one = variants[seed % len(variants)]
        found = coaction.detect(
            one.shuffled(np.random.default_rng(1000 + seed)), seed=seed, origins=one.origins
        )
        made[one.name] += 1
        with_pairs[one.name] += bool(found.pairs.num_rows)
        with_groups[one.name] += bool(found.groups)
        if found.groups:
            alarms.append(
                {
                    "variant": one.name,
                    "seed": seed,
                    "accounts": [len(group.members) for group in found.groups],
                }
            )
            print(f"  groups where there are none: {alarms[-1]}", flush=True)
    rows = [row(name, made[name], with_groups[name], with_pairs[name]) for name in made]
    rows.append(row("all", made.total(), with_groups.total(), with_pairs.total()))
    show("Shuffled labels: runs with any group", rows)
    return {"rows": rows, "alarms": alarms}


def run_methods(*, quick: bool, **_options: object) -> dict[str, object]:
    """Run the methods that an exercise suits on copies of an exercise in which there is nothing to find."""
    posts = with_counters(conform(exercise(posts=CALIBRATED, seed=9).posts), np.random.default_rng(9))
    rows = []
    for name in OTHERS:
        found = calibrate(METHODS[name], posts, runs=4 if quick else RUNS, seed=811)
        rows.append(
            {
                "method": found.method,
                "runs": found.runs,
                "with any finding": found.with_signals,
                "95 % interval": f"{found.low:.3f}-{found.high:.3f}",
                "findings": found.signals,
                "in the posts as they are": found.found_as_is,
            }
        )
        print(f"  {rows[-1]}", flush=True)
    show("Copies without anything to find: runs with any finding", rows)
    return {"rows": rows, "posts": posts.num_rows}


def with_counters(posts: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return posts with views and likes, read once; some accounts have far more than others."""
    author = posts["author"].combine_chunks().dictionary_encode().indices.to_numpy()
    level = rng.normal(5, 1.5, int(author.max()) + 1)[author]
    views = rng.poisson(np.exp(level + rng.normal(0, 0.8, len(author))))
    likes = rng.binomial(views, 0.03)
    at_ms = (posts["created_ms"].to_numpy() + 5 * 3_600_000).tolist()
    counts = [
        [{"at_ms": at, "name": "views", "value": int(v)}, {"at_ms": at, "name": "likes", "value": int(n)}]
        for at, v, n in zip(at_ms, views, likes, strict=True)
    ]
    place = posts.schema.get_field_index("counts")
    return posts.set_column(place, "counts", pa.array(counts, SCHEMA.field("counts").type))


def row(name: str, runs: int, groups: int, pairs: int) -> dict[str, Cell]:
    """Return a line of the table."""
    low, high = exact_interval(groups, runs)
    return {
        "variant": name,
        "runs": runs,
        "with any group": groups,
        "95 % interval": f"{low:.3f}-{high:.3f}",
        "with any significant pair": pairs,
    }


def all_variants() -> Iterator[Variant]:
    """Yield the variants; a data set that is not here is said and left out."""
    for name, read in (("synthfp, first 100,000", first_of_synthfp), ("russian_coord_tweets", russian)):
        try:
            acts = read()
        except AbsentDataError as absent:
            print(f"skipped: {name}: {absent}")
            continue
        yield Variant(f"{name}, globally", lambda rng, acts=acts: {"repost": globally(acts, rng)})
        yield Variant(f"{name}, in blocks", lambda rng, acts=acts: {"repost": in_blocks(acts, rng)})
    made = exercise(posts=POSTS, seed=7)
    apart, origins = gathered(made.posts)
    for way, shuffle in (("globally", globally), ("in blocks", in_blocks)):
        yield Variant(
            f"exercise, posts {way}",
            lambda rng, shuffle=shuffle: gathered(shuffle(made.posts, rng, "author", "created_ms"))[0],
            origins,
        )
        yield Variant(
            f"exercise, behaviours {way}",
            lambda rng, shuffle=shuffle: {name: shuffle(acts, rng) for name, acts in apart.items()},
            origins,
        )


def first_of_synthfp() -> pa.Table:
    """Return the first acts of synthfp, a stretch of time with its bursts whole."""
    return synthfp().acts["repost"].sort_by("at_ms").slice(0, SAMPLE)


def russian() -> pa.Table:
    """Return the reposts of russian_coord_tweets."""
    table = pq.read_table(data("russian_coord_tweets"))
    return acts_of(
        table, account="account_id", thing="object_id", time_s="timestamp_share", post="content_id"
    )


def globally(
    table: pa.Table, rng: np.random.Generator, account: str = "account", _at: str = "at_ms"
) -> pa.Table:
    """Return a table with its accounts shuffled."""
    return _with(table, account, rng.permutation(table.num_rows))


def in_blocks(
    table: pa.Table, rng: np.random.Generator, account: str = "account", at: str = "at_ms"
) -> pa.Table:
    """Return a table with its accounts shuffled inside blocks of six hours."""
    block = table.column(at).to_numpy() // BLOCK_MS
    by_block = np.argsort(block, kind="stable")
    by_chance = np.lexsort((rng.random(len(block)), block))
    source = np.empty(len(block), np.int64)
    source[by_block] = by_chance
    return _with(table, account, source)


def _with(table: pa.Table, account: str, source: np.ndarray) -> pa.Table:
    place = table.schema.get_field_index(account)
    return table.set_column(place, account, table.column(account).take(pa.array(source)))
