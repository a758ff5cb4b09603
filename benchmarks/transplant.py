"""A known operation put into an organic background, its times moved into the background's: who is found?

Operations: comments of the accounts on Reddit's 2017 list (IRA; all positive), and pro-government Russian
retweets of 2021 (unlabelled: some are supporters of their own accord). Backgrounds are unlabelled too:
whoever is flagged there counts as false, which makes precision a lower bound.

- *IRA in usc_x24*: posts with texts and answers; a stretch of the operation as long as the background, or all
  of it, folded into the window by whole days (the hours stay, years fall together). Ours is shown with the
  looser behaviours too: whom one answers, and near-copies of one text.
- *Russian retweets in German links*: accounts with five acts or more in a stretch of 40 days; the posts they
  share stand among the addresses shared in the German election.
- *invented groups in German links*: ten planted groups of synthfp, as the two real operations leave hardly
  anything to find; their objects are their own, or each becomes an address that organic accounts share near
  that time (*under cover*).

A seed draws the stretch, the groups and the cover.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from accuracy import MINUTE_MS, SWEEP_MS, judged, ours, scores
from places import AbsentDataError, data
from samples import Sample, acts_of, gathered, with_names
from tables import show

from vigie.detect import coaction, families
from vigie.detect.behaviours import BEHAVIOURS, COPIES, LOOSER
from vigie.detect.gathering import Gathering
from vigie.exercise.scoring import score
from vigie.terms.posts import POSTS, conform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from tables import Cell

SEEDS = (401, 402)
GROUPS = 10
ACTS_MIN = 5
DAY_MS = 86_400_000
STRETCH_MS = 40 * DAY_MS


@dataclass(frozen=True)
class Planted:
    """A sample, and on which behaviour baselines look at it."""

    sample: Sample
    on: str
    wider: Sample | None = None  # the same with the looser behaviours, where there are posts


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Score all methods on all transplants; `quick` takes one seed."""
    results: dict[str, object] = {"German links, nothing planted": alone()}
    for seed in SEEDS[:1] if quick else SEEDS:
        for one in transplants(seed):
            rows, _kinds = judged(one.sample, on=one.on)
            rows = [meant(row) for row in rows + more_rows(one.wider)]
            planted = pc.sum(pc.equal(one.sample.truth["role"], "campaign")).as_py()
            show(f"{one.sample.name}: {planted} accounts among {one.sample.truth.num_rows:,}", rows)
            results[one.sample.name] = {"scores": rows, "planted": planted, "seed": seed}
            sys.stdout.flush()
    return results


def alone() -> dict[str, object]:
    """Return how many accounts are flagged in the German background by itself."""
    table = german()
    sample = Sample(
        name="German links",
        acts={"link": with_texts(table)},
        truth=truth(table["account"], table["account"].slice(0, 0)),
        origins=coaction.unknown_origins,
    )
    flagged = {
        name: len(ours(sample, sample.acts, windows_ms))
        for name, windows_ms in (("60 s", (MINUTE_MS,)), ("60 s + 10 min + 1 h", SWEEP_MS))
    }
    print(f"flagged in the German background by itself: {flagged}", flush=True)
    return {"flagged": flagged, "accounts": sample.truth.num_rows}


def with_texts(acts: pa.Table) -> pa.Table:
    """Return acts whose names are plain texts."""
    return pa.table(
        {
            "account": acts["account"].cast(pa.string()),
            "object": acts["object"].cast(pa.string()),
            "at_ms": acts["at_ms"],
        }
    )


def meant(row: dict[str, Cell]) -> dict[str, Cell]:
    """Return a row without what means nothing here."""
    return {name: cell for name, cell in row.items() if "shared" not in name and name != "less newsrooms"}


def transplants(seed: int) -> Iterator[Planted]:
    """Yield the transplants; a data set that is not here is said and left out."""
    for name, on, make in (
        ("IRA", "reply", ira),
        ("IRA folded", "reply", folded),
        ("Russian", "link", russian),
        ("invented", "link", invented),
        ("invented under cover", "link", under_cover),
    ):
        try:
            made = make(seed)
            yield made if isinstance(made, Planted) else Planted(made, on)
        except AbsentDataError as absent:
            print(f"skipped: {name}: {absent}")


def more_rows(wider: Sample | None) -> list[dict[str, Cell]]:
    """Return rows of ours with the looser behaviours: all together, and each alone."""
    if wider is None:
        return []
    settings = {
        "all and the looser ones": tuple(wider.acts),
        "whom one answers alone": ("reply_target",),
        "near-copies alone": (COPIES,),
    }
    rows: list[dict[str, Cell]] = []
    for name, behaviours in settings.items():
        for label, windows_ms in (
            ("60 s", (MINUTE_MS,)),
            ("60 s + 10 min + 1 h", SWEEP_MS),
            ("a day", (DAY_MS,)),
        ):
            found = ours(wider, {one: wider.acts[one] for one in behaviours}, windows_ms)
            rows.append({"method": f"ours, {name}, {label}", **scores(score(found, wider.truth), wider)})
            print(f"  {rows[-1]}", file=sys.stderr, flush=True)
    return rows


def ira(seed: int) -> Planted:
    """Return a stretch of the IRA's comments in the American sample."""
    background, comments = usc(), reddit()
    moments = moments_of(comments)
    start, end = (f(background["created_ms"]).as_py() for f in (pc.min, pc.max))
    begin = int(np.random.default_rng(seed).choice(moments[moments < moments.max() - (end - start) // 2]))
    inside = comments.filter(pa.array((moments >= begin) & (moments <= begin + end - start)))
    return in_usc(inside, moments_of(inside) + start - begin, background, f"IRA in usc_x24, seed {seed}")


def folded(seed: int) -> Planted:
    """Return all of the IRA's comments in the American sample, folded by whole days."""
    background, comments = usc(), reddit()
    start, end = (f(background["created_ms"]).as_py() for f in (pc.min, pc.max))
    days = (end - start) // DAY_MS
    first = start // DAY_MS + 1
    day, time = np.divmod(moments_of(comments), DAY_MS)
    return in_usc(
        comments,
        (first + (day + seed) % days) * DAY_MS + time,
        background,
        f"IRA folded into usc_x24, seed {seed}",
    )


def moments_of(posts: pa.Table) -> NDArray[np.int64]:
    """Return when posts were written."""
    return np.asarray(posts["created_ms"].to_numpy())


def in_usc(inside: pa.Table, at_ms: NDArray[np.int64], background: pa.Table, name: str) -> Planted:
    """Return posts at other moments among those of the background."""
    place = inside.schema.get_field_index("created_ms")
    inside = inside.set_column(place, "created_ms", pa.array(at_ms))
    posts = pa.concat_tables([background, inside])
    acts, origins = gathered(posts)
    sample = Sample(
        name=name,
        acts=acts,
        truth=truth(background["author"], inside["author"]),
        origins=origins,
    )
    return Planted(sample, "reply", wider=with_looser(sample, posts))


def with_looser(sample: Sample, posts: pa.Table) -> Sample:
    """Return a sample with whom one answers, similar images and near-copies too."""
    whole = Gathering((*BEHAVIOURS, *LOOSER))
    for batch in posts.to_batches():
        whole.add(batch)
    looser = {one.id: with_names(whole.actions(one)) for one in LOOSER}
    copies = with_names(families.acts(families.detect(posts).members))
    return replace(sample, acts={**sample.acts, **looser, COPIES: copies}, origins=whole.origins)


def usc() -> pa.Table:
    """Return the American sample as canonical posts."""
    table = pq.read_table(data("usc_x24_sample"))
    links = [[{"url": url, "domain": None} for url in urls or []] for urls in table["urls"].to_pylist()]
    return conform(
        pa.table(
            {
                "post_id": table["post_id"],
                "author": table["username"],
                "created_ms": pc.multiply(table["ts"], 1000),
                "body": table["text"],
                "in_reply_to": table["reply_to_id"],
                "mentions": one_each(table["reply_to_user"]),
                "hashtags": table["hashtags"].cast(pa.list_(pa.string())),
                "links": pa.array(links, POSTS.field("links").type),
            }
        )
    )


def reddit() -> pa.Table:
    """Return the comments of the list as canonical posts."""
    table = pq.read_table(data("reddit_ira_comments"))
    return conform(
        pa.table(
            {
                "post_id": table["fullname"],
                "author": pc.binary_join_element_wise("ira ", table["author.name"].cast(pa.string()), ""),
                "created_ms": pc.multiply(table["created_utc"], 1000).cast(pa.int64()),
                "body": table["body"],
                "in_reply_to": table["link_id"],
                "mentions": one_each(table["link_author"]),
            }
        )
    )


def one_each(names: pa.ChunkedArray) -> pa.Array:
    """Return for each name a list of it, of none where there is none."""
    lists = [[name] if name else [] for name in names.cast(pa.string()).to_pylist()]
    return pa.array(lists, POSTS.field("mentions").type)


def truth(organic: pa.ChunkedArray, planted: pa.ChunkedArray) -> pa.Table:
    """Return the part each account plays."""
    names = [pc.unique(one.cast(pa.string())) for one in (organic, planted)]
    roles = ["organic"] * len(names[0]) + ["campaign"] * len(names[1])
    return pa.table({"account": pa.concat_arrays(names), "role": roles, "kind": roles})


def russian(seed: int) -> Sample:
    """Return accounts of the Russian set among German addresses."""
    table = pq.read_table(data("russian_coord_tweets"))
    acts = acts_of(
        table, account="account_id", thing="object_id", time_s="timestamp_share", post="content_id"
    )
    moments = acts["at_ms"].to_numpy()
    begin = int(np.random.default_rng(seed).choice(moments[moments < moments.max() - STRETCH_MS // 2]))
    acts = acts.filter(pa.array((moments >= begin) & (moments < begin + STRETCH_MS)))
    counted = pc.value_counts(acts["account"].cast(pa.string()))
    often = counted.field("values").filter(pc.greater_equal(counted.field("counts"), ACTS_MIN))
    acts = acts.filter(pc.is_in(acts["account"].cast(pa.string()), often))
    return in_german(seed, moved(acts), "Russian retweets in German links")


def invented(seed: int) -> Sample:
    """Return planted groups of synthfp among German addresses."""
    return in_german(seed, moved(groups_of_synthfp(seed)), "invented groups in German links")


def under_cover(seed: int) -> Sample:
    """Return the same, on addresses that organic accounts share near that time."""
    acts, organic = moved(groups_of_synthfp(seed)), german().sort_by("at_ms")
    at_ms = organic["at_ms"].to_numpy()
    first = acts.group_by("object").aggregate([("at_ms", "min")]).sort_by("object")
    rng = np.random.default_rng([seed, 1])
    near = np.searchsorted(at_ms, first["at_ms_min"].to_numpy()) + rng.integers(-50, 50, first.num_rows)
    cover = organic["object"].take(pa.array(near.clip(0, len(at_ms) - 1)))
    becomes = dict(zip(first["object"].to_pylist(), cover.to_pylist(), strict=True))
    names = pa.array([becomes[name] for name in acts["object"].to_pylist()])
    acts = acts.set_column(1, "object", names)
    return in_german(seed, acts, "invented groups under cover of German links")


def groups_of_synthfp(seed: int) -> pa.Table:
    """Return the acts of some planted groups."""
    events, labels = pq.read_table(data("synthfp_events")), pq.read_table(data("synthfp_labels"))
    groups = np.unique(labels["group_id"].filter(pc.greater_equal(labels["group_id"], 0)).to_numpy())
    drawn = np.random.default_rng(seed).choice(groups, GROUPS, replace=False)
    accounts = labels["account_id"].filter(pc.is_in(labels["group_id"], pa.array(drawn)))
    acts = acts_of(events, account="account_id", thing="object_id", time_s="ts", post="post_id")
    return acts.filter(pc.is_in(acts["account"], accounts))


def moved(acts: pa.Table) -> pa.Table:
    """Return acts moved by whole days, so that the hours stay, to the first days of the German window."""
    shift = (pc.min(german()["at_ms"]).as_py() - pc.min(acts["at_ms"]).as_py()) // DAY_MS * DAY_MS + DAY_MS
    named = pc.binary_join_element_wise("op ", acts["account"].cast(pa.string()), "")
    return acts.set_column(2, "at_ms", pc.add(acts["at_ms"], shift)).set_column(0, "account", named)


def german() -> pa.Table:
    """Return the addresses shared in the German election."""
    table = pq.read_table(data("german_elections"))
    table = table.filter(pc.and_(pc.is_valid(table["url_id"]), pc.is_valid(table["post_id"])))
    return acts_of(table, account="account_id", thing="url_id", time_s="timestamp", post="post_id")


def in_german(seed: int, acts: pa.Table, name: str) -> Sample:
    """Return acts among the German ones."""
    background = german()
    both = pa.table(
        {
            "account": pa.concat_arrays([*_texts(background, "account"), *_texts(acts, "account")]),
            "object": pa.concat_arrays([*_texts(background, "object"), *_texts(acts, "object")]),
            "at_ms": pa.chunked_array([*background["at_ms"].chunks, *acts["at_ms"].chunks]),
            "post": pa.array(np.arange(background.num_rows + acts.num_rows)),
        }
    )
    return Sample(
        name=f"{name}, seed {seed}",
        acts={"link": both},
        truth=truth(background["account"], acts["account"]),
        origins=coaction.unknown_origins,
    )


def _texts(table: pa.Table, name: str) -> list[pa.Array]:
    return [chunk.cast(pa.string()) for chunk in table[name].chunks]
