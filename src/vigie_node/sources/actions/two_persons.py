"""What one person asks and another decides: who may, who could, what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.access import check_apart, has_second, may
from vigie_node.sources.actions.common import DAY_MS
from vigie_node.sources.errors import DecidedError, SamePersonError
from vigie_node.sources.models import Asked

if TYPE_CHECKING:
    from uuid import UUID

    from vigie_node.people.models import Person
    from vigie_node.sources.models import KeyDestruction, OriginalOpening, Project, Unmasking

    Request = TypeVar("Request", Unmasking, KeyDestruction, OriginalOpening)

DAYS_OPEN = 7  # a request lapses then, and so does an approval
OPEN_MS = DAYS_OPEN * DAY_MS


ANSWERS = {
    "reason": say("reason"),
    "platform": say("platform"),
    "account": say("account"),
    "name": say("name"),
    "office": say("office"),
    "source": say("source"),
    "contact": say("contact"),
}


class NothingSaidError(VigieError):
    """An answer lacks, or holds no letter and no figure."""

    code = "option.nothing_said"
    sentence = say("This is missing: {answer}.")
    remedy = say("Say it in a few words.")


class NoSecondPersonError(VigieError):
    """Nobody else could decide."""

    code = "option.second_person"
    sentence = say("Nobody else in the organisation may approve this, and one person alone never does it.")
    remedy = say("Ask an administrator to give another person the role for it.")


def answered(answer: str, value: str) -> str:
    """Return an answer without the space around it.

    Raises:
        NothingSaidError: it holds no letter and no figure.
    """
    said = value.strip()
    if not any(letter.isalnum() for letter in said):
        raise NothingSaidError(answer=ANSWERS[answer])
    return said


def check_may(person: Person, permission: str, organisation: UUID) -> None:
    """Check that somebody may do something in an organisation.

    Raises:
        PermissionDenied: they may not, or it is another's.
    """
    if not may(person, permission) or person.organisation_id != organisation:
        raise PermissionDenied


def begin(
    model: type[Request], project: Project, *, by: Person, reason: str, approving: str, **said: Any
) -> Request:
    """Write down what somebody asks, where another person could approve it.

    Args:
        model: what kind of request.
        project: in which project.
        by: who asks.
        reason: why.
        approving: what the other person needs.
        said: further columns.

    Raises:
        NoSecondPersonError: nobody else could approve.
        NothingSaidError: there is no reason.
    """
    if not has_second(by, approving):
        raise NoSecondPersonError
    now = now_ms()
    return model.objects.create(
        organisation_id=project.organisation_id,
        project=project,
        reason=answered("reason", reason),
        asked_by=by,
        asked_ms=now,
        expires_ms=now + OPEN_MS,
        **said,
    )


def waiting(row: Request, *, by: Person, permission: str) -> Request:
    """Return what was asked as it stands now, locked, when `by` may decide on it.

    Raises:
        PermissionDenied: they may not, or it is another's.
        SamePersonError: they asked for it.
        DecidedError: it does not wait any more.
    """
    check_may(by, permission, row.organisation_id)
    model = type(row)
    found = model.objects.select_for_update(of=("self",)).select_related("project", "asked_by").get(pk=row.pk)
    if found.standing_at(now_ms()) != Asked.State.ASKED:
        raise DecidedError
    if found.asked_by_id == by.pk:
        raise SamePersonError
    return found


def check_second(row: Request, *, by: Person, permission: str, asking: str) -> None:
    """Check that what waits may be approved by `by`: whoever asked still may, and nobody could be both.

    Args:
        row: as `waiting` returns it.
        by: who approves.
        permission: what they decide by.
        asking: what it was asked by.

    Raises:
        DecidedError: whoever asked may not any more.
        NotIndependentError, NotApartError: see `people.access.check_apart`.
    """
    if not may(row.asked_by, asking):
        raise DecidedError
    check_apart(by, row.asked_by, permission, row.asked_ms)


def refuse(row: Request, *, by: Person, permission: str, reason: str) -> Request:
    """Refuse what waits, and return it.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `waiting`.
        NothingSaidError: there is no reason.
    """
    row = waiting(row, by=by, permission=permission)
    decide(row, Asked.State.REFUSED, by=by, reason=answered("reason", reason))
    return row


def lapse(model: type[Request], *states: Asked.State) -> list[Request]:
    """Let requests in some states lapse whose time is over, and return them."""
    late = list(model.objects.select_for_update().filter(state__in=states, expires_ms__lte=now_ms()))
    for row in late:
        row.state = Asked.State.LAPSED
        row.save(update_fields=["state"])
    return late


def decide(
    row: Request, state: Asked.State, *, by: Person | None, reason: str = "", lasts_ms: int = OPEN_MS
) -> None:
    """Write down what was decided; an approval lasts for a time."""
    now = now_ms()
    row.state, row.decided_by, row.decided_ms, row.decision_reason = state, by, now, reason
    if state == Asked.State.APPROVED:
        row.expires_ms = now + lasts_ms
    row.save()
