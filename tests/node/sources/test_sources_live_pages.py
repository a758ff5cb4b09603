"""Pages of live sources: what people see of them, and what they may do."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from vigie_node import doctor
from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.actions import live
from vigie_node.sources.guards import Source as Named
from vigie_node.sources.live.errors import AnswerError
from vigie_node.sources.models import Source, SourceHealth

pytestmark = pytest.mark.django_db
SENT = {"name": "Bluesky", "kind": "jetstream", "address": "", "minutes": "", "stream": "public"}


@pytest.fixture
def declaration(organisation, kit):
    hosts = ("Bluesky", "m.example", "n.example")
    named = [Named(kind="site", place=host) for host in hosts]
    return actions.declare(
        organisation=organisation, by=None, **{**kit.ANSWERS, "method": "live", "sources": named}
    )


@pytest.fixture
def source(declaration, analyst):
    return live.begin_source(
        declaration=declaration,
        kind="mastodon",
        name="Un serveur",
        address="https://m.example",
        by=analyst,
        options={"stream": "hashtag", "tag": "élection"},
        secrets={"token": "canary-token"},
    )


@pytest.fixture
def browser(analyst, browser_of):
    return browser_of(analyst)


def page(browser, name, /, language="en", **more) -> str:
    """Return what a page says, without its tags."""
    address = re.sub(r"^/(en|fr)", f"/{language}", reverse(f"sources:{name}", kwargs=more))
    answer = browser.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def note(source, state="open", error=None, **columns) -> None:
    live.note_health([(source, state, columns, error)])


# The list


def test_where_nothing_is_read_the_page_says_what_would_be_here(browser):
    assert "No source is read live" in page(browser, "sources")


def test_the_list_says_how_each_source_is(browser, source):
    note(source, events_per_minute=1_234, event_count=5_678, last_event_ms=now_ms())
    said = page(browser, "sources")
    for words in (
        "1 of 1 source is being read.",
        "Un serveur",
        "Being read",
        "Mastodon server",
        "1,234",
        "5,678",
    ):
        assert words in said
    assert "Un serveur" in page(browser, "sources-part")


def test_a_source_that_no_collector_looks_after_says_so(browser, source):
    assert "Begins" in page(browser, "sources")  # it is new
    SourceHealth.objects.update(seen_ms=now_ms() - 61_000)
    assert "Not looked after" in page(browser, "sources")
    assert "The collector was not heard of for a minute" in page(browser, "source", source=source.pk)


# One source


def test_a_source_shows_what_is_asked_of_it_and_never_its_token(browser, source):
    said = page(browser, "source", source=source.pk)
    for words in ("https://m.example", "public posts with a hashtag #élection", "Reading begins."):
        assert words in said
    assert (
        "canary" not in browser.get(reverse("sources:source", kwargs={"source": source.pk})).content.decode()
    )


def test_what_goes_wrong_is_said_in_the_readers_language_until_it_goes_well(browser, source):
    error = AnswerError(host="m.example", status=503)
    note(source, "retrying", error, next_ms=now_ms() + 60_000)
    said = page(browser, "source", source=source.pk)
    assert "It cannot be read now, and is tried again." in said
    assert "“Un serveur” answers with status 503." in said
    assert "&lt;" not in said
    note(source, "retrying", None)
    assert "status 503" in page(browser, "source-part", source=source.pk)
    note(source, "open", None, events_per_minute=2)
    said = page(browser, "source-part", source=source.pk)
    assert "It is being read: 2 events in the last minute." in said
    assert "503" not in said


def test_the_part_refreshes_itself_only_while_it_is_read(browser, source, analyst):
    address = reverse("sources:source-part", kwargs={"source": source.pk})
    assert b"hx-trigger" in browser.get(address).content
    live.stop_source(source, by=analyst)
    answer = browser.get(address).content
    assert b"hx-trigger" not in answer
    assert b"It is stopped: nothing is read from it." in answer


# Begun and stopped


def send(browser, declaration, more=None):
    return browser.post(
        reverse("sources:source-new"), SENT | {"declaration": str(declaration.pk)} | (more or {})
    )


def test_a_source_is_begun_from_the_page(browser, declaration, analyst):
    answer = send(browser, declaration, {"accounts": " did:plc:abc \n\ndid:web:x.example"})
    made = Source.objects.get()
    assert answer["Location"] == reverse("sources:source", kwargs={"source": made.pk})
    assert (made.kind, made.by, made.options) == ("jetstream", analyst, {"accounts": 2})
    assert live.address_of(made).startswith("wss://")
    assert live.secrets_of(made) == {"accounts": ["did:plc:abc", "did:web:x.example"]}
    assert (
        "all" not in page(browser, "source", source=made.pk).partition("Accounts that are asked for")[2][:6]
    )


@pytest.mark.parametrize(("sent", "options", "secrets"), [
    ({"kind": "feed", "address": "https://n.example/rss", "minutes": "30", "token": "x"},
     {"every_s": 1800}, {}),
    ({"kind": "sitemap", "address": "https://n.example/s.xml"}, {"every_s": 900}, {}),
    ({"kind": "mastodon", "address": "https://m.example", "stream": "hashtag", "tag": "#a", "token": "t"},
     {"stream": "hashtag", "tag": "a"}, {"token": "t"}),
    ({"kind": "mastodon", "address": "https://m.example", "streaming": "https://s.m.example"},
     {"stream": "public", "tag": ""}, {}),
])  # fmt: skip
def test_only_what_its_kind_knows_is_kept(browser, declaration, sent, options, secrets):
    assert send(browser, declaration, sent).status_code == 302
    made = Source.objects.get()
    assert (made.options, live.secrets_of(made)) == (options, secrets)


@pytest.mark.parametrize("sent", [
    {"kind": "feed"}, {"kind": "feed", "address": "javascript:alert(1)"}, {"kind": "nothing"},
    {"kind": "feed", "address": "file:" + "///etc/passwd"}, {"kind": "feed", "address": "https://a:b@n.example/"},
    {"kind": "feed", "address": "https://n.example/ x"}, {"kind": "feed", "address": "https://[::1/"},
    {"address": "https://n.example/"}, {"accounts": "@name.bsky.social"}, {"accounts": "did:plc:a\n" * 101},
    {"kind": "feed", "address": "https://n.example/", "minutes": "4"}, {"name": ""}, {"name": "–"},
    {"kind": "mastodon", "address": "https://m.example", "stream": "hashtag", "tag": "a b"},
    {"kind": "mastodon", "address": "https://m.example", "token": "a\r\nb: c"}, {"declaration": "x"},
    {"kind": "mastodon", "address": "https://m.example", "streaming": "s.m.example"},
    {"kind": "feed", "address": "https://n.example/\r\nx"},
])  # fmt: skip
def test_what_makes_no_source_is_refused_with_a_word(browser, declaration, sent):
    answer = send(browser, declaration, sent)
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert not Source.objects.exists()


def test_without_a_declaration_for_live_collection_the_page_says_what_is_needed(browser, organisation, kit):
    other = actions.declare(organisation=organisation, by=None, **kit.ANSWERS)
    assert "No declaration for live collection" in page(browser, "source-new")
    assert send(browser, other).status_code == 422


def test_a_source_is_stopped_and_read_again_from_its_page(browser, source, analyst, declaration):
    browser.post(reverse("sources:source-stop", kwargs={"source": source.pk}))
    assert "It is stopped: nothing is read from it." in page(browser, "source", source=source.pk)
    browser.post(reverse("sources:source-resume", kwargs={"source": source.pk}))
    assert Source.objects.get().stopped_ms is None
    browser.post(reverse("sources:source-stop", kwargs={"source": source.pk}))
    actions.close_declaration(declaration, by=analyst)
    answer = browser.post(reverse("sources:source-resume", kwargs={"source": source.pk}))
    assert answer.status_code == 422
    assert "The declaration is closed" in answer.content.decode()
    assert Entry.objects.filter(kind="source.stopped").count() == 2


# For those who run the node


def said_by_doctor() -> list[str]:
    return [one.sentence.format(**one.facts) for one in doctor.live()]


def test_the_doctor_says_when_sources_are_not_read(source, analyst):
    assert said_by_doctor() == []
    SourceHealth.objects.update(seen_ms=now_ms() - 61_000)
    (unheard,) = said_by_doctor()
    assert "No collector was heard of" in unheard
    note(source, "retrying", AnswerError(host="h", status=500))
    assert said_by_doctor() == ["Live sources that cannot be read now: 1."]
    live.stop_source(source, by=analyst)
    assert said_by_doctor() == []


def test_machines_that_watch_see_figures_and_no_names(source, administrator, client):
    from vigie_node.people.actions.tokens import make_token

    note(source, "open", None, events_per_minute=7, lag_ms=1_500)
    _, secret = make_token(
        administrator, name="x", permissions=["health.read"], days=1, by=str(administrator.pk)
    )
    said = client.get(reverse("metrics"), headers={"Authorization": f"Bearer {secret}"}).content.decode()
    assert 'vigie_live_sources{state="open"} 1.0' in said
    assert "vigie_live_events_per_minute 7.0" in said
    assert "vigie_live_lag_seconds 1.5" in said
    assert "example" not in said
