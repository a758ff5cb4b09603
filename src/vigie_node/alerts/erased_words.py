"""What must go from a signal's sentence and tables when posts are erased: pure, on plain values.

A row that names an erased post goes whole. All words of posts go with it (`vigie_node.alerts.free_text`),
also those that other posts said: who said what is not known, and the posts that are left can still be read.
When nothing is held of what a run read, every text goes that came from the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from vigie_node.alerts.free_text import FreeText
    from vigie_node.sources.models import Batch

ERASED = "…"  # stands for words that nobody may read any more


class Everything:
    """Takes every text that came from the data; sentences of ours are no texts in JSON."""

    def left_of(self, value: Any, _column: str = "text") -> Any:
        """Return a value, or what stands for it."""
        return ERASED if value and isinstance(value, str) else value

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts of a sentence without texts."""
        return {name: self.left_of(value) for name, value in facts.items()}


def with_batches(
    named: Mapping[str, str], *, old: Batch, new: Batch | None, left: Collection[str]
) -> dict[str, str]:
    """Return the posts that tables name and that are still held, with the batch that holds each.

    Args:
        named: `post_batches` of the evidence; see `noticed.shown_from`.
        old: the batch that stands no more.
        new: what stands in its place; None where nothing does.
        left: the ids of the posts that are still held there.
    """
    stay = {}
    for post_id, sha256 in named.items():
        if sha256 != old.sha256:
            stay[post_id] = sha256
        elif new is not None and post_id in left:
            stay[post_id] = new.sha256
    return stay


def shown_without(shown: Mapping[str, Any], words: FreeText | Everything, stay: Mapping[str, str]) -> Any:
    """Return a signal's evidence without words of posts, and without the rows of posts that do not stay."""
    gone = shown["post_batches"].keys() - stay.keys()
    return {
        **shown,
        "indicators": [{**one, "facts": words.facts(one["facts"])} for one in shown["indicators"]],
        "exhibits": [_exhibit_without(one, words, gone) for one in shown["exhibits"]],
        "post_batches": dict(stay),
    }


def _exhibit_without(
    exhibit: Mapping[str, Any], words: FreeText | Everything, gone: Collection[str]
) -> dict[str, Any]:
    kinds = [column["holds"] for column in exhibit["columns"]]
    rows = [
        list(map(words.left_of, row, kinds))
        for row in exhibit["rows"]
        if not any(kind == "post" and value in gone for kind, value in zip(kinds, row, strict=True))
    ]
    return {**exhibit, "rows": rows}
