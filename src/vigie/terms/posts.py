"""The canonical schema of posts, whatever platform they come from: one row per observation of a post.

Times are whole milliseconds since 1970 UTC in columns named `*_ms`. Names follow 4CAT where it has one
(`author`, `body`, `thread_id`); ActivityStreams, MISP and STIX names are given on export.
A null means unknown; nothing is filled in by guess.
"""

from __future__ import annotations

import pyarrow as pa

LINK = pa.struct([pa.field("url", pa.string()), pa.field("domain", pa.string())])
MEDIUM = pa.struct(
    [
        pa.field("sha256", pa.string()),
        pa.field("pdq", pa.string()),  # Meta's perceptual image hash, 64 hexadecimal digits
        pa.field("pdq_quality", pa.int16()),  # 0-100
        pa.field("mime", pa.string()),
        pa.field("c2pa", pa.string()),  # state of content credentials; null is unknown, not fake
        pa.field("looks", pa.list_(pa.string())),  # `pdq` turned, mirrored and without borders
    ]
)
READING = pa.struct(
    [pa.field("at_ms", pa.int64()), pa.field("name", pa.string()), pa.field("value", pa.int64())]
)

POSTS = pa.schema(
    [
        pa.field("post_id", pa.string()),  # platform:native id
        pa.field("platform", pa.string()),
        pa.field("source_kind", pa.string()),  # export, stream, capture …
        pa.field("collected_ms", pa.int64()),
        pa.field("collection_id", pa.string()),
        pa.field("url", pa.string()),
        pa.field("kind", pa.string()),  # post, comment, share, quote, article, video
        pa.field("thread_id", pa.string()),
        pa.field("in_reply_to", pa.string()),  # id of the post answered
        pa.field("share_of", pa.string()),  # id of the post passed on unchanged
        pa.field("quote_of", pa.string()),
        pa.field("author", pa.string()),  # a keyed hash once stored; the platform's id in a file
        pa.field("author_created_ms", pa.int64()),
        pa.field("author_followers", pa.int64()),
        pa.field("is_public_actor", pa.bool_()),
        pa.field("channel_id", pa.string()),
        pa.field("created_ms", pa.int64()),
        pa.field("edited_ms", pa.int64()),
        pa.field("deleted_seen_ms", pa.int64()),
        pa.field("visibility", pa.string()),
        pa.field("lang", pa.string()),  # BCP 47
        pa.field("lang_confidence", pa.float32()),
        pa.field("title", pa.string()),
        pa.field("body", pa.string()),
        pa.field("hashtags", pa.list_(pa.string())),  # in the order of the text, without #
        pa.field("mentions", pa.list_(pa.string())),
        pa.field("links", pa.list_(LINK)),  # expanded and canonical, with the registrable domain
        pa.field("media", pa.list_(MEDIUM)),
        pa.field("counts", pa.list_(READING)),  # likes, shares … as a series over time
        pa.field("place", pa.string()),  # coarse: a country or a region
        pa.field("evidence_id", pa.string()),
        pa.field("raw_ref", pa.string()),  # where the original stands
        pa.field("delete_by_ms", pa.int64()),
        pa.field("checked_ms", pa.int64()),  # when it was last looked for and found as it was
    ]
)
REQUIRED = ("author", "created_ms")  # without these a row says nothing about who acted when


def conform(table: pa.Table, *, columns: tuple[str, ...] = tuple(POSTS.names)) -> pa.Table:
    """Return `table` with exactly `columns` of the canonical schema, nulls where it has none."""
    arrays = [
        table.column(name).cast(POSTS.field(name).type)
        if name in table.column_names
        else pa.nulls(table.num_rows, POSTS.field(name).type)
        for name in columns
    ]
    return pa.table(arrays, schema=pa.schema([POSTS.field(name) for name in columns]))
