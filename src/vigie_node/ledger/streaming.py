"""Send a long text or file piece by piece, under ASGI as in tests, without holding all of it in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django.http import HttpRequest


def streamed(
    request: HttpRequest, pieces: Iterator[str] | Iterator[bytes], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """Return a download of these pieces.

    Under ASGI, Django gathers what a plain iterator yields before it sends any: there it gets another kind.
    """
    return StreamingHttpResponse(
        _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _one_by_one(pieces: Iterator[str] | Iterator[bytes]) -> AsyncIterator[str | bytes]:
    after = sync_to_async(_after)
    while (piece := await after(pieces)) is not None:
        yield piece


def _after(pieces: Iterator[str] | Iterator[bytes]) -> str | bytes | None:
    return next(pieces, None)
