"""Deciding on declarations: a second person approves or refuses; a person alone waits a day.

The team of a project is whoever has taken a file in, given a verdict or asked for a declaration in it: a
sensitive declaration is approved by somebody outside, and outside every project in which whoever asked works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import (
    NotApartError,
    NotIndependentError,
    is_alone,
    is_apart,
    is_independent,
    may,
)
from vigie_node.sources.actions.common import DAY_MS, actor, answered, record_on
from vigie_node.sources.actions.writs import is_locked
from vigie_node.sources.errors import CaretakerError, DecidedError, InTheTeamError, SamePersonError
from vigie_node.sources.guards import COOLING_MS, is_sensitive
from vigie_node.sources.models import Declaration

if TYPE_CHECKING:
    from uuid import UUID

    from vigie.terms.errors import VigieError
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Project

APPROVE, INDEPENDENT = "declaration.approve", "declaration.independent"

describe(
    {
        "declaration.approved": say("A declaration was approved by a second person."),
        "declaration.approved_alone": say(
            "One person alone asked for a declaration and approved it: in force 24 hours later."
        ),
        "declaration.refused": say("A declaration was refused; nothing was collected under it."),
    }
)


@transaction.atomic
def approve_declaration(declaration: Declaration, *, by: Person, reason: str = "") -> Declaration:
    """Put a declaration in force.

    Raises:
        PermissionDenied: they may not approve.
        DecidedError: it does not wait for a decision.
        SamePersonError, NotIndependentError, NotApartError, InTheTeamError, CaretakerError: see `hindrance`.
    """
    declaration = _waiting(declaration, by)
    problem = hindrance(declaration, by)
    if problem is not None:
        raise problem
    now, alone = now_ms(), declaration.by_id == by.pk
    declaration.state, declaration.starts_ms = Declaration.State.IN_FORCE, now + COOLING_MS * alone
    days = declaration.days_in_force
    declaration.expires_ms = None if days is None else declaration.starts_ms + days * DAY_MS
    declaration.is_independent = may(by, INDEPENDENT)
    _decide(declaration, by, reason.strip(), now)
    record_on(
        "declaration.approved_alone" if alone else "declaration.approved",
        declaration,
        by=actor(by),
        starts_ms=declaration.starts_ms,
        expires_ms=declaration.expires_ms or 0,
        independent=int(declaration.is_independent),
    )
    return declaration


@transaction.atomic
def refuse_declaration(declaration: Declaration, *, by: Person, reason: str) -> Declaration:
    """Refuse a declaration, and say why: nothing was collected under it, and nothing will be.

    Raises:
        PermissionDenied: they may not decide.
        DecidedError: it does not wait for a decision.
        EmptyAnswerError: there is no reason.
    """
    declaration = _waiting(declaration, by)
    declaration.state = Declaration.State.REFUSED
    declaration.closed_ms = now_ms()
    _decide(declaration, by, answered("reason", reason), declaration.closed_ms)
    record_on("declaration.refused", declaration, by=actor(by))
    return declaration


def hindrance(declaration: Declaration, by: Person) -> VigieError | None:
    """Return why somebody who may approve cannot approve this one; None where they can."""
    if is_locked(declaration, now_ms()) and not may(by, INDEPENDENT):
        return CaretakerError()
    sensitive = is_sensitive(declaration.subject)
    if declaration.by_id == by.pk:
        return None if not sensitive and is_alone(by) else SamePersonError()
    if not is_independent(by, declaration.by, APPROVE, declaration.created_ms):
        return NotIndependentError()
    if sensitive and not is_apart(by, declaration.by, declaration.created_ms):
        return NotApartError()
    if sensitive and is_teammate(declaration.project, by, of=declaration.by):
        return InTheTeamError()
    return None


def is_teammate(project: Project, somebody: Person, *, of: Person | None) -> bool:
    """Tell whether somebody is in the team of a project, or of any in which another has worked.

    Names of projects are free: a new one does not make two colleagues strangers.
    """
    shared = worked_in(somebody)
    return project.pk in shared or (of is not None and not shared.isdisjoint(worked_in(of)))


def worked_in(somebody: Person) -> set[UUID]:
    """Return the projects where somebody has taken a file in, given a verdict or asked for a declaration."""
    own = Declaration.objects.filter(organisation=somebody.organisation_id)
    rows = (
        own.filter(by=somebody),
        own.filter(intakes__by=somebody),
        own.filter(alerts__reviews__by=somebody),
    )
    return {project for found in rows for project in found.values_list("project", flat=True).distinct()}


def _waiting(declaration: Declaration, by: Person) -> Declaration:
    if not may(by, APPROVE) or by.organisation_id != declaration.organisation_id:
        raise PermissionDenied
    found = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if found.state != Declaration.State.ASKED:
        raise DecidedError
    return found


def _decide(declaration: Declaration, by: Person, reason: str, at_ms: int) -> None:
    declaration.decided_by, declaration.decided_ms, declaration.decision_reason = by, at_ms, reason
    declaration.save()
