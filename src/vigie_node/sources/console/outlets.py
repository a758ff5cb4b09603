"""The register of outlets: who publishes where, and whose each is, on what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.sources.access import outlets_visible_to, public_actors_visible_to
from vigie_node.sources.actions import outlets as actions
from vigie_node.sources.console.showing import FORM, me, page_of
from vigie_node.sources.models import OutletIdentifier, Tier
from vigie_node.sources.outlet_forms import (
    TIERS,
    AboutForm,
    DecisionForm,
    OutletForm,
    OutletsFileForm,
    OutletsTextForm,
)
from vigie_node.sources.outlet_lines import COLUMNS, table_from
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.terms.languages import Message
    from vigie_node.people.forms import PageForm
    from vigie_node.sources.models import Outlet
    from vigie_node.sources.outlet_lines import Table

READ = "outlet.read"
UNFIT = 422
SHOWN_MAX = 200
DOING: dict[tuple[str, ...], Message] = {
    ("added",): say("new"),
    ("changed",): say("corrected"),
    ("decided",): say("tier decided"),
    ("changed", "decided"): say("corrected, tier decided"),
    (): say("as it is"),
}


@needs(READ)
@require_safe
def outlets(request: HttpRequest) -> HttpResponse:
    """List them, by name; those of one tier where the address asks."""
    every = outlets_visible_to(me(request))
    tier, text = request.GET.get("tier", ""), request.GET.get("q", "").replace("\0", "").strip()[:200]
    found = every.filter(tier=tier) if tier in TIERS else every
    if text:
        found = found.filter(Q(name__icontains=text) | Q(identifiers__value__icontains=text)).distinct()
    page = page_of(found.prefetch_related("identifiers"), request)
    counts = dict(every.order_by().values_list("tier").annotate(Count("pk")))
    return render(
        request,
        "sources/outlets.html",
        {
            "page": page,
            "tiers": _tiers(),
            "tier": tier,
            "text": text,
            "total": sum(counts.values()),
            "of_state": sum(counts.values()) - counts.get(Tier.UNCLASSIFIED, 0),
        },
    )


@needs(READ)
@require_safe
def outlet(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Show one: who it is, whose, since when, and what each decision rested on."""
    found = _outlet(request, outlet)
    return render(request, "sources/outlet.html", _shown(request, found))


@needs(actions.MANAGE)
@FORM
def new_outlet(request: HttpRequest) -> HttpResponse:
    """Put one in the register."""
    form = OutletForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_outlet(form.about, form.decision, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return _done(request, made, say("The outlet stands in the register."))
    return render(request, "sources/outlet_new.html", {"form": form, "outlet": None}, status=form.status)


@needs(actions.MANAGE)
@FORM
def change(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Correct who one is, and where it publishes."""
    found = _outlet(request, outlet)
    form = AboutForm(request.POST if request.method == "POST" else None, initial=AboutForm.of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_outlet(found, form.about, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return _done(request, found, say("What the register says of it is corrected."))
    return render(request, "sources/outlet_new.html", {"form": form, "outlet": found}, status=form.status)


@needs(actions.MANAGE)
@FORM
def decide(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Decide whose one is."""
    found = _outlet(request, outlet)
    form = DecisionForm(request.POST if request.method == "POST" else None, initial={"tier": found.tier})
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_tier(found, form.decision, by=me(request))
        except VigieError as error:
            form.refuse(error)
        else:
            return _done(request, found, say("The tier is decided; earlier decisions are kept."))
    return render(request, "sources/outlet_decide.html", {"form": form, "outlet": found}, status=form.status)


@needs(actions.MANAGE)
@require_POST
def remove(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Take one off the register."""
    actions.remove_outlet(_outlet(request, outlet), by=me(request))
    messages.success(request, words_here()(say("The outlet is off the register.")))
    return redirect("sources:outlets")


@needs(actions.MANAGE)
@FORM
def take_file(request: HttpRequest) -> HttpResponse:
    """Show what a table would do; once it was looked at, take it in."""
    if "table" in request.POST:
        return _take(request)
    sent = request.method == "POST"
    form = OutletsFileForm(request.POST if sent else None, request.FILES if sent else None)
    if not (sent and form.is_valid()):
        return _file_page(request, form)
    text = form.cleaned_data["file"]
    return _file_page(request, form, table=table_from(text), text=text)


def _take(request: HttpRequest) -> HttpResponse:
    form = OutletsTextForm(request.POST)
    if not form.is_valid():
        return _file_page(request, form)
    text = form.cleaned_data["table"]
    table = table_from(text)
    if table.errors:
        return _file_page(request, form, table=table, text=text)
    try:
        counts = actions.import_outlets(table.lines, by=me(request))
    except VigieError as error:
        form.refuse(error)
        return _file_page(request, form)
    said = words_here()(
        say("Outlets added: {added}; corrected: {changed}; tiers decided: {decided}."), **counts
    )
    messages.success(request, said)
    return redirect("sources:outlets")


def _file_page(
    request: HttpRequest, form: PageForm, *, table: Table | None = None, text: str = ""
) -> HttpResponse:
    there = actions.register_of(me(request).organisation_id) if table else {}
    words = words_here()
    doing = [
        (
            about,
            decision,
            words(TIERS[Tier(decision.tier)]),
            actions.changes((about, decision), there.get(about.name)),
        )
        for about, decision in (table.lines if table else ())
    ]
    context = {
        "form": form if isinstance(form, OutletsFileForm) else OutletsFileForm(),
        "wrong": form if form.errors else None,
        "columns": COLUMNS,
        "table": table,
        "text": text,
        "rows": [(*row[:3], words(DOING[row[3]])) for row in doing[:SHOWN_MAX]],
        "row_count": len(doing),
        "doing_count": sum(bool(row[3]) for row in doing),
    }
    status = UNFIT if (table and table.errors) or form.errors else 200
    return render(request, "sources/outlets_file.html", context, status=status)


@needs(READ)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give the register out as a table that can be taken in again, and that `vigie detect` reads."""
    found = outlets_visible_to(me(request)).prefetch_related("identifiers", "decisions")
    return csv_answer("outlets", COLUMNS, (cells for one in found for cells in _lines(one)))


def _lines(one: Outlet) -> Iterator[tuple[str, ...]]:
    about, said = actions.about_of(one), actions.latest_of(one)
    for kind, value in about.identifiers:
        yield (
            value, kind, said.tier, said.state, about.name, said.criterion, said.source_url, said.source_date,
            about.country, " ".join(about.languages),
            "" if about.posts_a_day is None else f"{about.posts_a_day:g}",
        )  # fmt: skip


def _outlet(request: HttpRequest, outlet: UUID) -> Outlet:
    return get_object_or_404(outlets_visible_to(me(request)), pk=outlet)


def _shown(request: HttpRequest, found: Outlet) -> dict[str, object]:
    places = list(found.identifiers.order_by("-kind", "value"))
    decisions = list(found.decisions.select_related("by").order_by("-at_ms"))
    return {
        "outlet": found,
        "tiers": _tiers(),
        "domains": [one.value for one in places if one.kind == OutletIdentifier.Kind.DOMAIN],
        "accounts": [one.value for one in places if one.kind == OutletIdentifier.Kind.ACCOUNT],
        "in_clear": _in_clear(request, places),
        "decisions": decisions,
    }


def _in_clear(request: HttpRequest, places: list[OutletIdentifier]) -> list[str]:
    """Return its accounts that stand among the public actors, agreed to by two persons."""
    accounts = {one.value.casefold() for one in places if one.kind == OutletIdentifier.Kind.ACCOUNT}
    agreed = public_actors_visible_to(me(request)).filter(agreed_ms__isnull=False)
    named = (f"{platform}:{account}" for platform, account in agreed.values_list("platform", "account"))
    return sorted({one for one in named if one.casefold() in accounts})


def _tiers() -> dict[str, str]:
    words = words_here()
    return {str(one): words(said) for one, said in TIERS.items()}


def _done(request: HttpRequest, found: Outlet, said: Message) -> HttpResponse:
    messages.success(request, words_here()(said))
    return redirect("sources:outlet", outlet=found.pk)
