"""Numbers, times and sizes as a reader writes them; Canadian forms of both languages (Babel, CLDR)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from vigie.terms.languages import LOCALES
from vigie_node.clock import now_ms

if TYPE_CHECKING:
    from vigie.terms.languages import Language

UNITS = {"en": ("B", "kB", "MB", "GB", "TB"), "fr": ("o", "ko", "Mo", "Go", "To")}
THOUSAND = 1000


def number(value: float, language: Language) -> str:
    """Return 1 234,5 or 1,234.5; at most two decimals."""
    return format_decimal(value, format="#,##0.##", locale=LOCALES[language])


def percent(value: float, language: Language) -> str:
    """Return a share of 1 as a percentage with at most one decimal."""
    return format_percent(
        value, format="#,##0.# %" if language == "fr" else "#,##0.#%", locale=LOCALES[language]
    )


def size(value: float, language: Language) -> str:
    """Return bytes in the largest unit that leaves at least 1; powers of 1,000 (SI)."""
    power = 0
    while value >= THOUSAND and power < len(UNITS[language]) - 1:
        value, power = value / THOUSAND, power + 1
    shown = format_decimal(value, format="#,##0.#" if power else "#,##0", locale=LOCALES[language])
    return f"{shown}\N{NO-BREAK SPACE}{UNITS[language][power]}"


def day(at_ms: int | None, language: Language, zone: str) -> str:
    """Return a day in the reader's zone, or a dash where it is unknown."""
    if at_ms is None:
        return "–"
    return format_date(_at(at_ms, zone).date(), format="long", locale=LOCALES[language])


def moment(at_ms: int | None, language: Language, zone: str) -> Markup:
    """Return a `<time>` to the second in the reader's zone, UTC in its title; a dash where unknown."""
    if at_ms is None:
        return Markup("–")
    local = format_datetime(_at(at_ms, zone), _pattern(language), locale=LOCALES[language])
    utc = _at(at_ms, "UTC").strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(at_ms), utc, local)


def ago(at_ms: int | None, language: Language) -> Markup:
    """Return how long ago something was, as a `<time>`."""
    if at_ms is None:
        return Markup("–")
    said = format_timedelta(
        _at(at_ms, "UTC") - _at(now_ms(), "UTC"), add_direction=True, locale=LOCALES[language]
    )
    utc = _at(at_ms, "UTC").strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(at_ms), utc, said)


def _pattern(language: Language) -> str:
    return "d MMM y, H 'h' mm 'min' ss 's'" if language == "fr" else "MMM d, y, HH:mm:ss"


def _iso(at_ms: int) -> str:
    return _at(at_ms, "UTC").isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _at(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone(ZoneInfo(zone))
