"""To take a briefing note out: what leaves the node leaves by an act that is recorded."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.report.briefing import MARKINGS, docx, pdf
from vigie_node.clock import now_ms
from vigie_node.incidents.access import READ, incidents_visible_to
from vigie_node.incidents.actions.common import one_of
from vigie_node.incidents.briefing import briefing_of
from vigie_node.ledger.actions import person, record
from vigie_node.people.access import may

if TYPE_CHECKING:
    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

FORMS = ("pdf", "docx")


@transaction.atomic
def take_briefing(
    incident: Incident, *, form: str, marking: str, deadline_ms: int | None, by: Person
) -> bytes:
    """Return the briefing note of an incident, open or closed, as a file, and record that it was taken out.

    Args:
        incident: which.
        form: one of `FORMS`.
        marking: an id of `vigie.report.briefing.MARKINGS`.
        deadline_ms: by when somebody must decide, UTC milliseconds; None where nobody said.
        by: who takes it out.

    Raises:
        PermissionDenied: they may not read incidents.
        Incident.DoesNotExist: it is another organisation's.
        BadOptionError: there is no such form or marking.
    """
    if not may(by, READ):
        raise PermissionDenied
    incident = incidents_visible_to(by).get(pk=incident.pk)
    one_of("form", form, FORMS)
    one_of("marking", marking, MARKINGS)
    at_ms = now_ms()
    note = briefing_of(incident, marking=marking, deadline_ms=deadline_ms, zone=by.zone, at_ms=at_ms)
    made = pdf(note) if form == "pdf" else docx(note, at_ms=at_ms)
    record(
        "incident.briefed",
        of=f"incident:{incident.pk}",
        by=person(by.pk),
        organisation=incident.organisation_id,
        number=incident.number,
        form=form.upper(),
        marking=marking,
        sha256=sha256(made).hexdigest(),
    )
    return made
