"""Long lists in pages that cost the same wherever one stands: by the last row seen, not by counting rows.

Rows are ordered by a whole-number column, and equals by another, always from the least on. A page's address
holds `page=after_<value>_<value>` or `page=before_<value>_<value>`; what means nothing is the first page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Model, Q

from vigie_node.alerts.console.places import PAGE, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
DIGITS_MAX = 18  # of an int64


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows of a list, and the queries of the pages before and after; empty where there is none."""

    rows: Sequence[Row]
    previous: str
    next: str


@dataclass(frozen=True, kw_only=True)
class _Place:
    backwards: bool
    value: int
    then: int


def page_of(rows: QuerySet[Row], query: QueryDict, *, by: str, then: str, size: int) -> Page[Row]:
    """Return the page of `rows` that an address asks for: one query.

    Args:
        rows: all of them.
        query: the address's query; what else it says stays in the pages' addresses.
        by: the whole-number column that orders them, `-` before it for the largest first.
        then: the whole-number column that orders equals, the least first; two rows never share both.
        size: how many rows make a page.
    """
    place = _place(query.get(PAGE, ""))
    backwards = place is not None and place.backwards
    falling = by.startswith("-") != backwards
    column = by.removeprefix("-")
    if place is not None:
        rows = rows.filter(_beyond(column, then, place, falling=falling))
    order = ("-" if falling else "") + column, ("-" if backwards else "") + then
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    before, after = (more, True) if backwards else (place is not None, more)
    return Page(
        rows=found,
        previous=_address(query, "before", found[0], column, then) if before and found else "",
        next=_address(query, "after", found[-1], column, then) if after and found else "",
    )


def _beyond(column: str, then: str, place: _Place, *, falling: bool) -> Q:
    """Return what lies past a place; the first condition alone lets the index serve."""
    than = "lt" if falling else "gt"
    equal = Q(**{column: place.value, f"{then}__{'lt' if place.backwards else 'gt'}": place.then})
    return Q(**{f"{column}__{than}e": place.value}) & (Q(**{f"{column}__{than}": place.value}) | equal)


def _place(text: str) -> _Place | None:
    way, _, rest = text.partition("_")
    value, _, then = rest.partition("_")
    if way not in {"before", "after"} or not (_is_number(value) and _is_number(then)):
        return None
    return _Place(backwards=way == "before", value=int(value), then=int(then))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX


def _address(query: QueryDict, way: str, row: Any, column: str, then: str) -> str:
    return changed(query, {PAGE: f"{way}_{getattr(row, column)}_{getattr(row, then)}"})
