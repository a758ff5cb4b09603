"""Which pictures came again with another text: the later context, and what speaks for it.

A change is told where at least some accounts used the picture with a text that is like none before it. After
a long silence it is an old picture that came back; then a text in another language is told too, although it
cannot be compared. Pictures of one house and decorations are left out: they stand beside all kinds of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vigie.detect.reuse.tables import PICTURE
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from vigie.detect.reuse.rule import Rule

OLD, CHANGED = "old_picture", "changed_context"
CHANGES = pa.schema(
    [
        pa.field("picture", pa.string()),
        pa.field("kind", pa.string()),  # old_picture, changed_context
        pa.field("context", pa.int64()),  # the later one with the most accounts
        pa.field("contexts", pa.int64()),  # later ones of which the same holds
        pa.field("accounts", pa.int64()),
        pa.field("posts", pa.int64()),
        pa.field("is_compared", pa.bool_()),
        pa.field("likeness", pa.float64()),
        pa.field("silence_ms", pa.int64()),  # before it
        pa.field("first_ms", pa.int64()),  # of the picture
        pa.field("at_ms", pa.int64()),  # of the context's first post
        pa.field("weight", pa.float64()),
    ]
)


def changes(pictures: pa.Table, contexts: pa.Table, rule: Rule) -> pa.Table:
    """Return the pictures whose context changed, see `CHANGES`, the most telling first."""
    used = pictures.select(["picture", "use", "first_ms"]).to_pylist()
    first = {one["picture"]: one["first_ms"] for one in used if one["use"] == PICTURE}
    later: dict[str, list[dict[str, Any]]] = {}
    for one in contexts.drop_columns(["text"]).to_pylist():
        if one["picture"] in first and _is_another(one, rule):
            later.setdefault(one["picture"], []).append(one)
    rows = [_row(of, first[picture], rule) for picture, of in later.items()]
    rows.sort(key=lambda one: (-one["weight"], one["at_ms"], one["picture"]))
    return pa.Table.from_pylist(rows, schema=CHANGES)


def _is_another(context: dict[str, Any], rule: Rule) -> bool:
    if context["context"] == 1 or context["accounts"] < rule.accounts_min:
        return False
    return bool(context["is_compared"] or _is_old(context, rule))


def _is_old(context: dict[str, Any], rule: Rule) -> bool:
    return (context["silence_ms"] or 0) >= rule.old_days * DAY_MS


def _row(later: list[dict[str, Any]], first_ms: int, rule: Rule) -> dict[str, Any]:
    chosen = max(later, key=lambda one: (_is_old(one, rule), one["accounts"], one["posts"], -one["context"]))
    silence = chosen["silence_ms"] or 0
    unlike = 1 - chosen["likeness"] if chosen["is_compared"] else 0.5
    return {
        "picture": chosen["picture"],
        "kind": OLD if _is_old(chosen, rule) else CHANGED,
        "context": chosen["context"],
        "contexts": len(later),
        **{name: chosen[name] for name in ("accounts", "posts", "is_compared", "likeness", "silence_ms")},
        "first_ms": first_ms,
        "at_ms": chosen["first_ms"],
        "weight": float(unlike * np.log2(1 + chosen["accounts"]) * (1 + np.log10(1 + silence / DAY_MS))),
    }
