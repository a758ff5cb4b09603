"""Opening a sealed original: one person asks with a reason, another approves, then each reading is recorded.

Never by one person alone, whatever the node, nor by who took it alone. An approval lasts a day. The entries
about the original (`evidence:<id>`) are its custodian log: they say who asked, approved and read, not why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import DAY_MS, actor
from vigie_node.sources.actions.two_persons import (
    begin,
    check_may,
    check_second,
    decide,
    lapse,
    refuse,
    waiting,
)
from vigie_node.sources.models import Evidence, Look, OriginalOpening

if TYPE_CHECKING:
    from vigie_node.people.models import Person

ASK, APPROVE = "evidence.ask", "evidence.open"
READ_MS = DAY_MS  # how long an approval lasts

describe(
    {
        "evidence.opening_asked": say("Somebody asked to open the original."),
        "evidence.opening_approved": say("A second person approved that the original is opened, for a day."),
        "evidence.opening_refused": say("That the original is opened was refused."),
        "evidence.opening_lapsed": say("A request to open the original lapsed."),
        "evidence.opened": say("The original was opened and read, as a second person had approved."),
    }
)


class EvidenceErasedError(VigieError):
    """The original is gone."""

    code = "declaration.original_erased"
    sentence = say("This original was erased: nothing of it is left to open.")
    remedy = say("Its page says what was known of it, and when it went.")


class NotApprovedError(VigieError):
    """Nobody approved it, the approval is over, or it is another's."""

    code = "evidence.not_approved"
    sentence = say("This original cannot be opened now.")
    remedy = say("Ask to open it, with a reason; another person approves, for a day.")


@transaction.atomic
def ask_opening(evidence: Evidence, *, reason: str, by: Person) -> OriginalOpening:
    """Ask to open an original.

    Raises:
        PermissionDenied: they may not.
        EvidenceErasedError: it is gone.
        NothingSaidError: there is no reason.
        NoSecondPersonError: nobody else could approve.
    """
    check_may(by, ASK, evidence.organisation_id)
    evidence = _held(evidence)
    project = evidence.declaration.project
    asked = begin(OriginalOpening, project, by=by, reason=reason, approving=APPROVE, evidence=evidence)
    _record("evidence.opening_asked", asked, by=actor(by))
    return asked


@transaction.atomic
def approve_opening(asked: OriginalOpening, *, by: Person, reason: str = "") -> OriginalOpening:
    """Let the person who asked open the original, for a day.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NotIndependentError, NotApartError: see `two_persons.check_second`.
        EvidenceErasedError: it is gone.
    """
    asked = waiting(asked, by=by, permission=APPROVE)
    check_second(asked, by=by, permission=APPROVE, asking=ASK)
    _held(asked.evidence)
    decide(asked, OriginalOpening.State.APPROVED, by=by, reason=reason.strip(), lasts_ms=READ_MS)
    _record("evidence.opening_approved", asked, by=actor(by))
    return asked


@transaction.atomic
def refuse_opening(asked: OriginalOpening, *, by: Person, reason: str) -> OriginalOpening:
    """Refuse, and say why.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NothingSaidError: there is no reason.
    """
    asked = refuse(asked, by=by, permission=APPROVE, reason=reason)
    _record("evidence.opening_refused", asked, by=actor(by))
    return asked


@transaction.atomic
def read_original(asked: OriginalOpening, *, by: Person) -> Look:
    """Record that somebody reads an original, before they do; each reading anew.

    Raises:
        PermissionDenied: they may not.
        NotApprovedError: they did not ask for it, or it is not approved, or no more.
        EvidenceErasedError: it is gone.
    """
    asked = OriginalOpening.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    check_may(by, ASK, asked.organisation_id)
    if asked.asked_by_id != by.pk or asked.standing_at(now_ms()) != OriginalOpening.State.APPROVED:
        raise NotApprovedError
    evidence = _held(asked.evidence)
    look = Look.objects.create(evidence=evidence, by=by, reason=asked.reason, at_ms=now_ms())
    _record("evidence.opened", asked, by=actor(by), look=look.pk)
    return look


@transaction.atomic
def lapse_openings() -> None:
    """Let requests lapse that nobody decided, and approvals that are over."""
    for asked in lapse(OriginalOpening, OriginalOpening.State.ASKED, OriginalOpening.State.APPROVED):
        _record("evidence.opening_lapsed", asked, by=NODE)


def _held(evidence: Evidence) -> Evidence:
    found = Evidence.objects.select_related("declaration__project").get(pk=evidence.pk)
    if found.erased_ms is not None:
        raise EvidenceErasedError
    return found


def _record(kind: str, asked: OriginalOpening, *, by: str, **facts: object) -> None:
    record(
        kind,
        of=f"evidence:{asked.evidence_id}",
        by=by,
        organisation=asked.organisation_id,
        opening=asked.pk,
        **facts,
    )
