"""A live source reads what its declaration names and nothing else; where it is, is nobody's to read."""

from __future__ import annotations

import pytest
from django.urls import reverse
from node.sources.live_servers import Running, answering, listening

from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.actions import live
from vigie_node.sources.errors import NotNamedError, TermsForbidError
from vigie_node.sources.guards import Source as Named
from vigie_node.sources.live import visits
from vigie_node.sources.live.collecting import Collector
from vigie_node.sources.live.errors import AnswerError
from vigie_node.sources.models import DeclaredSource, Intake, Source, SourceHealth
from vigie_node.sources.places import Reach, check_named

JETSTREAM = "wss://jetstream2.us-east.bsky.network/subscribe"
CANARY = "jeanne-canari"
PERSONAL = f"https://m.example/@{CANARY}.rss"


def named(kind: str, place: str, allows: str = "unknown") -> Named:
    return Named(kind=kind, place=place, allows=allows)


def reads(address: str, kind: str = "feed", **more) -> Reach:
    return Reach(kind=kind, addresses=(address,), **more)


@pytest.mark.parametrize(("reach", "source"), [
    (reads("https://example.org/rss"), ("site", "example.org")),
    (reads("https://feeds.Example.ORG/rss"), ("site", "Example.org, en français")),
    (reads("https://xn--qubec-csa.example/rss"), ("site", "québec.example")),
    (reads("https://example.org/blog/rss"), ("site", "https://example.org/blog/")),
    (reads("https://example.org/blog.xml"), ("site", "example.org/blog")),
    (reads("https://example.org:8443/rss"), ("site", "example.org:8443")),
    (reads("https://m.example/@jane.rss"), ("account", "@Jane@m.example")),
    (reads("https://m.example/@jane.rss"), ("account", "https://m.example/@jane")),
    (reads("https://v.example/feed?channel_id=UC1"), ("channel", "v.example UC1")),
    (reads("https://m.example/tags/elxn.rss"), ("hashtag", "#elxn (m.example)")),
    (reads("https://m.example", "mastodon", tag="Elxn"), ("hashtag", "m.example #elxn")),
    (reads("https://m.example", "mastodon"), ("site", "m.example")),
    (reads(JETSTREAM, "jetstream"), ("site", "Bluesky (Jetstream)")),
    (reads(JETSTREAM, "jetstream", accounts=("did:plc:a",)), ("account", "did:plc:a")),
])  # fmt: skip
def test_what_is_named_is_read(reach, source):
    check_named(reach, [named(*source)], "")


@pytest.mark.parametrize(("reach", "source"), [
    (reads("https://evil.example/rss"), ("site", "example.org")),
    (reads("https://example.org.evil.example/rss"), ("site", "example.org")),
    (reads("https://notexample.org/rss"), ("site", "example.org")),
    (reads("https://evil.example/example.org"), ("site", "example.org")),
    (reads("https://example.org/blogger"), ("site", "example.org/blog")),
    (reads("https://example.org/blog/%2e%2e/private"), ("site", "example.org/blog")),
    (reads("https://example.org:8443/rss"), ("site", "example.org:443")),
    (reads("https://v.example/feed?channel_id=UC2"), ("site", "https://v.example/feed?channel_id=UC1")),
    (reads("https://m.example/@john.rss"), ("account", "@jane@m.example")),
    (reads("https://evil.example/@jane.rss"), ("account", "@jane@m.example")),
    (reads("https://evil.example/?q=elxn"), ("hashtag", "#elxn")),
    (reads("https://m.example", "mastodon"), ("hashtag", "#elxn m.example")),
    (reads("https://m.example", "mastodon", tag="other"), ("hashtag", "#elxn m.example")),
    (reads("https://m.example", "mastodon"), ("account", "@jane@m.example")),
    (reads(JETSTREAM, "jetstream"), ("hashtag", "Bluesky #elxn")),
    (reads(JETSTREAM, "jetstream"), ("account", "did:plc:a")),
    (reads(JETSTREAM, "jetstream", accounts=("did:plc:a", "did:plc:b")), ("account", "did:plc:a")),
    (reads("wss://evil.example/", "jetstream", accounts=("did:plc:a",)), ("account", "did:plc:a")),
    (reads("https://example.org/rss"), ("export", "example.org")),
    (reads("https://example.org/rss"), ("site", "Le journal")),
    (reads("https://example.org/rss"), ("site", "http://[")),
    (Reach(kind="feed", addresses=()), ("site", "example.org")),
])  # fmt: skip
def test_what_is_not_named_is_not_read(reach, source):
    with pytest.raises(NotNamedError):
        check_named(reach, [named(*source)], "")


def test_a_hashtag_that_is_looked_for_narrows_the_streams_of_a_site():
    site = named("site", "m.example")
    check_named(reads("https://m.example", "mastodon", tag="elxn"), [site], "Tout sur #Elxn")
    for tag in ("", "other"):
        with pytest.raises(NotNamedError):
            check_named(reads("https://m.example", "mastodon", tag=tag), [site], "Tout sur #Elxn")


def test_all_addresses_of_a_source_are_named_that_of_its_streams_too():
    reach = Reach(kind="mastodon", addresses=("https://m.example", "https://evil.example"))
    with pytest.raises(NotNamedError):
        check_named(reach, [named("site", "m.example")], "")


def test_a_place_whose_terms_say_no_is_not_read_even_where_it_is_named():
    with pytest.raises(TermsForbidError):
        check_named(reads("https://n.example/rss"), [named("site", "n.example", "no")], "")


# In the node


@pytest.fixture
def declare(organisation, kit):
    """Return how to declare a live collection from some places."""

    def declared(*places: Named, **more):
        answers = {**kit.ANSWERS, "method": "live", "sources": places or [named("site", "m.example")]}
        return actions.declare(organisation=organisation, by=None, **answers | more)

    return declared


@pytest.fixture
def begin(declare, analyst):
    """Return how to begin a feed."""

    def begun(address: str = PERSONAL, under=None) -> Source:
        return live.begin_source(
            declaration=under or declare(), kind="feed", name="Un fil", address=address, by=analyst
        )

    return begun


def refusals() -> list[dict[str, object]]:
    return [entry.said for entry in Entry.objects.filter(kind="source.refused").order_by("seq")]


@pytest.mark.django_db
def test_a_source_of_another_address_is_refused_recorded_and_nothing_is_there(begin, declare):
    declaration = declare(named("hashtag", "Bluesky #elxn"))
    with pytest.raises(NotNamedError):
        begin("https://evil.example/rss", under=declaration)
    assert not Source.objects.exists()
    (said,) = refusals()
    assert said["guard"] == "place"
    assert "evil" not in str(said)
    entry = Entry.objects.get(kind="source.refused")
    assert entry.subject == f"declaration:{declaration.pk}"


@pytest.mark.django_db
def test_a_declaration_that_names_no_place_feeds_no_source(begin, organisation, kit):
    bare = actions.declare(organisation=organisation, by=None, **{**kit.ANSWERS, "method": "live"})
    with pytest.raises(NotNamedError):
        begin(under=bare)


@pytest.mark.django_db
def test_a_source_whose_declaration_was_narrowed_is_not_begun_again(begin, analyst):
    source = live.stop_source(begin(), by=analyst)
    DeclaredSource.objects.update(place="other.example")
    with pytest.raises(NotNamedError):
        live.resume_source(source, by=analyst)
    assert Source.objects.get().stopped_ms
    assert [said["guard"] for said in refusals()] == ["place"]


@pytest.mark.django_db
@pytest.mark.parametrize(("changed", "code"), [
    ({"place": "other.example"}, "declaration.not_named"), ({"allows": "no"}, "declaration.terms_forbid"),
])  # fmt: skip
def test_a_declaration_that_was_narrowed_stops_its_source_and_what_waits_goes(begin, changed, code):
    source = begin()
    folder = live.folder_of(source.pk)
    folder.mkdir(parents=True)
    (folder / "019abcde-0000-7000-8000-000000000000.xml").write_bytes(b"<rss/>")
    DeclaredSource.objects.update(**changed)
    Collector().look()
    source.refresh_from_db()
    assert source.stop_code == code
    assert not Intake.objects.exists()
    assert not list(folder.glob("*"))
    assert Entry.objects.get(kind="source.stopped").said["code"] == code


@pytest.mark.django_db
def test_an_address_that_was_changed_in_the_row_is_not_read(begin):
    source, other = begin(), begin()
    live.end_source(other, NotNamedError(), lost_bytes=0)
    said = {"address": "https://evil.example/", "streaming": "", "secrets": {}}
    Source.objects.filter(pk=source.pk).update(sealed=live._sealed(source, said))
    Collector().look()
    assert Source.objects.get(pk=source.pk).stop_code == "declaration.not_named"


@pytest.mark.django_db
def test_a_segment_is_not_handed_in_once_its_place_is_named_no_more(begin, tmp_path):
    source, segment = begin(), tmp_path / "019abcde-0000-7000-8000-000000000000.xml"
    segment.write_bytes(b"<rss/>")
    DeclaredSource.objects.all().delete()
    with pytest.raises(NotNamedError):
        live.hand_in(source, segment, cursor={})
    assert not Intake.objects.exists()


@pytest.mark.enable_socket
def test_what_a_named_place_redirects_to_is_not_kept_where_it_is_not_named(tmp_path):
    running = Running()
    with running.stack:
        site = running.site(
            {"/rss": answering(302, b"", Location="/other"), "/other": answering(200, b"<rss/>")}
        )

        def check(address: str) -> None:
            check_named(reads(address), [named("site", f"{site.url}/rss")], "")

        to = listening(tmp_path / "live", f"{site.url}/rss", now_ms=now_ms)
        to.check_elsewhere = check
        with pytest.raises(NotNamedError):
            visits.feed(to)
        assert to.segments.closed() == []


# Where a source is, is sealed


@pytest.mark.django_db
def test_the_address_of_a_persons_feed_stands_in_no_row(begin, declare):
    source = begin(under=declare(named("site", "m.example")))
    live.note_health([(source, "retrying", {}, AnswerError(host=f"{CANARY}.example", status=503))])
    path = live.folder_of(source.pk) / "019abcde-0000-7000-8000-000000000000.xml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<rss/>")
    live.hand_in(source, path, cursor={"documents": {PERSONAL: {"etag": "1"}}})
    source.refresh_from_db()
    assert live.address_of(source) == PERSONAL
    assert live.cursor_of(source)["documents"][PERSONAL] == {"etag": "1"}
    rows = [
        *Source.objects.values_list(),
        *SourceHealth.objects.values_list(),
        *Intake.objects.values_list(),
        *Entry.objects.values_list(),
    ]
    cells = [bytes(cell) if isinstance(cell, memoryview) else cell for row in rows for cell in row]
    assert CANARY not in str(cells)


@pytest.mark.django_db
def test_who_may_begin_sources_sees_the_address_and_others_that_it_is_sealed(
    begin, browser_of, analyst, auditor
):
    source = begin()
    page = reverse("sources:source", kwargs={"source": source.pk})
    assert CANARY in browser_of(analyst).get(page).content.decode()
    other = browser_of(auditor).get(page)
    assert other.status_code == 200
    assert CANARY not in other.content.decode()
    assert "sealed; shown to who may begin sources" in other.content.decode()
