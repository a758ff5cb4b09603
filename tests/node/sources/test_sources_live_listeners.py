"""Listeners against servers on this machine: what comes is on the disk, once or a little more, never less."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from node.sources.live_servers import T0_US, Jetstream, Running, answering, event, listening

from vigie.outbound.errors import AddressRefusedError, OutboundError, StreamEndedError
from vigie_node.sources.live import jetstream, mastodon, visits
from vigie_node.sources.live.backoff import Backoff
from vigie_node.sources.live.errors import AnswerError, DiskError, FaultError, RobotsError
from vigie_node.sources.live.listening import one_line
from vigie_node.sources.live.running import Runner

pytestmark = pytest.mark.enable_socket
PATIENCE_S = 20


@pytest.fixture
def running():
    running = Running()
    with running.stack:
        yield running


@pytest.fixture
def clock():
    return SimpleNamespace(ms=T0_US // 1000 + 60_000)


@pytest.fixture
def to(tmp_path, clock):
    """Return what a listener of an address works with."""
    made = []

    def make(address, **more):
        made.append(listening(tmp_path / "live", address, now_ms=lambda: clock.ms, **more))
        return made[-1]

    yield make
    for one in made:
        one.segments.close()


def lines_of(one) -> list[dict]:
    """Return all that is on the disk."""
    one.segments.close()
    return [json.loads(line) for path in one.segments.closed() for line in path.read_bytes().splitlines()]


def run(one, listen, until) -> None:
    """Let a listener run until something is so."""
    runner = Runner(one, listen, Backoff(random.Random(0), first_s=0.01))  # noqa: S311 (when to try again)
    runner.start()
    assert until()
    runner.stop()
    assert runner.wait(PATIENCE_S)


def comes(true) -> bool:
    """Wait for something that another thread does, and return whether it did."""
    end = time.monotonic() + PATIENCE_S
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.01)
    return done


# One line


@pytest.mark.parametrize(("sent", "line"), [
    (b'{"a": 1}', b'{"a": 1}'), (b' {"a":1}\t', b'{"a":1}'), (b'{\n"a": "x\\ny"\r\n}', b'{"a":"x\\ny"}'),
    (b"[1]", None), (b'"x"', None), (b"", None), (b"{", None), (b'{"a":"\xff"}', None),
    (b"[" * 100_000, None),
])  # fmt: skip
def test_an_event_is_a_json_object_on_one_line(sent, line):
    assert one_line(sent) == line


# Jetstream


def test_a_stream_that_ends_again_and_again_loses_nothing(running, to):
    server = Jetstream(count=500, portion=70)
    one = to(running.websocket(server.talk) + "/subscribe?x=1")
    run(one, jetstream.listen, lambda: comes(lambda: b'"k499"' in next(one.segments.last_lines(), b"")))
    numbers = [int(line["commit"]["rkey"][1:]) for line in lines_of(one)]
    assert sorted(set(numbers)) == list(range(500))
    assert len(server.asked) == 10  # each goes back by two seconds, twenty events
    assert [asked["x"] for asked in server.asked] == [["1"]] * 10
    assert one.health.now().event_count == len(numbers)


def test_it_asks_for_what_the_options_say_and_from_now_when_nothing_is_held(to):
    one = to("wss://stream.example/subscribe", secrets={"accounts": ["did:plc:a", "did:web:b"]})
    assert jetstream.subscription(one) == (
        "wss://stream.example/subscribe?wantedCollections=app.bsky.feed.post"
        "&wantedDids=did%3Aplc%3Aa&wantedDids=did%3Aweb%3Ab"
    )


def test_it_goes_on_from_the_disk_or_from_what_was_handed_in_whichever_is_later(to):
    one = to("wss://stream.example/", cursor={"time_us": T0_US})
    assert jetstream.subscription(one).endswith(f"&cursor={T0_US - 2_000_000}")
    one.segments.append([json.dumps(event(100)).encode(), b"{}", b'{"time_us":"x"}'])
    assert jetstream.subscription(one).endswith(f"&cursor={T0_US + 8_000_000}")
    one.segments.close()
    (path,) = one.segments.closed()
    assert jetstream.cursor_of({}, path) == {"time_us": T0_US + 10_000_000}
    one.cursor = {"time_us": T0_US + 20_000_000}
    assert jetstream.subscription(one).endswith(f"&cursor={T0_US + 18_000_000}")


def test_messages_that_are_no_events_are_counted_and_left_out(running, to):
    over = threading.Event()

    def talk(connection) -> None:
        for message in ("{", "[]", '{"no":"time"}', json.dumps(event(1)), b"\xff"):
            connection.send(message)
        over.set()

    one = to(running.websocket(talk))
    with pytest.raises(StreamEndedError):
        jetstream.listen(one)
    assert [line["time_us"] for line in lines_of(one)] == [T0_US + 100_000]
    now = one.health.now()
    assert (now.event_count, now.unread_count, now.lag_ms) == (1, 4, 59_900)


def test_accounts_and_deletions_come_as_they_are(running, to):
    sent = [
        {"did": "did:plc:1", "time_us": T0_US, "kind": "account", "account": {"active": False}},
        {"did": "did:plc:1", "time_us": T0_US + 1, "kind": "identity", "identity": {"handle": "x.example"}},
        event(2, commit={"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "k1"}),
    ]
    one = to(running.websocket(lambda connection: [connection.send(json.dumps(each)) for each in sent]))
    with pytest.raises(StreamEndedError):
        jetstream.listen(one)
    assert lines_of(one) == sent


# Mastodon


def status(number: int, **more: object) -> dict[str, object]:
    return {
        "id": str(number),
        "uri": f"https://m.example/s/{number}",
        "url": f"https://m.example/@a/{number}",
        "content": "<p>x</p>",
        "created_at": "2025-11-22T12:00:00.000Z",
        "account": {"acct": "a@m.example", "url": "https://m.example/@a", "created_at": "2020-01-01"},
        **more,
    }


def told(kind: str, data: object) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return f"event: {kind}\ndata: {text}\n\n".encode()


def streaming(*portions: bytes):
    """Return a page that sends one portion to each connection, and ends."""
    left = iter(portions)

    def page(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b":)\n" + next(left, b""))

    return page


def timeline(held: list[int]):
    """Return a page of a timeline: at most 40 posts after `min_id`, the newest first."""

    def page(handler) -> None:
        least = int(handler.path.partition("min_id=")[2].partition("&")[0])
        some = sorted(number for number in held if number > least)[:40]
        answering(200, json.dumps([status(number) for number in reversed(some)]).encode())(handler)

    return page


PUBLIC, TIMELINE = "/api/v1/streaming/public", "/api/v1/timelines/public"


def test_posts_and_edits_come_and_a_deletion_says_which_post(running, to, clock):
    told_all = [
        told("update", status(1)), told("status.update", status(1, content="<p>y</p>")),
        told("notification", {"id": "9"}), told("delete", "1"), told("delete", "77"), told("update", "{"),
    ]  # fmt: skip
    site = running.site({PUBLIC: streaming(b"".join(told_all))})
    one = to(site.url, secrets={"token": "t"})
    with pytest.raises(StreamEndedError):
        mastodon.listen(one)
    first, second, third = lines_of(one)
    assert (first, second) == (status(1), status(1, content="<p>y</p>"))
    assert (third["event"], third["payload"], third["seen_ms"]) == ("delete", "1", clock.ms)
    assert third["status"]["uri"] == "https://m.example/s/1"
    assert site.asked[0][1]["authorization"] == "Bearer t"
    assert (one.health.now().event_count, one.health.now().unread_count) == (3, 1)


def test_what_was_missed_is_asked_for_before_the_stream_is_read(running, to):
    held = list(range(1_000, 1_250))
    site = running.site({
        PUBLIC: streaming(told("update", status(1_000)), told("update", status(1_250))),
        TIMELINE: timeline(held),
    })  # fmt: skip
    one = to(site.url)
    for _ in range(2):
        with pytest.raises(StreamEndedError):
            mastodon.listen(one)
    ids = [int(line["id"]) for line in lines_of(one)]
    assert sorted(set(ids)) == [*held, 1_250]
    assert site.paths()[:2] == [PUBLIC, PUBLIC]  # nothing is held at first: nothing was missed
    assert "limit=40" in site.paths()[2]


def test_ids_that_are_moments_go_back_ten_minutes_for_posts_that_come_late(to):
    now_ms = 1_763_812_800_000
    one = to("https://m.example", cursor={"id": str(now_ms << 16)})
    assert int(mastodon._earlier(mastodon._last(one))) >> 16 == now_ms - 600_000
    one.cursor = {"id": "01HFOREIGN"}
    assert mastodon._earlier(mastodon._last(one)) == "01HFOREIGN"
    one.segments.append(
        [json.dumps(status((now_ms + 5) << 16)).encode(), b'{"event":"delete","payload":"9"}']
    )
    one.segments.close()
    (path,) = one.segments.closed()
    assert mastodon.cursor_of({}, path) == {"id": str((now_ms + 5) << 16)}


@pytest.mark.parametrize(("options", "address", "path"), [
    ({}, PUBLIC, "/api/v1/timelines/public?min_id=5&limit=40"),
    ({"stream": "local"}, f"{PUBLIC}/local", "/api/v1/timelines/public?local=true&min_id=5&limit=40"),
    ({"stream": "hashtag", "tag": "élection"}, "/api/v1/streaming/hashtag?tag=%C3%A9lection",
     "/api/v1/timelines/tag/%C3%A9lection?min_id=5&limit=40"),
])  # fmt: skip
def test_each_stream_has_its_timeline(running, to, options, address, path):
    site = running.site({path.partition("?")[0]: answering(200, b"[]")})
    one = to(f"{site.url}/", options=options)
    assert mastodon.stream_address(one) == site.url + address
    assert mastodon._page(one, "5") == []
    assert site.paths() == [path]


@pytest.mark.parametrize(
    "page", [answering(200, b"{}"), answering(500), answering(401), answering(200, b"x")]
)
def test_a_timeline_that_cannot_be_read_is_an_error(running, to, page):
    one = to(running.site({TIMELINE: page, PUBLIC: streaming()}).url, cursor={"id": "5"})
    with pytest.raises(AnswerError):
        mastodon.listen(one)


def test_a_deletion_is_a_new_observation_of_its_post(running, to, clock):
    from vigie.collect.importers.mastodon import posts

    site = running.site({PUBLIC: streaming(told("update", status(1)) + told("delete", "1"))})
    one = to(site.url)
    with pytest.raises(StreamEndedError):
        mastodon.listen(one)
    (first,), (gone,) = (list(posts(line)) for line in lines_of(one))
    assert first["post_id"] == gone["post_id"]
    assert (first["author"], first["created_ms"]) == (gone["author"], gone["created_ms"])
    assert gone["deleted_seen_ms"] == clock.ms


def test_a_server_may_have_another_address_for_its_streams(to):
    one = to("https://m.example", options={"streaming": "https://s.m.example/"})
    assert mastodon.stream_address(one) == f"https://s.m.example{PUBLIC}"


# Feeds and sitemaps

RSS = b"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title></channel></rss>"


def test_a_feed_is_kept_when_it_changed_and_asked_for_news_only(running, to):
    fresh = answering(200, RSS, ETag='"1"', Last_Modified="Sat, 22 Nov 2025 12:00:00 GMT")
    site = running.site({
        "/rss": lambda handler: (answering(304) if handler.headers["If-None-Match"] else fresh)(handler)
    })  # fmt: skip
    one = to(f"{site.url}/rss", every_s=300.0)
    assert visits.feed(one) == 300.0
    assert visits.feed(one) == 300.0
    (path,) = one.segments.closed()
    assert (path.read_bytes(), path.suffix) == (RSS, ".xml")
    assert site.asked[-1][1]["if-modified-since"] == "Sat, 22 Nov 2025 12:00:00 GMT"
    assert one.health.now().event_count == 1


def test_a_server_that_knows_no_conditions_is_compared_by_content(running, to):
    site = running.site({"/rss": answering(200, RSS)})
    one = to(f"{site.url}/rss")
    visits.feed(one)
    visits.feed(one)
    assert len(one.segments.closed()) == 1
    site.pages["/rss"] = answering(200, b'\n{"version": "https://jsonfeed.org/version/1.1"}')
    visits.feed(one)
    assert [path.suffix for path in one.segments.closed()] == [".xml", ".json"]


def test_once_a_day_a_feed_is_kept_though_it_is_the_same_so_that_its_posts_are_known_to_stand(
    running, to, clock
):
    fresh = answering(200, RSS, ETag='"1"')
    site = running.site({
        "/rss": lambda handler: (answering(304) if handler.headers["If-None-Match"] else fresh)(handler)
    })  # fmt: skip
    one = to(f"{site.url}/rss")
    visits.feed(one)
    clock.ms += 24 * 60 * 60_000
    visits.feed(one)
    visits.feed(one)
    assert [path.read_bytes() for path in one.segments.closed()] == [RSS, RSS]
    assert "if-none-match" in site.asked[-1][1]


@pytest.mark.parametrize("rules", [
    b"User-agent: *\nDisallow: /rss", b"User-agent: Vigie\nDisallow: /\n\nUser-agent: *\nAllow: /",
    b"User-agent: *\nDisallow: /*.xml$\nDisallow: /r*",
])  # fmt: skip
def test_what_robots_txt_forbids_is_not_read(running, to, rules):
    site = running.site({"/rss": answering(200, RSS), "/robots.txt": answering(200, rules)})
    one = to(f"{site.url}/rss")
    for _ in range(2):
        with pytest.raises(RobotsError):
            visits.feed(one)
    assert site.paths() == ["/robots.txt"]  # asked once, remembered
    assert one.segments.closed() == []


def test_robots_txt_is_asked_again_after_a_day(running, to, clock):
    site = running.site({"/rss": answering(200, RSS)})
    one = to(f"{site.url}/rss")
    visits.feed(one)
    clock.ms += 24 * 60 * 60_000
    site.pages["/robots.txt"] = answering(200, b"User-agent: *\nDisallow: /")
    with pytest.raises(RobotsError):
        visits.feed(one)


@pytest.mark.parametrize(
    ("code", "is_read"), [(404, True), (403, True), (500, False), (503, False), (429, False)]
)
def test_where_robots_txt_fails_on_the_servers_side_nothing_is_read(running, to, code, is_read):
    site = running.site({"/rss": answering(200, RSS), "/robots.txt": answering(code)})
    one = to(f"{site.url}/rss")
    if is_read:
        visits.feed(one)
    else:
        with pytest.raises(AnswerError):
            visits.feed(one)
    assert ("/rss" in site.paths()) == is_read


@pytest.mark.parametrize(("headers", "wait_s"), [
    ({"Retry_After": "77"}, 77.0), ({}, 0.0), ({"Retry_After": "Sat, 22 Nov 2025"}, 0.0),
    ({"Retry_After": "9" * 30}, 0.0),
])  # fmt: skip
def test_how_long_a_server_asks_to_wait_is_kept_to(running, to, headers, wait_s):
    site = running.site({"/rss": answering(429, b"", **headers)})
    with pytest.raises(AnswerError) as raised:
        visits.feed(to(f"{site.url}/rss"))
    assert raised.value.wait_s == wait_s


def index_of(*places: str) -> bytes:
    found = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    return f"<?xml version='1.0'?>\n<!-- x --><sitemapindex>{found}</sitemapindex>".encode()


URLSET = b"<urlset><url><loc>https://n.example/1</loc></url></urlset>"


def test_the_sitemaps_that_an_index_names_are_kept_where_they_changed(running, to):
    site = running.site({"/a.xml": answering(200, URLSET), "/b.xml": answering(200, URLSET + b" ")})
    site.pages["/index.xml"] = answering(200, index_of(f"{site.url}/a.xml?x=1&amp;y=2", "/b.xml"), ETag='"i"')
    one = to(f"{site.url}/index.xml", every_s=60.0)
    assert visits.sitemap(one) == 60.0
    assert [path.read_bytes() for path in one.segments.closed()] == [URLSET, URLSET + b" "]
    assert "/a.xml?x=1&y=2" in site.paths()
    site.pages["/index.xml"] = answering(304)
    site.pages["/b.xml"] = answering(200, URLSET + b"  ")
    visits.sitemap(one)  # the index is the same; what it names may not be
    assert len(one.segments.closed()) == 3


def test_a_plain_sitemap_is_kept_itself_and_a_packed_one_too(running, to):
    site = running.site({"/s.xml": answering(200, URLSET)})
    one = to(f"{site.url}/s.xml")
    visits.sitemap(one)
    site.pages["/s.xml"] = answering(200, b"\x1f\x8b packed")
    visits.sitemap(one)
    assert [path.name.partition(".")[2] for path in one.segments.closed()] == ["xml", "xml.gz"]


def test_an_index_leads_to_no_other_site_and_one_that_fails_stops_no_other(running, to):
    site = running.site({"/a.xml": answering(200, URLSET)})
    places = [
        "https://169.254.169.254/x",
        "http://127.0.0.1:1/x",
        f"{site.url}/gone.xml",
        f"{site.url}/a.xml",
    ]
    site.pages["/index.xml"] = answering(200, index_of(*places))
    one = to(f"{site.url}/index.xml")
    with pytest.raises(OutboundError):
        visits.sitemap(one)
    assert [path.read_bytes() for path in one.segments.closed()] == [URLSET]


def in_a_process(code: str) -> None:
    """Run code that runs away where it can be ended: nothing interrupts an expression at work."""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "body",
    [
        "b'<!---->' * 5000 + b'<urlset>'",
        "b'<?xml ?>' * 5000 + b'<urlset>'",
        "b'<?xml ?>' + b' ' * 60_000 + b'<urlset>'",
        "b'<!--' * 5_000_000",
        "b' ' * 20_000_000",
    ],
)
def test_what_stands_before_a_sitemaps_root_does_not_freeze_the_collector(body):
    in_a_process(f"from vigie_node.sources.live import visits; assert not visits._is_index({body})")


@pytest.mark.parametrize(
    "body",
    ["b'<loc>' + b' ' * 20_000_000", "b'<loc>' * 4_000_000", "(b'<loc>' + b' ' * 4096) * 5000"],
)
def test_the_places_of_an_index_do_not_freeze_the_collector(body):
    in_a_process(f"from vigie_node.sources.live import visits; assert visits._named({body}) == []")


def test_an_index_is_known_by_its_root_behind_all_that_may_stand_before_it():
    before = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b --><!----> "
    for root in (b"<sitemapindex>", b"<sitemapindex xmlns='x'>", b"<sitemapindex/>"):
        assert visits._is_index(before + root)
    for other in (b"<sitemapindexes>", b"<urlset>", b"<sitemapindex", b"<!-- <sitemapindex>"):
        assert not visits._is_index(before + other)
    assert not visits._is_index(b" " * visits.HEAD_BYTES + b"<sitemapindex>")


def test_places_of_an_index_are_named_once_whatever_stands_around_them():
    body = (
        b"<loc>\n <![CDATA[ https://a.example/?x=1&amp;y ]]></loc><loc></loc><loc>https://b.example</loc>" * 2
    )
    assert visits._named(body) == ["https://a.example/?x=1&y", "https://b.example"]
    assert len(visits._named(index_of(*map(str, range(100))))) == visits.MAPS_MAX


# The guard, and what goes wrong


@pytest.mark.parametrize(("listen", "address"), [
    (jetstream.listen, "wss://127.0.0.1/subscribe"), (mastodon.listen, "https://10.0.0.1"),
    (visits.feed, "https://169.254.169.254/latest"), (visits.sitemap, "https://[::1]/sitemap.xml"),
])  # fmt: skip
def test_no_listener_reaches_an_address_on_the_inside(to, listen, address):
    with pytest.raises(AddressRefusedError):
        listen(to(address))


def test_what_goes_wrong_is_noted_and_tried_again(to, clock):
    turns = iter([FaultError(fault="x"), OSError(28, "x"), ValueError("canary"), StreamEndedError(host="h")])
    seen, over = [], threading.Event()

    def listen(one) -> float:
        seen.append(one.health.now().error)
        error = next(turns, None)
        if error is None:
            over.set()
            one.stopping.wait(PATIENCE_S)
            return 0.0
        raise error

    one = to("https://x.example")
    run(one, listen, lambda: over.wait(PATIENCE_S))
    assert [type(error) for error in seen] == [
        type(None),
        FaultError,
        DiskError,
        FaultError,
        StreamEndedError,
    ]
    assert seen[2].facts == {"reason": "No space left on device"}
    assert seen[3].facts == {"fault": "ValueError"}


def test_a_listener_that_waits_for_its_next_visit_ends_at_once(to, clock):
    one, visited = to("https://x.example"), threading.Event()

    def listen(_) -> float:
        visited.set()
        return 3_600.0

    run(one, listen, lambda: visited.wait(PATIENCE_S))
    assert one.health.now().next_ms == clock.ms + 3_600_000
