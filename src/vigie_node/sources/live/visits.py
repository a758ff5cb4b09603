"""Feeds and sitemaps: visited now and then, kept as they are when something is new in them.

What they say is read when the document is taken in, in a process of its own. Here a sitemap is looked into
only to find the sitemaps that an index names.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError
from vigie_node.sources.live.errors import AnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vigie.outbound import Answer
    from vigie_node.sources.live.listening import Listening

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
INDEX = re.compile(rb"\A\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>|<!--.*?-->|\s)*<sitemapindex\b", re.DOTALL)
PLACE = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]+)")
MAPS_MAX = 50  # of one index, at one visit


@dataclass(kw_only=True)
class Visit:
    """One visit: what was known of each document before, and what is known now."""

    to: Listening
    known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def fetch(self, address: str, *, named_by: str | None = None) -> Answer | None:
        """Return a document, or None where it is the same as last time.

        Raises:
            OutboundError: it cannot be had.
            LiveError: the site asks programs not to, or answers with an error.
        """
        if named_by is not None:
            address = self.to.client.check(address, named_by=named_by)
        self.to.robots.check(address)
        before = self.to.cursor.get("documents", {}).get(address, {})
        answer = self.to.client.get(
            address,
            headers={"Accept": ACCEPT},
            etag=before.get("etag"),
            last_modified=before.get("last_modified"),
        )
        if answer.is_unchanged:
            self.known[address] = before
            return None
        if not answer.is_success:
            raise AnswerError.of(answer)
        self.known[address] = _known(answer)
        return answer if answer.sha256 != before.get("sha256") else None


def feed(to: Listening) -> float:
    """Visit a feed once, and return in how many seconds to come back."""
    visit = Visit(to=to)
    answer = visit.fetch(to.address)
    if answer is not None:
        _keep(to, answer)
    to.cursor = {"documents": visit.known}
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
        maps = _named(answer.body) if INDEX.match(answer.body) else []
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


def _named(body: bytes) -> list[str]:
    places = (html.unescape(place.decode("utf-8", "replace")) for place in PLACE.findall(body))
    return list(dict.fromkeys(places))[:MAPS_MAX]


def _known(answer: Answer) -> Mapping[str, str]:
    found = {"etag": answer.etag, "last_modified": answer.last_modified, "sha256": answer.sha256}
    return {name: value for name, value in found.items() if value}
