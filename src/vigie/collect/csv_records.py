"""Where the records of a CSV text begin and end, quoted line breaks included.

The rules are those of Arrow's parser, which reads the blocks cut here: a quotation mark opens a quoted part
only at the start of a field, is doubled inside it, and is an ordinary character anywhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.collect.chunks import ROW_BYTES_MAX
from vigie.collect.rejects import Place, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.collect.rejects import FileRejects
    from vigie.collect.streams import Text

BLOCK_BYTES = 8 << 20
QUOTE = 34


@dataclass(frozen=True, kw_only=True)
class Block:
    """Whole records, and the physical line on which the first begins."""

    data: bytes
    line: int


def line_count(data: bytes) -> int:
    """Return how many line ends `data` holds, whichever system wrote them."""
    returns = data.count(b"\r")
    return data.count(b"\n") + (returns - data.count(b"\r\n") if returns else 0)


def record_spans(data: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each record in `data`, line ends excluded, empty lines skipped."""
    for start, end, _ in _records(data, delimiter):
        if end > start:
            yield start, end


def _records(data: bytes, delimiter: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each record starts, where it ends, and where its line end does."""
    record = _pattern(rb"(%s(?:D%s)*+)(?:\r\n|\n|\r|\Z)", delimiter)
    start = 0
    while start < len(data):
        match = record.match(data, start)
        if match is None:  # cannot be: the pattern takes any text
            break
        yield start, match.end(1), match.end()
        start = match.end()


def end_of_records(data: bytes, delimiter: str) -> int:
    """Return where the last whole record of `data` ends, line end included; 0 when there is none."""
    if b'"' not in data:
        return _after_line_end(data, len(data))
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == QUOTE)
    if not _is_regular(data, quotes, delimiter):
        return _end_by_reading(data, delimiter)
    end = _after_line_end(data, len(data))
    if np.searchsorted(quotes, end) % 2 == 0:  # as many marks opened as closed: no quoted part goes on
        return end
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == data[end - 1])
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _after_line_end(data: bytes, end: int) -> int:
    found = data.rfind(b"\n", 0, end)
    if found < 0 and b"\n" not in data:  # old Macintosh files; a last \r may be half of \r\n
        found = data.rfind(b"\r", 0, min(end, len(data) - 1))
    return found + 1


def _is_regular(data: bytes, quotes: np.ndarray, delimiter: str) -> bool:
    """Return whether every mark, counted in turn, opens at a field's start or closes at its end."""
    text = np.frombuffer(data, np.uint8)
    neighbours = np.zeros(256, bool)
    neighbours[[QUOTE, 10, 13, ord(delimiter)]] = True
    opens, closes = quotes[0::2], quotes[1::2]
    opens, closes = opens[opens > 0], closes[closes < len(data) - 1]
    return bool(neighbours[text[opens - 1]].all() and neighbours[text[closes + 1]].all())


def _end_by_reading(data: bytes, delimiter: str) -> int:
    return max((after for _, end, after in _records(data, delimiter) if after > end), default=0)


def is_unclosed(record: bytes, delimiter: str) -> bool:
    """Return whether a quoted part of `record` runs to its end without a closing mark."""
    return _pattern(rb'(?:%sD)*+"[^"]*+(?:""[^"]*+)*+\Z', delimiter).match(record) is not None


def _pattern(shape: bytes, delimiter: str) -> re.Pattern[bytes]:
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"?+)?+[^D\r\n]*+'
    return re.compile(shape.replace(b"%s", field).replace(b"D", re.escape(delimiter.encode())))


class Blocks:
    """The blocks of a CSV text.

    A record that never ends is set aside, and reading resumes on its next line.
    """

    def __init__(self, text: Text, delimiter: str, rejects: FileRejects) -> None:
        self.delimiter = delimiter
        self._text, self._rejects = text, rejects
        self._buffer, self._line = b"", 1

    def peek(self, size: int) -> bytes:
        """Return the beginning of what is left, without consuming it."""
        while len(self._buffer) < size and (piece := self._text.read(size)):
            self._buffer += piece
        return self._buffer[:size]

    def first_record(self) -> bytes:
        """Consume and return the first record, the header."""
        self.peek(BLOCK_BYTES)
        start, end = next(record_spans(self._buffer, self.delimiter), (0, len(self._buffer)))
        head = self._buffer[start:end]
        end += 2 if self._buffer.startswith(b"\r\n", end) else 1
        self._advance(end)
        return head

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks of whole records to the end of the text."""
        ended = False
        while not ended:
            piece = self._text.read(BLOCK_BYTES)
            ended, self._buffer = not piece, self._buffer + piece
            while end := end_of_records(self._buffer, self.delimiter):
                yield self._block(end)
            if len(self._buffer) > ROW_BYTES_MAX:
                self._skip_line("row.long", bytes_max=ROW_BYTES_MAX)
        while self._buffer:
            yield from self._last()

    def _last(self) -> Iterator[Block]:
        """Yield what stands behind the last line end, once no quotation mark is left open there."""
        if end := end_of_records(self._buffer, self.delimiter):
            yield self._block(end)
        elif is_unclosed(self._buffer, self.delimiter):
            self._skip_line("row.quote")
        else:
            yield self._block(len(self._buffer))

    def _block(self, end: int) -> Block:
        block = Block(data=self._buffer[:end], line=self._line)
        self._advance(end)
        return block

    def _advance(self, end: int) -> None:
        self._line += line_count(self._buffer[:end])
        self._buffer = self._buffer[end:]

    def _skip_line(self, code: str, **facts: object) -> None:
        """Set the physical line aside on which the buffer begins, however long it is."""
        self._rejects.add(code, Place(number=self._line, excerpt=excerpt(self._buffer)), **facts)
        while (end := self._buffer.find(b"\n")) < 0:
            self._buffer = self._text.read(BLOCK_BYTES)
            if not self._buffer:
                return
        self._advance(end + 1)
