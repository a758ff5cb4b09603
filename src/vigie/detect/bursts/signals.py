"""Rises and silences as signals. Outages are none: they tell of the collection, not of what is said.

The subject of a series is what it is of: `hashtag:vote`, `domain:example.org`. Of somebody who is mentioned
or answered it is that person, and of a narrative its id, so that other methods' signals join the same alert.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.bursts.gathering import Mentions
from vigie.detect.readings import few_or_many
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.posts import conform
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.bursts import Detection
    from vigie.detect.bursts.alerts import Alert
    from vigie.detect.bursts.gathering import By
    from vigie.terms.findings import Timeline
    from vigie.terms.languages import Message
    from vigie.terms.signals import SubjectKind

METHOD = "bursts/2"
ONE_POST = 0.5  # of the posts: from there they pass one post on
SUBJECTS: dict[By, SubjectKind] = {"target": "person", "narrative": "narrative"}
RISES: dict[By, Message] = {
    "hashtag": say(
        "The hashtag {key} rises: {observed} posts in {hours} hours, where its own past makes {expected} "
        "likely."
    ),
    "link": say(
        "The address {key} rises: {observed} posts in {hours} hours, where its own past makes {expected} "
        "likely."
    ),
    "domain": say(
        "The site {key} rises: {observed} posts in {hours} hours, where its own past makes {expected} likely."
    ),
    "target": say(
        "{key} is spoken to or of much more than usual: {observed} posts in {hours} hours, where the past "
        "makes {expected} likely."
    ),
    "lang": say(
        "More is said in the language {key}: {observed} posts in {hours} hours, where the past makes "
        "{expected} likely."
    ),
    "narrative": say(
        "A narrative rises: {observed} posts in {hours} hours, where its own past makes {expected} likely."
    ),
}
SILENCES: dict[By, Message] = {
    "hashtag": say(
        "The hashtag {key} falls silent: {observed} posts in {hours} hours, where its own past makes "
        "{expected} likely."
    ),
    "link": say(
        "The address {key} falls silent: {observed} posts in {hours} hours, where its own past makes "
        "{expected} likely."
    ),
    "domain": say(
        "The site {key} falls silent: {observed} posts in {hours} hours, where its own past makes "
        "{expected} likely."
    ),
    "target": say(
        "{key} is hardly spoken to or of any more: {observed} posts in {hours} hours, where the past makes "
        "{expected} likely."
    ),
    "lang": say(
        "The language {key} falls silent: {observed} posts in {hours} hours, where the past makes {expected} "
        "likely."
    ),
    "narrative": say(
        "A narrative falls silent: {observed} posts in {hours} hours, where its own past makes {expected} "
        "likely."
    ),
}
SERIES = (
    Column(name="at", title=say("From"), holds="time"),
    Column(name="observed", title=say("Posts"), holds="number"),
    Column(name="expected", title=say("Expected"), holds="number"),
)
SCORES = (
    Column(name="score", title=say("Score")),
    Column(name="value", title=say("Highest"), holds="number"),
    Column(name="threshold", title=say("Threshold"), holds="number"),
)

NAMES: dict[str, Message] = {
    "slow": say("slow rise (cumulative sum)"),
    "fast": say("fast rise (two states)"),
    "silent": say("silence (cumulative sum)"),
}


def signals(found: Detection, posts: pa.Table, *, narratives: pa.Table | None = None) -> tuple[Signal, ...]:
    """Return rises and silences, the strongest first.

    Args:
        found: what `detect` returned, told `by` what series are counted.
        posts: those it was counted from, with the columns that `Mentions` of `found.by` reads.
        narratives: where series are narratives, which post tells which one.

    Raises:
        ValueError: `found` does not say by what series are counted.
    """
    if found.by is None:
        message = "signals need to know by what series are counted: detect(by=…)"
        raise ValueError(message)
    spoken = _spoken(found.by, posts, narratives)
    made = [
        _signal(alert, around, found.by, spoken)
        for alert, around in zip(found.alerts, found.around, strict=True)
        if alert.kind != "outage"
    ]
    return tuple(sorted(made, key=lambda one: (-one.weight, one.kind, one.subject, one.start_ms or 0)))


def _spoken(by: By, posts: pa.Table, narratives: pa.Table | None) -> pa.Table:
    """Return which post speaks of what: `key`, `at_ms`, `post_id`, `author`, `share_of`."""
    mentions = Mentions(by, narratives=narratives)
    known = conform(posts, columns=(*dict.fromkeys((*mentions.columns, "share_of")),)).combine_chunks()
    for batch in known.to_batches():
        mentions.add(batch)
    of = mentions.rows()
    told = known.select(["post_id", "author", "share_of"]).take(of["row"])
    table = pa.table(
        {"key": of["key"], "at_ms": of["at_ms"], **dict(zip(told.column_names, told.columns, strict=True))}
    )
    return table.sort_by([("at_ms", "ascending"), ("post_id", "ascending"), ("author", "ascending")])


def _signal(alert: Alert, around: Timeline, by: By, spoken: pa.Table) -> Signal:
    inside = pc.and_(
        pc.equal(spoken["key"], alert.key),
        pc.and_(pc.greater_equal(spoken["at_ms"], alert.start_ms), pc.less(spoken["at_ms"], alert.end_ms)),
    )
    told = spoken.filter(inside)
    by_account = Counter(told["author"].to_pylist())
    accounts = sorted(by_account, key=lambda one: (-by_account[one], one))
    read = [post for post in dict.fromkeys(_most_telling(told, alert)) if post]
    return Signal(
        method=METHOD,
        kind=alert.kind,
        subject_kind=SUBJECTS.get(by, "series"),
        subject=alert.key if by in SUBJECTS else f"{by}:{alert.key}",
        sentence=(RISES if alert.kind == "rise" else SILENCES)[by],
        facts={
            "key": alert.key,
            "observed": alert.observed,
            "expected": round(alert.expected, 1),
            "hours": round((alert.end_ms - alert.start_ms) / HOUR_MS, 2),
        },
        start_ms=alert.start_ms,
        end_ms=alert.end_ms,
        weight=max(alert.slow_score / max(alert.slow_threshold, 1e-9), _fast(alert)),
        indicators=tuple(_indicators(alert, by_account, told)),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=len(accounts),
        posts=tuple(read[:POSTS_MAX]),
        post_count=told.num_rows,
        timeline=around,
        exhibits=_exhibits(alert, around),
    )


def _fast(alert: Alert) -> float:
    """Return how far the fast score passed its threshold; silence has none."""
    return alert.fast_score / max(alert.fast_threshold, 1e-9) if alert.kind == "rise" else 0.0


def _most_telling(told: pa.Table, alert: Alert) -> Iterator[str | None]:
    """Yield ids of posts: those that others passed on most, then from the peak on, in the order of time."""
    passed = Counter(one for one in told["share_of"].to_pylist() if one)
    yield from (one for one, _count in sorted(passed.items(), key=lambda one: (-one[1], one[0]))[:5])
    at_peak = pc.greater_equal(told["at_ms"], alert.peak_ms)
    yield from told.filter(at_peak)["post_id"].to_pylist()
    yield from told.filter(pc.invert(at_peak))["post_id"].to_pylist()


def _indicators(alert: Alert, by_account: Counter[str], told: pa.Table) -> Iterator[Indicator]:
    if alert.kind != "rise":
        sentence = say("It may have been taken down, or people may simply have moved on: look at the posts.")
        yield Indicator(code="silence_open", leaning="open", sentence=sentence, facts={})
        return
    reading = few_or_many(by_account)
    if reading:
        yield reading
    if alert.measures == ("count",):
        sentence = say("Its share of all posts did not rise: everything was livelier then.")
        yield Indicator(code="everything_rose", leaning="organic", sentence=sentence, facts={})
    passed = Counter(one for one in told["share_of"].to_pylist() if one)
    if passed and max(passed.values()) >= ONE_POST * told.num_rows:
        part = max(passed.values()) / told.num_rows
        sentence = say("{part_share} of the posts pass one post on: it may only have been popular.")
        yield Indicator(code="one_post", leaning="organic", sentence=sentence, facts={"part_share": part})


def _exhibits(alert: Alert, around: Timeline) -> tuple[Exhibit, ...]:
    rows = [
        (around.start_ms + place * around.bin_ms, observed, round(expected, 2))
        for place, (observed, expected) in enumerate(zip(around.observed, around.expected, strict=True))
    ]
    rows.sort(key=lambda row: (-abs(row[1] - row[2]), row[0]))
    slow: Literal["slow", "silent"] = "silent" if alert.kind == "silence" else "slow"
    scores: list[tuple[str, float, float]] = [
        (NAMES[slow], round(alert.slow_score, 2), round(alert.slow_threshold, 2))
    ]
    if alert.kind == "rise":
        scores.append((NAMES["fast"], round(alert.fast_score, 2), round(alert.fast_threshold, 2)))
    return (
        Exhibit(
            title=say("Slots that differ most from what was expected"),
            columns=SERIES,
            rows=tuple(rows[:ROWS_MAX]),
            row_count=len(rows),
        ),
        Exhibit(title=say("Scores"), columns=SCORES, rows=tuple(scores), row_count=len(scores)),
    )
