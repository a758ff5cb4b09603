"""Accounts in step: how often is there one where there is none, and how many of planted groups are found?

*Nothing to find*: real posts whose second within the minute was drawn anew; fans who answer events within
seconds to minutes; newsrooms that post by the clock; posts found gone in passes of visits. Each pair kept is
false. *Planted*: groups of ten among real posts whose seconds were drawn anew; each takes part in seven of
ten joint moments, after a delay of up to so many seconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from places import AbsentDataError, data
from pyarrow import parquet as pq
from scipy.stats import beta
from tables import show

from vigie.detect import deletions
from vigie.detect.synchrony import Rule, in_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from tables import Cell

    Posts = tuple[pa.Array, NDArray[np.int64]]

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
START_MS = 20_454 * DAY_MS
DAYS, MEMBERS, TAKE_PART = 14, 10, 0.7
REAL = {
    "german_elections": ("account_id", "timestamp"),
    "russian_coord_tweets": ("account_id", "timestamp_share"),
    "usc_x24_sample": ("username", "ts"),
    "reddit_ira_comments": ("author.name", "created_utc"),
}
LOOSE = Rule(moments_min=3, meetings_min=2)


def real(name: str) -> Posts:
    """Return who posted when in a data set."""
    account, seconds = pq.read_table(data(name), columns=list(REAL[name])).columns
    at_ms = seconds.cast(pa.int64(), safe=False).to_numpy() * 1_000
    return account.cast(pa.string()).combine_chunks(), at_ms


def redrawn(posts: Posts, rng: np.random.Generator) -> Posts:
    """Return posts whose second within the minute is drawn anew."""
    account, at_ms = posts
    return account, at_ms // MINUTE_MS * MINUTE_MS + rng.integers(0, 60, len(at_ms)) * 1_000


def fans(rng: np.random.Generator) -> Posts:
    """Return 400 fans who answer 80 events, each after 45 s on average, and post as they like besides."""
    events = rng.integers(0, DAYS * DAY_MS, 80)
    who, which = np.nonzero(rng.random((400, 80)) < 0.4)
    answers = events[which] + rng.exponential(45_000, len(who)).astype(np.int64)
    others = rng.integers(0, 400, 8_000)
    account = np.concatenate((who, others))
    at_ms = np.concatenate((answers, rng.integers(0, DAYS * DAY_MS, len(others))))
    return named(account), START_MS + at_ms // 1_000 * 1_000


def newsrooms(rng: np.random.Generator) -> Posts:
    """Return 60 accounts that post by the clock, at full five minutes and up to eight seconds later."""
    account = rng.integers(0, 60, 12_000)
    slots = rng.integers(0, DAYS * DAY_MS // (12 * MINUTE_MS), len(account)) * 15 * MINUTE_MS
    return named(account), START_MS + slots + rng.integers(0, 8, len(account)) * 1_000


def named(code: NDArray[np.int64]) -> pa.Array:
    """Return numbers as names."""
    return pa.array([f"account {one}" for one in code.tolist()])


def with_group(posts: Posts, rng: np.random.Generator, *, joint: int, delay_s: int) -> Posts:
    """Return posts and those of a group in step."""
    account, at_ms = posts
    who, which = np.nonzero(rng.random((MEMBERS, joint)) < TAKE_PART)
    moments = rng.integers(at_ms.min() // 1_000, at_ms.max() // 1_000, joint)
    planted = (moments[which] + rng.integers(0, delay_s + 1, len(who))) * 1_000
    names = pa.array([f"planted {one}" for one in who.tolist()])
    return pa.concat_arrays([account, names]), np.concatenate((at_ms, planted))


def quiet(name: str, made: Callable[[np.random.Generator], Posts], runs: int, seed: int) -> dict[str, Cell]:
    """Return how many of so many runs kept a pair, or a group, where there is none."""
    pairs = groups = loose = 0
    for run_number in range(runs):
        posts = made(np.random.default_rng([seed, run_number]))
        found = in_step(*posts, Rule())
        pairs += found.pairs.num_rows > 0
        groups += found.members.num_rows > 0
        loose += in_step(*posts, LOOSE).members.num_rows > 0
    high = float(beta.ppf(0.975, groups + 1, runs - groups)) if groups < runs else 1.0
    return {
        "nothing to find": name,
        "runs": runs,
        "with a pair": pairs,
        "with a group": groups,
        "at most (95 %)": f"{100 * high:.1f} %",
        "with a group, loosest rule": loose,
    }


def found_of(posts: Posts, runs: int, seed: int, **how: int) -> dict[str, Cell]:
    """Return how many of planted accounts are found, and how many others."""
    right = wrong = 0
    for run_number in range(runs):
        rng = np.random.default_rng([seed, run_number, *how.values()])
        found = in_step(*with_group(redrawn(posts, rng), rng, **how), Rule())
        accounts = found.members["account"].to_pylist()
        right += sum(name.startswith("planted") for name in accounts)
        wrong += sum(not name.startswith("planted") for name in accounts)
    return {**how, "runs": runs, "found": f"{100 * right / runs / MEMBERS:.0f} %", "others": wrong}


def passes(kind: str, *, exact_times: bool, runs: int, seed: int) -> dict[str, Cell]:
    """Return in how many runs posts found gone in hourly passes of visits gave a group."""
    rule = deletions.Rule(exact_times=exact_times)
    rule = replace(rule, step=replace(rule.step, crowd_max=10_000))  # so that this guard does not help
    groups = 0
    for run_number in range(runs):
        rng = np.random.default_rng([seed, run_number])
        count = 5_000
        seen = START_MS + rng.integers(0, 200, count) * HOUR_MS + 17_000 + rng.integers(0, 3, count) * 1_000
        posts = pa.table(
            {
                "post_id": [f"p{number}" for number in range(count)],
                "author": named(rng.integers(0, 300, count)),
                "created_ms": seen - DAY_MS,
                "source_kind": [kind] * count,
                "deleted_seen_ms": seen,
            }
        )
        groups += deletions.detect(posts, rule=rule).step.members.num_rows > 0
    told = "taken for the platform’s" if exact_times else "as its source tells"
    return {"found gone in passes": kind, "times": told, "runs": runs, "with a group": groups}


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Show false alarms and what is found; `quick` takes a few runs of each."""
    seed, runs = 20_261_122, 3 if quick else 100
    sets = {}
    for name in REAL:
        try:
            sets[name] = real(name)
        except AbsentDataError as absent:
            print(f"skipped: {absent}")
    rows = [
        quiet(f"{name}, seconds drawn anew", lambda rng, posts=posts: redrawn(posts, rng), runs, seed)  # type: ignore[misc]
        for name, posts in sets.items()
    ]
    rows += [quiet(made.__name__, made, runs, seed) for made in (fans, newsrooms)]
    show("Nothing to find", rows)
    gone = [
        passes("export", exact_times=False, runs=runs, seed=seed),
        passes("export", exact_times=True, runs=runs, seed=seed),
    ]
    show("Deletions seen in passes of visits", gone)
    planted = [
        found_of(sets["german_elections"], 2 if quick else 10, seed, joint=joint, delay_s=delay_s)
        for joint in (10, 20, 40)
        for delay_s in (0, 1, 5)
        if "german_elections" in sets
    ]
    show("Planted groups of ten", planted)
    return {"quiet": rows, "passes": gone, "planted": planted}
