"""What a file is: its format, packing and encoding, by its content first and its name second."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from vigie.collect.errors import (
    DamagedFileError,
    EmptyFileError,
    UnknownEncodingError,
    UnknownFormatError,
    WrongEncodingError,
)
from vigie.collect.hints import HINTS
from vigie.collect.mapping import plain_name
from vigie.collect.streams import Compression, Text, open_raw, opening
from vigie.collect.zips import check_listing
from vigie.terms.posts import REQUIRED

if TYPE_CHECKING:
    from pathlib import Path

Format = Literal["csv", "ndjson", "json", "xlsx", "parquet", "html", "xml", "warc", "zip"]

HEAD_BYTES = 1 << 20
MAGIC: tuple[tuple[bytes, Compression], ...] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
# Longer marks first: UTF-32-LE begins like UTF-16-LE.
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WEB_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<!-- saved from url")
XML_STARTS = (b"<?xml", b"<rss", b"<feed", b"<rdf:RDF", b"<urlset", b"<sitemapindex")
HTML_WITHIN = 2048  # bytes: an XHTML page's declaration stands before its root
LINE_NAMES = (".ndjson", ".jsonl", ".ldjson", ".jsonlines")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a file is, before its columns are known."""

    path: Path
    format: Format
    compression: Compression | None = None
    encoding: str = "utf-8"
    byte_count: int

    def text(self) -> Text:
        """Open the file's text."""
        return Text(self.path, self.compression, self.encoding)


def recognise(path: Path, encoding: str | None = None) -> Shape:
    """Return what the file at `path` is.

    Web pages, feeds and other XML, web archives and zip archives are told apart here; whether somebody reads
    them is for `plans.plan` to find out.

    Args:
        path: the file.
        encoding: the user's word about text files; none lets byte order marks decide, else UTF-8.

    Raises:
        FileError: it cannot be opened, is empty, is no format of ours or is not UTF-8.
    """
    with open_raw(path) as file, opening(path):
        raw = file.read(4096)
        byte_count = path.stat().st_size
    if not raw:
        raise EmptyFileError(path=path)
    if raw.startswith(b"PAR1"):
        return Shape(path=path, format="parquet", byte_count=byte_count)
    if raw.startswith(b"PK\x03\x04"):
        return _workbook(path, byte_count)
    compression = next((name for magic, name in MAGIC if raw.startswith(magic)), None)
    return _text(path, compression, encoding, byte_count)


def _workbook(path: Path, byte_count: int) -> Shape:
    try:
        check_listing(path)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise DamagedFileError(path=path, format="xlsx") from error
    kind: Format = "xlsx" if "xl/workbook.xml" in names else "zip"
    return Shape(path=path, format=kind, byte_count=byte_count)


def _text(path: Path, compression: Compression | None, encoding: str | None, byte_count: int) -> Shape:
    mark = None
    with Text(path, compression, "utf-8") as text:
        start = text.read(HEAD_BYTES)
        mark = next((name for mark, name in MARKS if start.startswith(mark)), None)
    codec = mark or _codec(encoding)
    with Text(path, compression, codec) as text:
        head = text.read(HEAD_BYTES)
    body = head.lstrip()
    if not body:
        raise EmptyFileError(path=path)
    if body.startswith(b"WARC/"):
        return Shape(path=path, format="warc", compression=compression, byte_count=byte_count)
    if b"\0" in head[:1024] or body.startswith((b"%PDF", b"PAR1", b"PK\x03\x04")):
        raise UnknownFormatError(path=path)
    if encoding is None:
        _check_utf8(path, head)
    kind = _kind(path, body)
    return Shape(path=path, format=kind, compression=compression, encoding=codec, byte_count=byte_count)


def _codec(encoding: str | None) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
        codecs.getincrementaldecoder(name)
        "".encode(name)  # a codec that is not for text, such as zlib, refuses
    except (LookupError, TypeError) as error:
        raise UnknownEncodingError(encoding=encoding) from error
    return "utf-8" if name == "utf-8-sig" else name


def _check_utf8(path: Path, head: bytes) -> None:
    """Refuse text that mostly is not UTF-8; single bad bytes amid good ones are left to their rows."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        good = sum(not c.isascii() for c in head.decode("utf-8", "ignore"))
        bad = head.decode("utf-8", "replace").count("\ufffd")
        if bad > good:
            line = head.count(b"\n", 0, error.start) + 1
            raise WrongEncodingError(path=path, line=line) from error


def _kind(path: Path, body: bytes) -> Format:
    if body[:64].lower().startswith(WEB_PAGE_STARTS):
        return "html"
    if body.startswith(XML_STARTS):
        return "html" if b"<html" in body[:HTML_WITHIN].lower() else "xml"
    names = [suffix.lower() for suffix in path.suffixes[-2:]]
    if any(name in LINE_NAMES for name in names):
        return "ndjson"
    if body.startswith(b"["):
        return "json" if body[1:].lstrip()[:1] in {b"{", b"]"} or ".json" in names else "csv"
    if not body.startswith(b"{"):
        return "json" if ".json" in names else "csv"
    return "ndjson" if _is_lines(body) else "json"


def _is_lines(body: bytes) -> bool:
    """Return whether each line is an object by itself: NDJSON, not one object around all.

    Where the first line is broken but ends as an object, the second decides.
    """
    first, _, rest = body.partition(b"\n")
    record = _object(first)
    second = rest.lstrip().partition(b"\n")[0]
    if record is None:
        return first.rstrip().endswith(b"}") and _object(second) is not None
    return bool(second) or _is_post(record) or not any(isinstance(value, list) for value in record.values())


def _object(line: bytes) -> dict[str, object] | None:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_post(record: dict[str, object]) -> bool:
    """Return whether an object says who and when by itself."""
    keys = {plain_name(key) for key in record}
    return all(any(plain_name(hint) in keys for hint in HINTS[column]) for column in REQUIRED)
