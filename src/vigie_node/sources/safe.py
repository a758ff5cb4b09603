"""What may be remembered of an error: nothing that the file itself said.

A column's name, a value, a path may hold a person's name. Kept are figures, words of ours, and the names of
columns that the product itself knows; all else becomes an ellipsis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from vigie.terms.errors import VigieError

ELLIPSIS = "…"
NONE_KNOWN = say("none whose name is known")
# Facts whose values are ours or the person's own words, not the file's.
OURS = frozenset(
    {"format", "encoding", "target", "column", "answer", "sha256", "layout", "layouts", "formats"}
)


def safe_error(error: VigieError, *, file_name: str) -> VigieError:
    """Return the same error about the same file, without anything that the file said.

    Args:
        error: what happened.
        file_name: what people call the file: it stands in the place of its path.
    """
    facts = {name: _safe(name, value, file_name) for name, value in error.facts.items()}
    return type(error)(**facts)


def _safe(name: str, value: object, file_name: str) -> object:
    if name == "path":
        return file_name
    if value is None or isinstance(value, (bool, int, float, Message)) or name in OURS:
        return value
    if name == "columns":
        return _known_columns(str(value))
    return ELLIPSIS


def _known_columns(columns: str) -> str | Message:
    """Return the names among `columns` that the product knows; a first line may hold anything else."""
    from vigie.collect.hints import HINTS  # noqa: PLC0415 (the web process never computes)
    from vigie.collect.layouts import LAYOUTS  # noqa: PLC0415
    from vigie.collect.mapping import TARGETS, plain_name  # noqa: PLC0415

    hints = (hint for hints in HINTS.values() for hint in hints)
    exported = (name for layout in LAYOUTS for name in (*layout.columns, *layout.beside))
    ours = {plain_name(name) for name in (*TARGETS, *hints, *exported)}
    names = columns.split(", ")
    known = [name for name in names if plain_name(name) in ours]
    if not known:
        return NONE_KNOWN
    return ", ".join([*known, ELLIPSIS] if len(known) < len(names) else known)
