"""Narratives and members as tables, in canonical order: what leaves the method."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

NONE = "none"
NARRATIVES = pa.schema(
    [
        pa.field("narrative", pa.string()),  # keeps its id over runs that know the one before
        pa.field("lang", pa.string()),
        pa.field("posts", pa.int64()),  # in these data; 0 of a narrative that an earlier run alone found
        pa.field("texts", pa.int64()),  # different ones
        pa.field("accounts", pa.int64()),
        pa.field("first_ms", pa.int64()),  # first seen, here or in an earlier run
        pa.field("last_ms", pa.int64()),
        pa.field("first_post", pa.string()),
        pa.field("first_account", pa.string()),
        pa.field("terms", pa.list_(pa.string())),  # the most telling words, as people write them
        pa.field("words", pa.list_(pa.string())),  # the same and more, without accents
        pa.field("weights", pa.list_(pa.float64())),  # c-TF-IDF of `words`
        pa.field("specimen", pa.string()),  # the post nearest the centre
        pa.field("specimen_text", pa.string()),
        pa.field("is_known", pa.bool_()),  # an earlier run found it
        pa.field("change", pa.string()),  # new, grows, steady, unknown, dormant
        pa.field("recent_posts", pa.int64()),
        pa.field("recent_expected", pa.float64()),  # by its own past; null where there is too little
        pa.field("q_value", pa.float64()),
    ]
)
MEMBERS = pa.schema(
    [
        pa.field("narrative", pa.string()),  # or `none`
        pa.field("post_id", pa.string()),
        pa.field("account", pa.string()),
        pa.field("created_ms", pa.int64()),
        pa.field("lang", pa.string()),
        pa.field("similarity", pa.float64()),  # cosine with the words of the narrative; 0 of `none`
    ]
)


def specimens(members: pa.Table, count: int) -> dict[str, list[str]]:
    """Return ids of the posts nearest the centre of each narrative, at most `count`, the nearest first."""
    inside = members.filter(
        pc.and_(pc.not_equal(members["narrative"], NONE), pc.is_valid(members["post_id"]))
    )
    inside = inside.sort_by(
        [("similarity", "descending"), ("created_ms", "ascending"), ("post_id", "ascending")]
    )
    found: dict[str, list[str]] = {}
    for narrative, post in zip(inside["narrative"].to_pylist(), inside["post_id"].to_pylist(), strict=True):
        of_one = found.setdefault(narrative, [])
        if len(of_one) < count:
            of_one.append(post)
    return found
