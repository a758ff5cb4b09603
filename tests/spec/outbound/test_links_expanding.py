"""Where short addresses lead: asked of shorteners alone, once each, slowly."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.collect.expanding import Resolver, expanded_links
from vigie.terms.posts import POSTS

pytestmark = pytest.mark.enable_socket
LINKS = POSTS.field("links").type


@pytest.fixture
def short(serve, page):
    """Return a shortener that knows some addresses."""
    return serve(
        {
            "/a": page(301, Location="https://Journal.example/a?fbclid=1"),
            "/twice": page(302, Location="/a"),
            "/loop": page(302, Location="/loop"),
            "/gone": page(404),
            "/bad": page(302, Location="javascript:alert(1)"),
        },
        host="short.example",
    )


@pytest.fixture
def resolver(client, short):
    return Resolver(client(short), hosts={"short.example"}, gap_ms=0)


def test_a_short_address_becomes_the_page_it_leads_to_and_the_page_is_never_asked(resolver, short):
    assert resolver.expanded(short.url + "a").url == "https://journal.example/a"
    assert [(method, path) for method, path, _, _ in short.asked] == [("HEAD", "/a")]


def test_an_address_is_asked_once(resolver, short):
    for _ in range(3):
        resolver.expanded(short.url + "a")
    assert len(short.asked) == 1


def test_short_addresses_of_short_addresses_are_followed_a_few_times(resolver, short):
    assert resolver.expanded(short.url + "twice").url == "https://journal.example/a"
    assert resolver.expanded(short.url + "loop").url == short.url + "loop"
    assert len(short.asked) == 2 + 4


@pytest.mark.parametrize("path", ["gone", "bad"])
def test_what_leads_nowhere_stays_as_it_is(resolver, short, path):
    found = resolver.expanded(short.url + path)
    assert (found.url, found.is_short) == (short.url + path, True)


def test_a_failure_leaves_the_address_and_says_so(client, short):
    resolver = Resolver(client(), hosts={"short.example"}, gap_ms=0)
    found = resolver.expanded("https://short.example/a")
    assert (found.url, found.error.code) == ("https://short.example/a", "outbound.unknown_host")
    assert resolver.failed == {"outbound.unknown_host": 1}


@pytest.mark.parametrize(
    "address",
    ["https://other.example/a", "https://short.example", "ftp://short.example/a", "23", "http://[x"],
)
def test_no_other_address_is_asked(resolver, short, address):
    assert resolver.expanded(address).url == address
    assert not short.asked


def test_there_is_a_gap_between_two_requests(client, short):
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    resolver = Resolver(client(short), hosts={"short.example"}, gap_ms=500, clock=lambda: now[0], sleep=sleep)
    resolver.expanded(short.url + "gone")
    resolver.expanded(short.url + "bad")
    assert slept == [0.5]


def test_a_column_of_links_is_expanded_with_its_domains(resolver, short):
    plain = {"url": "https://a.example/x", "domain": "a.example"}
    column = pa.array([[{"url": short.url + "a", "domain": "short.example"}, plain], None, [plain]], LINKS)
    expanded = {"url": "https://journal.example/a", "domain": "journal.example"}
    assert expanded_links(column, resolver).to_pylist() == [[expanded, plain], None, [plain]]
    untouched = pa.array([[plain]], LINKS)
    assert expanded_links(untouched, resolver) is untouched


def test_there_is_a_most_to_ask_and_what_is_left_stays(client, short):
    resolver = Resolver(client(short), hosts={"short.example"}, gap_ms=0, asked_max=1)
    assert resolver.expanded(short.url + "twice").url == short.url + "twice"
    assert resolver.expanded(short.url + "a").url == short.url + "a"
    assert (len(short.asked), resolver.failed) == (1, {"asked_max": 2})
