"""What a file is, by its first bytes alone: names and what a browser says are anybody's word."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 4096
UNKNOWN, SVG = "application/octet-stream", "image/svg+xml"
STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),  # WACZ is a ZIP archive
    (b"\x1f\x8b", "application/gzip"),
    (b"WARC/", "application/warc"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
# ISO base media: the brand at byte 8, https://www.rfc-editor.org/rfc/rfc6381
BRANDS = ((b"avif", "image/avif"), (b"avis", "image/avif"), (b"qt  ", "video/quicktime"))
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<!-- saved from url")
SAVED_PAGE = re.compile(rb"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # sizes that a bitmap's second header may have


def kind_of(path: Path) -> str:
    """Return the media type of a file, `application/octet-stream` where it is none that we know."""
    with path.open("rb") as file:
        return kind_of_head(file.read(HEAD_BYTES))


def kind_of_head(head: bytes) -> str:
    """Return the media type of a file that begins so."""
    if head[4:8] == b"ftyp":
        return _iso(head[8:12])
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    for start, kind in STARTS:
        if head.startswith(start) and (kind != "image/bmp" or (head[14:15] and head[14] in BMP_HEADERS)):
            return kind
    return _text(head)


def _iso(brand: bytes) -> str:
    if brand in HEIF_BRANDS:
        return "image/heic"
    return next((kind for known, kind in BRANDS if brand == known), "video/mp4")


def _text(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last letter may be cut
    except UnicodeDecodeError:
        return UNKNOWN
    if b"\0" in head or not head:
        return UNKNOWN
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(PAGE_STARTS):
        return "text/html"
    if b"<svg" in start:
        return SVG
    if SAVED_PAGE.search(head):
        return "multipart/related"
    return "application/xml" if start.startswith(b"<?xml") else "text/plain"
