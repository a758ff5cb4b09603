"""The pages in one web archive that somebody saved of a post, with narrower limits than a whole crawl's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from vigie.collect.errors import DamagedFileError, OversizedArchiveError, UnknownFormatError
from vigie.collect.formats import recognise
from vigie.collect.links import canonical_link
from vigie.collect.web import wacz, warc
from vigie.collect.web.markup import TEXT_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES_MAX = 20
UNPACKED_MAX = 1 << 30  # bytes; a saved post has a few dozen megabytes


class _Counted:
    """Unpacked bytes, up to the limit."""

    def __init__(self, source: warc.Source, path: Path) -> None:
        self._source, self._path, self._size = source, path, 0

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self._size += len(piece)
        if self._size > UNPACKED_MAX:
            raise OversizedArchiveError(path=self._path, bytes=self._size, bytes_max=UNPACKED_MAX)
        return piece


def pages_of(path: Path, address: str | None) -> list[tuple[str, str | None]]:
    """Return the pages of a WARC or WACZ: the HTML and address of each.

    Args:
        path: the archive.
        address: of the post; where the archive holds pages of this address, only those.

    Raises:
        FileError: it is damaged, altered, larger than UNPACKED_MAX, or no web archive.
    """
    wanted = canonical_link(address) if address else ""
    own: list[tuple[str, str | None]] = []
    others: list[tuple[str, str | None]] = []
    for one in _captures(path):
        found = own if canonical_link(one.url or "") == wanted else others
        if one.content is not None and len(found) < PAGES_MAX:
            found.append((_text(one.content, one.charset), one.url))
    return own or others


def _captures(path: Path) -> Iterator[warc.Capture]:
    try:
        with _sources(path) as sources:
            for source in sources:
                yield from warc.captures(_Counted(source, path))
    except warc.WarcError as error:
        raise DamagedFileError(path=path, format="WARC") from error


@contextmanager
def _sources(path: Path) -> Iterator[list[wacz.Unpacked]]:
    shape = recognise(path)
    if shape.format == "zip":
        with wacz.opened(path, unpacked_max=UNPACKED_MAX) as sources:
            yield sources
    elif shape.format == "warc":
        with shape.text() as text:
            yield [wacz.Unpacked(text, shape.byte_count, path)]
    else:
        raise UnknownFormatError(path=path)


def _text(content: bytes, charset: str | None) -> str:
    try:
        text = content.decode(charset or "utf-8", "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return text[:TEXT_MAX]
