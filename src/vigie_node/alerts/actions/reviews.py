"""What people conclude of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import uuid5

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.assess import Given, settle
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.signs import hidden_sign, tidied
from vigie_node.alerts.access import REVIEW, alerts_visible_to
from vigie_node.alerts.actions.runs import actor
from vigie_node.alerts.errors import REASON_MAX, LongReasonError, NoReasonError, UnreadableReasonError
from vigie_node.alerts.models import Alert, Review
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.ledger.actions import record
from vigie_node.people.access import is_the_only_one_who_may, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from vigie.assess import Verdict
    from vigie_node.people.models import Person


def review_alert(
    alert: Alert, *, by: Person, verdict: str, reason: str, review_id: UUID | None = None
) -> Alert:
    """Record what one person concludes of one alert; see `review_alerts`, which this is for one.

    Args:
        alert: which.
        by: who.
        verdict: one of `Review.Verdict`.
        reason: why, at most 4,000 characters.
        review_id: the review's own, so that a verdict sent twice is one review.
    """
    review_id = review_id or new_id()
    return _review({alert.id: review_id}, by=by, verdict=verdict, reason=reason)[0]


def review_alerts(
    alerts: Sequence[Alert], *, by: Person, verdict: str, reason: str, form_id: UUID | None = None
) -> list[Alert]:
    """Record what one person concludes of some alerts, of all or of none, and settle each.

    Earlier verdicts are kept. The ledger holds the verdict, not the reason: people may be named there.

    Args:
        alerts: which.
        by: who.
        verdict: one of `Review.Verdict`.
        reason: why, at most 4,000 characters.
        form_id: the form's, so that a form sent twice is one review of each alert.

    Raises:
        PermissionDenied: `by` may not review.
        Alert.DoesNotExist: one is another organisation's.
        BadOptionError: there is no such verdict.
        NoReasonError, LongReasonError, UnreadableReasonError: the reason will not do.
    """
    form_id = form_id or new_id()
    review_ids = {alert.id: uuid5(form_id, str(alert.id)) for alert in alerts}
    return _review(review_ids, by=by, verdict=verdict, reason=reason)


@transaction.atomic
def _review(review_ids: Mapping[UUID, UUID], *, by: Person, verdict: str, reason: str) -> list[Alert]:
    """Record a verdict on alerts, each with the id of its review; the ledger's entries come last."""
    if not may(by, REVIEW):
        raise PermissionDenied
    if verdict not in Review.Verdict.values:
        raise BadOptionError(option="verdict", value=verdict, expected=say("confirm, dismiss or unsure"))
    reason = checked_reason(reason)
    alerts = list(alerts_visible_to(by).select_for_update().filter(id__in=review_ids).order_by("id"))
    if len(alerts) < len(review_ids):
        raise Alert.DoesNotExist
    fresh = [alert for alert in alerts if not _sent_before(review_ids[alert.id], alert, by)]
    is_alone = is_the_only_one_who_may(by, REVIEW)
    for alert in fresh:
        given = list(alert.reviews.order_by("at_ms", "id"))
        at_ms = max([now_ms(), *(one.at_ms for one in given)])  # whatever the clock does, order stays
        review = Review(
            id=review_ids[alert.id], alert=alert, by=by, verdict=verdict, reason=reason, at_ms=at_ms
        )
        review.save(force_insert=True)
        _settle(alert, [*given, review], is_alone=is_alone)
    for alert in fresh:
        _record(alert, by=by, verdict=verdict, is_alone=is_alone)
    return alerts


def _settle(alert: Alert, given: Sequence[Review], *, is_alone: bool) -> None:
    """Let an alert say what its reviews make of it, the last of which was given now."""
    alert.status = settle(verdicts(given), is_alone=is_alone)
    alert.reviewed_ms = alert.changed_ms = given[-1].at_ms
    alert.unreviewed_signal_count, alert.snoozed_until_ms = 0, None
    alert.save()


def _sent_before(review_id: UUID, alert: Alert, by: Person) -> bool:
    """Tell whether a form was taken already; one that another person or alert used is nobody's to use."""
    found = Review.objects.filter(id=review_id).first()
    if found is not None and (found.alert_id != alert.id or found.by_id != by.id):
        raise PermissionDenied
    return found is not None


def _record(alert: Alert, *, by: Person, verdict: str, is_alone: bool) -> None:
    facts: dict[str, object] = {"number": alert.number, "verdict": verdict, "status": str(alert.status)}
    if is_alone and alert.status == Alert.Status.CONFIRMED:
        facts["alone"] = True  # no second person there: see `vigie.assess.settle`
    record(
        "alert.reviewed", of=f"alert:{alert.id}", by=actor(by), organisation=alert.organisation_id, **facts
    )


def verdicts(reviews: Iterable[Review]) -> list[Given]:
    """Return reviews as the core's plain values."""
    return [
        Given(by=str(one.by_id), verdict=cast("Verdict", one.verdict), at_ms=one.at_ms) for one in reviews
    ]


def checked_reason(written: str) -> str:
    """Return a reason as it is kept.

    Raises:
        NoReasonError, LongReasonError, UnreadableReasonError: it will not do.
    """
    reason = tidied(written)
    if not any(sign.isalnum() for sign in reason):
        raise NoReasonError
    if len(reason) > REASON_MAX:
        raise LongReasonError(length=len(reason), length_max=REASON_MAX)
    unseen = hidden_sign(reason)
    if unseen is not None:
        raise UnreadableReasonError(sign=f"U+{ord(unseen):04X}")
    return reason
