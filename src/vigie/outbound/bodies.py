"""The body of an answer, read in pieces inside its limits, kept in memory or in a file.

The size that counts is both what was sent and what it becomes: a few kilobytes of gzip can hold gigabytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

from vigie.outbound.errors import BrokenAnswerError, TooLargeError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CHUNK_BYTES = 64 * 1024

STRANGE_CODING = say("it is compressed in a way that we did not ask for")
BAD_GZIP = say("its compression is damaged or cut short")


def within(chunks: Iterable[bytes], *, most: int, host: str) -> Iterator[bytes]:
    """Yield `chunks` while they hold no more than `most` bytes together.

    Raises:
        TooLargeError: they hold more.
    """
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise TooLargeError(host=host, limit_bytes=most)
        yield chunk


def decoded(chunks: Iterable[bytes], *, coding: str, most: int, host: str) -> Iterator[bytes]:
    """Yield the body that `chunks` hold as sent.

    Args:
        chunks: the body as sent.
        coding: the Content-Encoding header, or nothing.
        most: the most bytes, as sent and as yielded.
        host: whose body it is.

    Raises:
        TooLargeError: it is larger, on either side of the compression.
        BrokenAnswerError: it is compressed in another way than gzip, twice, or badly.
    """
    sent = within(chunks, most=most, host=host)
    codings = [name for part in coding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
    if not codings:
        return sent
    if codings not in (["gzip"], ["x-gzip"]):  # RFC 9110 section 8.4.1.3
        raise BrokenAnswerError(host=host, reason=STRANGE_CODING)
    return within(_unzipped(sent, host), most=most, host=host)


def _unzipped(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=io.BufferedReader(_Pipe(chunks))) as unzipping:
            while chunk := unzipping.read1(CHUNK_BYTES):
                yield chunk
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise BrokenAnswerError(host=host, reason=BAD_GZIP) from None


class _Pipe(io.RawIOBase):
    """Chunks as a file to read from."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def in_memory(chunks: Iterable[bytes]) -> tuple[bytes, str, int]:
    """Return the whole body, its SHA-256 in hexadecimal, and its size in bytes."""
    body = b"".join(chunks)
    return body, hashlib.sha256(body).hexdigest(), len(body)


def in_file(chunks: Iterable[bytes], path: Path) -> tuple[str, int]:
    """Write the body to a new file, whole or not at all; return its SHA-256 in hexadecimal and its size.

    Raises:
        OSError: the file is there already, or cannot be written.
    """
    digest = hashlib.sha256()
    with ExitStack() as undo, path.open("xb") as file:
        undo.callback(path.unlink)
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        size_bytes = file.tell()
        file.flush()
        undo.pop_all()
    return digest.hexdigest(), size_bytes
