"""Exposure: what about a channel or a site may point to a state that does not show itself.

An analyst's register says who is official, state-controlled, state-linked or state-aligned, with a
source; all others are unclassified. The method never decides a tier. It gathers indicators with their
evidence, and says of which unclassified channels and sites an analyst should decide:

1. read posts as what channels do (`reading`)
2. look up the register and the watch-lists (`register`)
3. texts first seen at an outlet of a state, links to one, accounts that pass on both, what watch-lists name,
   numbers of analytics accounts that sites share (`indicators`)

To agree with a state, to quote it or to link it is nobody's fault. Failures: `card()`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vigie.detect.exposure.indicators import Evidence, Outlets, common_numbers, indicators
from vigie.detect.exposure.reading import COLUMNS, Acts, acts_of
from vigie.detect.exposure.register import (
    INDICATORS,
    REGISTER,
    TIERS,
    TRACES,
    UNCLASSIFIED,
    Entry,
    Listed,
    Register,
    check,
)
from vigie.detect.exposure.rule import Rule
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from vigie.detect.exposure.reading import Subject

__all__ = [
    "CHANNELS", "CODES", "COLUMNS", "EVIDENCE", "INDICATORS", "METHOD", "NUMBERS", "REGISTER", "TIERS",
    "TRACES", "UNCLASSIFIED", "Detection", "Rule", "card", "detect",
]  # fmt: skip

METHOD = "exposure/1"  # new meaning, new number: old findings keep naming the method that made them
STEPS = 3
TESTED_MAX = 6.0
LEAST_Q = 1e-300
# What each fact weighs; the tested indicators weigh -log10 of their q-value, 6 at most.
CODES: dict[str, float | None] = {
    "listed": 6.0,
    "number_of_state": 4.0,
    "number_of_listed": 4.0,
    "copied": None,
    "links": None,
    "amplifiers": None,
    "links_listed": 2.0,
    "media_listed": 2.0,
    "number_shared": 1.0,
}
SUPPORTING = frozenset({"amplifiers"})  # alone no reason to ask: who shares a taste passes on the same
CHANNELS = pa.schema(
    [
        ("subject_kind", pa.string()),  # channel, site
        ("subject", pa.string()),
        ("tier", pa.string()),  # of the register; unclassified where it says nothing
        ("state", pa.string()),
        ("name", pa.string()),
        ("posts", pa.int64()),
        ("indicators", pa.int64()),
        ("to_classify", pa.bool_()),  # an analyst should decide
        ("weight", pa.float64()),
    ]
)
EVIDENCE = pa.schema(
    [
        ("subject_kind", pa.string()),
        ("subject", pa.string()),
        ("code", pa.string()),
        ("count", pa.int64()),
        ("of", pa.int64()),
        ("usual", pa.float64()),
        ("q_value", pa.float64()),
        ("with_whom", pa.list_(pa.string())),
        ("detail", pa.string()),
        ("lag_ms", pa.int64()),
        ("first_ms", pa.int64()),
        ("last_ms", pa.int64()),
        ("posts", pa.list_(pa.string())),
    ]
)
NUMBERS = pa.schema(
    [
        ("kind", pa.string()),
        ("value", pa.string()),
        ("sites", pa.list_(pa.string())),
        ("is_common", pa.bool_()),  # on more sites than one owner is likely to have: no indicator
    ]
)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found.

    Args:
        channels: those that the register knows or about which there is an indicator, the weightiest first:
            see `CHANNELS`.
        evidence: the indicators: see `EVIDENCE`.
        numbers: what several captured sites hold: see `NUMBERS`.
        channel_count: all channels and sites seen in posts.
        registered_count: of them, those that the register knows.
        site_count: sites of which captures were given.
        register: what analysts said, as it was given.
    """

    channels: pa.Table
    evidence: pa.Table
    numbers: pa.Table
    channel_count: int
    registered_count: int
    site_count: int
    register: pa.Table


def card() -> MethodCard:
    """Return the method card: purpose, sources, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    register: pa.Table,
    listed: pa.Table | None = None,
    traces: pa.Table | None = None,
    members: pa.Table | None = None,
    rule: Rule | None = None,
    progress: Progress = silent,
) -> Detection:
    """Gather indicators of a state that does not show itself.

    Names in `register` and `listed` are compared with those of `posts` as they are: where a store keeps keyed
    names, the caller hands over keyed values (`vigie.store.watched`).

    Args:
        posts: canonical posts; see `COLUMNS`: `author`, `created_ms` and `body` must be there.
        register: what analysts say of outlets: see `REGISTER`.
        listed: what watch-lists name: see `INDICATORS`.
        traces: numbers found in captured pages: see `TRACES`.
        members: which posts are nearly the same, as `vigie.detect.families` tells (`family`, `post_id`).
        rule: the parameters, else the defaults.
        progress: told the steps done.

    Raises:
        UnfitTableError: a table lacks a column.
    """
    rule = rule or Rule()
    known = Register(register)
    named = Listed(INDICATORS.empty_table() if listed is None else listed)
    found_traces = TRACES.empty_table() if traces is None else traces
    check(found_traces, TRACES)
    acts = acts_of(posts, members)
    progress(1, STEPS)
    outlets = Outlets(acts, known)
    by_subject: dict[Subject, list[Evidence]] = defaultdict(list)
    for one in indicators(acts, outlets, named, found_traces, rule):
        by_subject[one.subject].append(one)
    progress(2, STEPS)
    entries = dict(outlets.entries)
    for subject in by_subject:
        entry = known.of_host(subject[1]) if subject[0] == "site" else None
        if entry:
            entries.setdefault(subject, entry)
    rows = [_channel(subject, acts, entries.get(subject), by_subject.get(subject, []))
            for subject in {*entries, *by_subject}]  # fmt: skip
    rows.sort(key=lambda row: (-row["weight"], row["subject_kind"], row["subject"]))
    order = {(row["subject_kind"], row["subject"]): place for place, row in enumerate(rows)}
    every = sorted(
        (one for own in by_subject.values() for one in own),
        key=lambda one: (order[one.subject], list(CODES).index(one.code), one.detail or ""),
    )
    progress(STEPS, STEPS)
    return Detection(
        channels=pa.Table.from_pylist(rows, schema=CHANNELS),
        evidence=pa.Table.from_pylist([_row(one) for one in every], schema=EVIDENCE),
        numbers=_numbers(found_traces, rule),
        channel_count=len(acts.names),
        registered_count=len(outlets.entries),
        site_count=len(set(found_traces["site"].to_pylist())),
        register=register,
    )


def _channel(subject: Subject, acts: Acts, entry: Entry | None, own: list[Evidence]) -> dict[str, Any]:
    tier = entry.tier if entry else UNCLASSIFIED
    return {
        "subject_kind": subject[0],
        "subject": subject[1],
        "tier": tier,
        "state": entry.state if entry else None,
        "name": entry.name if entry else None,
        "posts": acts.posts.get(subject, 0),
        "indicators": len(own),
        "to_classify": tier == UNCLASSIFIED and any(one.code not in SUPPORTING for one in own),
        "weight": sum(_weight(one) for one in own),
    }


def _weight(one: Evidence) -> float:
    fixed = CODES[one.code]
    if fixed is not None:
        return fixed
    return min(TESTED_MAX, float(-np.log10(max(one.q_value or 0.0, LEAST_Q))))


def _row(one: Evidence) -> dict[str, Any]:
    told = asdict(one)
    kind, subject = told.pop("subject")
    return {**told, "subject_kind": kind, "subject": subject}


def _numbers(traces: pa.Table, rule: Rule) -> pa.Table:
    rows = [
        {"kind": kind, "value": value, "sites": sites, "is_common": len(sites) > rule.sites_max}
        for kind, value, sites in common_numbers(traces)
    ]
    return pa.Table.from_pylist(rows, schema=NUMBERS)
