"""The posts behind groups, found while the posts pass by once more: what a person reads to judge.

Cited are the posts with which members acted together on a group's telling objects, the most telling first;
for objects that are posts themselves, those posts too, where they pass by.

What the looser behaviours act on (who is answered, which pictures look alike, copies of one text) shows once
all posts are known, and these pass by one after the other: an act of theirs is known again by its account and
its moment. Two posts of one account in one millisecond are both cited.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.behaviours import BEHAVIOURS, COPIES, LOOSER, Behaviour, columns_for, objects_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.terms.findings import Group

POSTS_MAX = 2_000
OBJECTS_ARE_POSTS = frozenset({"repost", "reply"})
SHOWN = ("post_id", "author", "platform", "created_ms", "deleted_seen_ms", "lang", "body", "links")
Act = tuple[str, str, str, int]  # behaviour, object (empty for the looser ones), account, moment
CITED = (
    *BEHAVIOURS,
    *LOOSER,
    Behaviour(id=COPIES, columns=("body",), objects=lambda posts: (posts.column("body"), None)),
)
LOOSE = frozenset({COPIES, *(one.id for one in LOOSER)})
Place = tuple[int, int]  # number of the group, number of its object


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A post as it was held, and on which of a group's objects it acts."""

    key: bytes  # of the observation
    post_id: str
    account: str
    platform: str
    created_ms: int
    deleted_ms: int | None  # when it was first seen to be gone
    lang: str
    body: str
    links: tuple[str, ...]
    behaviours: tuple[str, ...]
    object_numbers: tuple[int, ...]  # 1 is the group's most telling


class Citing:
    """Collects the posts behind some groups.

    Args:
        groups: which; their objects and acts say what to look for.
        posts_max: the most posts of one group.
    """

    def __init__(self, groups: Sequence[Group], *, posts_max: int = POSTS_MAX) -> None:
        self._posts_max = posts_max
        self._wanted: dict[Act, list[Place]] = defaultdict(list)
        self._originals: dict[str, dict[str, Any]] = {}
        self._original_ids: set[str] = set()
        self._found: dict[int, dict[str, tuple[dict[str, Any], set[tuple[int, str]]]]] = defaultdict(dict)
        for group in groups:
            self._want(group)
        named = {behaviour for behaviour, _, _, _ in self._wanted}
        self._behaviours = tuple(one for one in CITED if one.id in named)
        self._accounts = pa.array(sorted({account for _, _, account, _ in self._wanted}), pa.string())
        self._posts = pa.array(sorted(self._original_ids), pa.string())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that `add` needs."""
        return tuple(dict.fromkeys([*SHOWN, "observation", *columns_for(self._behaviours)]))

    def _want(self, group: Group) -> None:
        acts: set[tuple[int, str]] = set()
        for number, item in enumerate(group.objects, start=1):
            if item.behaviour in OBJECTS_ARE_POSTS:
                self._original_ids.add(item.object)
            for at_ms, account in item.acts:
                acts.add((at_ms, account))
                if len(acts) <= self._posts_max:
                    what = "" if item.behaviour in LOOSE else item.object
                    self._wanted[item.behaviour, what, account, at_ms].append((group.group, number))

    def add(self, posts: pa.RecordBatch) -> None:
        """Look at some posts, with `columns`."""
        table = pa.Table.from_batches([posts])
        self._keep_originals(table.filter(pc.is_in(table.column("post_id"), self._posts)))
        table = table.filter(pc.is_in(table.column("author"), self._accounts))
        for behaviour in self._behaviours if table.num_rows else ():
            for row, places in self._matches(table, behaviour):
                post = _told(table, row)
                for group, number in places:
                    _, on = self._found[group].setdefault(post["post_id"], (post, set()))
                    on.add((number, behaviour.id))

    def _matches(self, table: pa.Table, behaviour: Behaviour) -> Iterator[tuple[int, list[Place]]]:
        rows, objects = objects_of(table, behaviour)
        accounts, moments = table.column("author"), table.column("created_ms")
        for row, item in zip(rows.tolist(), objects.to_pylist(), strict=True):
            if item is not None:
                what = "" if behaviour.id in LOOSE else item
                act = (behaviour.id, what, accounts[row].as_py(), moments[row].as_py())
                if act in self._wanted:
                    yield row, self._wanted[act]

    def _keep_originals(self, table: pa.Table) -> None:
        for row in range(table.num_rows):
            post = _told(table, row)
            self._originals[post["post_id"]] = post

    def quotes(self, group: Group) -> tuple[Quote, ...]:
        """Return the posts of one group in the order of time: those on its most telling objects."""
        found = self._found[group.group].values()
        telling = sorted(found, key=lambda pair: (min(pair[1]), pair[0]["created_ms"], pair[0]["post_id"]))
        quotes = [
            Quote(
                **post,
                behaviours=tuple(sorted({behaviour for _, behaviour in on})),
                object_numbers=tuple(sorted({number for number, _ in on})),
            )
            for post, on in telling[: self._posts_max]
        ]
        return tuple(sorted(quotes, key=lambda quote: (quote.created_ms, quote.post_id)))

    def originals(self, group: Group) -> dict[str, dict[str, Any]]:
        """Return the posts that are objects of one group, where they passed by; `key` as in `Quote`."""
        ids = (item.object for item in group.objects if item.behaviour in OBJECTS_ARE_POSTS)
        shown = ("key", "account", "platform", "created_ms", "lang", "body")
        return {
            post_id: {name: self._originals[post_id][name] for name in shown}
            for post_id in ids
            if post_id in self._originals
        }

    def langs(self, group: Group) -> tuple[str, ...]:
        """Return for each object of one group the language of most of its posts, empty where unknown."""
        said: dict[int, Counter[str]] = defaultdict(Counter)
        for post, on in self._found[group.group].values():
            if post["lang"]:
                for number, _ in on:
                    said[number][post["lang"]] += 1
        return tuple(_most(said[number]) for number in range(1, len(group.objects) + 1))


def _most(said: Counter[str]) -> str:
    return min(said, key=lambda lang: (-said[lang], lang)) if said else ""


def _told(table: pa.Table, row: int) -> dict[str, Any]:
    """Return what is shown of one post."""
    value = {name: table.column(name)[row].as_py() for name in (*SHOWN, "observation")}
    return {
        "key": value["observation"],
        "post_id": value["post_id"] or "",
        "account": value["author"],
        "platform": value["platform"] or "",
        "created_ms": value["created_ms"],
        "deleted_ms": value["deleted_seen_ms"],
        "lang": value["lang"] or "",
        "body": value["body"] or "",
        "links": tuple(link["url"] for link in value["links"] or () if link["url"]),
    }
