"""Pages of claims and of the exhibits that bear on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from vigie_node.alerts.access import alerts_visible_to
from vigie_node.incidents import actions
from vigie_node.incidents.access import READ, WRITE
from vigie_node.incidents.console.forms import KINDS, BearForm, ClaimForm, ExhibitForm
from vigie_node.incidents.console.showing import FORM, check_writes, done, incident_of, me, shown, voice_of
from vigie_node.incidents.console.writing import CONFLICT
from vigie_node.incidents.errors import ChangedMeanwhileError
from vigie_node.incidents.merging import collision
from vigie_node.incidents.models import Claim, Exhibit
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie_node.incidents.models import Incident

WRITTEN = ("aspect", "language", "text", "low", "high", "confidence", "basis", "withdrawn")


@FORM
@needs(WRITE)
def new_claim(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Make a claim."""
    found = incident_of(request, incident)
    form = ClaimForm(request.POST or None, initial={"aspect": request.GET.get("aspect", "")})
    if request.method == "POST" and done(form, lambda: _claimed(request, found, form)):
        return redirect(reverse("incidents:incident", kwargs={"incident": found.pk}) + "#claims")
    return shown(request, found, "incident", template="claim", form=form, status=form.status)


@FORM
@needs(WRITE)
def claim(request: HttpRequest, incident: UUID, number: int) -> HttpResponse:
    """Say a claim anew; where somebody else did meanwhile, show both."""
    found = incident_of(request, incident)
    kept = get_object_or_404(found.claims, number=number)
    if request.method != "POST":
        return _page(request, found, kept, ClaimForm(initial=_begun(kept)))
    form = ClaimForm({**request.POST.dict(), "form_id": str(kept.pk)})
    try:
        if done(form, lambda: _claimed(request, found, form), passing=(ChangedMeanwhileError,)):
            return redirect(reverse("incidents:incident", kwargs={"incident": found.pk}) + "#claims")
    except ChangedMeanwhileError:
        mine = {name: form.cleaned_data[name] for name in WRITTEN}
        met = collision(found, f"claim:{kept.pk}", seen=form.cleaned_data["seen"], mine=mine)
        again = ClaimForm(initial={"form_id": kept.pk, **met.columns, "seen": met.version})
        return _page(request, found, kept, again, met=met, status=CONFLICT)
    return _page(request, found, kept, form, status=form.status)


def _claimed(request: HttpRequest, found: Incident, form: ClaimForm) -> Claim:
    said = form.cleaned_data
    return actions.claim(
        found,
        actions.Said(**{name: said[name] for name in WRITTEN}),
        by=me(request),
        claim_id=said["form_id"],
        seen=said["seen"] or 0,
        why=said["why"],
    )


def _begun(kept: Claim) -> dict[str, Any]:
    return {"form_id": kept.pk, "seen": kept.version, **{name: getattr(kept, name) for name in WRITTEN}}


def _page(request: HttpRequest, found: Incident, kept: Claim, form: ClaimForm, **more: Any) -> HttpResponse:
    return shown(request, found, "incident", template="claim", form=form, kept=kept, **more)


@FORM
@needs(READ)
def exhibits(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show the exhibits, what they bear on, and the form for another one."""
    check_writes(request)
    found = incident_of(request, incident)
    form = ExhibitForm(
        request.POST or None, initial={name: request.GET.get(name, "") for name in ("kind", "ref")}
    )
    if request.method == "POST" and done(form, lambda: _exhibited(request, found, form)):
        return redirect("incidents:exhibits", incident=found.pk)
    return shown(
        request,
        found,
        "exhibits",
        status=form.status,
        form=form,
        rows=_rows(request, found, voice_of(request)),
        claims=found.claims.filter(withdrawn=False).order_by("number"),
    )


def _exhibited(request: HttpRequest, found: Incident, form: ExhibitForm) -> Exhibit:
    said = dict(form.cleaned_data)
    return actions.exhibit(found, by=me(request), exhibit_id=said.pop("form_id"), **said)


def _rows(request: HttpRequest, found: Incident, voice: Voice) -> list[dict[str, Any]]:
    rows = list(found.exhibits.select_related("by").prefetch_related("supports__claim").order_by("number"))
    numbers = dict(
        alerts_visible_to(me(request))
        .filter(pk__in=[one.ref for one in rows if one.kind == Exhibit.Kind.ALERT])
        .values_list("pk", "number")
    )
    return [
        {
            "exhibit": one,
            "kind": voice(KINDS[Exhibit.Kind(one.kind)]),
            "alert": next((number for pk, number in numbers.items() if str(pk) == one.ref), None),
            "supports": sorted(
                (
                    (support.claim.number, support.speaks_for)
                    for support in one.supports.all()
                    if not support.claim.withdrawn
                ),
            ),
        }
        for one in rows
    ]


@require_POST
@needs(WRITE)
def withdraw(request: HttpRequest, incident: UUID, number: int) -> HttpResponse:
    """Withdraw an exhibit."""
    found = incident_of(request, incident)
    get_object_or_404(found.exhibits, number=number)
    actions.withdraw_exhibit(found, number, by=me(request))
    return redirect("incidents:exhibits", incident=found.pk)


@require_POST
@needs(WRITE)
def bear(request: HttpRequest, incident: UUID, number: int) -> HttpResponse:
    """Say that an exhibit speaks for a claim, or against it."""
    found = incident_of(request, incident)
    get_object_or_404(found.exhibits, number=number)
    form = BearForm(request.POST)
    if not form.is_valid():
        raise BadRequest  # the page’s own form cannot send this
    get_object_or_404(found.claims, number=form.cleaned_data["claim"])
    actions.bear(
        found,
        exhibit_number=number,
        claim_number=form.cleaned_data["claim"],
        speaks_for=form.cleaned_data["speaks"] == "for",
        by=me(request),
    )
    return redirect(reverse("incidents:exhibits", kwargs={"incident": found.pk}) + f"#exhibit-{number}")
