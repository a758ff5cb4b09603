"""Numbers, durations and dates as one language writes them: 1,234.5 and 14:05, or 1 234,5 and 14 h 05."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel.dates import format_datetime, get_timezone
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from vigie.report.text import isolated
from vigie.terms.languages import LOCALES, Message, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from babel import Locale

    from vigie.terms.languages import Language, Words

_DAY: dict[Language, str] = {"en": "MMM d, y", "fr": "d MMM y"}
_SECOND: dict[Language, str] = {"en": "HH:mm:ss", "fr": "HH 'h' mm 'min' ss 's'"}
_MINUTE: dict[Language, str] = {"en": "HH:mm", "fr": "HH 'h' mm"}
_UNITS = (
    (86_400_000, "duration-day"),
    (3_600_000, "duration-hour"),
    (60_000, "duration-minute"),
    (1_000, "duration-second"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SMALL = 0.01
NBSP = "\u00a0"


@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, locale: Locale) -> str:
    return str(format_decimal(value, format=pattern, locale=locale))


@lru_cache(maxsize=4096)
def _moment(ms: int, pattern: str, zone: str, locale: Locale) -> str:
    return format_datetime(instant(ms), pattern, tzinfo=get_timezone(zone), locale=locale)


def instant(ms: int) -> datetime:
    """Return the moment `ms` milliseconds after 1970 UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True)
class Voice:
    """One language, speaking sentences and figures.

    Args:
        words: its sentences.
        zone: the reader's time zone, an IANA name.
    """

    words: Words
    zone: str = "America/Toronto"

    @property
    def language(self) -> Language:
        """The language spoken."""
        return self.words.language

    @property
    def locale(self) -> Locale:
        """The conventions followed."""
        return LOCALES[self.language]

    def __call__(self, message: str, /, **facts: object) -> str:
        """Return `message` in this language, its facts written as this language writes them."""
        return self.words(message, **self.written(facts))

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """Return the form that fits `number`."""
        return self.words.count(one, many, number, **{"number": self.number(number), **self.written(facts)})

    def written(self, facts: Mapping[str, object]) -> dict[str, str]:
        """Return `facts` as text; `…_ms` are durations, `…_share` and `…_percent` parts of one.

        Sentences of ours are said in this language; what is not known is a dash.
        """
        return {name: self._fact(name, value) for name, value in facts.items()}

    def _fact(self, name: str, value: Any) -> str:
        if isinstance(value, Message):
            return self.words(value)
        if value is None:
            return "–"
        if isinstance(value, str):
            return isolated(value)
        if name.endswith("_ms"):
            return self.duration(value)
        if name.endswith(("share", "percent")):
            return self.percent(value)
        return self.number(value)

    def number(self, value: float) -> str:
        """Return a number with at most two decimals, fewer when it is large."""
        if 0 < value < _SMALL:
            return f"<{NBSP}{format_decimal(_SMALL, locale=self.locale)}"
        digits = "" if abs(value) >= 100 else "." + "#" * (1 if abs(value) >= 10 else 2)  # noqa: PLR2004 (digits)
        return _decimal(value, f"#,##0{digits}", self.locale)

    def rate(self, value: float) -> str:
        """Return a small rate such as a q-value, with two significant digits."""
        least = 0.0001
        if value < least:
            return f"<{NBSP}{format_decimal(least, format='0.0###', locale=self.locale)}"
        return str(format_decimal(value, format="0.0###", locale=self.locale))

    def percent(self, share: float) -> str:
        """Return a part of one in per cent, with a decimal when it is small."""
        pattern = "0%" if share >= 0.1 or share == 0 else "0.#%" if share >= 0.01 else "0.##%"  # noqa: PLR2004 (digits)
        spoken = str(format_percent(share, format=pattern, locale=self.locale))
        return spoken.replace("%", f"{NBSP}%") if self.language == "fr" else spoken

    def duration(self, ms: float) -> str:
        """Return a duration in its largest fitting unit: `12 seconds`, `1,5 heure`."""
        if 0 < ms < _UNITS[-1][0]:
            return self.words(say("less than 1 second"))
        size, unit = next((pair for pair in _UNITS if ms >= pair[0]), _UNITS[-1])
        value = round(ms / size, 1 if ms / size < 10 else 0)  # noqa: PLR2004 (digits)
        # NBSP: a figure never parts from its unit at the end of a line.
        return format_unit(value, unit, length="long", locale=self.locale).replace(" ", NBSP)

    def moment(self, ms: int, *, utc: bool = False, seconds: bool = True) -> str:
        """Return a date and time, to the second, in the reader's zone or in UTC."""
        zone = "UTC" if utc else self.zone
        clock = (_SECOND if seconds else _MINUTE)[self.language]
        return _moment(ms, f"{_DAY[self.language]}, {clock}", zone, self.locale)

    def day(self, ms: int) -> str:
        """Return a date in the reader's zone."""
        return _moment(ms, _DAY[self.language], self.zone, self.locale)

    def listed(self, things: Iterable[str]) -> str:
        """Return `things` as a list in a sentence: a, b and c."""
        return format_list(list(things), locale=self.locale)


def offset_ms(at_ms: int, zone: str) -> int:
    """Return how far local time in `zone` runs ahead of UTC at `at_ms`."""
    ahead = instant(at_ms).astimezone(get_timezone(zone)).utcoffset() or timedelta(0)
    return int(ahead.total_seconds() * 1000)


def offset_name(at_ms: int, zone: str) -> str:
    """Return that difference as people write it: UTC−04:00."""
    minutes = offset_ms(at_ms, zone) // 60_000
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def short_duration(ms: float) -> str:
    """Return a duration for an axis, the same in both languages: `10 s`, `5 min`, `2 h`, `3 d` as 72 h."""
    for size, unit in ((3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if ms >= size and ms % size == 0:
            return f"{int(ms // size)}{NBSP}{unit}"
    return "0" if ms == 0 else f"{int(ms)}{NBSP}ms" if ms < 1_000 else f"{round(ms / 1_000)}{NBSP}s"  # noqa: PLR2004 (a second)
