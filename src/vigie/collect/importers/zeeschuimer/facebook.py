"""Facebook's stories as its pages get them, and the comments that stand under one ("feedback").

Facebook's pages publish no account's creation, no audience and no language. Ids of the pages' own objects are
base64 around the id that people see; Zeeschuimer has unpacked those of the items themselves.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from vigie.collect.importers.frame import Skip
from vigie.collect.importers.values import (
    counts,
    distinct,
    hashtags_in,
    links_in,
    ms,
    named,
    part,
    parts,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "facebook"
STORY = "comet_sections.content.story"
WHEN = "comet_sections.context_layout.story.comet_sections.metadata"
FEEDBACK = (
    "comet_sections.feedback.story.story_ufi_container.story.feedback_context.feedback_target_with_context"
)
SUMMARY, LISTED = "comet_ufi_summary_and_actions_renderer.feedback", "comment_list_renderer.feedback"
COUNTS = {
    "reactions": f"{SUMMARY}.reaction_count.count",
    "shares": f"{SUMMARY}.share_count.count",
    "comments": f"{LISTED}.comment_rendering_instance_for_feed_location.comments.total_count",
}
COMMENT_COUNTS = {"reactions": "feedback.reactors.count", "replies": "feedback.replies_fields.total_count"}
COMMENTS = "comment_rendering_instance_for_feed_location.comments.edges"
ANSWERS = "feedback.replies_connection.edges"
DEPTH_MAX = 3  # Facebook shows answers to answers, and no deeper
MIMES = {"Photo": "image/jpeg", "Video": "video/mp4"}
GROUP = re.compile(r"facebook\.com/groups/([^/?#]+)")


def posts(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the post of a story; advertisements are skipped."""
    story = part(item, STORY)
    if part(item, "sponsored_data") or part(story, "sponsored_data"):
        yield Skip("advertisement")
        return
    shared, body = part(story, "attached_story"), text(story, "message.text")
    post, about = _post_id(item, story), _about(item)
    passed_on = named(PLATFORM, text(shared, "post_id"))
    entities = [part(one, "entity") for one in parts(story, "message.ranges")]
    yield {
        "post_id": named(PLATFORM, post),
        "platform": PLATFORM,
        "url": text(story, "wwwURL") or text(about, "url"),
        "kind": "post" if passed_on is None else "quote" if body else "share",
        "share_of": None if body else passed_on,
        "quote_of": passed_on if body else None,
        "author": _author(story),
        "channel_id": _group(text(about, "url") or text(story, "wwwURL")),
        "created_ms": ms(about, "creation_time"),
        "body": body or text(shared, "message.text"),
        "hashtags": distinct(hashtags_in(body)),
        "mentions": distinct(_mentions(entities)),
        "links": distinct(_links(story, entities), links_in(body)),
        "media": _media(story),
        "counts": counts(part(item, FEEDBACK), COUNTS, seen_ms),
    }


def comments(item: Record, seen_ms: int | None) -> Iterator[Post | Skip]:
    """Yield the comments of one feedback, with the answers that came along."""
    post = _inner(text(item, "id"), "feedback:")
    edges = parts(item, COMMENTS)
    if not edges:
        yield Skip("other")
    for edge in edges:
        yield from _comment(part(edge, "node"), post, None, seen_ms)


def _comment(
    node: Record, post: str | None, above: str | None, seen_ms: int | None, depth: int = 0
) -> Iterator[Post]:
    comment, body = _comment_id(node), text(node, "body.text", "preferred_body.text")
    yield {
        "post_id": named(PLATFORM, comment),
        "platform": PLATFORM,
        "url": text(node, "feedback.url", "url"),
        "kind": "comment",
        "thread_id": named(PLATFORM, post),
        "in_reply_to": named(PLATFORM, above or post),
        "author": text(node, "author.id"),
        "created_ms": ms(node, "created_time", "comment_action_links.0.comment.created_time"),
        "body": body,
        "hashtags": distinct(hashtags_in(body)),
        "links": distinct(links_in(body)),
        "counts": counts(node, COMMENT_COUNTS, seen_ms),
    }
    if depth < DEPTH_MAX:
        for edge in parts(node, ANSWERS):
            yield from _comment(part(edge, "node"), post, comment, seen_ms, depth + 1)


def _post_id(item: Record, story: Record) -> str | None:
    """Return a story's id, which its own object may hold alone: `S:_I<author>:<post>:<post>`."""
    found = text(item, "post_id") or text(story, "post_id")
    own = text(item, "id")
    return found or (own.rpartition(":")[2] if own and own.startswith("S:_I") else None)


def _about(item: Record) -> Record:
    """Return the part of a story's head that says when it was made, and where it stands."""
    told = (part(one, "story") for one in parts(item, WHEN))
    return next((one for one in told if "creation_time" in one), {})


def _author(story: Record) -> str | None:
    actor = next(iter(parts(story, "actors")), {})
    address = text(actor, "url") or ""
    return text(actor, "id") or address.rstrip("/").rpartition("/")[2] or None


def _group(address: str | None) -> str | None:
    found = GROUP.search(address or "")
    return found[1] if found else None


def _mentions(entities: Sequence[Record]) -> list[str | None]:
    """Return the accounts that a text names: what is marked in it is an account, a link or a hashtag."""
    marked = (one for one in entities if not text(one, "external_url"))
    return [text(one, "id") for one in marked if "/hashtag/" not in (text(one, "url") or "")]


def _links(story: Record, entities: Sequence[Record]) -> list[str | None]:
    way = "styles.attachment.story_attachment_link_renderer.attachment.web_link.url"
    attached = [text(one, way) for one in parts(story, "attachments")]
    return [*attached, *(text(one, "external_url") for one in entities)]


def _media(story: Record) -> list[dict[str, object]] | None:
    kinds = (text(one, "target.__typename") for one in parts(story, "attachments"))
    return [{"mime": MIMES[kind]} for kind in kinds if kind in MIMES] or None


def _comment_id(node: Record) -> str | None:
    """Return a comment's id as people see it: out of `comment:<post>_<comment>`."""
    own = _inner(text(node, "id"), "comment:")
    return text(node, "legacy_fbid") or (own.rpartition("_")[2] if own else None)


def _inner(id_: str | None, start: str) -> str | None:
    """Return what stands behind `start` in an id, packed in base64 or not; else the id as it is."""
    found = id_ if id_ is None or id_.startswith(start) else _unpacked(id_)
    return found.removeprefix(start) if found else None


def _unpacked(packed: str) -> str:
    try:
        return base64.b64decode(packed, validate=True).decode("ascii")
    except ValueError:  # no base64, or no text in it
        return packed
