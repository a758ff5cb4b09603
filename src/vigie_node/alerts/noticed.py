"""What a method noticed, ready to be kept as rows, and the same again for pages.

Nothing here imports the scientific packages: pages use it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from vigie.detect.methods import name_of
from vigie.terms.findings import Indicator, Timeline
from vigie.terms.languages import Message
from vigie.terms.signals import Column, Exhibit
from vigie.trust import tag
from vigie_node.alerts.findings import plain, sparkline, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.signals import Signal, Value
    from vigie_node.alerts.findings import Cited, Drawn

SAID = "say"  # marks a fact that is a sentence of ours, to be said in the reader's language
DIGESTS = "alerts digests 1"
DIGITS = 3  # of a figure that must differ before something is said anew


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One signal with all that pages show of it."""

    signal: Signal
    pictures: tuple[Drawn, ...]
    posts: tuple[Cited, ...]
    batch_of: Mapping[str, str]  # of each post that its tables name: the SHA-256 of the batch that holds it


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """All that one run of one method noticed; `seen` with the strongest first."""

    card: dict[str, Any]
    manifest: dict[str, Any]
    post_count: int
    account_count: int
    start_ms: int | None
    end_ms: int | None
    seen: tuple[Seen, ...]
    left_out_count: int  # weaker signals, beyond the method's `signals_max`
    false_alarms_expected: float | None
    notes: list[Any]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The evidence of a kept signal."""

    indicators: tuple[Indicator, ...]
    timeline: Timeline | None
    exhibits: tuple[Exhibit, ...]


def marked(value: object) -> Any:
    """Return a fact as JSON holds it: a sentence of ours keeps its mark, so that it can be said later."""
    return {SAID: str(value)} if isinstance(value, Message) else plain(value)


def unmarked(value: Any) -> Value:
    """Return the fact that JSON holds."""
    kept: Value = Message(value[SAID]) if isinstance(value, dict) else value
    return kept


def facts_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that a row holds."""
    return {name: unmarked(value) for name, value in kept.items()}


def subject_key(signal: Signal) -> str:
    """Return what signals of one alert share: the method, whatever its version, and the subject."""
    return _digest([name_of(signal.method), signal.subject_kind, signal.subject])


def outlets_named(signal: Signal) -> set[str]:
    """Return the names of outlets that stand in a signal's tables, in columns that are called so."""
    return {
        str(row[place])
        for table in signal.exhibits
        for place, column in enumerate(table.columns)
        if column.name == "outlet"
        for row in table.rows
    }


def signal_columns(signal: Signal, *, start_ms: int, end_ms: int) -> dict[str, Any]:
    """Return the columns of `models.Signal` that say what was noticed.

    Args:
        signal: what was noticed.
        start_ms: when what was looked at began, for a signal that knows no time.
        end_ms: when it ended.
    """
    facts = {text(str(name)): marked(value) for name, value in signal.facts.items()}
    first, last = (signal.start_ms, signal.end_ms)
    return {
        "method": signal.method,
        "kind": signal.kind,
        "subject_kind": signal.subject_kind,
        "subject": text(signal.subject),
        "sentence": str(signal.sentence),
        "facts": facts,
        "weight": plain(signal.weight),
        "content": _digest(
            [signal.kind, signal.sentence, first, last, {name: _rounded(one) for name, one in facts.items()}]
        ),
        "post_count": signal.post_count,
        "account_count": signal.account_count,
        "q_value": None if signal.q_value is None else plain(signal.q_value),
        "first_ms": start_ms if first is None else first,
        "last_ms": end_ms if last is None else last,
        "sparkline": sparkline(signal.timeline.observed) if signal.timeline else [],
    }


def _rounded(value: Any) -> Any:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else value


def _digest(value: object) -> str:
    """Return what stands for a value, keyed: nobody finds it again by trying words."""
    return tag(settings.HOME.key(DIGESTS), json.dumps(plain(value), sort_keys=True).encode())


def shown_from(seen: Seen) -> dict[str, Any]:
    """Return the evidence of a signal as JSON holds it; `post_batches` says where each post named stands."""
    signal = seen.signal
    return {
        "indicators": [
            {**plain(one), "facts": {name: marked(value) for name, value in one.facts.items()}}
            for one in signal.indicators
        ],
        "timeline": plain(signal.timeline) if signal.timeline else None,
        "exhibits": [
            {**plain(one), "rows": [[marked(value) for value in row] for row in one.rows]}
            for one in signal.exhibits
        ],
        "post_batches": plain(seen.batch_of),
    }


def shown_of(kept: Mapping[str, Any]) -> Shown:
    """Return the evidence that `models.Evidence.shown` holds."""
    line = kept["timeline"]
    return Shown(
        indicators=tuple(Indicator(**{**one, "facts": facts_of(one["facts"])}) for one in kept["indicators"]),
        timeline=Timeline(**{name: _tupled(value) for name, value in line.items()}) if line else None,
        exhibits=tuple(
            Exhibit(
                title=one["title"],
                columns=tuple(Column(**column) for column in one["columns"]),
                rows=tuple(tuple(unmarked(value) for value in row) for row in one["rows"]),
                row_count=one["row_count"],
            )
            for one in kept["exhibits"]
        ),
    )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
