"""Three dates: how long observations stay at least, whether a legal hold stands, how long they stay at most.

What is due for erasure is past its latest date, or was swept in by a sensitive declaration that expired and
that nobody tied to its hypothesis. What stands against an erasure is a hold, or its earliest date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Cast

from vigie_node.sources.guards import SENSITIVE, is_sensitive
from vigie_node.sources.models import Batch, Declaration, Hold, Tie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What stands against an erasure: a hold, or the earliest date."""

    hold: Hold | None = None
    until_ms: int | None = None


def due(at_ms: int) -> QuerySet[Batch]:
    """Return the batches whose time is over at a moment, held or not."""
    dropped = Q(
        declaration__subject__in=SENSITIVE,
        declaration__expires_ms__lte=at_ms,
        declaration__tie__approved_ms=None,
    )
    return Batch.objects.filter(Q(erase_by_ms__lte=at_ms) | dropped, erased_ms=None)


def erasable(at_ms: int) -> QuerySet[Batch]:
    """Return the batches whose time is over and that nothing keeps: these should not be there any more."""
    wide = BigIntegerField()  # said at each step: 25 days of milliseconds are more than 32 bits hold
    days_ms = ExpressionWrapper(Cast("declaration__retention_days_min", wide) * DAY_MS, output_field=wide)
    kept_until = ExpressionWrapper(F("intake__created_ms") + days_ms, output_field=wide)
    held = holds_standing(at_ms).filter(declaration=OuterRef("declaration"))
    may_go = Q(declaration__retention_days_min=0) | Q(kept_until_ms__lte=at_ms)
    return due(at_ms).annotate(kept_until_ms=kept_until).filter(may_go, ~Exists(held))


def holds_standing(at_ms: int) -> QuerySet[Hold]:
    """Return the legal holds that stand at a moment."""
    return Hold.objects.filter(Q(lifted_ms=None) | Q(lifted_ms__gt=at_ms))


def is_dropped(declaration: Declaration, at_ms: int) -> bool:
    """Tell whether what a declaration swept in goes, whatever its retention: sensitive, expired, not tied."""
    if not is_sensitive(declaration.subject) or declaration.expires_ms is None:
        return False
    return (
        declaration.expires_ms <= at_ms
        and not Tie.objects.filter(declaration=declaration, approved_ms__isnull=False).exists()
    )


def erase_by(batch: Batch) -> int:
    """Return when a batch is due, if nothing stands against it: with its retention, or at an expiry."""
    expires_ms = batch.declaration.expires_ms
    if expires_ms is None or not is_dropped(batch.declaration, expires_ms):
        return batch.erase_by_ms
    return min(batch.erase_by_ms, expires_ms)


def is_over(declaration: Declaration, came_in_ms: int, at_ms: int) -> bool:
    """Tell whether what came in at a moment should be gone at another."""
    is_due = came_in_ms + declaration.retention_days * DAY_MS <= at_ms or is_dropped(declaration, at_ms)
    return is_due and not obstacles(declaration, came_in_ms, at_ms)


def obstacles(declaration: Declaration, came_in_ms: int, at_ms: int) -> Sequence[Obstacle]:
    """Return what stands against erasing what came in at a moment."""
    found = [
        Obstacle(hold=hold)
        for hold in holds_standing(at_ms)
        .filter(declaration=declaration)
        .select_related("by", "lift_by")
        .order_by("created_ms", "id")
    ]
    least_ms = came_in_ms + declaration.retention_days_min * DAY_MS
    is_early = declaration.retention_days_min > 0 and least_ms > at_ms
    return [*found, Obstacle(until_ms=least_ms)] if is_early else found
