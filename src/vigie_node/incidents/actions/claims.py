"""To claim something, to bring exhibits, to say what bears on what."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from vigie.assess.likelihood import Likelihood, confidences
from vigie.assess.scales import scale
from vigie.terms.languages import LANGUAGES, say
from vigie_node.alerts.access import alerts_visible_to
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.actions.common import (
    LINE_MAX,
    locked,
    next_number,
    noted,
    one_of,
    say_anew,
    sent_before,
    written,
    written_or_nothing,
)
from vigie_node.incidents.actions.incidents import check_standing
from vigie_node.incidents.errors import UnknownThingError
from vigie_node.incidents.models import Claim, Exhibit, Support
from vigie_node.sources.access import evidence_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

CLAIM, SHOWN, BASIS, ADDRESS = (
    say("Claim"),
    say("What it shows"),
    say("What the confidence rests on"),
    say("Address"),
)
SENTENCES_MAX = 2_000


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a claim says.

    Args:
        aspect: an id of the scale `aspect`.
        language: of the text.
        text: one sentence that could be wrong.
        low, high: how likely, in whole per cent; both None: unknown.
        confidence: an id of the degrees of confidence; empty: not judged.
        basis: what the confidence rests on; needed with it.
        withdrawn: whether it is claimed no longer.
    """

    aspect: str
    language: str
    text: str
    low: int | None = None
    high: int | None = None
    confidence: str = ""
    basis: str = ""
    withdrawn: bool = False


@transaction.atomic
def claim(
    incident: Incident, said: Said, *, by: Person, claim_id: UUID | None = None, seen: int = 0, why: str = ""
) -> Claim:
    """Make a claim, or say it anew; every version is kept.

    Args:
        incident: about which.
        said: what it says.
        by: who.
        claim_id: which claim, or the form's own for a new one, so that a form sent twice makes one.
        seen: the version that the writer began from; 0 for a new one.
        why: what was changed and why.

    Returns:
        The claim as it stands now: the same version where nothing is changed.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        ChangedMeanwhileError: somebody said it anew since; nothing was altered.
        BadOptionError, BadLikelihoodError: a value means nothing.
        NothingWrittenError, TooLongError, UnreadableError: a text will not do.
    """
    incident = locked(incident, by=by)
    said = _checked(said)
    claim_id = claim_id or new_id()
    found = incident.claims.filter(pk=claim_id).first()
    if found is None:
        found = Claim(
            id=claim_id,
            incident=incident,
            number=next_number(incident.claims.values_list("number", flat=True)),
            version=0,
            by=by,
        )
    if say_anew(found, incident, f"claim:{found.pk}", asdict(said), by=by, seen=seen, why=why):
        check_standing(incident)
        noted("claimed", incident, by=by, claim=found.number, version=found.version)
    return found


def _checked(said: Said) -> Said:
    """Return what a claim says, tidied."""
    one_of("aspect", said.aspect, scale("aspect"))
    one_of("language", said.language, LANGUAGES)
    if said.confidence:
        one_of("confidence", said.confidence, confidences())
    if said.low is not None or said.high is not None:
        Likelihood(low=-1 if said.low is None else said.low, high=-1 if said.high is None else said.high)
    basis = written if said.confidence else written_or_nothing
    return Said(
        **{
            **asdict(said),
            "text": written(CLAIM, said.text, length_max=SENTENCES_MAX),
            "basis": basis(BASIS, said.basis, length_max=SENTENCES_MAX),
        }
    )


@transaction.atomic
def exhibit(
    incident: Incident,
    *,
    kind: str,
    ref: str,
    language: str,
    text: str,
    reliability: str,
    credibility: str,
    by: Person,
    exhibit_id: UUID | None = None,
) -> Exhibit:
    """Bring an exhibit: what it is, what it shows, how good its source is and how credible what it says.

    Args:
        incident: to which.
        kind: one of `Exhibit.Kind`.
        ref: which: an alert's number, an original's id, an address; nothing for a thing told in words alone.
        language: of the text.
        text: what it shows.
        reliability: of its source, an id of the scale.
        credibility: of what it says, an id of the scale.
        by: who.
        exhibit_id: the form's own, so that a form sent twice brings one.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        UnknownThingError: there is no such alert or original that they may see.
        BadOptionError: a value means nothing.
        NothingWrittenError, TooLongError, UnreadableError: a text will not do.
    """
    incident = locked(incident, by=by)
    exhibit_id = exhibit_id or new_id()
    sent = sent_before(Exhibit, exhibit_id, by=by, incident=incident)
    if sent is not None:
        return sent
    one_of("kind", kind, Exhibit.Kind.values)
    brought = Exhibit(
        id=exhibit_id,
        incident=incident,
        number=next_number(incident.exhibits.values_list("number", flat=True)),
        kind=kind,
        ref=_ref(kind, ref, by=by),
        language=one_of("language", language, LANGUAGES),
        text=written(SHOWN, text, length_max=SENTENCES_MAX),
        reliability=one_of("reliability", reliability, scale("reliability")),
        credibility=one_of("credibility", credibility, scale("credibility")),
        by=by,
        at_ms=now_ms(),
    )
    brought.save(force_insert=True)
    noted("exhibited", incident, by=by, exhibit=brought.number)
    return brought


def _ref(kind: str, ref: str, *, by: Person) -> str:
    """Return what names a thing, where it is there and `by` may see it."""
    if kind == Exhibit.Kind.ADDRESS:
        return written(ADDRESS, ref, length_max=SENTENCES_MAX, is_line=True)
    if kind == Exhibit.Kind.ALERT:
        found = _named(alerts_visible_to(by), ref, by_number=True)
    elif kind == Exhibit.Kind.ORIGINAL:
        found = _named(evidence_visible_to(by), ref)
    else:
        return ""
    if found is None:
        raise UnknownThingError(ref=ref[:LINE_MAX])
    return str(found.pk)


def _named(rows: QuerySet[Any], ref: str, *, by_number: bool = False) -> Any:
    """Return the row that an id, or perhaps a number, names; None where none does."""
    ref = ref.strip()
    if by_number and re.fullmatch(r"[0-9]{1,9}", ref):
        return rows.filter(number=int(ref)).first()
    try:
        return rows.filter(pk=UUID(ref)).first()
    except ValueError:
        return None


@transaction.atomic
def withdraw_exhibit(incident: Incident, number: int, *, by: Person) -> Exhibit:
    """Withdraw an exhibit: it stays readable, and counts for nothing.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Exhibit.DoesNotExist: there is none with this number.
    """
    incident = locked(incident, by=by)
    found = incident.exhibits.get(number=number)
    if not found.withdrawn:
        found.withdrawn = True
        found.save(update_fields=["withdrawn"])
        check_standing(incident)
        noted("exhibit_withdrawn", incident, by=by, exhibit=found.number)
    return found


@transaction.atomic
def bear(
    incident: Incident, *, exhibit_number: int, claim_number: int, speaks_for: bool, by: Person
) -> Support:
    """Say that an exhibit speaks for a claim, or against it; said again, it replaces what was said.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Claim.DoesNotExist, Exhibit.DoesNotExist: there is none with this number.
    """
    incident = locked(incident, by=by)
    about, shown = incident.claims.get(number=claim_number), incident.exhibits.get(number=exhibit_number)
    found = Support.objects.filter(claim=about, exhibit=shown).first()
    if found is not None and found.speaks_for == speaks_for:
        return found
    found = found or Support(claim=about, exhibit=shown)
    found.speaks_for, found.by, found.at_ms = speaks_for, by, now_ms()
    found.save()
    noted("supported", incident, by=by, exhibit=shown.number, claim=about.number, speaks_for=speaks_for)
    return found
