"""The only door to entries: an organisation sees its own, and those of the node itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from django.db.models import Q

from vigie_node.ledger.models import Entry

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest


class Reader(Protocol):
    """Somebody of an organisation; the ledger stands below people."""

    @property
    def pk(self) -> UUID:
        """Who it is."""

    @property
    def organisation_id(self) -> UUID:
        """Whose entries are meant."""

    @property
    def permissions(self) -> frozenset[str]:
        """What the person may do."""


def reader_of(request: HttpRequest) -> Reader:
    """Return who asks, on a route that lets nobody in who has not signed in."""
    return cast("Reader", request.user)


def entries_visible_to(reader: Reader) -> QuerySet[Entry]:
    """Return the entries that somebody may read, newest first: none without the permission."""
    if "ledger.read" not in reader.permissions:
        return Entry.objects.none()
    return Entry.objects.filter(Q(organisation=reader.organisation_id) | Q(organisation=None)).order_by(
        "-seq"
    )


def entries_about(subject: str, organisation: UUID) -> QuerySet[Entry]:
    """Return an organisation's entries about one thing, newest first, for who came to it by its own door."""
    return Entry.objects.filter(subject=subject, organisation=organisation).order_by("-seq")


def last_verification() -> Entry | None:
    """Return the entry of the last verification; its facts are `entries` and `problems`."""
    return Entry.objects.filter(kind="ledger.verified").order_by("-seq").first()
