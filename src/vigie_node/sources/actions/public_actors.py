"""The list of public actors: accounts that stay in clear for what is posted in office.

Nobody puts an account in clear alone: a line, new or changed, counts once another person agrees, for what
comes in after that. The ledger holds figures and ids, no name.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import check_apart
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.two_persons import answered, check_may
from vigie_node.sources.errors import DecidedError, SamePersonError
from vigie_node.sources.models import PublicActor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from vigie_node.people.models import Person

MANAGE = "actor.manage"
LENGTHS_MAX = {"platform": 32, "account": 200, "name": 200, "office": 300, "source": 500}
SIGNS = "@\uff20"

describe(
    {
        "actor.added": say("An account was added to the public actors."),
        "actor.changed": say("An account among the public actors was changed."),
        "actor.agreed": say("A second person agreed to a line of the public actors."),
        "actor.removed": say("An account was removed from the public actors."),
        "actors.imported": say("Public actors were imported; new: {added}, changed: {changed}."),
    }
)


class TermError(VigieError):
    """An office ends before it begins."""

    code = "option.term"
    sentence = say("The office ends before it begins.")
    remedy = say("Give the first and the last day in office, in this order.")


class ActorExistsError(VigieError):
    """The account is on the list with this first day."""

    code = "option.actor_exists"
    sentence = say("This account is on the list already, with the same first day in office.")
    remedy = say("Change the line that is there.")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the list, as people or a file give it."""

    platform: str
    account: str
    name: str
    office: str
    from_ms: int
    until_ms: int | None
    source: str


@transaction.atomic
def add_actor(line: Line, *, by: Person) -> PublicActor:
    """Put an account on the list, where it waits for another person.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError, TermError: an answer lacks or means nothing.
        ActorExistsError: it is there.
    """
    check_may(by, MANAGE, by.organisation_id)
    line = _checked(line)
    _check_new(line, by.organisation_id)
    made = PublicActor.objects.create(
        organisation_id=by.organisation_id, by=by, changed_ms=now_ms(), **asdict(line)
    )
    _record("actor.added", made, by)
    return made


@transaction.atomic
def change_actor(found: PublicActor, line: Line, *, by: Person) -> PublicActor:
    """Correct a line; it waits for another person again, and counts for nothing meanwhile.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError, TermError: an answer lacks or means nothing.
        ActorExistsError: it became the same as another line.
    """
    check_may(by, MANAGE, found.organisation_id)
    found, line = PublicActor.objects.select_for_update().get(pk=found.pk), _checked(line)
    if _key(line) != (found.platform, found.account, found.from_ms):
        _check_new(line, found.organisation_id)
    _put(found, line, by)
    _record("actor.changed", found, by)
    return found


@transaction.atomic
def agree_actor(found: PublicActor, *, seen_ms: int, by: Person) -> PublicActor:
    """Agree to a line as the second person; it counts from now on.

    Args:
        found: the line.
        seen_ms: when the line that they read was last changed.
        by: who agrees.

    Raises:
        PermissionDenied: they may not.
        SamePersonError: they asked for it as it stands.
        NotIndependentError, NotApartError: see `people.access.check_apart`.
        DecidedError: somebody agreed already, or it was changed since they read it.
    """
    check_may(by, MANAGE, found.organisation_id)
    found = PublicActor.objects.select_for_update().get(pk=found.pk)
    if found.by_id == by.pk:
        raise SamePersonError
    check_apart(by, found.by, MANAGE, found.changed_ms)
    if found.agreed_ms is not None or found.changed_ms != seen_ms:
        raise DecidedError
    found.agreed_by, found.agreed_ms = by, now_ms()
    found.save(update_fields=["agreed_by", "agreed_ms"])
    _record("actor.agreed", found, by)
    return found


@transaction.atomic
def remove_actor(found: PublicActor, *, by: Person) -> None:
    """Take a line off the list; what came in before stays as it came in.

    Raises:
        PermissionDenied: they may not.
    """
    check_may(by, MANAGE, found.organisation_id)
    _record("actor.removed", found, by)
    PublicActor.objects.filter(pk=found.pk).delete()


@transaction.atomic
def import_actors(lines: Sequence[Line], *, by: Person) -> tuple[int, int]:
    """Add lines and correct those that are there; return how many of each, lines that say nothing new apart.

    What is new or corrected waits for another person.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError, TermError: an answer lacks or means nothing; then no line is kept.
    """
    check_may(by, MANAGE, by.organisation_id)
    own = PublicActor.objects.select_for_update().filter(organisation=by.organisation_id)
    there = {(one.platform, one.account, one.from_ms): one for one in own}
    new: dict[tuple[str, str, int], PublicActor] = {}
    changed = 0
    for line in map(_checked, lines):
        found = there.get(_key(line))
        if found is None:
            new[_key(line)] = PublicActor(
                organisation_id=by.organisation_id, by=by, changed_ms=now_ms(), **asdict(line)
            )
        elif any(getattr(found, name) != value for name, value in asdict(line).items()):
            _put(found, line, by)
            changed += 1
    PublicActor.objects.bulk_create(new.values())
    if new or changed:
        record(
            "actors.imported",
            of=f"organisation:{by.organisation_id}",
            by=actor(by),
            organisation=by.organisation_id,
            added=len(new),
            changed=changed,
        )
    return len(new), changed


def _checked(line: Line) -> Line:
    if line.until_ms is not None and line.until_ms <= line.from_ms:
        raise TermError
    said = {name: answered(name, getattr(line, name))[:length] for name, length in LENGTHS_MAX.items()}
    said["platform"], said["account"] = said["platform"].casefold(), said["account"].lstrip(SIGNS)
    return Line(**said, from_ms=line.from_ms, until_ms=line.until_ms)


def _key(line: Line) -> tuple[str, str, int]:
    return line.platform, line.account, line.from_ms


def _check_new(line: Line, organisation: UUID) -> None:
    platform, account, from_ms = _key(line)
    own = PublicActor.objects.filter(organisation=organisation)
    if own.filter(platform=platform, account=account, from_ms=from_ms).exists():
        raise ActorExistsError


def _put(found: PublicActor, line: Line, by: Person) -> None:
    for name, value in asdict(line).items():
        setattr(found, name, value)
    found.by, found.changed_ms = by, max(now_ms(), found.changed_ms + 1)  # no two states at one moment
    found.agreed_by = found.agreed_ms = None
    found.save()


def _record(kind: str, found: PublicActor, by: Person) -> None:
    record(kind, of=f"actor:{found.pk}", by=actor(by), organisation=found.organisation_id)
