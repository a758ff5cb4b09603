"""Addresses: what their query says, and the same address with some of it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

PAGE = "page"
DIGITS_MAX = 6  # of a number that an address names


def changed(query: QueryDict, changes: Mapping[str, str | None]) -> str:
    """Return a query with some names changed, or taken away by None; a change leads to the first page."""
    kept = [
        (name, value)
        for name, values in query.lists()
        for value in values
        if name != PAGE and name not in changes
    ]
    return "?" + urlencode([*kept, *((name, value) for name, value in changes.items() if value is not None)])


def uuid_from(query: QueryDict, name: str) -> UUID | None:
    """Return the id that a query names, None where it names none.

    Raises:
        Http404: it is no id, so there is nothing of this name.
    """
    value = query.get(name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise Http404 from error


def choice_from(query: QueryDict, name: str) -> int | None:
    """Return the number of a thing that a query names, None where it names none.

    Raises:
        Http404: it is no number that a thing could have.
    """
    value = query.get(name)
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX):
        raise Http404
    return int(value)
