"""What entries say, in words. Each app says it for the kinds it records; this app knows only its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from vigie.terms.languages import Words
    from vigie_node.ledger.models import Entry

    Namer = Callable[[Iterable[str], UUID | None], Mapping[str, str]]

SHORT = 8  # characters of an id that people read
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_PLACES = re.compile(r"{(\w+)}")
_DETAILS = re.compile(r"\s*[:;(]")
_sentences: dict[str, Message] = {}
_values: dict[tuple[str, str], Message] = {}
_namers: dict[str, Namer] = {}


def describe(
    sentences: Mapping[str, Message], *, values: Mapping[str, Mapping[str, Message]] | None = None
) -> None:
    """Say what kinds of entries mean: `describe({"alert.reviewed": say("An alert was reviewed.")})`.

    Args:
        sentences: kind to sentence. Its placeholders are facts of the entry; one that is lacking is shown as
        “–”.
        values: how values of a fact are said: `{"verdict": {"confirmed": say("confirmed")}}`.
    """
    _sentences.update(sentences)
    for fact, words in (values or {}).items():
        _values.update({(fact, value): message for value, message in words.items()})


def name_with(prefix: str, namer: Namer) -> None:
    """Say how actors and subjects with this prefix (`person`) are called: ids and an organisation to names.

    It names only those whom that organisation, the reader's, may know.
    """
    _namers[prefix] = namer


def known_kinds() -> list[str]:
    """Return the kinds that have a sentence, sorted."""
    return sorted(_sentences)


def title_of(kind: str, words: Words) -> str:
    """Return what a kind of entry means, without an entry's facts: the first part of its sentence."""
    sentence = _sentences.get(kind)
    if sentence is None:
        return kind
    said = words(sentence, **dict.fromkeys(_PLACES.findall(sentence), "…"))
    return _DETAILS.split(said, maxsplit=1)[0].rstrip(". ")


def sentence_of(entry: Entry, words: Words) -> str:
    """Return what an entry says, in the reader's language."""
    sentence = _sentences.get(entry.kind)
    if sentence is None:
        return words("{kind}, not described by this version.", kind=entry.kind)
    return words(sentence, **_facts_for(sentence, entry.said))


def names_for(marks: Iterable[str], organisation: UUID | None, words: Words) -> dict[str, str]:
    """Return how actors or subjects (`person:<id>`, `host`) are called for a reader of one organisation."""
    wanted: dict[str, list[str]] = {}
    found = {}
    for mark in marks:
        prefix, _, id_ = mark.partition(":")
        wanted.setdefault(prefix, []).append(id_)
        found[mark] = _short(mark, words)
    for prefix, ids in wanted.items():
        if prefix in _namers:
            named = _namers[prefix](ids, organisation)
            found |= {f"{prefix}:{id_}": name for id_, name in named.items()}
    return found


ACTORS = {
    "host": say("a command on the node’s machine"),
    "node": say("the node itself"),
}
THINGS = {
    "person": say("person {id}"),
    "organisation": say("organisation {id}"),
    "alert": say("alert {id}"),
    "declaration": say("declaration {id}"),
    "intake": say("intake {id}"),
    "batch": say("batch {id}"),
    "capture": say("capture {id}"),
    "evidence": say("original {id}"),
    "medium": say("finding about a file {id}"),
    "watchlist": say("watch-list {id}"),
    "project": say("project {id}"),
    "run": say("run {id}"),
    "job": say("work {id}"),
    "token": say("token {id}"),
    "actor": say("public actor {id}"),
    "unmasking": say("unmasking {id}"),
    "request": say("request of a person {id}"),
}


def _short(mark: str, words: Words) -> str:
    prefix, _, id_ = mark.partition(":")
    if mark in ACTORS:
        return words(ACTORS[mark])
    shown = f"…{id_[-SHORT:]}" if _ID.fullmatch(id_) else id_  # ids begin with their time: their ends differ
    return words(THINGS[prefix], id=shown) if prefix in THINGS else f"{prefix} {shown}".strip()


def _facts_for(sentence: str, facts: Mapping[str, Any]) -> dict[str, object]:
    """Return facts for a sentence; what an old entry lacks is a dash."""
    known = {name: _values.get((name, str(value)), _flat(value)) for name, value in facts.items()}
    return dict.fromkeys(_PLACES.findall(sentence), "–") | known


def _flat(value: object) -> object:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else value


describe(
    {
        "ledger.verified": say("The ledger was verified; entries: {entries}, problems: {problems}."),
        "ledger.restored": say(
            "An older copy of the ledger was accepted: it ended at entry {kept}, not {witnessed}."
        ),
        "ledger.exported": say("The ledger was exported; entries: {entries}."),
    }
)
