"""A Mastodon server's public stream, as server-sent events.

The stream itself resumes nowhere. So after each connection the posts since the last one that is held are
asked for page by page, while new ones wait in the stream; a little more than that, since posts of other
servers come late. Edits of the time between are not told, nor deletions of posts that this process did not
see.

Sources: https://docs.joinmastodon.org/methods/streaming/, https://docs.joinmastodon.org/methods/timelines/
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from vigie_node.sources.live.errors import AnswerError
from vigie_node.sources.live.listening import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vigie.outbound.events import ServerEvent
    from vigie_node.sources.live.listening import Listening

POSTS, DELETED = frozenset({"update", "status.update"}), "delete"
SEEN_MAX = 50_000  # posts whose deletion can be told: some hours of a large server
PAGE_POSTS = 40  # the most that a server gives
OVERLAP_MS = 10 * 60_000
ID_SHIFT = 16  # an id is a moment in milliseconds, then as many bits: lib/mastodon/snowflake.rb
STREAMS = {  # stream -> its path, and the timeline that holds the same posts with its query
    "public": ("public", "public", {}),
    "local": ("public/local", "public", {"local": "true"}),
    "remote": ("public/remote", "public", {"remote": "true"}),
    "hashtag": ("hashtag", "tag/{tag}", {}),
}


class Status(msgspec.Struct):
    """All of a post that is looked at here."""

    id: str


class Known(msgspec.Struct):
    """What a deletion needs of the post that it is about."""

    id: str
    uri: str
    created_at: str
    account: dict[str, Any]


class Seen:
    """Remembers the posts that came lately: a deletion names a number that only this server knows."""

    def __init__(self) -> None:
        self._posts: OrderedDict[str, Known] = OrderedDict()

    def note(self, line: bytes) -> None:
        """Remember a post."""
        try:
            post = KNOWN.decode(line)
        except msgspec.DecodeError:
            return
        post.account = {name: post.account[name] for name in ("acct", "url") if name in post.account}
        self._posts[post.id] = post
        if len(self._posts) > SEEN_MAX:
            self._posts.popitem(last=False)

    def deletion(self, event: ServerEvent, now_ms: int) -> bytes | None:
        """Return a line that says which post is gone; None where it came too long ago, or never."""
        post = self._posts.pop(event.data.decode("utf-8", "replace").strip().strip('"'), None)
        if post is None:
            return None
        return msgspec.json.encode({"event": DELETED, "payload": post.id, "seen_ms": now_ms, "status": post})


STATUSES = msgspec.json.Decoder(Status)
KNOWN = msgspec.json.Decoder(Known)
PAGES = msgspec.json.Decoder(list[msgspec.Raw])


def listen(to: Listening) -> float:
    """Read the stream until it ends, which is an error, or until told to stop."""
    with to.client.stream(stream_address(to), headers=_headers(to)) as events, to.holding(events):
        catch_up(to)
        to.health.opened()
        for some in events:
            take(to, some)
            if to.stopping.is_set():
                break
    return 0.0


def take(to: Listening, events: Iterable[ServerEvent]) -> None:
    """Keep posts, and deletions of posts that were seen; other events are about people's own accounts."""
    seen, lines, unread = _seen(to), [], 0
    for event in events:
        if event.kind in POSTS:
            line = one_line(event.data) if id_of(event.data) else None
            unread += line is None
            if line is not None:
                seen.note(line)
        else:
            line = seen.deletion(event, to.now_ms()) if event.kind == DELETED else None
        if line is not None:
            lines.append(line)
    to.segments.append(lines)
    to.health.heard(len(lines), unread=unread)


def catch_up(to: Listening) -> None:
    """Ask for the posts since the last one that the disk holds; nothing where there is none yet.

    Cut short, it goes on from where it was: what came is on the disk.

    Raises:
        OutboundError, AnswerError: the server does not answer as it should.
    """
    last = _earlier(_last(to))
    while last and not to.stopping.is_set():
        page = _page(to, last)
        if not page:
            return  # a page with few posts may be followed by others: some are left out by the server
        to.segments.append([line for _, line in page])
        for _, line in page:
            _seen(to).note(line)
        to.health.heard(len(page))
        last = page[-1][0]


def stream_address(to: Listening) -> str:
    """Return the address of the stream that is asked for."""
    path, _, _ = STREAMS[to.options.get("stream", "public")]
    query = f"?{urlencode({'tag': to.options['tag']})}" if path == "hashtag" else ""
    base = to.options.get("streaming") or to.address
    return f"{base.rstrip('/')}/api/v1/streaming/{path}{query}"


def cursor_of(before: Mapping[str, Any], segment: Path) -> Mapping[str, Any]:
    """Return where a closed segment ends; where it says nothing, where the one before did."""
    from vigie_node.sources.live.segments import last_lines  # noqa: PLC0415 (only the collector asks)

    found = _latest(last_lines(segment))
    return before if found is None else {"id": found}


def id_of(post: bytes) -> str | None:
    """Return the id of a post; None where it is none."""
    try:
        return STATUSES.decode(post).id or None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _page(to: Listening, min_id: str) -> list[tuple[str, bytes]]:
    """Return the posts that follow one, with their ids, the earliest first."""
    _, timeline, query = STREAMS[to.options.get("stream", "public")]
    place = timeline.format(tag=quote(to.options.get("tag", ""), safe=""))
    asked = urlencode({**query, "min_id": min_id, "limit": PAGE_POSTS})
    answer = to.client.get(f"{to.address.rstrip('/')}/api/v1/timelines/{place}?{asked}", headers=_headers(to))
    if not answer.is_success:
        raise AnswerError.of(answer)
    try:
        posts = PAGES.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AnswerError.of(answer) from None
    found = [(id_, line) for raw in posts if (id_ := id_of(bytes(raw))) and (line := one_line(bytes(raw)))]
    return sorted((one for one in found if _place(one[0]) > _place(min_id)), key=lambda one: _place(one[0]))


def _headers(to: Listening) -> dict[str, str]:
    token = to.secrets.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _seen(to: Listening) -> Seen:
    found: Seen = to.notes.setdefault("seen", Seen())
    return found


def _last(to: Listening) -> str:
    """Return the latest post that was written down; empty where none was."""
    return max(_latest(to.segments.last_lines()) or "", str(to.cursor.get("id", "")), key=_place)


def _earlier(id_: str) -> str:
    """Return an id from a little before; the same where ids are no moments."""
    return str(max(0, int(id_) - (OVERLAP_MS << ID_SHIFT))) if id_.isdecimal() else id_


def _latest(lines: Iterable[bytes]) -> str | None:
    """Return the latest post among the last lines: edits of older ones and deletions stand between."""
    some = (id_ for line, _ in zip(lines, range(1_000), strict=False) if (id_ := id_of(line)))
    return max(some, key=_place, default=None)


def _place(id_: str) -> tuple[int, str]:
    """Ids are numbers as text, of any length: a longer one is later."""
    return len(id_), id_
