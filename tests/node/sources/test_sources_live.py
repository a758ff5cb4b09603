"""Live sources in the node: begun and stopped, collected into batches, paused, forbidden, shown."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from node.sources.live_servers import Jetstream, Running, answering

from vigie.trust import WrongKeyError
from vigie_node.clock import now_ms
from vigie_node.home import BadConfigurationError, read_configuration
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.actions import live
from vigie_node.sources.collector import guarded
from vigie_node.sources.errors import DeclarationClosedError, EmptyAnswerError, NoRoomError, NotLiveError
from vigie_node.sources.guards import Source as Named
from vigie_node.sources.live import collecting
from vigie_node.sources.live.collecting import Collector
from vigie_node.sources.live.policy import policy_of
from vigie_node.sources.models import Batch, Declaration, Intake, Source, SourceHealth

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
PATIENCE_S = 30
ADDRESS = "wss://127.0.0.1/subscribe"  # refused at once: nobody is asked


@pytest.fixture
def declared(organisation, kit):
    """Return how to declare a live collection that is in force."""

    def declare(**more) -> Declaration:
        answers = {**kit.ANSWERS, "method": "live", "sources": [Named(kind="site", place="127.0.0.1")]}
        return actions.declare(organisation=organisation, by=None, **answers | more)

    return declare


@pytest.fixture
def begun(declared, analyst):
    """Return how to begin a source."""

    def begin(kind="jetstream", address=ADDRESS, **more) -> Source:
        under = more.pop("under", None) or declared()
        return live.begin_source(
            declaration=under, kind=kind, name="Essai", address=address, by=analyst, **more
        )

    return begin


@pytest.fixture
def running():
    running = Running()
    with running.stack:
        yield running


@pytest.fixture
def open_to():
    """Let the node's client reach servers of the test."""
    kept = []

    def reach(*addresses: str) -> None:
        peers = tuple(f"http://{address.split('/')[2]} 127.0.0.0/8" for address in addresses)
        changed = override_settings(NODE=replace(django_settings.NODE, peers=peers))
        changed.enable()
        kept.append(changed)

    yield reach
    for changed in kept:
        changed.disable()


@pytest.fixture
def collector():
    """Return how to make a collector; all of them are stopped after the test."""
    made = []

    def make() -> Collector:
        made.append(Collector())
        return made[-1]

    yield make
    for one in made:
        for runner in one._runners.values():
            runner.stop()
            runner.wait(PATIENCE_S)
            runner.to.segments.close()


def looked(one: Collector, until) -> None:
    """Let a collector look until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < end
        one._next_s.clear()
        one.look()
        time.sleep(0.02)


def health_of(source: Source) -> SourceHealth:
    return SourceHealth.objects.get(pk=source.pk)


def files_of(source: Source) -> list[str]:
    folder = live.folder_of(source.pk)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def kinds() -> Counter:
    return Counter(Entry.objects.filter(kind__startswith="source.").values_list("kind", flat=True))


# Begun and stopped


def test_a_source_is_begun_stopped_and_begun_again_each_with_its_entry(begun, analyst):
    source = begun()
    assert health_of(source).state == "waiting"
    source = live.stop_source(source, by=analyst)
    assert live.stop_source(source, by=analyst).stopped_ms == source.stopped_ms
    assert health_of(source).state == "stopped"
    source = live.resume_source(source, by=analyst)
    assert live.resume_source(source, by=analyst).stopped_ms is None
    assert kinds() == {"source.begun": 1, "source.stopped": 1, "source.resumed": 1}
    assert ADDRESS not in str(list(Entry.objects.values_list("facts", flat=True)))


def test_nothing_is_begun_without_a_declaration_in_force_that_says_live(begun, declared, declaration):
    closed = actions.close_declaration(declared(), by=None)
    with pytest.raises(DeclarationClosedError):
        begun(under=closed)
    with pytest.raises(NotLiveError):
        begun(under=declaration)
    assert not Source.objects.exists()


def test_a_source_needs_a_name(declared):
    with pytest.raises(EmptyAnswerError):
        live.begin_source(
            declaration=declared(), kind="feed", name=" – ", address="https://x.example", by=None
        )


def test_nothing_is_resumed_under_a_declaration_that_ended(begun, declared):
    declaration = declared()
    source = live.stop_source(begun(under=declaration), by=None)
    actions.close_declaration(declaration, by=None)
    with pytest.raises(DeclarationClosedError):
        live.resume_source(source, by=None)


def raw_row(source: Source) -> bytes:
    """Return all that the database holds of a source and its health."""
    rows = [*Source.objects.filter(pk=source.pk).values_list(), *SourceHealth.objects.values_list()]
    return b"\n".join(
        bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
        for row in rows
        for cell in row
    )


def test_accounts_and_tokens_are_sealed_for_their_source_alone(begun):
    secrets = {"accounts": ["did:plc:canary"], "token": "canary"}
    one, other = begun(secrets=secrets), begun()
    assert live.secrets_of(Source.objects.get(pk=one.pk)) == secrets
    assert live.secrets_of(other) == {}
    assert b"canary" not in raw_row(one)
    other.sealed = one.sealed
    with pytest.raises(WrongKeyError):
        live.secrets_of(other)


# Collected


def taken_in() -> None:
    """Do what the worker would: take in what was handed in."""
    from node.sources.conftest import Quiet

    from vigie_node.sources import uploads
    from vigie_node.sources.taking import take_in_file

    for intake in Intake.objects.filter(state="waiting").order_by("created_ms"):
        take_in_file(intake, Quiet())
        uploads.remove(intake)


def test_what_a_stream_says_becomes_batches_across_stops_and_starts(running, begun, collector, open_to):
    server = Jetstream(count=300, portion=90)
    address = running.websocket(server.talk)
    open_to(address)
    source = begun(address=address)
    first = collector()
    looked(first, lambda: health_of(source).event_count >= 100)
    first.stop()
    taken_in()
    assert files_of(source) == []
    source.refresh_from_db()
    assert live.cursor_of(source)["time_us"]
    second = collector()
    looked(second, lambda: health_of(source).event_count >= 300 and health_of(source).state == "open")
    health = health_of(source)
    second.stop()
    taken_in()
    assert sum(Batch.objects.values_list("row_count", flat=True)) == 300
    assert set(Intake.objects.values_list("state", "layout")) == {("done", "bluesky-jetstream")}
    assert Intake.objects.count() >= 2
    assert (health.error_code, health.reconnect_count >= 1, health.lag_ms > 0) == ("", True, True)


def test_a_segment_that_was_left_by_a_killed_process_is_handed_in_once(begun, collector, analyst):
    source = live.stop_source(begun(), by=analyst)
    folder = live.folder_of(source.pk)
    folder.mkdir(parents=True)
    name = "019abcde-0000-7000-8000-000000000000.ndjson"
    (folder / f"{name}.part").write_bytes(b'{"whole":1}\n{"hal')
    for _ in range(2):
        collector().look()
    intake = Intake.objects.get()
    assert (intake.by, intake.is_upload, intake.path) == (analyst, True, str(folder / name))
    assert (folder / name).read_bytes() == b'{"whole":1}\n'


def left_of(source: Source) -> int:
    """Leave a closed segment of a source, and return its size."""
    folder = live.folder_of(source.pk)
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "019abcde-0000-7000-8000-000000000000.ndjson").write_bytes(b'{"raw":1}\n')


@pytest.mark.parametrize("is_read", [True, False])
def test_what_waits_of_a_stopped_source_goes_when_its_declaration_has_ended(
    begun, declared, collector, analyst, is_read
):
    declaration, one = declared(), collector()
    source, other = begun(under=declaration), begun()
    if is_read:
        looked(one, lambda: len(one._runners) == 2)
    for stopped in (source, other):
        size = left_of(stopped)
        live.stop_source(stopped, by=analyst)
    actions.close_declaration(declaration, by=None)
    looked(one, lambda: Intake.objects.exists() and not files_of(source))
    assert Intake.objects.get().declaration_id == other.declaration_id
    entry = Entry.objects.get(kind="source.lost")
    assert (entry.subject, entry.actor) == (f"source:{source.pk}", "node")
    assert (entry.said["code"], entry.said["bytes"]) == ("declaration.closed", size)


@pytest.mark.parametrize("problem", [NoRoomError(bytes=1, bytes_min=2), OSError(5, "x")])
@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_segment_that_is_refused_stops_no_other_source(
    begun, collector, analyst, monkeypatch, problem, is_stopped
):
    broken, good, one = begun(), begun(), collector()
    looked(one, lambda: len(one._runners) == 2)
    hand_in = live.hand_in

    def handed_in(source, *more, **named):
        if source.pk == broken.pk:
            raise problem
        return hand_in(source, *more, **named)

    monkeypatch.setattr(collecting.actions, "hand_in", handed_in)
    for source in (broken, good):
        left_of(source)
        if is_stopped:
            live.stop_source(source, by=analyst)
    looked(one, Intake.objects.exists)
    assert Intake.objects.get().declaration_id == good.declaration_id
    assert len(files_of(broken)) == 1


def test_what_lies_for_a_source_that_nobody_knows_is_removed(collector):
    folder = live.folder_of("019abcde-0000-7000-8000-000000000000")
    folder.mkdir(parents=True)
    (folder / "x.ndjson").write_bytes(b"{}\n")
    (folder.parent / "odd").mkdir()
    collector().look()
    assert list(folder.parent.iterdir()) == []


def test_while_an_intake_is_under_way_the_segment_grows_on(running, begun, collector, open_to, monkeypatch):
    server = Jetstream(count=100_000, portion=40)
    address = running.websocket(server.talk)
    open_to(address)
    source = begun(address=address)
    one = collector()
    monkeypatch.setattr("vigie_node.sources.live.segments.SEGMENT_MS", 0)
    looked(one, lambda: health_of(source).event_count >= 40)
    one._runners[source.pk].to.segments._age_ms_max = 0
    looked(one, lambda: Intake.objects.count() == 1)
    many = health_of(source).event_count + 50
    looked(one, lambda: health_of(source).event_count >= many)
    assert Intake.objects.count() == 1
    Intake.objects.update(state="done")
    looked(one, lambda: Intake.objects.count() == 2)


def test_when_people_stop_a_source_what_came_is_still_taken_in(running, begun, collector, open_to, analyst):
    server = Jetstream(count=50, portion=50)
    address = running.websocket(server.talk)
    open_to(address)
    source = begun(address=address)
    one = collector()
    looked(one, lambda: health_of(source).event_count >= 50)
    live.stop_source(source, by=analyst)
    looked(one, lambda: not one._runners)
    assert Intake.objects.count() == 1
    assert health_of(source).state == "stopped"


def test_when_its_declaration_ends_a_source_ends_and_what_was_not_taken_in_goes(
    running, begun, declared, collector, open_to
):
    server, declaration = Jetstream(count=50, portion=50), declared()
    address = running.websocket(server.talk)
    open_to(address)
    source = begun(address=address, under=declaration)
    one = collector()
    looked(one, lambda: health_of(source).event_count >= 50)
    actions.close_declaration(declaration, by=None)
    looked(one, lambda: not one._runners)
    source.refresh_from_db()
    assert (source.stop_code, health_of(source).error_code) == ("declaration.closed", "declaration.closed")
    assert files_of(source) == []
    assert not Intake.objects.exists()
    entry = Entry.objects.get(kind="source.stopped")
    assert (entry.actor, entry.said["code"]) == ("node", "declaration.closed")
    assert entry.said["bytes"] > 1_000


def test_while_there_is_no_room_nothing_is_read_and_then_it_goes_on(begun, collector, monkeypatch):
    source, one = begun(), collector()
    looked(one, lambda: one._runners)
    full = NoRoomError(bytes=1, bytes_min=2)
    monkeypatch.setattr(collecting, "_fullness", lambda: full)
    looked(one, lambda: not one._runners)
    one.look()
    health = health_of(source)
    assert (health.state, health.error_code) == ("paused", "output.no_room")
    monkeypatch.setattr(collecting, "_fullness", lambda: None)
    looked(one, lambda: one._runners)


def test_what_waits_for_the_worker_does_not_fill_the_disk(begun, collector, monkeypatch):
    source, one = begun(), collector()
    folder = live.folder_of(source.pk)
    folder.mkdir(parents=True)
    (folder / "019abcde-0000-7000-8000-000000000000.ndjson").write_bytes(b"{}\n" * 10)
    monkeypatch.setattr(collecting, "BACKLOG_BYTES_MAX", 20)
    looked(one, lambda: health_of(source).error_code == "live.backlog")
    assert not one._runners


def test_an_address_on_the_inside_is_said_on_its_health(begun, collector):
    source, one = begun(), collector()
    looked(one, lambda: health_of(source).error_code == "outbound.address")
    health = health_of(source)
    assert (health.state, health.next_ms > 0) == ("retrying", True)


def test_a_source_sealed_under_another_key_stops_no_other(begun, collector):
    broken, good, one = begun(), begun(), collector()
    Source.objects.filter(pk=broken.pk).update(sealed=b"nothing that opens, long enough")
    looked(one, lambda: health_of(broken).error_code == "key.wrong" and good.pk in one._runners)


def test_a_fault_is_not_the_end():
    assert not guarded(lambda: 1 / 0)
    assert guarded(list)


def test_a_feed_is_visited_and_its_document_handed_in(running, begun, collector, open_to):
    rss = (
        b"<?xml version='1.0'?><rss version='2.0'><channel><title>Journal</title><item><title>Un</title>"
        b"<link>https://n.example/1</link><guid>https://n.example/1</guid><author>A</author>"
        b"<pubDate>Sat, 22 Nov 2025 12:00:00 GMT</pubDate><description>Texte</description></item></channel>"
        b"</rss>"
    )
    site = running.site({"/rss": answering(200, rss, ETag='"1"')})
    open_to(site.url)
    source = begun(kind="feed", address=f"{site.url}/rss", options={"every_s": 300})
    one = collector()
    looked(one, Intake.objects.exists)
    intake = Intake.objects.get()
    assert intake.file_name.endswith(".xml")
    source.refresh_from_db()
    assert live.cursor_of(source)["documents"][f"{site.url}/rss"]["etag"] == '"1"'
    taken_in()
    assert sum(Batch.objects.values_list("row_count", flat=True)) == 1


# Configuration


@pytest.mark.parametrize(
    "written", ["nothing", "https://x.example/path", "ftp://x.example", "https://x.example 10.0.0.0/99", ""]
)
def test_a_peer_that_is_not_written_as_one_is_refused(tmp_path, written):
    path = tmp_path / "vigie.toml"
    path.write_text(f'[node]\nid = "x"\nname = "x"\n[outbound]\npeers = [{json.dumps(written)}]\n')
    with pytest.raises(BadConfigurationError):
        read_configuration(path)


def test_peers_are_opened_where_they_stand(tmp_path):
    path = tmp_path / "vigie.toml"
    peers = '["http://feeds.example:8080 10.1.0.0/16", "http://a.example"]'
    path.write_text(f'[node]\nid = "x"\nname = "x"\n[outbound]\npeers = {peers}\n')
    first, second = policy_of(read_configuration(path)).peers
    assert (first.host, first.port, first.scheme) == ("feeds.example", 8080, "http")
    assert [str(network) for network in first.networks] == ["10.1.0.0/16"]
    assert (second.port, second.networks) == (80, ())


def test_how_sources_are_is_never_older_than_it_says(begun, collector):
    source, one = begun(), collector()
    before = now_ms()
    looked(one, lambda: health_of(source).seen_ms)
    assert before <= health_of(source).seen_ms <= now_ms()
