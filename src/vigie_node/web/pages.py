"""Which page of a list an address asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import QueryDict

DIGITS_MAX = 6  # no list of ours is longer, and no database has to count further


def number_from(query: QueryDict, name: str) -> int:
    """Return the number of a page that a query names, the first where it names none or none that can be."""
    value = query.get(name, "")
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX else 1
