"""Events as questions: terms in each language, and the posts that answer them.

A term is found in a text that holds all of its words, in any order; a star at the end of a word stands for
any ending. Where a script sets no spaces between words, a word is found anywhere. An event asked in French
alone says nothing of outlets that write in English: so the languages of its terms go with it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.terms.posts import conform
from vigie.terms.times import DAY_MS
from vigie.text import words_alone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVENTS = pa.schema([pa.field("post_id", pa.string()), pa.field("event", pa.string())])
TEXTS = ("post_id", "created_ms", "title", "body")
UNSPACED = re.compile(
    "[\u3005-\u3007\u3041-\u30fa\u3400-\u9fff\uf900-\ufaff\u0e01-\u0edf\u1000-\u109f\u1780-\u17ff]"
)
FILE_BYTES_MAX = 1_000_000
TOO_LARGE = say("it is larger than 1 MB")
WORDS_MAX = 10_000  # of all terms: each is looked for in every text


class EventsFileError(VigieError):
    """A list of events cannot be read."""

    code = "file.events"
    sentence = say("The list of events “{path}” cannot be used: {reason}.")
    remedy = say("Give a TOML file with one [[event]] each: id, terms.en, terms.fr, perhaps from and until.")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event as it is asked for.

    Args:
        id: its name in tables.
        terms: by language (BCP 47, primary), what its posts may say.
        start_ms: first millisecond, None for no limit.
        end_ms: the millisecond after the last.
    """

    id: str
    terms: Mapping[str, tuple[str, ...]]
    start_ms: int | None = None
    end_ms: int | None = None


def read_events(text: str, *, path: str) -> tuple[Event, ...]:
    """Return the events of a TOML text.

    Args:
        text: what the file says.
        path: how the file is named in an error.

    Raises:
        EventsFileError: it is no such list.
    """
    if len(text.encode()) > FILE_BYTES_MAX:
        raise EventsFileError(path=path, reason=TOO_LARGE)
    try:
        raw = tomllib.loads(text).get("event", [])
    except tomllib.TOMLDecodeError as error:
        raise EventsFileError(path=path, reason=str(error)) from error
    except (RecursionError, ValueError) as error:  # lists too deep, a number or a day beyond all bounds
        raise EventsFileError(path=path, reason=say("it is no TOML that can be read")) from error
    if not isinstance(raw, list) or not raw or not all(isinstance(one, dict) for one in raw):
        raise EventsFileError(path=path, reason=say("it has no [[event]]"))
    if _word_count(raw) > WORDS_MAX:
        raise EventsFileError(path=path, reason=say("its terms have more than 10,000 words"))
    events = tuple(_event(one, path) for one in raw)
    if len({event.id for event in events}) < len(events):
        raise EventsFileError(path=path, reason=say("two events have the same id"))
    return events


def _word_count(raw: list[dict[str, Any]]) -> int:
    """Return how many words all terms have; what is no term is told later."""
    lists = [of for one in raw if isinstance(one.get("terms"), dict) for of in one["terms"].values()]
    terms = [term for of in lists if isinstance(of, list) for term in of if isinstance(term, str)]
    return sum(len(term.split()) for term in terms)


def _event(raw: dict[str, Any], path: str) -> Event:
    terms = raw.get("terms")
    if not isinstance(raw.get("id"), str) or not raw["id"]:
        raise EventsFileError(path=path, reason=say("an event has no id"))
    if not isinstance(terms, dict) or not any(terms.values()):
        raise EventsFileError(path=path, reason=say("an event has no terms"))
    for of in terms.values():
        if not isinstance(of, list) or not all(isinstance(term, str) and _words(term) for term in of):
            raise EventsFileError(path=path, reason=say("terms are lists of words, by language"))
    for name in ("from", "until"):
        if not isinstance(raw.get(name), date | None):
            raise EventsFileError(path=path, reason=say("from and until are days such as 2026-11-22"))
    return Event(
        id=raw["id"],
        terms={language.lower(): tuple(of) for language, of in terms.items() if of},
        start_ms=_ms(raw["from"]) if "from" in raw else None,
        end_ms=_ms(raw["until"]) + (0 if isinstance(raw["until"], datetime) else DAY_MS)
        if "until" in raw
        else None,
    )


def _ms(day: date) -> int:
    if isinstance(day, datetime):
        return int((day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp() * 1000)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def languages_asked(events: Sequence[Event]) -> dict[str, frozenset[str]]:
    """Return the languages in which each event is asked for."""
    return {event.id: frozenset(event.terms) for event in events}


def matched(posts: pa.Table, events: Sequence[Event]) -> pa.Table:
    """Return which posts speak of which event, see `EVENTS`: the terms of all languages are looked for."""
    table = conform(posts, columns=TEXTS)
    table = table.filter(pc.is_valid(table["post_id"]))
    said = [pc.fill_null(words_alone(table[name]), "") for name in ("title", "body")]
    plain = pc.binary_join_element_wise("", *said, "", " ").combine_chunks()
    moments = table["created_ms"].combine_chunks().fill_null(-1).to_numpy()
    parts = [EVENTS.empty_table()]
    for event in events:
        hit = np.zeros(table.num_rows, np.bool_)
        for term in sorted({term for of in event.terms.values() for term in of}):
            hit |= _holds(plain, term)
        hit &= moments >= (event.start_ms if event.start_ms is not None else 0)
        hit &= moments < (event.end_ms if event.end_ms is not None else np.iinfo(np.int64).max)
        ids = table["post_id"].filter(pa.array(hit)).unique()
        parts.append(pa.table([ids, pa.array([event.id] * len(ids), pa.string())], schema=EVENTS))
    return pa.concat_tables(parts).sort_by([("event", "ascending"), ("post_id", "ascending")])


def _words(term: str) -> list[tuple[str, bool]]:
    """Return the words of a term as texts are written for comparison, and whether any ending is meant."""
    found = []
    for part in term.split():
        plain = words_alone(pa.array([part.rstrip("*")], pa.string()))[0].as_py().split()
        found += [(word, False) for word in plain[:-1]]
        found += [(word, part.endswith("*")) for word in plain[-1:]]
    return found


def _holds(plain: pa.Array, term: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    hit = np.ones(len(plain), np.bool_)
    for word, is_stem in _words(term):
        wanted = word if UNSPACED.search(word) else f" {word}" if is_stem else f" {word} "
        hit &= pc.match_substring(plain, wanted).to_numpy(zero_copy_only=False)
    return hit
