"""What several pages of the app show alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.views.decorators.http import require_http_methods

from vigie_node.jobs.errors import from_plain
from vigie_node.web.pages import number_from

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from vigie.terms.languages import Words
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Intake, RejectedRow

FORM = require_http_methods(["GET", "HEAD", "POST"])
UNFIT = 422
ON_A_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows of a list, and whether there are others. Nothing is counted: lists grow long."""

    rows: list[Any]
    number: int
    has_next: bool

    @property
    def first(self) -> int:
        """The place of the first row in the list, from 1."""
        return (self.number - 1) * ON_A_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why something failed and what to do, as a page says it."""

    happened: str
    remedy: str


def me(request: HttpRequest) -> Person:
    """Return who is signed in; the route's mark says that somebody is."""
    return cast("Person", request.user)


def page_of(rows: QuerySet[Any], request: HttpRequest, *, name: str = "page") -> Page:
    """Return the page of a list that the address asks for; the first where it asks for none that could be."""
    number = number_from(request.GET, name)
    start = (number - 1) * ON_A_PAGE
    found = list(rows[start : start + ON_A_PAGE + 1])
    return Page(rows=found[:ON_A_PAGE], number=number, has_next=len(found) > ON_A_PAGE)


def failure_of(intake: Intake, words: Words) -> Failure | None:
    """Return why an intake failed, in the reader's language."""
    if not intake.error_sentence:
        return None
    facts = from_plain(intake.error_facts)
    return Failure(happened=words(intake.error_sentence, **facts), remedy=words(intake.error_remedy, **facts))


def reason_of(row: RejectedRow, intake: Intake, words: Words) -> str:
    """Return why a row was set aside; its code where no sentence came with the intake."""
    sentences = {reason["code"]: reason["sentence"] for reason in intake.reasons}
    return words(sentences[row.code], **row.facts) if row.code in sentences else row.code


def skips_of(intake: Intake, words: Words) -> list[dict[str, object]]:
    """Return how many records were passed over because they are no posts, by what they are."""
    return [{"number": one["count"], "why": words(one["sentence"])} for one in intake.skips]


def totals_of(intake: Intake, words: Words) -> list[dict[str, object]]:
    """Return how many rows were set aside for each reason, said as for the first row of it that is known."""
    first: dict[str, RejectedRow] = {}
    for row in intake.rejected_rows.filter(code__in=[reason["code"] for reason in intake.reasons]).order_by(
        "-number"
    ):
        first[row.code] = row
    return [
        {"number": reason["count"], "why": reason_of(first[reason["code"]], intake, words)}
        for reason in intake.reasons
        if reason["code"] in first
    ]
