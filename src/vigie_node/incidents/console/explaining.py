"""The page of explanations: one's own matrix, and where two analysts disagree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from vigie.assess.hypotheses import against, disagreements, missing_kinds
from vigie.assess.scales import scale
from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import say
from vigie_node.incidents import actions
from vigie_node.incidents.access import READ, WRITE, matrices_visible_to
from vigie_node.incidents.console.forms import HypothesisForm, terms
from vigie_node.incidents.console.showing import FORM, check_writes, done, incident_of, me, shown, voice_of
from vigie_node.incidents.console.writing import CONFLICT
from vigie_node.incidents.errors import ChangedMeanwhileError
from vigie_node.incidents.merging import collision
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie.assess.hypotheses import Bearing
    from vigie.report.format import Voice
    from vigie_node.incidents.models import Exhibit, Hypothesis, Incident, Matrix

CELL = re.compile(r"cell-(\d{1,6})-(\d{1,6})")
UNFIT = 422
WRITTEN = ("kind", "language", "text", "withdrawn")
H = say("H{number}")


@FORM
@needs(READ)
def explanations(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Show the explanations and matrices, and take another explanation in."""
    check_writes(request)
    found = incident_of(request, incident)
    form = HypothesisForm(request.POST or None)
    if request.method == "POST" and done(form, lambda: _explained(request, found, form)):
        return redirect("incidents:explanations", incident=found.pk)
    return _page(request, found, form, status=form.status)


@FORM
@needs(WRITE)
def explanation(request: HttpRequest, incident: UUID, number: int) -> HttpResponse:
    """Say an explanation anew, or take it away from the others; where somebody else did, show both."""
    found = incident_of(request, incident)
    kept = get_object_or_404(found.hypotheses, number=number)
    begun = {"form_id": kept.pk, "seen": kept.version, **{name: getattr(kept, name) for name in WRITTEN}}
    sent = {**request.POST.dict(), "form_id": str(kept.pk)} if request.method == "POST" else None
    form = HypothesisForm(sent, initial=begun)
    met = None
    if request.method == "POST":
        try:
            if done(form, lambda: _explained(request, found, form), passing=(ChangedMeanwhileError,)):
                return redirect("incidents:explanations", incident=found.pk)
        except ChangedMeanwhileError:
            mine = {name: form.cleaned_data[name] for name in WRITTEN}
            met = collision(found, f"hypothesis:{kept.pk}", seen=form.cleaned_data["seen"], mine=mine)
            form = HypothesisForm(initial={"form_id": kept.pk, **met.columns, "seen": met.version})
    status = CONFLICT if met else form.status
    return shown(
        request, found, "explanations", template="explanation", form=form, kept=kept, met=met, status=status
    )


def _explained(request: HttpRequest, found: Incident, form: HypothesisForm) -> Hypothesis:
    said = dict(form.cleaned_data)
    return actions.explain(
        found, by=me(request), hypothesis_id=said.pop("form_id"), seen=said.pop("seen") or 0, **said
    )


@require_POST
@needs(WRITE)
def weigh(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Keep one's own matrix; hand it in, or take it back, where the button says so."""
    found, somebody = incident_of(request, incident), me(request)
    said = {
        (int(cell[1]), int(cell[2])): str(value)
        for name, value in request.POST.items()
        if (cell := CELL.fullmatch(name))
    }
    try:
        if request.POST.get("then") == "take_back":
            get_object_or_404(found.matrices, by=somebody)
            actions.take_back(found, by=somebody)
        else:
            actions.weigh(found, said, by=somebody)
            if request.POST.get("then") == "hand_in":
                actions.hand_in(found, by=somebody)
    except VigieError as error:
        problem = tell(error, voice_of(request).words)
        return _page(request, found, HypothesisForm(), problem=problem, status=UNFIT)
    return redirect("incidents:explanations", incident=found.pk)


def _page(
    request: HttpRequest, found: Incident, form: HypothesisForm, *, status: int, problem: str = ""
) -> HttpResponse:
    voice, somebody = voice_of(request), me(request)
    hypotheses = list(found.hypotheses.filter(withdrawn=False).order_by("number"))
    exhibits = list(found.exhibits.filter(withdrawn=False).order_by("number"))
    matrices = list(matrices_visible_to(somebody, found).select_related("by").prefetch_related("cells"))
    read = {matrix.pk: _cells(matrix, exhibits, hypotheses) for matrix in matrices}
    own = next((one for one in matrices if one.by_id == somebody.pk), None)
    handed_in = [one for one in matrices if one.handed_in_ms is not None]
    names = [str(one.number) for one in hypotheses]
    return shown(
        request,
        found,
        "explanations",
        status=status,
        form=form,
        problem=problem,
        hypotheses=hypotheses,
        exhibits=exhibits,
        missing=[
            scale("explanation")[kind].names[voice.language] for kind in missing_kinds(_kinds(hypotheses))
        ],
        own=own,
        own_cells=read[own.pk] if own else {},
        bearings=terms(scale("bearing")),
        sum_columns=[
            {"key": f"h{one.number}", "label": voice(H, number=one.number), "figures": True}
            for one in hypotheses
        ],
        sums=[(one, against(read[one.pk], names)) for one in handed_in],
        differences=_differences(handed_in, read, voice),
        waiting=found.matrices.filter(handed_in_ms__isnull=False).exclude(by=somebody).count(),
    )


def _kinds(hypotheses: Sequence[Hypothesis]) -> list[str]:
    return [one.kind for one in hypotheses]


def _cells(
    matrix: Matrix, exhibits: Sequence[Exhibit], hypotheses: Sequence[Hypothesis]
) -> dict[tuple[str, str], Any]:
    """Return a matrix by the numbers of exhibits and explanations that still stand."""
    rows, columns = ({one.pk: str(one.number) for one in some} for some in (exhibits, hypotheses))
    return {
        (rows[cell.exhibit_id], columns[cell.hypothesis_id]): cell.bearing
        for cell in matrix.cells.all()
        if cell.exhibit_id in rows and cell.hypothesis_id in columns
    }


def _differences(
    handed_in: Sequence[Matrix], read: Mapping[UUID, Mapping[tuple[str, str], Bearing]], voice: Voice
) -> list[dict[str, Any]]:
    """Return where each two analysts disagree, in words, the furthest apart first."""
    names = {id_: term.names[voice.language] for id_, term in scale("bearing").items()}
    found = [
        {
            "exhibit": one.evidence,
            "hypothesis": one.explanation,
            "first": (first.by.name, names[one.one]),
            "second": (second.by.name, names[one.other]),
            "is_far": one.is_far,
            "steps": one.steps,
        }
        for place, first in enumerate(handed_in)
        for second in handed_in[place + 1 :]
        for one in disagreements(read[first.pk], read[second.pk])
    ]
    return sorted(found, key=lambda row: -int(row["steps"]))
