"""Choose which methods look at what comes in under a declaration, and what is watched more closely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node.alerts.actions.runs import actor
from vigie_node.alerts.models import Plan
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.alerts.plans import methods_of
from vigie_node.alerts.watching import WATCHED_MAX
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.people.access import may
from vigie_node.sources.models import Declaration

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vigie_node.people.models import Person


@dataclass(frozen=True, kw_only=True)
class Watching:
    """What early warning watches more closely.

    Args:
        subjects: hashtags without #, sites, accounts as they stand in posts.
        from_ms: from when on; None, with `until_ms`: in writ periods.
        until_ms: the first moment after.

    Raises:
        BadOptionError: a value means nothing.
    """

    subjects: Sequence[str] = ()
    from_ms: int | None = None
    until_ms: int | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if len(self.subjects) > WATCHED_MAX:
            raise BadOptionError(
                option="watched", value=len(self.subjects), expected=say("200 subjects or fewer")
            )
        if (self.from_ms is None) != (self.until_ms is None):
            raise BadOptionError(option="until", value="", expected=say("both days, or none"))
        if self.from_ms is not None and self.until_ms is not None and self.until_ms <= self.from_ms:
            raise BadOptionError(option="until", value="", expected=say("a day that is not before the first"))


@transaction.atomic
def watch_closely(declaration: Declaration, *, by: Person, watching: Watching) -> Plan:
    """Let early warning watch these subjects more closely under a declaration from now on, and no others.

    Raises:
        PermissionDenied: `by` may not, or the declaration is another organisation's.
    """
    _check(declaration, by)
    declaration = Declaration.objects.select_for_update(no_key=True).get(id=declaration.id)
    plan = Plan.objects.filter(declaration=declaration).first()
    plan = plan or Plan(declaration=declaration, methods=list(methods_of(declaration)))
    asked = (list(watching.subjects), watching.from_ms, watching.until_ms)
    if asked == (plan.watched, plan.watched_from_ms, plan.watched_until_ms):
        return plan
    plan.watched, plan.watched_from_ms, plan.watched_until_ms = asked
    plan.by, plan.changed_ms = by, now_ms()
    plan.save()
    record(
        "plan.watched",
        of=f"declaration:{declaration.id}",
        by=actor(by),
        organisation=declaration.organisation_id,
        subjects=len(watching.subjects),
    )
    return plan


@transaction.atomic
def choose_methods(declaration: Declaration, *, by: Person, methods: Collection[str]) -> Plan:
    """Let these methods, and no others, look at what comes in under a declaration from now on.

    Args:
        declaration: which.
        by: who chooses.
        methods: their names, one at least.

    Raises:
        PermissionDenied: `by` may not, or the declaration is another organisation's.
        BadOptionError: there is no method, or one that this node does not know.
    """
    _check(declaration, by)
    if not methods or not set(methods) <= set(METHOD_IDS):
        raise BadOptionError(
            option="methods",
            value=", ".join(methods),
            expected=say("one or more methods that this node knows"),
        )
    declaration = Declaration.objects.select_for_update(no_key=True).get(id=declaration.id)
    chosen = [name for name in METHOD_IDS if name in methods]
    plan = Plan.objects.filter(declaration=declaration).first()
    if plan is not None and plan.methods == chosen:
        return plan
    plan = plan or Plan(declaration=declaration)
    plan.methods, plan.by, plan.changed_ms = chosen, by, now_ms()
    plan.save()
    record(
        "plan.chosen",
        of=f"declaration:{declaration.id}",
        by=actor(by),
        organisation=declaration.organisation_id,
        methods=", ".join(chosen),
    )
    return plan


def _check(declaration: Declaration, by: Person) -> None:
    if not (may(by, "run.make") and by.organisation_id == declaration.organisation_id):
        raise PermissionDenied
