"""How deeply a text of JSON is nested, found before a parser that names each level takes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from vigie.collect.errors import DeepFileError

if TYPE_CHECKING:
    from pathlib import Path

# ijson names each value by its way from the top: memory grows with the square of the levels.
LEVELS_MAX = 400
OPENS = 2  # the bit that [ and { have, and ] and } lack
ESCAPE = re.compile(rb"\\.", re.DOTALL)
OTHER = bytes(set(range(256)) - set(b'"[]{}'))


class Nesting:
    """Follows the levels of a JSON text that comes in pieces.

    Args:
        path: the file, for the error.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._level, self._held, self._is_in_text = path, 0, b"", False

    def check(self, piece: bytes) -> bytes:
        """Return the next piece as it is.

        Raises:
            DeepFileError: it goes deeper than LEVELS_MAX.
        """
        plain = ESCAPE.sub(b"", self._held + piece)
        self._held = b"\\" if plain.endswith(b"\\") else b""
        parts = plain.translate(None, OTHER).split(b'"')  # every second one stands between two quotes
        brackets = b"".join(parts[self._is_in_text :: 2])
        self._is_in_text ^= len(parts) % 2 == 0
        codes = np.frombuffer(brackets, np.uint8)
        steps = (codes & OPENS).astype(np.int32) - 1  # 1 or -1
        levels = self._level + np.cumsum(steps)
        if levels.size:
            self._level = int(levels[-1])
            if levels.max() > LEVELS_MAX:
                raise DeepFileError(path=self._path, levels_max=LEVELS_MAX)
        return piece
