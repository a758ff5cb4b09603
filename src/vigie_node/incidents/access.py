"""The only door to incidents: one's own organisation's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from vigie_node.incidents.models import Incident, Matrix
from vigie_node.people.access import may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.people.models import Person

READ = "incident.read"
WRITE = "incident.write"
APPROVE = "incident.approve"


def incidents_visible_to(person: Person) -> QuerySet[Incident]:
    """Return the incidents of one's own organisation, for who may read incidents."""
    if not may(person, READ):
        return Incident.objects.none()
    return Incident.objects.filter(organisation=person.organisation_id)


def matrices_visible_to(person: Person, incident: Incident) -> QuerySet[Matrix]:
    """Return one's own matrix, and those of others: once theirs and one's own are handed in.

    Whoever has not handed in their own sees no other's, so that two people judge apart. Who may only read
    sees those that are handed in, once two are.
    """
    matrices = Matrix.objects.filter(incident__in=incidents_visible_to(person).filter(pk=incident.pk))
    handed_in = Q(handed_in_ms__isnull=False)
    own = matrices.filter(by=person)
    waits = own.filter(handed_in_ms=None).exists() or (may(person, WRITE) and not own.exists())
    if waits or matrices.filter(handed_in).count() < TWO:
        return own
    return matrices.filter(handed_in | Q(by=person))


TWO = 2
