"""Servers on loopback that play the sources of live collection, and what a listener works with."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve as serve_websocket

from vigie.outbound import LOOPBACK, Client, Peer, Policy
from vigie_node.sources.live.health import Health
from vigie_node.sources.live.listening import Listening
from vigie_node.sources.live.robots import Robots
from vigie_node.sources.live.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = "127.0.0.1"
T0_US = 1_763_812_800_000_000
SECOND_US = 1_000_000


def event(number: int, *, rate: int = 10, **more: object) -> dict[str, object]:
    """Return the event of a post; ten a second."""
    record = {"$type": "app.bsky.feed.post", "createdAt": "2025-11-22T12:00:00Z", "text": f"n {number}"}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": f"k{number}"}
    return {
        "did": f"did:plc:{number % 7}",
        "time_us": T0_US + number * SECOND_US // rate,
        "kind": "commit",
        "commit": commit | {"record": record},
        **more,
    }


class Jetstream:
    """Sends `portion` events to each connection from its cursor, then hangs up; stays when all is sent."""

    def __init__(self, *, count: int, portion: int) -> None:
        self.count, self.portion = count, portion
        self.asked: list[dict[str, list[str]]] = []

    def talk(self, connection) -> None:
        asked = parse_qs(urlsplit(connection.request.path).query)
        self.asked.append(asked)
        cursor = int(asked.get("cursor", ["0"])[0])
        first = max(0, -(-(cursor - T0_US) * 10 // SECOND_US))
        last = min(self.count, first + self.portion)
        with suppress(ConnectionClosed):
            for number in range(first, last):
                connection.send(json.dumps(event(number)))
            if last == self.count:
                connection.recv()


class Running:
    """Servers that run until the test ends."""

    def __init__(self) -> None:
        self.stack = ExitStack()

    def websocket(self, talk: Callable[..., None]) -> str:
        """Start a WebSocket server and return its address."""
        server = serve_websocket(talk, HERE, 0, compression=None)
        self._run(server.serve_forever, server.shutdown)
        return f"ws://{HERE}:{server.socket.getsockname()[1]}"

    def site(self, pages: dict[str, Callable[[BaseHTTPRequestHandler], None]]) -> Site:
        """Start a web server."""
        site = Site(pages)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address) -> None:
                pass

        server = Server((HERE, 0), Handler)
        self.stack.callback(server.server_close)
        self._run(lambda: server.serve_forever(poll_interval=0.01), server.shutdown)
        site.url = f"http://{HERE}:{server.server_address[1]}"
        return site

    def _run(self, run: Callable[[], None], end: Callable[[], None]) -> None:
        thread = threading.Thread(target=run)
        thread.start()
        self.stack.callback(thread.join)
        self.stack.callback(end)


class Site:
    """A web server of pages that tests may change, and what it was asked."""

    def __init__(self, pages) -> None:
        self.pages, self.asked, self.url = dict(pages), [], ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0]
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append((handler.path, headers))
        page = self.pages.get(path)
        if page is None:
            page = answering(404)
        page(handler)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def answering(status: int, body: bytes = b"", **headers: str):
    """Return a page that answers so; `_` in a header's name stands for `-`."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return page


def listening(folder: Path, address: str, *, now_ms: Callable[[], int], **more: object) -> Listening:
    """Return what a listener works with, to whom everything on loopback is open."""
    ports = {urlsplit(address).port, *more.pop("ports", ())}
    peers = tuple(Peer(HERE, int(port), scheme="http", networks=LOOPBACK) for port in ports if port)
    client = Client(Policy(peers=peers, ports=frozenset({443})))
    return Listening(
        address=address,
        client=client,
        segments=Segments(folder, now_ms=now_ms),
        health=Health(now_ms),
        robots=Robots(client, now_ms=now_ms),
        now_ms=now_ms,
        **more,
    )
