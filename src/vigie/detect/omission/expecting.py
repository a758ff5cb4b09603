"""How many posts of each event an outlet would be expected to have, and how unlikely it is to find so few.

Each post of an outlet, in a language and a slot, speaks of an event as often as the posts of the *other*
outlets do in that language and slot, drawn towards the slot's rate in all languages where there are few. This
makes the outlet's size, its languages and the event's time (a log-linear law of outlet and event within each
language and slot). How much the outlet reports of the other events, against what is expected of it there,
tells how far such events are its subject. Counts scatter more than chance alone, as newsrooms choose: a
negative binomial law, its spread measured on all other cells, of this event and of all, whichever is larger.
Sources: Cameron and Trivedi 2013, https://doi.org/10.1017/CBO9781139013567; Benjamini and Hochberg 1995,
https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.omission.counting import Counted
    from vigie.detect.omission.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One figure per outlet and event.

    Args:
        observed: posts of the outlet about the event.
        expected: how many there would be.
        affinity: how much of the other events it reports, 1 as expected.
        spread: of the negative binomial law.
        none: chance of no post.
        p_value: chance of so few.
        q_value: false-discovery rate among cells at least as unlikely; 1 where nothing is judged.
        is_judged: whether the outlet is large enough that finding nothing would mean something.
        others_by_slot: events x slots: posts of all outlets about it.
    """

    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    affinity: NDArray[np.float64]
    spread: NDArray[np.float64]
    none: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    is_judged: NDArray[np.bool_]
    others_by_slot: NDArray[np.int64]


def expectations(
    counts: Counted, sizes: NDArray[np.int64], rule: Rule, *, outlet: NDArray[np.int64]
) -> Expected:
    """Return what is expected of each outlet for each event, and how unlikely what was found is.

    Args:
        counts: what outlets published.
        sizes: posts by outlet, language and slot.
        rule: the parameters.
        outlet: of each post; another than its own in a shuffled copy.
    """
    about = _about(counts, outlet)
    observed = _sums(about, sizes.shape[0], len(counts.events))
    plain = np.zeros(observed.shape)
    for number in range(len(sizes)):
        plain[number] = _of_outlet(number, counts, sizes, about, rule)
    affinity = _affinity(observed, plain, rule)
    expected = plain * affinity
    spread = _spread(observed, expected, rule)
    none = _at_most(np.zeros_like(observed), expected, spread)
    p_value = _at_most(observed, expected, spread)
    is_judged = none <= rule.none_max
    q_value = np.ones_like(p_value)
    if is_judged.any():
        q_value[is_judged] = stats.false_discovery_control(p_value[is_judged], method="bh")
    return Expected(
        observed=observed,
        expected=expected,
        affinity=affinity,
        spread=spread,
        none=none,
        p_value=p_value,
        q_value=q_value,
        is_judged=is_judged,
        others_by_slot=_by_slot(counts),
    )


@dataclass(frozen=True)
class _About:
    """Posts about events: one row per event, outlet, language and slot."""

    event: NDArray[np.int64]
    outlet: NDArray[np.int64]
    place: NDArray[np.int64]  # language and slot in one number
    count: NDArray[np.int64]


def _about(counts: Counted, outlet: NDArray[np.int64]) -> _About:
    post = counts.about_post
    place = counts.language[post] * counts.slot_count + counts.slot[post]
    keys = np.stack([outlet[post], counts.about_event, place], axis=1)
    unique, count = np.unique(keys, axis=0, return_counts=True)
    return _About(unique[:, 1], unique[:, 0], unique[:, 2], count)


def _sums(about: _About, outlets: int, events: int) -> NDArray[np.int64]:
    whole = np.zeros((outlets, events), np.int64)
    np.add.at(whole, (about.outlet, about.event), about.count)
    return whole


def _by_slot(counts: Counted) -> NDArray[np.int64]:
    whole = np.zeros((len(counts.events), counts.slot_count), np.int64)
    np.add.at(whole, (counts.about_event, counts.slot[counts.about_post]), 1)
    return whole


def _of_outlet(
    number: int, counts: Counted, sizes: NDArray[np.int64], about: _About, rule: Rule
) -> NDArray[np.float64]:
    """Return how many posts of each event are expected of one outlet, from the posts of all others."""
    languages, slots, events = len(counts.languages), counts.slot_count, len(counts.events)
    others = (sizes.sum(axis=0) - sizes[number]).astype(np.float64)  # languages x slots
    theirs = np.zeros((events, languages * slots))
    is_other = about.outlet != number
    np.add.at(theirs, (about.event[is_other], about.place[is_other]), about.count[is_other])
    theirs = theirs.reshape(events, languages, slots) * counts.is_asked[:, :, None]
    asked = np.where(counts.is_asked[:, :, None], others[None], 0.0)
    whole = theirs.sum(axis=1, keepdims=True) / np.maximum(asked.sum(axis=1, keepdims=True), 1)
    rate = (theirs + rule.prior_posts * whole) / (others[None] + rule.prior_posts)
    exposed = sizes[number][None] * counts.is_asked[:, :, None]
    return np.asarray((rate * exposed).sum(axis=(1, 2)))


def _affinity(observed: NDArray[np.int64], plain: NDArray[np.float64], rule: Rule) -> NDArray[np.float64]:
    """Return how much of the *other* events each outlet reports, drawn towards 1."""
    seen = observed.sum(axis=1, keepdims=True) - observed + rule.prior_events
    due = plain.sum(axis=1, keepdims=True) - plain + rule.prior_events
    return np.asarray(np.minimum(seen / due, rule.affinity_max))


def _spread(observed: NDArray[np.int64], expected: NDArray[np.float64], rule: Rule) -> NDArray[np.float64]:
    """Return the spread of counts around what is expected, by moments, on cells other than one's own."""
    beyond = (observed - expected) ** 2 - expected
    square = expected**2
    of_all = (beyond.sum() - beyond) / np.maximum(square.sum() - square, 1e-9)
    of_event = (beyond.sum(axis=0) - beyond) / np.maximum(square.sum(axis=0) - square, 1e-9)
    return np.asarray(np.maximum(np.maximum(of_all, of_event), rule.spread_min))


def _at_most(
    count: NDArray[np.int64], expected: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the chance of at most so many."""
    return np.asarray(stats.nbinom.cdf(count, 1 / spread, 1 / (1 + spread * np.maximum(expected, 0))))
