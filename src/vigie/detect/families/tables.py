"""Families and members as tables, in canonical order: what leaves the method.

Families stand the largest first (then more accounts, then the earliest, then by id), members by family, time,
post and account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.text import UNDETERMINED, identify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

TIERS = ("exact", "normalised", "near")  # from the same text to one that was edited
NAMESPACE = uuid5(NAMESPACE_URL, "families/1")

FAMILIES = pa.schema(
    [
        pa.field("family", pa.string()),  # UUIDv5 of the specimen's letters: the same in any data set
        pa.field("tier", pa.string()),  # of `TIERS`, the loosest that any member needs
        pa.field("size", pa.int32()),  # posts
        pa.field("accounts", pa.int32()),
        pa.field("texts", pa.int32()),  # different texts, as letters alone
        pa.field("languages", pa.list_(pa.string())),  # the most frequent first; `und` where none is known
        pa.field("first_ms", pa.int64()),
        pa.field("last_ms", pa.int64()),
        pa.field("specimen", pa.string()),  # id of the family's earliest post in these data
        pa.field("specimen_account", pa.string()),
        pa.field("specimen_text", pa.string()),
    ]
)
MEMBERS = pa.schema(
    [
        pa.field("family", pa.string()),
        pa.field("post_id", pa.string()),
        pa.field("account", pa.string()),
        pa.field("created_ms", pa.int64()),
        pa.field("tier", pa.string()),  # how the post is a copy of the specimen
        pa.field("similarity", pa.float64()),  # 1 - Levenshtein distance over the longer length, of letters
        pa.field("lang", pa.string()),  # as the platform said, else as the specimen reads
    ]
)


def members_of(
    posts: pa.Table,
    text: NDArray[np.int32],
    *,
    letters: pa.Array,
    family: NDArray[np.int32],
    apart: NDArray[np.int32],
    posts_min: int,
    model: Model | None,
) -> tuple[pa.Table, pa.Table]:
    """Return the posts that belong to families and the families, see `MEMBERS` and `FAMILIES`.

    Members have one column more, `row`, their place in `posts`.

    Args:
        posts: in canonical order.
        text: the number of each post's letters.
        letters: distinct texts.
        family: the specimen of each text.
        apart: its distance to the specimen.
        posts_min: of a family.
        model: tells in which language a specimen is written where no platform does.
    """
    specimen = family[text]
    large = np.bincount(specimen, minlength=len(family))[specimen] >= posts_min
    rows = np.flatnonzero(large)
    chosen, text, specimen = posts.take(pa.array(rows)), text[rows], specimen[rows]
    order, number = np.unique(specimen, return_inverse=True)
    founder = np.flatnonzero(text == specimen)
    founder = founder[np.unique(specimen[founder], return_index=True)[1]]  # each family's earliest post
    bodies = _one(chosen["body"])
    same = np.asarray(pc.equal(bodies, bodies.take(pa.array(founder[number]))))
    tier = np.where(text != specimen, 2, np.where(same, 0, 1))
    names = np.array([str(uuid5(NAMESPACE, letters[int(one)].as_py())) for one in order], object)
    longest = np.maximum(_lengths(letters.take(pa.array(text))), _lengths(letters.take(pa.array(specimen))))
    members = pa.table(
        [
            pa.array(names[number] if len(rows) else [], pa.string()),
            _one(chosen["post_id"]),
            _one(chosen["author"]),
            _one(chosen["created_ms"]),
            pa.array(np.array(TIERS, object)[tier] if len(rows) else [], pa.string()),
            pa.array(1 - apart[text] / np.maximum(longest, 1)),
            _languages(_one(chosen["lang"]), bodies.take(pa.array(founder)), number, model),
        ],
        schema=MEMBERS,
    )
    families = _families(members, number, text, tier, chosen.take(pa.array(founder)), names)
    place = np.empty(len(order), np.int64)
    place[_ranked(families)] = np.arange(len(order))
    inner = np.argsort(place[number], kind="stable")  # posts stand in canonical order already
    members = members.append_column("row", pa.array(rows))
    return members.take(pa.array(inner)), families.take(pa.array(_ranked(families)))


def _families(
    members: pa.Table,
    number: NDArray[np.int64],
    text: NDArray[np.int32],
    tier: NDArray[np.int64],
    specimens: pa.Table,
    names: NDArray[np.object_],
) -> pa.Table:
    count = len(names)
    keyed = pa.table(
        {
            "number": number,
            "account": members["account"],
            "at": members["created_ms"],
            "text": text,
            "tier": tier,
            "lang": members["lang"],
        }
    )
    summed = (
        keyed.group_by("number")
        .aggregate(
            [
                ("at", "count"),
                ("at", "min"),
                ("at", "max"),
                ("account", "count_distinct"),
                ("text", "count_distinct"),
                ("tier", "max"),
            ]
        )
        .sort_by("number")
    )
    loosest = summed["tier_max"].to_numpy()
    return pa.table(
        [
            pa.array(names, pa.string()),
            pa.array(np.array(TIERS, object)[loosest] if count else [], pa.string()),
            summed["at_count"].cast(pa.int32()),
            summed["account_count_distinct"].cast(pa.int32()),
            summed["text_count_distinct"].cast(pa.int32()),
            _languages_of(keyed, count),
            summed["at_min"],
            summed["at_max"],
            specimens["post_id"],
            specimens["author"],
            specimens["body"],
        ],
        schema=FAMILIES,
    )


def _languages_of(keyed: pa.Table, count: int) -> pa.Array:
    """Return the languages of each family, the most frequent first."""
    found: list[list[str]] = [[] for _family in range(count)]
    counted = keyed.group_by(["number", "lang"]).aggregate([([], "count_all")])
    ranked = counted.sort_by([("number", "ascending"), ("count_all", "descending"), ("lang", "ascending")])
    for number, lang in zip(ranked["number"].to_pylist(), ranked["lang"].to_pylist(), strict=True):
        found[number].append(lang)
    return pa.array(found, pa.list_(pa.string()))


def _ranked(families: pa.Table) -> NDArray[np.int64]:
    order = [
        ("size", "descending"),
        ("accounts", "descending"),
        ("first_ms", "ascending"),
        ("family", "ascending"),
    ]
    return np.asarray(pc.sort_indices(families, order).to_numpy(), np.int64)


def _languages(
    stated: pa.Array, specimens: pa.Array, number: NDArray[np.int64], model: Model | None
) -> pa.Array:
    """Return what platforms say of each post's language, else what its family's specimen reads as."""
    read = identify(specimens, model=model)["lang"].combine_chunks().cast(pa.string())
    primary = pc.utf8_lower(pc.replace_substring_regex(stated, r"[-_].*", ""))
    said = pc.if_else(pc.is_in(primary, pa.array(["", UNDETERMINED])), pa.scalar(None, pa.string()), primary)
    return pc.coalesce(said, read.take(pa.array(number)))


def _lengths(texts: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.utf8_length(texts).to_numpy(zero_copy_only=False), np.int64)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
