"""Who looks into an alert, and until when it is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie_node.alerts.access import REVIEW, alerts_visible_to, reviewers_beside
from vigie_node.alerts.actions.reviews import checked_reason
from vigie_node.alerts.actions.runs import actor
from vigie_node.alerts.errors import NoMomentError, NotAReviewerError
from vigie_node.alerts.models import Alert
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.people.access import may

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from vigie_node.people.models import Person

SNOOZE_DAYS_MAX = 90
DAY_MS, MINUTE_MS = 86_400_000, 60_000


@transaction.atomic
def assign_alerts(alerts: Sequence[Alert], *, by: Person, to: UUID | None) -> list[Alert]:
    """Give alerts to somebody to look into, all or none; others may still review them.

    What somebody has already stays as it is, so that a form sent twice is one act.

    Args:
        alerts: which.
        by: who gives them.
        to: the person who gets them, or nobody.

    Returns:
        those that changed.

    Raises:
        PermissionDenied: `by` may not review.
        Alert.DoesNotExist: one is another organisation's.
        NotAReviewerError: `to` is nobody who may review them.
    """
    held = _held(alerts, by)
    if to is not None and not reviewers_beside(by).filter(pk=to).exists():
        raise NotAReviewerError
    changed = [alert for alert in held if alert.assignee_id != to]
    Alert.objects.filter(pk__in=[alert.pk for alert in changed]).update(assignee=to)
    for alert in changed:
        if to is None:
            _record("alert.unassigned", alert, by)
        else:
            _record("alert.assigned", alert, by, to=f"person:{to}")
    return changed


@transaction.atomic
def snooze_alerts(alerts: Sequence[Alert], *, by: Person, until_ms: int, reason: str) -> list[Alert]:
    """Set alerts aside until a moment, or until a signal or a verdict comes; all or none.

    The ledger holds how long, not the reason: people may be named there. A form sent twice is one act.

    Args:
        alerts: which.
        by: who sets them aside.
        until_ms: the moment, within `SNOOZE_DAYS_MAX` days.
        reason: why, at most 4,000 characters.

    Returns:
        those that changed.

    Raises:
        PermissionDenied: `by` may not review.
        Alert.DoesNotExist: one is another organisation's.
        NoMomentError: the moment is past or too far.
        NoReasonError, LongReasonError, UnreadableReasonError: the reason will not do.
    """
    held = _held(alerts, by)
    reason, now = checked_reason(reason), now_ms()
    if not now < until_ms <= now + SNOOZE_DAYS_MAX * DAY_MS:
        raise NoMomentError(days=SNOOZE_DAYS_MAX)
    changed = [alert for alert in held if (alert.snoozed_until_ms, alert.snooze_reason) != (until_ms, reason)]
    Alert.objects.filter(pk__in=[alert.pk for alert in changed]).update(
        snoozed_until_ms=until_ms, snoozed_by=by, snooze_reason=reason
    )
    for alert in changed:
        _record("alert.snoozed", alert, by, minutes=(until_ms - now) // MINUTE_MS)
    return changed


@transaction.atomic
def wake_alerts(alerts: Sequence[Alert], *, by: Person) -> list[Alert]:
    """Take alerts back from where they were set aside, all or none; return those that changed.

    Raises:
        PermissionDenied: `by` may not review.
        Alert.DoesNotExist: one is another organisation's.
    """
    changed = [alert for alert in _held(alerts, by) if alert.snoozed_until_ms is not None]
    Alert.objects.filter(pk__in=[alert.pk for alert in changed]).update(snoozed_until_ms=None)
    for alert in changed:
        _record("alert.woken", alert, by)
    return changed


def _held(alerts: Sequence[Alert], by: Person) -> list[Alert]:
    """Return alerts as they are now, locked in the order of their ids."""
    if not may(by, REVIEW):
        raise PermissionDenied
    wanted = {alert.pk for alert in alerts}
    held = list(alerts_visible_to(by).select_for_update().filter(pk__in=wanted).order_by("id"))
    if len(held) < len(wanted):
        raise Alert.DoesNotExist
    return held


def _record(kind: str, alert: Alert, by: Person, **facts: object) -> None:
    record(
        kind,
        of=f"alert:{alert.pk}",
        by=actor(by),
        organisation=alert.organisation_id,
        number=alert.number,
        **facts,
    )
