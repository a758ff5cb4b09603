"""Rows that are set aside: counted by reason, written with their place, a few kept to show.

A bad row never stops an import; it never disappears either.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from vigie.terms.languages import say
from vigie.terms.signs import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

SHOWN_MAX = 20  # rejects kept in memory
EXCERPT_MAX = 200  # characters

Unit = Literal["line", "row"]

REASONS: Mapping[str, str] = {
    "row.columns": say("The row has {actual} columns where the header has {expected}."),
    "row.encoding": say("The row is not valid UTF-8 text."),
    "row.quote": say("A quotation mark opens here and never closes."),
    "row.json": say("This is not a JSON object."),
    "row.long": say("The row is longer than {bytes_max} bytes."),
    "row.author": say("The author is missing."),
    "row.time_missing": say("The date is missing."),
    "row.indicator": say("This names no domain, address, account or file that can be compared."),
    "row.pattern": say("The pattern is richer, longer or deeper than those that are read."),
    "row.time": say("The date cannot be read, or lies outside the years 1970 to 2099."),
}
SKIPS: Mapping[str, str] = {
    "skip.account": say("An event about an account, not a post."),
    "skip.advertisement": say("An advertisement shown between posts."),
    "skip.capture": say("A captured file that is no page: an image, a script, a redirect."),
    "skip.other": say("An event that is no post."),
    "skip.profile": say("A profile, not a post."),
    "skip.reaction": say("A like or a vote, not a post."),
    "skip.service": say("A message of the service itself, not of a person."),
}
UNITS: Mapping[Unit, str] = {"line": say("line {number}"), "row": say("row {number}")}


class Speech(Protocol):
    """How a marked sentence is said: `terms.languages.Words`, or plain English."""

    def __call__(self, message: str, /, **facts: object) -> str:
        """Return the sentence with its placeholders filled."""


def in_english(message: str, /, **facts: object) -> str:
    """Return the message id itself, which is English, with its placeholders filled."""
    return message.format(**facts)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a row stands in its file, and how it begins."""

    number: int  # from 1; a physical line for CSV and NDJSON, else a row
    excerpt: str


@dataclass(frozen=True, kw_only=True)
class Reject:
    """One row that was set aside."""

    path: str
    unit: Unit
    number: int
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    excerpt: str

    @property
    def reason(self) -> str:
        """The message id of the reason; `facts` fill it."""
        return REASONS[self.code]


class Rejects:
    """The rows that were set aside, over one or more files.

    Args:
        sink: an open text file that takes one JSON object per reject, or none.
        words: says the reasons written to `sink` in the reader's language.
    """

    def __init__(self, sink: TextIO | None = None, *, words: Speech = in_english) -> None:
        self.counts: Counter[str] = Counter()
        self.skips: Counter[str] = Counter()  # records that are no posts, and are none on purpose
        self.first: list[Reject] = []
        self._sink = sink
        self._words = words

    @property
    def total(self) -> int:
        """How many rows were set aside."""
        return self.counts.total()

    def add(self, reject: Reject) -> None:
        """Count `reject`, write it down, and keep it if it is among the first."""
        self.counts[reject.code] += 1
        if len(self.first) < SHOWN_MAX:
            self.first.append(reject)
        if self._sink is not None:
            json.dump(self._line(reject), self._sink, ensure_ascii=False)
            self._sink.write("\n")

    def _line(self, reject: Reject) -> dict[str, object]:
        return {
            "path": reject.path,
            reject.unit: reject.number,
            "code": reject.code,
            "reason": self._words(reject.reason, **reject.facts),
            "excerpt": reject.excerpt,
        }


class FileRejects:
    """The rows of one file that were set aside, passed on to the `Rejects` of the whole import."""

    def __init__(self, path: Path, unit: Unit, rejects: Rejects) -> None:
        self.count = 0
        self._path, self._unit, self._rejects = str(path), unit, rejects

    def add(self, code: str, place: Place, **facts: object) -> None:
        """Set the row at `place` aside for the reason `code`."""
        reject = Reject(
            path=self._path,
            unit=self._unit,
            number=place.number,
            code=code,
            facts=facts,
            excerpt=place.excerpt,
        )
        self.count += 1
        self._rejects.add(reject)

    def skip(self, kind: str) -> None:
        """Count a record that is no post on purpose; see SKIPS for the kinds."""
        self._rejects.skips[f"skip.{kind}"] += 1

    def add_all(self, code: str, places: Sequence[Place], **facts: object) -> None:
        """Set several rows aside for the same reason."""
        for place in places:
            self.add(code, place, **facts)


def excerpt(raw: bytes | str) -> str:
    """Return the beginning of a row, safe to show: control and direction marks become U+FFFD."""
    text = raw if isinstance(raw, str) else raw[: EXCERPT_MAX * 4].decode("utf-8", "replace")
    return shown(text[:EXCERPT_MAX])
