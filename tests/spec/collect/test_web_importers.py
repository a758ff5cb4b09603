"""Feeds, saved pages, captures and GDELT become articles; what is hostile becomes an error that says so."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.collect import FileError, Rejects, plan, read_posts, zips
from vigie.collect.csv_rows import header_of
from vigie.collect.errors import (
    AllRowsBadError,
    AlteredArchiveError,
    CrowdedArchiveError,
    DamagedFileError,
    OversizedArchiveError,
    UnknownFormatError,
    WebPageError,
)
from vigie.collect.web import wacz
from vigie.terms.posts import POSTS

SAMPLES = Path(__file__).parent / "samples"
MADE_MS = 1_772_532_000_000  # 2026-03-03 10:00 UTC
WARC_MS = 1_772_704_800_000  # 2026-03-05 10:00 UTC
PAGE = (SAMPLES / "page.html").read_bytes()
ARTICLE = {
    "post_id": "web:https://www.gazette.example/a/3",
    "platform": "web",
    "source_kind": "capture",
    "url": "https://www.gazette.example/a/3",
    "kind": "article",
    "author": "Zoé Imaginaire",
    "channel_id": "gazette.example",
    "created_ms": 1_772_478_300_000,
    "edited_ms": 1_772_481_600_000,
    "lang": "fr-CA",
    "title": "Le dépouillement a commencé",
    "body": "Le dépouillement a commencé\n"
    "Le dépouillement des bulletins a commencé dans toutes les circonscriptions, selon un avis.\n"
    "Les premiers résultats sont attendus avant minuit, et les derniers dans la journée de demain, selon nos "
    "informations.",
    "links": [
        {"url": "https://elections.example/avis", "domain": "elections.example"},
        {"url": "https://www.gazette.example/a/2", "domain": "gazette.example"},
    ],
}
EXPECTED = {
    "feed--rss2.xml": [
        {
            "post_id": "web:https://www.gazette.example/a/1",
            "platform": "web",
            "url": "https://www.gazette.example/a/1",
            "kind": "article",
            "author": "Zoé Imaginaire",
            "channel_id": "gazette.example",
            "created_ms": MADE_MS + 5 * 3_600_000,
            "lang": "fr-ca",
            "title": "Un bureau de vote déménage & rouvre",
            "body": "Le bureau de la rue rouvre.\nVoir ici.",
            "hashtags": ["Vote", "Montréal"],
            "links": [{"url": "https://t.co/x1", "domain": "t.co"}],
        }
    ],
    "feed--rss1.xml": [
        {
            "post_id": "web:https://old.example/1",
            "platform": "web",
            "url": "https://old.example/1",
            "kind": "article",
            "author": "Ann Nobody",
            "channel_id": "old.example",
            "created_ms": MADE_MS,
            "lang": "en",
            "title": "One",
            "body": "A text.",
            "hashtags": ["polls"],
        }
    ],
    "feed--atom.xml": [
        {
            "post_id": "web:https://blog.example/1",
            "platform": "web",
            "url": "https://blog.example/1",
            "kind": "article",
            "author": "Bo Nobody",
            "channel_id": "blog.example",
            "created_ms": MADE_MS,
            "edited_ms": MADE_MS + 3_600_000,
            "lang": "en",
            "title": "Polls & queues",
            "body": "See this.",
            "hashtags": ["polls"],
            "links": [{"url": "https://blog.example/2", "domain": "blog.example"}],
        }
    ],
    "feed--json.json": [
        {
            "post_id": "web:https://log.example/1",
            "platform": "web",
            "url": "https://log.example/1",
            "kind": "article",
            "author": "Cy Nobody",
            "channel_id": "log.example",
            "created_ms": MADE_MS,
            "edited_ms": MADE_MS + 3_600_000,
            "lang": "en",
            "title": "One",
            "body": "Read two.",
            "hashtags": ["polls"],
            "links": [
                {"url": "https://other.example/a", "domain": "other.example"},
                {"url": "https://log.example/2", "domain": "log.example"},
            ],
        }
    ],
    "page.html": [ARTICLE],
    "gdelt--mentions.csv": [
        {
            "post_id": "web:https://journal.example/1",
            "platform": "web",
            "url": "https://journal.example/1",
            "kind": "article",
            "author": "journal.example",
            "channel_id": "journal.example",
            "created_ms": MADE_MS + 900_000,
            "lang": "fr",
            "raw_ref": "gdelt:event:1160000001",
        }
    ],
    "gdelt--gkg.csv": [
        {
            "post_id": "web:https://journal.example/1",
            "platform": "web",
            "url": "https://journal.example/1",
            "kind": "article",
            "author": "Zoé Imaginaire",
            "channel_id": "journal.example",
            "created_ms": MADE_MS - 1_800_000,
            "lang": "fr",
            "title": "Un été",
            "links": [
                {"url": "https://a.example/x", "domain": "a.example"},
                {"url": "https://b.example/y", "domain": "b.example"},
            ],
            "raw_ref": "gdelt:gkg:20260303101500-T1",
        }
    ],
    "gdelt--events.csv": [
        {
            "post_id": "web:https://journal.example/1",
            "platform": "web",
            "url": "https://journal.example/1",
            "kind": "article",
            "author": "journal.example",
            "channel_id": "journal.example",
            "created_ms": MADE_MS + 900_000,
            "raw_ref": "gdelt:event:1160000001",
        }
    ],
}
LEFT_OUT = {
    "feed--rss2.xml": {"row.time_missing": 1},
    "gdelt--mentions.csv": {"skip.other": 1, "row.columns": 1},
}


def read(path: Path) -> tuple[list[dict[str, object]], dict[str, int]]:
    rejects = Rejects()
    table = pa.Table.from_batches(list(read_posts([path], rejects=rejects)), POSTS)
    rows = [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]
    return rows, {**rejects.counts, **rejects.skips}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_recognised_and_becomes_its_articles(name):
    found = plan(SAMPLES / name)
    assert (found.layout, 0.9 < found.sure < 1) == (name.partition(".")[0].partition("--")[0], True)
    assert read(SAMPLES / name) == (EXPECTED[name], LEFT_OUT.get(name, {}))


def test_a_table_of_gdelt_may_be_zipped(tmp_path):
    path = tmp_path / "20260303101500.gkg.csv.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SAMPLES / "gdelt--gkg.csv", "20260303101500.gkg.csv")
    assert read(path)[0] == EXPECTED["gdelt--gkg.csv"]


def test_a_zipped_table_whose_packing_breaks_is_told(tmp_path):
    path = tmp_path / "20260303101500.gkg.csv.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SAMPLES / "gdelt--gkg.csv", "20260303101500.gkg.csv")
    content = path.read_bytes()
    path.write_bytes(content[:80] + bytes(200) + content[280:])
    for layout in ("gdelt", None):
        with pytest.raises(FileError):
            plan(path, layout=layout)


def test_a_page_that_tells_no_date_is_still_a_login_page_for_us(desk):
    path = desk.file(
        "<!doctype html><html><title>Log in</title><body><p>Please log in.</p></body></html>", "a"
    )
    with pytest.raises(WebPageError):
        plan(path)


def test_an_xml_that_is_no_feed_is_refused(desk):
    with pytest.raises(UnknownFormatError):
        plan(desk.file('<?xml version="1.0"?><urlset></urlset>', "sitemap.xml"))


def test_columns_alike_whose_name_holds_a_hash_are_told_apart():
    assert header_of(b"&#xE9;,a,&#xE9;,a,&#xE9;,a#2,a", ",") == [
        *("&#xE9;", "a", "&#xE9;#2", "a#2", "&#xE9;#3", "a#2#2", "a#3"),
    ]


# Captures


def record(kind: str, url: str, block: bytes, number: int, *, mime: str = "application/http") -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        f"WARC-Date: 2026-03-05T10:00:00Z\r\nWARC-Target-URI: {url}\r\nContent-Type: {mime}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def answer(
    body: bytes, *headers: str, status: str = "200 OK", mime: str = "text/html; charset=utf-8"
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {mime}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


URL = "https://www.gazette.example/a/3"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
UNDATED = b"<html><title>No date</title><body><p>Hello there, all.</p></body></html>"
RECORDS = [
    record("warcinfo", "", b"software: ours\r\n", 0, mime="application/warc-fields"),
    record("request", URL, b"GET /a/3 HTTP/1.1\r\n\r\n", 1),
    record("response", URL, answer(PAGE), 2),
    record("response", URL, answer(gzip.compress(PAGE), "Content-Encoding: gzip"), 3),
    record("response", URL, answer(pa.compress(PAGE, "brotli", asbytes=True), "Content-Encoding: br"), 4),
    record("response", URL, answer(CHUNKED, "Transfer-Encoding: chunked"), 5),
    record("resource", URL, PAGE, 6, mime="text/html"),
    record("response", URL, answer(b"PNG", mime="image/png"), 7),
    record("response", URL, answer(PAGE, status="404 Not Found"), 8),
    record("response", URL, answer(b"\x1f\x8bbroken", "Content-Encoding: gzip"), 9),
    record("response", "https://x.example/", answer(UNDATED), 10),
]
KEPT = [{**ARTICLE, "collected_ms": WARC_MS, "raw_ref": f"urn:uuid:{number}"} for number in (2, 3, 4, 5, 6)]
SAID = {"skip.capture": 3, "row.time_missing": 1}


def archive_of(warc: bytes, path: Path, *, told: str | None = None, digest: str | None = None) -> Path:
    told = hashlib.sha256(warc).hexdigest() if told is None else told
    resources = [{"name": "a", "path": "archive/a.warc.gz", "hash": f"sha256:{told}", "bytes": len(warc)}]
    package = json.dumps(
        {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}
    ).encode()
    own = hashlib.sha256(package).hexdigest() if digest is None else digest
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/a.warc.gz", warc)
        archive.writestr("pages/pages.jsonl", b'{"format": "json-pages-1.0"}\n')
        archive.writestr("datapackage.json", package)
        archive.writestr(
            "datapackage-digest.json", json.dumps({"path": "datapackage.json", "hash": f"sha256:{own}"})
        )
    return path


PACKED = b"".join(map(gzip.compress, RECORDS))


def test_each_page_of_a_capture_becomes_an_article(desk, tmp_path):
    for path in (
        desk.file(b"".join(RECORDS), "a.warc"),
        desk.file(PACKED, "a.warc.gz"),
        archive_of(PACKED, tmp_path / "a.wacz"),
    ):
        assert plan(path).layout == "warc"
        assert read(path) == (KEPT, SAID)


def test_an_archive_that_somebody_changed_is_refused(tmp_path):
    for number, options in enumerate(({"told": "0" * 64}, {"digest": "0" * 64})):
        path = archive_of(PACKED, tmp_path / f"{number}.wacz", **options)
        with pytest.raises(AlteredArchiveError):
            plan(path)


def test_a_zip_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", b"x")
    with pytest.raises(UnknownFormatError):
        plan(path)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path, monkeypatch):
    monkeypatch.setattr(wacz, "SMALL", 1 << 20)
    zeros = gzip.compress(record("response", URL, answer(bytes(8 << 20)), 1))
    with pytest.raises(OversizedArchiveError):
        plan(archive_of(zeros, tmp_path / "a.wacz"))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(zeros)
    with pytest.raises(OversizedArchiveError):
        plan(path)
    deflated = tmp_path / "b.wacz"
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", bytes(8 << 20))
    with pytest.raises(OversizedArchiveError):
        plan(deflated)


def test_an_archive_whose_entries_lie_over_each_other_is_refused(tmp_path):
    path = archive_of(PACKED, tmp_path / "a.wacz")
    content = bytearray(path.read_bytes())
    second = content.rindex(
        b"PK\x01\x02", 0, content.index(b"datapackage-digest.json", content.index(b"PK\x01\x02"))
    )
    struct.pack_into("<I", content, second + 42, 0)  # the offset of its local header, APPNOTE 4.3.12
    path.write_bytes(content)
    with pytest.raises((UnknownFormatError, DamagedFileError, AllRowsBadError)):
        read(path)


def crowded(path: Path, count: int, *, comment: bytes = b"") -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(str(number), b"")
        archive.comment = comment
    return path.read_bytes()


def as_zip64(content: bytes, *, size: int | None = None) -> bytes:
    """Return a zip whose list's size stands in the record of zip64, APPNOTE 4.3.14 and 4.3.15."""
    head, end = content[:-22], bytearray(content[-22:])
    count, real, place = struct.unpack("<HII", end[10:20])
    end[8:20] = b"\xff" * 12
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, real if size is None else size, place
    )
    return head + record + struct.pack("<4sIQI", b"PK\6\7", 0, len(head), 1) + end


@pytest.fixture
def unopened(monkeypatch):
    """Let nobody build a zip's list."""

    def opened(path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(zipfile.ZipFile, "__init__", lambda *_, **__: pytest.fail("its list was built"))
            plan(path)

    return opened


@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("told", [None, 1])
def test_a_zip_with_a_long_list_is_refused_before_the_list_is_built(tmp_path, unopened, comment, told):
    path = tmp_path / "a.zip"
    content = bytearray(crowded(path, zips.ENTRIES_MAX + 1, comment=comment))
    if told is not None:  # it may say anything: they are counted
        struct.pack_into("<HH", content, content.rindex(b"PK\5\6") + 8, told, told)
    for written in (bytes(content), *(() if comment else (as_zip64(bytes(content)),))):
        path.write_bytes(written)
        with pytest.raises(CrowdedArchiveError):
            unopened(path)


def test_a_zip_whose_list_is_large_is_refused_before_it_is_read(tmp_path, unopened):
    path = tmp_path / "a.zip"
    content = bytearray(crowded(path, 1))
    large = as_zip64(bytes(content), size=zips.LISTING_BYTES_MAX + 1)
    struct.pack_into("<I", content, len(content) - 10, zips.LISTING_BYTES_MAX + 1)
    for written in (bytes(content), large):
        path.write_bytes(written)
        with pytest.raises(CrowdedArchiveError):
            unopened(path)


def test_a_list_of_the_longest_length_passes_and_what_is_no_zip_is_left_to_its_reader(tmp_path):
    path = tmp_path / "a.zip"
    content = crowded(path, zips.ENTRIES_MAX)
    for written in (content, as_zip64(content), b"PK\3\4", b"", content[:-30], b"PK\6\7" + content[-22:]):
        path.write_bytes(written)
        zips.check_listing(path)
    path.write_bytes(as_zip64(content))
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == zips.ENTRIES_MAX


def test_an_archive_with_more_entries_than_any_capture_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(wacz, "ENTRIES_MAX", 3)
    with pytest.raises(OversizedArchiveError):
        plan(archive_of(PACKED, tmp_path / "a.wacz"))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1 << 16), change=st.binary(max_size=4), cut=st.integers(0, 64))
@pytest.mark.parametrize("name", [*EXPECTED, "a.warc", "a.warc.gz", "a.wacz"])
def test_a_mutated_file_gives_posts_rejects_or_a_documented_error(tmp_path, name, place, change, cut):
    path = tmp_path / name
    if name == "a.wacz":
        archive_of(PACKED, path)
        content = path.read_bytes()
    else:
        content = {"a.warc": b"".join(RECORDS), "a.warc.gz": PACKED}.get(name) or (
            SAMPLES / name
        ).read_bytes()
    start = place % len(content)
    path.write_bytes(content[:start] + change + content[start + cut :])
    try:
        rows, _ = read(path)
    except FileError:
        return
    assert len(rows) <= len(KEPT)
