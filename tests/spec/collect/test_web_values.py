"""Feeds and site maps as plain values: no entity, no network, no endless work."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import FileError
from vigie.collect.importers.values import TEXT_MAX, hrefs_in, plain
from vigie.collect.web import articles, feeds, markup, sitemaps
from vigie.collect.web.feeds import FeedTooLargeError, NoFeedError
from vigie.collect.web.sitemaps import Listed, NoSitemapError, SitemapTooLargeError

AT_MS = 1_772_532_000_000  # 2026-03-03 10:00 UTC


def rss(item: str, before: str = "") -> bytes:
    inside = f"<channel><title>T</title><item>{item}</item></channel>"
    return f'<?xml version="1.0"?>{before}<rss>{inside}</rss>'.encode()


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY b SYSTEM "/etc/passwd">]>',
        '<!-- > --><?x > ?><!DOCTYPE r PUBLIC "-//x//>" "http://x.example/x.dtd" [<!ENTITY b "]>aaaa">]>',
        '<!doctype r [<!ENTITY % p SYSTEM "http://x.example/p"> %p; <!ENTITY b "aaaa">]>',
    ],
)
def test_no_entity_is_expanded_and_nothing_is_opened(declared):
    content = rss("<title>x &b; y &eacute; &lt;b&gt;z</title>", declared)
    for packed in (content, content.decode().encode("utf-16")):
        (entry,) = feeds.entries(packed)
        assert entry.title == "x &b; y é z"


def test_a_million_entities_take_no_time():
    lines = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 40))
    (entry,) = feeds.entries(rss("<title>&a39;</title>", f"<!DOCTYPE r [<!ENTITY a0 'x'>{lines}]>"))
    assert entry.title == "&a39;"


def in_a_process(code: str) -> None:
    """Run code that runs away where it can be ended: nothing interrupts an expression at work."""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("pattern", ["<", "<a ", "<p ", "<br", "</p>", "</p><p ", "<br "])
def test_signs_that_never_close_do_not_freeze_what_reads_html(pattern):
    in_a_process(
        "from vigie.collect.importers.values import hrefs_in, plain\n"
        f"marked = {pattern!r} * 1_000_000\n"
        "assert plain(marked) is not None and hrefs_in(marked) == []"
    )


def test_declarations_that_never_close_do_not_freeze_what_reads_xml():
    in_a_process(
        "from vigie.collect.web.markup import without_doctype\n"
        "content = ('<?xml ' * 1_000_000).encode('utf-16')\n"
        "assert without_doctype(content).startswith(b'<?xml ')"
    )


def test_a_page_without_a_body_says_nothing():
    assert markup.text_and_links("<!DOCTYPE x [<rss><script>", None) == (None, [])


def test_html_is_told_as_text_and_links():
    marked = "<p>a &amp; b<br/>c</p> <p class='x'>d <a href='https://e.example/?f&amp;g'>e</a></p>"
    assert plain(marked) == "a & b\nc\nd e"
    assert hrefs_in(marked + "<a class='mention' href='https://m.example'>") == ["https://e.example/?f&g"]
    assert plain("x" * (TEXT_MAX + 1)) == "x" * TEXT_MAX
    assert plain("2 < 3") == "2 < 3"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"<html></html>", b"<urlset/>", b"\xff\xfe", b'{"version": 5}', b"<", b"<?xml?>"],
)
def test_what_is_no_feed_is_refused(content):
    with pytest.raises(NoFeedError):
        feeds.entries(content)


def test_a_feed_has_a_longest_length():
    with pytest.raises(FeedTooLargeError):
        feeds.entries(b"<rss>" + bytes(feeds.FEED_BYTES_MAX))


def test_a_feed_that_breaks_off_gives_what_it_has():
    whole = rss("<title>a</title></item><item><title>b")
    assert feeds.entries(whole[: whole.index(b"b<")])[0].title == "a"


def test_relative_addresses_go_by_where_the_feed_came_from():
    (entry,) = feeds.entries(
        rss("<link>/a</link><description>&lt;a href='b'&gt;x</description>"), "https://a.example/f/"
    )
    assert (entry.url, entry.links) == ("https://a.example/a", ("https://a.example/f/b",))


def test_an_address_that_executes_is_none():
    (entry,) = feeds.entries(
        rss("<link>javascript:x</link><description>&lt;a href='data:x'&gt;x</description>")
    )
    assert (entry.url, entry.links) == (None, ())


def test_a_guid_that_is_an_address_stands_for_a_missing_link():
    (entry,) = feeds.entries(rss("<guid>https://a.example/1</guid>"))
    assert entry.url == "https://a.example/1"
    (entry,) = feeds.entries(rss('<guid isPermaLink="false">https://a.example/1</guid>'))
    assert (entry.url, entry.id) == (None, "https://a.example/1")


NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
 <url><loc> https://a.example/1?x=1&amp;y=2 </loc><lastmod>2026-03-03T10:00:00Z</lastmod>
  <image:image><image:loc>https://a.example/i.png</image:loc></image:image>
  <news:news><news:publication><news:name>A</news:name><news:language>fr</news:language></news:publication>
   <news:publication_date>2026-03-03</news:publication_date><news:title>Un</news:title></news:news></url>
 <url><loc>javascript:x</loc></url>
 <url><lastmod>2026</lastmod></url>
</urlset>"""


def test_a_site_map_names_pages_and_when_they_changed():
    expected = Listed(
        url="https://a.example/1?x=1&y=2",
        changed_ms=AT_MS,
        published_ms=AT_MS - 36_000_000,
        title="Un",
        publisher="A",
        lang="fr",
    )
    for content in (NEWS.encode(), gzip.compress(NEWS.encode())):
        assert sitemaps.entries(content) == (expected,)


def test_an_index_names_further_site_maps():
    content = b"<sitemapindex><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>"
    assert sitemaps.entries(content) == (Listed(url="https://a.example/s.xml", is_sitemap=True),)


def test_a_site_map_may_be_a_list_of_addresses():
    content = b"\xef\xbb\xbfhttps://a.example/1\r\nnothing\r\nhttps://a.example/2\r\n"
    assert [one.url for one in sitemaps.entries(content)] == ["https://a.example/1", "https://a.example/2"]


@pytest.mark.parametrize("content", [b"", b"<rss/>", b"\x1f\x8bx", b"x", b"\0"])
def test_what_is_no_site_map_is_refused(content):
    with pytest.raises(NoSitemapError):
        sitemaps.entries(content)


def test_a_site_map_that_unpacks_to_too_much_is_refused():
    with pytest.raises(SitemapTooLargeError):
        sitemaps.entries(gzip.compress(bytes(sitemaps.BYTES_MAX + 1)))


PIECES = (
    "<rss>", "<channel>", "<item>", "</item>", "<title>", "<link>", "https://a.example/", "<feed>", "<entry>",
    "<urlset>", "<url>", "<loc>", "<![CDATA[", "]]>", "<!DOCTYPE x [", "]>", "&amp;", "&b;", "&#0;", "<!--",
    "&#x110000;", "<a href='", "'>", "<p>", "<script>", "\0", "\ud83d", "é", "<x:y xmlns:x='z'>", "<pubDate>",
    "2026-03-03",
)  # fmt: skip
MARKUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)


@settings(deadline=None)
@given(MARKUP)
def test_anything_is_a_feed_a_site_map_a_page_or_none(text):
    content = text.encode("utf-8", "surrogatepass")
    for read in (feeds.entries, sitemaps.entries):
        try:
            read(content)
        except FileError as error:
            assert isinstance(error, NoFeedError | NoSitemapError)  # noqa: PT017 (the kind is the test)
    markup.text_and_links(text, "https://a.example/")


@settings(deadline=None, max_examples=30)
@given(MARKUP)
def test_anything_is_a_page_or_none(text):
    articles.article(f"<html><body>{text}".encode("utf-8", "surrogatepass"), "https://a.example/")


# Pages


def page(head: str = "", body: str = "<p>Un texte.</p>") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def test_a_page_that_calls_another_site_its_own_is_not_believed():
    own = '<link rel="canonical" href="https://{}/a">'
    found = articles.article(page(own.format("www.a.example")), "https://m.a.example/a?x=1")
    assert found.url == "https://www.a.example/a"
    found = articles.article(page(own.format("victim.example")), "https://m.a.example/a?x=1")
    assert found.url == "https://m.a.example/a?x=1"


def test_a_moment_is_declared_and_never_guessed():
    assert (
        articles.article(page(body="<p>Publié le 3 mars 2026, mis à jour 2026-03-04.</p>")).published_ms
        is None
    )
    for head in (
        '<meta property="article:published_time" content="2026-03-03T10:00:00Z">',
        '<meta itemprop="datePublished" content="2026-03-03T05:00:00-05:00">',
        '<script type="application/ld+json">{"datePublished": "2026-03-03T10:00:00Z"}</script>',
        '<script type="application/ld+json">{broken</script><meta name="date" content="2026-03-03T10:00Z">',
    ):
        assert articles.article(page(head)).published_ms == AT_MS


def test_a_page_of_another_encoding_is_read():
    content = page(body="<h1>Élection</h1>").decode().encode("cp1252")
    assert articles.article(content, charset="windows-1252").title == "Élection"
    assert articles.article(content, charset="no-such-thing").title == "Élection"


def test_a_page_with_very_many_elements_gives_all_its_text():
    found = articles.article(page(body="<p>mot</p>" * (articles.ELEMENTS_MAX + 1)))
    assert found.text.count("mot") == articles.ELEMENTS_MAX + 1


def test_a_page_that_is_too_long_is_none():
    assert articles.article(bytes(articles.PAGE_BYTES_MAX + 1)) is None
