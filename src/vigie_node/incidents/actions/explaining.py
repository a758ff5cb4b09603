"""To put explanations beside each other, and to hold the exhibits against them, each analyst apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from vigie.assess.hypotheses import BEARINGS, LEAST, missing_kinds
from vigie.assess.scales import scale
from vigie.terms.languages import LANGUAGES, Message, say
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.actions.common import (
    LINE_MAX,
    locked,
    next_number,
    noted,
    one_of,
    say_anew,
    written,
)
from vigie_node.incidents.errors import HandedInError, NotYetComparedError
from vigie_node.incidents.models import Hypothesis, Matrix, MatrixCell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

EXPLANATION = say("Explanation")
TOO_FEW = say("at least three explanations, an organic one and a domestic or commercial one among them")
NO_EXHIBITS = say("an exhibit to hold against them")
EMPTY_CELLS = say("a bearing for each exhibit and explanation")


@transaction.atomic
def explain(
    incident: Incident,
    *,
    kind: str,
    language: str,
    text: str,
    by: Person,
    hypothesis_id: UUID | None = None,
    seen: int = 0,
    withdrawn: bool = False,
    why: str = "",
) -> Hypothesis:
    """Put an explanation beside the others, or say it anew; every version is kept.

    Args:
        incident: of what.
        kind: an id of the scale `explanation`.
        language: of the text.
        text: what could have happened.
        by: who.
        hypothesis_id: which one, or the form's own for a new one.
        seen: the version that the writer began from; 0 for a new one.
        withdrawn: whether it stands no longer beside the others.
        why: what was changed and why.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        ChangedMeanwhileError: somebody said it anew since; nothing was altered.
        BadOptionError: a value means nothing.
        NothingWrittenError, TooLongError, UnreadableError: the text will not do.
    """
    incident = locked(incident, by=by)
    said = {
        "kind": one_of("kind", kind, scale("explanation")),
        "language": one_of("language", language, LANGUAGES),
        "text": written(EXPLANATION, text, length_max=LINE_MAX),
        "withdrawn": withdrawn,
    }
    hypothesis_id = hypothesis_id or new_id()
    found = incident.hypotheses.filter(pk=hypothesis_id).first()
    if found is None:
        numbers = incident.hypotheses.values_list("number", flat=True)
        found = Hypothesis(id=hypothesis_id, incident=incident, number=next_number(numbers), version=0, by=by)
    if say_anew(found, incident, f"hypothesis:{found.pk}", said, by=by, seen=seen, why=why):
        noted("explained", incident, by=by, hypothesis=found.number, version=found.version)
    return found


@transaction.atomic
def weigh(incident: Incident, bearings: Mapping[tuple[int, int], str], *, by: Person) -> Matrix:
    """Keep one's own reading of exhibits against explanations; nobody else sees it yet.

    Args:
        incident: of which.
        bearings: by number of exhibit and of explanation: an id of the scale `bearing`; an empty one takes
            the cell back. Cells that are not named stay.
        by: whose.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        HandedInError: it is handed in.
        BadOptionError: there is no such bearing, exhibit or explanation.
    """
    incident = locked(incident, by=by)
    now = now_ms()
    matrix, _ = Matrix.objects.get_or_create(incident=incident, by=by, defaults={"changed_ms": now})
    if matrix.handed_in_ms is not None:
        raise HandedInError
    exhibits = {one.number: one for one in incident.exhibits.filter(withdrawn=False)}
    hypotheses = {one.number: one for one in incident.hypotheses.filter(withdrawn=False)}
    for (exhibit, hypothesis), bearing in bearings.items():
        one_of("exhibit", str(exhibit), list(map(str, exhibits)))
        one_of("explanation", str(hypothesis), list(map(str, hypotheses)))
        place: dict[str, Any] = {
            "matrix": matrix,
            "exhibit": exhibits[exhibit],
            "hypothesis": hypotheses[hypothesis],
        }
        if bearing:
            one_of("bearing", bearing, BEARINGS)
            MatrixCell.objects.update_or_create(**place, defaults={"bearing": bearing})
        else:
            MatrixCell.objects.filter(**place).delete()
    matrix.changed_ms = now
    matrix.save(update_fields=["changed_ms"])
    return matrix


@transaction.atomic
def hand_in(incident: Incident, *, by: Person) -> Matrix:
    """Hand one's matrix in: others who handed theirs in see it, and one sees theirs.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        NotYetComparedError: there are too few explanations, or cells are empty.
    """
    incident = locked(incident, by=by)
    matrix, _ = Matrix.objects.get_or_create(incident=incident, by=by, defaults={"changed_ms": now_ms()})
    if matrix.handed_in_ms is not None:
        return matrix
    cells = {(cell.exhibit_id, cell.hypothesis_id) for cell in matrix.cells.all()}
    lacking = _lacking(incident, cells)
    if lacking is not None:
        raise NotYetComparedError(lacking=lacking)
    matrix.handed_in_ms = now_ms()
    matrix.save(update_fields=["handed_in_ms"])
    noted("matrix_handed_in", incident, by=by, cells=len(cells))
    return matrix


@transaction.atomic
def take_back(incident: Incident, *, by: Person) -> Matrix:
    """Take one's matrix back to alter it; the ledger keeps that it was done.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Matrix.DoesNotExist: they have none.
    """
    incident = locked(incident, by=by)
    matrix = incident.matrices.get(by=by)
    if matrix.handed_in_ms is not None:
        matrix.handed_in_ms = None
        matrix.save(update_fields=["handed_in_ms"])
        noted("matrix_taken_back", incident, by=by)
    return matrix


def _lacking(incident: Incident, cells: set[tuple[UUID, UUID]]) -> Message | None:
    hypotheses = list(incident.hypotheses.filter(withdrawn=False))
    exhibits = list(incident.exhibits.filter(withdrawn=False))
    if len(hypotheses) < LEAST or missing_kinds(one.kind for one in hypotheses):
        return TOO_FEW
    if not exhibits:
        return NO_EXHIBITS
    if {(exhibit.pk, hypothesis.pk) for exhibit in exhibits for hypothesis in hypotheses} - cells:
        return EMPTY_CELLS
    return None
