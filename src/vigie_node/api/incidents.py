"""The operations on incidents: what the pages do, by the same access and actions.

A part that somebody changed since it was read is answered with 409 and stays as it is: `version` of the
answer says what to read before writing again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID  # noqa: TC003 (ninja reads the annotations)

from django.http import HttpRequest  # noqa: TC002 (ninja reads the annotations)
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from vigie.assess.techniques import VERSION, search
from vigie_node.api.operations import CREATED, Size, page_of
from vigie_node.api.tokens import Token, caller
from vigie_node.incidents import actions
from vigie_node.incidents.access import READ, WRITE, incidents_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.incidents.models import Claim, Exhibit, Incident, Passage

router = Router()


Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Percent = Annotated[int, Field(ge=0, le=100)]


class IncidentOut(Schema):
    """One incident, as lists show it; times in UTC milliseconds."""

    id: UUID
    number: int
    state: str
    gate: str
    breakout: str
    rung: str
    title_en: str
    title_fr: str
    opened_ms: int
    changed_ms: int


class PassageOut(Schema):
    """One section in one language."""

    section: str
    language: str
    text: str
    version: int


class ClaimOut(Schema):
    """One claim; the likelihood is an interval in whole per cent, null where it is unknown."""

    id: UUID
    number: int
    aspect: str
    language: str
    text: str
    low: int | None
    high: int | None
    confidence: str
    basis: str
    withdrawn: bool
    version: int


class ExhibitOut(Schema):
    """One exhibit."""

    id: UUID
    number: int
    kind: str
    ref: str
    language: str
    text: str
    reliability: str
    credibility: str
    withdrawn: bool


class IncidentWhole(IncidentOut):
    """One incident with what is written, claimed and shown."""

    passages: list[PassageOut]
    claims: list[ClaimOut]
    exhibits: list[ExhibitOut]


class IncidentIn(Schema):
    """An incident to open."""

    title: str
    language: str
    gate: str


class PassageIn(Schema):
    """All of a section's text; `seen` is the version that it began from, 0 for none."""

    text: str
    seen: Version
    why: str = ""


class ClaimIn(Schema):
    """All that a claim says."""

    aspect: str
    language: str
    text: str
    low: Percent | None = None
    high: Percent | None = None
    confidence: str = ""
    basis: str = ""
    withdrawn: bool = False


class ClaimAgainIn(ClaimIn):
    """All that a claim says now; `seen` is the version that it began from."""

    seen: Version
    why: str = ""


class ExhibitIn(Schema):
    """Something that shows something."""

    kind: str
    ref: str = ""
    language: str
    text: str
    reliability: str
    credibility: str


class StandingIn(Schema):
    """Whether one stands behind calling it an incident, and why."""

    stands: bool
    reason: str


class TechniqueOut(Schema):
    """One technique of DISARM."""

    id: str
    tactic: str
    en: str
    fr: str
    version: str


def _incident(request: HttpRequest, incident: UUID) -> Incident:
    return get_object_or_404(incidents_visible_to(caller(request)), pk=incident)


@router.get("/incidents", response=list[IncidentOut], auth=Token(READ))
def incidents(
    request: HttpRequest, state: str = "", after: UUID | None = None, size: Size = 50
) -> QuerySet[Any]:
    """Return incidents, the newest first."""
    rows = incidents_visible_to(caller(request))
    return page_of(rows.filter(state=state) if state else rows, after, size)


@router.post("/incidents", response={CREATED: IncidentOut}, auth=Token(WRITE))
def open_incident(request: HttpRequest, asked: IncidentIn) -> Status[Incident]:
    """Open an incident with a title in one language."""
    return Status(CREATED, actions.open_incident(**asked.dict(), by=caller(request)))


@router.get("/incidents/{incident}", response=IncidentWhole, auth=Token(READ))
def incident(request: HttpRequest, incident: UUID) -> dict[str, Any]:
    """Return one incident with what is written, claimed and shown."""
    found = _incident(request, incident)
    return {
        **IncidentOut.from_orm(found).dict(),
        "passages": list(found.passages.order_by("section", "language")),
        "claims": list(found.claims.order_by("number")),
        "exhibits": list(found.exhibits.order_by("number")),
    }


@router.put("/incidents/{incident}/passages/{section}/{language}", response=PassageOut, auth=Token(WRITE))
def write_passage(
    request: HttpRequest, incident: UUID, section: str, language: str, written: PassageIn
) -> Passage:
    """Write one section in one language; 409 where somebody wrote another version since."""
    found = _incident(request, incident)
    return actions.write_passage(
        found, section=section, language=language, **written.dict(), by=caller(request)
    )


@router.post("/incidents/{incident}/claims", response={CREATED: ClaimOut}, auth=Token(WRITE))
def make_claim(request: HttpRequest, incident: UUID, said: ClaimIn) -> Status[Claim]:
    """Make a claim."""
    found = _incident(request, incident)
    return Status(CREATED, actions.claim(found, actions.Said(**said.dict()), by=caller(request)))


@router.put("/incidents/{incident}/claims/{number}", response=ClaimOut, auth=Token(WRITE))
def say_claim_again(request: HttpRequest, incident: UUID, number: int, said: ClaimAgainIn) -> Claim:
    """Say a claim anew; 409 where somebody did since."""
    found, columns = _incident(request, incident), said.dict()
    kept = get_object_or_404(found.claims, number=number)
    again = {"seen": columns.pop("seen"), "why": columns.pop("why")}
    return actions.claim(found, actions.Said(**columns), by=caller(request), claim_id=kept.pk, **again)


@router.post("/incidents/{incident}/exhibits", response={CREATED: ExhibitOut}, auth=Token(WRITE))
def bring_exhibit(request: HttpRequest, incident: UUID, brought: ExhibitIn) -> Status[Exhibit]:
    """Bring an exhibit."""
    found = _incident(request, incident)
    return Status(CREATED, actions.exhibit(found, **brought.dict(), by=caller(request)))


@router.post("/incidents/{incident}/standings", response={CREATED: IncidentOut}, auth=Token(WRITE))
def stand_behind(request: HttpRequest, incident: UUID, said: StandingIn) -> Status[Incident]:
    """Say whether one stands behind calling it an incident; two make it one."""
    found = _incident(request, incident)
    return Status(CREATED, actions.stand_behind(found, **said.dict(), by=caller(request)))


@router.get("/techniques", response=list[TechniqueOut], auth=Token(READ))
def techniques(request: HttpRequest, words: Annotated[str, Query(max_length=100)]) -> list[dict[str, str]]:
    """Return the techniques whose names in French or in English have these words."""
    caller(request)
    return [
        {
            "id": one.id,
            "tactic": one.tactic,
            "en": one.names["en"],
            "fr": one.names["fr"],
            "version": VERSION,
        }
        for one in search(words)
    ]
