"""Pinterest's pins as its pages get them; those cut out of HTML have neither author nor date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import distinct, hashtags_in, ms, named, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "pinterest"


def posts(item: Record, _seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a pin; many pins have no date: they are set aside for that."""
    if item.get("is_promoted") is True or item.get("isPromoted") is True:
        yield Skip("advertisement")
        return
    pin, body = text(item, "entityId", "id"), text(item, "description")
    yield {
        "post_id": named(PLATFORM, pin),
        "platform": PLATFORM,
        "url": f"https://www.pinterest.com/pin/{pin}" if pin else None,
        "kind": "post",
        "author": text(item, "pinner.username"),
        "channel_id": text(item, "board.id", "board.entityId", "board.url"),
        "created_ms": ms(item, "created_at", "createdAt"),
        "title": text(item, "title"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct([text(item, "link")]),
    }
