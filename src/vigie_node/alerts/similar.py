"""Alerts like one: about the same subject, or with many of the same accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, prefetch_related_objects

from vigie_node.alerts.access import alerts_visible_to
from vigie_node.alerts.models import Alert, SignalMember

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.people.models import Person

SHOWN_MAX = 10
SIGNALS_MAX = 500  # that share most accounts, of which the latest of an alert count
ACCOUNTS_MAX = 500  # of the latest signal, the most active first: others are not looked for
OVERLAP_MIN = 0.1  # Jaccard index of the accounts of the latest signals


@dataclass(frozen=True, kw_only=True)
class Similar:
    """One alert that is like another."""

    alert: Alert
    same_subject: bool
    overlap: float  # Jaccard index: accounts in both, as a part of the accounts in either


def similar_to(alert: Alert, person: Person) -> list[Similar]:
    """Return the alerts most like one that somebody may see, with their reviews, whatever became of them.

    Same subject first, then the most accounts in common; as many queries whatever the number of alerts.
    """
    others = alerts_visible_to(person).exclude(pk=alert.pk)
    same = {one.pk: (one, 0) for one in _on_its_subject(alert, others)[:SHOWN_MAX]}
    near = _with_its_accounts(alert, others)
    compared = [_compared(alert, one, shared) for one, shared in {**same, **near}.values()]
    alike = [one for one in compared if one.same_subject or one.overlap >= OVERLAP_MIN]
    alike.sort(key=lambda one: (one.same_subject, one.overlap, one.alert.number), reverse=True)
    prefetch_related_objects([one.alert for one in alike[:SHOWN_MAX]], "reviews__by")
    return alike[:SHOWN_MAX]


def _on_its_subject(alert: Alert, others: QuerySet[Alert]) -> QuerySet[Alert]:
    if not alert.subject_key:
        return others.none()
    return others.filter(~Q(subject_key=""), subject_key=alert.subject_key).order_by("-number")


def _with_its_accounts(alert: Alert, others: QuerySet[Alert]) -> dict[UUID, tuple[Alert, int]]:
    """Return the alerts whose latest signal has accounts of this one's, with how many, by their ids.

    Signals are found by their accounts alone, each by the index: no list of all alerts is gone through.
    """
    members = SignalMember.objects.filter(signal=alert.latest_id).order_by("-object_count", "pk")
    accounts = list(members.values_list("account", flat=True)[:ACCOUNTS_MAX])
    near = SignalMember.objects.filter(account__in=accounts).values("signal")
    shared = near.annotate(shared=Count("pk")).order_by("-shared", "signal")[:SIGNALS_MAX]
    count = dict(shared.values_list("signal", "shared"))
    found = others.filter(latest__in=list(count))
    return {one.pk: (one, count[one.latest_id]) for one in found if one.latest_id}


def _compared(alert: Alert, other: Alert, shared: int) -> Similar:
    overlap = shared / max(alert.account_count + other.account_count - shared, shared, 1)
    same = bool(alert.subject_key) and other.subject_key == alert.subject_key
    return Similar(alert=other, same_subject=same, overlap=overlap)
