"""To propose who may stand behind it, and to decide on it: two approve, neither of them its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.assess.attribution import LOWEST_RUNG, Opinion, standing
from vigie.assess.scales import scale
from vigie.terms.languages import LANGUAGES, say
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.access import APPROVE
from vigie_node.incidents.actions.common import (
    LINE_MAX,
    locked,
    noted,
    one_of,
    sent_before,
    written,
)
from vigie_node.incidents.actions.judging import REASON
from vigie_node.incidents.errors import OwnProposalError
from vigie_node.incidents.models import Attribution, AttributionOpinion
from vigie_node.people.access import check_apart

if TYPE_CHECKING:
    from uuid import UUID

    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

TO_WHOM, REASONING, DISSENT = say("To whom"), say("Reasoning"), say("Dissent")


@transaction.atomic
def propose_attribution(
    incident: Incident,
    *,
    rung: str,
    to_whom: str,
    language: str,
    reasoning: str,
    dissent: str,
    by: Person,
    attribution_id: UUID | None = None,
) -> Attribution:
    """Propose a rung of the ladder above the lowest; two others must approve before it counts.

    Args:
        incident: of which.
        rung: an id of the scale `attribution` but the lowest, where everything begins.
        to_whom: whom, or what, it names.
        language: of the texts.
        reasoning: how one comes to it from the exhibits.
        dissent: who disagrees and why; that nobody does is said in words too.
        by: who.
        attribution_id: the form's own, so that a form sent twice is one proposal.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        BadOptionError: there is no such rung.
        NothingWrittenError, TooLongError, UnreadableError: a text will not do.
    """
    incident = locked(incident, by=by)
    attribution_id = attribution_id or new_id()
    sent = sent_before(Attribution, attribution_id, by=by, incident=incident)
    if sent is not None:
        return sent
    one_of("rung", rung, [one for one in scale("attribution") if one != LOWEST_RUNG])
    proposed = Attribution(
        id=attribution_id,
        incident=incident,
        rung=rung,
        to_whom=written(TO_WHOM, to_whom, length_max=LINE_MAX, is_line=True),
        language=one_of("language", language, LANGUAGES),
        reasoning=written(REASONING, reasoning),
        dissent=written(DISSENT, dissent),
        standing=standing(author=str(by.pk), opinions=()),
        by=by,
        at_ms=now_ms(),
    )
    proposed.save(force_insert=True)
    noted("attribution_proposed", incident, by=by, rung=rung)
    return proposed


@transaction.atomic
def judge_attribution(
    incident: Incident,
    attribution_id: UUID,
    *,
    approves: bool,
    reason: str,
    by: Person,
    opinion_id: UUID | None = None,
) -> Attribution:
    """Approve a proposed attribution or refuse it; one's latest opinion counts, all are kept.

    Args:
        incident: of which.
        attribution_id: which proposal.
        approves: whether they do.
        reason: why.
        by: who; not its author, nor somebody of its author's making.
        opinion_id: the form's own, so that a form sent twice is one opinion.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Attribution.DoesNotExist: the incident has no such proposal.
        OwnProposalError: they proposed it.
        NotIndependentError, NotApartError: one person could be both: see `people.access.check_apart`.
        NothingWrittenError, TooLongError, UnreadableError: the reason will not do.
    """
    incident = locked(incident, by=by, permission=APPROVE)
    proposed = incident.attributions.select_related("by").get(pk=attribution_id)
    _check_other(proposed, by=by, approves=approves)
    opinion_id = opinion_id or new_id()
    sent = AttributionOpinion.objects.filter(pk=opinion_id).first()
    if sent is not None:
        if (sent.by_id, sent.attribution_id) != (by.pk, proposed.pk):
            raise PermissionDenied
        return proposed
    AttributionOpinion(
        id=opinion_id,
        attribution=proposed,
        approves=approves,
        reason=written(REASON, reason),
        by=by,
        at_ms=now_ms(),
    ).save(force_insert=True)
    _settle(proposed)
    _climb(incident)
    noted(
        "attribution_judged",
        incident,
        by=by,
        rung=proposed.rung,
        opinion="approves" if approves else "refuses",
        standing=proposed.standing,
    )
    return proposed


def _check_other(proposed: Attribution, *, by: Person, approves: bool) -> None:
    """Check that somebody is another than its author and, where they approve, than who approved before.

    A refusal needs no more than to be another's: nobody holds it back by approving first.
    """
    if proposed.by_id == by.pk:
        raise OwnProposalError
    check_apart(by, proposed.by, APPROVE, proposed.at_ms)
    if approves:
        for earlier in proposed.opinions.filter(approves=True).exclude(by=by).select_related("by"):
            check_apart(by, earlier.by, APPROVE, proposed.at_ms)


def _settle(proposed: Attribution) -> None:
    """Let a proposal say where its opinions leave it, and since when."""
    opinions = [
        Opinion(by=str(one.by_id), approves=one.approves) for one in proposed.opinions.order_by("at_ms", "id")
    ]
    now = standing(author=str(proposed.by_id), opinions=opinions)
    if now != proposed.standing:
        proposed.standing, proposed.settled_ms = now, now_ms()
        proposed.save(update_fields=["standing", "settled_ms"])


def _climb(incident: Incident) -> None:
    """Let the incident say the attribution that was approved last and still is."""
    approved = incident.attributions.filter(standing="approved").order_by("-settled_ms", "-id").first()
    incident.rung = approved.rung if approved else LOWEST_RUNG
