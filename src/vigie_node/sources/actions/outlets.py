"""The register of outlets: every write, each with its entry in the ledger, which holds no name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe
from vigie_node.people.models import Organisation
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.two_persons import answered, check_may
from vigie_node.sources.models import Outlet, OutletDecision, OutletIdentifier, Tier
from vigie_node.sources.outlet_lines import About, Decision, check_together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from vigie_node.people.models import Person
    from vigie_node.sources.outlet_lines import Line

MANAGE = "outlet.manage"

describe(
    {
        "outlet.added": say("An outlet was added to the register."),
        "outlet.changed": say("What the register says of an outlet was changed."),
        "outlet.decided": say("An outlet’s tier was decided: {tier}, {before} before."),
        "outlet.removed": say("An outlet was taken off the register; its tier was {tier}."),
        "outlets.imported": say(
            "A register of outlets was taken in; new: {added}, changed: {changed}, tiers decided: {decided}."
        ),
    }
)


class OutletExistsError(VigieError):
    """The name, a domain or an account stands in the register."""

    code = "option.outlet_exists"
    sentence = say("“{value}” stands in the register already.")
    remedy = say("Change the outlet that is there.")


@transaction.atomic
def add_outlet(about: About, decision: Decision, *, by: Person) -> Outlet:
    """Put an outlet in the register.

    Raises:
        PermissionDenied: they may not.
        OutletExistsError: its name or one of its places is there.
        OutletOfCanadaError: see `outlet_lines.check_together`.
    """
    check_may(by, MANAGE, by.organisation_id)
    _lock(by.organisation_id)
    found = _added(about, decision, by)
    _record("outlet.added", found, by)
    return found


@transaction.atomic
def change_outlet(found: Outlet, about: About, *, by: Person) -> Outlet:
    """Correct who an outlet is and where it publishes; its tier stays.

    Raises:
        PermissionDenied: they may not.
        OutletExistsError: its name or one of its places is another’s.
        OutletOfCanadaError: see `outlet_lines.check_together`.
    """
    check_may(by, MANAGE, found.organisation_id)
    _lock(found.organisation_id)
    found = Outlet.objects.select_for_update().get(pk=found.pk)
    check_together(about, Decision(tier=found.tier))
    _put(found, about)
    _record("outlet.changed", found, by)
    return found


@transaction.atomic
def decide_tier(found: Outlet, decision: Decision, *, by: Person) -> Outlet:
    """Decide whose an outlet is; earlier decisions are kept.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError: there is no reason.
        OutletOfCanadaError: see `outlet_lines.check_together`.
    """
    check_may(by, MANAGE, found.organisation_id)
    found = Outlet.objects.select_for_update().get(pk=found.pk)
    answered("reason", decision.criterion)
    before = found.tier
    check_together(about_of(found), decision)
    _decide(found, decision, by)
    _record("outlet.decided", found, by, tier=found.tier, before=before)
    return found


@transaction.atomic
def remove_outlet(found: Outlet, *, by: Person) -> None:
    """Take an outlet off the register, with what was decided on it.

    Raises:
        PermissionDenied: they may not.
    """
    check_may(by, MANAGE, found.organisation_id)
    _record("outlet.removed", found, by, tier=found.tier)
    Outlet.objects.filter(pk=found.pk).delete()


@transaction.atomic
def import_outlets(lines: Sequence[Line], *, by: Person) -> dict[str, int]:
    """Add outlets, correct those of the same name, decide tiers that are new; all of it or nothing.

    Nothing is removed: places that the table does not name stay.

    Returns:
        How many were `added`, `changed`, and of how many that were there the tier was `decided`.

    Raises:
        PermissionDenied: they may not.
        OutletExistsError: a place is another outlet’s.
        OutletOfCanadaError: see `outlet_lines.check_together`.
    """
    check_may(by, MANAGE, by.organisation_id)
    _lock(by.organisation_id)
    counts = {"added": 0, "changed": 0, "decided": 0}
    there = register_of(by.organisation_id)
    for line in lines:
        found = there.get(line[0].name)
        doing = changes(line, found)
        about, decision = _widened(line[0], found), line[1]
        if found is None:
            _added(about, decision, by)
            counts["added"] += 1
            continue
        check_together(about, decision if "decided" in doing else Decision(tier=found.tier))
        if "changed" in doing:
            _put(found, about)
        if "decided" in doing:
            _decide(found, decision, by)
        for one in doing:
            counts[one] += 1
    if any(counts.values()):
        record(
            "outlets.imported",
            of=f"organisation:{by.organisation_id}",
            by=actor(by),
            organisation=by.organisation_id,
            **counts,
        )
    return counts


def register_of(organisation: UUID) -> dict[str, Outlet]:
    """Return the register of an organisation by name, with places and decisions at hand."""
    own = Outlet.objects.filter(organisation=organisation)
    return {one.name: one for one in own.prefetch_related("identifiers", "decisions")}


def changes(line: Line, found: Outlet | None) -> tuple[str, ...]:
    """Return what taking a line in would do: `added`, `changed`, `decided`, or nothing."""
    if found is None:
        return ("added",)
    done = ["changed"] if _widened(line[0], found) != about_of(found) else []
    if line[1].says_something and line[1] != latest_of(found):
        done.append("decided")
    return tuple(done)


def about_of(found: Outlet) -> About:
    """Return what the register says of who an outlet is."""
    places = sorted((one.kind, one.value) for one in found.identifiers.all())
    return About(
        name=found.name,
        identifiers=tuple(places),
        country=found.country,
        languages=tuple(found.languages),
        posts_a_day=found.posts_a_day,
    )


def latest_of(found: Outlet) -> Decision:
    """Return the decision that counts; that nobody decided anything, where nobody did."""
    made = max(found.decisions.all(), key=lambda one: (one.at_ms, one.pk), default=None)
    if made is None:
        return Decision()
    names = ("tier", "state", "criterion", "source_url", "source_date")
    return Decision(**{name: getattr(made, name) for name in names})


def _widened(about: About, found: Outlet | None) -> About:
    """Return a line with the places that the register knows besides; what it leaves open stays."""
    if found is None:
        return about
    there = about_of(found)
    return About(
        name=about.name,
        identifiers=tuple(
            sorted({*there.identifiers, *((str(kind), one) for kind, one in about.identifiers)})
        ),
        country=about.country or there.country,
        languages=about.languages or there.languages,
        posts_a_day=there.posts_a_day if about.posts_a_day is None else about.posts_a_day,
    )


def _lock(organisation: UUID) -> None:
    """Let nobody else write in the register until the end: names and places stand there once."""
    Organisation.objects.select_for_update(no_key=True).get(id=organisation)


def _added(about: About, decision: Decision, by: Person) -> Outlet:
    check_together(about, decision)
    found = Outlet(organisation_id=by.organisation_id, created_ms=now_ms())
    _put(found, about)
    if decision.says_something:
        _decide(found, decision, by)
    return found


def _put(found: Outlet, about: About) -> None:
    own = Outlet.objects.filter(organisation=found.organisation_id)
    if own.filter(name=about.name).exclude(pk=found.pk).exists():
        raise OutletExistsError(value=about.name)
    for name, value in asdict(about).items():
        if name != "identifiers":
            setattr(found, name, list(value) if name == "languages" else value)
    found.changed_ms = now_ms()
    found.save()
    OutletIdentifier.objects.filter(outlet=found).delete()
    taken = set(
        OutletIdentifier.objects.filter(organisation=found.organisation_id).values_list("kind", "value")
    )
    for kind, value in about.identifiers:
        if (kind, value) in taken:
            raise OutletExistsError(value=value)
    OutletIdentifier.objects.bulk_create(
        OutletIdentifier(outlet=found, organisation_id=found.organisation_id, kind=kind, value=value)
        for kind, value in about.identifiers
    )


def _decide(found: Outlet, decision: Decision, by: Person) -> None:
    last = found.decisions.order_by("-at_ms").values_list("at_ms", flat=True).first()
    at_ms = max(now_ms(), (last or 0) + 1)  # no two decisions at one moment
    OutletDecision.objects.create(outlet=found, by=by, at_ms=at_ms, **asdict(decision))
    found.tier, found.state = Tier(decision.tier), decision.state
    found.changed_ms = at_ms
    found.save()


def _record(kind: str, found: Outlet, by: Person, **facts: object) -> None:
    record(kind, of=f"outlet:{found.pk}", by=actor(by), organisation=found.organisation_id, **facts)
