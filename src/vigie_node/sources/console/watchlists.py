"""Watch-lists: all of them, one of them with its indicators, taking a file in after a look at it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say
from vigie_node.jobs.errors import from_plain
from vigie_node.people.access import may
from vigie_node.sources import uploads
from vigie_node.sources.access import watchlist_versions_visible_to, watchlists_visible_to
from vigie_node.sources.actions import watchlists as actions
from vigie_node.sources.bodies import FRAME_BYTES
from vigie_node.sources.console.showing import FORM, UNFIT, Failure, me, page_of
from vigie_node.sources.models import WatchListVersion
from vigie_node.sources.privacy_forms import day_of, say_error
from vigie_node.sources.watchlist_forms import BYTES_MAX, PartyForm, WatchListForm, WithdrawForm
from vigie_node.sources.watchlist_search import KINDS, OPENS, Asked, found, lines
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.terms.languages import Words
    from vigie_node.sources.models import WatchList
    from vigie_node.sources.watchlist_search import Line

READ = "watchlist.read"
State = WatchListVersion.State
LISTS_OFFERED, VERSIONS_SHOWN, FIRST_SHOWN = 200, 50, 10
LAYOUTS = {  # as `vigie.collect.watchlists` calls them, which this process does not import
    "stix": say("STIX 2.1 bundle"),
    "meta": say("Threat indicators as Meta publishes them"),
    "viginum": say("Indicators as VIGINUM publishes them"),
    "table": say("Table of indicators"),
}
PLACES = {"line": say("line {number}"), "row": say("row {number}")}
COLUMNS = (
    *("kind", "platform", "value", "operation", "source", "marking"),
    *("valid_from", "valid_until", "note", "is_sealed"),
)


@needs(READ)
@require_safe
def watchlists(request: HttpRequest) -> HttpResponse:
    """List them: those that are looked for and wait first, by title."""
    page = page_of(watchlists_visible_to(me(request)).order_by("title", "id"), request)
    versions = WatchListVersion.objects.filter(watchlist__in=page.rows).select_related("by", "taken_by")
    by_list: dict[UUID, dict[str, WatchListVersion]] = {}
    for one in versions.order_by("handed_in_ms", "id"):
        by_list.setdefault(one.watchlist_id, {})[_role(one)] = one
    rows = [(one, by_list.get(one.pk, {})) for one in page.rows]
    return render(request, "sources/watchlists.html", {"page": page, "rows": rows})


@needs(READ)
@require_safe
def watchlist(request: HttpRequest, watchlist: UUID) -> HttpResponse:
    """Show one list: its facts, its indicators, what changed, its versions."""
    return _shown(
        request, get_object_or_404(watchlists_visible_to(me(request)), pk=watchlist), WithdrawForm()
    )


@needs(READ)
@require_safe
def version(request: HttpRequest, version: UUID) -> HttpResponse:
    """Show one file of a list: what was recognised, what would change, what was set aside."""
    return render(request, "sources/watchlist_version.html", _about(request, version))


@needs(READ)
@require_safe
def version_part(request: HttpRequest, version: UUID) -> HttpResponse:
    """Show the part of that page that changes while the file is read."""
    return render(request, "sources/watchlist_version_part.html", _about(request, version))


@csrf_exempt  # until it is known that the body may be read; then `_hand_in` checks
@needs(actions.MANAGE)
@FORM
def new_watchlist(request: HttpRequest) -> HttpResponse:
    """Hand a list's file in: who may was asked before anything of the body is read (abuse case 39)."""
    if request.method == "POST":
        if int(request.META.get("CONTENT_LENGTH") or 0) > BYTES_MAX + FRAME_BYTES:
            raise RequestDataTooBig
        request.upload_handlers = [uploads.BoundedUpload(request, bytes_max=BYTES_MAX)]
    return _hand_in(request)


@csrf_protect
def _hand_in(request: HttpRequest) -> HttpResponse:
    sent = request.method == "POST"
    lists = list(
        watchlists_visible_to(me(request)).filter(withdrawn_ms=None).order_by("title")[:LISTS_OFFERED]
    )
    form = WatchListForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        lists=lists,
        initial={"watchlist": request.GET.get("list", "")},
    )
    if sent and form.is_valid():
        try:
            return _handed_in(form, lists, request)
        except VigieError as error:
            form.refuse(error, "title")
    return render(request, "sources/watchlist_new.html", {"form": form}, status=UNFIT if sent else 200)


def _handed_in(form: WatchListForm, lists: list[WatchList], request: HttpRequest) -> HttpResponse:
    """Keep the file and ask for its reading; a file that is held already is not kept again."""
    upload, somebody = form.cleaned_data["file"], me(request)
    with uploads.kept(upload, upload.name) as path:
        made = actions.hand_in(
            actions.File(
                name=upload.name,
                path=str(path),
                sha256=_sha256_of(path),
                byte_count=upload.size,
                is_upload=True,
            ),
            organisation=somebody.organisation,
            by=somebody,
            about=form.about,
            replaces=next((one for one in lists if one.pk == form.chosen), None),
        )
        if made.path == str(path):
            return redirect("sources:watchlist-version", version=made.pk)
        path.unlink()
    messages.info(request, words_here()(say("The node has this very file already: nothing was added.")))
    if made.state == State.IN_FORCE:
        return redirect("sources:watchlist", watchlist=made.watchlist_id)
    return redirect("sources:watchlist-version", version=made.pk)


@needs(actions.MANAGE)
@require_POST
def take(request: HttpRequest, version: UUID) -> HttpResponse:
    """Take in a file that was read and looked at."""
    made = get_object_or_404(watchlist_versions_visible_to(me(request)), pk=version)
    try:
        actions.take_in(made, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
        return redirect("sources:watchlist-version", version=made.pk)
    messages.success(request, words_here()(say("The watch-list is taken in.")))
    return redirect("sources:watchlist", watchlist=made.watchlist_id)


@needs(actions.MANAGE)
@require_POST
def drop(request: HttpRequest, version: UUID) -> HttpResponse:
    """Let go of a file that was handed in."""
    made = get_object_or_404(watchlist_versions_visible_to(me(request)), pk=version)
    try:
        actions.drop(made, by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
        return redirect("sources:watchlist-version", version=made.pk)
    messages.success(request, words_here()(say("The file was let go: nothing of it is kept.")))
    return redirect("sources:watchlists")


@needs(actions.MANAGE)
@require_POST
def withdraw(request: HttpRequest, watchlist: UUID) -> HttpResponse:
    """Withdraw a list."""
    held = get_object_or_404(watchlists_visible_to(me(request)), pk=watchlist)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _shown(request, held, form)
    try:
        actions.withdraw(held, reason=form.cleaned_data["reason"], by=me(request))
    except VigieError as error:
        form.refuse(error, "reason")
        return _shown(request, held, form)
    messages.success(
        request, words_here()(say("The watch-list is withdrawn, and its indicators are erased."))
    )
    return redirect("sources:watchlist", watchlist=held.pk)


@needs(actions.MANAGE)
@require_POST
def mark_party(request: HttpRequest, watchlist: UUID) -> HttpResponse:
    """Say whose accounts and sites a list holds."""
    held = get_object_or_404(watchlists_visible_to(me(request)), pk=watchlist)
    form = PartyForm(request.POST)
    if not form.is_valid():
        return _shown(request, held, WithdrawForm(), party=form)
    try:
        actions.mark_party(held, party=form.cleaned_data["party"], by=me(request))
    except VigieError as error:
        messages.error(request, say_error(error))
    else:
        messages.success(request, words_here()(say("The party of this watch-list is recorded.")))
    return redirect("sources:watchlist", watchlist=held.pk)


@needs(READ)
@require_safe
def export(request: HttpRequest, watchlist: UUID) -> HttpResponse:
    """Give the indicators in force out as a table; what is sealed for the reader stays empty."""
    held = get_object_or_404(watchlists_visible_to(me(request)), pk=watchlist)
    current = held.versions.filter(state=State.IN_FORCE).first()
    rows = [] if current is None else lines(found(current, Asked(), me(request)), me(request))
    return csv_answer("watch-list", COLUMNS, _cells(rows))


def _role(one: WatchListVersion) -> str:
    """Return what a version is to its list's line: in force, yet to be decided, or over."""
    if one.state == State.IN_FORCE:
        return "current"
    return "waiting" if one.state in (State.WAITING, State.READ, State.FAILED) else "over"


def _shown(
    request: HttpRequest, held: WatchList, form: WithdrawForm, *, party: PartyForm | None = None
) -> HttpResponse:
    somebody, asked, words = me(request), Asked.of(request.GET), words_here()
    versions = list(
        held.versions.select_related("by", "taken_by").order_by("-handed_in_ms", "-id")[:VERSIONS_SHOWN]
    )
    current = next((one for one in versions if one.state == State.IN_FORCE), None)
    current = current or held.versions.filter(state=State.IN_FORCE).first()
    page = None if current is None else page_of(found(current, asked, somebody), request)
    context = {
        "watchlist": held,
        "current": current,
        "told": None if current is None else _recognised(current, words),
        "waiting": next((one for one in versions if _role(one) == "waiting"), None),
        "versions": [one for one in versions if one.number is not None],
        "page": page,
        "lines": [] if page is None else lines(page.rows, somebody),
        "asked": asked,
        "kinds": {kind: words(label) for kind, label in KINDS.items()},
        "opens": may(somebody, OPENS),
        "day_of": day_of,
        "form": form,
        "party_form": party or PartyForm(initial={"party": held.party}),
    }
    is_unfit = form.errors or (party is not None and party.errors)
    return render(request, "sources/watchlist.html", context, status=UNFIT if is_unfit else 200)


def _about(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    """Return what the page of a file shows."""
    somebody, words = me(request), words_here()
    visible = watchlist_versions_visible_to(somebody).select_related("watchlist", "by")
    made = get_object_or_404(visible, pk=pk)
    first = found(made, Asked(), somebody)[:FIRST_SHOWN]
    return {
        "version": made,
        "told": _recognised(made, words),
        "under_way": made.state == State.WAITING,
        "failure": _failure(made, words),
        "is_newer": made.watchlist.versions.filter(state=State.IN_FORCE).exclude(pk=made.pk).exists(),
        "lines": lines(first, somebody),
        "kinds": {kind: words(label) for kind, label in KINDS.items()},
        "reasons": [
            {"count": one["count"], "why": words(Message(one["sentence"]), **one["facts"])}
            for one in made.reasons
        ],
        "rejected": [_place(one, made, words) for one in made.rejected],
        "opens": may(somebody, OPENS),
        "day_of": day_of,
    }


def _recognised(made: WatchListVersion, words: Words) -> dict[str, Any]:
    """Return what a file was recognised as, in the reader's language."""
    return {
        "layout": words(LAYOUTS[made.layout]) if made.layout in LAYOUTS else "",
        "percent": None if made.sure is None else round(100 * made.sure),
        "kinds": [(words(KINDS[kind]), count) for kind, count in made.kinds.items() if kind in KINDS],
        "markings": list(made.markings.items()),
    }


def _failure(made: WatchListVersion, words: Words) -> Failure | None:
    if not made.error_sentence:
        return None
    facts = from_plain(made.error_facts)
    return Failure(happened=words(made.error_sentence, **facts), remedy=words(made.error_remedy, **facts))


def _place(row: dict[str, Any], made: WatchListVersion, words: Words) -> dict[str, str]:
    """Return where a row was set aside, and why; a row whose reason is not known says its code."""
    sentences = {one["code"]: one["sentence"] for one in made.reasons}
    why = words(Message(sentences[row["code"]]), **row["facts"]) if row["code"] in sentences else row["code"]
    return {"place": words(PLACES[row["unit"]], number=row["number"]), "why": why}


def _cells(rows: list[Line]) -> Iterator[tuple[str, ...]]:
    for line in rows:
        row = line.row
        days = (
            "" if at is None else day_of(at).isoformat() for at in (row.valid_from_ms, row.valid_until_ms)
        )
        said = row.kind, row.platform, line.value, row.operation, row.source, row.marking
        yield (*said, *days, line.note, "" if line.value else "yes")


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
