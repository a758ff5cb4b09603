"""What a listener works with: one source, the way out, the files, and how it is."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vigie.outbound import Client
    from vigie_node.sources.live.health import Health
    from vigie_node.sources.live.robots import Robots
    from vigie_node.sources.live.segments import Segments


class Stream(Protocol):
    """What can be ended from another thread."""

    def cut(self) -> None:
        """End it."""


@dataclass(kw_only=True)
class Listening:
    """One source while it is read.

    Args:
        address: where it is.
        options: what is asked of it.
        secrets: accounts that are asked for, and a token.
        cursor: where what was handed in ends; a listener that visits puts a new one in its place.
        every_s: seconds between visits.
        client: the way out.
        segments: where what comes goes.
        health: how it is.
        robots: what sites ask of programs.
        now_ms: tells the time.
        check_elsewhere: raises where the source leads to an address that its declaration does not name.
        stopping: set when it is to end.
        notes: what a listener remembers from one connection to the next.
    """

    address: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cursor: Mapping[str, Any] = field(default_factory=dict)
    every_s: float = 900.0
    client: Client
    segments: Segments
    health: Health
    robots: Robots
    now_ms: Callable[[], int]
    check_elsewhere: Callable[[str], None] = field(default=lambda _address: None, repr=False)
    stopping: threading.Event = field(default_factory=threading.Event)
    notes: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stream: Stream | None = None

    @contextmanager
    def holding(self, stream: Stream) -> Iterator[None]:
        """Let `stop` end a stream while the block reads it."""
        with self._lock:
            self._stream = stream
            if self.stopping.is_set():
                stream.cut()
        try:
            yield
        finally:
            with self._lock:
                self._stream = None

    def stop(self) -> None:
        """End the reading, from another thread."""
        self.stopping.set()
        with self._lock:
            if self._stream is not None:
                self._stream.cut()


def one_line(message: bytes) -> bytes | None:
    """Return a JSON object on one line; None for what is none."""
    try:
        value = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return message.strip() if b"\n" not in message and b"\r" not in message else msgspec.json.encode(value)
