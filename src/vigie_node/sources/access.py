"""The only door to declarations, intakes, batches and rows set aside: who may see, who may read posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.people.access import may
from vigie_node.sources.models import Batch, Declaration, Erasure, Intake, Project, RejectedRow

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.people.models import Person


def projects_visible_to(person: Person) -> QuerySet[Project]:
    """Return the projects of one's own organisation."""
    return Project.objects.filter(organisation=person.organisation_id)


def declarations_visible_to(person: Person) -> QuerySet[Declaration]:
    """Return the declarations of one's own organisation, for who may read declarations."""
    if not may(person, "declaration.read"):
        return Declaration.objects.none()
    return Declaration.objects.filter(organisation=person.organisation_id)


def intakes_visible_to(person: Person) -> QuerySet[Intake]:
    """Return what was taken in for one's own organisation; names and counts, no content."""
    if not may(person, "batch.read"):
        return Intake.objects.none()
    return Intake.objects.filter(organisation=person.organisation_id)


def batches_visible_to(person: Person) -> QuerySet[Batch]:
    """Return the batches of one's own organisation, erased ones too; no content."""
    if not may(person, "batch.read"):
        return Batch.objects.none()
    return Batch.objects.filter(organisation=person.organisation_id)


def erasures_visible_to(person: Person) -> QuerySet[Erasure]:
    """Return what was erased from the batches that somebody may see."""
    return Erasure.objects.filter(old__in=batches_visible_to(person))


def rejected_rows_visible_to(person: Person) -> QuerySet[RejectedRow]:
    """Return where rows of one's own organisation's files were set aside, not what they said."""
    return RejectedRow.objects.filter(intake__in=intakes_visible_to(person))


def batches_readable(person: Person, declaration: Declaration) -> QuerySet[Batch]:
    """Return the batches of a declaration whose posts somebody may read, the earliest recorded first.

    The store reads nothing else for a person. Nothing where the declaration is another organisation's.
    """
    if not may(person, "post.read") or declaration.organisation_id != person.organisation_id:
        return Batch.objects.none()
    return batches_held(declaration)


def batches_held(declaration: Declaration) -> QuerySet[Batch]:
    """Return the batches of a declaration, the earliest recorded first: for the node's own work."""
    return Batch.objects.filter(declaration=declaration, erased_ms=None).order_by("stored_ms", "id")
