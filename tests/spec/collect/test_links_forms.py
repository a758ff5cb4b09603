"""One form for all addresses of a page, and whose page it is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.collect.convert import convert
from vigie.collect.links import RULES, canonical_link, domain_of, domains
from vigie.terms.posts import POSTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.facebook.com/a?fbclid=x&id=1", "https://www.facebook.com/a?id=1"),
        ("https://m.facebook.com/story.php?id=1", "https://www.facebook.com/story.php?id=1"),
        ("https://x.com/i/status/5?s=20&t=abc", "https://x.com/i/status/5"),
        ("https://other.example/p?s=20&t=abc", "https://other.example/p?s=20&t=abc"),
        ("https://youtu.be/abc?si=share", "https://youtu.be/abc"),
        ("https://www.youtube.com/watch?v=abc&feature=share", "https://www.youtube.com/watch?v=abc"),
        ("https://ici-example.cdn.ampproject.org/c/s/ici.example/a?x=1", "https://ici.example/a?x=1"),
        ("https://www.google.com/amp/s/ici.example/a/", "https://ici.example/a/"),
        (
            "https://www.google.com/url?q=https%3A%2F%2FICI.example%2Fa%3Futm_source%3Dz",
            "https://ici.example/a",
        ),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Ft.co%2Fabc&h=1", "https://t.co/abc"),
        (
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://www.google.com/url?q=javascript:alert(1)",
        ),
        ("https://Élections.example/É", "https://xn--lections-90a.example/É"),
        ("https://例え.example:443/", "https://xn--r8jz45g.example"),
        ("https://www.google.com/amphitheatre", "https://www.google.com/amphitheatre"),
    ],
)
def test_addresses_of_one_page_are_one(text, expected):
    assert canonical_link(text) == expected
    assert canonical_link(expected) == expected


def test_an_address_wrapped_too_often_stays_wrapped():
    address = "https://ici.example/a"
    for _ in range(9):
        address = "https://out.reddit.com/?url=" + address.replace("%", "%25").replace("&", "%26").replace(
            "?", "%3F"
        )
    assert canonical_link(canonical_link(address)) == canonical_link(address)


PIECES = st.sampled_from(
    ["https://", "http://", "www.google.com", "/amp/", "s/", "/url?q=", "m.facebook.com", "x.com",
     "?s=1", "/c/", "l.facebook.com/l.php?u=", "a.cdn.ampproject.org", "é.example", "&utm_x=2",
     "#f", ":443", "@", "%3A%2F%2F", "[", "。"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_a_canonical_address_stays(text):
    once = canonical_link(text)
    assert canonical_link(once) == once


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.Example.co.uk", "example.co.uk"),
        ("ville.montreal.qc.ca", "montreal.qc.ca"),
        ("www.gc.ca", "www.gc.ca"),
        ("gc.ca", None),
        ("a.b.github.io", "b.github.io"),
        ("x.unheard-of", "x.unheard-of"),
        ("192.0.2.1", None),
        ("1.2", None),
        ("localhost", None),
        ("bücher.example.", "xn--bcher-kva.example"),
        ("", None),
        ("..", None),
        ("a" * 300 + ".ca", None),
    ],
)
def test_a_registrable_domain_stands_below_a_public_suffix(host, domain):
    assert domain_of(host) == domain


@given(st.text(max_size=40))
def test_every_text_has_a_domain_or_none(host):
    found = domain_of(host)
    assert found is None or "." in found


def test_domains_of_a_column_leave_what_is_no_address():
    column = pa.array(
        ["https://u@www.gov.uk:8080/x", "23", None, "https://[::1]/a", "at://did:plc:x/y", "https://e.ca?b"]
    )
    assert domains(column).to_pylist() == ["www.gov.uk", None, None, None, None, "e.ca"]


def test_links_of_a_file_get_their_domains():
    told = pa.array(["https://m.youtube.com/watch https://a.example/b", None])
    links = convert("links", {"links": told}, 2, {}).to_pylist()
    assert links == [
        [
            {"url": "https://www.youtube.com/watch", "domain": "youtube.com"},
            {"url": "https://a.example/b", "domain": "a.example"},
        ],
        None,
    ]


def test_canonical_links_get_the_domains_that_their_file_lacks():
    kind = POSTS.field("links").type
    lists = [[{"url": "https://www.gov.uk/a", "domain": None}, None], None, []]
    links = convert("links", {"links": pa.array(lists, kind)}, 3, {}).to_pylist()
    assert links == [[{"url": "https://www.gov.uk/a", "domain": "www.gov.uk"}, None], None, []]
    told = pa.array([[{"url": "https://www.gov.uk/a", "domain": "own"}]], kind)
    assert convert("links", {"links": told}, 1, {}) == told


def test_simple_links_on_a_host_that_is_seen_through_are_brought_into_form():
    told = pa.array([f"https://{host}/a" for host in RULES.mobile])
    links = convert("links", {"links": told}, len(told), {}).to_pylist()
    assert [one["url"] for (one,) in links] == [f"https://{host}/a" for host in RULES.mobile.values()]
