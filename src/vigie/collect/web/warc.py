"""WARC files: the responses of web servers, as they were captured, one record at a time in bounded memory.

Source: ISO 28500:2017, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/

A reader of our own: warcio 1.8.1 reads lines of any length into memory and writes what it cannot read to the
standard error stream, names and all.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from vigie.collect.web.articles import PAGE_BYTES_MAX
from vigie.collect.web.feeds import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE_MAX = 1 << 16
HEADERS_MAX = 200
PIECE_BYTES = 1 << 18
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
CODINGS = {"br": "brotli", "gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}
OK = 200


class WarcError(ValueError):
    """The bytes are no WARC, or break off; never shown to people: the reader of the file says which file."""


class Source(Protocol):
    """Unpacked bytes in order."""

    def read(self, size: int) -> bytes:
        """Return up to about `size` bytes, none at the end."""


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One record that holds what a server answered, or a page saved otherwise.

    Args:
        record_id: `WARC-Record-ID`, without the brackets.
        url: the address that was asked.
        captured_ms: `WARC-Date`.
        content: the page, unpacked; None for what is no page, failed, or is over PAGE_BYTES_MAX.
        charset: what HTTP said of its encoding.
    """

    record_id: str
    url: str | None
    captured_ms: int | None
    content: bytes | None = None
    charset: str | None = None


def captures(source: Source) -> Iterator[Capture]:
    """Yield the responses and saved resources of a WARC, in order; other records are passed over.

    Raises:
        WarcError: it is none, or breaks off.
    """
    stream = _Stream(source)
    while (version := stream.line_after_blanks()) is not None:
        if not version.startswith(b"WARC/"):
            raise WarcError("no record begins here")
        headers = _headers(stream)
        size = _size(headers)
        kind = headers.get("warc-type", "")
        if kind in {"response", "resource"}:
            yield _capture(stream, headers, size, is_http=kind == "response")
        else:
            stream.skip(size)


class _Stream:
    """Reads lines and blocks."""

    def __init__(self, source: Source) -> None:
        self._source, self._held = source, b""

    def line_after_blanks(self) -> bytes | None:
        """Return the next line that says something; None at the end."""
        while (line := self.line()) is not None:
            if line:
                return line
        return None

    def line(self) -> bytes | None:
        """Return one line without its end; None at the end of all."""
        while (end := self._held.find(b"\n")) < 0:
            piece = self._source.read(PIECE_BYTES) if len(self._held) <= LINE_MAX else b""
            if not piece:
                if self._held:
                    raise WarcError("a line without end")
                return None
            self._held += piece
        line, self._held = self._held[:end], self._held[end + 1 :]
        if len(line) > LINE_MAX:
            raise WarcError("a line too long")
        return line.rstrip(b"\r")

    def block(self, size: int, most: int) -> bytes:
        """Return the first `most` bytes of a block of `size`, and pass over the rest."""
        parts, wanted = [], min(size, most)
        for piece in self._pieces(size):
            if wanted:
                parts.append(piece[:wanted])
                wanted -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over a block."""
        for _ in self._pieces(size):
            pass

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._held:
                self._held = self._source.read(PIECE_BYTES)
            if not self._held:
                raise WarcError("a block is cut short")
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            yield piece


def _headers(stream: _Stream) -> dict[str, str]:
    lines = []
    while line := stream.line():
        lines.append(line)
        if len(lines) > HEADERS_MAX:
            raise WarcError("too many headers")
    return _named(lines)


def _named(lines: list[bytes]) -> dict[str, str]:
    """Return headers by their names in lower case; of one repeated, the first."""
    named: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            named.setdefault(name.strip().lower(), value.strip())
    return named


def _size(headers: Mapping[str, str]) -> int:
    told = headers.get("content-length", "")
    if not (told.isascii() and told.isdigit() and len(told) < 19):  # noqa: PLR2004 (figures of 64 bits)
        raise WarcError("no length")
    return int(told)


def _capture(stream: _Stream, headers: Mapping[str, str], size: int, *, is_http: bool) -> Capture:
    most = PAGE_BYTES_MAX + LINE_MAX
    block = stream.block(size, most)
    content, kind = (block, headers.get("content-type", ""))
    if is_http:
        content, kind = _answer(block)
    elif size > PAGE_BYTES_MAX:
        content = b""
    media_type, _, rest = kind.partition(";")
    is_page = content and size <= most and media_type.strip().lower() in PAGE_TYPES
    charset = rest.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    return Capture(
        record_id=headers.get("warc-record-id", "").strip("<>"),
        url=headers.get("warc-target-uri", "").strip("<>") or None,
        captured_ms=moment_of(headers.get("warc-date")),
        content=content if is_page else None,
        charset=charset or None,
    )


def _answer(block: bytes) -> tuple[bytes, str]:
    """Return the unpacked body of an HTTP answer and its type; nothing of one that failed."""
    end = block.find(b"\r\n\r\n")
    head, body = (block[:end], block[end + 4 :]) if end >= 0 else (block, b"")
    status, *lines = head.split(b"\r\n")[: HEADERS_MAX + 1]
    words = status.split(b" ")
    if not status.startswith(b"HTTP/") or len(words) < 2 or words[1] != str(OK).encode():  # noqa: PLR2004 (two)
        return b"", ""
    headers = _named(lines)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _dechunked(body)
    return _unpacked(body, headers.get("content-encoding", "").lower()), headers.get("content-type", "")


def _dechunked(body: bytes) -> bytes:
    """Return a body without its chunk sizes; as it is where it has none (many tools keep the header alone).

    Source: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    """
    parts: list[bytes] = []
    place = 0
    while (end := body.find(b"\r\n", place, place + 1024)) >= 0:
        figures = body[place:end].partition(b";")[0].strip()
        try:
            size = int(figures, 16) if figures.isalnum() else -1
        except ValueError:
            size = -1
        if size < 0:
            return body if not parts else b"".join(parts)
        if size == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        place = end + 2 + size + 2
    return b"".join(parts) or body


def _unpacked(body: bytes, coding: str) -> bytes:
    """Return a body unpacked, nothing where that fails or gives too much; as it is where it is not packed."""
    if coding in {"", "identity"} or body[:1] == b"<":
        return body
    try:
        if coding == "deflate":
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 32 if body[:1] == b"\x78" else -zlib.MAX_WBITS)
            found = unpacked.decompress(body, PAGE_BYTES_MAX + 1)
        elif coding in CODINGS:
            found = pa.CompressedInputStream(pa.BufferReader(body), CODINGS[coding]).read(PAGE_BYTES_MAX + 1)
        else:
            return b""
    except (zlib.error, OSError, pa.ArrowException):
        return b""
    return found if len(found) <= PAGE_BYTES_MAX else b""
