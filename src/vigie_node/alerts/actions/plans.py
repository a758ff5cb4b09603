"""Choose which methods look at what comes in under a declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node.alerts.actions.runs import actor
from vigie_node.alerts.models import Plan
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.people.access import may
from vigie_node.sources.models import Declaration

if TYPE_CHECKING:
    from collections.abc import Collection

    from vigie_node.people.models import Person


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
    if not (may(by, "run.make") and by.organisation_id == declaration.organisation_id):
        raise PermissionDenied
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
    plan = Plan(declaration=declaration, methods=chosen, by=by, changed_ms=now_ms())
    plan.save()
    record(
        "plan.chosen",
        of=f"declaration:{declaration.id}",
        by=actor(by),
        organisation=declaration.organisation_id,
        methods=", ".join(chosen),
    )
    return plan
