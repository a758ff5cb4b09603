"""Web addresses have one spelling here; those with two readings are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.outbound.errors import BadUrlError, OutboundError, SchemeRefusedError
from vigie.outbound.targets import URL_CHARACTERS_MAX, canonical_host, take_apart

BASE = take_apart("https://feed.example/a/b?page=1")


@pytest.mark.parametrize(("written", "spelt"), [
    ("https://feed.example", "https://feed.example/"),
    ("HTTPS://Feed.EXAMPLE:443/A?b=C#part", "https://feed.example/A?b=C"),
    ("https://feed.example./", "https://feed.example/"),
    ("https://feed.example:8443/", "https://feed.example:8443/"),
    ("http://feed.example:80/", "http://feed.example/"),
    ("http://feed.example:443/", "http://feed.example:443/"),
    ("https://élection.example/é?q=é", "https://xn--lection-9xa.example/%C3%A9?q=%C3%A9"),
    ("https://feed。example/", "https://feed.example/"),
    ("https://feed.example/a/../b", "https://feed.example/b"),
    ("https://[2A00:1450:0:0::1]:8443/", "https://[2a00:1450::1]:8443/"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://my_bucket.feed.example/", "https://my_bucket.feed.example/"),
])  # fmt: skip
def test_an_address_has_one_spelling(written, spelt):
    assert take_apart(written).url == spelt
    assert take_apart(spelt).url == spelt


SHORT_FORMS = [  # all of these are 127.0.0.1 to some programs: abuse case 22
    "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1",
    "127.0.0.0x1", "00127.0.0.1", "127.0.0.01", "127.0.0.1.1", "256.256.256.256", "0", "0x", "1", "1.0x",
    "4294967296", "127。1",
]  # fmt: skip


@pytest.mark.parametrize("host", SHORT_FORMS)
def test_abuse_22_numbers_with_several_readings_are_refused(host):
    with pytest.raises(BadUrlError):
        take_apart(f"https://{host}/")
    with pytest.raises(BadUrlError):
        take_apart(f"https://{host}./")


@pytest.mark.parametrize("host", [
    "127.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "127.0.0.1.",
])  # fmt: skip
def test_abuse_22_dots_of_other_scripts_make_the_same_address(host):
    assert canonical_host(take_apart(f"https://{host}/").host) == "127.0.0.1"


@pytest.mark.parametrize("url", [
    "https://①②⑦.0.0.1/", "https://１２７.0.0.1/", "https://ⓛocalhost/", "https://feed\u200b.example/",
    "https://feed\u00ad.example/", "https://feed.exam\u2044ple/", "https://％61.example/",
])  # fmt: skip
def test_abuse_22_letters_and_digits_that_turn_into_others_are_refused(url):
    with pytest.raises(BadUrlError):
        take_apart(url)


@pytest.mark.parametrize("url", [
    "https://feed.example@127.0.0.1/", "https://user:secret@feed.example/", "https://user@feed.example/",
    "https://feed.example\\@127.0.0.1/", "https://feed.example%40127.0.0.1/", "https://a@b@127.0.0.1/",
    "https://:secret@feed.example/", "https://127.0.0.1:443@feed.example/",
])  # fmt: skip
def test_abuse_22_no_user_stands_before_the_host(url):
    with pytest.raises(BadUrlError) as caught:
        take_apart(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", [
    "", "/", "feed.example", "//feed.example/", "https:", "https://", "https:///path", "https://./",
    "https://../",
    "https://a..example/", "https://.example/", "https://-a.example/", "https://a-.example/",
    "https://%31%32%37.0.0.1/", "https://%6c%6fcalhost/", "https://feed%00.example/",
    "https://feed.example%2f/",
    "https://feed example/", "https://feed\texample/", "https://feed.example\r\nHost: inside/",
    "https://\x00/",
    "https://feed.example:port/", "https://feed.example:-1/", "https://feed.example:80:80/",
    "https://feed.example:65536/", "https://feed.example:4294967739/",
    "https://[::1/", "https://::1/", "https://[::1]evil.example/", "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/", "https://[::1%0]/", "https://[v1.a]/", "https://[]/", "https://[127.0.0.1]/",
    "https://" + "a" * 64 + ".example/", "https://" + "a." * 127 + "example/",
    "https://" + "\ud800" + ".example/",
    "https://feed.example/" + "\udc80", "https://feed.example/" + "a" * URL_CHARACTERS_MAX,
    "https://feed.example:" + "9" * 5000 + "/", "https://<script>/", "https://{host}/", "https://$(id)/",
])  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(OutboundError):
        take_apart(url)


@pytest.mark.parametrize("url", [
    "javascript:alert(1)", "data:text/html,<b>", "file:" + "///etc/passwd", "ftp://feed.example/",
    "gopher://a.example/",
    "dict://a.example/", "ws://a.example/", "unix:/run/a.sock", "jar:https://a.example/!/", "about:blank",
])  # fmt: skip
def test_abuse_26_only_the_web_is_spoken(url):
    with pytest.raises(SchemeRefusedError):
        take_apart(url)
    with pytest.raises(SchemeRefusedError):
        take_apart(url, base=BASE)


@pytest.mark.parametrize(("reference", "leads"), [
    ("?page=2", "https://feed.example/a/b?page=2"),
    ("c", "https://feed.example/a/c"),
    ("/c", "https://feed.example/c"),
    ("../../../c", "https://feed.example/c"),
    ("//other.example/c", "https://other.example/c"),
    ("https:/c", "https://feed.example/c"),
    ("http://feed.example/", "http://feed.example/"),
    ("", "https://feed.example/a/b?page=1"),
])  # fmt: skip
def test_a_relative_address_is_read_from_the_answer_that_names_it(reference, leads):
    try:
        assert take_apart(reference, base=BASE).url == leads
    except BadUrlError:
        assert reference == "https:/c"  # two readings (RFC 3986 section 5.2.2): refusing is right too


@pytest.mark.parametrize(
    "host", ["", ".", "::g", "fe80::1%eth0", "a b", "a/b", "127.1", "a" * 64, "é.example"]
)
def test_a_host_that_a_policy_names_is_plain_too(host):
    with pytest.raises(BadUrlError):
        canonical_host(host)


def test_the_port_zero_is_not_the_usual_one():
    assert take_apart("https://feed.example:0/").port == 0


PIECES = [
    "https:", "http:", "//", "/", "@", ":", "[", "]", "%", "\\", "?", "#", ".", "。", "127.0.0.1", "::1",
    "0x7f", "1",
    "443", "feed.example", "localhost", "xn--", "é", "ß", "\u202e", "\ud800", " ", "\n", "\x00", "a" * 70,
]  # fmt: skip
pieces = st.lists(st.sampled_from(PIECES))


@given(st.one_of(st.text(), pieces.map("".join), pieces.map(lambda parts: "https://" + "".join(parts))))
def test_any_text_is_an_address_of_one_spelling_or_refused(text):
    for base in (None, BASE):
        try:
            target = take_apart(text, base=base)
        except OutboundError:
            continue
        assert take_apart(target.url) == target
        assert target.url.isascii()
        assert target.url.isprintable()
