"""Who stands behind a pseudonym: one person asks with a reason, another approves, then each look is recorded.

Never by one person alone, whatever the node. The ledger says who asked, approved and looked, at what, and
holds neither the reason nor the identity.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie.trust import seal, unseal
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.projects import check_key
from vigie_node.sources.actions.two_persons import (
    begin,
    check_may,
    check_second,
    decide,
    lapse,
    refuse,
    waiting,
)
from vigie_node.sources.models import Opening, Unmasking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.people.models import Person
    from vigie_node.sources.models import Project

ASK, UNMASK = "identity.ask", "identity.unmask"
OPEN = "sources.open_identity"  # the kind of the job
LOOK_MS = 3_600_000  # what was opened and not looked at goes after an hour
PSEUDONYM = re.compile(r"[a-z2-7]{16}")

describe(
    {
        "identity.asked": say("Who stands behind the pseudonym {pseudonym} was asked."),
        "identity.approved": say("That somebody learns who stands behind {pseudonym} was approved."),
        "identity.refused": say("That somebody learns who stands behind {pseudonym} was refused."),
        "identity.lapsed": say("A request about the pseudonym {pseudonym} lapsed."),
        "identity.opened": say("What stands behind the pseudonym {pseudonym} was opened."),
    }
)


class NotOpenError(VigieError):
    """The approval is over, was never given, or is another's."""

    code = "option.not_open"
    sentence = say("This identity cannot be opened now.")
    remedy = say("Ask again, with a reason; another person approves.")


@transaction.atomic
def ask_unmasking(
    project: Project, *, pseudonym: str, reason: str, by: Person, alert: UUID | None = None
) -> Unmasking:
    """Ask who stands behind a pseudonym.

    Raises:
        PermissionDenied: they may not.
        BadOptionError: it is no pseudonym.
        NothingSaidError: there is no reason.
        KeyDestroyedError: nobody can know any more.
        NoSecondPersonError: nobody else could approve.
    """
    check_may(by, ASK, project.organisation_id)
    if not PSEUDONYM.fullmatch(pseudonym):
        raise BadOptionError(option="pseudonym", value=pseudonym, expected="[a-z2-7]{16}")
    check_key(project)
    said = {"pseudonym": pseudonym, "alert": alert}
    asked = begin(Unmasking, project, by=by, reason=reason, approving=UNMASK, **said)
    _record("identity.asked", asked, by=actor(by))
    return asked


@transaction.atomic
def approve_unmasking(asked: Unmasking, *, by: Person, reason: str = "") -> Unmasking:
    """Let the person who asked look, for some days.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NotIndependentError, NotApartError: see `two_persons.check_second`.
        KeyDestroyedError: nobody can know any more.
    """
    asked = waiting(asked, by=by, permission=UNMASK)
    check_second(asked, by=by, permission=UNMASK, asking=ASK)
    check_key(asked.project)
    decide(asked, Unmasking.State.APPROVED, by=by, reason=reason.strip())
    _record("identity.approved", asked, by=actor(by))
    return asked


@transaction.atomic
def refuse_unmasking(asked: Unmasking, *, by: Person, reason: str) -> Unmasking:
    """Refuse, and say why.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NothingSaidError: there is no reason.
    """
    asked = refuse(asked, by=by, permission=UNMASK, reason=reason)
    _record("identity.refused", asked, by=actor(by))
    return asked


@transaction.atomic
def open_identity(asked: Unmasking, *, by: Person) -> Opening:
    """Have the vault opened, by a job; one opening at a time.

    Raises:
        PermissionDenied: they may not.
        NotOpenError: they did not ask for it, or it is not approved, or no more.
    """
    asked = Unmasking.objects.select_for_update(of=("self",)).select_related("project").get(pk=asked.pk)
    check_may(by, ASK, asked.organisation_id)
    if asked.asked_by_id != by.pk or asked.standing_at(now_ms()) != Unmasking.State.APPROVED:
        raise NotOpenError
    check_key(asked.project)
    under_way = asked.openings.filter(state__in=(Opening.State.WAITING, Opening.State.READY)).first()
    if under_way is not None:
        return under_way
    opening = Opening.objects.create(unmasking=asked, asked_ms=now_ms())
    jobs.enqueue(
        OPEN,
        key=f"{OPEN}:{opening.id}",
        by=actor(by),
        organisation=asked.organisation_id,
        arguments={"opening": str(opening.id)},
    )
    _record("identity.opened", asked, by=actor(by), opening=opening.id)
    return opening


@transaction.atomic
def keep_opened(opening: Opening, raws: Sequence[str]) -> None:
    """Keep what the vault told, sealed, until it is shown; nothing where it knows nothing."""
    opening = Opening.objects.select_for_update().get(pk=opening.pk)
    if opening.state != Opening.State.WAITING:
        return
    opening.state = Opening.State.READY if raws else Opening.State.ABSENT
    opening.sealed = seal(_key(), json.dumps(list(raws)).encode(), about=_about(opening)) if raws else None
    opening.ended_ms = now_ms()
    opening.save()


@transaction.atomic
def show_opened(opening: Opening, *, by: Person) -> list[str]:
    """Return what the vault told, this once.

    Raises:
        PermissionDenied: they may not.
        NotOpenError: they did not ask for it, or it was shown, has lapsed, or is not there yet.
        KeyDestroyedError: nobody may know any more.
    """
    openings = Opening.objects.select_for_update(of=("self",)).select_related("unmasking__project")
    opening = openings.get(pk=opening.pk)
    check_may(by, ASK, opening.unmasking.organisation_id)
    is_own = opening.unmasking.asked_by_id == by.pk
    if not is_own or opening.state != Opening.State.READY or opening.asked_ms + LOOK_MS <= now_ms():
        raise NotOpenError
    check_key(opening.unmasking.project)
    raws: list[str] = json.loads(unseal(_key(), bytes(opening.sealed or b""), about=_about(opening)))
    _end(opening, Opening.State.SHOWN)
    return raws


@transaction.atomic
def lapse_unmaskings() -> None:
    """Let requests lapse that nobody decided, approvals that are over, and openings that nobody looked at."""
    for asked in lapse(Unmasking, Unmasking.State.ASKED, Unmasking.State.APPROVED):
        _record("identity.lapsed", asked, by=NODE)
    _lapse(Opening.objects.filter(asked_ms__lte=now_ms() - LOOK_MS))


def end_openings(project: Project) -> None:
    """Let go what was opened in a project and not looked at, in the caller’s transaction."""
    _lapse(Opening.objects.filter(unmasking__project=project))


def _lapse(openings: QuerySet[Opening]) -> None:
    under_way = openings.filter(state__in=(Opening.State.WAITING, Opening.State.READY))
    for opening in under_way.select_for_update(of=("self",)):
        _end(opening, Opening.State.LAPSED)


def _end(opening: Opening, state: Opening.State) -> None:
    opening.state, opening.sealed, opening.ended_ms = state, None, now_ms()
    opening.save()


def _key() -> bytes:
    return settings.HOME.key("openings")


def _about(opening: Opening) -> str:
    return f"opening {opening.pk}"


def _record(kind: str, asked: Unmasking, *, by: str, **facts: object) -> None:
    record(
        kind,
        of=f"unmasking:{asked.pk}",
        by=by,
        organisation=asked.organisation_id,
        project=asked.project_id,
        pseudonym=asked.pseudonym,
        **({"alert": asked.alert} if asked.alert else {}),
        **facts,
    )
