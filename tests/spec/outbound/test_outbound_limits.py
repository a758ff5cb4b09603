"""Size and time have limits, against real servers that respect none."""

from __future__ import annotations

import gzip
import itertools
import threading
import tracemalloc

import pytest

from vigie.outbound.errors import TimedOutError, TooLargeError

pytestmark = pytest.mark.enable_socket

MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"


def endless(piece: bytes, *, head: bytes = HEAD + b"\r\n"):
    """Return a page that sends a head and then one piece again and again, until the client hangs up."""

    def page(handler) -> None:
        handler.wfile.write(head)
        while True:
            handler.wfile.write(piece)

    return page


@pytest.mark.parametrize("to_file", [False, True])
def test_abuse_39_a_body_is_read_up_to_its_limit(serve, client, page, tmp_path, to_file):
    to = tmp_path / "body" if to_file else None
    site = serve({"/fits": page(200, b"x" * 1000), "/over": page(200, b"x" * 1001)}, tls=None)
    asking = client(site, body_bytes_max=1000)
    assert asking.get(f"{site.url}fits").size_bytes == 1000
    with pytest.raises(TooLargeError):
        asking.get(f"{site.url}over", to=to)
    assert list(tmp_path.iterdir()) == []


def test_abuse_39_a_body_that_says_it_is_too_large_is_not_read(serve, client, raw):
    site = serve({"/": raw(HEAD + b"Content-Length: 1000000000000\r\n\r\n")}, tls=None)
    with pytest.raises(TooLargeError):
        client(site).get(site.url)


@pytest.mark.parametrize("to_file", [False, True])
@pytest.mark.parametrize("page", [
    endless(b"x" * 4096),
    endless(b"1000\r\n" + b"x" * 4096 + b"\r\n", head=HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
])  # fmt: skip
def test_abuse_39_an_endless_body_ends_at_the_limit(serve, client, page, tmp_path, to_file):
    site = serve({"/": page}, tls=None)
    with pytest.raises(TooLargeError):
        client(site, body_bytes_max=MIB).get(site.url, to=tmp_path / "body" if to_file else None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to_file", [False, True])
def test_abuse_40_a_decompression_bomb_ends_at_the_limit_and_fills_no_memory(
    serve, client, page, tmp_path, to_file
):
    bomb = gzip.compress(bytes(64 * MIB))
    assert len(bomb) < MIB
    site = serve({"/": page(200, bomb, Content_Encoding="gzip")}, tls=None)
    asking = client(site, body_bytes_max=MIB)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        asking.get(site.url, to=tmp_path / "body" if to_file else None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB
    assert list(tmp_path.iterdir()) == []


def test_abuse_40_empty_parts_without_end_are_counted_as_sent(serve, client):
    part = gzip.compress(b"") * 1000
    site = serve({"/": endless(part, head=HEAD + b"Content-Encoding: gzip\r\n\r\n")}, tls=None)
    with pytest.raises(TooLargeError):
        client(site, body_bytes_max=MIB).get(site.url)


def test_a_gzip_header_without_end_is_counted_as_sent(serve, client):
    name = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03"  # a file name follows, and never ends
    site = serve({"/": endless(b"x" * 4096, head=HEAD + b"Content-Encoding: gzip\r\n\r\n" + name)}, tls=None)
    with pytest.raises(TooLargeError):
        client(site, body_bytes_max=MIB // 4).get(site.url)


@pytest.mark.parametrize("piece", [b"X-A: b\r\n", b"x" * 4096, b" continued\r\n"])
def test_abuse_38_headers_without_end_end_at_the_limit(serve, client, piece):
    site = serve({"/": endless(piece, head=HEAD + b"X-First: 1\r\n")}, tls=None)
    with pytest.raises(TooLargeError):
        client(site).get(site.url)


def test_interim_answers_without_end_end_at_the_limit(serve, client):
    site = serve({"/": endless(b"HTTP/1.1 100 Continue\r\n\r\n", head=b"")}, tls=None)
    with pytest.raises(TooLargeError):
        client(site).get(site.url)


def test_the_head_has_its_own_limit(serve, client, page):
    site = serve({"/": page(200, b"x" * 100_000, X_Long="y" * 2_000)}, tls=None)
    assert client(site, header_bytes_max=4_096).get(site.url).size_bytes == 100_000
    with pytest.raises(TooLargeError):
        client(site, header_bytes_max=2_000).get(site.url)


# Time


@pytest.fixture
def stalling():
    """Return a function that makes a page which sends something and then nothing more."""
    over = threading.Event()

    def make(sent: bytes):
        def page(handler) -> None:
            handler.wfile.write(sent)
            over.wait(10)

        return page

    yield make
    over.set()


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 2", HEAD, HEAD + b"\r\n", HEAD + b"Content-Length: 9\r\n\r\nabc"]
)
def test_silence_has_a_limit(serve, client, stalling, tmp_path, sent):
    site = serve({"/": stalling(sent)}, tls=None)
    with pytest.raises(TimedOutError) as caught:
        client(site, read_ms=30).get(site.url, to=tmp_path / "body")
    assert caught.value.facts == {"host": "feed.example", "limit_ms": 30}
    assert list(tmp_path.iterdir()) == []


def test_all_of_it_has_a_limit(serve, client, stalling):
    site = serve({"/": stalling(HEAD + b"\r\n")}, tls=None)
    with pytest.raises(TimedOutError) as caught:
        client(site, total_ms=300).get(site.url)
    assert caught.value.facts["limit_ms"] == 300


def clock(step_s: float):
    """Return a clock that goes forward by `step_s` whenever somebody looks at it."""
    times = itertools.count(step=step_s)
    return lambda: next(times)


def test_a_body_that_drips_ends_with_the_time(serve, client):
    site = serve({"/": endless(b"1\r\nx\r\n", head=HEAD + b"Transfer-Encoding: chunked\r\n\r\n")}, tls=None)
    with pytest.raises(TimedOutError) as caught:
        client(site, clock=clock(10), total_ms=60_000).get(site.url)
    assert caught.value.facts["limit_ms"] == 60_000


def test_redirects_share_one_time(serve, client, page):
    site = serve({"/": page(302, Location="/")}, tls=None)
    with pytest.raises(TimedOutError):
        client(site, clock=clock(0.5), total_ms=30_000, redirects_max=10_000).get(site.url)


def test_a_handshake_that_never_comes_has_a_limit(client, listener):
    """The system accepts the connection; nobody speaks TLS on it."""
    with pytest.raises(TimedOutError) as caught:
        client(listener.site, connect_ms=30).get(listener.site.url)
    assert caught.value.facts["limit_ms"] == 30


def test_a_connection_is_closed_when_the_time_ends_before_tls(client, listener):
    asking = client(
        listener.site, clock=clock(25), total_ms=60_000
    )  # resolve at 25 s, connect at 50, TLS at 75
    with pytest.raises(TimedOutError) as caught:
        asking.get(listener.site.url)
    connection, _ = listener.socket.accept()
    with connection:
        connection.settimeout(5)
        assert connection.recv(1) == b""  # hung up, though the error still holds everything
    assert caught.value.facts["limit_ms"] == 60_000


def test_no_time_left_means_no_connection(serve, client, page):
    site = serve({"/": page(200)}, tls=None)
    with pytest.raises(TimedOutError):
        client(site, clock=clock(100), total_ms=60_000).get(site.url)
    assert site.asked == []
