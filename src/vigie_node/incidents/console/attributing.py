"""The page of the ladder of attribution: proposals, opinions, dissent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect

from vigie.assess.attribution import APPROVALS_NEEDED
from vigie.assess.scales import scale
from vigie_node.incidents import actions
from vigie_node.incidents.access import APPROVE, READ
from vigie_node.incidents.console.forms import AttributionForm, OpinionForm
from vigie_node.incidents.console.showing import FORM, check_writes, done, incident_of, me, shown
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.incidents.models import Incident
    from vigie_node.people.forms import PageForm


@FORM
@needs(READ)
def attribution(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show what was proposed and decided, and take a proposal in."""
    check_writes(request)
    found = incident_of(request, incident)
    form = AttributionForm(request.POST or None)

    def act() -> None:
        said = dict(form.cleaned_data)
        actions.propose_attribution(found, by=me(request), attribution_id=said.pop("form_id"), **said)

    if request.method == "POST" and done(form, act):
        return redirect("incidents:attribution", incident=found.pk)
    return _page(request, found, form)


@FORM
@needs(APPROVE)
def judge(request: HttpRequest, incident: UUID, attribution: UUID) -> HttpResponse:
    """Take in what an approver thinks of a proposal."""
    found = incident_of(request, incident)
    proposed = get_object_or_404(found.attributions.select_related("by"), pk=attribution)
    form = OpinionForm(request.POST or None)

    def act() -> None:
        said = form.cleaned_data
        actions.judge_attribution(
            found,
            proposed.pk,
            approves=said["approves"] == "yes",
            reason=said["reason"],
            by=me(request),
            opinion_id=said["form_id"],
        )

    if request.method == "POST" and done(form, act):
        return redirect("incidents:attribution", incident=found.pk)
    return shown(
        request, found, "attribution", template="judge", form=form, proposed=proposed, status=form.status
    )


def _page(request: HttpRequest, found: Incident, form: PageForm) -> HttpResponse:
    proposals = (
        found.attributions.select_related("by").prefetch_related("opinions__by").order_by("-at_ms", "-id")
    )
    return shown(
        request,
        found,
        "attribution",
        status=form.status,
        form=form,
        proposals=proposals,
        rungs=scale("attribution"),
        needed=APPROVALS_NEEDED,
        me=me(request),
    )
