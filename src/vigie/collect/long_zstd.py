"""Zstandard with a long window (`zstd --long=31`), as Reddit's dumps are packed: Arrow refuses it.

Source: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from typing import BinaryIO

WINDOW_MAX = 1 << 31  # bytes of memory that a file may ask for: what `zstd --long=31` asks for
ARROW_WINDOW_MAX = 1 << 27
PIECE_BYTES = 1 << 12  # packed: a hostile one unpacks to 128 MiB at most
HEADER_BYTES = 18


def has_long_window(raw: BinaryIO) -> bool:
    """Return whether the first frame of a file needs more memory than Arrow gives; nothing is read of it."""
    header = raw.read(HEADER_BYTES)
    raw.seek(-len(header), 1)
    try:
        return zstandard.get_frame_parameters(header).window_size > ARROW_WINDOW_MAX
    except zstandard.ZstdError:  # a skippable frame first, say
        return False


class LongZstd:
    """The unpacked bytes of a file with a long window.

    Args:
        raw: the packed file.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._waiting = raw, b""
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX)
        self._frame = self._unpacker.decompressobj()
        self._has_begun = False

    def read(self, size: int) -> bytes:
        """Return about `size` bytes, none at the end.

        Raises:
            OSError: the file is damaged, or breaks off.
        """
        found = self._waiting
        while len(found) < size and (piece := self._raw.read(PIECE_BYTES)):
            found += self._unpacked(piece)
        self._waiting = found[size:] if size >= 0 else b""
        if not found and self._has_begun:
            raise OSError("the last frame breaks off")
        return found[:size] if size >= 0 else found

    def _unpacked(self, piece: bytes) -> bytes:
        found = b""
        try:
            while piece:
                self._has_begun = True
                found += self._frame.decompress(piece)
                piece = self._frame.unused_data if self._frame.eof else b""
                if self._frame.eof:
                    self._frame, self._has_begun = self._unpacker.decompressobj(), False
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        return found
