"""Deciding on declarations: a second person approves or refuses; a person alone waits a day.

The team of a project is whoever has taken a file in, given a verdict or asked for a declaration in it: a
sensitive declaration is approved by somebody outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import may
from vigie_node.sources.actions.common import DAY_MS, actor, answered, is_alone, record_on
from vigie_node.sources.actions.writs import is_locked
from vigie_node.sources.errors import CaretakerError, DecidedError, InTheTeamError, SamePersonError
from vigie_node.sources.guards import COOLING_MS, is_sensitive
from vigie_node.sources.models import Declaration, Intake

if TYPE_CHECKING:
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
        SamePersonError, InTheTeamError, CaretakerError: see `hindrance`.
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
    if declaration.by_id == by.pk and (sensitive or not is_alone(declaration.organisation_id)):
        return SamePersonError()
    if sensitive and is_in_team(declaration.project, by):
        return InTheTeamError()
    return None


def is_in_team(project: Project, somebody: Person) -> bool:
    """Tell whether somebody has taken a file in, given a verdict or asked for a declaration in a project."""
    own = Declaration.objects.filter(project=project)
    return (
        own.filter(by=somebody).exists()
        or Intake.objects.filter(declaration__project=project, by=somebody).exists()
        or own.filter(alerts__reviews__by=somebody).exists()
    )


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
