"""The operations, in the order of the data.

Lists are pages: `after` is the id (or `seq`) of the last row seen.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID  # noqa: TC003 (ninja reads the annotations)

from django.http import HttpRequest  # noqa: TC002 (ninja reads the annotations)
from django.shortcuts import get_object_or_404
from ninja import File, Form, Query, Router, Status, UploadedFile

from vigie.assess.parity import LEAST_INSIDE, LEAST_PUBLIC
from vigie_node.alerts.access import alerts_visible_to, reads_posts, runs_visible_to
from vigie_node.alerts.actions import begin_run, review_alert
from vigie_node.alerts.free_text import free_text_of
from vigie_node.alerts.inbox import Filters, history, inbox
from vigie_node.alerts.parity import READ as READ_PARITY
from vigie_node.alerts.parity import asked_period, quarter_of
from vigie_node.api.parity import parity_of
from vigie_node.api.shapes import (
    AlertOut,
    AlertWhole,
    BatchOut,
    DeclarationOut,
    EntryOut,
    IntakeOut,
    ParityOut,
    ReviewIn,
    RunIn,
    RunOut,
    RunWhole,
)
from vigie_node.api.tokens import Token, caller
from vigie_node.clock import now_ms
from vigie_node.ledger.access import entries_visible_to
from vigie_node.sources import uploads
from vigie_node.sources.access import batches_visible_to, declarations_visible_to, intakes_visible_to
from vigie_node.sources.actions import begin_intake

if TYPE_CHECKING:
    from typing import Any

    from django.core.files.uploadedfile import TemporaryUploadedFile
    from django.db.models import QuerySet

    from vigie_node.alerts.models import Alert, Run
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Intake

Size = Annotated[int, Query(ge=1, le=200)]  # rows of a page
CREATED = 201
router = Router()


def page_of(rows: QuerySet[Any], after: UUID | None, size: int) -> QuerySet[Any]:
    """Return the next rows, newest first; ids are in the order of time."""
    ordered = rows.order_by("-id")
    return (ordered.filter(id__lt=after) if after else ordered)[:size]


@router.get("/declarations", response=list[DeclarationOut], auth=Token("declaration.read"))
def declarations(request: HttpRequest, after: UUID | None = None, size: Size = 50) -> QuerySet[Any]:
    """Return why things are collected."""
    return page_of(declarations_visible_to(caller(request)), after, size)


@router.get("/intakes", response=list[IntakeOut], auth=Token("batch.read"))
def intakes(request: HttpRequest, after: UUID | None = None, size: Size = 50) -> QuerySet[Any]:
    """Return what was taken in."""
    return page_of(intakes_visible_to(caller(request)), after, size)


@router.post("/intakes", response={CREATED: IntakeOut}, auth=Token("intake.make"))
def take_in(request: HttpRequest, declaration: Form[UUID], file: File[UploadedFile]) -> Status[Intake]:
    """Take a file in under a declaration; ask for the intake to see how it went."""
    under = get_object_or_404(declarations_visible_to(caller(request)), pk=declaration)
    name = file.name or ""
    with uploads.kept(cast("TemporaryUploadedFile", file), name) as path:
        intake = begin_intake(
            declaration=under,
            by=caller(request),
            file_name=name,
            path=str(path),
            byte_count=file.size or 0,
            is_upload=True,
        )
    return Status(CREATED, intake)


@router.get("/intakes/{intake}", response=IntakeOut, auth=Token("batch.read"))
def intake(request: HttpRequest, intake: UUID) -> Intake:
    """Return how one intake went."""
    return get_object_or_404(intakes_visible_to(caller(request)), pk=intake)


@router.get("/batches", response=list[BatchOut], auth=Token("batch.read"))
def batches(request: HttpRequest, after: UUID | None = None, size: Size = 50) -> QuerySet[Any]:
    """Return the batches that are held."""
    return page_of(batches_visible_to(caller(request)), after, size)


@router.get("/runs", response=list[RunOut], auth=Token("run.read"))
def runs(request: HttpRequest, after: UUID | None = None, size: Size = 50) -> QuerySet[Any]:
    """Return the detection runs."""
    rows = runs_visible_to(caller(request)).defer("manifest", "card", "calibrations", "parameters")
    return page_of(rows, after, size)


@router.post("/runs", response={CREATED: RunOut}, auth=Token("run.make"))
def start_run(request: HttpRequest, asked: RunIn) -> Status[Run]:
    """Start a detection by one method over all that a declaration brought in; the same run twice is one."""
    open_ones = declarations_visible_to(caller(request)).filter(closed_ms=None)
    under = get_object_or_404(open_ones, pk=asked.declaration)
    return Status(CREATED, begin_run(under, by=caller(request), method=asked.method))


@router.get("/runs/{run}", response=RunWhole, auth=Token("run.read"))
def run(request: HttpRequest, run: UUID) -> Run:
    """Return one run with its manifest."""
    return get_object_or_404(runs_visible_to(caller(request)), pk=run)


@router.get("/alerts", response=list[AlertOut], auth=Token("alert.read"))
def alerts(
    request: HttpRequest,
    status: str = "",
    method: str = "",
    after: UUID | None = None,
    size: Size = 50,
) -> QuerySet[Any]:
    """Return alerts, the newest first."""
    rows = inbox(caller(request), Filters(status=status, method=method)).select_related(None)
    return page_of(rows, after, size)


@router.get("/alerts/{alert}", response=AlertWhole, auth=Token("alert.read"))
def alert(request: HttpRequest, alert: UUID) -> dict[str, Any]:
    """Return one alert with its signals and what people said."""
    return _whole(get_object_or_404(alerts_visible_to(caller(request)), pk=alert), caller(request))


@router.post("/alerts/{alert}/reviews", response={CREATED: AlertWhole}, auth=Token("alert.review"))
def review(request: HttpRequest, alert: UUID, given: ReviewIn) -> Status[dict[str, Any]]:
    """Record one verdict; one may dismiss, two are needed to confirm."""
    found = get_object_or_404(alerts_visible_to(caller(request)), pk=alert)
    reviewed = review_alert(found, by=caller(request), verdict=given.verdict, reason=given.reason)
    return Status(CREATED, _whole(reviewed, caller(request)))


@router.get("/parity", response=ParityOut, auth=Token(READ_PARITY))
def parity(
    request: HttpRequest, days: int = 30, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    """Return how alerts and dismissals fall on languages and parties: from `first` to `last`, or of late."""
    asked = {"days": str(days), "from": first, "until": last}
    told = {name: str(value) for name, value in asked.items() if value is not None}
    return parity_of(caller(request), asked_period(told, now_ms=now_ms()), least=LEAST_INSIDE)


@router.get("/parity/public", response=ParityOut, auth=Token(READ_PARITY))
def parity_to_publish(request: HttpRequest, quarter: str = "") -> dict[str, Any]:
    """Return the same of a whole quarter that is over, such as `2026-Q3`, with counts under 11 withheld.

    Made to be published; quarters do not overlap, so that nothing is learned by taking one from another.
    """
    return parity_of(caller(request), quarter_of(quarter, now_ms=now_ms()), least=LEAST_PUBLIC)


@router.get("/ledger", response=list[EntryOut], auth=Token("ledger.read"))
def ledger(request: HttpRequest, after: int | None = None, size: Size = 50) -> QuerySet[Any]:
    """Return entries of the ledger, the newest first; `after` is a `seq`."""
    rows = entries_visible_to(caller(request)).order_by("-seq")
    return (rows.filter(seq__lt=after) if after else rows)[:size]


def _whole(alert: Alert, person: Person) -> dict[str, Any]:
    columns, signals = AlertOut.from_orm(alert).dict(), list(alert.signals.order_by("-created_ms", "-id"))
    if not reads_posts(person):
        for one in signals:
            words = free_text_of(one)
            one.facts = {name: value for name, value in one.facts.items() if not words.holds(value)}
    return {**columns, "signals": signals, "reviews": history(alert)}
