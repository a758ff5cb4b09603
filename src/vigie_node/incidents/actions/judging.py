"""To answer the jurisdiction's gate, to say how far it broke out and which techniques were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.assess.gates import ANSWERS, gates
from vigie.assess.scales import scale
from vigie.assess.techniques import FRAMEWORK, VERSION, current
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.actions.common import LINE_MAX, locked, noted, one_of, sent_before, written
from vigie_node.incidents.errors import LaterThanNowError, UnknownThingError
from vigie_node.incidents.models import BreakoutReading, GateAnswer, TechniqueUse

if TYPE_CHECKING:
    from uuid import UUID

    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

REASON = say("Reason")


@transaction.atomic
def answer_gate(
    incident: Incident, *, question: str, answer: str, reason: str, by: Person, answer_id: UUID | None = None
) -> GateAnswer:
    """Answer one question of the incident's gate; earlier answers are kept, the latest counts.

    Args:
        incident: about which.
        question: an id of the gate's questions.
        answer: yes, no or unknown.
        reason: why.
        by: who.
        answer_id: the form's own, so that a form sent twice is one answer.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        BadOptionError: there is no such question or answer.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by)
    answer_id = answer_id or new_id()
    sent = sent_before(GateAnswer, answer_id, by=by, incident=incident)
    if sent is not None:
        return sent
    gate = gates()[incident.gate]
    given = GateAnswer(
        id=answer_id,
        incident=incident,
        gate=gate.id,
        gate_version=gate.version,
        question=one_of("question", question, gate.questions),
        answer=one_of("answer", answer, ANSWERS),
        reason=written(REASON, reason, length_max=LINE_MAX),
        by=by,
        at_ms=now_ms(),
    )
    given.save(force_insert=True)
    noted("gate_answered", incident, by=by, gate=gate.id, question=question, answer=answer)
    return given


@transaction.atomic
def read_breakout(  # the columns of one row
    incident: Incident,
    *,
    category: str,
    reached_ms: int,
    reason: str,
    by: Person,
    reading_id: UUID | None = None,
) -> BreakoutReading:
    """Say that it had broken out so far at a time.

    Args:
        incident: which.
        category: an id of the scale `breakout`.
        reached_ms: when it was reached, UTC milliseconds; not in the future.
        reason: what shows it.
        by: who.
        reading_id: the form's own, so that a form sent twice is one reading.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        LaterThanNowError: that time has not come.
        BadOptionError: there is no such category.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by)
    reading_id = reading_id or new_id()
    sent = sent_before(BreakoutReading, reading_id, by=by, incident=incident)
    if sent is not None:
        return sent
    now = now_ms()
    if reached_ms > now:
        raise LaterThanNowError
    read = BreakoutReading(
        id=reading_id,
        incident=incident,
        category=one_of("category", category, scale("breakout")),
        reached_ms=reached_ms,
        reason=written(REASON, reason, length_max=LINE_MAX),
        by=by,
        at_ms=now,
    )
    read.save(force_insert=True)
    _furthest(incident)
    noted("broke_out", incident, by=by, category=category)
    return read


@transaction.atomic
def withdraw_breakout(incident: Incident, reading_id: UUID, *, by: Person) -> None:
    """Withdraw a reading: it stays readable, and counts for nothing.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        BreakoutReading.DoesNotExist: the incident has no such reading.
    """
    incident = locked(incident, by=by)
    read = incident.breakouts.get(pk=reading_id)
    if not read.withdrawn:
        read.withdrawn = True
        read.save(update_fields=["withdrawn"])
        _furthest(incident)
        noted("breakout_withdrawn", incident, by=by)


def _furthest(incident: Incident) -> None:
    """Let the incident say how far it broke out at the furthest."""
    categories = incident.breakouts.filter(withdrawn=False).values_list("category", flat=True)
    incident.breakout = max(categories, default="")


@transaction.atomic
def see_technique(
    incident: Incident, *, technique: str, reason: str, by: Person, use_id: UUID | None = None
) -> TechniqueUse:
    """Say that a technique was seen; the version of the framework is kept with it.

    Args:
        incident: in which.
        technique: an identifier of `vigie.assess.techniques`, perhaps a retired one.
        reason: what shows it.
        by: who.
        use_id: the form's own, so that a form sent twice counts once.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        UnknownThingError: there is no such technique.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by)
    use_id = use_id or new_id()
    sent = sent_before(TechniqueUse, use_id, by=by, incident=incident)
    if sent is not None:
        return sent
    known = current(technique)
    if known is None:
        raise UnknownThingError(ref=technique[:LINE_MAX])
    seen = TechniqueUse(
        id=use_id,
        incident=incident,
        framework=FRAMEWORK,
        framework_version=VERSION,
        technique=known.id,
        reason=written(REASON, reason, length_max=LINE_MAX),
        by=by,
        at_ms=now_ms(),
    )
    seen.save(force_insert=True)
    noted("technique_seen", incident, by=by, technique=known.id, framework=FRAMEWORK, version=VERSION)
    return seen


@transaction.atomic
def withdraw_technique(incident: Incident, use_id: UUID, *, by: Person) -> None:
    """Withdraw a technique: it stays readable, and counts for nothing.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        TechniqueUse.DoesNotExist: the incident has no such row.
    """
    incident = locked(incident, by=by)
    seen = incident.techniques.get(pk=use_id)
    if not seen.withdrawn:
        seen.withdrawn = True
        seen.save(update_fields=["withdrawn"])
        noted("technique_withdrawn", incident, by=by, technique=seen.technique)
