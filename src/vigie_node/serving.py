"""The web process: `python -m vigie_node.serving SOCKET READY`, two open file descriptors of the supervisor.

The supervisor holds the listening socket, so that a visitor who comes while this process starts again waits
instead of being refused. A byte on READY says that pages are answered.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from vigie_node.home import Home
from vigie_node.tied import die_with_parent

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

CONNECTIONS_MAX = 250  # more are answered 503; browsers keep a few open each
HEAD_BYTES_MAX = 32 * 1024  # request line and headers
HEAD_SECONDS_MAX = 15  # until the head is whole
IDLE_SECONDS_MAX = 15
GRACE_SECONDS_MAX = 10


class Prompt(H11Protocol):
    """Ends a connection that does not say what it asks for (abuse case 39); uvicorn waits without end."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting while a request's head is not whole."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._be_served()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._be_served()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

    def _be_served(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: int) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        os.write(self._ready, b"1")


def main(arguments: Sequence[str]) -> None:
    """Answer pages until told to stop."""
    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
    listening, ready = (int(argument) for argument in arguments)
    Server(configuration(Home.here().configuration.trusted_proxies), ready).run(
        [socket.socket(fileno=listening)]
    )


def configuration(trusted_proxies: tuple[str, ...]) -> uvicorn.Config:
    """Return how uvicorn is run."""
    return uvicorn.Config(
        "vigie_node.asgi:application",
        http=Prompt,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,  # Django's configuration of logs stands
        log_level="warning",
        access_log=False,  # its lines hold addresses with their queries
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=CONNECTIONS_MAX,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        timeout_keep_alive=IDLE_SECONDS_MAX,
        timeout_graceful_shutdown=GRACE_SECONDS_MAX,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
