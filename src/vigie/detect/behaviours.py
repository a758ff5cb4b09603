"""What counts as an act: how posts become (account, object, time) for each behaviour.

A hashtag sequence is an object anew each day (UTC): repeating it together on another day is acting together
again.

An account that is answered is an object anew each day too. It is known once all posts are: who wrote the post
that is answered; else whom the answer mentions first, as platforms put it. An answer to oneself goes on.

A shared post says again what another said, so its links, hashtags, text and images are that other's: only
`repost` reads it. A null or empty object is no object (a known trap: an empty address counted as an address
makes half of a co-link network false).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.jit import fixed, jit
from vigie.text import words_alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HASHTAGS_MIN = (
    2  # one hashtag is a topic, not a sequence; Pacheco et al. 2021, https://arxiv.org/abs/2001.05658
)
PDQ_QUALITY_MIN = 50  # blank pictures all look alike; as the authors of PDQ advise
BYTES = "sha256:"
OTHER_LOOKS = pa.schema([("pdq", pa.string()), ("look", pa.string())])
APART = "\x1f"  # between what is not yet an object; ids and names do not hold it
NOBODY = pa.scalar([None], pa.list_(pa.string()))
TEXT_MIN = 30  # normalised characters: "Bravo !" is nobody's property


LooksOf: TypeAlias = "Callable[[pa.Array, pa.Table], pa.Array]"
"""Takes hashes of pictures (PDQ, 64 hexadecimal digits) and other looks that some of them have, as
`other_looks` tells them; returns for each the hash of the picture that it is taken for."""


def themselves(hashes: pa.Array, _others: pa.Table) -> pa.Array:
    """Return that each picture is taken for itself."""
    return hashes


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known once all posts are.

    Args:
        authors_of: takes ids of posts; returns who wrote each, null where that is unknown.
        looks_of: takes hashes of pictures; returns for each the hash of the picture that it is taken for.
    """

    authors_of: Callable[[pa.Array], pa.Array]
    looks_of: Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What objects turn out to be; arrays in one order.

    Args:
        objects: the names, null for what is no object.
        owners: the account whose own acts on an object do not count, null for none.
    """

    objects: pa.Array
    owners: pa.Array


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A way to act: its id, the canonical columns it reads, and how a table of posts gives its objects.

    The part of the id before `_` is its kind: behaviours of one kind see the same evidence, and of two ids of
    a kind that which stands later in the alphabet sees it more loosely.

    Args:
        id: its name.
        columns: that `objects` reads.
        objects: takes posts; returns their objects, and the row of each where a post has several.
        of_shares: whether passing a post on is such an act.
        settle: takes the names of all objects once all posts are known; returns what they are.
    """

    id: str
    columns: tuple[str, ...]
    objects: Callable[[pa.Table], tuple[pa.Array | pa.ChunkedArray, pa.Array | None]]
    of_shares: bool = False
    settle: Callable[[pa.Array, Known], Settled] | None = None


def actions(
    posts: pa.Table, behaviour: Behaviour, *, first_row: int = 0, looks_of: LooksOf = themselves
) -> pa.Table:
    """Return the acts that posts hold of one behaviour.

    Args:
        posts: canonical posts with at least `author`, `created_ms`, `post_id` and the behaviour's columns.
        behaviour: which.
        first_row: how many posts came before these, so that each post without an id stays one of its own.
        looks_of: tells which pictures look alike.

    Returns:
        `account` text, `object` text, `at_ms` int64, `post` int64 (the same for the same post id).
    """
    rows, objects = objects_of(posts, behaviour)
    codes = pa.array(post_codes(posts.column("post_id"), first_row=first_row))
    acting = pa.table(
        [posts.column("author"), posts.column("created_ms"), codes], names=["account", "at_ms", "post"]
    )
    table = acting.take(pa.array(rows)).add_column(1, "object", objects)
    table = table.filter(pc.is_valid(table.column("object"))) if table.column("object").null_count else table
    if not behaviour.settle:
        return table
    others = other_looks(posts) if "media" in posts.column_names else OTHER_LOOKS.empty_table()
    known = Known(authors_of=partial(_authors_of, posts), looks_of=lambda hashes: looks_of(hashes, others))
    settled = behaviour.settle(table.column("object").cast(pa.string()).combine_chunks(), known)
    own = pc.equal(settled.owners, table.column("account").cast(pa.string()))
    counts = pc.and_(pc.is_valid(settled.objects), pc.invert(pc.fill_null(own, fill_value=False)))
    return table.set_column(1, "object", settled.objects).filter(counts)


def _authors_of(posts: pa.Table, ids: pa.Array) -> pa.Array:
    found = pc.index_in(ids, posts.column("post_id").cast(pa.string()))
    return posts.column("author").cast(pa.string()).combine_chunks().take(found)


def objects_of(posts: pa.Table, behaviour: Behaviour) -> tuple[NDArray[np.int64], pa.Array | pa.ChunkedArray]:
    """Return the objects that posts act on, null for none, and the row of the post of each."""
    rows = np.arange(posts.num_rows)
    if not behaviour.of_shares and posts.column("share_of").null_count < posts.num_rows:
        own = pc.is_null(posts.column("share_of"))
        posts, rows = posts.select(["created_ms", *behaviour.columns]).filter(own), rows[own.to_numpy()]
    objects, parents = behaviour.objects(posts)
    return rows if parents is None else rows[parents.to_numpy()], _filled(objects)


def _column(name: str) -> Callable[[pa.Table], tuple[pa.ChunkedArray, None]]:
    return lambda posts: (posts.column(name), None)


def _links(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    links = posts.column("links").combine_chunks()
    return pc.struct_field(pc.list_flatten(links), "url"), pc.list_parent_indices(links)


def _hashtags(posts: pa.Table) -> tuple[pa.Array, None]:
    tags = posts.column("hashtags").combine_chunks()
    sequence = pc.utf8_trim_whitespace(pc.utf8_lower(pc.binary_join(tags, " ")))
    sequence = pc.replace_substring_regex(sequence, r"\s+", " ")
    enough = pc.greater_equal(pc.count_substring(sequence, " "), HASHTAGS_MIN - 1)
    day = _day(posts.column("created_ms"), " (%Y-%m-%d)")
    occasion = pc.binary_join_element_wise(sequence, day, "")
    return pc.if_else(enough, occasion, pa.scalar(None, occasion.type)), None


def _images(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    media = posts.column("media").combine_chunks()
    flat = pc.list_flatten(media)
    hashes = pc.coalesce(_filled(pc.struct_field(flat, "pdq")), _filled(pc.struct_field(flat, "sha256")))
    return hashes, pc.list_parent_indices(media)


def _looks(posts: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return pictures by their looks where these tell enough, else by their bytes."""
    media = posts.column("media").combine_chunks()
    flat = pc.list_flatten(media)
    quality = pc.fill_null(pc.struct_field(flat, "pdq_quality"), PDQ_QUALITY_MIN)
    pdq, sha256 = _filled(pc.struct_field(flat, "pdq")), _filled(pc.struct_field(flat, "sha256"))
    pdq = pc.if_else(pc.greater_equal(quality, PDQ_QUALITY_MIN), pdq, pa.scalar(None, pdq.type))
    return pc.coalesce(pdq, pc.binary_join_element_wise(BYTES, sha256, "")), pc.list_parent_indices(media)


def other_looks(posts: pa.Table) -> pa.Table:
    """Return `pdq` and `look`: how else pictures look, turned, mirrored or without borders, each once."""
    flat = pc.list_flatten(posts.column("media").combine_chunks())
    if flat.type.get_field_index("looks") < 0:
        return OTHER_LOOKS.empty_table()
    looks = pc.struct_field(flat, "looks")
    pdq = pc.struct_field(flat, "pdq").take(pc.list_parent_indices(looks))
    told = pa.table([pdq, pc.list_flatten(looks)], schema=OTHER_LOOKS)
    return (
        told.filter(pc.and_(pc.is_valid(told["pdq"]), pc.is_valid(told["look"])))
        .group_by(OTHER_LOOKS.names)
        .aggregate([])
    )


def _settled_looks(names: pa.Array, known: Known) -> Settled:
    by_bytes = pc.starts_with(names, BYTES)
    hashes = names.filter(pc.invert(by_bytes))
    objects = pc.replace_with_mask(names, pc.invert(by_bytes), known.looks_of(hashes))
    return Settled(objects=objects, owners=pa.nulls(len(names), pa.string()))


def _answered(posts: pa.Table) -> tuple[pa.Array, None]:
    """Return the post answered, whom the answer mentions first and the day: who it is shows at the end."""
    post = _filled(posts.column("in_reply_to").combine_chunks())
    names = posts.column("mentions").combine_chunks()
    first = pc.list_element(pc.if_else(pc.greater(pc.list_value_length(names), 0), names, NOBODY), 0)
    day = _day(posts.column("created_ms"), "%Y-%m-%d")
    return pc.binary_join_element_wise(post, pc.fill_null(first, ""), day, APART), None


def _settled_targets(names: pa.Array, known: Known) -> Settled:
    parts = pc.split_pattern(names, APART)
    post, mention, day = (pc.list_element(parts, place) for place in range(3))
    target = pc.coalesce(known.authors_of(post), _filled(mention))
    return Settled(objects=pc.binary_join_element_wise(target, " (", day, ")", ""), owners=target)


def _day(at_ms: pa.ChunkedArray, written: str) -> pa.Array:
    return pc.strftime(at_ms.combine_chunks().cast(pa.timestamp("ms")), format=written)


def _text(posts: pa.Table) -> tuple[pa.ChunkedArray, None]:
    body = posts.column("body")
    return _long(body, words_alone(body)), None


def _text_normalised(posts: pa.Table) -> tuple[pa.ChunkedArray, None]:
    plain = words_alone(posts.column("body"))
    return _long(plain, plain), None


def _long(text: pa.ChunkedArray, plain: pa.ChunkedArray) -> pa.ChunkedArray:
    enough = pc.greater_equal(pc.utf8_length(plain), TEXT_MIN)
    return pc.if_else(enough, text, pa.scalar(None, text.type))


def _filled(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return values with null for an empty text; untouched where there is none."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    shortest = pc.min(pc.binary_length(values)).as_py()
    if shortest is None or shortest > 0:
        return values
    return pc.if_else(pc.not_equal(values, ""), values, pa.scalar(None, values.type))


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour(id="repost", columns=("share_of",), objects=_column("share_of"), of_shares=True),
    Behaviour(id="link", columns=("links",), objects=_links),
    Behaviour(id="hashtags", columns=("hashtags",), objects=_hashtags),
    Behaviour(id="reply", columns=("in_reply_to",), objects=_column("in_reply_to")),
    Behaviour(id="text", columns=("body",), objects=_text),
    Behaviour(id="text_normalised", columns=("body",), objects=_text_normalised),
    Behaviour(id="image", columns=("media",), objects=_images),
)
LOOSER: tuple[Behaviour, ...] = (  # studied where they are asked for
    Behaviour(
        id="reply_target",
        columns=("in_reply_to", "mentions"),
        objects=_answered,
        settle=_settled_targets,
    ),
    Behaviour(id="image_similar", columns=("media",), objects=_looks, settle=_settled_looks),
)
COPIES = "text_of_family"  # copies of one text: what `families` finds; see `Gathering.hold`


def columns_for(behaviours: tuple[Behaviour, ...]) -> tuple[str, ...]:
    """Return the canonical columns that behaviours read, each once."""
    needed = ["author", "created_ms", "post_id", "share_of"]
    return tuple(dict.fromkeys(needed + [name for behaviour in behaviours for name in behaviour.columns]))


def post_codes(post_id: pa.ChunkedArray, *, first_row: int = 0) -> NDArray[np.int64]:
    """Return a 64-bit code of each post id (FNV-1a); a null id gets a code of its own.

    Two ids share a code with a chance of 3 in a million among ten million posts, and it matters only when one
    account posts both on one object.
    """
    codes = [np.empty(0, np.int64)]
    first = first_row
    for chunk in post_id.chunks:
        text = chunk.cast(pa.large_string())
        _valid, offsets, data = text.buffers()
        ends = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
        code = _fnv(fixed(ends), fixed(np.frombuffer(data or b"", np.uint8)))
        empty = np.flatnonzero(text.is_null().to_numpy(zero_copy_only=False))
        code[empty] = -1 - (first + empty)
        codes.append(code)
        first += len(text)
    return np.concatenate(codes)


@jit
def _fnv(ends: NDArray[np.int64], data: NDArray[np.uint8]) -> NDArray[np.int64]:
    codes = np.empty(len(ends) - 1, np.int64)
    for row in range(len(codes)):
        code = np.uint64(0xCBF29CE484222325)
        for place in range(ends[row], ends[row + 1]):
            code = (code ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
        codes[row] = np.int64(code >> np.uint64(1))
    return codes
