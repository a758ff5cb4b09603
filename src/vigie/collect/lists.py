"""Several values in one text: JSON arrays, Python lists, or words between delimiters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from vigie.collect.hints import UNKNOWN_IDS
from vigie.collect.links import canonical_link

if TYPE_CHECKING:
    from collections.abc import Iterable

# An address may hold commas and semicolons: they divide only where a new address begins behind them.
BETWEEN_LINKS = re.compile(r"[\s|]+|[,;]\s*(?=https?:)", re.IGNORECASE)
BETWEEN_WORDS = re.compile(r"[\s,;|]+")
PYTHON_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
SIGNS = {"hashtags": "#\uff03", "mentions": "@\uff20"}  # plain and full-width
# Where platforms put the value when a list holds objects.
INNER_NAMES = (
    "unwound_url", "expanded_url", "expanded", "url", "href", "tag", "text", "name", "id_str", "id",
    "username", "screen_name", "acct",
)  # fmt: skip


def clean(value: str, name: str) -> str:
    """Return one entry of the canonical list `name` without its sign, or as a canonical address."""
    return canonical_link(value) if name == "links" else value.lstrip(SIGNS[name])


def split(text: str, name: str) -> list[str]:
    """Return the entries of the canonical list `name` that `text` holds, in order."""
    delimiter = BETWEEN_LINKS if name == "links" and ":" in text else BETWEEN_WORDS
    return cleaned(_values(text, delimiter), name)


def cleaned(values: Iterable[str], name: str) -> list[str]:
    """Return the entries that say something, each clean."""
    return [entry for entry in (clean(value, name) for value in values if value not in UNKNOWN_IDS) if entry]


def inner_value(entry: object) -> str | None:
    """Return the text that an entry of a list stands for, None where there is none."""
    if isinstance(entry, dict):
        values = (entry.get(name) for name in INNER_NAMES)
        entry = next((value for value in values if value is not None and value != ""), None)
    if entry is None or isinstance(entry, list | dict | bool):
        return None
    return str(entry) or None


def _values(text: str, delimiter: re.Pattern[str]) -> list[str]:
    text = text.strip()
    return _listed(text) if text.startswith("[") else delimiter.split(text)


def _listed(text: str) -> list[str]:
    try:
        entries = msgspec.json.decode(text, type=list[object])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return [single or double for single, double in PYTHON_TEXT.findall(text)]
    return [value for value in map(inner_value, entries) if value is not None]
