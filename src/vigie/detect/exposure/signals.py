"""What was found of exposure, as signals: one for each unclassified channel or site with an indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    import pyarrow as pa

    from vigie.detect.exposure import Detection
    from vigie.terms.languages import Message

    Row = dict[str, Any]

METHOD, KIND = "exposure/1", "to_classify"
SENTENCE = say(
    "{subject} is unclassified, and {indicators} indicators ask for an analyst’s decision on what it is. "
    "The method decides nothing."
)
READINGS: Mapping[str, Message] = {
    "listed": say("A watch-list names it ({whom}). Says who: {detail}."),
    "number_of_state": say(
        "Its captured pages hold a number ({detail}) that stands on a site of a registered outlet too: "
        "{whom}."
    ),
    "number_of_listed": say(
        "Its captured pages hold a number ({detail}) that stands on a site of a watch-list too: {whom}."
    ),
    "copied": say(
        "{count} of its {of} texts were seen first at a registered outlet of a state ({whom}), where "
        "{usual_share} is usual among others."
    ),
    "links": say(
        "{count} of its {of} links lead to registered outlets of a state ({whom}), where {usual_share} is "
        "usual among others."
    ),
    "amplifiers": say(
        "{count} of the {of} accounts that pass it on pass on registered outlets of a state too ({whom}), "
        "where {usual_share} is usual."
    ),
    "links_listed": say("It passed on addresses that a watch-list names, {count} times ({whom})."),
    "media_listed": say("It showed files that a watch-list names, {count} times ({whom})."),
    "number_shared": say(
        "Its captured pages hold a number ({detail}) that stands on other sites too: {whom}."
    ),
}
NAMES: Mapping[str, Message] = {
    "listed": say("named by a watch-list"),
    "number_of_state": say("number shared with a registered outlet"),
    "number_of_listed": say("number shared with a listed site"),
    "copied": say("texts seen first at a registered outlet"),
    "links": say("links to registered outlets"),
    "amplifiers": say("passed on by the same accounts"),
    "links_listed": say("addresses that a watch-list names"),
    "media_listed": say("files that a watch-list names"),
    "number_shared": say("number shared with other sites"),
}
QUOTES = frozenset({"copied", "links", "links_listed"})
NUMBERED = frozenset({"number_of_state", "number_of_listed", "number_shared"})
COLUMNS = (
    Column(name="indicator", title=say("Indicator")),
    Column(name="count", title=say("Count"), holds="number"),
    Column(name="of", title=say("Of"), holds="number"),
    Column(name="usual", title=say("Usual part"), holds="share"),
    Column(name="whom", title=say("Points to")),
    Column(name="detail", title=say("Detail")),
    Column(name="first", title=say("First seen"), holds="time"),
    Column(name="last", title=say("Last seen"), holds="time"),
)
OUTLETS = (
    Column(name="outlet", title=say("Outlet")),
    Column(name="tier", title=say("Tier")),
    Column(name="state", title=say("State")),
    Column(name="why", title=say("Reason")),
    Column(name="source", title=say("Source")),
)
TIER_NAMES: Mapping[str, Message] = {
    "official": say("official"),
    "state-controlled": say("state-controlled"),
    "state-linked": say("state-linked"),
    "state-aligned": say("state-aligned"),
    "unclassified": say("unclassified"),
}


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:  # noqa: ARG001 (the shape of all methods)
    """Return what was found, the weightiest first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts.
    """
    evidence: dict[tuple[str, str], list[Row]] = {}
    for row in found.evidence.to_pylist():
        evidence.setdefault((row["subject_kind"], row["subject"]), []).append(row)
    said = {row["name"] or row["identifier"]: row for row in found.register.to_pylist()}
    return tuple(
        _signal(row, evidence[row["subject_kind"], row["subject"]], said)
        for row in found.channels.to_pylist()
        if row["to_classify"]
    )


def _signal(channel: Row, evidence: list[Row], said: Mapping[str, Row]) -> Signal:
    kind: Literal["site", "channel"] = "site" if channel["subject_kind"] == "site" else "channel"
    ids = list(dict.fromkeys(post for row in evidence for post in row["posts"]))
    moments = [row[name] for row in evidence for name in ("first_ms", "last_ms") if row[name] is not None]
    q_values = [row["q_value"] for row in evidence if row["q_value"] is not None]
    return Signal(
        method=METHOD,
        kind=KIND,
        subject_kind=kind,
        subject=channel["subject"],
        sentence=SENTENCE,
        facts={"subject": channel["subject"], "indicators": len(evidence)},
        start_ms=min(moments, default=None),
        end_ms=max(moments, default=None),
        weight=channel["weight"],
        q_value=min(q_values, default=None),
        indicators=tuple(_indicators(evidence)),
        accounts=(channel["subject"],) if kind == "channel" else (),
        account_count=1 if kind == "channel" else 0,
        posts=tuple(ids[:POSTS_MAX]),
        post_count=len(ids),
        exhibits=(
            Exhibit(
                title=say("Indicators and what each rests on"),
                columns=COLUMNS,
                rows=tuple(_told(row) for row in evidence[:ROWS_MAX]),
                row_count=len(evidence),
            ),
            *_register(channel, evidence, said),
        ),
    )


def _register(channel: Row, evidence: list[Row], said: Mapping[str, Row]) -> Iterator[Exhibit]:
    """Yield what the register says of the outlets that a signal names, and of its own."""
    named = dict.fromkeys([channel["name"], *(one for row in evidence for one in row["with_whom"])])
    rows = tuple(
        (
            name,
            TIER_NAMES.get(said[name]["tier"], said[name]["tier"]),
            said[name]["state"],
            said[name]["criterion"],
            said[name]["source_url"],
        )
        for name in named
        if name in said
    )
    if rows:
        yield Exhibit(
            title=say("What the register says of these outlets"),
            columns=OUTLETS,
            rows=rows[:ROWS_MAX],
            row_count=len(rows),
        )


def _told(row: Row) -> tuple[Any, ...]:
    return (
        NAMES[row["code"]],
        row["count"],
        row["of"],
        row["usual"],
        ", ".join(row["with_whom"]),
        row["detail"],
        row["first_ms"],
        row["last_ms"],
    )


def _indicators(evidence: list[Row]) -> Iterator[Indicator]:
    for row in evidence:
        yield Indicator(
            code=row["code"],
            leaning="coordinated",
            sentence=READINGS[row["code"]],
            facts={
                "count": row["count"],
                "of": row["of"] or 0,
                "usual_share": row["usual"] or 0.0,
                "whom": ", ".join(row["with_whom"]) or "–",
                "detail": row["detail"] or "–",
            },
        )
    codes = {row["code"] for row in evidence}
    if codes & QUOTES:
        yield Indicator(
            code="quotes",
            leaning="organic",
            sentence=say(
                "Who agrees with an outlet, reports on it or answers it quotes and links it too. Read the "
                "posts."
            ),
            facts={},
        )
    if codes & NUMBERED:
        yield Indicator(
            code="one_maker",
            leaning="open",
            sentence=say(
                "A number may come with a theme, an agency or a host that several sites use, or be put there "
                "to mislead."
            ),
            facts={},
        )
    if codes & {"listed", "links_listed", "media_listed"}:
        yield Indicator(
            code="lists_age",
            leaning="open",
            sentence=say(
                "Lists grow old: domains are sold, accounts change hands. What a list names is its "
                "publisher’s word."
            ),
            facts={},
        )
