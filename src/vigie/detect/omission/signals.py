"""Events not found at some outlets as signals: the cells, the others' posts, what may explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from vigie.detect.omission.tables import (
    FEWER,
    NOT_ASKED,
    NOT_COLLECTED,
    NOT_FOUND,
    OPEN,
    REPORTED,
    TOO_SMALL,
)
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from vigie.detect.omission import Detection

METHOD = "omission/1"
TOLD = (NOT_FOUND, FEWER)
SENTENCE = say(
    "Event “{event}”: not found in our collection, or hardly, at {outlets} of the {judged} outlets at which "
    "posts were to be expected; {reporting} other outlets have {posts} posts about it."
)
FEW_OTHERS = 10
STATE_NAMES = {
    REPORTED: say("reported"),
    FEWER: say("fewer than expected"),
    NOT_FOUND: say("not found in our collection"),
    OPEN: say("no sign of too little"),
    TOO_SMALL: say("publishes too little to tell"),
    NOT_COLLECTED: say("not collected meanwhile"),
    NOT_ASKED: say("not asked for in its languages"),
}
TOLD_BY_NAMES = {"operator": say("the operator’s word"), "data": say("a time without any post")}


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return one signal per event of which less was found than expected, the strongest first.

    Args:
        found: what `detect` found.
        posts: the same posts; those of other outlets are cited.
    """
    by_event: dict[str, list[dict[str, Any]]] = {}
    for cell in found.cells.to_pylist():
        by_event.setdefault(cell["event"], []).append(cell)
    held = pc.is_in(found.cells["first_post"], posts["post_id"].combine_chunks())
    known = set(found.cells.filter(held)["first_post"].to_pylist())
    made = [
        _signal(event, by_event, known, found)
        for event in found.events.to_pylist()
        if event["not_found"] or event["fewer"]
    ]
    return tuple(sorted(made, key=lambda signal: (-signal.weight, signal.subject)))


def _signal(
    event: dict[str, Any], by_event: dict[str, list[dict[str, Any]]], known: set[str], found: Detection
) -> Signal:
    cells = by_event[event["event"]]
    few = [cell for cell in cells if cell["state"] in TOLD]
    others = sorted(
        (cell for cell in cells if cell["state"] == REPORTED),
        key=lambda cell: (cell["first_ms"], cell["outlet"]),
    )
    cited = [cell["first_post"] for cell in others if cell["first_post"] in known]
    return Signal(
        method=METHOD,
        kind="not_found",
        subject_kind="event",
        subject=event["event"],
        sentence=SENTENCE,
        facts={
            "event": event["event"],
            "outlets": len(few),
            "judged": event["judged"],
            "reporting": len(others),
            "posts": event["posts"],
        },
        start_ms=event["first_ms"],
        end_ms=event["last_ms"],
        weight=float(sum(cell["expected"] - cell["observed"] for cell in few)),
        q_value=max(cell["q_value"] for cell in few),
        indicators=_indicators(event, cells, few),
        accounts=tuple(cell["outlet"] for cell in few)[:ACCOUNTS_MAX],
        account_count=len(few),
        posts=tuple(dict.fromkeys(cited))[:POSTS_MAX],
        post_count=event["posts"],
        exhibits=(
            _cells(say("Every outlet and this event"), cells),
            _cells(
                say("The same outlets and the other events"),
                _elsewhere({cell["outlet"] for cell in few}, event["event"], by_event),
            ),
            _gaps({cell["outlet"] for cell in cells}, event, found.gaps.to_pylist()),
        ),
    )


def _indicators(
    event: dict[str, Any], cells: list[dict[str, Any]], few: list[dict[str, Any]]
) -> tuple[Indicator, ...]:
    found = []

    def note(code: str, sentence: str, **facts: int) -> None:
        found.append(Indicator(code=code, leaning="organic", sentence=sentence, facts=facts))

    note(
        "elsewhere",
        say("What outlets say beyond the accounts, feeds and sites that are collected here is not known."),
    )
    if event["outlets"] < FEW_OTHERS:
        note(
            "few",
            say("Only {outlets} outlets reported it: expectation rests on few."),
            outlets=event["outlets"],
        )
    by_lang = {cell["lang"] for cell in few}
    if len(by_lang) == 1 and len({cell["lang"] for cell in cells}) > 1:
        reported = [cell for cell in cells if cell["lang"] in by_lang and cell["observed"]]
        note(
            "one_language",
            say("All of them write in one language, in which {outlets} others reported it: terms may lack."),
            outlets=len(reported),
        )
    late = [cell for cell in few if cell["observed"]]
    if late:
        note("reported_little", say("{outlets} of them did report it, with fewer posts."), outlets=len(late))
    gaps = [cell for cell in few if cell["gap_share"] > 0]
    if gaps:
        note("gaps", say("For {outlets} of them part of the time was not collected."), outlets=len(gaps))
    for state, code, sentence in (
        (TOO_SMALL, "too_small", say("Of {outlets} outlets nothing can be said: they publish too little.")),
        (
            NOT_COLLECTED,
            "not_collected",
            say("Of {outlets} outlets nothing can be said: they were not collected."),
        ),
    ):
        count = sum(cell["state"] == state for cell in cells)
        if count:
            note(code, sentence, outlets=count)
    return tuple(found)


def _elsewhere(
    outlets: Iterable[str], event: str, by_event: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    wanted = set(outlets)
    rows = [
        cell
        for name, cells in by_event.items()
        if name != event
        for cell in cells
        if cell["outlet"] in wanted
    ]
    return sorted(rows, key=lambda cell: (cell["outlet"], -cell["expected"], cell["event"]))


def _cells(title: str, cells: list[dict[str, Any]]) -> Exhibit:
    columns = (
        Column(name="event", title=say("event")),
        Column(name="outlet", title=say("outlet"), holds="account"),
        Column(name="state", title=say("state")),
        Column(name="observed", title=say("posts found"), holds="number"),
        Column(name="expected", title=say("posts expected"), holds="number"),
        Column(name="outlet_posts", title=say("all its posts then"), holds="number"),
        Column(name="lang", title=say("language"), holds="language"),
        Column(name="power", title=say("chance of finding some, were it as others"), holds="share"),
        Column(name="p_value", title=say("chance of so few"), holds="share"),
        Column(name="gap_share", title=say("part not collected"), holds="share"),
        Column(name="lag_hours", title=say("hours behind the first"), holds="number"),
        Column(name="first_post", title=say("first post"), holds="post"),
    )
    said = ({**cell, **_said(cell)} for cell in cells[:ROWS_MAX])
    rows = tuple(tuple(cell[column.name] for column in columns) for cell in said)
    return Exhibit(title=title, columns=columns, rows=rows, row_count=len(cells))


def _said(cell: dict[str, Any]) -> dict[str, Any]:
    """Return in words and hours what a cell holds as a code and milliseconds."""
    lag_ms = cell["lag_ms"]
    return {
        "state": STATE_NAMES[cell["state"]],
        "lag_hours": None if lag_ms is None else round(lag_ms / HOUR_MS, 2),
    }


def _gaps(outlets: set[str], event: dict[str, Any], gaps: list[dict[str, Any]]) -> Exhibit:
    rows = [
        (gap["outlet"], gap["start_ms"], gap["end_ms"], gap["usual_posts"], TOLD_BY_NAMES[gap["told_by"]])
        for gap in gaps
        if gap["outlet"] in outlets
        and gap["start_ms"] <= event["last_ms"]
        and gap["end_ms"] > event["first_ms"]
    ]
    return Exhibit(
        title=say("When outlets were not collected meanwhile"),
        columns=(
            Column(name="outlet", title=say("outlet"), holds="account"),
            Column(name="start_ms", title=say("from"), holds="time"),
            Column(name="end_ms", title=say("until"), holds="time"),
            Column(name="usual_posts", title=say("posts usual in so long"), holds="number"),
            Column(name="told_by", title=say("known from")),
        ),
        rows=tuple(rows[:ROWS_MAX]),
        row_count=len(rows),
    )
