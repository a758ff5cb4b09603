"""Which values of a signal's evidence are words drawn from posts: pure, on plain values.

Any text is, unless it is a sentence of ours (a `Message`, or marked as one in JSON), an account's pseudonym,
an id of a post, a language, a platform, or the name of what the signal is about. No text is compared with
what posts say: words of posts stand in evidence shortened, joined and transformed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.findings import Indicator
    from vigie.terms.signals import Exhibit
    from vigie_node.alerts.models import Signal
    from vigie_node.alerts.noticed import Shown

UNREAD = say("(shown only to who may read posts)")
NO_WORDS = frozenset({"account", "post", "language", "platform"})  # columns whose texts are names and ids
UNNAMED = frozenset({"family", "narrative", "post"})  # subjects that are called after what posts say


@dataclass(frozen=True)
class FreeText:
    """Tells words of posts in one signal, and puts something in their place.

    Args:
        names: what its subject is called.
        instead: stands for each value that holds words of posts.
    """

    names: frozenset[str]
    instead: str

    def holds(self, value: object, column: str = "text") -> bool:
        """Tell whether a value is words of posts; `column` is what its column `holds`."""
        return (
            isinstance(value, str)
            and not isinstance(value, Message)
            and value not in self.names
            and column not in NO_WORDS
        )

    def left_of(self, value: Any, column: str = "text") -> Any:
        """Return a value, or what stands for it."""
        return self.instead if value and self.holds(value, column) else value

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts of a sentence without words of posts."""
        return {name: self.left_of(value) for name, value in facts.items()}

    def shown(self, shown: Shown) -> Shown:
        """Return the evidence without words of posts."""
        return replace(
            shown,
            indicators=tuple(self._indicator(one) for one in shown.indicators),
            exhibits=tuple(self._exhibit(one) for one in shown.exhibits),
        )

    def group(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """Return a group's evidence without what its members acted on in common."""
        return {**group, "objects": [{**one, "object": self.instead} for one in group["objects"]]}

    def _indicator(self, one: Indicator) -> Indicator:
        return replace(one, facts=self.facts(one.facts))

    def _exhibit(self, one: Exhibit) -> Exhibit:
        kinds = [column.holds for column in one.columns]
        rows = (tuple(map(self.left_of, row, kinds)) for row in one.rows)
        return replace(one, rows=tuple(rows))


def free_text_of(signal: Signal, instead: str = UNREAD) -> FreeText:
    """Return what tells words of posts in a signal; a series `hashtag:tramway` is also named `tramway`."""
    if signal.subject_kind in UNNAMED:
        return FreeText(frozenset(), instead)
    return FreeText(frozenset({signal.subject, signal.subject.partition(":")[2]}), instead)
