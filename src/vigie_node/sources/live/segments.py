"""Events on the disk: appended to a file that grows, which is closed now and then and handed in.

The growing file is cut at its last whole line when it is opened again: a process that was killed in the
middle of a line asks for that event once more. So where to go on is always what the disk says, never what was
meant.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from vigie_node.durable import to_disk
from vigie_node.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

PART, NEW = ".part", ".new"  # it grows; it is being written whole
LINES = ".ndjson"
SEGMENT_MS, SEGMENT_BYTES_MAX = 60_000, 128 * 1024 * 1024
ONLY_OWNER, ONLY_OWNER_FILE = 0o700, 0o600
BLOCK_BYTES = 64 * 1024
TAIL_BYTES = 4 * 1024 * 1024  # more than the largest event


class Segments:
    """The files of one source. Threads may share it.

    Args:
        folder: the source's own, made where it is not there.
        now_ms: tells the time.
        age_ms_max: how long events wait in a growing file.
        bytes_max: how large it grows.
    """

    def __init__(
        self,
        folder: Path,
        *,
        now_ms: Callable[[], int],
        age_ms_max: int = SEGMENT_MS,
        bytes_max: int = SEGMENT_BYTES_MAX,
    ) -> None:
        folder.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
        self.folder = folder
        self._now_ms, self._age_ms_max, self._bytes_max = now_ms, age_ms_max, bytes_max
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._file: IO[bytes] | None = None
        self._size_bytes = self._begun_ms = 0
        for part in sorted(folder.glob(f"*{PART}")):  # one, where nobody meddled
            self._go_on(part)

    def append(self, lines: Sequence[bytes]) -> None:
        """Add events, each a JSON object on one line; all of them or none are there afterwards.

        Raises:
            OSError: the disk does not take them.
        """
        if not lines:
            return
        data = b"\n".join(lines) + b"\n"
        with self._lock:
            file = self._file or self._begin()
            try:
                _write(file, data)
            except OSError:
                os.ftruncate(file.fileno(), self._size_bytes)
                raise
            self._size_bytes += len(data)

    def deposit(self, content: bytes, *, ending: str) -> None:
        """Keep a whole document as a closed segment of its own.

        Raises:
            OSError: the disk does not take it; then nothing is left.
        """
        path = self.folder / f"{new_id()}{ending}"
        part = path.with_name(f"{path.name}{NEW}")
        try:
            with _opened(part) as file:
                _write(file, content)
                os.fsync(file.fileno())
        except OSError:
            part.unlink(missing_ok=True)
            raise
        part.rename(path)
        to_disk(self.folder)

    def close_if_due(self, *, may_wait: bool) -> None:
        """Close the growing file when it is old or large enough.

        Args:
            may_wait: whether it may grow on past its age, because what was handed in before is not done.
        """
        with self._lock:
            is_old = self._now_ms() - self._begun_ms >= self._age_ms_max
            if self._file and ((is_old and not may_wait) or self._size_bytes >= self._bytes_max):
                self._close()

    def close(self) -> None:
        """Close the growing file, if there is one."""
        with self._lock:
            if self._file:
                self._close()

    def closed(self) -> list[Path]:
        """Return the closed segments, the earliest first."""
        return closed_in(self.folder)

    def last_lines(self) -> Iterator[bytes]:
        """Yield the lines at the end of what is on the disk, the last first."""
        with self._lock:
            grown = [self._path] if self._path else []
        for path in [*grown, *reversed(self.closed())]:
            with suppress(FileNotFoundError):  # taken in meanwhile
                yield from last_lines(path)

    def _go_on(self, part: Path) -> None:
        size = _cut_at_last_line(part)
        if not size:
            part.unlink()
        elif self._path is None:
            self._path, self._file = part, part.open("ab", buffering=0)
            self._size_bytes, self._begun_ms = size, _begun_ms(part)
        else:
            part.rename(part.with_suffix(""))

    def _begin(self) -> IO[bytes]:
        self._path = self.folder / f"{new_id()}{LINES}{PART}"
        self._file = _opened(self._path)
        self._size_bytes, self._begun_ms = 0, self._now_ms()
        return self._file

    def _close(self) -> None:
        assert self._file is not None and self._path is not None  # noqa: S101, PT018 (the callers looked)
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.rename(self._path.with_suffix(""))
        to_disk(self.folder)
        self._path = self._file = None


def closed_in(folder: Path) -> list[Path]:
    """Return the closed segments in a folder, the earliest first; none where there is no folder."""
    kept = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in kept if path.suffix not in {PART, NEW})  # their names begin with time


def last_lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines at the end of a file, the last first."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - TAIL_BYTES)
        file.seek(start)
        lines = file.read(size - start).split(b"\n")
    whole = lines[:-1] if start == 0 else lines[1:-1]
    yield from (line for line in reversed(whole) if line)


def _begun_ms(path: Path) -> int:
    """Return when a segment was begun: its name says so (UUIDv7, RFC 9562 section 5.7)."""
    return UUID(path.name.partition(".")[0]).int >> 80


def _cut_at_last_line(path: Path) -> int:
    """Cut off what follows the last line end, and return the size that is left."""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - BLOCK_BYTES)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        file.truncate(end)
    return end


def _opened(path: Path) -> IO[bytes]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, ONLY_OWNER_FILE)
    return os.fdopen(handle, "ab", buffering=0)


def _write(file: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
