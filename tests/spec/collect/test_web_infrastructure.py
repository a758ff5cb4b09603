"""Which numbers of analytics and advertising accounts a captured page holds."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.collect.errors import FileError
from vigie.collect.web.infrastructure import KINDS, NoAddressError, identifiers, traces

PAGE = """<!doctype html><!-- saved from url=(0026)https://www.mirror.example/a -->
<script async src="https://www.googletagmanager.com/gtag/js?id=G-AB12CD34EF"></script>
<script>gtag('config', 'AW-123456789'); ga('create', 'UA-7654321-3', 'auto');
(function(w,d,s,l,i){})(window,document,'script','dataLayer','GTM-K9XY7Z');
fbq('init', '123456789012345'); ym(87654321, "init", {}); var s={hjid:1234567,hjsv:6};
var _paq=[]; (function(){var u="//stats.mirror.example/"; _paq.push(['setSiteId', '7']);})();
var h="https://hm.baidu.com/hm.js?0123456789abcdef0123456789abcdef";</script>
<script src="//pagead2.googlesyndication.com/adsbygoogle.js?client=ca-pub-1234567890123456"></script>
"""


def test_every_kind_of_number_is_read_in_one_form():
    icon = base64.b64encode(b"a picture of some size, here as it would be in a page").decode()
    page = f'{PAGE}<link rel="icon" type="image/png" href="data:image/png;base64,{icon}">'
    found = dict(identifiers(page))
    assert set(found) == set(KINDS)
    assert found["google_analytics"] == "UA-7654321"
    assert found["adsense"] == "pub-1234567890123456"
    assert found["matomo"] == "stats.mirror.example#7"
    assert found["yandex_metrika"] == "87654321"


@pytest.mark.parametrize(
    "text",
    ["UA-1234567-1", "'G-XXXXXXXXXX'", "GTM-XXXXXX", "pub-0000000000000000", "UAE-12345-1", "setSiteId"],
)
def test_examples_of_documentation_and_lookalikes_are_no_numbers(text):
    assert identifiers(f"<p>{text}</p>") == ()


@given(text=st.text(max_size=300))
def test_any_text_is_read_without_an_error(text):
    identifiers(text)


@given(number=st.integers(1_000, 9_999_999_999), own=st.integers(1, 9_999))
def test_of_google_analytics_the_account_is_kept(number, own):
    found = identifiers(f"ga('create','UA-{number}-{own}')")
    digits = str(number)
    is_example = f"UA-{digits}" in {"UA-12345", "UA-123456", "UA-1234567", "UA-12345678"}
    assert found == (() if is_example or len(set(digits)) == 1 else (("google_analytics", f"UA-{digits}"),))


def test_pages_made_to_be_slow_are_read_as_any_other():
    picture = "A" * 262_144
    icon = "<link " * 16 + ' rel="icon" ' * 15 + f'href="data:image/a;base64,{picture}">'
    expected = ("favicon", hashlib.sha256(base64.b64decode(picture)).hexdigest())
    assert identifiers(icon * 4) == (expected,)
    assert identifiers("<link rel='icon'" * 65_536) == ()


def test_a_page_is_of_the_site_its_canonical_address_names(tmp_path):
    path = tmp_path / "page.html"
    unended = "<link rel='canonical' href='http://x" * 30_000
    canonical = "<link rel='canonical' data-x='y' href='https://mirror.example/a'>"
    path.write_text(unended + canonical + PAGE.partition("-->")[2], encoding="utf-8")
    assert {one.site for one in traces(path)} == {"mirror.example"}


def test_a_saved_page_says_of_which_site_it_is(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    found = list(traces(path))
    assert {one.site for one in found} == {"mirror.example"}
    assert {len(one.evidence) for one in found} == {64}


def test_a_page_in_another_encoding_is_read(tmp_path):
    path = tmp_path / "page.htm"
    path.write_bytes(PAGE.encode() + "Новости".encode("cp1251"))
    assert len(list(traces(path))) == 10


def test_an_archive_is_read_by_its_records(tmp_path):
    body = PAGE.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://shop.other.example/x\r\n"
        "WARC-Date: 2026-11-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    path = tmp_path / "a.warc"
    path.write_bytes(head.encode() + answer + b"\r\n\r\n")
    assert {one.site for one in traces(path)} == {"other.example"}


def test_a_page_without_an_address_is_told(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<script>ga('create','UA-7654321-3')</script>")
    with pytest.raises(NoAddressError):
        list(traces(path))


@pytest.mark.parametrize("name", ["absent.html", "absent.wacz"])
def test_a_capture_that_is_not_there_is_told(tmp_path, name):
    with pytest.raises(FileError):
        list(traces(tmp_path / name))
