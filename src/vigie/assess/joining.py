"""Which alert a new signal belongs to: that whose accounts are mostly the same.

A later run over more posts finds a group again, with some accounts more or fewer: people should go on with
one alert, not meet the same group as a new one every day.
Overlap is Jaccard's: accounts in both, as a part of the accounts in either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

OVERLAP_MIN = 0.5

Signal = TypeVar("Signal")
Alert = TypeVar("Alert")


def overlap(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Return the Jaccard index of two sets of accounts, 0 where both are empty."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def join(
    signals: Mapping[Signal, AbstractSet[str]],
    alerts: Mapping[Alert, AbstractSet[str]],
    *,
    overlap_min: float = OVERLAP_MIN,
) -> dict[Signal, Alert | None]:
    """Return for each signal of one run the alert it joins, None where it opens a new one.

    The best match is made first; of equal ones that which stands first among the alerts, then among the
    signals. An alert takes at most one signal of a run: two groups of one run are two things to look at.

    Args:
        signals: the accounts of each new signal, the strongest first.
        alerts: the accounts of the latest signal of each alert, the oldest alert first.
        overlap_min: least Jaccard index, above 0, at most 1.
    """
    matches = sorted(
        (
            (-match, at_alert, at_signal, signal, alert)
            for at_signal, (signal, accounts) in enumerate(signals.items())
            for at_alert, (alert, held) in enumerate(alerts.items())
            if (match := overlap(accounts, held)) >= overlap_min
        ),
        key=lambda row: row[:3],
    )
    joined: dict[Signal, Alert | None] = dict.fromkeys(signals)
    taken: set[Alert] = set()
    for _, _, _, signal, alert in matches:
        if joined[signal] is None and alert not in taken:
            joined[signal] = alert
            taken.add(alert)
    return joined
