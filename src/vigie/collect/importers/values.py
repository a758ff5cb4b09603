"""Values out of records whose shape nobody vouches for: what is not of the kind asked for is unknown."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from vigie.collect.times import LAST_MS, PER_MS, moment_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vigie.collect.hints import TimeUnit
    from vigie.collect.importers.frame import Record

UNREADABLE = -1
"""A moment that is there and cannot be read: its row is set aside for that."""
DIGITS_MAX = 18  # of figures that fit 64 bits
SURE = 0.99  # of records that all have the marks of their format; certainty is the user's word alone
TEXT_MAX = 1 << 20  # characters of one text in HTML
# None of these runs over a second "<": what never closes would be tried from each sign to the end.
TAG = re.compile(r"<[^<>]*>")
BREAK = re.compile(r"<br\s*/?>|</p>\s*<p[^<>]*>", re.IGNORECASE)
ANCHOR = re.compile(r"<a\s([^<>]*)>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(href|class)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
NAMING = frozenset({"mention", "hashtag"})
HASHTAG = re.compile(r"(?<![\w&/])[#\uff03](\w*[^\W\d]\w*)")  # a word with a letter: #2 is a number
ADDRESS = re.compile(
    r"https?://[^\s<>\"'\u2018-\u201f\u00ab\u00bb]+[^\s<>\"'\u2018-\u201f\u00ab\u00bb.,;:!?)\]}\u2026]"
)


def at(record: object, way: str) -> object:
    """Return what stands under `way`, keys and positions between dots; None where nothing does."""
    if "." not in way:
        return record.get(way) if isinstance(record, dict) else None
    for step in _steps(way):
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list) and step.isdigit():
            record = record[int(step)] if int(step) < len(record) else None
        else:
            return None
    return record


def first(record: object, *ways: str) -> object:
    """Return what stands under the first of `ways` that leads to something but an empty text."""
    for way in ways:
        found = at(record, way)
        if found is not None and found != "":
            return found
    return None


@cache
def _steps(way: str) -> list[str]:
    return way.split(".")


def text(record: object, *ways: str) -> str | None:
    """Return the first text or whole number under `ways`, as text; None where there is none."""
    found = first(record, *ways)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else None


def whole(record: object, *ways: str) -> int | None:
    """Return the first whole number under `ways`, written as figures or not."""
    found = first(record, *ways)
    if isinstance(found, str):
        return int(found) if found.isascii() and found.isdigit() and len(found) <= DIGITS_MAX else None
    if isinstance(found, float):
        return int(found) if found.is_integer() and abs(found) < 1 << 53 else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def part(record: object, *ways: str) -> Record:
    """Return the first object under `ways`, an empty one where there is none."""
    return next((found for way in ways if isinstance(found := at(record, way), dict)), {})


def parts(record: object, *ways: str) -> list[Record]:
    """Return the objects of the first list under `ways`."""
    found = next((found for way in ways if isinstance(found := at(record, way), list)), [])
    return [one for one in found if isinstance(one, dict)]


def ms(record: object, *ways: str, unit: TimeUnit = "s") -> int | None:
    """Return the moment under the first of `ways` in UTC milliseconds; figures count `unit`.

    None where there is nothing; UNREADABLE where something cannot be read, or lies outside 1970 to 2099.
    """
    found = first(record, *ways)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return UNREADABLE
    if isinstance(found, str):
        if not (found.isascii() and found.isdigit()):
            read = moment_ms(found)
            return UNREADABLE if read is None or not 0 <= read < LAST_MS else read
        found = int(found) if len(found) <= DIGITS_MAX else LAST_MS << 30
    factor, divisor = PER_MS[unit]
    last = LAST_MS * divisor // factor
    return int(found * factor // divisor) if 0 <= found < last else UNREADABLE


def named(platform: str, id_: object) -> str | None:
    """Return an id as the canonical schema has it: `platform:native id`; None where there is none."""
    if isinstance(id_, bool) or not isinstance(id_, str | int) or id_ == "":
        return None
    return f"{platform}:{id_}"


def counts(
    record: object, names: Mapping[str, str], at_ms: int | None = None
) -> list[dict[str, object]] | None:
    """Return readings of counters: `names` says reading -> way to its figure; unknown ones are left out.

    A moment that the export does not state stays unknown: it is the one at which the row was collected.
    """
    found = ((name, whole(record, way)) for name, way in names.items())
    return [
        {"at_ms": at_ms, "name": name, "value": value} for name, value in found if value is not None
    ] or None


def distinct(*some: Iterable[str | None]) -> list[str] | None:
    """Return texts that say something, each once, in order; None where there are none."""
    return list(dict.fromkeys(one for texts in some for one in texts if one)) or None


def hashtags_in(body: str | None) -> list[str]:
    """Return the hashtags of a text, without their sign."""
    return HASHTAG.findall(body) if body else []


def links_in(body: str | None) -> list[str]:
    """Return the addresses that stand in a text."""
    return ADDRESS.findall(body) if body else []


def hrefs_in(marked: str | None) -> list[str]:
    """Return the addresses of HTML's anchors, without those of Mastodon's hashtags and mentions."""
    found = []
    for anchor in ANCHOR.finditer((marked or "")[:TEXT_MAX]):
        told = {name.lower(): html.unescape(a or b) for name, a, b in ATTRIBUTE.findall(anchor[1])}
        if told.get("href") and NAMING.isdisjoint(told.get("class", "").split()):
            found.append(told["href"])
    return found


def plain(marked: str | None) -> str | None:
    """Return HTML as the text that people read: paragraphs and breaks as line ends."""
    return html.unescape(TAG.sub("", BREAK.sub("\n", marked[:TEXT_MAX]))) if marked else None


def share(records: Sequence[Record], is_one: Callable[[Record], bool]) -> float:
    """Return how sure records are of a format: the part of them that has its marks, at most SURE."""
    return SURE * sum(map(is_one, records)) / len(records) if records else 0.0
