"""Posts of the outlets of a register, each under its outlet's name, wherever it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.exposure.register import Register
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED_BY = ("platform", "author", "channel_id", "kind", "url")
HOST = r"^(?i:https?://)(?:[^/?#@]*@)?(?i:www\.)?(?P<host>[^/?#:@]+)"
PART_MIN = 0.5  # of what the register expects: with less collected, what is missing tells nothing
Place = tuple[str | None, str | None, str | None, str | None]  # platform, author, channel, host of an article


def of_outlets(posts: pa.Table, register: pa.Table) -> pa.Table:
    """Return the posts of registered outlets, with the outlet's name in the place of the account's.

    Args:
        posts: canonical posts with at least `NAMED_BY`.
        register: see `vigie.detect.exposure.REGISTER`; an article is of its site, every other post of its
            channel or its author.
    """
    known = Register(register)
    hosts = pc.struct_field(pc.extract_regex(posts["url"].combine_chunks(), HOST), "host")
    is_article = pc.fill_null(pc.equal(posts["kind"].combine_chunks(), "article"), fill_value=False)
    host = pc.if_else(is_article, hosts, pa.scalar(None, pa.string()))
    columns = [posts[name].to_pylist() for name in ("platform", "author", "channel_id")]
    found: dict[Place, str | None] = {}
    names = [
        found[place] if place in found else found.setdefault(place, _name(place, known))
        for place in zip(*columns, host.to_pylist(), strict=True)
    ]
    named = pa.array(names, pa.string())
    posts = posts.set_column(posts.column_names.index("author"), "author", named)
    return posts.filter(pc.is_valid(named))


def _name(place: Place, known: Register) -> str | None:
    platform, author, channel, host = place
    entry = known.of_host(host) if host else None
    if entry is None:
        entry = known.of_account(_names(platform, (channel, author)))
    return entry.name if entry else None


def _names(platform: str | None, names: Iterable[str | None]) -> list[str]:
    said = [name for name in names if name]
    return [*(f"{platform}:{name}" for name in said if platform), *said]


def too_thin(posts: pa.Table, register: pa.Table) -> frozenset[str]:
    """Return the outlets of which far less was collected than the register expects.

    Args:
        posts: as `of_outlets` returns them.
        register: may say `posts_a_day` of an outlet; of one where it does not, what was collected is all.
    """
    if "posts_a_day" not in register.column_names or not posts.num_rows:
        return frozenset()
    span = pc.min_max(posts["created_ms"]).as_py()
    days = max(1.0, (span["max"] - span["min"]) / DAY_MS)
    counted = {one["values"]: one["counts"] for one in pc.value_counts(posts["author"]).to_pylist()}
    return frozenset(
        row["name"]
        for row in register.to_pylist()
        if row["name"] in counted and (row["posts_a_day"] or 0) * days * PART_MIN > counted[row["name"]]
    )
