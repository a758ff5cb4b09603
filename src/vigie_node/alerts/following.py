"""Files that grow, followed: whole lines alone, each once while the process lives, renamed or not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from vigie_node.sources.live.segments import LINES, PART, SEGMENT_MS

if TYPE_CHECKING:
    from pathlib import Path

READ_BYTES = 1024 * 1024  # a second or so of a large stream
SLACK_MS = 10 * SEGMENT_MS  # a segment grows on past its age while the one before is taken in


class Following:
    """The segments of one source.

    Args:
        folder: where they are; it may not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, int] = {}  # how much of each file, by its name when it is closed

    def read(self, *, since_ms: int) -> bytes:
        """Return lines that were not read before, the earliest first, at most `READ_BYTES`; empty for none.

        Args:
            since_ms: files whose last lines can only be older are passed over.
        """
        files = self._files()
        self._read = {name: done for name, done in self._read.items() if name in files}
        for name, path in sorted(files.items()):  # their names begin with time
            if name not in self._read and _begun_ms(name) < since_ms - SLACK_MS:
                self._read[name] = path.stat().st_size if path.exists() else 0
            with suppress(FileNotFoundError):  # renamed or taken in meanwhile: the next look finds it
                if lines := self._lines(name, path):
                    return lines
        return b""

    def _files(self) -> dict[str, Path]:
        kept = self._folder.iterdir() if self._folder.is_dir() else ()
        names = {path.name.removesuffix(PART): path for path in kept}
        return {name: path for name, path in names.items() if name.endswith(LINES)}

    def _lines(self, name: str, path: Path) -> bytes:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            begin = min(self._read.get(name, 0), size)  # shorter now: a write that failed was taken back
            file.seek(begin)
            lines = file.read(READ_BYTES)
            while len(lines) % READ_BYTES == 0 and lines and b"\n" not in lines:
                lines += file.read(READ_BYTES)  # a line longer than that
        lines = lines[: lines.rfind(b"\n") + 1]
        self._read[name] = begin + len(lines)
        return lines


def _begun_ms(name: str) -> int:
    """Return when a segment was begun; 0 where its name does not say (UUIDv7, RFC 9562 section 5.7)."""
    try:
        return UUID(name.partition(".")[0]).int >> 80
    except ValueError:
        return 0
