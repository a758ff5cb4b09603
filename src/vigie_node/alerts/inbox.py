"""The inbox: which alerts somebody asks for, how many there are of each status, who said what of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node.alerts.access import alerts_visible_to
from vigie_node.alerts.models import Alert, Review, SignalMember
from vigie_node.alerts.parameters import KNOWN, METHOD_IDS
from vigie_node.clock import now_ms

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.people.models import Person

SORTS = {  # each has its index
    "opened": "opened_ms",
    "changed": "changed_ms",
    "accounts": "account_count",
    "objects": "object_count",
}
NEEDS_PERSON = "open"  # what `Alert.needs_person` says: not settled, or settled and then seen again
SNOOZED = "snoozed"  # needs a person, but somebody set it aside until later
STATUSES = (NEEDS_PERSON, SNOOZED, *Alert.Status.values)
ME, NOBODY = "me", "nobody"
SETTLED = (Alert.Status.CONFIRMED, Alert.Status.DISMISSED)
ACCOUNT_MAX = 64  # characters of a pseudonym


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What somebody asks the inbox for; empty means all.

    Args:
        status: one of STATUSES.
        declaration: the id of one.
        method: the name of the one that noticed it.
        behaviour: of the latest signal's strongest layer.
        assigned: whom it was given to: ME or NOBODY.
        account: the pseudonym of a member of the latest signal.
        sort: one of SORTS, `-` before it for the latest or greatest first.

    Raises:
        BadOptionError: a value means nothing.
    """

    status: str = ""
    declaration: UUID | None = None
    method: str = ""
    behaviour: str = ""
    assigned: str = ""
    account: str = ""
    sort: str = "-opened"

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.status and self.status not in STATUSES:
            raise BadOptionError(option="status", value=self.status, expected=say("a status of alerts"))
        if self.method and self.method not in METHOD_IDS:
            raise BadOptionError(
                option="method", value=self.method, expected=say("a method that this node knows")
            )
        if self.behaviour and self.behaviour not in KNOWN:
            raise BadOptionError(
                option="behaviour",
                value=self.behaviour,
                expected=say("one or more kinds of acts that the method knows"),
            )
        if self.assigned not in {"", ME, NOBODY}:
            raise BadOptionError(option="assigned", value=self.assigned, expected=say("me or nobody"))
        if self.sort.removeprefix("-") not in SORTS:
            raise BadOptionError(option="sort", value=self.sort, expected=say("a column that sorts"))

    @property
    def order(self) -> str:
        """The column that orders the rows, `-` before it for the largest first; numbers order equals."""
        return ("-" if self.sort.startswith("-") else "") + SORTS[self.sort.removeprefix("-")]


def inbox(person: Person, filters: Filters) -> QuerySet[Alert]:
    """Return the alerts somebody may see and asks for, in order, each with its latest signal: one query.

    Equals stand by number: a run numbers what it opens from the strongest group on.
    """
    rows = _chosen(person, filters)
    if filters.status == NEEDS_PERSON:
        rows = rows.filter(~asleep(), needs_person=True)
    elif filters.status == SNOOZED:
        rows = rows.filter(asleep(), needs_person=True)
    elif filters.status:
        rows = rows.filter(status=filters.status)
    return rows.select_related("latest", "assignee").order_by(filters.order, "number")


def counts(person: Person, filters: Filters) -> dict[str, int]:
    """Return how many alerts there are of each status, need a person (`open`), are `snoozed`; one query.

    The other filters count, the one on status does not.
    """
    rows = (
        _chosen(person, filters)
        .order_by()
        .annotate(asleep=ExpressionWrapper(asleep(), output_field=BooleanField()))
        .values_list("status", "needs_person", "asleep")
        .annotate(number=Count("*"))
    )
    found = dict.fromkeys(STATUSES, 0)
    for status, needs_person, sleeps, number in rows:
        found[status] += number
        if needs_person:
            found[SNOOZED if sleeps else NEEDS_PERSON] += number
    return found


def asleep() -> Q:
    """Return what alerts are that somebody set aside until later: no row of the database knows the time."""
    return Q(snoozed_until_ms__isnull=False, snoozed_until_ms__gt=now_ms())


def is_asleep(alert: Alert) -> bool:
    """Tell whether an alert that needs a person is set aside until later: `asleep`, of one."""
    return bool(alert.needs_person and alert.snoozed_until_ms and alert.snoozed_until_ms > now_ms())


@dataclass(frozen=True, kw_only=True)
class Needs:
    """How many alerts wait, and for whom."""

    new: int
    second: int  # others gave a verdict, this person did not yet
    disputed: int  # people disagree, and this person has not spoken
    again: int  # settled, but signals came after the last verdict: whoever gave it, anybody may look
    others: int  # open, but this person has spoken

    @property
    def total(self) -> int:
        """How many alerts need this person."""
        return self.new + self.second + self.disputed + self.again


def needs_of(person: Person) -> Needs:
    """Count what waits for a person: one query."""
    said = Exists(Review.objects.filter(alert=OuterRef("pk"), by=person))
    waiting = alerts_visible_to(person).filter(~asleep(), needs_person=True).order_by()
    rows = waiting.annotate(said=said).values_list("status", "said").annotate(number=Count("*"))
    found = {(status, bool(spoke)): number for status, spoke, number in rows}
    return Needs(
        new=found.get((Alert.Status.NEW, False), 0),
        second=found.get((Alert.Status.IN_REVIEW, False), 0),
        disputed=found.get((Alert.Status.DISPUTED, False), 0),
        again=sum(number for (status, _), number in found.items() if status in SETTLED),
        others=sum(number for (status, spoke), number in found.items() if spoke and status not in SETTLED),
    )


def is_account(text: str) -> bool:
    """Tell whether a text from outside can be a pseudonym: short, and of signs that databases take."""
    return 0 < len(text) <= ACCOUNT_MAX and text.isprintable()


def history(alert: Alert) -> tuple[Review, ...]:
    """Return the verdicts on an alert, the oldest first, with who gave them; one query."""
    return tuple(alert.reviews.select_related("by").order_by("at_ms", "id"))


def _chosen(person: Person, filters: Filters) -> QuerySet[Alert]:
    rows = alerts_visible_to(person)
    if filters.declaration:
        rows = rows.filter(declaration=filters.declaration)
    if filters.method:
        rows = rows.filter(method=filters.method)
    if filters.behaviour:
        rows = rows.filter(behaviour=filters.behaviour)
    if filters.assigned:
        rows = rows.filter(assignee=person if filters.assigned == ME else None)
    if filters.account and not is_account(filters.account):
        return rows.none()
    if filters.account:
        rows = rows.filter(latest__in=SignalMember.objects.filter(account=filters.account).values("signal"))
    return rows
