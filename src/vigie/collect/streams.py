"""A file's bytes: opened, unpacked, turned into UTF-8, and every failure told with the file's name."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from vigie.collect.errors import DamagedFileError, FolderError, MissingFileError, UnreadableFileError
from vigie.collect.long_zstd import LongZstd, has_long_window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path
    from types import TracebackType
    from typing import Self

Compression = Literal["gzip", "zstd"]
ENDING_ERRORS = (OSError, EOFError, pa.ArrowException)  # what pyarrow raises when a file breaks off

UTF8_MARK = codecs.BOM_UTF8


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Turn the system's refusals inside the block into our errors."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError(path=path) from error
    except IsADirectoryError as error:
        raise FolderError(path=path) from error
    except OSError as error:
        raise UnreadableFileError(path=path, answer=error.strerror or type(error).__name__) from error


def open_raw(path: Path) -> BufferedReader:
    """Open `path` for reading bytes as they are."""
    with opening(path):
        return path.open("rb")


class Text:
    """The text of a file as UTF-8 bytes, read in order.

    Args:
        path: the file.
        compression: how it is packed.
        encoding: a codec's name; "utf-8" passes bytes through unchecked, so that single bad rows can be set
            aside.
    """

    def __init__(self, path: Path, compression: Compression | None, encoding: str) -> None:
        self._path, self._name = path, compression or encoding
        self._raw = open_raw(path)
        self._source = _unpacked(self._raw, compression)
        self._decoder = None
        if encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)(_lenience(encoding))
        self._lenience = _lenience(encoding)
        self._begun = self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def taken(self) -> int:
        """How many bytes of the file itself were read so far."""
        return self._raw.tell()

    def read(self, size: int = -1) -> bytes:
        """Return about `size` bytes of UTF-8, none at the end."""
        while size and not self._ended:  # a reader of 0 bytes only asks for the type
            try:
                piece: bytes = self._source.read(size)
            except ENDING_ERRORS as error:
                raise DamagedFileError(path=self._path, format=self._name) from error
            self._ended = not piece
            text = self._transcode(piece)
            if piece and not self._begun:
                text, self._begun = text.removeprefix(UTF8_MARK), True
            if text:
                return text
        return b""

    def _transcode(self, piece: bytes) -> bytes:
        if self._decoder is None:
            return piece
        try:
            return self._decoder.decode(piece, final=not piece).encode("utf-8", self._lenience)
        except UnicodeError as error:
            raise DamagedFileError(path=self._path, format=self._name) from error


def _unpacked(raw: BufferedReader, compression: Compression | None) -> Any:
    if compression is None:
        return raw
    if compression == "zstd" and has_long_window(raw):
        return LongZstd(raw)
    return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), compression)


def _lenience(encoding: str) -> str:
    """Return how bytes that mean nothing pass through, to be found invalid UTF-8 in their row."""
    return (
        "surrogatepass"
        if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
        else "surrogateescape"
    )
