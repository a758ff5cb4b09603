"""Who is found, and who is wrongly found: our method beside what others do, on data with known truth.

Baselines see reposts only; ours is shown on reposts alone, which is the fair comparison, and on all
behaviours. A baseline flags the accounts of the pairs it keeps, ours the members of groups. Campaigns that
act by other means than reposts (pile_on, copypasta, hashtag_train, link_push, image_drop) are out of reach
of reposts, so precision, recall and F1 of the repost rows are also given over the other kinds only
("shared").
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from places import HERE, AbsentDataError
from samples import exercise_acts, synthfp
from tables import show

from vigie.detect import coaction
from vigie.exercise.scoring import score

sys.path.insert(0, str(HERE / "peers"))
import coortweet
import cosine
import hypergeometric
import raw
from coded import coded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from coded import Coded
    from samples import Sample
    from tables import Cell

    from vigie.exercise.scoring import Score

MINUTE_MS = 60_000
SWEEP_MS = (MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS)
SMALL, LARGE = 200_000, 1_000_000
SMALL_SEEDS, LARGE_SEEDS = (101, 102, 103), (201,)
TOP = 0.005
PERCENTILES = (0.9, 0.99)
LEASTS = (2, 5)
BY_REPOSTS = ("fast", "slow", "popular_only", "sparse", "cover", "shift", "semi_auto", "warm_up", "ring")
LARGEST_WITHOUT_TIME = 1_000_000  # acts; similarity of all pairs takes too long beyond


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Score all methods on all samples; `quick` takes one small exercise."""
    results: dict[str, object] = {}
    for sample in samples(quick=quick):
        rows, kinds = judged(sample)
        show(f"{sample.name}: accounts", rows)
        show(f"{sample.name}: recall by kind, and wrongly found by role", kinds)
        results[sample.name] = {"scores": rows, "kinds": kinds}
        sys.stdout.flush()
    return results


def samples(*, quick: bool) -> Iterator[Sample]:
    """Yield the samples, one at a time."""
    if quick:
        yield exercise_acts(posts=50_000, seed=SMALL_SEEDS[0])
        return
    try:
        yield synthfp()
    except AbsentDataError as absent:
        print(f"skipped: synthfp: {absent}")
    for seed in SMALL_SEEDS:
        yield exercise_acts(posts=SMALL, seed=seed)
    for seed in LARGE_SEEDS:
        yield exercise_acts(posts=LARGE, seed=seed)


def judged(sample: Sample, *, on: str = "repost") -> tuple[list[dict[str, Cell]], list[dict[str, Cell]]]:
    """Return a row of scores and a row of recalls for each method; baselines see the behaviour `on` only."""
    rows, kinds = [], []
    for name, find in methods(sample, on=on):
        started = time.process_time()
        for suffix, found in find().items():
            label = name.format(suffix)
            one = score(found, sample.truth)
            rows.append(
                {"method": label, **scores(one, sample), "CPU s": round(time.process_time() - started, 1)}
            )
            kinds.append({"method": label, **by_kind(one)})
            print(
                f"  {label}: {one.precision:.3f} {one.recall:.3f} {one.f1:.3f}", file=sys.stderr, flush=True
            )
    return rows, kinds


def methods(sample: Sample, *, on: str) -> Iterator[tuple[str, Callable[[], dict[object, set[str]]]]]:
    """Yield each method's name and a function that returns the accounts flagged, by parameter."""
    table = sample.acts[on]
    one = {on: table}
    acts = coded(table)
    yield f"ours, {on} alone, 60 s", lambda: {"": ours(sample, one, (MINUTE_MS,))}
    yield f"ours, {on} alone, 60 s + 10 min + 1 h", lambda: {"": ours(sample, one, SWEEP_MS)}
    if len(sample.acts) > 1:
        yield "ours, all behaviours, 60 s", lambda: {"": ours(sample, sample.acts, (MINUTE_MS,))}
        yield "ours, all behaviours, 60 s + 10 min + 1 h", lambda: {"": ours(sample, sample.acts, SWEEP_MS)}
    yield "at least {} common objects, 60 s", lambda: raw.flagged(table, window_ms=MINUTE_MS, leasts=LEASTS)
    yield (
        "CooRTweet's rule, percentile {}, 60 s",
        lambda: coortweet.flagged(acts, window_ms=MINUTE_MS, percentiles=PERCENTILES),
    )
    yield "cosine TF-IDF, top 0.5 % of pairs with 2, 60 s", lambda: {"": similar(acts, table)}
    if table.num_rows <= LARGEST_WITHOUT_TIME:
        yield "hypergeometric, Bonferroni, no time", lambda: {"": hypergeometric.flagged(acts, table)}
        yield "cosine TF-IDF, top 0.5 %, no time", lambda: {"": cosine.flagged(acts, top=TOP)}


def similar(acts: Coded, table: pa.Table) -> set[str]:
    """Return the accounts that cosine flags among pairs with two common objects within a minute."""
    pairs = coaction.pairs(table, window_ms=MINUTE_MS, objects_min=min(LEASTS))
    return cosine.flagged_among(acts, pairs, top=TOP)


def ours(sample: Sample, acts: dict[str, pa.Table], windows_ms: tuple[int, ...]) -> set[str]:
    """Return the members of the groups we find, with the parameters as they come."""
    found = coaction.detect(acts, rule=coaction.Rule(windows_ms=windows_ms), origins=sample.origins)
    return set(found.membership["account"].to_pylist())


def scores(one: Score, sample: Sample) -> dict[str, Cell]:
    """Return the figures of one method."""
    found = sum(hit for kind, (hit, _all) in one.recall_by_kind.items() if kind in BY_REPOSTS)
    planted = sum(total for kind, (_hit, total) in one.recall_by_kind.items() if kind in BY_REPOSTS)
    others = sample.truth.num_rows - one.planted
    newsrooms = sum(hit for role, (hit, _all) in one.wrong_by_role.items() if role == "newsroom")
    wrong = one.found - one.right
    return {
        "precision": round(one.precision, 3),
        "recall": round(one.recall, 3),
        "F1": round(one.f1, 3),
        "recall (shared)": round(found / planted, 3) if planted else None,
        "F1 (shared)": round(2 * found / (found + wrong + planted), 3) if planted else None,
        "false per 10,000": round(one.false_per_10_000, 1),
        "less newsrooms": round(10_000 * (wrong - newsrooms) / others, 1),
    }


def by_kind(one: Score) -> dict[str, Cell]:
    """Return found/all for each kind of campaign and each role that is no campaign."""
    every = {**one.recall_by_kind, **one.wrong_by_role}
    return {name: f"{hit}/{total}" for name, (hit, total) in every.items()}
