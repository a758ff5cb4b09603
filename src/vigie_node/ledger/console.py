"""The ledger of one's organisation: newest first, each entry in words, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from vigie_node.ledger import export, kinds
from vigie_node.ledger.access import entries_visible_to, last_verification, reader_of
from vigie_node.ledger.actions import person, record_export
from vigie_node.ledger.chain import hash_of, is_tag_of
from vigie_node.ledger.streaming import streamed
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from vigie_node.ledger.models import Entry

ON_A_PAGE = 50
TEXT_MAX = 96  # characters of a filter that mean something
SEQ_DIGITS_MAX = 18


@dataclass(frozen=True, kw_only=True)
class Line:
    """One entry as it is shown."""

    entry: Entry
    actor: str
    subject: str
    says: str
    is_whole: bool  # hash and tag fit what it says


@needs("ledger.read")
@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """List the entries that one may read, by kind and subject if asked."""
    asked = {name: request.GET.get(name, "")[:TEXT_MAX].replace("\0", "") for name in ("kind", "subject")}
    reader = reader_of(request)
    visible = entries_visible_to(reader)
    wanted = visible.filter(**{name: text for name, text in asked.items() if text})
    found, newer, older = _page(wanted, request)
    page = {
        "lines": _lines(found, reader.organisation_id),
        "newer": newer,
        "older": older,
        "kinds": _kinds(),
        "asked": asked,
        "verification": last_verification(),
    }
    return render(request, "ledger/ledger.html", page)


@needs("ledger.read")
@require_safe
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """Show all of one entry."""
    reader = reader_of(request)
    found = get_object_or_404(entries_visible_to(reader), seq=seq)
    (line,) = _lines([found], reader.organisation_id)
    return render(request, "ledger/entry.html", {"line": line, "entry": found})


@needs("ledger.export")
@require_POST
def export_entries(request: HttpRequest) -> StreamingHttpResponse:
    """Return the entries of one's organisation as NDJSON, and record that."""
    reader = reader_of(request)
    own = entries_visible_to(reader).filter(organisation=reader.organisation_id)
    last = record_export(own, by=person(reader.pk), organisation=reader.organisation_id)
    return streamed(
        request,
        export.lines(own.filter(seq__lte=last.seq)),
        name=f"ledger-{settings.NODE.id}-{last.seq}.ndjson",
        content_type="application/x-ndjson",
    )


def _page(entries: QuerySet[Entry], request: HttpRequest) -> tuple[list[Entry], int | None, int | None]:
    """Return one page of entries, and the numbers that the pages of newer and older ones begin at."""
    before, after = _number(request, "before"), _number(request, "after")
    if after is not None:
        found = list(entries.filter(seq__gt=after).order_by("seq")[: ON_A_PAGE + 1])
        more_newer, more_older = len(found) > ON_A_PAGE, True
        found = found[:ON_A_PAGE][::-1]
    else:
        wanted = entries if before is None else entries.filter(seq__lt=before)
        found = list(wanted[: ON_A_PAGE + 1])
        more_newer, more_older = before is not None, len(found) > ON_A_PAGE
        found = found[:ON_A_PAGE]
    if not found:
        return found, None, None
    return found, found[0].seq if more_newer else None, found[-1].seq if more_older else None


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= SEQ_DIGITS_MAX else None


def _kinds() -> list[tuple[str, str]]:
    """Return all kinds with their words, in their order; only a long search would say which are present."""
    words = words_here()
    titles = ((kind, kinds.title_of(kind, words)) for kind in kinds.known_kinds())
    return sorted(titles, key=lambda one: one[1].casefold())


def _lines(entries: Sequence[Entry], organisation: UUID) -> list[Line]:
    words = words_here()
    marks = {mark for one in entries for mark in (one.actor, one.subject)}
    names = kinds.names_for(marks, organisation, words)
    key = settings.HOME.key("ledger")
    return [_line(one, names, key, words) for one in entries]


def _line(one: Entry, names: dict[str, str], key: bytes, words: Any) -> Line:
    whole = hash_of(export.row_of(one)) == one.hash and is_tag_of(key, one.hash, one.tag)
    says = kinds.sentence_of(one, words) if whole else words("This entry was altered.")
    return Line(entry=one, actor=names[one.actor], subject=names[one.subject], says=says, is_whole=whole)
