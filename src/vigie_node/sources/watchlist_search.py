"""Indicators of a list as pages and tables show them: what is sealed opens for who may read posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from vigie.terms.languages import say
from vigie_node.people.access import may
from vigie_node.sources.access import indicators_visible_to
from vigie_node.sources.watchlist_seals import Seals, platform_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import QueryDict

    from vigie_node.people.models import Person
    from vigie_node.sources.models import WatchListIndicator, WatchListVersion

OPENS = "post.read"  # whoever may read posts may read which accounts a list names
KINDS = {
    "account": say("Account"),
    "domain": say("Domain"),
    "url": say("Address of a page"),
    "email": say("E-mail address"),
    "ip": say("IP address"),
    "hash": say("File, by its hash"),
}
ADDED, REMOVED = "added", "removed"
TEXT_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody looks for in a list."""

    text: str = ""
    kind: str = ""
    change: str = ""  # "added", "removed", or all that is in force

    @classmethod
    def of(cls, said: QueryDict) -> Asked:
        """Return what an address asks for; what means nothing asks for nothing."""
        kind, change = said.get("kind", ""), said.get("change", "")
        return cls(
            text=said.get("q", "").replace("\0", "").strip()[:TEXT_MAX],
            kind=kind if kind in KINDS else "",
            change=change if change in {ADDED, REMOVED} else "",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.kind or self.change)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One indicator as it is shown."""

    row: WatchListIndicator
    value: str  # empty: sealed for this reader
    note: str


def found(version: WatchListVersion, asked: Asked, person: Person) -> QuerySet[WatchListIndicator]:
    """Return the indicators of a version that somebody asks for, in a stable order.

    An indicator that lies sealed is found by its whole name alone, and by who may see it: a part of a name
    would need all of them opened.
    """
    rows = indicators_visible_to(person)
    if asked.change == REMOVED:
        rows = rows.filter(removed_by=version)
    else:
        rows = rows.filter(version=version, removed_by=None)
    if asked.change == ADDED:
        rows = rows.filter(is_added=True)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.text:
        text = asked.text.replace("[.]", ".")
        told = Q(value__icontains=text) | Q(operation__icontains=text) | Q(source__icontains=text)
        rows = rows.filter(told | _named(text) if may(person, OPENS) else told)
    return rows.order_by("kind", "value", "id")


def _named(text: str) -> Q:
    """Return what finds a sealed indicator by its whole name."""
    seals = Seals()
    named = Q(name_digest=seals.asked_digest(text))
    if platform_of("account", text):  # typed with its platform: x:bob
        named |= Q(name_digest=seals.name_digest("account", text))
    return named


def lines(rows: Iterable[WatchListIndicator], person: Person) -> list[Line]:
    """Return indicators as somebody may see them.

    Raises:
        WrongKeyError: one was sealed under another key.
    """
    if not may(person, OPENS):
        return [Line(row=row, value=row.value, note="") for row in rows]
    seals = Seals()
    told = [(row, seals.told(row)) for row in rows]
    return [Line(row=row, value=said.value, note=said.note) for row, said in told]
