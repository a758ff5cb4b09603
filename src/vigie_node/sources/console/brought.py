"""What a declaration brought, by day; what was erased of it and why; what is left. Figures, no content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Count, Exists, F, Max, Min, OuterRef, Sum
from django.db.models.functions import Cast
from markupsafe import Markup

from vigie_node.sources.models import Batch, Erasure, Intake, Tombstone
from vigie_node.sources.retention import DAY_MS, is_dropped
from vigie_node.web import formats
from vigie_node.web.words import page_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie_node.sources.models import Declaration

BARS_MIN, BARS_MAX = 14, 62
WIDE, HIGH, GAP = 640, 120, 1


@dataclass(frozen=True, kw_only=True)
class Period:
    """The observations that were recorded in some days."""

    from_ms: int  # the first moment of the first day, UTC
    rows: int

    @property
    def day(self) -> str:
        """The first day, as the reader writes it."""
        return formats.day(self.from_ms, page_language(), "UTC")


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What came of a declaration."""

    intakes: int
    batches: int
    rows: int
    held_rows: int
    held_bytes: int
    held_batches: int
    next_ms: int | None  # the next erasure, if nothing stands against it
    first_ms: int | None  # when the earliest intake whose observations are held began
    erased: Sequence[Mapping[str, object]]  # by reason: batches, rows, the last time
    remembered: int  # erased posts that no older file brings back
    periods: Sequence[Period]
    days: int  # in each period
    picture: Markup

    @property
    def most(self) -> Period | None:
        """The period with the most observations."""
        return max(self.periods, key=lambda one: one.rows, default=None)


def brought_by(declaration: Declaration, at_ms: int) -> Brought:
    """Return what a declaration brought, until now."""
    own = Batch.objects.filter(declaration=declaration)
    came_in = own.filter(~Exists(Erasure.objects.filter(new=OuterRef("pk"))))  # not what an erasure left
    held = own.filter(erased_ms=None).aggregate(
        count=Count("id"),
        rows=Sum("row_count"),
        bytes=Sum("byte_count"),
        next_ms=Min("erase_by_ms"),
        first_ms=Min("intake__created_ms"),
    )
    by_day = Counter(
        dict(
            came_in.annotate(day=Cast(F("stored_ms") / DAY_MS, BigIntegerField()))
            .values("day")
            .annotate(rows=Sum("row_count"))
            .values_list("day", "rows")
        )
    )
    periods, days = _periods(by_day)
    return Brought(
        intakes=Intake.objects.filter(declaration=declaration).count(),
        batches=came_in.count(),
        rows=by_day.total(),
        held_rows=held["rows"] or 0,
        held_bytes=held["bytes"] or 0,
        held_batches=held["count"],
        next_ms=_next(declaration, held["next_ms"], at_ms),
        first_ms=held["first_ms"],
        erased=list(
            Erasure.objects.filter(old__declaration=declaration)
            .values("reason")
            .annotate(batches=Count("id"), rows=Sum("erased_count"), last_ms=Max("at_ms"))
            .order_by("reason")
        ),
        remembered=Tombstone.objects.filter(declaration=declaration).count(),
        periods=periods,
        days=days,
        picture=bars([one.rows for one in periods]),
    )


def bars(values: Sequence[int]) -> Markup:
    """Return a picture of whole numbers as bars; the page says them in words and in a table."""
    if not values:
        return Markup()
    most, step = max(*values, 1), WIDE / max(len(values), BARS_MIN)
    shapes = Markup().join(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="var(--accent)"/>').format(
            number * step, HIGH - HIGH * value / most, max(step - GAP, 1), HIGH * value / most
        )
        for number, value in enumerate(values)
        if value
    )
    base = Markup('<rect x="0" y="{}" width="{}" height="1" fill="var(--rule)"/>').format(HIGH, WIDE)
    return Markup('<svg viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}{}</svg>').format(
        WIDE, HIGH + 1, shapes, base
    )


def _periods(by_day: Counter[int]) -> tuple[list[Period], int]:
    """Return all days from the first to the last, several to a bar where they are many."""
    if not by_day:
        return [], 1
    first, last = min(by_day), max(by_day)
    days = -(-(last - first + 1) // BARS_MAX)
    sums: Counter[int] = Counter()
    for day, rows in by_day.items():
        sums[(day - first) // days] += rows
    count = (last - first) // days + 1
    return [Period(from_ms=(first + n * days) * DAY_MS, rows=sums[n]) for n in range(count)], days


def _next(declaration: Declaration, erase_by_ms: int | None, at_ms: int) -> int | None:
    """Return when the next erasure is due: the end of retention, or the expiry of what nothing ties."""
    expires_ms = declaration.expires_ms
    if erase_by_ms is None or expires_ms is None or not is_dropped(declaration, expires_ms):
        return erase_by_ms
    return max(min(erase_by_ms, expires_ms), at_ms)
