"""Accounts that post in the same second, again and again, whatever they post.

1. take when each account posted, each moment once
2. set apart what a clock or a crowd explains, and compare the rest, pair by pair, with where in its minute
   each moment might as well have fallen (`vigie.detect.synchrony`, with sources)
3. keep the pairs that the stated false-discovery rate allows over all pairs there are, and join them

Figures and failures: `card()`.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from vigie.detect.synchrony import Rule, Synchrony, in_step
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "METHOD", "Rule", "Synchrony", "card", "detect"]

METHOD = "rhythm/1"  # new meaning, new number: old findings keep naming the method that made them
COLUMNS = ("post_id", "author", "created_ms")


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(posts: pa.Table, *, rule: Rule | None = None, progress: Progress = silent) -> Synchrony:
    """Find accounts that post in step.

    Args:
        posts: canonical posts with at least `author` and `created_ms`; a post may stand there several times.
        rule: the parameters, else the defaults.
        progress: told when the work is done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in ("author", "created_ms"):
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=say("a column of posts"))
    known = posts.filter(posts.column("created_ms").is_valid())
    found = in_step(known.column("author"), known.column("created_ms").to_numpy(), rule or Rule())
    progress(1, 1)
    return found
