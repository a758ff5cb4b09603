"""To take an evidence package out: what leaves the node leaves by an act that is recorded."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie_node.incidents.access import WRITE, incidents_visible_to
from vigie_node.incidents.packing import package_of
from vigie_node.ledger.actions import person, record
from vigie_node.people.access import may

if TYPE_CHECKING:
    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person


@transaction.atomic
def take_package(incident: Incident, *, by: Person) -> bytes:
    """Return the evidence package of an incident, open or closed, and record that it was taken out.

    Raises:
        PermissionDenied: they may not write incidents.
        Incident.DoesNotExist: it is another organisation's.
    """
    if not may(by, WRITE):
        raise PermissionDenied
    incident = incidents_visible_to(by).get(pk=incident.pk)
    packed = package_of(incident, reader=by)
    record(
        "incident.packed",
        of=f"incident:{incident.pk}",
        by=person(by.pk),
        organisation=incident.organisation_id,
        number=incident.number,
        sha256=sha256(packed).hexdigest(),
    )
    return packed
