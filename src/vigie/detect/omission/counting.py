"""Who is an outlet, and how much each said of each event, in each language and slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.errors import UnfitTableError
from vigie.terms.posts import POSTS, conform
from vigie.text import UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vigie.detect.omission.rule import Rule

COLUMNS = ("post_id", "author", "channel_id", "url", "kind", "created_ms", "lang", "share_of")
NEEDED = {"author": ("author",), "channel": ("channel_id",), "domain": ("url",)}
KINDS = ("article", "post", "video")  # what an outlet publishes; null is unknown and counts
HOST = r"^(?i:https?://)(?:[^/?#@]*@)?(?i:www\.)?(?P<host>[^/?#:@]+)"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What outlets published.

    Args:
        outlets: their names, by size, then by name.
        languages: `und` where nobody knows.
        events: their names.
        start_ms: of the first slot.
        slot_count: from the first post of any outlet to the last.
        post_ids: of outlets' posts, in canonical order.
        created_ms: of each post.
        outlet: of each post, its number.
        language: likewise.
        slot: likewise.
        about_post: one row per post and event: the number of the post.
        about_event: and of the event.
        is_asked: events x languages: whether the event was asked for in that language.
    """

    outlets: tuple[str, ...]
    languages: tuple[str, ...]
    events: tuple[str, ...]
    start_ms: int
    slot_count: int
    post_ids: pa.Array
    created_ms: NDArray[np.int64]
    outlet: NDArray[np.int64]
    language: NDArray[np.int64]
    slot: NDArray[np.int64]
    about_post: NDArray[np.int64]
    about_event: NDArray[np.int64]
    is_asked: NDArray[np.bool_]

    def sizes(self) -> NDArray[np.int64]:
        """Return posts by outlet, language and slot."""
        shape = (len(self.outlets), len(self.languages), self.slot_count)
        cells = np.ravel_multi_index((self.outlet, self.language, self.slot), shape)
        return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)


def counted(
    posts: pa.Table,
    events: pa.Table,
    *,
    rule: Rule,
    outlets: tuple[str, ...] | None,
    asked: Mapping[str, frozenset[str]],
) -> Counted:
    """Return what outlets published, and of it, what speaks of events.

    Args:
        posts: canonical posts; see `COLUMNS`.
        events: `post_id` and `event`.
        rule: who is an outlet, which events are large enough.
        outlets: those named by the operator, else the largest publishers.
        asked: the languages in which an event was asked for; all where it is not named.

    Raises:
        UnfitTableError: a column is missing.
    """
    for name in ("post_id", "created_ms", *NEEDED[rule.by]):
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage="omission/1", expected=str(POSTS.field(name).type))
    own = _published(conform(posts, columns=COLUMNS), rule)
    names = _chosen(own["outlet"], outlets, rule)
    number = pc.index_in(own["outlet"], pa.array(names, pa.string()))
    own = own.filter(pc.is_valid(number))
    number = pc.drop_null(number)
    lang = pc.utf8_lower(pc.replace_substring_regex(own["lang"], r"[-_].*", ""))
    lang = pc.if_else(pc.equal(pc.fill_null(lang, ""), ""), UNDETERMINED, lang)
    languages = tuple(sorted(lang.unique().to_pylist()))
    created = own["created_ms"].to_numpy().astype(np.int64)
    slot = created // rule.slot_ms
    first = int(slot.min(initial=slot[0])) if len(slot) else 0
    about_post, about_event, kept = _about(own["post_id"], events, number.to_numpy(), rule)
    return Counted(
        outlets=tuple(names),
        languages=languages,
        events=kept,
        start_ms=first * rule.slot_ms,
        slot_count=int(slot.max(initial=first)) - first + 1,
        post_ids=own["post_id"].combine_chunks(),
        created_ms=created,
        outlet=number.to_numpy().astype(np.int64),
        language=pc.index_in(lang, pa.array(languages, pa.string())).to_numpy().astype(np.int64),
        slot=slot - first,
        about_post=about_post,
        about_event=about_event,
        is_asked=np.array(
            [[not asked.get(event) or one in asked[event] for one in languages] for event in kept], np.bool_
        ).reshape(len(kept), len(languages)),
    )


def _published(posts: pa.Table, rule: Rule) -> pa.Table:
    """Return what was published as one's own, each post once, in canonical order, with its `outlet`."""
    is_own = pc.and_(pc.is_null(posts["share_of"]), pc.is_valid(posts["created_ms"]))
    is_kind = pc.or_(pc.is_null(posts["kind"]), pc.is_in(posts["kind"], pa.array(KINDS)))
    own = posts.filter(pc.and_(pc.and_(is_own, is_kind), pc.is_valid(posts["post_id"])))
    own = own.append_column("outlet", outlet_of(own, rule))
    own = own.filter(pc.is_valid(own["outlet"]))
    order = [(name, "ascending") for name in ("created_ms", "post_id", "outlet", "lang")]
    own = own.sort_by(order).combine_chunks()
    ids = own["post_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.sort(np.unique(ids, return_index=True)[1])
    return own.take(pa.array(first))


def outlet_of(posts: pa.Table, rule: Rule) -> pa.Array:
    """Return the outlet of each post: its author, its channel, or the host of its address without www."""
    if rule.by == "domain":
        found = pc.struct_field(pc.extract_regex(posts["url"], HOST), "host")
        return pc.utf8_lower(found)
    name = NEEDED[rule.by][0]
    return pc.if_else(pc.equal(posts[name], ""), pa.scalar(None, pa.string()), posts[name])


def _chosen(outlet: pa.Array, outlets: tuple[str, ...] | None, rule: Rule) -> list[str]:
    """Return the outlets to compare, the largest first."""
    counts = pc.value_counts(outlet.combine_chunks())
    of = {one["values"]: one["counts"] for one in counts.to_pylist()}
    if outlets is not None:
        return sorted(set(outlets) & of.keys(), key=lambda name: (-of[name], name))
    large = [name for name, count in of.items() if count >= rule.outlet_posts_min]
    return sorted(large, key=lambda name: (-of[name], name))[: rule.outlets_max]


def _about(
    post_ids: pa.Array, events: pa.Table, outlet: NDArray[np.int64], rule: Rule
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Return which posts of outlets are about which event, and the events that enough outlets reported."""
    place = pc.index_in(events["post_id"], post_ids.combine_chunks())
    known = pc.and_(pc.is_valid(place), pc.is_valid(events["event"]))
    post = place.filter(known).to_numpy().astype(np.int64)
    codes = events["event"].filter(known).combine_chunks().dictionary_encode()
    names, event = codes.dictionary.to_pylist(), codes.indices.to_numpy().astype(np.int64)
    cells = np.unique(np.stack([post, event], axis=1), axis=0)
    pairs = np.unique(np.stack([cells[:, 1], outlet[cells[:, 0]]], axis=1), axis=0)
    reporting = np.bincount(pairs[:, 0], minlength=len(names))
    counts = np.bincount(cells[:, 1], minlength=len(names))
    large = [number for number in range(len(names)) if reporting[number] >= rule.event_outlets_min]
    large.sort(key=lambda number: (-int(counts[number]), names[number]))
    kept = large[: rule.events_max]
    new = np.full(len(names), -1, np.int64)
    new[kept] = np.arange(len(kept))
    chosen = new[cells[:, 1]] >= 0
    return cells[chosen, 0], new[cells[chosen, 1]], tuple(names[number] for number in kept)
