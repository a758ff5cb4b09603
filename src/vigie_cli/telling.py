"""How a command tells what it is doing: a bar on a terminal, lines elsewhere, nothing if asked."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.terms.languages import Words
    from vigie.terms.progress import Progress

LINE_EVERY_S = 10.0


def aside(text: str) -> None:
    """Say something on standard error, if anybody can hear it."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def stage(title: str, words: Words, *, quiet: bool) -> Iterator[Progress]:
    """Yield a listener for one stage of the work; all is told on standard error."""
    if quiet or sys.stderr is None:
        yield lambda _done, _total: None
    elif sys.stderr.isatty():
        with _bar(title) as progress:
            yield progress
    else:
        print(title, file=sys.stderr, flush=True)
        yield _Lines(title, words)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


class _Lines:
    """A line every ten seconds."""

    def __init__(self, title: str, words: Words) -> None:
        self._title, self._words = title, words
        self._next = time.monotonic() + LINE_EVERY_S

    def __call__(self, done: int, total: int | None) -> None:
        if time.monotonic() >= self._next and total:
            share = 100 * done // total
            print(
                self._words("{title}: {share} %", title=self._title, share=share), file=sys.stderr, flush=True
            )
            self._next = time.monotonic() + LINE_EVERY_S
