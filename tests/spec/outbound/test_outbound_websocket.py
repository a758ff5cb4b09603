"""WebSockets to real servers on this machine, well-behaved and not."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.server import serve as serve_websocket

from vigie.outbound import LOOPBACK, Peer
from vigie.outbound.errors import (
    AddressRefusedError,
    BadHeaderError,
    BrokenAnswerError,
    InsecureError,
    OutboundError,
    PortRefusedError,
    RedirectRefusedError,
    SchemeRefusedError,
    StreamEndedError,
    StreamRefusedError,
    TimedOutError,
    TooLargeError,
)

pytestmark = pytest.mark.enable_socket
HERE = "127.0.0.1"


@pytest.fixture
def talk(authority):
    """Return a function that starts a server which deals with each connection as it is told."""
    with ExitStack() as running:

        def start(handler, *, tls=None, **options):
            def handle(connection) -> None:
                site.asked.append((connection.request.path, dict(connection.request.headers.raw_items())))
                with suppress(ConnectionClosed):
                    handler(connection)

            context = tls.server_context("feed.example") if tls else None
            server = serve_websocket(handle, HERE, 0, ssl=context, **options)
            port = server.socket.getsockname()[1]
            scheme = "https" if tls else "http"
            site = SimpleNamespace(
                host="feed.example",
                asked=[],
                url=f"{'wss' if tls else 'ws'}://feed.example:{port}/",
                peer=Peer("feed.example", port, scheme=scheme, networks=LOOPBACK),
            )
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            running.callback(thread.join)
            running.callback(server.shutdown)
            return site

        yield start


def drain(talking, into: list[bytes], each=None) -> None:
    """Read all messages to the end."""
    for some in talking:
        into += some
        if each:
            each()


def read_all(talking) -> list[bytes]:
    """Return all messages until it ends; the end must be said."""
    found: list[bytes] = []
    with pytest.raises(StreamEndedError):
        drain(talking, found)
    return found


@pytest.mark.parametrize("is_secure", [True, False])
def test_messages_come_as_they_are_sent_and_the_end_is_said(talk, client, authority, is_secure):
    def handler(connection) -> None:
        connection.send("é")
        connection.send(b"\0\1")
        connection.send(["in ", "three ", "pieces"])

    site = talk(handler, tls=authority if is_secure else None)
    with client(site).websocket(f"{site.url}subscribe?a=b&c=%20", headers={"X-Key": "k"}) as talking:
        assert read_all(talking) == ["é".encode(), b"\0\1", b"in three pieces"]
    [(path, headers)] = site.asked
    assert path == "/subscribe?a=b&c=%20"
    assert (headers["User-Agent"], headers["X-Key"]) == ("Vigie", "k")
    assert headers["Host"] == site.url.split("/")[2]
    assert "Sec-WebSocket-Extensions" not in headers


def test_ten_thousand_messages_come_in_order(talk, client):
    def handler(connection) -> None:
        for number in range(10_000):
            connection.send(str(number))

    site = talk(handler)
    with client(site).websocket(site.url) as talking:
        assert read_all(talking) == [str(number).encode() for number in range(10_000)]


def test_empty_pieces_of_a_message_that_never_ends_fill_no_memory(talk, client):
    site = talk(lambda connection: connection.recv(timeout=10))
    with client(site).websocket(site.url) as talking:
        endless = (Frame(Opcode.CONT, b"", fin=False) for _ in range(100_000))
        assert talking._whole([Frame(Opcode.TEXT, b"a", fin=False)]) == []
        assert talking._whole(endless) == []
        assert talking._pieces == [b"a"]
        assert talking._whole([Frame(Opcode.CONT, b"b", fin=True)]) == [b"ab"]


def test_a_ping_is_answered_and_sent_into_silence(talk, client):
    heard = []

    def handler(connection) -> None:
        heard.append(connection.ping().wait(10))
        threading.Event().wait(0.3)
        connection.send("still here")

    site = talk(handler)
    with client(site, ping_ms=50, silence_ms=250).websocket(site.url) as talking:
        assert read_all(talking) == [b"still here"]  # pongs are signs of life
    assert heard == [True]


def test_one_who_answers_no_ping_is_given_up(client, deaf):
    asking = client(deaf, ping_ms=50, silence_ms=120).websocket(deaf.url)
    with pytest.raises(TimedOutError, match="120 ms"), asking as talking:
        list(talking)


def test_a_message_that_is_too_large_ends_it(talk, client):
    site = talk(lambda connection: connection.send(["x" * 600, "x" * 600]))
    asking = client(site, message_bytes_max=1000).websocket(site.url)
    with pytest.raises(TooLargeError, match="1000 bytes"), asking as talking:
        list(talking)


def test_messages_may_come_for_longer_than_opening_may_take_but_not_for_ever(talk, client):
    over = threading.Event()

    def handler(connection) -> None:
        connection.send("one")
        over.wait(10)

    site, found, passed_s = talk(handler), [], iter([0, 0, 0, 0, 0, 0, 0, 0, 80])
    asking = client(
        site, clock=lambda: next(passed_s, 100), total_ms=60_000, stream_ms=90_000, silence_ms=10**9
    )
    with pytest.raises(TimedOutError, match="90000 ms"), asking.websocket(site.url) as talking:
        drain(talking, found)
    over.set()


@pytest.mark.parametrize(("status", "error"), [
    (301, RedirectRefusedError), (307, RedirectRefusedError), (200, StreamRefusedError),
    (401, StreamRefusedError), (429, StreamRefusedError), (503, StreamRefusedError),
])  # fmt: skip
def test_another_status_opens_none_and_is_not_followed(serve, client, raw, status, error):
    head = f"HTTP/1.1 {status} So\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nno"
    site = serve({"/": raw(head.encode())}, tls=None)
    with pytest.raises(error), client(site).websocket(site.url.replace("http", "ws")):
        pytest.fail("it opened")
    assert len(site.asked) == 1


SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\n"
WRONG = [
    SWITCHING + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
    SWITCHING + b"\r\n",
    b"SSH-2.0-OpenSSH\r\n",
    b"\0" * 10_000,
]


@pytest.mark.parametrize("answer", WRONG)
def test_what_is_no_websocket_is_said(serve, client, raw, answer):
    site = serve({"/": raw(answer)}, tls=None)
    with pytest.raises(BrokenAnswerError, match="WebSockets"), client(site).websocket(site.url):
        pytest.fail("it opened")


def test_a_head_without_end_is_refused(serve, client, raw):
    site = serve({"/": raw(b"HTTP/1.1 503 No\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)}, tls=None)
    with pytest.raises(TooLargeError), client(site).websocket(site.url):
        pytest.fail("it opened")


def accepting(*frames: bytes):
    """Return a page that opens a WebSocket, sends these bytes and hangs up."""
    from websockets.utils import accept_key

    def page(handler) -> None:
        key = accept_key(handler.headers["Sec-WebSocket-Key"])
        head = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n"
        handler.wfile.write(SWITCHING + head.encode() + b"".join(frames))

    return page


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


def test_what_comes_with_the_answer_itself_is_not_lost_and_a_cut_is_said(serve, client):
    site = serve({"/": accepting(frame(Opcode.TEXT, b"first"), frame(Opcode.TEXT, b"second"))}, tls=None)
    found = []
    with pytest.raises(BrokenAnswerError, match="cut"), client(site).websocket(site.url) as talking:
        drain(talking, found)
    assert found == [b"first", b"second"]


@pytest.mark.parametrize("sent", [
    frame(Opcode.CONT, b"x"),
    frame(Opcode.TEXT, b"x", fin=False) + frame(Opcode.TEXT, b"y"),
    b"\xff\xff\xff\xff",
    bytes([0x81, 0x81, 0, 0, 0, 0, 0x20]),  # masked, as servers must not
    bytes([0xC1, 0x01, 0x20]),  # packed by an extension that nobody asked for
])  # fmt: skip
def test_frames_out_of_order_end_it(serve, client, sent):
    site = serve({"/": accepting(sent)}, tls=None)
    with pytest.raises(BrokenAnswerError), client(site).websocket(site.url) as talking:
        list(talking)


@pytest.mark.parametrize("is_secure", [True, False])
def test_another_thread_ends_the_wait_for_messages(talk, client, authority, is_secure):
    over = threading.Event()

    def handler(connection) -> None:
        connection.send("one")
        over.wait(10)

    site = talk(handler, tls=authority if is_secure else None)
    with pytest.raises(OutboundError), client(site).websocket(site.url) as talking:
        drain(talking, [], threading.Thread(target=talking.cut).start)
    over.set()


def test_who_leaves_says_goodbye(talk, client):
    codes = []

    def handler(connection) -> None:
        connection.send("one")
        try:
            connection.recv(timeout=10)
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code)
            over.set()

    over = threading.Event()
    site = talk(handler)
    with client(site).websocket(site.url) as talking:
        assert next(iter(talking)) == [b"one"]
    assert over.wait(10)
    assert codes == [1000]


def test_nothing_that_is_said_is_logged(talk, client, caplog):
    site = talk(lambda connection: connection.send("canary"))
    with caplog.at_level(logging.DEBUG), client(site).websocket(site.url) as talking:
        read_all(talking)
    ours = [record for record in caplog.records if record.name.startswith(("vigie", "websockets.client"))]
    assert not [record for record in ours if "canary" in record.getMessage()]


# The guard


@pytest.mark.parametrize(("url", "error"), [
    ("ws://feed.example/", SchemeRefusedError), ("wss://feed.example:8443/", PortRefusedError),
    ("wss://127.0.0.1/", AddressRefusedError), ("wss://feed.example/", AddressRefusedError),
    ("wss://[::ffff:169.254.169.254]/", AddressRefusedError), ("ftp://feed.example/", SchemeRefusedError),
])  # fmt: skip
def test_a_websocket_goes_nowhere_that_a_request_may_not_go(client, names, url, error):
    asking = client(resolver=names({"feed.example": ["10.0.0.1"]}))
    with pytest.raises(error), asking.websocket(url):
        pytest.fail("it opened")


def test_a_certificate_of_a_stranger_is_refused(talk, client, stranger):
    site = talk(lambda _connection: None, tls=stranger)
    with pytest.raises(InsecureError), client(site).websocket(site.url):
        pytest.fail("it opened")


def test_a_header_that_breaks_the_request_is_refused(client):
    with pytest.raises(BadHeaderError), client().websocket("wss://feed.example/", headers={"X": "a\r\nb"}):
        pytest.fail("it opened")


@pytest.fixture
def deaf(serve):
    """A server that opens a WebSocket and then does nothing at all."""
    over = threading.Event()

    def page(handler) -> None:
        accepting()(handler)
        handler.wfile.flush()
        over.wait(10)

    site = serve({"/": page}, tls=None)
    yield site
    over.set()


def test_the_socket_is_closed_whatever_happens(talk, client):
    seen = []

    def handler(connection) -> None:
        connection.send("one")
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=10)
        seen.append(True)
        over.set()

    over = threading.Event()
    site = talk(handler)
    with pytest.raises(ZeroDivisionError), client(site).websocket(site.url) as talking:
        drain(talking, [], lambda: 1 / 0)
    assert over.wait(10)
    assert seen == [True]
