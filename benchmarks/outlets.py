"""Events not found at outlets: how often that is told where nothing is missing, and where something is.

Outlets of unlike size in two languages publish for 40 days; events take a share of their posts for some days.
*Nothing missing*: every outlet reports every event as its size and language make likely, but for its own
interest, which is drawn from a gamma law (shape 4: usual deviation 50 %; 2: 71 %; 1: 100 %; even: none).
Whatever is told there is a false alarm. *Something missing*: of ten outlets one event each is taken out.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.stats import beta
from tables import show

from vigie.detect.omission import COLUMNS, Rule, detect
from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from tables import Cell

DAY_MS = 86_400_000
OUTLETS, EVENTS, DAYS, LASTS = 40, 20, 40, 5
TOLD = ("not_found", "fewer")


def world(
    rng: np.random.Generator, shape: float, missing: dict[int, int] | None = None
) -> tuple[pa.Table, pa.Table]:
    """Return posts of outlets and which speak of which event."""
    usual = np.exp(rng.normal(3.6, 0.9, OUTLETS))
    lang = rng.integers(0, 2, OUTLETS)
    start = rng.integers(2, DAYS - LASTS, EVENTS)
    size = np.exp(rng.normal(-2.6, 0.5, EVENTS))
    taste = rng.uniform(0.5, 1.5, (EVENTS, 2))
    interest = rng.gamma(shape, 1 / shape, (OUTLETS, EVENTS)) if shape else np.ones((OUTLETS, EVENTS))
    for outlet, event in (missing or {}).items():
        interest[outlet, event] = 0
    count = rng.poisson(usual[:, None], (OUTLETS, DAYS))
    outlet = np.repeat(np.repeat(np.arange(OUTLETS), DAYS), count.ravel())
    day = np.repeat(np.tile(np.arange(DAYS), OUTLETS), count.ravel())
    age = day[:, None] - start[None]
    share = np.where((age >= 0) & (age < LASTS), size * np.exp(-np.maximum(age, 0) / 3), 0)
    share = share * taste[:, lang[outlet]].T * interest[outlet]
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1)
    event = (np.cumsum(share, axis=1) < rng.random(len(outlet))[:, None]).sum(axis=1)
    ids = np.array([f"p{number:07}" for number in range(len(outlet))], object)
    posts = pa.table(
        {
            "post_id": pa.array(ids, pa.string()),
            "author": pa.array([f"o{number:02}" for number in outlet]),
            "created_ms": (20_000 + day) * DAY_MS + rng.integers(0, DAY_MS, len(day)),
            "lang": pa.array(np.array(["en", "fr"], object)[lang[outlet]]),
        }
    )
    about = event < EVENTS
    names = pa.array([f"e{number:02}" for number in event[about]], pa.string())
    whole = pa.table(
        [
            posts[name] if name in posts.column_names else pa.nulls(len(posts), POSTS.field(name).type)
            for name in COLUMNS
        ],
        names=list(COLUMNS),
    )
    return whole, pa.table({"post_id": pa.array(ids[about], pa.string()), "event": names})


def told(posts: pa.Table, events: pa.Table) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the cells that are told and those that are judged."""
    found = detect(posts, events, rule=Rule(permutations=0)).cells.to_pylist()
    cells = {(one["outlet"], one["event"]) for one in found if one["state"] in TOLD}
    return cells, {(one["outlet"], one["event"]) for one in found if one["q_value"] is not None}


def quiet(shape: float, runs: int) -> dict[str, Cell]:
    """Return a line of the table of false alarms."""
    cells = judged = with_any = 0
    for seed in range(runs):
        false, could = told(*world(np.random.default_rng([41, seed, int(10 * shape)]), shape))
        cells, judged, with_any = cells + len(false), judged + len(could), with_any + bool(false)
    low, high = beta.ppf([0.025, 0.975], [with_any, with_any + 1], [runs - with_any + 1, runs - with_any])
    return {
        "interest": f"gamma, shape {shape:g}" if shape else "even",
        "runs": runs,
        "runs with any told": with_any,
        "95 % interval": f"{np.nan_to_num(low):.3f}-{np.nan_to_num(high, nan=1.0):.3f}",
        "cells judged": judged,
        "cells told": cells,
    }


def planted(shape: float, runs: int) -> dict[str, Cell]:
    """Return a line of the table of what is found where ten events were taken out."""
    hits = could = false = 0
    for seed in range(runs):
        rng = np.random.default_rng([42, seed, int(10 * shape)])
        missing = dict(
            zip(rng.permutation(OUTLETS)[:10].tolist(), rng.integers(0, EVENTS, 10).tolist(), strict=True)
        )
        cells, judged = told(*world(rng, shape, missing))
        true = {(f"o{outlet:02}", f"e{event:02}") for outlet, event in missing.items()}
        hits, could, false = hits + len(cells & true), could + len(judged & true), false + len(cells - true)
    return {
        "interest": f"gamma, shape {shape:g}" if shape else "even",
        "taken out": 10 * runs,
        "of them judged": could,
        "told": hits,
        "told falsely": false,
    }


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure false alarms and what is found."""
    runs = 5 if quick else 40
    shapes = (0.0, 4.0, 2.0, 1.0)
    null = [quiet(shape, runs) for shape in shapes]
    show("Events that are not missing, told as not found", null)
    found = [planted(shape, max(runs // 2, 5)) for shape in shapes]
    show("Events taken out of an outlet", found)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"quiet": null, "planted": found, "cpu_s": used.ru_utime + used.ru_stime}


if __name__ == "__main__":
    run(quick=False)
