"""Teams, and who is on duty when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie_node import clock
from vigie_node.ledger.actions import record
from vigie_node.people.access import MANAGE, PLAN, check_may_there
from vigie_node.people.models import Duty, Organisation, Person, Team
from vigie_node.people.names import name_from
from vigie_node.people.zones import known_zones

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

DAY_MS = 86_400_000
DAYS_MAX = 14
NAME_LENGTH_MAX = 100


class TeamExistsError(VigieError):
    """Another team has this name."""

    code = "option.team"
    sentence = say("There is a team named “{name}” already.")
    remedy = say("Choose another name.")


class BadDutyError(VigieError):
    """A turn on duty ends before it begins, or never."""

    code = "option.duty"
    sentence = say("A turn on duty ends after it begins, and lasts at most {days} days.")
    remedy = say("Correct the times.")


class DutyOverlapsError(VigieError):
    """Nobody is on duty twice at once."""

    code = "option.duty_overlaps"
    sentence = say("{name} is on duty already in this time.")
    remedy = say("Change the times, or the other turn.")


@transaction.atomic
def keep_team(
    organisation: Organisation, *, name: str, members: Iterable[Person], by: str, team: Team | None = None
) -> Team:
    """Make a team, or give one this name and these members and no others.

    Raises:
        PermissionDenied: `by` may not manage people there, or a member is of another organisation.
        BadNameError: the name means nothing.
        TeamExistsError: another team has it.
    """
    check_may_there(by, organisation, MANAGE)
    people = list(members)
    if any(one.organisation_id != organisation.pk for one in people):
        raise PermissionDenied
    kept = team or Team(organisation=organisation, made_ms=clock.now_ms())
    kept.name = name_from(name)[:NAME_LENGTH_MAX]
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise TeamExistsError(name=kept.name) from error
    kept.members.set(people)
    _record("team.kept", f"team:{kept.pk}", organisation, by, members=sorted(str(one.pk) for one in people))
    return kept


@transaction.atomic
def remove_team(team: Team, *, by: str) -> None:
    """Let a team be no more; turns on duty that were its stay their people's.

    Raises:
        PermissionDenied: `by` may not manage people there.
    """
    check_may_there(by, team.organisation, MANAGE)
    id_, organisation = team.pk, team.organisation
    team.delete()
    _record("team.removed", f"team:{id_}", organisation, by)


@transaction.atomic
def change_zone(organisation: Organisation, *, zone: str, by: str) -> Organisation:
    """Let an organisation plan in another time zone; turns on duty stay at the moments where they are.

    Raises:
        PermissionDenied: `by` may not manage people there.
        BadOptionError: there is no such zone.
    """
    check_may_there(by, organisation, MANAGE)
    if zone not in known_zones():
        raise BadOptionError(option="zone", value=zone, expected="America/Toronto, America/St_Johns …")
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    organisation.zone = zone
    organisation.save(update_fields=["zone"])
    _record("organisation.zone_changed", f"organisation:{organisation.pk}", organisation, by, zone=zone)
    return organisation


@transaction.atomic
def plan_duty(
    organisation: Organisation,
    *,
    person: Person,
    from_ms: int,
    to_ms: int,
    by: str,
    team: Team | None = None,
    id_: UUID | None = None,
) -> Duty:
    """Plan a turn on duty.

    Args:
        organisation: whose.
        person: who is on duty.
        from_ms: from when.
        to_ms: until when, not included.
        by: who plans.
        team: for which team, if any.
        id_: the form's own: sent twice, it makes one turn.

    Raises:
        PermissionDenied: `by` may not plan there, or the person or team is of another organisation.
        BadDutyError: it ends before it begins, or lasts too long.
        DutyOverlapsError: the person is on duty already.
    """
    known = Duty.objects.filter(pk=id_, organisation=organisation).first() if id_ else None
    if known is not None:
        check_may_there(by, organisation, PLAN)
        return known
    duty = Duty(organisation=organisation, person=person, team=team, from_ms=from_ms, to_ms=to_ms)
    if id_ is not None:
        duty.pk = id_
    return _keep("duty.planned", duty, by, is_new=True)


@transaction.atomic
def change_duty(
    duty: Duty, *, person: Person, from_ms: int, to_ms: int, by: str, team: Team | None = None
) -> Duty:
    """Alter a turn on duty; who and when as for `plan_duty`.

    Raises:
        PermissionDenied, BadDutyError, DutyOverlapsError: as for `plan_duty`.
    """
    duty.person, duty.team, duty.from_ms, duty.to_ms = person, team, from_ms, to_ms
    return _keep("duty.changed", duty, by)


@transaction.atomic
def drop_duty(duty: Duty, *, by: str) -> None:
    """Take a turn on duty away.

    Raises:
        PermissionDenied: `by` may not plan there.
    """
    check_may_there(by, duty.organisation, PLAN)
    if Duty.objects.filter(pk=duty.pk).delete()[0]:
        _record_duty("duty.dropped", duty, by)


def _keep(kind: str, duty: Duty, by: str, *, is_new: bool = False) -> Duty:
    organisation, team = duty.organisation, duty.team
    check_may_there(by, organisation, PLAN)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one turn planned after the other
    places = {duty.person.organisation_id, team.organisation_id if team else organisation.pk}
    if places != {organisation.pk}:
        raise PermissionDenied
    if not 0 < duty.to_ms - duty.from_ms <= DAYS_MAX * DAY_MS:
        raise BadDutyError(days=DAYS_MAX)
    others = Duty.objects.filter(person=duty.person, from_ms__lt=duty.to_ms, to_ms__gt=duty.from_ms)
    if others.exclude(pk=duty.pk).exists():
        raise DutyOverlapsError(name=duty.person.name)
    try:
        with transaction.atomic():
            duty.save(force_insert=is_new)
    except IntegrityError as error:  # the id is of another organisation's turn
        raise PermissionDenied from error
    _record_duty(kind, duty, by)
    return duty


def _record_duty(kind: str, duty: Duty, by: str) -> None:
    facts = {"duty": duty.pk, "from_ms": duty.from_ms, "to_ms": duty.to_ms}
    _record(kind, f"person:{duty.person_id}", duty.organisation, by, **facts)


def _record(kind: str, of: str, organisation: Organisation, by: str, **facts: object) -> None:
    record(kind, of=of, by=by, organisation=organisation.pk, **facts)
