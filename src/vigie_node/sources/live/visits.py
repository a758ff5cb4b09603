"""Feeds and sitemaps: visited now and then, kept as they are when something is new in them, and once a day.

A document that is kept again though nothing is new in it says of each post that it was looked for and stands.
What they say is read when the document is taken in, in a process of its own. Here a sitemap is looked into
only to find the sitemaps that an index names.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError
from vigie.terms.times import DAY_MS
from vigie_node.sources.live.errors import AnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vigie.outbound import Answer
    from vigie_node.sources.live.listening import Listening

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MARK = b"\xef\xbb\xbf"
# One piece of what may stand before the first element, by its two ends: sites send what they like, and an
# expression for all of it tries the same bytes again and again.
PROLOG = ((b"<?", b"?>"), (b"<!--", b"-->"))
ROOT = b"<sitemapindex"
HEAD_BYTES = 64 * 1024  # the first element stands within them
LOC, CDATA = b"<loc>", b"<![CDATA["
END_OF_PLACE = re.compile(rb"[<\s\]]")
PLACE_BYTES = 4096  # an address has 2,048 characters at most: https://www.sitemaps.org/protocol.html
PLACES_MAX = 50_000  # of one index, by the same page
MAPS_MAX = 50  # of one index, at one visit


@dataclass(kw_only=True)
class Visit:
    """One visit: what was known of each document before, and what is known now."""

    to: Listening
    known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def fetch(self, address: str, *, named_by: str | None = None) -> Answer | None:
        """Return a document, or None where it is the same as last time and was kept today (UTC).

        Raises:
            OutboundError: it cannot be had.
            LiveError: the site asks programs not to, or answers with an error.
            NotNamedError, TermsForbidError: it redirects to a place that is not declared.
        """
        if named_by is not None:
            address = self.to.client.check(address, named_by=named_by)
        self.to.robots.check(address)
        before = self.to.cursor.get("documents", {}).get(address, {})
        today = str(self.to.now_ms() // DAY_MS)
        is_kept = before.get("day") == today
        answer = self.to.client.get(
            address,
            headers={"Accept": ACCEPT},
            etag=before.get("etag") if is_kept else None,
            last_modified=before.get("last_modified") if is_kept else None,
        )
        if answer.hops:
            self.to.check_elsewhere(answer.url)
        if answer.is_unchanged:
            self.known[address] = before
            return None
        if not answer.is_success:
            raise AnswerError.of(answer)
        self.known[address] = _known(answer) | {"day": today}
        return None if is_kept and answer.sha256 == before.get("sha256") else answer


def feed(to: Listening) -> float:
    """Visit a feed once, and return in how many seconds to come back."""
    visit = Visit(to=to)
    answer, before = visit.fetch(to.address), to.cursor
    to.cursor = {"documents": visit.known}  # before the document is there: it is handed in with this cursor
    if answer is not None:
        try:
            _keep(to, answer)
        except OSError:
            to.cursor = before  # nothing was kept: it is fetched again
            raise
    to.health.opened()
    to.health.heard(0 if answer is None else 1)
    return to.every_s


def sitemap(to: Listening) -> float:
    """Visit a sitemap once, and those that it names where it is an index; return when to come back.

    One that fails does not stop the others; then it is said.
    """
    visit, failures = Visit(to=to), list[VigieError]()
    answer = visit.fetch(to.address)
    maps = to.cursor.get("maps", [])
    if answer is not None:
        maps = _named(answer.body) if _is_index(answer.body) else []
    count = 0 if answer is None or maps else _keep(to, answer)
    for place in maps:
        if to.stopping.is_set():
            return 0.0
        try:
            found = visit.fetch(place, named_by=to.address)
        except VigieError as error:
            failures.append(error)
        else:
            count += 0 if found is None else _keep(to, found)
    to.cursor = {"documents": visit.known, "maps": maps}
    to.health.heard(count)
    if failures:
        raise failures[0]
    to.health.opened()
    return to.every_s


def cursor_of(before: Mapping[str, Any], segment: Path) -> Mapping[str, Any]:  # noqa: ARG001 (as of streams)
    """Return what is known of the documents now: they themselves do not say."""
    return before


def _keep(to: Listening, answer: Answer) -> int:
    to.segments.deposit(answer.body, ending=_ending(answer.body))
    return 1


def _ending(body: bytes) -> str:
    if body.startswith(b"\x1f\x8b"):
        return ".xml.gz"
    return ".json" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else ".xml"


def _is_index(body: bytes) -> bool:
    """Tell whether the first element of a sitemap is an index's; each byte before it is passed once."""
    head = body[:HEAD_BYTES].removeprefix(MARK)
    start = _past_space(head, 0)
    while end := next((end for begin, end in PROLOG if head.startswith(begin, start)), None):
        found = head.find(end, start)
        if found < 0:
            return False
        start = _past_space(head, found + len(end))
    after = head[start + len(ROOT) : start + len(ROOT) + 1]
    return head.startswith(ROOT, start) and (after.isspace() or after in {b">", b"/"})


def _past_space(head: bytes, start: int) -> int:
    while head[start : start + 1].isspace():
        start += 1
    return start


def _named(body: bytes) -> list[str]:
    """Return the places that an index names, each once, as many as are visited."""
    found: dict[str, None] = {}
    start = body.find(LOC)
    for _ in range(PLACES_MAX):
        if start < 0 or len(found) == MAPS_MAX:
            break
        start += len(LOC)
        place = body[start : start + PLACE_BYTES].lstrip().removeprefix(CDATA).lstrip()
        place = END_OF_PLACE.split(place, maxsplit=1)[0]
        if place:
            found[html.unescape(place.decode("utf-8", "replace"))] = None
        start = body.find(LOC, start)
    return list(found)


def _known(answer: Answer) -> dict[str, str]:
    found = {"etag": answer.etag, "last_modified": answer.last_modified, "sha256": answer.sha256}
    return {name: value for name, value in found.items() if value}
