"""Values as people type them: times, mappings, lists."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from gettext import gettext
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie.terms.languages import Words

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "j": 86_400_000}
NOT_WHOLE = say("“{value}” is not a whole number, 0 or more")
NO_DAY = say("“{value}” is no day such as 2026-11-22")
SIZE = re.compile(r"(?P<number>\d{1,6}) ?(?P<unit>[KMGT]?)[BO]?", re.IGNORECASE)
THOUSANDS = ("", "K", "M", "G", "T")
DURATION = re.compile(r"(?P<number>\d{1,9}) ?(?P<unit>[a-z]+)")


def windows_ms(text: str) -> tuple[int, ...]:
    """Return milliseconds of durations such as `60s` or `10s,1min,1h`, sorted.

    Raises:
        BadOptionError: one of them is no duration.
    """
    durations = [_duration_ms(part.strip(), text) for part in text.split(",")]
    if len(set(durations)) < len(durations):
        raise BadOptionError(option="--window", value=text, expected=say("different times, such as 10s,60s"))
    return tuple(sorted(durations))


def _duration_ms(part: str, whole: str) -> int:
    match = DURATION.fullmatch(part)
    if match is None or match["unit"] not in UNITS_MS:
        raise BadOptionError(
            option="--window",
            value=whole,
            expected=say("times such as 500ms, 60s, 10min, 1h, separated by commas"),
        )
    return int(match["number"]) * UNITS_MS[match["unit"]]


def byte_count(text: str, *, option: str) -> int:
    """Return bytes of a size such as `500M` or `8 Go`.

    Raises:
        BadOptionError: it is no size.
    """
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise BadOptionError(option=option, value=text, expected=say("a size such as 500M or 8G"))
    thousands: int = 1000 ** THOUSANDS.index(match["unit"].upper())
    return int(match["number"]) * thousands


def mapping(pairs: Iterable[str]) -> dict[str, str]:
    """Return what `--map SOURCE=TARGET` says, column by column.

    Raises:
        BadOptionError: one has no equals sign.
    """
    result = {}
    for pair in pairs:
        source, equals, target = pair.rpartition("=")
        if not equals or not source or not target:
            raise BadOptionError(option="--map", value=pair, expected=say("SOURCE=TARGET, such as text=body"))
        result[source] = target
    return result


def add_reading(parser: argparse.ArgumentParser, words: Words) -> None:
    """Add the options that say how a file is to be read."""
    from vigie.terms.posts import POSTS

    group = parser.add_argument_group(words("how files are read (else recognised)"))
    group.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="SOURCE=TARGET",
        help=words(
            "column SOURCE of the file is canonical TARGET; may be repeated; targets: {targets}",
            targets=", ".join(POSTS.names),
        ),
    )
    group.add_argument(
        "--layout",
        metavar="ID",
        help=words("which export a file is, where it is not recognised; --layout ? lists them"),
    )
    group.add_argument("--encoding", help=words("of text files, when not UTF-8: cp1252, latin-1 …"))
    group.add_argument(
        "--time-unit",
        choices=("auto", "s", "ms", "us", "ns"),
        default="auto",
        help=words("of times given as numbers since 1970 (default: by their size)"),
    )


def day_ms(text: str) -> int:
    """Return the first millisecond of a day such as 2026-11-22, UTC, for argparse."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(gettext(NO_DAY).format(value=text)) from error
    return int(day.timestamp()) * 1_000


def whole_number(text: str) -> int:
    """Return a whole number, 0 or more, for argparse."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(gettext(NOT_WHOLE).format(value=text))
    return int(text)
