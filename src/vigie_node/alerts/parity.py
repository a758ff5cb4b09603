"""Parity figures of an organisation: alerts of a period by language and by party, from rows alone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Sum

from vigie.assess.parity import LEAST_INSIDE, Case, Outcome, Parity, parity
from vigie.report.format import instant
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_node.alerts.models import Alert
from vigie_node.people.access import may
from vigie_node.sources.models import BatchCoverage, Facet, WatchList, WatchListVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from vigie_node.people.models import Person

PERIODS_DAYS = (30, 90, 365)
DAY_MS = 86_400_000
QUARTER_MONTHS, MONTHS = 3, 12
QUARTER = re.compile(r"(20\d\d)-Q([1-4])")
READ = "parity.read"
UNKNOWN = "und"  # of no language that could be told
OUTCOME_OF: dict[str, Outcome] = {
    Alert.Status.NEW: "not_reviewed",
    Alert.Status.IN_REVIEW: "in_doubt",
    Alert.Status.DISPUTED: "in_doubt",
    Alert.Status.CONFIRMED: "confirmed",
    Alert.Status.DISMISSED: "dismissed",
}


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole days of UTC, from the first to the last.

    Raises:
        BadOptionError: the last is before the first.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.last < self.first:
            raise BadOptionError(
                option="until",
                value=self.last.isoformat(),
                expected=say("a day that is not before the first"),
            )

    @classmethod
    def last_days(cls, count: int, *, now_ms: int) -> Period:
        """Return the last so many days, today among them."""
        today = instant(now_ms).date()
        return cls(first=today - timedelta(days=count - 1), last=today)

    @classmethod
    def quarter(cls, year: int, number: int) -> Period:
        """Return a quarter of a year, 1 to 4."""
        month = QUARTER_MONTHS * (number - 1) + 1
        end_year, end_month = (
            (year, month + QUARTER_MONTHS) if number < MONTHS // QUARTER_MONTHS else (year + 1, 1)
        )
        first = datetime(year, month, 1, tzinfo=UTC).date()
        return cls(first=first, last=datetime(end_year, end_month, 1, tzinfo=UTC).date() - timedelta(days=1))

    @property
    def from_ms(self) -> int:
        """When it begins."""
        return _start_ms(self.first)

    @property
    def until_ms(self) -> int:
        """The first moment after it."""
        return _start_ms(self.last) + DAY_MS


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What may be shown, and how many alerts wait to be counted: their languages are not found yet."""

    parity: Parity
    waiting: int


def figures(person: Person, period: Period, *, least: int = LEAST_INSIDE) -> Figures | None:
    """Return the parity figures of one's own organisation; None to who may not see them.

    Alerts count by when they were opened, posts by when they came in. An alert stands as people see it now.
    """
    if not may(person, READ):
        return None
    organisation = person.organisation_id
    party_of = _parties(organisation)
    opened = Alert.objects.filter(
        organisation=organisation, opened_ms__gte=period.from_ms, opened_ms__lt=period.until_ms
    )
    rows = opened.exclude(concern=None).values_list("status", "concern__languages", "concern__watchlists")
    cases = [
        Case(
            outcome=OUTCOME_OF[status],
            languages=frozenset(languages),
            parties=frozenset(party_of[one] for one in lists if one in party_of),
        )
        for status, languages, lists in rows.iterator()
    ]
    return Figures(
        parity=parity(
            cases,
            posts=_posts(organisation, period),
            indicators=_indicators(organisation, party_of),
            least=least,
        ),
        waiting=opened.filter(concern=None).count(),
    )


def _parties(organisation: UUID) -> dict[str, str]:
    """Return the party of each list that is marked as one's."""
    lists = WatchList.objects.filter(organisation=organisation, withdrawn_ms=None).exclude(party="")
    return {str(one): party for one, party in lists.values_list("id", "party")}


def _indicators(organisation: UUID, party_of: Mapping[str, str]) -> Counter[str]:
    """Return how many indicators the lists of each party have in force."""
    counts: Counter[str] = Counter(dict.fromkeys(party_of.values(), 0))
    versions = WatchListVersion.objects.filter(
        watchlist__organisation=organisation, state=WatchListVersion.State.IN_FORCE
    )
    for one, number in versions.values_list("watchlist", "indicator_count"):
        if str(one) in party_of:
            counts[party_of[str(one)]] += number
    return counts


def _posts(organisation: UUID, period: Period) -> dict[str, int]:
    """Return how many observations came in, by language; those of erased batches are gone."""
    rows = BatchCoverage.objects.filter(
        facet=Facet.LANGUAGE,
        batch__organisation=organisation,
        batch__stored_ms__gte=period.from_ms,
        batch__stored_ms__lt=period.until_ms,
    )
    counted = rows.order_by().values_list("value").annotate(number=Sum("count"))
    return {value or UNKNOWN: number for value, number in counted}


def _start_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def asked_period(query: Mapping[str, str], *, now_ms: int) -> Period:
    """Return the period that an address asks for: `from` and `until`, or the last `days`; else 30 days.

    Raises:
        BadOptionError: a value means nothing.
    """
    if query.get("from") or query.get("until"):
        return Period(first=_day(query, "from"), last=_day(query, "until"))
    days = query.get("days") or str(PERIODS_DAYS[0])
    if days not in map(str, PERIODS_DAYS):
        raise BadOptionError(option="days", value=days, expected=", ".join(map(str, PERIODS_DAYS)))
    return Period.last_days(int(days), now_ms=now_ms)


def _day(query: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError as error:
        raise BadOptionError(
            option=name, value=query.get(name, ""), expected=say("a day, as in 2026-10-01")
        ) from error


def quarter_of(said: str, *, now_ms: int) -> Period:
    """Return a quarter that is over, such as `2026-Q3`; the last one where nothing is said.

    Raises:
        BadOptionError: it is none, or is not over.
    """
    today = instant(now_ms).date()
    if not said:
        year, number = divmod(4 * today.year + (today.month - 1) // QUARTER_MONTHS - 1, 4)
        return Period.quarter(year, number + 1)
    match = QUARTER.fullmatch(said)
    found = Period.quarter(int(match[1]), int(match[2])) if match else None
    if found is None or found.last >= today:
        raise BadOptionError(
            option="quarter", value=said, expected=say("a quarter that is over, as in 2026-Q3")
        )
    return found
