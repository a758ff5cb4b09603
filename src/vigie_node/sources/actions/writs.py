"""Writ periods: set and ended by people who manage, never by the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import may
from vigie_node.sources.actions.common import actor, answered
from vigie_node.sources.errors import EndWritError, WindowError
from vigie_node.sources.models import Declaration, WritPeriod

if TYPE_CHECKING:
    from uuid import UUID

    from vigie_node.people.models import Organisation, Person

WRIT_NAME_MAX = 200
SET, INDEPENDENT = "writ.set", "declaration.independent"

describe(
    {
        "writ.set": say("A writ period was set: declarations about candidates need the independent role."),
        "writ.ended": say("A writ period was ended early."),
    }
)


@transaction.atomic
def set_writ(
    *, organisation: Organisation, name: str, from_ms: int, to_ms: int, by: Person | None
) -> WritPeriod:
    """Set a writ period.

    Args:
        organisation: whose.
        name: the election, as people call it.
        from_ms: its first moment.
        to_ms: the first moment after it.
        by: who sets it; None for a command on the node's machine.

    Raises:
        PermissionDenied: they may not.
        EmptyAnswerError: it has no name.
        WindowError: it ends before it begins.
    """
    _check_sets(by, organisation.pk)
    if to_ms <= from_ms:
        raise WindowError
    writ = WritPeriod.objects.create(
        organisation=organisation,
        name=answered("name", name)[:WRIT_NAME_MAX],
        from_ms=from_ms,
        to_ms=to_ms,
        by=by,
        created_ms=now_ms(),
    )
    _record("writ.set", writ, by=by, from_ms=from_ms, to_ms=to_ms)
    return writ


@transaction.atomic
def end_writ(writ: WritPeriod, *, by: Person | None) -> WritPeriod:
    """End a writ period now; it stays in the list.

    One person alone takes no guard away: who ends it may also decide in its time.

    Raises:
        PermissionDenied: they may not set writ periods.
        EndWritError: they lack the independent role.
    """
    _check_sets(by, writ.organisation_id)
    if by is not None and not may(by, INDEPENDENT):
        raise EndWritError
    writ = WritPeriod.objects.select_for_update().get(pk=writ.pk)
    if writ.ended_ms is None:
        writ.ended_ms = now_ms()
        writ.save(update_fields=["ended_ms"])
        _record("writ.ended", writ, by=by)
    return writ


def is_locked(declaration: Declaration, at_ms: int) -> bool:
    """Tell whether only the independent role decides on a declaration at a moment."""
    return (
        declaration.subject == Declaration.Subject.CANDIDATE
        and WritPeriod.objects.filter(
            organisation=declaration.organisation_id, from_ms__lte=at_ms, to_ms__gt=at_ms, ended_ms=None
        ).exists()
    )


def _check_sets(by: Person | None, organisation: UUID) -> None:
    if by is not None and not (may(by, SET) and by.organisation_id == organisation):
        raise PermissionDenied


def _record(kind: str, writ: WritPeriod, *, by: Person | None, **facts: object) -> None:
    record(
        kind,
        of=f"organisation:{writ.organisation_id}",
        by=actor(by),
        organisation=writ.organisation_id,
        writ=writ.id,
        **facts,
    )
