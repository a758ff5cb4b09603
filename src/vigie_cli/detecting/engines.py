"""Where heavy counting runs, as people say it: --engine and --memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie_cli.values import byte_count

if TYPE_CHECKING:
    import argparse
    from contextlib import AbstractContextManager
    from typing import Any

    from vigie.terms.engine import Engine
    from vigie.terms.languages import Words


@dataclass(frozen=True)
class Where:
    """The engine that was asked for, and how much memory it may take; None is half of the machine's."""

    engine: str = "local"
    memory_bytes: int | None = None

    def open(self, *, threads: int) -> AbstractContextManager[Engine]:
        """Return the engine, to be entered.

        Raises:
            BadOptionError: there is no such engine (on entering).
            EngineAbsentError: it cannot be used (on entering).
        """
        from vigie.store.engines import engine_for, usual_memory_bytes

        memory_bytes = usual_memory_bytes() if self.memory_bytes is None else self.memory_bytes
        return engine_for(self.engine, memory_bytes=memory_bytes, threads=threads)


def add_engine(group: Any, words: Words) -> None:
    """Add the options to a group of a command."""
    group.add_argument(
        "--engine",
        default="local",
        help=words("where pairs are counted: local, or the master of a Spark cluster, spark://HOST:PORT"),
    )
    group.add_argument(
        "--memory",
        metavar=words("SIZE"),
        help=words(
            "above it, local counts through the disk: 500M, 8G (default: half of the machine’s memory)"
        ),
    )


def where(chosen: argparse.Namespace) -> Where:
    """Return what was asked for.

    Raises:
        BadOptionError: the memory is no size.
    """
    memory = None if chosen.memory is None else byte_count(chosen.memory, option="--memory")
    return Where(chosen.engine, memory)
