"""Parity figures as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied

from vigie.assess.parity import LEAST_INSIDE, METHOD
from vigie_node.alerts.parity import figures
from vigie_node.clock import now_ms

if TYPE_CHECKING:
    from vigie.assess.parity import Rate, Row
    from vigie_node.alerts.parity import Period
    from vigie_node.people.models import Person


def parity_of(person: Person, period: Period, *, least: int) -> dict[str, Any]:
    """Return the figures of a period as the API says them.

    Raises:
        PermissionDenied: they may not see them.
    """
    found = figures(person, period, least=least)
    if found is None:
        raise PermissionDenied
    return {
        "method": METHOD,
        "first": period.first,
        "last": period.last,
        "as_of_ms": now_ms(),
        "least": least,
        "not_counted_yet": found.waiting if least <= LEAST_INSIDE else None,
        "whole": _row(found.parity.whole),
        "languages": [_row(one) for one in found.parity.languages],
        "parties": [_row(one) for one in found.parity.parties],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "group": row.group,
        "looked_at": row.looked_at,
        "alerts": row.alerts,
        **{str(outcome): count for outcome, count in row.outcomes.items()},
        "alert_rate": _rate(row.alert_rate),
        "dismissal_rate": _rate(row.dismissal_rate),
    }


def _rate(rate: Rate | None) -> dict[str, float] | None:
    return asdict(rate) if rate else None
