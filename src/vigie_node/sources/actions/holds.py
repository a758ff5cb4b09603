"""Legal holds, and ties of what a sensitive declaration brought to its hypothesis: two persons each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import check_apart, check_independent, is_alone, may
from vigie_node.sources.actions.approving import APPROVE, is_teammate
from vigie_node.sources.actions.common import actor, answered, record_on
from vigie_node.sources.errors import CoolingError, DecidedError, InTheTeamError, SamePersonError
from vigie_node.sources.guards import COOLING_MS, is_sensitive
from vigie_node.sources.models import Declaration, Hold, Tie

if TYPE_CHECKING:
    from vigie_node.people.models import Person

SET_HOLD, ASK = "hold.set", "declaration.ask"

describe(
    {
        "hold.set": say("A legal hold was set: {hold_kind}."),
        "hold.lift_asked": say("Somebody asked to lift a legal hold."),
        "hold.lifted": say("A legal hold was lifted by a second person."),
        "hold.lifted_alone": say("A legal hold was lifted by one person alone, 24 hours after asking."),
        "tie.recorded": say("Somebody wrote what ties a sensitive collection to its hypothesis."),
        "tie.approved": say("A second person agreed: the collection is kept beyond its expiry."),
    },
    values={
        "hold_kind": {
            "access": say("a request for access or correction"),
            "proceeding": say("a proceeding"),
            "decision": say("used for an administrative decision"),
            "archives": say("the law on archives"),
            "other": say("another reason"),
        }
    },
)


@transaction.atomic
def set_hold(declaration: Declaration, *, by: Person, kind: str, reason: str) -> Hold:
    """Hold all that a declaration brought, and will bring, until two persons lift it.

    Raises:
        PermissionDenied: they may not, or it is another organisation's.
        EmptyAnswerError: there is no reason.
    """
    _check(by, SET_HOLD, declaration)
    declaration = Declaration.objects.select_for_update().get(
        pk=declaration.pk
    )  # the sweep waits, or went first
    hold = Hold.objects.create(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        kind=Hold.Kind(kind),
        reason=answered("reason", reason),
        by=by,
        created_ms=now_ms(),
    )
    record_on("hold.set", declaration, by=actor(by), hold=hold.id, hold_kind=hold.kind)
    return hold


@transaction.atomic
def ask_lift(hold: Hold, *, by: Person, reason: str) -> Hold:
    """Ask to lift a hold: the first of two persons.

    Raises:
        PermissionDenied: they may not.
        DecidedError: it is lifted already, or somebody has asked.
        EmptyAnswerError: there is no reason.
    """
    hold = _standing(hold, by)
    if hold.lift_asked_ms is not None:
        raise DecidedError
    hold.lift_by, hold.lift_asked_ms, hold.lift_reason = by, now_ms(), answered("reason", reason)
    hold.save()
    record_on("hold.lift_asked", hold.declaration, by=actor(by), hold=hold.id)
    return hold


@transaction.atomic
def lift_hold(hold: Hold, *, by: Person) -> Hold:
    """Lift a hold that another person asked to lift; somebody alone does so a day after asking.

    Raises:
        PermissionDenied: they may not.
        DecidedError: it is lifted already, or nobody has asked.
        SamePersonError, CoolingError: they asked themselves.
        NotIndependentError: one of the two made the other, or they came after the request.
    """
    hold = _standing(hold, by)
    if hold.lift_asked_ms is None:
        raise DecidedError
    alone = hold.lift_by_id == by.pk
    if alone:
        _check_alone(by, hold.lift_asked_ms)
    else:
        check_independent(by, hold.lift_by, SET_HOLD, hold.lift_asked_ms)
    hold.lifted_by, hold.lifted_ms = by, now_ms()
    hold.save()
    kind = "hold.lifted_alone" if alone else "hold.lifted"
    record_on(kind, hold.declaration, by=actor(by), hold=hold.id)
    return hold


@transaction.atomic
def record_tie(declaration: Declaration, *, by: Person, reason: str) -> Tie:
    """Write what ties what a sensitive declaration brought to its hypothesis; counts once approved.

    Raises:
        PermissionDenied: they may not, or it is another organisation's.
        DecidedError: the declaration is not of this sort, or was tied already.
        EmptyAnswerError: there is no reason.
    """
    _check(by, ASK, declaration)
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if not is_sensitive(declaration.subject) or Tie.objects.filter(declaration=declaration).exists():
        raise DecidedError
    tie = Tie.objects.create(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        reason=answered("reason", reason),
        by=by,
        created_ms=now_ms(),
    )
    record_on("tie.recorded", declaration, by=actor(by))
    return tie


@transaction.atomic
def approve_tie(tie: Tie, *, by: Person) -> Tie:
    """Agree that evidence ties a collection to its hypothesis: it is kept to its own retention.

    Raises:
        PermissionDenied: they may not.
        DecidedError: somebody agreed already.
        SamePersonError: they wrote it.
        NotIndependentError, NotApartError: see `people.access.check_apart`.
        InTheTeamError: they have worked on the project, or on another with whoever wrote it.
    """
    _check(by, APPROVE, tie.declaration)
    tie = Tie.objects.select_for_update().select_related("declaration__project").get(pk=tie.pk)
    if tie.approved_ms is not None:
        raise DecidedError
    if tie.by_id == by.pk:
        raise SamePersonError
    check_apart(by, tie.by, APPROVE, tie.created_ms)
    if is_teammate(tie.declaration.project, by, of=tie.by):
        raise InTheTeamError
    tie.approved_by, tie.approved_ms = by, now_ms()
    tie.save()
    record_on("tie.approved", tie.declaration, by=actor(by))
    return tie


def _standing(hold: Hold, by: Person) -> Hold:
    _check(by, SET_HOLD, hold.declaration)
    found = Hold.objects.select_for_update().get(pk=hold.pk)
    if found.lifted_ms is not None:
        raise DecidedError
    return found


def _check(by: Person, permission: str, declaration: Declaration) -> None:
    if not may(by, permission) or by.organisation_id != declaration.organisation_id:
        raise PermissionDenied


def _check_alone(by: Person, asked_ms: int) -> None:
    if not is_alone(by):
        raise SamePersonError
    if now_ms() < asked_ms + COOLING_MS:
        raise CoolingError
