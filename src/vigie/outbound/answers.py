"""What a server answered, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from vigie.outbound.bodies import decoded, in_file, in_memory
from vigie.outbound.errors import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import httpcore

    from vigie.outbound.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered.

    Args:
        status: its HTTP status, 200 or more; 4xx and 5xx are answers too.
        headers: names in lower case, repeated ones joined by a comma. Cookies are dropped.
        body: the decompressed body; empty when it went to a file.
        path: the file that holds the body, or None.
        sha256: of the decompressed body, in hexadecimal.
        size_bytes: of the decompressed body.
        url: the address that answered, after redirects.
        hops: the addresses that redirected here, first the one we asked for; empty without redirect.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    path: Path | None
    sha256: str
    size_bytes: int
    url: str
    hops: tuple[str, ...]

    @property
    def is_success(self) -> bool:
        """The status says that all went well (2xx)."""
        return _is_success(self.status)

    @property
    def is_unchanged(self) -> bool:
        """Nothing new since the `etag` or `last_modified` that was sent along (304)."""
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def etag(self) -> str | None:
        """What to send next time to hear only of news."""
        return self.headers.get("etag")

    @property
    def last_modified(self) -> str | None:
        """As `etag`, for servers that go by time."""
        return self.headers.get("last-modified")


def take_answer(
    response: httpcore.Response, target: Target, *, hops: tuple[str, ...], most: int, to: Path | None
) -> Answer:
    """Read the body and return the answer.

    Args:
        response: as it arrives.
        target: who sent it.
        hops: the addresses that redirected here.
        most: the most bytes of body.
        to: a new file for the body of a success; other answers are kept in memory.

    Raises:
        OutboundError: too large, too slow, cut, or badly compressed; no file is left then.
        OSError: the file cannot be written.
    """
    headers = _headers(response)
    if int(headers.get("content-length", "0")) > most:  # httpcore has checked that it is a number
        raise TooLargeError(host=target.host, limit_bytes=most)
    chunks = decoded(
        _stream(response), coding=headers.get("content-encoding", ""), most=most, host=target.host
    )
    body, path = b"", to if _is_success(response.status) else None
    if path is None:
        body, sha256, size_bytes = in_memory(chunks)
    else:
        sha256, size_bytes = in_file(chunks, path)
    return Answer(
        status=response.status, headers=headers, body=body, path=path,
        sha256=sha256, size_bytes=size_bytes, url=target.url, hops=hops,
    )  # fmt: skip


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _stream(response: httpcore.Response) -> Iterator[bytes]:
    yield from response.iter_stream()


def _headers(response: httpcore.Response) -> Mapping[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name != "set-cookie":
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return MappingProxyType(joined)
