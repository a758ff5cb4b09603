"""How long work tells what it has done, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then with how much is `done`, out of `total` when that is known, in one unit."""

    def __call__(self, done: int, total: int | None) -> None:
        """Take note."""


def silent(done: int, total: int | None) -> None:
    """Listen to nothing."""
