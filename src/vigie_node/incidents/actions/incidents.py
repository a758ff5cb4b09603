"""To open an incident, to stand behind it, to close it, to open it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.assess.gates import gates
from vigie.assess.verdicts import Given, settle
from vigie.terms.languages import LANGUAGES, Message, say
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.access import WRITE, incidents_visible_to
from vigie_node.incidents.actions.common import (
    keep_revision,
    locked,
    next_number,
    noted,
    one_of,
    sent_before,
    written,
)
from vigie_node.incidents.errors import NotReadyError
from vigie_node.incidents.models import Incident, Passage, Standing
from vigie_node.incidents.sections import SECTIONS, TITLE, part_of
from vigie_node.people.access import is_the_only_one_who_may, may
from vigie_node.people.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from vigie.terms.languages import Language
    from vigie_node.people.models import Person

WHY = say("Why")
A_SUMMARY = say("what happened, in one of the languages")
A_CLAIM = say("a claim that is not withdrawn")
AN_EXHIBIT = say("an exhibit that is not withdrawn")


@transaction.atomic
def open_incident(
    *, title: str, language: Language, gate: str, by: Person, incident_id: UUID | None = None
) -> Incident:
    """Open an incident with a title in one language; nobody stands behind it yet.

    Args:
        title: what it is called.
        language: of the title.
        gate: whose test of interference applies: an id of `vigie.assess.gates`.
        by: who.
        incident_id: the form's own, so that a form sent twice opens one.

    Raises:
        PermissionDenied: they may not, or the form was another's.
        BadOptionError: there is no such gate.
        NothingWrittenError, TooLongError, UnreadableError: the title will not do.
    """
    if not may(by, WRITE):
        raise PermissionDenied
    incident_id = incident_id or new_id()
    sent = Incident.objects.filter(pk=incident_id).first()
    if sent is not None:
        if sent.opened_by_id != by.pk:
            raise PermissionDenied
        return sent
    section = SECTIONS[TITLE]
    text = written(section.name, title, length_max=section.length_max, is_line=True)
    one_of("language", language, LANGUAGES)
    Organisation.objects.select_for_update().get(pk=by.organisation_id)  # numbers follow each other
    now = now_ms()
    incident = Incident(
        id=incident_id,
        organisation_id=by.organisation_id,
        number=next_number(incidents_visible_to(by).values_list("number", flat=True).order_by("-number")[:1]),
        gate=one_of("gate", gate, gates()),
        opened_by=by,
        opened_ms=now,
        changed_ms=now,
        **{f"title_{language}": text},
    )
    incident.save(force_insert=True)
    Passage.objects.create(incident=incident, section=TITLE, language=language, text=text, version=1)
    keep_revision(incident, part_of(TITLE, language), 1, {"text": text}, by=by, why="")
    noted("opened", incident, by=by)
    return incident


@transaction.atomic
def stand_behind(
    incident: Incident, *, stands: bool, reason: str, by: Person, standing_id: UUID | None = None
) -> Incident:
    """Record that somebody stands behind calling it an incident, or no longer does; two make it one.

    The only person of an organisation who may, does so twice, 24 hours apart.

    Args:
        incident: which.
        stands: whether they do.
        reason: why.
        by: who.
        standing_id: the form's own, so that a form sent twice counts once.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        NotReadyError: something is missing that anybody would have to stand behind.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by)
    standing_id = standing_id or new_id()
    if sent_before(Standing, standing_id, by=by, incident=incident) is not None:
        return incident
    reason = written(WHY, reason)
    if stands and (lacking := list(_lacking(incident))):
        raise NotReadyError(lacking=lacking[0])
    Standing(id=standing_id, incident=incident, by=by, stands=stands, reason=reason, at_ms=now_ms()).save(
        force_insert=True
    )
    is_alone = is_the_only_one_who_may(by, WRITE)
    incident.state = (
        Incident.State.ESTABLISHED if _is_settled(incident, is_alone=is_alone) else Incident.State.OPEN
    )
    alone = {"alone": True} if is_alone and incident.state == Incident.State.ESTABLISHED else {}
    noted("stood_behind" if stands else "stepped_back", incident, by=by, state=str(incident.state), **alone)
    return incident


@transaction.atomic
def close_incident(incident: Incident, *, reason: str, by: Person) -> Incident:
    """Close an incident: nothing in it changes any more.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by)
    reason = written(WHY, reason)
    incident.state, incident.closed_ms = Incident.State.CLOSED, now_ms()
    _keep_state(incident, reason, by=by)
    noted("closed", incident, by=by)
    return incident


@transaction.atomic
def reopen_incident(incident: Incident, *, reason: str, by: Person) -> Incident:
    """Open a closed incident again; whether people stand behind it is what it was.

    Raises:
        PermissionDenied: they may not.
        Incident.DoesNotExist: it is another organisation's.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    if not may(by, WRITE):
        raise PermissionDenied
    incident = incidents_visible_to(by).select_for_update().get(pk=incident.pk)
    if incident.state != Incident.State.CLOSED:
        return incident
    reason = written(WHY, reason)
    incident.closed_ms = None
    is_alone = is_the_only_one_who_may(by, WRITE)
    incident.state = (
        Incident.State.ESTABLISHED if _is_settled(incident, is_alone=is_alone) else Incident.State.OPEN
    )
    _keep_state(incident, reason, by=by)
    noted("reopened", incident, by=by)
    return incident


def check_standing(incident: Incident) -> None:
    """Let an established incident be a working file again where it lacks what anybody could stand behind."""
    if incident.state == Incident.State.ESTABLISHED and any(_lacking(incident)):
        incident.state = Incident.State.OPEN


def _lacking(incident: Incident) -> Iterator[Message]:
    if not incident.passages.filter(section="summary").exclude(text="").exists():
        yield A_SUMMARY
    if not incident.claims.filter(withdrawn=False).exists():
        yield A_CLAIM
    if not incident.exhibits.filter(withdrawn=False).exists():
        yield AN_EXHIBIT


def _is_settled(incident: Incident, *, is_alone: bool) -> bool:
    """Tell whether two people stand behind it: as verdicts are settled, stepping back being doubt."""
    given = [
        Given(by=str(one.by_id), verdict="confirm" if one.stands else "unsure", at_ms=one.at_ms)
        for one in incident.standings.order_by("at_ms", "id")
    ]
    return settle(given, is_alone=is_alone) == "confirmed"


def _keep_state(incident: Incident, reason: str, *, by: Person) -> None:
    version = incident.revisions.filter(part="state").count() + 1
    keep_revision(incident, "state", version, {"state": str(incident.state)}, by=by, why=reason)
