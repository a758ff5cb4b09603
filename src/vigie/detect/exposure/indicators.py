"""What about a channel or a site is worth an analyst's look, each with its evidence.

Three indicators are parts that are compared with everybody else's part: texts that first appeared at an
outlet of a state, links to such outlets, accounts that pass on both. Channels differ by taste more than a
binomial law allows, so chance is a binomial of twice the usual part; over all channels the stated part of
those kept is expected to be false (Benjamini and Hochberg 1995,
https://doi.org/10.1111/j.2517-6161.1995.tb02031.x). The others are facts: a watch-list names it or what it
passes on; two sites hold one account's number.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vigie.detect.exposure.register import OF_A_STATE
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from vigie.detect.exposure.reading import Acts, Subject, Text
    from vigie.detect.exposure.register import Entry, Listed, Register
    from vigie.detect.exposure.rule import Rule

POSTS_KEPT = 20
NAMED_MAX = 10
USUAL_LEAST = 0.001
TIMES_MIN = 2.0  # channels and accounts that share a taste are alike: only beyond twice the usual counts


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One indicator about one subject.

    Args:
        subject: what it is about.
        code: which indicator.
        count: texts, links, accounts or numbers that it rests on.
        of: all such of the subject; None where no part is meant.
        usual: part of everybody else's; chance is reckoned from twice as much.
        q_value: see above; None for a fact.
        with_whom: outlets, domains, sites or operations it points to, the most frequent first.
        detail: what else must be known: the list that names it, its marking, the number shared.
        lag_ms: median time after the outlet.
        first_ms: of the earliest post.
        last_ms: of the latest.
        posts: ids of some.
    """

    subject: Subject
    code: str
    count: int
    of: int | None = None
    usual: float | None = None
    q_value: float | None = None
    with_whom: tuple[str, ...] = ()
    detail: str | None = None
    lag_ms: int | None = None
    first_ms: int | None = None
    last_ms: int | None = None
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Hit:
    whom: str
    post: str | None
    at_ms: int
    lag_ms: int = 0


class Outlets:
    """Which channels and sites the register knows.

    Args:
        acts: what channels do.
        register: what is said of outlets.
    """

    def __init__(self, acts: Acts, register: Register) -> None:
        self._register = register
        self.entries: dict[Subject, Entry] = {}
        for subject, names in acts.names.items():
            entry = register.of_host(subject[1]) if subject[0] == "site" else register.of_account(names)
            if entry:
                self.entries[subject] = entry

    def of_a_state(self, subject: Subject) -> str | None:
        """Return the outlet's name where the subject is one of a state."""
        return _of_a_state(self.entries.get(subject))

    def state_host(self, host: str) -> str | None:
        """Return the outlet's name where a host is one of a state."""
        return _of_a_state(self._register.of_host(host))


def _of_a_state(entry: Entry | None) -> str | None:
    return entry.name if entry and entry.tier in OF_A_STATE else None


def indicators(
    acts: Acts, outlets: Outlets, listed: Listed, traces: pa.Table, rule: Rule
) -> Iterator[Evidence]:
    """Yield all indicators, in no order."""
    yield from copied(acts, outlets, rule)
    yield from linked(acts, outlets, rule)
    yield from amplified(acts, outlets, rule)
    yield from named(acts, outlets, listed, rule)
    yield from shared(traces, outlets, listed, rule)


def copied(acts: Acts, outlets: Outlets, rule: Rule) -> Iterator[Evidence]:
    """Yield channels much of whose texts first appeared at an outlet of a state."""
    by_text: dict[str, list[Text]] = defaultdict(list)
    for text in acts.texts:  # the earliest first
        by_text[text.said].append(text)
    hits: dict[Subject, list[_Hit]] = defaultdict(list)
    wholes: dict[Subject, int] = defaultdict(int)
    for group in by_text.values():
        first = group[0]
        whom = outlets.of_a_state(first.subject)
        own: dict[Subject, Text] = {}
        for text in group:
            own.setdefault(text.subject, text)
        for subject, text in own.items():
            if outlets.of_a_state(subject):
                continue
            wholes[subject] += 1
            lag_ms = text.at_ms - first.at_ms
            if whom and 0 < lag_ms <= rule.lag_days_max * DAY_MS:
                hits[subject].append(_Hit(whom, text.post, text.at_ms, lag_ms))
    yield from _tested("copied", hits, wholes, rule)


def linked(acts: Acts, outlets: Outlets, rule: Rule) -> Iterator[Evidence]:
    """Yield channels much of whose links lead to outlets of a state."""
    hits: dict[Subject, list[_Hit]] = defaultdict(list)
    wholes: dict[Subject, int] = defaultdict(int)
    for link in acts.links:
        if outlets.of_a_state(link.subject):
            continue
        wholes[link.subject] += 1
        whom = outlets.state_host(link.host)
        if whom:
            hits[link.subject].append(_Hit(whom, link.post, link.at_ms))
    yield from _tested("links", hits, wholes, rule)


def amplified(acts: Acts, outlets: Outlets, rule: Rule) -> Iterator[Evidence]:
    """Yield channels many of whose amplifiers pass on outlets of a state as well."""
    of_state: dict[str, str] = {}
    amplifiers: dict[Subject, dict[str, str | None]] = defaultdict(dict)
    for share in acts.shares:
        whom = outlets.of_a_state(share.subject)
        if whom:
            of_state.setdefault(share.account, whom)
        else:
            amplifiers[share.subject].setdefault(share.account, share.post)
    reach: dict[str, int] = defaultdict(int)  # channels that each account passes on
    for accounts in amplifiers.values():
        for account in accounts:
            reach[account] += 1
    if not reach:
        return
    # an account that passes on many channels passes on an outlet of a state too, whatever else it does
    part = len(of_state.keys() & reach.keys()) / sum(reach.values())
    tests = []
    for subject, accounts in sorted(amplifiers.items()):
        both = sorted(account for account in accounts if account in of_state)
        usual = float(np.mean([1 - (1 - part) ** reach[account] for account in accounts]))
        hits = [_Hit(of_state[one], accounts[one], 0) for one in both]
        tests.append((subject, hits, len(accounts), usual))
    yield from _judged("amplifiers", tests, rule)


def named(acts: Acts, outlets: Outlets, listed: Listed, rule: Rule) -> Iterator[Evidence]:
    """Yield what a watch-list names: the channel itself, addresses and files that it passes on."""
    for subject, names in acts.names.items():
        entry = listed.of_link(None, subject[1]) if subject[0] == "site" else listed.of_account(names)
        if entry:
            yield Evidence(
                subject=subject, code="listed", count=1, with_whom=_operation(entry), detail=_who_says(entry)
            )
    links = ((one.subject, one.post, one.at_ms, listed.of_link(one.url, one.host)) for one in acts.links)
    yield from _passed_on("links_listed", links, outlets, rule)
    media = ((subject, post, at, listed.of_hash(value)) for subject, post, at, value in acts.media)
    yield from _passed_on("media_listed", media, outlets, rule)


def _passed_on(
    code: str,
    seen: Iterable[tuple[Subject, str | None, int, Mapping[str, str | None] | None]],
    outlets: Outlets,
    rule: Rule,
) -> Iterator[Evidence]:
    hits: dict[Subject, list[_Hit]] = defaultdict(list)
    said: dict[Subject, str | None] = {}
    for subject, post, at_ms, entry in seen:
        if entry and not outlets.of_a_state(subject):
            hits[subject].append(_Hit(next(iter(_operation(entry)), "–"), post, at_ms))
            said.setdefault(subject, _who_says(entry))
    for subject, own in sorted(hits.items()):
        if len({hit.post or n for n, hit in enumerate(own)}) >= rule.count_min:
            yield _told(subject, code, own, detail=said[subject])


def _operation(entry: Mapping[str, str | None]) -> tuple[str, ...]:
    return (entry["operation"],) if entry["operation"] else ()


def _who_says(entry: Mapping[str, str | None]) -> str | None:
    return " · ".join(one for one in (entry["source"], entry["marking"]) if one) or None


def shared(traces: pa.Table, outlets: Outlets, listed: Listed, rule: Rule) -> Iterator[Evidence]:
    """Yield sites that hold a number which other sites hold too."""
    for kind, value, sites in common_numbers(traces):
        if len(sites) > rule.sites_max:
            continue  # of a theme, an agency or a host
        for site in sites:
            others = [one for one in sites if one != site]
            states = [name for one in others if (name := outlets.state_host(one))]
            named_ = [one for one in others if listed.of_link(None, one)]
            code, whom = (
                ("number_of_state", states)
                if states
                else ("number_of_listed", named_)
                if named_
                else ("number_shared", others)
            )
            yield Evidence(
                subject=("site", site),
                code=code,
                count=len(others),
                with_whom=tuple(whom[:NAMED_MAX]),
                detail=f"{kind} {value}",
            )


def common_numbers(traces: pa.Table) -> list[tuple[str, str, list[str]]]:
    """Return the numbers that two sites or more hold, and which, sorted."""
    by_number: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in traces.select(["site", "kind", "value"]).to_pylist():
        if row["site"] and row["value"]:
            by_number[row["kind"] or "", row["value"]].add(row["site"])
    return sorted(
        (kind, value, sorted(sites)) for (kind, value), sites in by_number.items() if len(sites) > 1
    )


def _tested(
    code: str, hits: Mapping[Subject, list[_Hit]], wholes: Mapping[Subject, int], rule: Rule
) -> Iterator[Evidence]:
    """Yield the subjects whose part is above everybody else's."""
    total, total_hits = sum(wholes.values()), sum(len(one) for one in hits.values())
    tests = [
        (subject, own, whole, (total_hits - len(own) + 0.5) / (total - whole + 1))
        for subject, whole in sorted(wholes.items())
        for own in [hits.get(subject, [])]
    ]
    yield from _judged(code, tests, rule)


def _judged(
    code: str, tests: Sequence[tuple[Subject, list[_Hit], int, float]], rule: Rule
) -> Iterator[Evidence]:
    tests = [one for one in tests if one[2] >= rule.count_min]
    if not tests:
        return
    usual = [max(USUAL_LEAST, part) for _subject, _own, _whole, part in tests]
    nulls = [min(1.0, TIMES_MIN * part) for part in usual]
    chances = [
        float(stats.binom.sf(len(own) - 1, whole, null))
        for (_subject, own, whole, _part), null in zip(tests, nulls, strict=True)
    ]
    q_values = stats.false_discovery_control(np.array(chances), method="bh")
    for (subject, own, whole, _part), part, q in zip(tests, usual, q_values.tolist(), strict=True):
        if q <= rule.fdr and len(own) >= rule.count_min:  # so few by chance: more than twice the usual part
            yield _told(subject, code, own, of=whole, usual=part, q_value=q)


def _told(
    subject: Subject,
    code: str,
    own: list[_Hit],
    *,
    of: int | None = None,
    usual: float | None = None,
    q_value: float | None = None,
    detail: str | None = None,
) -> Evidence:
    moments = [hit.at_ms for hit in own if hit.at_ms]
    lags = [hit.lag_ms for hit in own if hit.lag_ms]
    posts = dict.fromkeys(hit.post for hit in own if hit.post)
    return Evidence(
        subject=subject,
        code=code,
        count=len(own),
        of=of,
        usual=usual,
        q_value=q_value,
        with_whom=_most(hit.whom for hit in own),
        detail=detail,
        lag_ms=int(np.median(lags)) if lags else None,
        first_ms=min(moments, default=None),
        last_ms=max(moments, default=None),
        posts=tuple(list(posts)[:POSTS_KEPT]),
    )


def _most(names: Iterable[str]) -> tuple[str, ...]:
    counted: dict[str, int] = defaultdict(int)
    for name in names:
        counted[name] += 1
    return tuple(sorted(counted, key=lambda name: (-counted[name], name))[:NAMED_MAX])
