"""Server-sent events: read as the standard says, from real servers on this machine."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.outbound.errors import (
    AddressRefusedError,
    BrokenAnswerError,
    OutboundError,
    RedirectRefusedError,
    StreamEndedError,
    StreamRefusedError,
    TimedOutError,
    TooLargeError,
)
from vigie.outbound.events import EventParser, ServerEvent

KIND = "text/event-stream; charset=utf-8"
TWO = b': hello\n\nevent: update\ndata: {"a": 1}\n\ndata: one\ndata:two\nid: 7\nretry: 10\n\n'
TWO_READ = [ServerEvent("update", b'{"a": 1}'), ServerEvent("message", b"one\ntwo")]


def parsed(*pieces: bytes, bytes_max: int = 1000) -> list[ServerEvent]:
    parser = EventParser(bytes_max=bytes_max, host="feed.example")
    return [event for piece in pieces for event in parser.feed(piece)]


def drain(stream, into: list, each=None) -> None:
    """Read a stream to its end."""
    for some in stream:
        into += some
        if each:
            each()


# The standard


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_end_in_any_of_three_ways(end):
    assert parsed(TWO.replace(b"\n", end) + b":") == TWO_READ


@given(cuts=st.lists(st.integers(0, len(TWO) + 20), max_size=6), end=st.sampled_from([b"\n", b"\r", b"\r\n"]))
def test_where_a_stream_is_cut_into_pieces_makes_no_difference(cuts, end):
    whole = TWO.replace(b"\n", end) + b":"
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    assert parsed(*(whole[a:b] for a, b in pairwise(places))) == TWO_READ


@pytest.mark.parametrize(("sent", "read"), [
    (b"data\n\n", [ServerEvent("message", b"")]),
    (b"data:  two spaces\n\n", [ServerEvent("message", b" two spaces")]),
    (b"event: lonely\n\ndata: next\n\n", [ServerEvent("message", b"next")]),
    (b"data: not whole\n", []),
    (b"unknown: x\ndata: y\n\n", [ServerEvent("message", b"y")]),
    (b"\xef\xbb\xbfdata: marked\n\n", [ServerEvent("message", b"marked")]),
    (b"event: \xff\ndata: \xff\n\n", [ServerEvent("\ufffd", b"\xff")]),
])  # fmt: skip
def test_odd_events_are_read_as_the_standard_says(sent, read):
    assert parsed(sent) == read


@pytest.mark.parametrize("sent", [b"data: " + b"x" * 1001, b"data: xxxxxxxxxx\n" * 100])
def test_an_event_that_grows_too_large_ends_the_stream(sent):
    with pytest.raises(TooLargeError):
        parsed(*(sent[n : n + 10] for n in range(0, len(sent), 10)))


# Servers


def streaming(*pieces: bytes, waits: threading.Event | None = None, **headers: str):
    """Return a page that sends these pieces, waits, and ends."""

    def page(handler) -> None:
        handler.send_response(200)
        for name, value in {"Content-Type": KIND, **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
        if waits:
            waits.wait(10)

    return page


@pytest.mark.enable_socket
def test_events_come_as_they_are_sent_and_the_end_is_said(serve, client):
    site = serve({"/s": streaming(TWO[:30], TWO[30:])})
    found = []
    asking = client(site).stream(f"{site.url}s?x=1", headers={"Authorization": "Bearer t"})
    with asking as events, pytest.raises(StreamEndedError):
        drain(events, found)
    assert found == TWO_READ
    [(_, path, headers, _)] = site.asked
    assert (path, headers["accept"], headers["accept-encoding"]) == (
        "/s?x=1",
        "text/event-stream",
        "identity",
    )
    assert headers["authorization"] == "Bearer t"


@pytest.mark.enable_socket
def test_events_may_come_for_longer_than_an_answer_may_take(serve, client):
    site = serve({"/": streaming(*[b"data: x\n\n"] * 50)})
    now = iter(range(10_000))
    found = []
    asking = client(site, clock=lambda: next(now) / 10, total_ms=5_000)
    with pytest.raises(StreamEndedError), asking.stream(site.url) as events:
        drain(events, found)
    assert len(found) == 50


@pytest.mark.enable_socket
@pytest.mark.parametrize(("status", "error"), [
    (401, StreamRefusedError), (404, StreamRefusedError), (503, StreamRefusedError),
    (302, RedirectRefusedError), (307, RedirectRefusedError),
])  # fmt: skip
def test_another_status_opens_no_stream(serve, client, page, status, error):
    site = serve({"/": page(status, b"", Location="/elsewhere", Content_Type=KIND)})
    with pytest.raises(error), client(site).stream(site.url):
        pytest.fail("it opened")
    assert len(site.asked) == 1


@pytest.mark.enable_socket
@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/event-streams"])
def test_another_kind_of_answer_is_no_stream(serve, client, kind):
    site = serve({"/": streaming(TWO, **{"Content-Type": kind})})
    with pytest.raises(BrokenAnswerError, match="no stream of events"), client(site).stream(site.url):
        pytest.fail("it opened")


@pytest.mark.enable_socket
def test_silence_ends_a_stream(serve, client):
    over = threading.Event()
    site = serve({"/": streaming(TWO, waits=over)})
    asking = client(site, silence_ms=50).stream(site.url)
    with pytest.raises(TimedOutError, match="50 ms"), asking as events:
        list(events)
    over.set()


@pytest.mark.enable_socket
def test_no_stream_outlives_its_time(serve, client):
    site = serve({"/": streaming(*[b"data: x\n\n"] * 50)})
    now = iter(range(10_000))
    asking = client(site, clock=lambda: next(now), total_ms=60_000, stream_ms=3_000)
    with pytest.raises(TimedOutError, match="3000 ms"), asking.stream(site.url) as events:
        list(events)


@pytest.mark.enable_socket
@pytest.mark.parametrize("is_secure", [True, False])
def test_another_thread_ends_the_wait_for_events(serve, client, authority, is_secure):
    over = threading.Event()
    site = serve({"/": streaming(TWO, waits=over)}, tls=authority if is_secure else None)
    with pytest.raises(OutboundError), client(site).stream(site.url) as events:
        drain(events, [], threading.Thread(target=events.cut).start)
    events.cut()  # once more is harmless
    over.set()


@pytest.mark.enable_socket
def test_a_stream_goes_nowhere_that_a_request_may_not_go(client, names):
    asking = client(resolver=names({"feed.example": ["127.0.0.1"]}))
    with pytest.raises(AddressRefusedError), asking.stream("https://feed.example/"):
        pytest.fail("it opened")
