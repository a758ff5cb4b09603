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

from vigie.detect.families.languages import are_translations, read_language, said_language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.families.meaning import Meaning
    from vigie.text.languages import Model

TIERS = ("exact", "normalised", "near", "rewording", "translation")  # the last two need a language model
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
        pa.field("similarity", pa.float64()),  # see `_similarity`
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
    meaning: Meaning | None,
    posts_min: int,
    model: Model | None,
) -> tuple[pa.Table, pa.Table]:
    """Return the posts that belong to families and the families, see `MEMBERS` and `FAMILIES`.

    Members have one column more, `row`, their place in `posts`.

    Args:
        posts: in canonical order.
        text: the number of each post's letters.
        letters: distinct texts.
        family: the specimen of each text: which it is a copy of.
        apart: its distance to the specimen.
        meaning: which specimens mean the same, None where no language model says.
        posts_min: of a family.
        model: tells in which language a specimen is written where no platform does.
    """
    whole = _of_meaning(family, meaning)
    large = np.bincount(whole[text], minlength=len(family))[whole[text]] >= posts_min
    rows = np.flatnonzero(large)
    chosen, text = posts.take(pa.array(rows)), text[rows]
    copied, specimen = family[text], whole[text]
    order, number = np.unique(specimen, return_inverse=True)
    founder = _earliest(text, specimen)
    bodies = _one(chosen["body"])
    same = np.asarray(pc.equal(bodies, bodies.take(pa.array(founder[number]))))
    lang = _languages(_one(chosen["lang"]), bodies, text, copied, model)
    tier = _tiers(text, copied, specimen, same, meaning)
    names = pa.array([str(uuid5(NAMESPACE, letters[int(one)].as_py())) for one in order], pa.string())
    members = pa.table(
        [
            names.take(pa.array(number)),
            _one(chosen["post_id"]),
            _one(chosen["author"]),
            _one(chosen["created_ms"]),
            pa.array(TIERS).take(pa.array(tier)),
            pa.array(_similarity(text, copied, specimen, letters, apart, meaning)),
            lang,
        ],
        schema=MEMBERS,
    )
    families = _families(members, number, text, tier, chosen.take(pa.array(founder)), names)
    place = np.empty(len(order), np.int64)
    place[_ranked(families)] = np.arange(len(order))
    inner = np.argsort(place[number], kind="stable")  # posts stand in canonical order already
    members = members.append_column("row", pa.array(rows))
    return members.take(pa.array(inner)), families.take(pa.array(_ranked(families)))


def _of_meaning(family: NDArray[np.int32], meaning: Meaning | None) -> NDArray[np.int32]:
    """Return the specimen that each text's family is told by, once families that mean the same are joined."""
    if meaning is None:
        return family
    joined = np.arange(len(family), dtype=np.int32)
    joined[meaning.specimen] = meaning.joined
    return np.asarray(joined[family])


def _earliest(text: NDArray[np.int32], specimen: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the earliest post of each specimen, posts standing in canonical order."""
    own = np.flatnonzero(text == specimen)
    return np.asarray(own[np.unique(specimen[own], return_index=True)[1]])


def _tiers(
    text: NDArray[np.int32],
    copied: NDArray[np.int32],
    specimen: NDArray[np.int32],
    same: NDArray[np.bool_],
    meaning: Meaning | None,
) -> NDArray[np.int64]:
    """Return how each post is a copy of its family's specimen, as places in `TIERS`."""
    tier = np.where(text != specimen, 2, np.where(same, 0, 1))
    if meaning is None:
        return tier
    here = np.searchsorted(meaning.specimen, copied)
    there = np.searchsorted(meaning.specimen, specimen)
    return np.where(copied == specimen, tier, np.where(are_translations(meaning.lang, here, there), 4, 3))


def _similarity(
    text: NDArray[np.int32],
    copied: NDArray[np.int32],
    specimen: NDArray[np.int32],
    letters: pa.Array,
    apart: NDArray[np.int32],
    meaning: Meaning | None,
) -> NDArray[np.float64]:
    """Return 1 minus the Levenshtein distance over the longer length, of letters; of meaning, the cosine."""
    longest = np.maximum(_lengths(letters.take(pa.array(text))), _lengths(letters.take(pa.array(copied))))
    alike = 1 - apart[text] / np.maximum(longest, 1)
    if meaning is None:
        return np.asarray(alike)
    cosine = meaning.likeness[np.searchsorted(meaning.specimen, copied)]
    return np.where(copied == specimen, alike, cosine)


def _families(
    members: pa.Table,
    number: NDArray[np.int64],
    text: NDArray[np.int32],
    tier: NDArray[np.int64],
    specimens: pa.Table,
    names: pa.Array,
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
    loosest = _one(summed["tier_max"])
    return pa.table(
        [
            names,
            pa.array(TIERS).take(loosest),
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
    stated: pa.Array,
    bodies: pa.Array,
    text: NDArray[np.int32],
    copied: NDArray[np.int32],
    model: Model | None,
) -> pa.Array:
    """Return what platforms say of each post's language, else what the text it is a copy of reads as."""
    said = said_language(stated)
    first = _earliest(text, copied)
    unsaid = said.is_null().to_numpy(zero_copy_only=False)
    number = np.unique(copied, return_inverse=True)[1]
    asked = np.unique(number[unsaid])
    read = read_language(bodies.take(pa.array(first[asked])), model)
    place = np.searchsorted(asked, np.where(unsaid, number, -1))
    answer = read.take(pa.array(place, mask=~unsaid))
    return pc.coalesce(said, answer)


def _lengths(texts: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.utf8_length(texts).to_numpy(zero_copy_only=False), np.int64)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
