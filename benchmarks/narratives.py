"""Narratives on conversations whose truth is known, on shuffled words, and on real posts; CPU seconds.

Invented conversations: words are invented too, so that no list of stop words helps. Each topic prefers forty
words of the language's common vocabulary, which other posts use as well; a part of posts are of no topic.
Agreement is adjusted mutual information (Vinh et al. 2010, https://jmlr.org/papers/v11/vinh10a.html), where
posts of no topic are a group of their own. Seeds are fresh (`SEEDS`): the method was tuned on other ones, on
usc_x24_sample and on the exercise.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from places import AbsentDataError, data
from pyarrow import parquet as pq
from scipy.special import gammaln
from tables import show

from vigie.detect.narratives import NONE, Rule, detect
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tables import Cell

SEEDS = (27_001, 27_002, 27_003)
NULL_RUNS = 100
NULL_TEXTS = 600
QUIET_RUNS = 15
WORDS = 8_000  # of the common vocabulary
OWN_WORDS = 40
TOPICAL = 0.35  # of the words of a post on a topic
START_MS = 20_454 * DAY_MS
DAYS = 21
REAL = "usc_x24_sample"


def conversation(
    posts: int, topics: int, *, seed: int, of_topic: float = 0.5, lang: str = "en"
) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return invented posts in one language and the topic of each, 0 for none; topics differ in size."""
    rng = np.random.default_rng([seed, *lang.encode()])
    words = np.array(invented(WORDS, rng), object)
    common = 1 / np.arange(1, WORDS + 1)
    common = np.cumsum(common / common.sum())
    size = 1 / np.sqrt(np.arange(1, topics + 1))
    topic = np.where(rng.random(posts) < of_topic, 1 + rng.choice(topics, posts, p=size / size.sum()), 0)
    own = np.stack([rng.choice(np.arange(100, WORDS), OWN_WORDS, replace=False) for _ in range(topics + 1)])
    prefers = 1 / np.arange(1, OWN_WORDS + 1) ** 0.7
    prefers = np.cumsum(prefers / prefers.sum())
    length = rng.integers(8, 26, posts)
    of = np.repeat(np.arange(posts), length)
    chosen = np.searchsorted(common, rng.random(len(of)))
    mine = np.searchsorted(prefers, rng.random(len(of)))
    is_own = (topic[of] > 0) & (rng.random(len(of)) < TOPICAL)
    chosen = np.where(is_own, own[topic[of], mine], chosen)
    said = words[np.minimum(chosen, WORDS - 1)]
    ends = np.cumsum(length)
    table = pa.table(
        {
            "post_id": [f"{lang}{n}" for n in range(posts)],
            "author": [f"a{n}" for n in rng.integers(0, max(10, posts // 8), posts)],
            "created_ms": START_MS + rng.integers(0, DAYS * DAY_MS, posts),
            "lang": [lang] * posts,
            "body": [" ".join(said[end - size : end]) for end, size in zip(ends, length, strict=True)],
        }
    )
    return table, topic


def invented(count: int, rng: np.random.Generator) -> list[str]:
    """Return so many different invented words."""
    syllables = np.array(
        [one + vowel for one in "bcdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "or")], object
    )
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(rng.choice(syllables, rng.integers(2, 5)))] = None
    return list(words)


def agreement(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return the adjusted mutual information of two groupings, 1 for the same, about 0 for chance."""
    _names, a = np.unique(one, return_inverse=True)
    _names, b = np.unique(other, return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    rows, columns, total = table.sum(axis=1), table.sum(axis=0), float(len(a))
    held = table > 0
    outer = np.outer(rows, columns)
    mutual = float((table[held] / total * np.log(total * table[held] / outer[held])).sum())
    expected = sum(_expected(x, y, total) for x in rows for y in columns)
    entropy = [-float((some / total * np.log(some / total)).sum()) for some in (rows, columns)]
    return (mutual - expected) / max(float(np.mean(entropy)) - expected, 1e-12)


def _expected(one: float, other: float, total: float) -> float:
    """Return what two groups of these sizes add to the mutual information of chance groupings."""
    both = np.arange(max(1.0, one + other - total), min(one, other) + 1)
    log = (
        gammaln(one + 1) + gammaln(other + 1) + gammaln(total - one + 1) + gammaln(total - other + 1)
        - gammaln(total + 1) - gammaln(both + 1) - gammaln(one - both + 1) - gammaln(other - both + 1)
        - gammaln(total - one - other + both + 1)
    )  # fmt: skip
    return float((both / total * np.log(total * both / (one * other)) * np.exp(log)).sum())


def groups(posts: pa.Table, *, seed: int, rule: Rule | None = None) -> tuple[NDArray[np.int64], float]:
    """Return the number of each post's narrative, 0 for none, in the order of posts, and CPU seconds."""
    began = time.process_time()
    found = detect(posts, seed=seed, rule=rule)
    spent = time.process_time() - began
    names = {name: number for number, name in enumerate([NONE, *found.narratives["narrative"].to_pylist()])}
    of = dict(zip(found.members["post_id"].to_pylist(), found.members["narrative"].to_pylist(), strict=True))
    return np.array([names[of[post]] for post in posts["post_id"].to_pylist()]), spent


def invented_row(posts: int, topics: int) -> dict[str, Cell]:
    """Return how well topics are found again, over fresh seeds."""
    agreements, right, told, none, stable, spent = [], [], [], [], [], []
    for seed in SEEDS:
        table, topic = conversation(posts, topics, seed=seed)
        found, seconds = groups(table, seed=0)
        again, _seconds = groups(table, seed=1)
        main = {one: np.bincount(topic[found == one]).argmax() for one in np.unique(found[found > 0])}
        correct = np.array([one > 0 and main[one] == of for one, of in zip(found, topic, strict=True)])
        agreements.append(agreement(found, topic))
        right.append(correct.sum() / max(1, (found > 0).sum()))
        told.append(correct.sum() / (topic > 0).sum())
        none.append((found[topic == 0] == 0).mean())
        stable.append(agreement(found, again))
        spent.append(seconds)
    return {
        "posts": posts,
        "topics": topics,
        "agreement with truth": float(np.mean(agreements)),
        "right of those placed": float(np.mean(right)),
        "placed right of those on a topic": float(np.mean(told)),
        "left out of those on none": float(np.mean(none)),
        "agreement of two seeds": float(np.mean(stable)),
        "CPU s": float(np.mean(spent)),
    }


def null_row(name: str, posts: pa.Table, runs: int) -> dict[str, Cell]:
    """Return in how many runs texts of shuffled words yield a narrative."""
    bodies = [text.split() for text in posts["body"].to_pylist()]
    every = np.array([word for text in bodies for word in text], object)
    ends = np.cumsum([len(text) for text in bodies])
    yielding = 0
    for run in range(runs):
        words = np.random.default_rng([8001, run]).permutation(every)
        said = [" ".join(words[end - len(text) : end]) for end, text in zip(ends, bodies, strict=True)]
        shuffled = posts.set_column(posts.column_names.index("body"), "body", pa.array(said))
        yielding += detect(shuffled, seed=run).narratives.num_rows > 0
    return {"texts of shuffled words": name, "runs": runs, "with a narrative": yielding}


def quiet_row(runs: int) -> dict[str, Cell]:
    """Return how many narratives of conversations in which nothing grows are called new or growing."""
    called, all_of = 0, 0
    for run in range(runs):
        table, _topic = conversation(3_000, 10, seed=9001 + run)
        change = detect(table, seed=0).narratives["change"].to_pylist()
        called += sum(one in ("new", "grows") for one in change)
        all_of += len(change)
    return {
        "conversations in which nothing grows": runs,
        "narratives": all_of,
        "called new or growing": called,
    }


def real_posts() -> pa.Table:
    """Return posts of X before the election of 2024.

    Raises:
        AbsentDataError: they are not there.
    """
    raw = pq.read_table(data(REAL))
    return pa.table(
        {
            "post_id": raw["post_id"].cast(pa.string()),
            "author": raw["username"].cast(pa.string()),
            "created_ms": pa.array(raw["ts"].to_numpy() * 1000),
            "lang": raw["lang"].cast(pa.string()),
            "body": raw["text"].cast(pa.string()),
        }
    )


def real_row(posts: pa.Table, seeds: int) -> dict[str, Cell]:
    """Return how much narratives of real posts depend on the seed."""
    runs = [groups(posts, seed=seed) for seed in range(100, 100 + seeds)]
    between = [agreement(runs[0][0], other) for other, _spent in runs[1:]]
    return {
        "posts": len(posts),
        "narratives": int(np.mean([run.max() for run, _spent in runs])),
        "posts placed": float(np.mean([(run > 0).mean() for run, _spent in runs])),
        "agreement of seeds, mean": float(np.mean(between)),
        "least": float(np.min(between)),
        "CPU s": float(np.mean([spent for _run, spent in runs])),
    }


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure all of it."""
    groups(conversation(500, 3, seed=1)[0], seed=0)  # compiles
    sizes = ((500, 5), (5_000, 20)) if quick else ((500, 5), (5_000, 20), (20_000, 40))
    known = [invented_row(posts, topics) for posts, topics in sizes]
    show("Invented conversations, half of the posts on a topic", known)
    runs = 5 if quick else NULL_RUNS
    nulls = [null_row("invented", conversation(NULL_TEXTS, 8, seed=7100)[0], runs)]
    quiet = [quiet_row(3 if quick else QUIET_RUNS)]
    real: list[dict[str, Cell]] = []
    try:
        posts = real_posts()
    except AbsentDataError as absent:
        print(f"skipped: {absent}")
    else:
        nulls.append(null_row("posts of X", posts.slice(0, NULL_TEXTS), runs))
        real = [real_row(posts, 3 if quick else 6)]
        show("Real posts: usc_x24_sample", real)
    show("Where nothing is told", nulls)
    show("Where nothing grows", quiet)
    result: dict[str, object] = {"known": known, "nulls": nulls, "quiet": quiet, "real": real}
    if not quick:
        table, _topic = conversation(1_000_000, 60, seed=SEEDS[0])
        _found, seconds = groups(table, seed=0)
        result["million"] = [{"posts": 1_000_000, "CPU s": seconds}]
        show("A million different texts", result["million"])
    return result


if __name__ == "__main__":
    run(quick=False)
