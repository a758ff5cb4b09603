"""Pictures, their uses and their contexts as tables, in canonical order: what leaves the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.reuse.grouping import Grouped
    from vigie.detect.reuse.rule import Rule

PICTURE, HOUSE, DECORATION = "picture", "house", "decoration"
HOUSE_POSTS_MIN = 5
LARGEST = 3  # contexts

PICTURES = pa.schema(
    [
        pa.field("picture", pa.string()),  # `pdq:` or `sha256:` of the one first seen in these data
        pa.field("posts", pa.int64()),
        pa.field("accounts", pa.int64()),
        pa.field("platforms", pa.int64()),
        pa.field("files", pa.int64()),  # different files
        pa.field("looks", pa.int64()),  # different hashes of what they show
        pa.field("contexts", pa.int64()),  # unlike texts
        pa.field("use", pa.string()),  # picture; house: one account's; decoration: beside all kinds of texts
        pa.field("first_ms", pa.int64()),  # in these data, which is not where it comes from
        pa.field("last_ms", pa.int64()),
        pa.field("first_post", pa.string()),
        pa.field("first_account", pa.string()),
    ]
)
USES = pa.schema(
    [
        pa.field("picture", pa.string()),
        pa.field("post_id", pa.string()),
        pa.field("account", pa.string()),
        pa.field("platform", pa.string()),
        pa.field("created_ms", pa.int64()),
        pa.field("lang", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field("pdq", pa.string()),
        pa.field("distance", pa.int32()),  # bits that differ from the first seen, of 256
        pa.field("c2pa", pa.string()),  # absent is not fake; empty where nobody looked
        pa.field("context", pa.int64()),  # null where the post says too little
    ]
)
CONTEXTS = pa.schema(
    [
        pa.field("picture", pa.string()),
        pa.field("context", pa.int64()),  # 1, 2, 3 … from the earliest
        pa.field("posts", pa.int64()),
        pa.field("accounts", pa.int64()),
        pa.field("first_ms", pa.int64()),
        pa.field("last_ms", pa.int64()),
        pa.field("first_post", pa.string()),
        pa.field("lang", pa.string()),
        pa.field("text", pa.string()),
        pa.field("is_compared", pa.bool_()),  # with an earlier context in its language
        pa.field("likeness", pa.float64()),  # of its nearest text to an earlier context's, 0-1
        pa.field("silence_ms", pa.int64()),  # since the picture's use before; null for the first
    ]
)


def numbered_contexts(grouped: Grouped) -> NDArray[np.int64]:
    """Return the context of each row as 1, 2, 3 … within its picture, 0 where it says too little."""
    context, picture = grouped.context, grouped.picture
    said = np.flatnonzero(context >= 0)
    unique, inverse = np.unique(context[said], return_inverse=True)
    of_picture = np.zeros(len(unique), np.int64)
    of_picture[inverse] = picture[said]
    starts = np.flatnonzero(np.diff(of_picture, prepend=-1))
    sizes = np.diff(np.append(starts, len(unique)))
    number = np.arange(len(unique)) - np.repeat(starts, sizes) + 1
    whole = np.zeros(len(context), np.int64)
    whole[said] = number[inverse]
    return whole


def uses_table(posts: pa.Table, grouped: Grouped, about: pa.Table, number: NDArray[np.int64]) -> pa.Table:
    """Return one row per picture and post; `about` has `picture`, `sha256`, `pdq`, `distance`, `c2pa`."""
    own = posts.take(pa.array(grouped.post))
    columns = {
        "picture": about["picture"],
        "post_id": own["post_id"],
        "account": own["author"],
        "platform": own["platform"],
        "created_ms": own["created_ms"],
        "lang": grouped.lang,
        "sha256": about["sha256"],
        "pdq": about["pdq"],
        "distance": about["distance"],
        "c2pa": about["c2pa"],
        "context": pa.array(number, mask=number == 0),
    }
    return pa.table([columns[name] for name in USES.names], schema=USES)


def contexts_table(grouped: Grouped, uses: pa.Table, number: NDArray[np.int64]) -> pa.Table:
    """Return one row per picture and context, see `CONTEXTS`."""
    created = uses["created_ms"].to_numpy()
    before = np.where(np.diff(grouped.picture, prepend=-1) == 0, created - np.roll(created, 1), -1)
    said = np.flatnonzero(number > 0)
    first = np.unique(np.stack([grouped.picture[said], number[said]], axis=1), axis=0, return_index=True)[1]
    lead = said[first]
    of = np.unique(grouped.context[said], return_inverse=True)
    likeness = np.full(len(of[0]), -1.0)
    np.maximum.at(likeness, of[1], grouped.compared.likeness[grouped.text[said]])
    with_context = uses.filter(pa.array(number > 0))
    counts = with_context.group_by(["picture", "context"]).aggregate(
        [("post_id", "count"), ("account", "count_distinct"), ("created_ms", "max")]
    )
    rows = uses.take(pa.array(lead))
    place = _place(rows, counts)
    silence = before[lead]
    columns = {
        "picture": rows["picture"],
        "context": rows["context"],
        "posts": pa.array(np.bincount(of[1], minlength=len(of[0]))),
        "accounts": counts["account_count_distinct"].take(place),
        "first_ms": rows["created_ms"],
        "last_ms": counts["created_ms_max"].take(place),
        "first_post": rows["post_id"],
        "lang": rows["lang"],
        "text": grouped.texts.take(pa.array(grouped.text[lead])),
        "is_compared": pa.array(likeness >= 0),
        "likeness": pa.array(likeness, mask=likeness < 0),
        "silence_ms": pa.array(silence, mask=(silence < 0) | (number[lead] == 1)),
    }
    return pa.table([columns[name] for name in CONTEXTS.names], schema=CONTEXTS)


def _place(rows: pa.Table, counts: pa.Table) -> pa.Array:
    keys = [
        pc.binary_join_element_wise(table["picture"], pc.cast(table["context"], pa.string()), "/")
        for table in (rows, counts)
    ]
    return pc.index_in(keys[0], keys[1].combine_chunks())


def pictures_table(uses: pa.Table, contexts: pa.Table, rule: Rule) -> pa.Table:
    """Return one row per picture, see `PICTURES`: those with most posts first, then accounts, then time."""
    told = uses.group_by("picture", use_threads=False).aggregate(
        [
            ("created_ms", "count"),
            *((name, "count_distinct") for name in ("account", "platform", "sha256", "pdq")),
            ("created_ms", "min"),
            ("created_ms", "max"),
            ("post_id", "first"),
            ("account", "first"),
        ]
    )
    count, use = _kinds(uses, contexts, rule)
    names = told["picture"].to_pylist()
    table = pa.table(
        [
            told["picture"],
            told["created_ms_count"],
            *(told[f"{name}_count_distinct"] for name in ("account", "platform", "sha256", "pdq")),
            pa.array([count.get(name, 0) for name in names], pa.int64()),
            pa.array([use.get(name, PICTURE) for name in names], pa.string()),
            *(told[name] for name in ("created_ms_min", "created_ms_max", "post_id_first", "account_first")),
        ],
        schema=PICTURES,
    )
    order = [("posts", "descending"), ("accounts", "descending")]
    return table.sort_by([*order, ("first_ms", "ascending"), ("picture", "ascending")])


def _kinds(uses: pa.Table, contexts: pa.Table, rule: Rule) -> tuple[dict[str, int], dict[str, str]]:
    """Return of each picture how many contexts it has, and whether it is a house's or a decoration."""
    use: dict[str, str] = {}
    by_account = uses.group_by(["picture", "account"]).aggregate([("created_ms", "count")])
    most = by_account.group_by("picture").aggregate(
        [("created_ms_count", "max"), ("created_ms_count", "sum")]
    )
    for name, top, posts in zip(*(most[column].to_pylist() for column in most.column_names), strict=True):
        if posts >= HOUSE_POSTS_MIN and top > rule.one_account_max * posts:
            use[name] = HOUSE
    sizes: dict[str, list[int]] = {}
    for name, posts in zip(contexts["picture"].to_pylist(), contexts["posts"].to_pylist(), strict=True):
        sizes.setdefault(name, []).append(posts)
    for name, of in sizes.items():
        largest = sum(sorted(of)[-LARGEST:])
        if len(of) >= rule.texts_of_decoration and 2 * largest < sum(of):
            use[name] = DECORATION
    return {name: len(of) for name, of in sizes.items()}, use
