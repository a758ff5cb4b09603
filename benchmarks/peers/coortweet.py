"""CooRTweet's rule, after its documentation: keep pairs whose weight exceeds a percentile of all weights.

Accounts with fewer than `min_participation` acts are left out first. Each two acts of different accounts on
one object within the window are an event; accounts with fewer than `min_participation` acts in events do
not by themselves keep an event. The weight of a pair is its events (not its objects), the percentile R's
usual one (type 7, numpy's `linear`). https://github.com/nicolarighetti/CooRTweet
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from coded import Coded

MIN_PARTICIPATION = 2  # its default


def flagged(acts: Coded, *, window_ms: int, percentiles: tuple[float, ...]) -> dict[float, set[str]]:
    """Return for each percentile the accounts of the pairs whose weight exceeds it."""
    often = np.bincount(acts.account)[acts.account] >= MIN_PARTICIPATION
    account, thing, at_ms = acts.account[often], acts.object[often], acts.at_ms[often]
    first, second = _events(account, thing, at_ms, window_ms)
    first, second = _of_participants(account, first, second)
    low = np.minimum(account[first], account[second])
    high = np.maximum(account[first], account[second])
    pair, weight = np.unique(low * len(acts.names) + high, return_counts=True)
    return {
        percentile: acts.of(
            np.concatenate(np.divmod(pair[weight > np.quantile(weight, percentile)], len(acts.names)))
        )
        for percentile in percentiles
    }


def _events(
    account: np.ndarray, thing: np.ndarray, at_ms: np.ndarray, window_ms: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of each two acts of different accounts on one object within the window."""
    span = int(at_ms.max() - at_ms.min()) + window_ms + 1
    moment = thing * span + (at_ms - at_ms.min())  # ascending; other objects are out of reach
    end = np.searchsorted(moment, moment + window_ms, side="right")
    later = end - np.arange(len(moment)) - 1
    first = np.repeat(np.arange(len(moment)), later)
    started = np.repeat(np.cumsum(later) - later, later)
    second = first + 1 + np.arange(len(first)) - started
    other = account[first] != account[second]
    return first[other], second[other]


def _of_participants(
    account: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the events with an act of an account that has enough acts in events."""
    acts = np.unique(np.concatenate((first, second)))
    enough = np.zeros(len(account), bool)
    enough[acts] = (np.bincount(account[acts], minlength=account.max() + 1) >= MIN_PARTICIPATION)[
        account[acts]
    ]
    keep = enough[first] | enough[second]
    return first[keep], second[keep]
