"""GDELT 2: its tables of events, mentions and the Global Knowledge Graph name articles; each is a post.

Sources: http://data.gdeltproject.org/documentation/GDELT-Event_Codebook-V2.0.pdf,
http://data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf,
https://blog.gdeltproject.org/new-gkg-2-0-article-metadata-fields/

The tables have no header and are told apart by their number of columns. GDELT sees articles in steps of 15
minutes: two posts of one step are not together for that. What GDELT's programs concluded (events, themes,
tones, persons) is not taken over: it is no observation of ours.
"""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from babel.core import get_global

from vigie.collect.chunks import ROW_BYTES_MAX, place_of
from vigie.collect.importers.frame import Entry, Importer, Skip
from vigie.collect.importers.pages import article_post
from vigie.collect.importers.values import SURE, UNREADABLE
from vigie.collect.importers.zipped import zipped_text

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Sequence

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Post, Record
    from vigie.collect.importers.zipped import ZippedText
    from vigie.collect.rejects import FileRejects
    from vigie.collect.streams import Text

MENTIONS, GKG, EVENTS = 16, 27, 61  # columns
TIME = re.compile(r"20[0-9]{12}")
WEB = "1"  # MentionType and V2SourceCollectionIdentifier: the identifier is an address
PIECE_BYTES = 1 << 20
LANGUAGE = re.compile(r"srclc:([a-z]{3})")


def posts(record: Record) -> Iterator[Post | Skip]:
    """Yield the article that a row names; broadcasts and papers have no address and are passed over."""
    fields: Sequence[str] = record["fields"]  # type: ignore[assignment]
    found = {MENTIONS: _mention, GKG: _gkg, EVENTS: _event}[len(fields)](fields)
    yield Skip("other") if found is None else found


def _mention(fields: Sequence[str]) -> Post | None:
    if fields[3] != WEB:
        return None
    return article_post(
        fields[5],
        created_ms=_ms(fields[2]),
        lang=_language(fields[14]),
        raw_ref=f"gdelt:event:{fields[0]}",
    )


def _event(fields: Sequence[str]) -> Post | None:
    if not fields[60].startswith(("http://", "https://")):
        return None
    return article_post(fields[60], created_ms=_ms(fields[59]), raw_ref=f"gdelt:event:{fields[0]}")


def _gkg(fields: Sequence[str]) -> Post | None:
    if fields[2] != WEB:
        return None
    extras = fields[26]
    precise = _extra(extras, "PAGE_PRECISEPUBTIMESTAMP")
    links = (_extra(extras, "PAGE_LINKS") or "").split(";")
    return article_post(
        fields[4],
        author=(_extra(extras, "PAGE_AUTHORS") or "").partition(";")[0].strip() or None,
        title=_extra(extras, "PAGE_TITLE"),
        created_ms=_ms(precise if precise and TIME.fullmatch(precise) else fields[1]),
        lang=_language(fields[25]),
        links=[link for link in links if link.startswith(("http://", "https://"))],
        raw_ref=f"gdelt:gkg:{fields[0]}",
    )


def _extra(extras: str, name: str) -> str | None:
    """Return what stands between two tags; a look from left to right, no XML."""
    _, start, rest = extras.partition(f"<{name}>")
    inside, end, _ = rest.partition(f"</{name}>")
    return html.unescape(inside).strip() or None if start and end else None


def _language(translation: str) -> str | None:
    """Return the language that GDELT translated from (ISO 639-2), as BCP 47 has it; else it is unknown."""
    found = LANGUAGE.search(translation[:200])
    return get_global("language_aliases").get(found[1], found[1]) if found else None


def _ms(text: str) -> int:
    """Return `YYYYMMDDHHMMSS` in UTC milliseconds."""
    if not TIME.fullmatch(text):
        return UNREADABLE
    try:
        moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return UNREADABLE
    return int(moment.timestamp()) * 1000


def _rows(shape: Shape, rejects: FileRejects) -> Iterator[Entry]:
    """Yield the rows of a table; nothing of a file whose first row is none of GDELT's."""
    with _text(shape) as source:
        width, number = 0, 0
        for number, line in enumerate(_lines(source), 1):
            fields = line.decode("utf-8", "replace").split("\t")
            if number == 1:
                width = len(fields) if _is_gdelt(fields) else 0
            if not width:
                return
            if len(fields) == width:
                yield Entry(number, {"fields": fields}, line, source.taken)
            else:
                facts = {"actual": len(fields), "expected": width}
                rejects.add("row.columns", place_of(number, line), **facts)


def _is_gdelt(fields: Sequence[str]) -> bool:
    """Return whether the fields are a row of GDELT's: by their number, and times where they have to be."""
    if len(fields) == MENTIONS:
        return bool(TIME.fullmatch(fields[1]) and TIME.fullmatch(fields[2])) and fields[3] in tuple("123456")
    if len(fields) == GKG:
        return bool(TIME.fullmatch(fields[1])) and fields[0].startswith(fields[1])
    return len(fields) == EVENTS and bool(TIME.fullmatch(fields[59])) and fields[0].isdigit()


@contextmanager
def _text(shape: Shape) -> Iterator[Text | ZippedText]:
    opened = zipped_text(shape, _table_of) if shape.format == "zip" else shape.text()
    with opened as text:
        yield text


def _table_of(entries: Sequence[zipfile.ZipInfo]) -> zipfile.ZipInfo | None:
    """Return the one table of an archive; what holds more is not GDELT's."""
    is_one = len(entries) == 1 and entries[0].filename.lower().endswith(".csv")
    return entries[0] if is_one else None


def _lines(source: Text | ZippedText) -> Iterator[bytes]:
    """Yield the lines of a text; of one over the limit only its beginning."""
    left = b""
    while piece := source.read(PIECE_BYTES):
        *lines, tail = piece.split(b"\n")
        if lines:
            lines[0] = left + lines[0]
            yield from (line.rstrip(b"\r") for line in lines if line.strip())
            left = tail
        elif len(left) <= ROW_BYTES_MAX:
            left += tail
    if left.strip():
        yield left.rstrip(b"\r")


GDELT = Importer(
    id="gdelt",
    title="GDELT 2",
    formats=("csv", "zip"),
    source="http://data.gdeltproject.org/documentation/GDELT-Event_Codebook-V2.0.pdf",
    sure=lambda records: SURE if records else 0.0,
    posts=posts,
    records=_rows,
)
