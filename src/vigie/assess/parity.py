"""Whether alerts and dismissals fall alike on languages and parties: rates, intervals, what is withheld.

1. Count the alerts of each language and of each party's watch-lists, by what people concluded. An alert
   about several of them counts for each.
2. Withhold counts from 1 to `least` - 1, and what would give them away (`withheld`).
3. Of what is left, work out rates with 95 % intervals of the score test, Wilson 1927
   (https://doi.org/10.1080/01621459.1927.10502953), which hold where counts are small (Newcombe 1998,
   https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C857::AID-SIM777%3E3.0.CO;2-E).

Two intervals that lie apart are a difference that chance makes in about 6 of 1,000 pairs alike (Schenker and
Gentleman 2001, https://doi.org/10.1198/000313001317097960); intervals that overlap say little.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Outcome = Literal["confirmed", "dismissed", "in_doubt", "not_reviewed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
CONFIRMED_OR_DOUBTED: frozenset[Outcome] = frozenset({"confirmed", "in_doubt"})
METHOD = "parity/1"  # new meaning, new number
LEAST_INSIDE, LEAST_PUBLIC = 5, 11  # the smallest count that is shown
Z = 1.959963984540054  # of a normal distribution: 95 % lie within


@dataclass(frozen=True, kw_only=True)
class Case:
    """One alert.

    Args:
        outcome: what people concluded so far.
        languages: of the posts that it cites.
        parties: whose watch-lists name something in it.
    """

    outcome: Outcome
    languages: frozenset[str]
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A part of a whole, or a count for each thing looked at, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One language, one party, or all alerts; None: withheld, and so is every rate that needs it.

    Args:
        group: which.
        looked_at: posts in the language, or indicators of the party's lists.
        alerts: how many.
        outcomes: how many of them people confirmed, dismissed, doubt, did not review yet.
    """

    group: str
    looked_at: int | None
    alerts: int | None
    outcomes: Mapping[Outcome, int | None]

    @property
    def reviewed(self) -> int | None:
        """Alerts on which somebody has spoken."""
        waiting = self.outcomes["not_reviewed"]
        return None if self.alerts is None or waiting is None else self.alerts - waiting

    @property
    def alert_rate(self) -> Rate | None:
        """Alerts for each post or indicator looked at."""
        return rate(self.alerts, self.looked_at) if self.alerts is not None and self.looked_at else None

    @property
    def dismissal_rate(self) -> Rate | None:
        """The part of the reviewed alerts that people dismissed."""
        dismissed, reviewed = self.outcomes["dismissed"], self.reviewed
        return wilson(dismissed, reviewed) if dismissed is not None and reviewed else None


@dataclass(frozen=True, kw_only=True)
class Parity:
    """What may be shown; rows with the most looked at first.

    Args:
        least: the smallest count that is shown.
        whole: all alerts.
        languages: one row a language in which anything was looked at or any alert cites a post.
        parties: one row a party.
    """

    least: int
    whole: Row
    languages: tuple[Row, ...]
    parties: tuple[Row, ...]


def parity(
    cases: Sequence[Case],
    *,
    posts: Mapping[str, int],
    indicators: Mapping[str, int],
    least: int = LEAST_INSIDE,
) -> Parity:
    """Return what may be shown of how alerts and dismissals fall on languages and parties.

    Args:
        cases: the alerts of a period, in any order.
        posts: how many posts were looked at, by language.
        indicators: how many indicators each party's watch-lists have.
        least: the smallest count that may be shown, 3 or more; 1, and nothing is withheld.
    """
    by_language = _counted(((one.languages, one.outcome) for one in cases), posts)
    by_party = _counted(((one.parties, one.outcome) for one in cases), indicators)
    languages = [_row(group, posts.get(group, 0), counts, least) for group, counts in by_language.items()]
    parties = [_row(group, indicators.get(group, 0), counts, least) for group, counts in by_party.items()]
    return Parity(
        least=least,
        whole=_whole(cases, sum(posts.values()), [*languages, *parties], languages, least),
        languages=_ordered(languages),
        parties=_ordered(parties),
    )


def withheld(counts: Mapping[Outcome, int], *, least: int) -> frozenset[Outcome]:
    """Return the outcomes that are not shown, where their sum is.

    1. None, where no count is from 1 to `least` - 1.
    2. `CONFIRMED_OR_DOUBTED`, where only these are small and come to `least` or more together: each may then
       be anything up to that.
    3. All of them else.

    Which are withheld hangs on whether counts are small and not on which is the smallest, so that who knows
    this rule learns nothing more from it.
    """
    small = {one for one in OUTCOMES if 0 < counts[one] < least}
    if not small:
        return frozenset()
    pair = sum(counts[one] for one in CONFIRMED_OR_DOUBTED)
    return CONFIRMED_OR_DOUBTED if small <= CONFIRMED_OR_DOUBTED and pair >= least else frozenset(OUTCOMES)


def wilson(count: int, whole: int) -> Rate:
    """Return a part of a whole with its 95 % interval after Wilson 1927.

    Args:
        count: 0 to `whole`.
        whole: 1 or more.
    """
    share, z2 = count / whole, Z * Z
    centre = share + z2 / (2 * whole)
    reach = Z * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole))
    low, high = ((centre + side * reach) / (1 + z2 / whole) for side in (-1, 1))
    return Rate(
        value=share, low=0.0 if count == 0 else max(0.0, low), high=1.0 if count == whole else min(1.0, high)
    )


def rate(count: int, exposure: int) -> Rate:
    """Return how many there are for each thing looked at, with the 95 % interval of the score test.

    It is Wilson's where what is counted is rare; one thing looked at may be counted many times.

    Args:
        count: 0 or more.
        exposure: how much was looked at, 1 or more.
    """
    centre, reach = count + Z * Z / 2, Z * sqrt(count + Z * Z / 4)
    low = 0.0 if count == 0 else (centre - reach) / exposure
    return Rate(value=count / exposure, low=low, high=(centre + reach) / exposure)


def apart(rates: Mapping[str, Rate | None]) -> tuple[str, str] | None:
    """Return the two groups whose intervals lie apart the farthest, the lower first; None: all overlap."""
    known = {group: rate for group, rate in sorted(rates.items()) if rate is not None}
    if not known:
        return None
    lower = min(known, key=lambda group: known[group].high)
    higher = max(known, key=lambda group: known[group].low)
    return (lower, higher) if known[lower].high < known[higher].low else None


def _counted(
    told: Iterable[tuple[frozenset[str], Outcome]], groups: Collection[str]
) -> dict[str, Counter[Outcome]]:
    counts: dict[str, Counter[Outcome]] = {group: Counter() for group in groups}
    for of, outcome in told:
        for group in of:
            counts.setdefault(group, Counter())[outcome] += 1
    return counts


def _row(group: str, looked_at: int, counts: Counter[Outcome], least: int) -> Row:
    alerts = counts.total()
    is_small = 0 < alerts < least
    hidden = frozenset(OUTCOMES) if is_small else withheld(counts, least=least)
    return Row(
        group=group,
        looked_at=None if 0 < looked_at < least else looked_at,
        alerts=None if is_small else alerts,
        outcomes={one: None if one in hidden else counts[one] for one in OUTCOMES},
    )


def _whole(
    cases: Sequence[Case], post_count: int, rows: Sequence[Row], languages: Sequence[Row], least: int
) -> Row:
    """Return the row of all alerts: it gives way where it would give away what a row withholds.

    An outcome that some row withholds is withheld here too, so that no column adds up to a count that is
    withheld; the number of all alerts, where some row withholds its own; the posts likewise.
    """
    own = _row("", post_count, Counter(one.outcome for one in cases), least)
    is_open = all(row.alerts is not None for row in rows)
    hidden = {one for one in OUTCOMES for row in rows if not is_open or row.outcomes[one] is None}
    return Row(
        group="",
        looked_at=None if any(row.looked_at is None for row in languages) else own.looked_at,
        alerts=own.alerts if is_open else None,
        outcomes={one: None if one in hidden else own.outcomes[one] for one in OUTCOMES},
    )


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows in an order that says nothing of what they withhold: what is withheld last, by name."""
    return tuple(sorted(rows, key=lambda row: (row.looked_at is None, -(row.looked_at or 0), row.group)))
