"""Somebody asks what is held on their account: access and correction, with a clock and an outcome.

Handle and contact are sealed under a key of the node, and go when the request is closed or its date is past.
The ledger holds figures, neither of them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import seal, unseal
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.people.models import Organisation
from vigie_node.sources.actions.common import DAY_MS, actor
from vigie_node.sources.actions.two_persons import answered, check_may
from vigie_node.sources.errors import DecidedError
from vigie_node.sources.models import Erasure, PersonRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie_node.people.models import Person

HANDLE = "request.handle"
FIND, ERASE = "sources.find_person", "sources.erase_person"  # the kinds of the jobs
REQUEST = "request"  # why posts were erased, as `Erasure.reason` says it
DAYS_DUE, DAYS_KEPT_MAX = 30, 180
Outcome, State = PersonRequest.Outcome, PersonRequest.State
OUTCOMES = {
    Outcome.GIVEN: say("given"),
    Outcome.CORRECTED: say("corrected"),
    Outcome.ERASED: say("erased"),
    Outcome.REFUSED: say("refused"),
    Outcome.LAPSED: say("lapsed"),
}

describe(
    {
        "request.received": say("Somebody asked what is held on them; an answer is due within {days} days."),
        "request.searched": say("What is held on a person was searched; posts: {posts}, in {declarations}."),
        "request.erasure_asked": say("The erasure of a person’s posts was asked, at their request."),
        "request.erased": say(
            "A person’s posts were erased at their request: {rows}; kept by a hold: {held}."
        ),
        "request.search_failed": say(
            "What is held on a person was not searched to the end: the work failed."
        ),
        "request.erasure_failed": say(
            "The erasure of a person’s posts did not come to its end; erased: {rows}."
        ),
        "request.closed": say("A person’s request was closed: {outcome}."),
    },
    values={
        "outcome": {str(outcome): said for outcome, said in OUTCOMES.items()},
        "reason": {
            "request": say("the person they are about asked for it"),
            "deleted": say("they were deleted on their platform"),
        },
    },
)


class KeptTooLongError(VigieError):
    """Handle and contact would outlive the procedure."""

    code = "option.kept_too_long"
    sentence = say("Handle and contact can be kept for {days} days at most, and not less than one.")
    remedy = say("Choose an earlier day.")


class OneAtATimeError(VigieError):
    """Another request of the organisation is being erased."""

    code = "option.one_erasure"
    sentence = say("The posts of another request are being erased.")
    remedy = say("Wait until that is done.")


@dataclass(frozen=True, kw_only=True)
class About:
    """Whom a request is about, and how they are answered."""

    platform: str
    handle: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is held on an account under one declaration: posts of its own, posts of others that name it."""

    declaration: str
    own_count: int
    naming_count: int
    first_ms: int
    last_ms: int


@transaction.atomic
def receive_request(about: About, *, keep_until_ms: int, by: Person) -> PersonRequest:
    """Note what somebody asks, and have it searched.

    Args:
        about: account and contact.
        keep_until_ms: when both go, whatever happens.
        by: who takes it down.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError: an answer lacks.
        KeptTooLongError: the date is past, or too far.
    """
    check_may(by, HANDLE, by.organisation_id)
    now = now_ms()
    if not now < keep_until_ms <= now + (DAYS_KEPT_MAX + 1) * DAY_MS:
        raise KeptTooLongError(days=DAYS_KEPT_MAX)
    said = About(
        platform=about.platform.strip().casefold(),
        handle=answered("account", about.handle),
        contact=answered("contact", about.contact),
    )
    Organisation.objects.select_for_update().get(pk=by.organisation_id)  # one number after the other
    own = PersonRequest.objects.filter(organisation=by.organisation_id)
    asked = PersonRequest(
        organisation_id=by.organisation_id,
        number=(own.aggregate(last=Max("number"))["last"] or 0) + 1,
        received_ms=now,
        due_ms=now + DAYS_DUE * DAY_MS,
        keep_until_ms=keep_until_ms,
        by=by,
    )
    asked.sealed = seal(_key(), json.dumps(asdict(said)).encode(), about=_about(asked))
    asked.save(force_insert=True)
    _enqueue(FIND, asked, by)
    _record("request.received", asked, by=actor(by), days=DAYS_DUE)
    return asked


def about_of(asked: PersonRequest) -> About | None:
    """Return whom a request is about; None once that is gone."""
    if asked.sealed is None:
        return None
    return About(**json.loads(unseal(_key(), bytes(asked.sealed), about=_about(asked))))


@transaction.atomic
def note_found(asked: PersonRequest, found: Sequence[Held], unread: Sequence[str]) -> PersonRequest:
    """Note what the search found; a request that was closed meanwhile stays so.

    Args:
        asked: the request.
        found: by declaration.
        unread: names of projects whose pseudonyms nobody can make any more.
    """
    asked = PersonRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.state != State.SEARCHING:
        return asked
    asked.found, asked.unread = [asdict(one) for one in found], list(unread)
    asked.state, asked.searched_ms = State.ANSWERABLE, now_ms()
    asked.save()
    own = sum(one.own_count for one in found)
    _record("request.searched", asked, by=NODE, posts=own, declarations=len(found))
    return asked


@transaction.atomic
def search_again(asked: PersonRequest, *, by: Person) -> PersonRequest:
    """Have a request searched again whose search did not come to its end.

    Raises:
        PermissionDenied: they may not.
        DecidedError: it is closed, being searched or erased, or was searched.
    """
    asked = _open(asked, by)
    if asked.searched_ms is not None:
        raise DecidedError
    asked.state = State.SEARCHING
    asked.save()
    _enqueue(FIND, asked, by)
    return asked


@transaction.atomic
def note_unfinished(asked: PersonRequest, work: str) -> PersonRequest:
    """Note that a search or an erasure failed for good: it may be answered, or tried again.

    Args:
        asked: the request; one that is at other work, or closed, stays as it is.
        work: the kind of the job.
    """
    asked = PersonRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.state != {FIND: State.SEARCHING, ERASE: State.ERASING}[work]:
        return asked
    asked.state = State.ANSWERABLE
    if work == FIND:
        _record("request.search_failed", asked, by=NODE)
    else:
        gone = _gone_of(asked)
        asked.erased_count += gone
        _record("request.erasure_failed", asked, by=NODE, rows=gone)
    asked.save()
    return asked


@transaction.atomic
def ask_erasure(asked: PersonRequest, *, by: Person) -> PersonRequest:
    """Have the account's own posts erased from the batches; counts stay.

    Raises:
        PermissionDenied: they may not.
        DecidedError: it is closed, or being searched or erased.
        OneAtATimeError: another request of the organisation is being erased.
    """
    Organisation.objects.select_for_update().get(pk=asked.organisation_id)  # one erasure after the other
    asked = _open(asked, by)
    if PersonRequest.objects.filter(organisation=asked.organisation_id, state=State.ERASING).exists():
        raise OneAtATimeError
    asked.state, asked.erasing_ms = State.ERASING, now_ms()
    asked.save()
    _enqueue(ERASE, asked, by)
    _record("request.erasure_asked", asked, by=actor(by))
    return asked


@transaction.atomic
def note_erased(asked: PersonRequest, *, held_count: int) -> PersonRequest:
    """Note that an erasure came to its end, and what went: in attempts that were killed, too.

    Args:
        asked: the request.
        held_count: batches that the law keeps for now.
    """
    asked = PersonRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.state != State.ERASING:
        return asked
    asked.state, asked.erased_ms = State.ANSWERABLE, now_ms()
    gone = _gone_of(asked)
    asked.erased_count, asked.held_count = asked.erased_count + gone, held_count
    asked.save()
    _record("request.erased", asked, by=NODE, rows=gone, held=held_count)
    return asked


@transaction.atomic
def close_request(asked: PersonRequest, *, outcome: str, note: str, by: Person) -> PersonRequest:
    """Close a request: handle and contact go.

    Raises:
        PermissionDenied: they may not.
        DecidedError: it is closed, or being searched or erased; or said to be erased, and is not.
        NothingSaidError: it is refused without a reason.
    """
    asked = _open(asked, by)
    if outcome == Outcome.REFUSED:
        note = answered("reason", note)
    if outcome == Outcome.ERASED and not asked.is_erased:
        raise DecidedError
    asked.note = note.strip()
    _close(asked, outcome, by)
    _record("request.closed", asked, by=actor(by), outcome=outcome)
    return asked


@transaction.atomic
def lapse_requests() -> None:
    """Let go the handles and contacts that are past their date; what was not closed has lapsed.

    What is being erased first comes to its end: without the handle nobody would know what to erase.
    """
    late = PersonRequest.objects.select_for_update().filter(keep_until_ms__lte=now_ms(), closed_ms=None)
    for asked in late.exclude(state=State.ERASING):
        _close(asked, Outcome.LAPSED, None)
        _record("request.closed", asked, by=NODE, outcome=Outcome.LAPSED)


def _gone_of(asked: PersonRequest) -> int:
    """Return how many observations went since the erasure was asked for, in every attempt of its job."""
    gone = Erasure.objects.filter(
        old__organisation=asked.organisation_id, reason=REQUEST, at_ms__gte=asked.erasing_ms
    )
    return gone.aggregate(rows=Sum("erased_count"))["rows"] or 0


def _open(asked: PersonRequest, by: Person) -> PersonRequest:
    check_may(by, HANDLE, asked.organisation_id)
    found = PersonRequest.objects.select_for_update().get(pk=asked.pk)
    if found.state != State.ANSWERABLE:
        raise DecidedError
    return found


def _close(asked: PersonRequest, outcome: str, by: Person | None) -> None:
    asked.state, asked.outcome, asked.sealed = State.CLOSED, outcome, None
    asked.closed_by, asked.closed_ms = by, now_ms()
    asked.save()


def _enqueue(kind: str, asked: PersonRequest, by: Person) -> None:
    jobs.enqueue(
        kind,
        key=f"{kind}:{asked.id}",
        by=actor(by),
        arguments={"request": str(asked.id)},  # the node's own work: nobody cancels it
    )


def _key() -> bytes:
    return settings.HOME.key("person-requests")


def _about(asked: PersonRequest) -> str:
    return f"request {asked.pk}"


def _record(kind: str, asked: PersonRequest, *, by: str, **facts: Any) -> None:
    record(kind, of=f"request:{asked.pk}", by=by, organisation=asked.organisation_id, **facts)
