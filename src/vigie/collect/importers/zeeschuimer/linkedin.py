"""LinkedIn's posts as its pages get them ("Voyager"), without a date: the id holds it.

The number of `urn:li:activity` is a moment and a counter, as in other services' ids: all but its last 22 bits
count milliseconds since 1970. Source: https://github.com/codingmatheus/linkedin-timestamp-extractor
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import counts, distinct, hashtags_in, named, part, parts, text
from vigie.collect.times import LAST_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "linkedin"
ACTIVITY = re.compile(r"urn:li:activity:(\d{1,19})")
COUNTER_BITS = 22  # behind the milliseconds
FIRST_MS = 1_262_304_000_000  # 2010-01-01: older ids are plain counters
SOCIAL, TOTALS = "*socialDetail", "*socialDetail.*totalSocialActivityCounts"
COUNTS = {"likes": f"{TOTALS}.numLikes", "comments": f"{TOTALS}.numComments", "shares": f"{TOTALS}.numShares"}
OLD_COUNTS = {
    "likes": f"{SOCIAL}.likes.paging.total",
    "comments": f"{SOCIAL}.comments.paging.total",
    "shares": f"{SOCIAL}.totalShares",
}
PROFILE = re.compile(r"linkedin\.com/((?:in|company|school|showcase)/[^/?#]+)")


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of an update; updates of nobody are suggestions of the page itself."""
    if not part(item, "actor"):
        yield Skip("other")
        return
    found = ACTIVITY.search(text(item, "updateMetadata.urn", "preDashEntityUrn", "entityUrn") or "")
    activity = found[1] if found else None
    body = text(item, "commentary.text.text")
    yield {
        "post_id": named(PLATFORM, activity),
        "platform": PLATFORM,
        "url": f"https://www.linkedin.com/feed/update/urn:li:activity:{activity}" if activity else None,
        "kind": "post",
        "author": _author(item),
        "created_ms": _created_ms(activity),
        "body": body,
        "hashtags": distinct(_tags(item), hashtags_in(body)),
        "mentions": distinct(_mentions(item)),
        "links": distinct([_link(item)]),
        "counts": _counts(item, seen_ms),
    }


def _author(item: Record) -> str | None:
    """Return the author's name in its profile's address, such as in/name or company/name."""
    target = text(item, "actor.navigationContext.actionTarget")
    found = PROFILE.search(target or "")
    return found[1] if found else None


def _created_ms(activity: str | None) -> int | None:
    if activity is None:
        return None
    moment = int(activity) >> COUNTER_BITS
    return moment if FIRST_MS <= moment < LAST_MS else None


def _counts(item: Record, seen_ms: int | None) -> list[dict[str, object]] | None:
    """Return the counters of an update; with all reactions, each kind of them where the page tells them."""
    if not part(item, TOTALS):
        return counts(item, OLD_COUNTS, seen_ms)
    kinds = [one for one in parts(item, f"{TOTALS}.reactionTypeCounts") if text(one, "reactionType")]
    each = (
        counts(one, {f"reactions.{text(one, 'reactionType')}".lower(): "count"}, seen_ms) for one in kinds
    )
    return [*(counts(item, COUNTS, seen_ms) or []), *(one for some in each for one in some or [])] or None


def _mentions(item: Record) -> list[str | None]:
    """Return the people and companies that a text marks, as authors are known: by their profile's address."""
    marked = parts(item, "commentary.text.attributes")
    people = (text(one, "*miniProfile.publicIdentifier") for one in marked)
    firms = (text(one, "*miniCompany.universalName") for one in marked)
    return [*(f"in/{one}" for one in people if one), *(f"company/{one}" for one in firms if one)]


def _tags(item: Record) -> list[str]:
    """Return hashtags as the page marks them, in either of its shapes."""
    marked = [
        *(text(one, "trackingUrn") for one in parts(item, "commentary.text.attributes")),
        *(
            text(one, "detailData.*hashtag.trackingUrn")
            for one in parts(item, "commentary.text.attributesV2")
        ),
    ]
    return [one.rpartition(":")[2] for one in marked if one and ":hashtag:" in one]


def _link(item: Record) -> str | None:
    return text(
        item,
        "content.navigationContext.actionTarget",
        "content.articleComponent.navigationContext.actionTarget",
    )
