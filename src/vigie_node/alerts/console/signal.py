"""What the page of an alert shows of a signal that is no group: sentence, timeline, tables, posts to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vigie.report import sentences as told
from vigie.report.format import offset_name
from vigie.report.text import isolated, shortened
from vigie_node.alerts import first_notices, sentences, telling
from vigie_node.alerts.access import posts_visible_to, reads_posts
from vigie_node.alerts.console import evidence
from vigie_node.alerts.console.kept import evidence_of, pictures_of
from vigie_node.alerts.console.showing import me, span
from vigie_node.alerts.findings import ZONE
from vigie_node.alerts.free_text import free_text_of
from vigie_node.alerts.noticed import shown_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest

    from vigie.report.format import Voice
    from vigie.terms.signals import Column, Exhibit, Value
    from vigie_node.alerts.models import CitedPost, Evidence, Signal
    from vigie_node.alerts.noticed import Shown
    from vigie_node.people.models import Person

NAMED = frozenset({"person", "series", "channel", "site", "event"})  # the others' subjects are mere ids
POSTS_SHOWN = 5
EXCERPT = 90  # characters of a post in a table
LONG = 40  # characters, from which on a column needs room
ROWS_SHOWN = 8  # of a table, before one asks for the rest


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of a table of evidence."""

    text: str  # as people read it; empty for a moment
    at_ms: int | None = None
    account: str = ""
    post: CitedPost | None = None  # that it names, where the reader may read it
    excerpt: str = ""  # of that post, where no other cell of the row says it


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of evidence, ready to be shown."""

    number: int
    title: str
    columns: list[dict[str, Any]]
    rows: list[list[Cell]]
    row_count: int


def signal_shown(request: HttpRequest, signal: Signal, voice: Voice) -> dict[str, Any]:
    """Return what the page shows of a signal."""
    kept = evidence_of(signal)
    reads, shown = reads_posts(me(request)), shown_to(me(request), signal, kept)
    pictures, line = pictures_of(me(request), signal, voice), shown.timeline
    posts = posts_visible_to(me(request), signal)
    read = {post.post_id: post for post in posts}  # at most `signals.POSTS_MAX`
    return {
        "shown": shown,
        "headline": telling.headline(signal, voice, reads=reads),
        "method_title": telling.method_title(signal.method, voice),
        "standing": first_notices.standing(signal, voice),
        "subject": _subject(signal, voice),
        "when": span(signal.first_ms, signal.last_ms, voice),
        "lasted": told.gap(signal.last_ms - signal.first_ms, voice),
        "timeline_title": telling.timeline(line, voice) if line else "",
        "bins": evidence.bins_of(line) if line else [],
        "zone_name": offset_name(line.start_ms, ZONE) if line else "",
        "readings": sentences.readings(shown, voice),
        "openness": sentences.openness(shown, voice),
        "limits": telling.limits(signal.run.card, voice),
        "budget": telling.budget(signal.run, voice),
        "notes": telling.notes(signal.run, voice),
        "pictures": pictures,
        "charts": [name for name, size in pictures.items() if size.has_spec],
        "tables": [_table(number, one, read, voice) for number, one in enumerate(shown.exhibits, start=1)],
        "accounts": list(signal.members.order_by("pk").values_list("account", flat=True)),
        "full": "full" in request.GET,
        "posts": list(read.values())[:POSTS_SHOWN],
        "post_count": len(read),
        "erased_count": kept.erased_count,
        "rows_shown": ROWS_SHOWN,
        "short": evidence.short,
        "headline_of": lambda one: telling.headline(one, voice, reads=reads),
    }


def shown_to(person: Person, signal: Signal, kept: Evidence) -> Shown:
    """Return the evidence of a signal, its words of posts only to who may read posts."""
    shown = shown_of(kept.shown)
    return shown if reads_posts(person) else free_text_of(signal).shown(shown)


def _subject(signal: Signal, voice: Voice) -> tuple[str, str] | None:
    """Return what a signal is about, with what that is called; None where its name says nothing to people."""
    if signal.subject_kind not in NAMED or not 0 < len(signal.subject) <= LONG:
        return None
    return telling.subject_title(signal, voice), isolated(signal.subject)


def _table(number: int, table: Exhibit, read: Mapping[str, CitedPost], voice: Voice) -> Table:
    rows = [
        [
            _cell(value, column, read, voice, others=row)
            for value, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]
    return Table(
        number=number,
        title=voice(table.title),
        columns=[
            {
                "key": f"c{at}",
                "label": told.capital(voice(column.title)),
                "head": at == 0,
                "figures": column.holds in {"number", "share"},
                "long": any(max(len(row[at].text), len(row[at].excerpt)) > LONG for row in rows)
                and not any(row[at].account for row in rows),
            }
            for at, column in enumerate(table.columns)
        ],
        rows=rows,
        row_count=table.row_count,
    )


def _cell(
    value: Value,
    column: Column,
    read: Mapping[str, CitedPost],
    voice: Voice,
    *,
    others: Sequence[Value],
) -> Cell:
    text = telling.cell(value, column.holds, voice) if column.holds != "time" or value is None else ""
    if value is None:
        return Cell(text=text)
    if column.holds == "time":
        return Cell(text="", at_ms=int(value))
    if column.holds == "account":
        return Cell(text=text, account=str(value))
    post = read.get(str(value)) if column.holds == "post" else None
    if post is not None:
        return Cell(text="", post=post, excerpt=_excerpt(post, others))
    return Cell(text=text)


def _excerpt(post: CitedPost, others: Sequence[Value]) -> str:
    """Return the first words of a post; empty where another cell of the row says them."""
    said = any(isinstance(one, str) and one and post.body.startswith(one.removesuffix("…")) for one in others)
    return "" if said else shortened(post.body, EXCERPT)
