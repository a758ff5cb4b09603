"""Posts that go: how often is a key said to lose more than others where none does, and which are found?

Posts with a hashtag of 60 and a language of three are watched by a stream for three weeks. They go at
random, young ones more often; in the harder half of the runs authors differ much (a few delete much, most
hardly any). *Nothing to find*: no key differs; each run with a signal is false. *Planted*: posts with one
hashtag go so many times as often.

*Targets that post less*: twenty targets of five posts a day for 120 days among 300 others, whose days scatter
more or less, or whose level swings over weeks; in some runs half of them fall to a part for two weeks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.stats import beta
from tables import show

from vigie.detect import posting_drop
from vigie.detect.vanished import detect
from vigie.terms.posts import POSTS, conform

if TYPE_CHECKING:
    from tables import Cell

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
START_MS, DAYS = 20_454 * DAY_MS, 21
POSTS_MADE, AUTHORS, TAGS = 20_000, 800, 60
PLANTED = 7
YOUNG, OLD = 0.02, 0.004  # of posts that go a day: in their first two days, later


def made(rng: np.random.Generator, *, times: float, authors_differ: bool) -> pa.Table:
    """Return what a stream told of posts."""
    author = rng.integers(0, AUTHORS, POSTS_MADE)
    tag = rng.integers(0, TAGS, POSTS_MADE)
    created = START_MS + rng.integers(0, (DAYS - 1) * DAY_MS, POSTS_MADE)
    often = np.where(tag == PLANTED, times, 1.0)
    if authors_differ:
        often = often * rng.gamma(0.3, 1 / 0.3, AUTHORS)[author]
    due = rng.exponential(1.0, POSTS_MADE) / often  # a hazard of one is met after so much of it
    early = due / YOUNG
    lived = np.where(early < 2, early, 2 + (due - 2 * YOUNG) / OLD)
    gone = created + np.minimum(lived * DAY_MS, 1e15).astype(np.int64)
    names = {
        "post_id": [f"p{number}" for number in range(POSTS_MADE)],
        "author": [f"a{one}" for one in author.tolist()],
        "platform": ["x"] * POSTS_MADE,
        "source_kind": ["stream"] * POSTS_MADE,
        "lang": rng.choice(["en", "fr", "iu"], POSTS_MADE, p=[0.6, 0.35, 0.05]).tolist(),
        "hashtags": [[f"t{one}"] for one in tag.tolist()],
    }
    seen = conform(pa.table({**names, "created_ms": created, "collected_ms": created + 1_000}))
    went = pa.array(gone < START_MS + DAYS * DAY_MS)
    told = pa.table({**names, "created_ms": created, "collected_ms": gone, "deleted_seen_ms": gone}).filter(
        went
    )
    return pa.concat_tables([seen, conform(told)], promote_options="none").cast(POSTS)


def judged(times: float, *, authors_differ: bool, runs: int, seed: int) -> dict[str, Cell]:
    """Return in how many runs the planted key was found, and in how many another."""
    right = wrong = 0
    for number in range(runs):
        rng = np.random.default_rng([seed, number, int(10 * times), authors_differ])
        found = detect(made(rng, times=times, authors_differ=authors_differ)).signals
        keys = set(zip(found["by"].to_pylist(), found["key"].to_pylist(), strict=True))
        right += ("hashtag", f"t{PLANTED}") in keys
        wrong += bool(keys - {("hashtag", f"t{PLANTED}")} if times > 1 else keys)
    return {
        "times as often": times,
        "authors": "differ much" if authors_differ else "alike",
        "runs": runs,
        "found": right if times > 1 else None,
        "another": wrong,
        "at most (95 %)": f"{100 * float(beta.ppf(0.975, wrong + 1, max(runs - wrong, 1))):.1f} %",
    }


def targets(rng: np.random.Generator, *, days: str, part: float) -> pa.Table:
    """Return posts of targets, the first ten of which fall to a part from the 80th day to the 93rd."""
    length, count = 120, 20
    level = np.full((count, length), 5.0)
    if days == "scatter":
        level = level * rng.gamma(4.0, 0.25, level.shape)
    if days == "swing":
        steps = rng.standard_normal(level.shape)
        for day in range(1, length):
            steps[:, day] = 0.95 * steps[:, day - 1] + 0.312 * steps[:, day]
        level = level * np.exp(0.5 * steps)
    level[:10, 80:94] *= part
    posts = rng.poisson(level)
    who, day = (np.repeat(index.ravel(), posts.ravel()) for index in np.indices(posts.shape))
    others = rng.integers(0, length, 300 * length)
    author = [f"t{one:02}" for one in who.tolist()] + ["other"] * len(others)
    at = START_MS + np.concatenate((day, others)) * DAY_MS + rng.integers(0, DAY_MS, len(author))
    return pa.table(
        {
            "post_id": [f"p{number}" for number in range(len(author))],
            "author": author,
            "created_ms": at,
            "is_public_actor": pa.array([one != "other" for one in author]),
        }
    )


def dropped(days: str, part: float, *, runs: int, seed: int) -> dict[str, Cell]:
    """Return how many falls were told, and how many others, in so many runs of twenty targets."""
    right = wrong = 0
    for number in range(runs):
        rng = np.random.default_rng([seed, number, len(days), int(100 * part)])
        for row in posting_drop.detect(targets(rng, days=days, part=part)).drops.to_pylist():
            since = (row["start_ms"] - START_MS) // DAY_MS
            fell = part < 1 and row["account"] < "t10" and abs(since - 80) < 14
            right, wrong = right + fell, wrong + (not fell)
    return {
        "days": days,
        "falls to": part,
        "runs": runs,
        "told": f"{10 * right / runs:.0f} %" if part < 1 else None,
        "others told in 20 targets x 120 days": round(wrong / runs, 2),
    }


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Show false alarms and what is found; `quick` takes a few runs of each."""
    runs, seed = 3 if quick else 100, 20_261_122
    rows = [
        judged(times, authors_differ=authors_differ, runs=runs, seed=seed)
        for times in (1.0, 3.0, 6.0)
        for authors_differ in (False, True)
    ]
    show("Posts that go", rows)
    drops = [
        dropped(days, part, runs=runs, seed=seed)
        for days in ("even", "scatter", "swing")
        for part in (1.0, 0.3, 0.1)
    ]
    show("Targets that post less", drops)
    return {"rows": rows, "drops": drops}
